"""Scenarios: what current value becomes when one thing changes. The address keeps what was asked."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from lifeworth.base.errors import LifeworthError
from lifeworth.reports.blocks import Section
from lifeworth.reports.documents import guard_rail as document
from lifeworth.reports.documents import scenarios, terms
from lifeworth.value.guard_rail import KINDS, chosen_target
from lifeworth.web.access import Actor, require
from lifeworth.web.page import Page
from lifeworth.workflows.guard_rail import SCHEMES, guard_rail
from lifeworth.workflows.scenarios import SIZES, scenarios_of

router = APIRouter()
DEFINED = ("current_value", "margin_rate")


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
    guard, typed_guard, refused = _guard(page)
    part = scenarios.section(page.reading, found)
    return page.draw(
        "scenarios.html.j2",
        title=part.finding if part else title,
        sections=[replace(part, finding="")] if part else [],
        further=[*guard, terms.chosen(page.reading, *DEFINED)] if levers else [],
        asked={name: page.request.query_params.get(name, "") for name in ("by", "target", "amount")},
        moved={name: asked for name in levers if (asked := page.request.query_params.get(name, "").strip())},
        levers=levers,
        typed={name: typed.get(name, f"{100 * SIZES[name]:g}") for name in levers},
        problem=problem or refused,
        guard=typed_guard,
        schemes=SCHEMES,
        targets=KINDS,
    )


def _guard(page: Page) -> tuple[list[Section], dict[str, str], str]:
    """The section of the guard-rail, what its form holds, and what was refused."""
    asked = page.request.query_params
    by, kind = asked.get("by", SCHEMES[0]), asked.get("target", KINDS[0])
    amount = asked.get("amount", "").strip()
    typed = {"by": by, "target": kind, "amount": amount or "80"}
    entry = page.entry
    if entry is None:
        return [], typed, ""
    try:
        number = _share(typed["amount"]) * (1 if kind == "keep" else 100)
        found = guard_rail(entry.folder, entry.summary, chosen_target(**{kind: number}), by)
    except LifeworthError as error:
        return [], typed, page.refusal(error)
    except (ValueError, TypeError):
        return [], typed, page.say("web.settings.number")
    part = document.section(page.reading, found)
    return [part] if part else [], typed, ""


def _share(text: str) -> float:
    """A share from per cent as people type it. Raises ValueError."""
    return float(text.replace("%", "").replace(",", ".").strip()) / 100
