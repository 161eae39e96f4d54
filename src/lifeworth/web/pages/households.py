"""Households and accounts: what belongs together, ranked; a group opens its members."""

from fastapi import APIRouter, Request, Response

from lifeworth.reports.documents import households, terms
from lifeworth.results.memberships import count_of, groups_page, sorts_of
from lifeworth.web.access import Actor, require
from lifeworth.web.masking import mask_row
from lifeworth.web.page import Page
from lifeworth.web.scope import groups_for

router = APIRouter()
PER_PAGE = 50
MEMBERS = "members"


@router.get("/households")
def show(request: Request, actor: Actor = require("customers:read")) -> Response:
    """`?sort=-lifetime_value&page=2`; without a sort by what is still to come."""
    page = Page(request, actor)
    if page.entry is None:
        return page.draw("nothing.html.j2", title=page.say("web.place.households"))
    sorts = sorts_of(page.entry)
    record = page.entry.summary.get("relationships")
    if not sorts or not record:
        return page.draw("households.html.j2", title=page.say("households.title"))
    asked = request.query_params
    sort = asked.get("sort", "")
    if sort.removeprefix("-") not in sorts:
        sort = f"-{record['value_name']}"
    seen = groups_for(request, actor, page.entry)
    pages = max(1, -(-count_of(page.entry, seen) // PER_PAGE))
    number = min(page.number, pages)
    first = (number - 1) * PER_PAGE
    rows, _ = groups_page(page.entry, page.workspace.secret, sort, first, PER_PAGE, seen)
    shown = [mask_row(row, actor) for row in rows]
    told = [name for name in sorts if name != MEMBERS]
    return page.draw(
        "households.html.j2",
        title=households.finding(page.reading, record),
        sections=[
            households.page_section(page.reading, record, shown, sort),
            terms.chosen(page.reading, *told),
        ],
        sorts=[(f"-{name}", _label(page, name)) for name in sorts],
        sort=sort,
        number=number,
        pages=pages,
    )


def _label(page: Page, name: str) -> str:
    return page.say("households.field.members") if name == MEMBERS else page.say(f"label.{name}")
