"""Import: bring a file, see what was recognised in it and what it can carry, correct it, value it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from lifeworth.reports.documents.usability import checked_file
from lifeworth.store.jobs import open_jobs
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.page import Page
from lifeworth.workflows import ingest
from lifeworth.workflows.recalculate import start_run
from lifeworth.workflows.recognition import ORDERS, known_kinds
from lifeworth.workflows.uploads import save_upload

router = APIRouter()
ASKED = ("customer_id", "order_id", "placed_at", "amount")
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
    report = entry["report"] or {}
    is_orders = entry["kind"] == ORDERS
    with page.workspace.database.read() as connection:
        waiting = open_jobs(connection)
    mine = [job for job in waiting if (job["payload"] or {}).get("import_id") == import_id]
    readable = is_orders and not report.get("problem") and report.get("import_report")
    return page.draw(
        "import.html.j2",
        title=entry["name"],
        entry=entry,
        job=mine[0] if mine else None,
        problem=page.told(report.get("problem")),
        sections=[checked_file(report, page.language)] if readable else [],
        individual=report.get("individual"),
        preview=_preview(report, actor),
        choices=[column for sheet in report.get("sheets", []) for column in sheet["columns"]],
        asked=ASKED if is_orders else (),
        chosen=(entry["options"] or {}).get("columns") or {},
        known=request.query_params.get("known") == "1",
    )


@router.post("/import/{import_id}/columns")
async def choose_columns(
    import_id: str, request: Request, actor: Actor = require("imports:write")
) -> Response:
    """Say which column is which, and look at the file again."""
    form, workspace = await request.form(), workspace_of(request)
    chosen = {name: str(form[name]) for name in ASKED if form.get(name)}
    row = ingest.import_of(workspace, import_id)
    options = {**(row["options"] or {}), "columns": chosen}
    ingest.recheck_import(workspace, import_id, options, by=actor.label)
    record(request, actor, "import.mapped", f"import:{import_id}")
    return RedirectResponse(f"/import/{import_id}", 303)


@router.post("/import/{import_id}/take")
def take(import_id: str, request: Request, actor: Actor = require("imports:write")) -> Response:
    """Take the file in as it was recognised; orders are valued right after, where the actor may."""
    workspace = workspace_of(request)
    row = ingest.import_of(workspace, import_id)
    value = row["kind"] == ORDERS and actor.may("runs:start")
    job_id = ingest.confirm_import(workspace, import_id, row["options"], value=value, by=actor.label)
    record(request, actor, "import.taken", f"import:{import_id}")
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.post("/import/{import_id}/undo")
def undo(import_id: str, request: Request, actor: Actor = require("imports:write")) -> Response:
    """Leave a file out of all further valuations; taking it in again undoes that."""
    ingest.undo_import(workspace_of(request), import_id)
    record(request, actor, "import.undone", f"import:{import_id}")
    return RedirectResponse("/import", 303)


@router.post("/value")
def value(request: Request, actor: Actor = require("runs:start")) -> Response:
    """Value everything that was taken in."""
    job_id = start_run(workspace_of(request), by=actor.label)
    record(request, actor, "run.started", f"job:{job_id}")
    return RedirectResponse(f"/jobs/{job_id}", 303)


def _preview(report: dict[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """The first rows of each sheet, for roles that may see names."""
    if not actor.may("pii:view"):
        return []
    return [
        {"name": sheet["name"], "columns": sheet["columns"], "rows": sheet["preview"][:5]}
        for sheet in report.get("sheets", [])
    ]
