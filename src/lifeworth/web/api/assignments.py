"""Who is assigned to which customers: drafted (what would change, what does not match), applied, undone."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.results.customers import Customers
from lifeworth.results.cut_lines import moved_lines
from lifeworth.results.question import Question
from lifeworth.store import assignments as store
from lifeworth.web.access import Actor, record, record_in, require, workspace_of
from lifeworth.web.api.customers import Profit, Repeats, RunId, Search, found_or_refused, opened, question_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import Cursor, Limit, decode_cursor, listed
from lifeworth.workflows import assigning

router = api_router(tags=["assignments"])
SHOWN = ("id", "kind", "counts", "created_by", "created_at", "applied_at", "undone_at")
MOST_BYTES = 32 * 1024 * 1024  # of a file
CSV_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Plain = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Login = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$", description="Login; - for nobody")]
Apply = Annotated[bool, Query(description="At once; without it a draft that says what would change")]


class Line(BaseModel):
    customer: Plain = Field(description="Id or pseudonym")
    login: Login


class NewAssignments(BaseModel):
    rows: list[Line] = Field(min_length=1, max_length=10_000)


class Assignee(BaseModel):
    login: Login


def shown(batch: dict[str, Any]) -> dict[str, Any]:
    """A batch as it is told; of a draft also the first hundred rows that do not match."""
    told = {name: batch[name] for name in SHOWN}
    return {**told, "unmatched": (batch["unmatched"] or [])[:100]}


@router.get("/assignments", summary="Batches of assignments that were applied, newest first")
def batches(
    request: Request, limit: Limit = 50, cursor: Cursor = None, actor: Actor = require("customers:assign")
) -> dict[str, Any]:
    after = decode_cursor(cursor, "assignments", str)
    with workspace_of(request).database.read() as connection:
        rows = store.applied_batches(connection, after=after, limit=limit + 1)
    return listed([shown(row) for row in rows], limit, "assignments")


@router.post("/assignments", status_code=201, summary="Assign customers to people, row by row")
def assign_rows(
    new: NewAssignments, request: Request, run: RunId = None, apply: Apply = False,
    actor: Actor = require("customers:assign"),
) -> dict[str, Any]:  # fmt: skip
    _, known = opened(request, actor, run)
    asked = [(number, one.customer.strip(), one.login.strip()) for number, one in enumerate(new.rows, 1)]
    made = assigning.draft_rows(workspace_of(request), known, asked, kind="rows", by=actor.label)
    return shown(applied(request, actor, made["id"]) if apply else made)


@router.post("/assignments/selected", status_code=201, summary="Assign all customers of a list to one person")
def assign_selected(
    to: Assignee, request: Request, run: RunId = None, q: Search = "", repeats: Repeats = None,
    profit: Profit = None, apply: Apply = False, actor: Actor = require("customers:assign"),
) -> dict[str, Any]:  # fmt: skip
    """Filters as those of `GET /customers`."""
    entry, known = opened(request, actor, run)
    lines = moved_lines(entry.summary, repeats, profit)
    question = replace(question_of(request, actor, q), lines=lines)
    made = selected(request, actor, known, question, to.login)
    return shown(applied(request, actor, made["id"]) if apply else made)


@router.post("/assignments/file", status_code=201, summary="Assign by a file", openapi_extra=CSV_BODY)
async def assign_file(
    request: Request, run: RunId = None, apply: Apply = False, actor: Actor = require("customers:assign")
) -> dict[str, Any]:
    """A table with the columns `customer_id` and `login`."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MOST_BYTES:
            break
    made = await run_in_threadpool(from_file, request, actor, content, ".csv", run)
    if apply:
        made = await run_in_threadpool(applied, request, actor, made["id"])
    return shown(made)


@router.get("/assignments/{batch_id}", summary="One batch")
def batch(batch_id: str, request: Request, actor: Actor = require("customers:assign")) -> dict[str, Any]:
    return shown(batch_of(request, batch_id))


@router.get(
    "/assignments/{batch_id}/unmatched.csv", summary="Rows that did not match", response_class=Response
)
def unmatched(batch_id: str, request: Request, actor: Actor = require("customers:assign")) -> Response:
    content = assigning.unmatched_csv(batch_of(request, batch_id)["unmatched"])
    headers = {"content-disposition": f'attachment; filename="unmatched-{batch_id[:40]}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/assignments/{batch_id}/apply", summary="Do what a draft says")
def apply_draft(
    batch_id: str, request: Request, actor: Actor = require("customers:assign")
) -> dict[str, Any]:
    return shown(applied(request, actor, batch_id))


@router.post("/assignments/{batch_id}/undo", summary="Take a batch back")
def undo(batch_id: str, request: Request, actor: Actor = require("customers:assign")) -> dict[str, Any]:
    """Customers whom a later batch gave to somebody else stay with them."""
    batch_of(request, batch_id)
    with workspace_of(request).database.begin() as connection:
        row = store.undo_batch(connection, batch_id, now())
        if row is None:
            raise AppError("APP-035")
        record_in(connection, request, actor, "assignment.undone", f"assignment:{batch_id}", **row["counts"])
    return shown(row)


@router.delete("/assignments/{batch_id}", status_code=204, summary="Forget a draft")
def forget(batch_id: str, request: Request, actor: Actor = require("customers:assign")) -> None:
    with workspace_of(request).database.begin() as connection:
        if not store.drop_draft(connection, batch_id):
            raise AppError("APP-003", kind="assignment", seen=batch_id[:40])


@router.get("/customers/{ref}/assignee", summary="Whom a customer is assigned to")
def assignee(
    ref: str, request: Request, run: RunId = None, actor: Actor = require("customers:read")
) -> dict[str, Any]:
    """`user` is null for nobody; whoever may not assign learns the name and the team only."""
    found_or_refused(opened(request, actor, run)[1], ref)
    with workspace_of(request).database.read() as connection:
        user = store.assigned_to(connection, ref)
    told = ("id", "login", "name", "team") if actor.may("customers:assign") else ("name", "team")
    return {"user": user and {name: user[name] for name in told}}


@router.put("/customers/{ref}/assignee", summary="Assign one customer")
def assign_one(
    ref: str, to: Assignee, request: Request, run: RunId = None, actor: Actor = require("customers:assign")
) -> dict[str, Any]:
    found_or_refused(opened(request, actor, run)[1], ref)
    made = assigning.assign_one(workspace_of(request), ref, to.login, by=actor.label)
    record(request, actor, "customers.assigned", f"customer:{ref}", batch=made["id"])
    with workspace_of(request).database.read() as connection:
        return {"user": store.assigned_to(connection, ref)}


# --- what the pages do too ------------------------------------------------------------------------------
def batch_of(request: Request, batch_id: str) -> dict[str, Any]:
    """Raises: AppError APP-003 when there is none."""
    with workspace_of(request).database.read() as connection:
        row = store.batch_of(connection, batch_id)
    if row is None:
        raise AppError("APP-003", kind="assignment", seen=batch_id[:40])
    return row


def applied(request: Request, actor: Actor, batch_id: str) -> dict[str, Any]:
    """Raises: AppError APP-003 for no batch, APP-035 for one that was applied before."""
    batch_of(request, batch_id)
    with workspace_of(request).database.begin() as connection:
        row = store.apply_batch(connection, batch_id, now())
        if row is None:
            raise AppError("APP-035")
        counts = row["counts"]
        record_in(connection, request, actor, "customers.assigned", f"assignment:{batch_id}", **counts)
    return row


def selected(
    request: Request, actor: Actor, known: Customers, question: Question, login: str
) -> dict[str, Any]:
    """A draft that gives a list of customers to one person."""
    return assigning.draft_selection(workspace_of(request), known, question, login, by=actor.label)


def from_file(
    request: Request, actor: Actor, content: bytes | bytearray, suffix: str, run: str | None = None
) -> dict[str, Any]:
    """A draft of a file; nothing of it is kept but the draft.

    Raises:
        AppError: APP-010 for more than `MOST_BYTES`, and what `assigning.draft_file` raises.
    """
    if len(content) > MOST_BYTES:
        raise AppError("APP-010")
    _, known = opened(request, actor, run)
    handle, name = tempfile.mkstemp(suffix=suffix)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        return assigning.draft_file(workspace_of(request), known, Path(name), by=actor.label)
    finally:
        os.unlink(name)
