"""Value bridge: two runs of the workspace side by side, and why the value moved from one to the other."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.reports.documents import bridge, terms
from lifeworth.results.runs import RunEntry
from lifeworth.store.jobs import OPEN
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.page import Page
from lifeworth.workflows.comparing import ask_comparison
from lifeworth.workflows.comparison import in_order, run_before

router = APIRouter()
SHOWN = ("future_value", "current_value", "potential_value")
MOST_LISTED = 50


@router.get("/compare")
def show(request: Request, actor: Actor = require("runs:read")) -> Response:
    """`?before=RUN&after=RUN`; without them the newest run, or `?run=`, and the one it follows. Either order
    will do.
    """
    page, asked = Page(request, actor), request.query_params
    runs = page.workspace.runs()
    if len(runs) < 2:
        return page.draw("compare.html.j2", title=page.say("web.title.compare"), runs=[], chosen=None)
    after = page.workspace.run(asked.get("after") or page.kept_run or None)
    before = page.workspace.run(asked["before"]) if asked.get("before") else run_before(runs, after)
    nothing_before = ""
    if before is None:
        before, followed = _beside(runs, after)
        nothing_before = page.say(
            "web.compare.first" if followed else "web.compare.alone",
            as_of=page.form.date(after.summary["as_of"]),
        )
    before, after = in_order(before, after)
    page.entry = after
    if asked.get("after"):
        page.kept_run = "" if after.id == runs[0].id else after.id
    found = ask_comparison(page.workspace, before, after, by=actor.label)
    listed: dict[str, Any] = {
        "runs": [run_option(page, run) for run in runs[:MOST_LISTED]],
        "chosen": (before.id, after.id),
        "nothing_before": nothing_before,
    }
    if found.told is None:
        return page.draw(
            "compare.html.j2", title=page.say("web.title.compare"), **_progress(found.job), **listed
        )
    reading = page.reading
    return page.draw(
        "compare.html.j2",
        title=bridge.headline(reading, found.told, before.summary),
        sections=[bridge.section(reading, found.told), terms.chosen(reading, *SHOWN)],
        badge=page.say("report.badge.revenue") if reading.is_revenue else "",
        **listed,
    )


def _beside(runs: list[RunEntry], first: RunEntry) -> tuple[RunEntry, bool]:
    """What a run without one before it is set beside: the run that followed it, else the newest other one;
    and whether it is the one that followed.
    """
    others = [run for run in runs if run.id != first.id]
    for run in reversed(others):
        before = run_before(runs, run)
        if before is not None and before.id == first.id:
            return run, True
    return others[0], False


@router.get("/compare/card")
def card(before: str, after: str, request: Request, actor: Actor = require("runs:read")) -> Response:
    """How far the comparison is; at its end the page is sent to it."""
    page = Page(request, actor)
    one, two = page.workspace.run(before), page.workspace.run(after)
    found = ask_comparison(page.workspace, one, two, by=actor.label)
    progress = _progress(found.job)
    answer = page.draw("job_card.html.j2", **progress) if found.job else Response()
    if progress["ended"]:
        answer.headers["HX-Redirect"] = f"/compare?before={one.id}&after={two.id}"
    return answer


@router.post("/compare")
def again(
    request: Request,
    before: Annotated[str, Form(max_length=100)],
    after: Annotated[str, Form(max_length=100)],
    actor: Actor = require("runs:read"),
) -> Response:
    """Have a comparison worked out that failed before."""
    workspace = workspace_of(request)
    one, two = workspace.run(before), workspace.run(after)
    ask_comparison(workspace, one, two, by=actor.label, again=True)
    record(request, actor, "runs.compared", f"run:{two.id}", before=one.id)
    return RedirectResponse(f"/compare?before={one.id}&after={two.id}", 303)


def _progress(job: dict[str, Any] | None) -> dict[str, Any]:
    return {"job": job, "ended": job is None or job["status"] not in OPEN}


def run_option(page: Page, run: RunEntry) -> dict[str, Any]:
    """A run as one chooses it from a list."""
    customers = run.summary["customers"]
    label = page.say(
        "web.compare.run",
        as_of=run.summary["as_of"],
        count=customers,
        customers=page.form.count(customers),
        made=run.created[:16].replace("T", " "),
    )
    return {"id": run.id, "label": label}
