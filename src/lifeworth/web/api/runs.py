"""Runs: what was published, its figures and tables; start one, compare two, delete one."""

from typing import Annotated, Any, Literal

from fastapi import Body, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from lifeworth.base.errors import AppError
from lifeworth.results.contract import (
    CUSTOMERS_CSV,
    CUSTOMERS_PARQUET,
    IMPORT_REPORT,
    REJECTED_ROWS,
    REPORT_HTML,
    SUMMARY,
    TABLES,
    report_name,
)
from lifeworth.results.runs import RunEntry
from lifeworth.results.tables import table_names, table_page
from lifeworth.text.catalog import LANGUAGES
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.customers import RunId, stamp
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import Cursor, Limit, decode_cursor, encode_cursor, listed
from lifeworth.web.masking import mask_row
from lifeworth.workflows.comparison import compared
from lifeworth.workflows.options import checked_options
from lifeworth.workflows.recalculate import start_run
from lifeworth.workflows.reports import start_report
from lifeworth.workflows.retention import delete_run
from lifeworth.workflows.scenarios import scenarios_of

router = api_router(tags=["runs"])
FILES = {
    CUSTOMERS_CSV: True,
    CUSTOMERS_PARQUET: True,
    REJECTED_ROWS: True,
    REPORT_HTML: True,
    SUMMARY: False,
    IMPORT_REPORT: False,
}  # fmt: skip  whether it names persons


class RunSettings(BaseModel):
    """What this run does otherwise than the settings of the workspace say."""

    model_config = {"extra": "forbid"}
    basis: str | None = Field(None, max_length=40)
    margin: float | None = None
    discount_rate: float | None = None
    horizon_months: float | None = None
    model: str | None = Field(None, max_length=40)
    language: str | None = Field(None, max_length=20)
    offer_effect: float | None = None
    offer_effect_cv: float | None = None
    wallet_quantile: float | None = None
    base_share: float | None = None
    until: str | None = Field(None, pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")


class NewReport(BaseModel):
    language: Literal["en", "zh-Hans", "zh-Hant"]


def brief(run: RunEntry) -> dict[str, Any]:
    names = ("created", "customers", "orders", "net_sales", "totals", "intervals", "source", "individual")
    grade = (run.summary.get("backtest") or {}).get("grade")
    return {"id": run.id, **stamp(run), **{name: run.summary.get(name) for name in names}, "grade": grade}


@router.get("/runs", summary="Published runs, newest first")
def runs(
    request: Request, limit: Limit = 50, cursor: Cursor = None, actor: Actor = require("runs:read")
) -> dict[str, Any]:
    after = decode_cursor(cursor, "runs", str)
    found = workspace_of(request).runs()
    names = [run.id for run in found]
    if after is not None:
        found = found[names.index(after) + 1 :] if after in names else []
    return listed([brief(run) for run in found[: limit + 1]], limit, "runs")


@router.post("/runs", status_code=202, summary="Value all active imports")
def start(
    request: Request,
    settings: Annotated[RunSettings | None, Body()] = None,
    actor: Actor = require("runs:start"),
) -> dict[str, Any]:
    asked = settings.model_dump(exclude_none=True) if settings else {}
    until = asked.pop("until", None)
    chosen = checked_options(asked) | ({"until": until} if until else {})
    job_id = start_run(workspace_of(request), by=actor.label, **chosen)
    record(request, actor, "run.started", f"job:{job_id}")
    return {"job_id": job_id}


@router.get("/runs/{run_id}", summary="Every figure of a run")
def run(run_id: str, request: Request, actor: Actor = require("runs:read")) -> dict[str, Any]:
    entry = workspace_of(request).run(run_id)
    return {"id": entry.id, "summary": entry.summary, "tables": table_names(entry.folder)}


@router.delete("/runs/{run_id}", status_code=204, summary="Delete a run for good")
def delete(run_id: str, request: Request, actor: Actor = require("runs:delete")) -> None:
    entry = workspace_of(request).run(run_id)
    delete_run(entry)
    record(request, actor, "run.deleted", f"run:{run_id}")


@router.get("/runs/{run_id}/compare/{other_id}", summary="What changed between two runs")
def compare(
    run_id: str, other_id: str, request: Request, actor: Actor = require("runs:read")
) -> dict[str, Any]:
    workspace = workspace_of(request)
    return compared(workspace.run(other_id), workspace.run(run_id))


@router.get("/runs/{run_id}/tables/{name}", summary="A further table of a run")
def table(
    run_id: str,
    name: str,
    request: Request,
    limit: Limit = 100,
    cursor: Cursor = None,
    actor: Actor = require("runs:read"),
) -> dict[str, Any]:
    return _table(request, workspace_of(request).run(run_id), name, limit, cursor, actor)


@router.get("/runs/{run_id}/files/{name}", summary="A file of a run", response_class=FileResponse)
def file(run_id: str, name: str, request: Request, actor: Actor = require("reports:read")) -> FileResponse:
    entry = workspace_of(request).run(run_id)
    files = {**FILES, **{report_name(language): True for language in LANGUAGES}}
    if name not in files or not (entry.folder / name).exists():
        raise AppError("APP-003", kind="file", seen=name[:100])
    if files[name] and not actor.may("pii:view"):
        raise AppError("APP-002", permission="pii:view")
    if files[name]:
        record(request, actor, "file.read", f"run:{run_id}", file=name)
    # a report carries its own scripts and styles: it is saved, never shown under our address
    return FileResponse(entry.folder / name, filename=name, content_disposition_type="attachment")


@router.post("/runs/{run_id}/reports", status_code=202, summary="Make the report in another language")
def make_report(
    run_id: str, wanted: NewReport, request: Request, actor: Actor = require("reports:read")
) -> dict[str, Any]:
    if not actor.may("pii:view"):  # it names customers
        raise AppError("APP-002", permission="pii:view")
    workspace = workspace_of(request)
    job_id = start_report(workspace, workspace.run(run_id), wanted.language, by=actor.label)
    record(request, actor, "report.started", f"run:{run_id}", language=wanted.language, job=job_id)
    return {"job_id": job_id, "file": report_name(wanted.language)}


Scheme = Annotated[Literal["pattern", "tier", "grade", "rfm_class"] | None, Query()]


@router.get("/segments", summary="Groups of customers with their figures")
def segments(
    request: Request, run: RunId = None, scheme: Scheme = None, actor: Actor = require("runs:read")
) -> dict[str, Any]:
    entry = workspace_of(request).run(run)
    rows = [row for row in entry.summary.get("segments", []) if scheme in (None, row["scheme"])]
    return {"data": rows, "next_cursor": None, "has_more": False, **stamp(entry)}


Share = Annotated[float | None, Query(ge=0, lt=1, description="How far it moves; without it as in the run")]


@router.get("/scenarios", summary="What current value becomes when one thing changes")
def scenarios(
    request: Request, run: RunId = None, churn: Share = None, price: Share = None, margin: Share = None,
    discount_rate: Share = None, actor: Actor = require("runs:read"),
) -> dict[str, Any]:  # fmt: skip
    entry = workspace_of(request).run(run)
    asked = {"churn": churn, "price": price, "margin": margin, "discount_rate": discount_rate}
    found = scenarios_of(entry, {name: size for name, size in asked.items() if size is not None})
    return {"base": None, "rows": [], **(found or {}), **stamp(entry)}


@router.get("/cohorts", summary="Cohorts of the customers by month of first purchase")
def cohorts(
    request: Request, run: RunId = None, limit: Limit = 500, cursor: Cursor = None,
    actor: Actor = require("runs:read"),
) -> dict[str, Any]:  # fmt: skip
    return _table(request, workspace_of(request).run(run), "cohorts", limit, cursor, actor, optional=True)


@router.get("/referrals", summary="Who brought whom, and what it is worth")
def referrals(
    request: Request, run: RunId = None, limit: Limit = 100, cursor: Cursor = None,
    actor: Actor = require("customers:read"),
) -> dict[str, Any]:  # fmt: skip
    return _table(request, workspace_of(request).run(run), "referrals", limit, cursor, actor, optional=True)


def _table(
    request: Request, entry: RunEntry, name: str, limit: int, cursor: str | None, actor: Actor,
    optional: bool = False,
) -> dict[str, Any]:  # fmt: skip
    if name not in table_names(entry.folder):
        if not optional:
            raise AppError("APP-003", kind="table", seen=name[:100])
        return {"data": [], "next_cursor": None, "has_more": False, **stamp(entry)}
    of = f"{entry.id}:{name}"
    offset = decode_cursor(cursor, of, int) or 0
    rows, total = table_page(entry.folder / TABLES / f"{name}.parquet", offset, limit)
    end = offset + len(rows)
    return {
        "data": [mask_row(row, actor) for row in rows],
        "next_cursor": encode_cursor(of, end) if end < total else None,
        "has_more": end < total,
        "total": total,
        **stamp(entry),
    }
