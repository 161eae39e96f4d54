"""Runs: every valuation that was published, and its report."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from lifeworth.base.errors import AppError
from lifeworth.results.contract import REPORT_HTML
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.language import language_of
from lifeworth.web.page import Page
from lifeworth.workflows.reports import report_file, start_report

router = APIRouter()
MOST_LISTED = 50


@router.get("/runs")
def show(request: Request, actor: Actor = require("runs:read")) -> Response:
    page = Page(request, actor)
    rows = [
        {"id": entry.id, "has_report": report_file(entry, page.language) is not None, **_facts(entry.summary)}
        for entry in page.workspace.runs()[:MOST_LISTED]
    ]
    return page.draw("runs.html.j2", title=page.say("web.title.runs"), rows=rows)


@router.get("/runs/{run_id}/report")
def report(run_id: str, request: Request, actor: Actor = require("reports:read")) -> Response:
    """The report in the reader's language, else as it was published; it names customers, so only for roles
    that may see them.
    """
    if not actor.may("pii:view"):
        raise AppError("APP-002", permission="pii:view")
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
    if not actor.may("pii:view"):
        raise AppError("APP-002", permission="pii:view")
    workspace, language = workspace_of(request), language_of(request)
    job_id = start_report(workspace, workspace.run(run_id), language, by=actor.label)
    record(request, actor, "report.started", f"run:{run_id}", language=language, job=job_id)
    return RedirectResponse(f"/jobs/{job_id}", 303)


def _facts(summary: dict[str, Any]) -> dict[str, Any]:
    return {
        "as_of": summary.get("as_of"),
        "customers": summary.get("customers"),
        "net_sales": summary.get("net_sales"),
        "current": (summary.get("intervals") or {}).get("current_value"),
        "grade": (summary.get("backtest") or {}).get("grade", ""),
        "model": (summary.get("model") or {}).get("name", ""),
    }
