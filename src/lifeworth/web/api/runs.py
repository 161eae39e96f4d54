"""Runs: what was published, its figures and tables; start one, compare two, delete one."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import Body, Query, Request, Response
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
from lifeworth.results.customers import customers_of
from lifeworth.results.cut_lines import moved_lines, used_lines
from lifeworth.results.runs import RunEntry
from lifeworth.results.tables import table_names, table_page, visible_page
from lifeworth.store.jobs import OPEN
from lifeworth.text.catalog import LANGUAGES
from lifeworth.value.guard_rail import chosen_target
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.customers import Profit, Repeats, RunId, stamp
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import Cursor, Limit, decode_cursor, encode_cursor, listed
from lifeworth.web.masking import mask_row
from lifeworth.web.roles import to_start
from lifeworth.web.scope import shown_rows
from lifeworth.workflows.comparing import ask_comparison
from lifeworth.workflows.comparison import comparable, in_order, run_before
from lifeworth.workflows.dimensions import dimension_change
from lifeworth.workflows.guard_rail import guard_rail
from lifeworth.workflows.options import checked_options
from lifeworth.workflows.recalculate import start_run
from lifeworth.workflows.reports import start_report
from lifeworth.workflows.retention import delete_run
from lifeworth.workflows.scenarios import scenarios_of

router = api_router(tags=["runs"])
ASK_AGAIN_SECONDS = 2
FILES = {
    CUSTOMERS_CSV: True,
    CUSTOMERS_PARQUET: True,
    REJECTED_ROWS: True,
    REPORT_HTML: True,
    **{report_name(language): True for language in LANGUAGES},
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
    cost_to_serve: float | None = None
    decision_confidence: float | None = None
    grow_share: float | None = None
    score_weights: str | None = Field(None, max_length=200, description="transaction=0.6, loyalty=0.2, ...")
    scope: str | None = Field(None, max_length=200)
    covariates: str | None = Field(None, max_length=200, description="Columns, with commas between")
    pool_by: str | None = Field(None, max_length=200, description="Column whose segments get a model each")
    survey_scale: str | None = Field(None, max_length=200)
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


class Underway(BaseModel):
    """A comparison that a worker makes, and how far it is."""

    job_id: str
    status: Literal["waiting", "running"]
    progress: float


LATER: dict[int | str, dict[str, Any]] = {
    202: {
        "model": Underway,
        "description": "Of large runs: a worker compares them. Ask this address again; 200 once it is there.",
        "headers": {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}},
    },
    409: {"description": "APP-036: a worker began and did not end. POST has it begun again."},
}


@router.get("/runs/{run_id}/compare/{other_id}", summary="What changed between two runs", responses=LATER)
def compare(
    run_id: str, other_id: str, request: Request, response: Response, actor: Actor = require("runs:read")
) -> dict[str, Any]:
    """Worked out once and kept: of small runs on the spot, of large ones by a worker, as asking begins it."""
    return _comparison(run_id, other_id, request, response, actor)


@router.post("/runs/{run_id}/compare/{other_id}", summary="Have a comparison begun again", responses=LATER)
def compare_again(
    run_id: str, other_id: str, request: Request, response: Response, actor: Actor = require("runs:read")
) -> dict[str, Any]:
    """For one that failed or was cancelled; what is there or underway already is answered as by GET."""
    told = _comparison(run_id, other_id, request, response, actor, again=True)
    record(request, actor, "runs.compared", f"run:{run_id}", before=other_id)
    return told


def _comparison(
    run_id: str, other_id: str, request: Request, response: Response, actor: Actor, again: bool = False
) -> dict[str, Any]:
    workspace = workspace_of(request)
    before, after = workspace.run(other_id), workspace.run(run_id)
    found = ask_comparison(workspace, before, after, by=actor.label, again=again)
    if found.job is None:
        return found.told or {}
    if found.job["status"] not in OPEN:
        raise AppError("APP-036", seen=found.job["status"])
    response.status_code = 202
    response.headers["retry-after"] = str(ASK_AGAIN_SECONDS)
    return {"job_id": found.job["id"], "status": found.job["status"], "progress": found.job["progress"]}


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
    if name not in FILES or not (entry.folder / name).exists():
        raise AppError("APP-003", kind="file", seen=name[:100])
    if FILES[name]:
        actor.demand("pii:view")
    if FILES[name]:
        record(request, actor, "file.read", f"run:{run_id}", file=name)
    # a report carries its own scripts and styles: it is saved, never shown under our address
    return FileResponse(entry.folder / name, filename=name, content_disposition_type="attachment")


@router.post("/runs/{run_id}/reports", status_code=202, summary="Make the report in another language")
def make_report(
    run_id: str, wanted: NewReport, request: Request, actor: Actor = require("reports:read")
) -> dict[str, Any]:
    actor.demand(*to_start("report"))
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


@router.get("/patterns", summary="Customers and value of each pattern, by the cut lines of the run or others")
def patterns(
    request: Request, run: RunId = None, repeats: Repeats = None, profit: Profit = None,
    actor: Actor = require("runs:read"),
) -> dict[str, Any]:  # fmt: skip
    """With other lines, bounds add up the customers' own, as if all turned out alike: wide."""
    entry = workspace_of(request).run(run)
    lines, used = moved_lines(entry.summary, repeats, profit), used_lines(entry.summary)
    if lines:
        rows = customers_of(entry, workspace_of(request).secret).quadrants(lines)
    else:
        rows = [row for row in entry.summary.get("segments", []) if row["scheme"] == "pattern"]
    return {
        "data": [{name: row[name] for name in ("key", "customers", "current_value")} for row in rows],
        "next_cursor": None,
        "has_more": False,
        "lines": asdict(lines or used) if used else None,
        "used": asdict(used) if used else None,
        **stamp(entry),
    }


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


Left = Annotated[float | None, Query(ge=0, le=1, description="Target: share of current value left")]
LeftEach = Annotated[float | None, Query(ge=0, description="Target: current value per customer left")]
LeftPerOrder = Annotated[float | None, Query(ge=0, description="Target: profit per purchase left")]
GroupsBy = Annotated[str, Query(max_length=20, description="tier, pattern, decision or rfm_class")]


@router.get("/guard-rail", summary="How deep a discount may go before a group is worth less than a target")
def discount_guard_rail(
    request: Request, run: RunId = None, by: GroupsBy = "tier", keep: Left = None,
    customer: LeftEach = None, order: LeftPerOrder = None, actor: Actor = require("runs:read"),
) -> dict[str, Any]:  # fmt: skip
    """One target at most, 80 % of current value without any. `rows` is null on revenue, without margins."""
    entry = workspace_of(request).run(run)
    target = chosen_target(keep=keep, customer=customer, order=order)
    found = guard_rail(entry.folder, entry.summary, target, by)
    terms = {"scheme": by, "target": target.kind, "amount": target.amount, "rows": None}
    return {**terms, **(found or {}), **stamp(entry)}


@router.get("/dimensions", summary="Customer equity by time, share and scope, and why it changed")
def dimensions(
    request: Request, run: RunId = None, before: Annotated[str | None, Query(max_length=100)] = None,
    actor: Actor = require("runs:read"),
) -> dict[str, Any]:  # fmt: skip
    """`change` since the run `before`, or the latest before this; null unless on the same terms."""
    workspace = workspace_of(request)
    entry = workspace.run(run)
    earlier = workspace.run(before) if before else run_before(workspace.runs(), entry)
    first, last = in_order(earlier, entry) if earlier else (None, entry)
    alike = first is not None and comparable(first, last)
    change = dimension_change(first.folder, last.folder) if first and alike else None
    found = entry.summary.get("dimensions") or {"total": None, "schemes": {}}
    return {**found, "since": first and first.id, "change": change, **stamp(entry)}


@router.get("/satisfaction", summary="What customers answered beside what they are worth")
def satisfaction(request: Request, run: RunId = None, actor: Actor = require("runs:read")) -> dict[str, Any]:
    """`surveys` is null without a survey file; customers of a class: `filter[satisfaction]=vulnerable`."""
    entry = workspace_of(request).run(run)
    return {"surveys": entry.summary.get("surveys"), **stamp(entry)}


@router.get("/cohorts", summary="Cohorts of the customers by month of first purchase")
def cohorts(
    request: Request, run: RunId = None, limit: Limit = 500, cursor: Cursor = None,
    actor: Actor = require("runs:read"),
) -> dict[str, Any]:  # fmt: skip
    return _table(request, workspace_of(request).run(run), "cohorts", limit, cursor, actor, optional=True)


@router.get("/next-90-days", summary="Value of the next 90 days, by product line")
def next_90_days(request: Request, run: RunId = None, actor: Actor = require("runs:read")) -> dict[str, Any]:
    """`next_90_days` is null where the order files name neither categories nor products."""
    entry = workspace_of(request).run(run)
    return {"next_90_days": entry.summary.get("next_90_days"), **stamp(entry)}


@router.get("/first-products", summary="Customers by the product and category they bought first")
def first_products(
    request: Request, run: RunId = None, limit: Limit = 500, cursor: Cursor = None,
    actor: Actor = require("runs:read"),
) -> dict[str, Any]:  # fmt: skip
    """No rows where the order files name no products. An association, no cause; `results.first_products`."""
    return _table(
        request, workspace_of(request).run(run), "first_products", limit, cursor, actor, optional=True
    )


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
    path, narrowed = entry.folder / TABLES / f"{name}.parquet", shown_rows(request, actor, entry)
    rows, total = (
        visible_page(path, offset, limit, *narrowed) if narrowed else table_page(path, offset, limit)
    )
    end = offset + len(rows)
    return {
        "data": [mask_row(row, actor) for row in rows],
        "next_cursor": encode_cursor(of, end) if end < total else None,
        "has_more": end < total,
        "total": total,
        **stamp(entry),
    }
