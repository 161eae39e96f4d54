"""Imports: send a file, see what was recognised, decide, confirm; undo.

POST /uploads takes the bytes themselves (`application/octet-stream`, ?name=orders.csv), streamed to
disk; POST /imports makes an import of it and starts the check.
"""

from typing import Annotated, Any

import anyio
from fastapi import Body, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from lifeworth.base.errors import AppError
from lifeworth.text.messages import error_text
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import Cursor, Limit, decode_cursor, listed, set_etag
from lifeworth.web.decisions import Decisions
from lifeworth.web.language import language_of
from lifeworth.web.rejected import send_rejected
from lifeworth.workflows import ingest
from lifeworth.workflows.recognition import known_kinds
from lifeworth.workflows.sample_data import remove_sample
from lifeworth.workflows.uploads import safe_name, save_upload, upload

router = api_router(tags=["imports"])


class Confirmation(Decisions):
    """Decisions, and whether sample data stay beside the first file of one's own."""

    keep_sample: bool = False


UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class NewImport(BaseModel):
    upload_id: str = Field(max_length=40)
    kind: str = Field("orders", max_length=40)


def shown(row: dict[str, Any], actor: Actor, language: str) -> dict[str, Any]:
    """An import as this actor may see it: without rows of the file unless they may see persons."""
    known = {name: value for name, value in row.items() if name not in ("file", "report", "sha256")}
    report = row.get("report")
    if report is None:
        return known
    problem = report.get("problem")
    if problem:
        problem = {**problem, "text": error_text(AppError(problem["code"], **problem["facts"]), language)}
    sheets = report.get("sheets", [])
    if not actor.may("pii:view"):
        sheets = [{**sheet, "preview": []} for sheet in sheets]
        problem = problem and {"code": problem["code"], "facts": {}, "text": ""}
    return {**known, "report": {**report, "sheets": sheets, "problem": problem}}


@router.get("/imports/kinds", summary="Kinds of files that can be imported")
def kinds(actor: Actor = require("imports:read")) -> dict[str, Any]:
    return {"data": known_kinds(), "next_cursor": None, "has_more": False}


@router.post("/uploads", status_code=201, summary="Send a file", openapi_extra=UPLOAD_BODY)
async def send(
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=150)],
    actor: Actor = require("imports:write"),
) -> dict[str, Any]:
    workspace = workspace_of(request)
    safe_name(name)
    made: dict[str, Any] = {}
    put, take = anyio.create_memory_object_stream[bytes](4)  # a few pieces: memory stays constant

    def pieces() -> Any:
        while True:
            try:
                yield anyio.from_thread.run(take.receive)
            except anyio.EndOfStream:
                if "failed" in made:  # half a file is no file
                    raise AppError("APP-030") from None
                return

    async def write() -> None:
        try:
            row = await anyio.to_thread.run_sync(
                lambda: save_upload(workspace, name, pieces(), by=actor.label)
            )
            made.update(row)
        except AppError as refusal:
            made["refusal"] = refusal
        finally:
            take.close()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        async with put:
            try:
                async for piece in request.stream():
                    if piece:
                        await put.send(piece)
            except anyio.BrokenResourceError:
                pass  # refused while it came
            except Exception as failure:  # too large, or the sender went away
                made["failed"] = failure
    if "failed" in made:
        raise made["failed"]
    if "refusal" in made:
        raise made["refusal"]
    return {part: made[part] for part in ("id", "name", "size", "created_at")}


@router.get("/imports", summary="Imports, newest first")
def imports(
    request: Request, limit: Limit = 50, cursor: Cursor = None, actor: Actor = require("imports:read")
) -> dict[str, Any]:
    after = decode_cursor(cursor, "imports", str)
    rows = ingest.list_imports(workspace_of(request), after=after, limit=limit + 1)
    return listed([shown(row, actor, language_of(request)) for row in rows], limit, "imports")


@router.post("/imports", status_code=202, summary="Make an import of a file and check it")
def make(new: NewImport, request: Request, actor: Actor = require("imports:write")) -> dict[str, Any]:
    workspace = workspace_of(request)
    row, job_id = ingest.add_import(workspace, upload(workspace, new.upload_id), new.kind, by=actor.label)
    if job_id:
        record(request, actor, "import.added", f"import:{row['id']}")
    return {"import": shown(row, actor, language_of(request)), "job_id": job_id, "known": job_id is None}


@router.get("/imports/{import_id}", summary="One import with what was recognised")
def one(
    import_id: str, request: Request, response: Response, actor: Actor = require("imports:read")
) -> dict[str, Any]:
    row = ingest.import_of(workspace_of(request), import_id)
    set_etag(response, row["version"])
    return shown(row, actor, language_of(request))


@router.post("/imports/{import_id}/check", status_code=202, summary="Look again, with decisions")
def check(
    import_id: str, decisions: Decisions, request: Request, actor: Actor = require("imports:write")
) -> dict[str, Any]:
    asked = decisions.model_dump(exclude_none=True)
    return {"job_id": ingest.recheck_import(workspace_of(request), import_id, asked, by=actor.label)}


@router.post("/imports/{import_id}/confirm", status_code=202, summary="Make an import active")
def confirm(
    import_id: str,
    request: Request,
    decisions: Annotated[Confirmation | None, Body()] = None,
    actor: Actor = require("imports:write"),
) -> dict[str, Any]:
    asked = decisions.model_dump(exclude_none=True, exclude={"keep_sample"}) if decisions else None
    keep = bool(decisions and decisions.keep_sample)
    job_id = ingest.confirm_import(workspace_of(request), import_id, asked, keep_sample=keep, by=actor.label)
    record(request, actor, "import.confirmed", f"import:{import_id}")
    return {"job_id": job_id}


@router.get(
    "/imports/{import_id}/rejected.csv",
    summary="The rows that are not used, each with the reason",
    response_class=FileResponse,
)
def rejected(import_id: str, request: Request, actor: Actor = require("imports:write")) -> FileResponse:
    return send_rejected(request, actor, import_id)


@router.post("/imports/sample/remove", summary="Take all sample data out, and the runs of them alone")
def remove(request: Request, actor: Actor = require("runs:delete")) -> dict[str, int]:
    actor.demand("imports:write")
    gone = remove_sample(workspace_of(request))
    record(request, actor, "sample.removed", "workspace", **gone)
    return gone


@router.post("/imports/{import_id}/undo", summary="Take an import back")
def undo(import_id: str, request: Request, actor: Actor = require("imports:write")) -> dict[str, Any]:
    row = ingest.undo_import(workspace_of(request), import_id)
    record(request, actor, "import.undone", f"import:{import_id}")
    return shown(row, actor, language_of(request))
