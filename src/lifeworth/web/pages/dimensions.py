"""Three dimensions: customer equity by time, share and scope, and why it changed since an earlier run."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from lifeworth.reports.documents import dimensions, terms
from lifeworth.web.access import Actor, require
from lifeworth.web.page import Page
from lifeworth.web.pages.compare import MOST_LISTED, run_option
from lifeworth.workflows.comparison import runs_before
from lifeworth.workflows.dimensions import dimension_change

router = APIRouter()


@router.get("/dimensions")
def show(request: Request, actor: Actor = require("runs:read")) -> Response:
    """`?before=RUN` chooses the earlier run; without it the latest before on the same terms."""
    page = Page(request, actor)
    if page.entry is None:
        return page.draw("nothing.html.j2", title=page.say("web.place.dimensions"))
    found = page.sections((dimensions.section,))
    if not found:
        return page.draw("dimensions.html.j2", title=page.say("dimensions.title"))
    earlier = runs_before(page.workspace.runs(), page.entry)[:MOST_LISTED]
    asked = request.query_params.get("before")
    before = next((run for run in earlier if run.id == asked), earlier[0] if earlier else None)
    changed = None
    if before is not None:
        told = {"dimensions": dimension_change(before.folder, page.entry.folder)}
        changed = dimensions.change_section(page.reading, told, before.summary)
    return page.draw(
        "dimensions.html.j2",
        title=found[0].finding,
        sections=[
            *page.sections((dimensions.equity,)),
            *([changed] if changed else []),
            replace(found[0], finding=""),
            terms.chosen(page.reading, "current_value", "probability_alive"),
        ],
        runs=[run_option(page, run) for run in earlier],
        chosen=before.id if before else "",
    )
