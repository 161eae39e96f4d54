"""Import: bring a file, see what was recognised in it and what it can carry, correct it, value it."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from lifeworth.reports.documents.usability import checked_file
from lifeworth.store.jobs import open_jobs
from lifeworth.web import decisions
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.page import Page
from lifeworth.web.rejected import send_rejected
from lifeworth.workflows import ingest
from lifeworth.workflows.recalculate import start_run
from lifeworth.workflows.recognition import ORDERS, known_kinds
from lifeworth.workflows.sample_data import asks_about_sample, own_orders, remove_sample, sample_is_in
from lifeworth.workflows.uploads import save_upload

router = APIRouter()
CHUNK_BYTES, MOST_LISTED = 1 << 20, 100


@router.get("/import")
def show(request: Request, actor: Actor = require("imports:read")) -> Response:
    page = Page(request, actor)
    entries = ingest.list_imports(page.workspace, limit=MOST_LISTED)
    ready = any(entry["kind"] == ORDERS and entry["status"] == ingest.ACTIVE for entry in entries)
    return page.draw(
        "imports.html.j2",
        title=page.say("web.title.import"),
        entries=entries,
        kinds=known_kinds(),
        ready=ready,
        sample=sample_is_in(page.workspace),
    )


@router.post("/import")
def upload(
    request: Request,
    file: UploadFile,
    kind: Annotated[str, Form(max_length=40)] = ORDERS,
    actor: Actor = require("imports:write"),
) -> Response:
    workspace = workspace_of(request)
    chunks = iter(lambda: file.file.read(CHUNK_BYTES), b"")
    kept = save_upload(workspace, file.filename or "", chunks, by=actor.label)
    entry, job_id = ingest.add_import(workspace, kept, kind, by=actor.label)
    record(request, actor, "import.uploaded", f"import:{entry['id']}", kind=kind)
    return RedirectResponse(f"/import/{entry['id']}" + ("" if job_id else "?known=1"), 303)


@router.get("/import/{import_id}")
def one(import_id: str, request: Request, actor: Actor = require("imports:read")) -> Response:
    page = Page(request, actor)
    entry = ingest.import_of(page.workspace, import_id)
    report, problem = entry["report"] or {}, (entry["report"] or {}).get("problem")
    is_orders = entry["kind"] == ORDERS
    sees, changes = actor.may("pii:view"), actor.may("imports:write")
    with page.workspace.database.read() as connection:
        waiting = open_jobs(connection)
    mine = [job for job in waiting if (job["payload"] or {}).get("import_id") == import_id]
    told = None if problem else report.get("import_report")
    rejected = sum((told or {}).get("rows_rejected", {}).values())
    return page.draw(
        "import.html.j2",
        title=entry["name"],
        entry=entry,
        job=mine[0] if mine else None,
        problem=page.told(problem and decisions.in_plain_words(problem, page.words)),
        sections=[checked_file(report, page.language, clicks=True)] if is_orders and told else [],
        individual=report.get("individual"),
        sheets=[
            {**sheet, "preview": sheet["preview"][:5] if sees else []} for sheet in report.get("sheets", [])
        ],
        correctable=changes and bool(report) and not mine and entry["status"] != ingest.ACTIVE,
        columns=decisions.column_fields(entry, page.words, samples=sees),
        asked=decisions.asked_for(entry),
        reading=decisions.reading_fields(entry["kind"]),
        chosen=entry["options"] or {},
        rates=decisions.rates_text((entry["options"] or {}).get("rates") or {}),
        encodings=decisions.ENCODINGS,
        seen=next((sheet["encoding"] for sheet in report.get("sheets", []) if sheet["encoding"]), ""),
        zones=sorted(available_timezones()),
        rejected=rejected if sees and changes else 0,
        sample=entry["created_by"] != ingest.SAMPLE and asks_about_sample(page.workspace),
        known=request.query_params.get("known") == "1",
    )


@router.post("/import/{import_id}/decide")
async def decide(import_id: str, request: Request, actor: Actor = require("imports:write")) -> Response:
    """Say how to read the file and which column is which, and look at it again."""
    form, workspace = await request.form(), workspace_of(request)
    row = ingest.import_of(workspace, import_id)
    ingest.recheck_import(workspace, import_id, decisions.decided(form, row["kind"]), by=actor.label)
    record(request, actor, "import.mapped", f"import:{import_id}")
    return RedirectResponse(f"/import/{import_id}", 303)


@router.get("/import/{import_id}/rejected.csv")
def rejected(import_id: str, request: Request, actor: Actor = require("imports:write")) -> Response:
    """The rows that are not used, each with the reason, for whoever may see names."""
    return send_rejected(request, actor, import_id)


@router.post("/import/{import_id}/take")
def take(
    import_id: str,
    request: Request,
    sample: Annotated[Literal["out", "keep"], Form()] = "out",
    actor: Actor = require("imports:write"),
) -> Response:
    """Take the file in as it was recognised; orders are valued right after, where the actor may."""
    workspace = workspace_of(request)
    row = ingest.import_of(workspace, import_id)
    value = row["kind"] == ORDERS and actor.may("runs:start")
    job_id = ingest.confirm_import(
        workspace, import_id, row["options"], value=value, keep_sample=sample == "keep", by=actor.label
    )
    record(request, actor, "import.taken", f"import:{import_id}")
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.post("/import/{import_id}/undo")
def undo(import_id: str, request: Request, actor: Actor = require("imports:write")) -> Response:
    """Leave a file out of all further valuations; taking it in again undoes that."""
    ingest.undo_import(workspace_of(request), import_id)
    record(request, actor, "import.undone", f"import:{import_id}")
    return RedirectResponse("/import", 303)


@router.post("/sample/remove")
def remove(request: Request, actor: Actor = require("runs:delete")) -> Response:
    """Take the sample out as one; what else is there is valued again, where the actor may."""
    actor.demand("imports:write")
    workspace = workspace_of(request)
    record(request, actor, "sample.removed", "workspace", **remove_sample(workspace))
    if own_orders(workspace) and actor.may("runs:start"):
        return RedirectResponse(f"/jobs/{start_run(workspace, by=actor.label)}", 303)
    return RedirectResponse("/" if actor.may("runs:read") else "/import", 303)


@router.post("/value")
def value(request: Request, actor: Actor = require("runs:start")) -> Response:
    """Value everything that was taken in."""
    job_id = start_run(workspace_of(request), by=actor.label)
    record(request, actor, "run.started", f"job:{job_id}")
    return RedirectResponse(f"/jobs/{job_id}", 303)
