"""Runs: every valuation that was published, and its report."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from lifeworth.base.errors import AppError
from lifeworth.results.contract import REPORT_HTML
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.page import Page

router = APIRouter()
MOST_LISTED = 50


@router.get("/runs")
def show(request: Request, actor: Actor = require("runs:read")) -> Response:
    page = Page(request, actor)
    rows = [{"id": entry.id, **_facts(entry.summary)} for entry in page.workspace.runs()[:MOST_LISTED]]
    return page.draw("runs.html.j2", title=page.say("web.title.runs"), rows=rows)


@router.get("/runs/{run_id}/report")
def report(run_id: str, request: Request, actor: Actor = require("reports:read")) -> Response:
    """The report as it was published; it names customers, so only for roles that may see them."""
    if not actor.may("pii:view"):
        raise AppError("APP-002", permission="pii:view")
    entry = workspace_of(request).run(run_id)
    path = entry.folder / REPORT_HTML
    if not path.exists():
        raise AppError("APP-003", kind="report", seen=run_id[:40])
    record(request, actor, "report.read", f"run:{run_id}")
    # the report carries its own policy, with the hashes of its own scripts
    return FileResponse(
        path, media_type="text/html", headers={"content-security-policy": "frame-ancestors 'none'"}
    )


def _facts(summary: dict[str, Any]) -> dict[str, Any]:
    return {
        "as_of": summary.get("as_of"),
        "customers": summary.get("customers"),
        "net_sales": summary.get("net_sales"),
        "current": (summary.get("intervals") or {}).get("current_value"),
        "grade": (summary.get("backtest") or {}).get("grade", ""),
        "model": (summary.get("model") or {}).get("name", ""),
    }
