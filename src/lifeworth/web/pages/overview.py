"""Overview: what the customers are worth, how far to trust it, what needs attention; or where to begin."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.reports.blocks import Section
from lifeworth.reports.documents import bridge, concentration, groups, overview, trust, usability
from lifeworth.store.jobs import open_jobs
from lifeworth.web.access import Actor, require
from lifeworth.web.api import samples
from lifeworth.web.background import noted
from lifeworth.web.page import Page
from lifeworth.workflows.comparing import ask_comparison
from lifeworth.workflows.comparison import run_before
from lifeworth.workflows.sample_data import sample_is_in, sample_runs

router = APIRouter()
PARTS = (
    *(trust.section, usability.attention, groups.section, concentration.section),
    overview.definitions,
)


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
        background=noted(page),
        badge=page.say("report.badge.revenue") if reading.is_revenue else "",
        sample=page.entry in sample_runs(page.workspace) or sample_is_in(page.workspace),
    )


def _since(page: Page) -> Section | None:
    """The bridge from the run before, on the same terms; None also while it is being worked out."""
    assert page.entry is not None
    before = run_before(page.workspace.runs(), page.entry)
    if before is None:
        return None
    told = ask_comparison(page.workspace, before, page.entry, by=page.actor.label).told
    return bridge.since(page.reading, told, before.summary) if told else None


@router.post("/start/sample")
def sample(
    request: Request,
    what: Annotated[Literal["company", "orders"], Form()] = "orders",
    actor: Actor = require("runs:start"),
) -> Response:
    """Load and value a sample: the simulated company, in the reader's language, or the bundled orders."""
    asked = samples.NewSample(what=what, language=None)
    return RedirectResponse(f"/jobs/{samples.load(asked, request, actor)['job_id']}", 303)
