"""Pages that show a part of the report: revenue to value, potential value, model quality, data health."""

from fastapi import APIRouter, Request, Response

from lifeworth.reports.documents import (
    forecast,
    groups,
    ledger,
    model_card,
    near_term,
    potential,
    questionnaire,
    satisfaction,
    satisfaction_matrix,
    subscriptions,
    terms,
    trust,
    usability,
)
from lifeworth.web.access import Actor, require
from lifeworth.web.page import Page, Part

router = APIRouter()
PAGES: dict[str, tuple[Part, ...]] = {
    "value": (ledger.section, near_term.section_or_reason, groups.section, terms.section),
    "potential": (potential.section, potential.definitions),
    "subscriptions": (subscriptions.section, subscriptions.definitions),
    "satisfaction": (satisfaction_matrix.section, satisfaction.section, satisfaction_matrix.definitions),
    "quality": (trust.section, forecast.section, model_card.section, model_card.definitions),
    "data": (usability.attention, usability.section, usability.definitions),
}
BESIDE: dict[str, tuple[Part, ...]] = {"satisfaction": (questionnaire.section,)}  # of every run
NEEDS = ("subscriptions", "satisfaction")  # what an empty page of that name lacks; else a forecast


def _add(name: str, parts: tuple[Part, ...]) -> None:
    def show(request: Request, actor: Actor = require("runs:read")) -> Response:
        page = Page(request, actor)
        if page.entry is None:
            return page.draw("nothing.html.j2", title=page.say(f"web.place.{name}"))
        title = page.say(f"web.title.{name}")
        made = page.sections(parts)
        empty = "" if made else page.say(f"web.empty.{name if name in NEEDS else 'forecast'}")
        made = [*made, *page.sections(BESIDE.get(name, ()))]
        return page.draw("document.html.j2", sections=made, title=title, badge="", empty=empty)

    router.add_api_route(f"/{name}", show, methods=["GET"], name=name)


for _name, _parts in PAGES.items():
    _add(_name, _parts)
