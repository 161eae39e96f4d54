"""Value map: the RFM grid, the four patterns with cut lines to move, tiers, transaction against referral."""

from typing import Any

from fastapi import APIRouter, Request, Response

from lifeworth.base.errors import AppError
from lifeworth.reports.blocks import Section
from lifeworth.reports.documents import concentration, decisions, groups, pattern_map, referrals, rfm, terms
from lifeworth.reports.documents.reading import Reading
from lifeworth.results.cut_lines import Lines, used_lines
from lifeworth.web import narrowing
from lifeworth.web.access import Actor, require
from lifeworth.web.page import Page

router = APIRouter()
ESTIMATED = (
    "expected_purchases",
    "pattern",
    "pattern_probability",
    "tier",
    "current_value",
    "decision",
    "cost_to_serve",
)


def definitions(run: Reading) -> Section:
    estimated = ESTIMATED if run.individual else ()
    brought = ("referral_value",) if referrals.classes_section(run) else ()
    return terms.chosen(run, "rfm", "rfm_class", "historical_value", *estimated, *brought)


AFTER = (groups.section, decisions.section, referrals.classes_section, concentration.section, definitions)


@router.get("/map")
def show(request: Request, actor: Actor = require("runs:read")) -> Response:
    """`?repeats=2&profit=30` moves the cut lines of the patterns; the run keeps its own."""
    page = Page(request, actor)
    if page.entry is None:
        return page.draw("nothing.html.j2", title=page.say("web.place.map"))
    moved, problem = None, ""
    try:
        moved = narrowing.lines(page)
    except AppError as error:
        problem = page.refusal(error)
    made = pattern_map.section(page.reading, moved) if moved else None
    patterns = [made] if made else page.sections((pattern_map.section,))
    used = used_lines(page.entry.summary) if patterns else None
    before, after = page.sections((rfm.section,)), page.sections(AFTER)
    return page.draw(
        "map.html.j2",
        title=page.say("web.title.map"),
        sections=[*before, *patterns, *after],
        before=len(before),
        empty="" if patterns else page.say("web.empty.forecast"),
        cut=_form(page, used, moved) if used else None,
        moved=moved is not None,
        problem=problem,
    )


def _form(page: Page, used: Lines, moved: Lines | None) -> list[dict[str, Any]]:
    """The two fields: what stands in them, what the run used."""
    now, money = (
        moved or used,
        page.say(f"report.per_order.{'revenue' if page.reading.is_revenue else 'profit'}"),
    )
    return [
        _field("repeats", page.say("label.expected_purchases"), now.repeats, used.repeats, page.form.short),
        _field("profit", money, now.profit, used.profit, page.form.money),
    ]


def _field(name: str, label: str, value: float, used: float, write: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "value": narrowing.written(value), "used": write(used)}
