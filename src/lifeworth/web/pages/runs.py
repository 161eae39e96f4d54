"""Runs: every valuation that was published, and its report; below, the work that made them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from lifeworth.base.errors import AppError
from lifeworth.reports.documents import terms
from lifeworth.results.contract import REPORT_HTML
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api import runs as api
from lifeworth.web.background import recent
from lifeworth.web.language import language_of
from lifeworth.web.page import Page
from lifeworth.web.templating import empty_document
from lifeworth.workflows.reports import report_file

router = APIRouter()
MOST_LISTED = 50
DEFINED = ("as_of", "basis", "horizon_months", "customers", "net_sales", "current_value", "interval", "grade")
Before = Annotated[
    str, Query(max_length=40, pattern="^[0-9A-Za-z]*$", description="Jobs older than this one")
]


@router.get("/runs")
def show(request: Request, before: Before = "", actor: Actor = require("runs:read")) -> Response:
    page = Page(request, actor)
    rows = [
        {
            "id": entry.id,
            "has_report": report_file(entry, page.language) is not None,
            **_facts(page, entry.summary),
        }
        for entry in page.workspace.runs()[:MOST_LISTED]
    ]
    work = _work(page, before) if actor.may("jobs:read") else {}
    means = [terms.chosen(page.reading, *DEFINED)] if page.entry else []
    return page.draw("runs.html.j2", title=page.say("web.title.runs"), rows=rows, sections=means, **work)


@router.get("/runs/jobs")
def work(request: Request, before: Before = "", actor: Actor = require("jobs:read")) -> Response:
    """The list of work alone, asked for again and again by the page while something is done."""
    page = Page(request, actor)
    return page.draw("job_list.html.j2", **_work(page, before))


@router.get("/runs/{run_id}/report")
def report(run_id: str, request: Request, actor: Actor = require("reports:read")) -> Response:
    """The report in the reader's language, else as it was published; it names customers, so only for roles
    that may see them.
    """
    actor.demand("pii:view")
    entry = workspace_of(request).run(run_id)
    path = entry.folder / (report_file(entry, language_of(request)) or REPORT_HTML)
    if not path.exists():
        raise AppError("APP-003", kind="report", seen=run_id[:40])
    record(request, actor, "report.read", f"run:{run_id}")
    # the report carries its own policy, with the hashes of its own scripts
    return FileResponse(
        path, media_type="text/html", headers={"content-security-policy": "frame-ancestors 'none'"}
    )


@router.post("/runs/{run_id}/report")
def make_report(run_id: str, request: Request, actor: Actor = require("reports:read")) -> Response:
    """Have the report made in the reader's language."""
    wanted = api.NewReport.model_validate({"language": language_of(request)})
    started = api.make_report(run_id, wanted, request, actor)
    return RedirectResponse(f"/jobs/{started['job_id']}", 303)


def _work(page: Page, before: str) -> dict[str, Any]:
    jobs, older = recent(page, before)
    return {"jobs": jobs, "before": before, "older": older}


def _facts(page: Page, summary: dict[str, Any]) -> dict[str, Any]:
    """What a run says of itself, in its own currency and on its own terms."""
    model, months = str((summary.get("model") or {}).get("name") or ""), summary.get("horizon_months")
    form = empty_document(page.language, str(summary.get("currency") or "")).form
    current = (summary.get("intervals") or {}).get("current_value")
    span = page.say("report.months", count=1 if months == 1 else 2, months=form.short(float(months or 0), 3))
    basis = summary.get("value_basis") or ("profit" if summary.get("basis") == "profit" else "net_revenue")
    return {
        "terms": " · ".join([page.say(f"basis.{basis}"), *([span] if months else [])]),
        "as_of": summary.get("as_of"),
        "customers": form.count(summary.get("customers")),
        "net_sales": form.compact_money(summary.get("net_sales")),
        "current": form.compact_money_interval(current["value"], current["low"], current["high"])
        if current
        else "",
        "grade": (summary.get("backtest") or {}).get("grade", ""),
        "model": page.reading.say_or(f"model.{model}", model),
    }
