"""Cohorts: customers by the period of their first purchase, and by what they bought then."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from lifeworth.reports.documents import acquisition, cohorts, first_products, terms
from lifeworth.web.access import Actor, require
from lifeworth.web.page import Page

router = APIRouter()


@router.get("/cohorts")
def show(request: Request, actor: Actor = require("runs:read")) -> Response:
    page = Page(request, actor)
    title = page.say("web.title.cohorts")
    if page.entry is None:
        return page.draw("nothing.html.j2", title=title)
    if not (first := page.sections((cohorts.section,))):
        return page.draw("cohorts.html.j2", title=title)
    return page.draw(
        "cohorts.html.j2",
        title=first[0].finding,
        sections=[
            replace(first[0], finding=""),
            *page.sections((first_products.section, acquisition.section)),
            terms.chosen(page.reading, "historical_value", "current_value", "lifetime_value"),
        ],
    )
