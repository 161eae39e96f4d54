"""Overview: what the customers are worth, how far to trust it, what needs attention; or where to begin."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.clock import now
from lifeworth.reports.blocks import Section
from lifeworth.reports.documents import bridge, concentration, groups, overview, trust, usability
from lifeworth.store.jobs import add_job, open_jobs
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.language import language_of
from lifeworth.web.page import Page
from lifeworth.workflows.comparison import compared, run_before

router = APIRouter()
PARTS = (trust.section, usability.attention, groups.section, concentration.section)


@router.get("/")
def show(request: Request, actor: Actor = require("workspace:read")) -> Response:
    page = Page(request, actor)
    if not actor.may("runs:read"):
        return RedirectResponse("/audit", 303)
    if page.entry is None:
        with page.workspace.database.read() as connection:
            return page.draw("start.html.j2", jobs=open_jobs(connection))
    reading = page.reading
    since = _since(page)
    first = [*page.sections((overview.section,)), *([since] if since else [])]
    return page.draw(
        "document.html.j2",
        sections=[*first, *page.sections(PARTS)],
        title=overview.headline(reading),
        badge=page.say("report.badge.revenue") if reading.is_revenue else "",
    )


def _since(page: Page) -> Section | None:
    """The bridge from the run before, on the same terms."""
    assert page.entry is not None
    before = run_before(page.workspace.runs(), page.entry)
    if before is None:
        return None
    return bridge.since(page.reading, compared(before, page.entry), before.summary)


@router.post("/start/sample")
def sample(
    request: Request,
    what: Annotated[Literal["company", "orders"], Form()] = "orders",
    actor: Actor = require("runs:start"),
) -> Response:
    """Load and value a sample: the simulated company, in the reader's language, or the bundled orders."""
    asked = {"what": what, "language": language_of(request)}
    with workspace_of(request).database.begin() as connection:
        job_id = add_job(connection, "sample", asked, now=now(), created_by=actor.label)
    record(request, actor, "sample.loaded", f"job:{job_id}")
    return RedirectResponse(f"/jobs/{job_id}", 303)
