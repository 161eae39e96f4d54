"""Pages that show a part of the report: from revenue to value, the value map, model quality, data health."""

from fastapi import APIRouter, Request, Response

from lifeworth.reports.documents import (
    concentration,
    forecast,
    groups,
    ledger,
    model_card,
    pattern_map,
    potential,
    rfm,
    terms,
    trust,
    usability,
)
from lifeworth.web.access import Actor, require
from lifeworth.web.page import Page, Part

router = APIRouter()
PAGES: dict[str, tuple[Part, ...]] = {
    "value": (ledger.section, groups.section, terms.section),
    "potential": (potential.section, potential.definitions),
    "map": (rfm.section, pattern_map.section, groups.section, concentration.section),
    "quality": (trust.section, forecast.section, model_card.section),
    "data": (usability.attention, usability.section),
}


def _add(name: str, parts: tuple[Part, ...]) -> None:
    def show(request: Request, actor: Actor = require("runs:read")) -> Response:
        page = Page(request, actor)
        if page.entry is None:
            return page.draw("nothing.html.j2", title=page.say(f"web.place.{name}"))
        title = page.say(f"web.title.{name}")
        made = page.sections(parts)
        empty = "" if made else page.say("web.empty.forecast")
        return page.draw("document.html.j2", sections=made, title=title, badge="", empty=empty)

    router.add_api_route(f"/{name}", show, methods=["GET"], name=name)


for _name, _parts in PAGES.items():
    _add(_name, _parts)
