"""Scenarios: what current value becomes when one thing changes. The address keeps what was asked."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from lifeworth.base.errors import LifeworthError
from lifeworth.reports.documents import scenarios, terms
from lifeworth.web.access import Actor, require
from lifeworth.web.page import Page
from lifeworth.workflows.scenarios import SIZES, scenarios_of

router = APIRouter()


@router.get("/scenarios")
def show(request: Request, actor: Actor = require("runs:read")) -> Response:
    page, problem, found = Page(request, actor), "", None
    title = page.say("web.title.scenarios")
    if page.entry is None:
        return page.draw("nothing.html.j2", title=title)
    published = page.entry.summary.get("scenarios") or {}
    levers = [name for name in SIZES if any(row["lever"] == name for row in published.get("rows") or [])]
    typed = {name: asked for name in levers if (asked := request.query_params.get(name, "").strip())}
    try:
        found = scenarios_of(page.entry, {name: _share(text) for name, text in typed.items()})
    except LifeworthError as error:
        problem = page.refusal(error)
    except ValueError:
        problem = page.say("web.settings.number")
    part = scenarios.section(page.reading, found)
    return page.draw(
        "scenarios.html.j2",
        title=part.finding if part else title,
        sections=[replace(part, finding=""), terms.chosen(page.reading, "current_value")] if part else [],
        levers=levers,
        typed={name: typed.get(name, f"{100 * SIZES[name]:g}") for name in levers},
        problem=problem,
    )


def _share(text: str) -> float:
    """A share from per cent as people type it. Raises ValueError."""
    return float(text.replace("%", "").replace(",", ".").strip()) / 100
