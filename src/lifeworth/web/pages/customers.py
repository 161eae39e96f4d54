"""Customers: the list, page by page, and one customer whole."""

import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from lifeworth.base.errors import AppError
from lifeworth.reports.blocks import Figures
from lifeworth.reports.documents import terms
from lifeworth.reports.documents.anatomy import BESIDE, customer_sections
from lifeworth.reports.documents.households import group_figures
from lifeworth.results.contract import DECISIONS, GRADES, PATTERNS, RFM_CLASSES, TIERS, TRENDS
from lifeworth.results.customers import FIELDS, KEPT_OPEN, Customers
from lifeworth.results.index import REF
from lifeworth.results.memberships import GROUP
from lifeworth.results.question import Condition, Question
from lifeworth.results.runs import RunEntry
from lifeworth.store.assignments import assigned_to
from lifeworth.web import narrowing
from lifeworth.web.access import Actor, require
from lifeworth.web.customer_rows import called, reached, rows_html
from lifeworth.web.exports import Kind, send_customers
from lifeworth.web.masking import mask_row
from lifeworth.web.page import Page
from lifeworth.web.pages.referrals import referred
from lifeworth.web.pages.views import views_of
from lifeworth.web.scope import customers_for, without_others
from lifeworth.workflows.assigning import candidates
from lifeworth.workflows.explain import alive_history

router = APIRouter()
COLUMNS = (
    *("customer_id", "customer_grade", "pattern", "last_purchase", "orders", "historical_value"),
    *("current_value", "probability_alive"),
)
READ = (*COLUMNS, "customer_name", "current_value_low", "current_value_high")
ESTIMATES = ("customer_grade", "pattern", "current_value", "probability_alive")
FIXED = {
    "customer_grade": GRADES,
    "pattern": PATTERNS,
    "decision": DECISIONS,
    "trend": TRENDS,
    "tier": TIERS,
    "rfm_class": RFM_CLASSES,
}
FILTERS = (*FIXED, "channel")
PER_PAGE, MOST_CHANNELS, CURVE_DAYS = 50, 30, 60
MOST_RUNS = KEPT_OPEN - 4  # looked through for one customer: pages keep some of theirs open


@router.get("/customers")
def show(request: Request, actor: Actor = require("customers:read")) -> Response:
    page = Page(request, actor)
    if page.entry is None:
        return page.draw("nothing.html.j2", title=page.say("web.place.customers"))
    question, number, individual = asked_question(page)
    first = (number - 1) * PER_PAGE
    found = customers_of_page(page).page(question, offset=first, limit=PER_PAGE, fields=READ)
    headed = [(name, page.say(f"label.{name}")) for name in COLUMNS if individual or name not in ESTIMATES]
    count = page.form.count(found.total)
    return page.draw(
        "customers.html.j2",
        title=page.say("web.title.customers", count=found.total, customers=count),
        rows=rows_html([mask_row(row, actor) for row in found.rows], headed, page.words, page.form, page.at),
        headed=headed,
        sections=[terms.chosen(page.reading, *(name for name, _ in headed))],
        filters=_filters(page, individual),
        search=question.search,
        sort=question.sort,
        number=number,
        pages=max(1, -(-found.total // PER_PAGE)),
        link=lambda **changed: _link(request, changed),
        without=lambda names: _link(request, dict.fromkeys([*names, "page"], "")),
        option=lambda name, value: value_word(page, name, value),
        views=views_of(page),
        chips=narrowing.chips(page),
        together=_together(page),
    )


@router.get("/customers.{kind}")
def download(kind: Kind, request: Request, actor: Actor = require("customers:export")) -> Response:
    """The list as it is filtered, as a file; masked where the actor's role is."""
    page = Page(request, actor)
    return send_customers(request, actor, found_run(page), asked_question(page)[0], kind)


@router.get("/customers/{ref}")
def customer(ref: str, request: Request, actor: Actor = require("customers:read")) -> Response:
    page = Page(request, actor)
    found = customers_of_page(page)
    row = found.one(ref)
    if row is None:
        return _absent(page, ref)
    shown = mask_row(row, actor)
    events = found.timeline(ref)
    told = {name: found.rows_of(ref, name) for name in BESIDE}
    told["group_members"] = without_others(request, actor, found_run(page), told["group_members"])
    beside = {name: [mask_row(each, actor) for each in rows] for name, rows in told.items()}
    alive = alive_history(page.entry.summary, events, CURVE_DAYS) if page.entry else None
    sections = customer_sections(page.reading, shown, _events(events), alive, beside)
    brought = referred(page, found, ref)
    if brought:
        sections.insert(len(sections) - bool(events), brought)  # what happened stands last
    belongs = told["group_members"]
    group = found.ref_of(belongs[-1]["group_id"]) if belongs else ""
    with page.workspace.database.read() as connection:
        holder = assigned_to(connection, ref)
        people = candidates(connection) if actor.may("customers:assign") else []
    return page.draw(
        "customer.html.j2",
        sections=sections,
        title=called(shown),
        reached=reached(shown),
        row=row,
        group=group,
        holder=holder,
        people=people,
    )


def _absent(page: Page, ref: str) -> Response:
    """A customer who is not in this run: where they are, if in another one.

    Raises:
        AppError: APP-003 for one whom no run knows, or whom the reader does not see.
    """
    for run in page.workspace.runs()[:MOST_RUNS] if REF.fullmatch(ref) else ():
        if run.id != found_run(page).id and customers_for(page.request, page.actor, run).one(ref):
            return page.draw(
                "absent.html.j2",
                status=404,
                title=page.say("web.absent.title"),
                address=f"/customers/{ref}?run={run.id}",
                here=page.form.date(found_run(page).summary["as_of"]),
                there=page.form.date(run.summary["as_of"]),
            )
    raise AppError("APP-003", kind="customer", seen=ref[:40])


def found_run(page: Page) -> RunEntry:
    """Raises: AppError APP-018 where nothing has been published."""
    if page.entry is None:
        raise AppError("APP-018")
    return page.entry


def customers_of_page(page: Page) -> Customers:
    return customers_for(page.request, page.actor, found_run(page))


def asked_question(page: Page) -> tuple[Question, int, bool]:
    """What the address asks for, the number of the page, and whether single customers are forecast."""
    asked = page.request.query_params
    individual = bool(page.entry and page.entry.summary.get("individual"))
    default = "-future_value" if individual else "-net_sales"
    sort = asked.get("sort", default)
    conditions = tuple(Condition(name, "in", (asked[name],)) for name in FILTERS if asked.get(name))
    conditions += narrowing.conditions(asked)
    chosen = sort if sort.removeprefix("-") in FIELDS else default
    # who may not see names may not find out by searching either, except for a whole id
    exact = not page.actor.may("pii:view")
    question = Question(conditions, asked.get("q", "")[:120].strip(), exact, chosen, narrowing.lines(page))
    return question, min(page.number, 1_000_000), individual


def _together(page: Page) -> Figures | None:
    """What the members of the asked household or account are worth together."""
    asked = page.request.query_params.get(GROUP)
    group = narrowing.asked_group(page, asked) if asked else None
    return group_figures(page.reading, group) if group else None


def _filters(page: Page, individual: bool) -> dict[str, tuple[list[str], str]]:
    asked = page.request.query_params
    found = {
        name: (list(values), asked.get(name, ""))
        for name, values in FIXED.items()
        if individual or name == "rfm_class"
    }
    channels = customers_of_page(page).values("channel")[:MOST_CHANNELS]
    return found | ({"channel": (channels, asked.get("channel", ""))} if channels else {})


def _link(request: Request, changed: dict[str, Any]) -> str:
    asked = {**dict(request.query_params), **{name: str(value) for name, value in changed.items()}}
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def value_word(page: Page, name: str, value: str) -> str:
    key = {"customer_grade": "grade"}.get(name, name)
    return page.say(f"{key}.{value}") if page.words.has(f"{key}.{value}") else value


def _events(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest first, with their date."""
    start = datetime.date(1970, 1, 1)
    return [{**row, "date": start + datetime.timedelta(days=row["day"])} for row in reversed(rows)]
