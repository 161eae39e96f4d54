"""Value bridge: two runs of the workspace side by side, and why the value moved from one to the other."""

from typing import Any

from fastapi import APIRouter, Request, Response

from lifeworth.reports.documents import bridge, terms
from lifeworth.results.runs import RunEntry
from lifeworth.web.access import Actor, require
from lifeworth.web.page import Page
from lifeworth.workflows.comparison import compared, in_order, run_before

router = APIRouter()
SHOWN = ("future_value", "current_value", "potential_value")
MOST_LISTED = 50


@router.get("/compare")
def show(request: Request, actor: Actor = require("runs:read")) -> Response:
    """`?before=RUN&after=RUN`; without them the newest run and the one it follows. Either order will do."""
    page, asked = Page(request, actor), request.query_params
    runs = page.workspace.runs()
    if len(runs) < 2:
        return page.draw("compare.html.j2", title=page.say("web.title.compare"), runs=[], chosen=None)
    after = page.workspace.run(asked.get("after") or None)
    before = page.workspace.run(asked["before"]) if asked.get("before") else run_before(runs, after)
    before, after = in_order(before or next(run for run in runs if run.id != after.id), after)
    page.entry = after
    told, reading = compared(before, after), page.reading
    return page.draw(
        "compare.html.j2",
        title=bridge.headline(reading, told, before.summary),
        runs=[_option(page, run) for run in runs[:MOST_LISTED]],
        chosen=(before.id, after.id),
        sections=[bridge.section(reading, told), terms.chosen(reading, *SHOWN)],
        badge=page.say("report.badge.revenue") if reading.is_revenue else "",
    )


def _option(page: Page, run: RunEntry) -> dict[str, Any]:
    customers = run.summary["customers"]
    label = page.say(
        "web.compare.run",
        as_of=run.summary["as_of"],
        count=customers,
        customers=page.form.count(customers),
        made=run.created[:16].replace("T", " "),
    )
    return {"id": run.id, "label": label}
