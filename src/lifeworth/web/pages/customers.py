"""Customers: the list, page by page, and one customer whole."""

import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from lifeworth.base.errors import AppError
from lifeworth.reports.documents.anatomy import BESIDE, customer_sections
from lifeworth.results.contract import GRADES, PATTERNS, RFM_CLASSES, TIERS
from lifeworth.results.customers import FIELDS, Condition, Customers, Question, customers_of
from lifeworth.web.access import Actor, require
from lifeworth.web.exports import Kind, send_customers
from lifeworth.web.masking import mask_row
from lifeworth.web.page import Page
from lifeworth.web.pages.views import views_of
from lifeworth.workflows.explain import alive_history

router = APIRouter()
COLUMNS = (
    *("customer_id", "customer_grade", "pattern", "last_purchase", "orders", "historical_value"),
    *("current_value", "probability_alive"),
)
READ = (*COLUMNS, "current_value_low", "current_value_high")
ESTIMATES = ("customer_grade", "pattern", "current_value", "probability_alive")
FIXED = {"customer_grade": GRADES, "pattern": PATTERNS, "tier": TIERS, "rfm_class": RFM_CLASSES}
FILTERS = (*FIXED, "channel")
PER_PAGE, MOST_CHANNELS = 50, 30


@router.get("/customers")
def show(request: Request, actor: Actor = require("customers:read")) -> Response:
    page = Page(request, actor)
    if page.entry is None:
        return page.draw("nothing.html.j2", title=page.say("web.place.customers"))
    question, number, individual = _question(page)
    found = _customers(page).page(question, offset=(number - 1) * PER_PAGE, limit=PER_PAGE, fields=READ)
    largest = max((float(row["current_value_high"] or 0) for row in found.rows), default=0.0)
    count = page.form.count(found.total)
    return page.draw(
        "customers.html.j2",
        title=page.say("web.title.customers", count=found.total, customers=count),
        rows=[mask_row(row, actor) for row in found.rows],
        headed=[(name, page.say(f"label.{name}")) for name in COLUMNS if individual or name not in ESTIMATES],
        filters=_filters(page, individual),
        search=question.search,
        sort=question.sort,
        number=number,
        pages=max(1, -(-found.total // PER_PAGE)),
        link=lambda **changed: _link(request, changed),
        option=lambda name, value: _option(page, name, value),
        band=lambda row: _band(row, largest),
        views=views_of(page),
    )


@router.get("/customers.{kind}")
def download(kind: Kind, request: Request, actor: Actor = require("customers:export")) -> Response:
    """The list as it is filtered, as a file; masked where the actor's role is."""
    page = Page(request, actor)
    if page.entry is None:
        raise AppError("APP-018")
    return send_customers(request, actor, page.entry, _question(page)[0], kind)


@router.get("/customers/{ref}")
def customer(ref: str, request: Request, actor: Actor = require("customers:read")) -> Response:
    page = Page(request, actor)
    found = _customers(page)
    row = found.one(ref)
    if row is None:
        raise AppError("APP-003", kind="customer", seen=ref[:40])
    shown = mask_row(row, actor)
    events = found.timeline(ref)
    beside = {name: [mask_row(each, actor) for each in found.rows_of(ref, name)] for name in BESIDE}
    alive = alive_history(page.entry.summary, events) if page.entry else None
    sections = customer_sections(page.reading, shown, _events(events), alive, beside)
    return page.draw("customer.html.j2", sections=sections, title=shown["customer_id"], row=row)


def _customers(page: Page) -> Customers:
    if page.entry is None:
        raise AppError("APP-018")
    return customers_of(page.entry, page.workspace.secret)


def _question(page: Page) -> tuple[Question, int, bool]:
    """What the address asks for, the number of the page, and whether single customers are forecast."""
    asked = page.request.query_params
    individual = bool(page.entry and page.entry.summary.get("individual"))
    default = "-future_value" if individual else "-net_sales"
    sort = asked.get("sort", default)
    number = int(asked.get("page", "1")) if asked.get("page", "1").isdigit() else 1
    conditions = tuple(Condition(name, "in", (asked[name],)) for name in FILTERS if asked.get(name))
    chosen = sort if sort.removeprefix("-") in FIELDS else default
    # who may not see names may not find out by searching either, except for a whole id
    exact = not page.actor.may("pii:view")
    question = Question(conditions, asked.get("q", "")[:120].strip(), exact, chosen)
    return question, min(max(number, 1), 1_000_000), individual


def _filters(page: Page, individual: bool) -> dict[str, tuple[list[str], str]]:
    asked = page.request.query_params
    found = {
        name: (list(values), asked.get(name, ""))
        for name, values in FIXED.items()
        if individual or name == "rfm_class"
    }
    channels = _customers(page).values("channel")[:MOST_CHANNELS]
    return found | ({"channel": (channels, asked.get("channel", ""))} if channels else {})


def _link(request: Request, changed: dict[str, Any]) -> str:
    asked = {**dict(request.query_params), **{name: str(value) for name, value in changed.items()}}
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def _option(page: Page, name: str, value: str) -> str:
    key = {"customer_grade": "grade"}.get(name, name)
    return page.say(f"{key}.{value}") if page.words.has(f"{key}.{value}") else value


def _band(row: dict[str, Any], largest: float) -> tuple[str, str, str] | None:
    """Where the interval begins, where the value stands, how wide it is: per cent of the largest."""
    if row["current_value"] is None or largest <= 0:
        return None
    low, value, high = (
        min(100.0, max(0.0, 100 * float(row[name]) / largest))
        for name in ("current_value_low", "current_value", "current_value_high")
    )
    return f"{low:.1f}", f"{value:.1f}", f"{high - low:.1f}"


def _events(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest 200 first, with their date."""
    start = datetime.date(1970, 1, 1)
    return [{**row, "date": start + datetime.timedelta(days=row["day"])} for row in reversed(rows[-200:])]
