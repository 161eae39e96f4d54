"""One person's data: given out, or erased for good. The audit log and the erasure log."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.results.index import pseudonym
from lifeworth.store.audit import broken_at, broken_lately
from lifeworth.store.jobs import add_job
from lifeworth.store.rows import page
from lifeworth.store.tables import audit_events
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import Cursor, Limit, decode_cursor, listed
from lifeworth.web.scope import demand_seen
from lifeworth.workflows.erasure import ERASE, erasures, person_of, person_package
from lifeworth.workflows.retention import due

router = api_router(tags=["privacy"])


class Erasure(BaseModel):
    """Whom: the pseudonym of a list, or the id itself (it is not kept)."""

    ref: str | None = Field(None, pattern="^[0-9a-f]{16}$")
    customer_id: str | None = Field(None, min_length=1, max_length=500)
    reason: str = Field(min_length=3, max_length=500, pattern=r"^[^\x00]*$", description="Kept in the log")


@router.get("/privacy/erasures", summary="Who erased, when and why")
def log(request: Request, actor: Actor = require("privacy:read")) -> dict[str, Any]:
    names = ("erased_by", "reason", "erased_at", "counts")
    data = [{name: row[name] for name in names} for row in erasures(workspace_of(request))]
    return {"data": data, "next_cursor": None, "has_more": False}


@router.post("/privacy/erasures", status_code=202, summary="Erase a person everywhere")
def erase(wanted: Erasure, request: Request, actor: Actor = require("privacy:erase")) -> dict[str, Any]:
    workspace = workspace_of(request)
    if (wanted.ref is None) == (wanted.customer_id is None):
        raise AppError("APP-007", fields=["ref", "customer_id"])
    ref = wanted.ref or pseudonym(wanted.customer_id or "", workspace.secret)
    demand_seen(request, actor, ref)
    with workspace.database.begin() as connection:
        payload = {"ref": ref, "reason": wanted.reason}
        job_id = add_job(connection, ERASE, payload, now=now(), created_by=actor.label)
    record(request, actor, "person.erased", f"customer:{ref}", job=job_id)
    return {"job_id": job_id}


@router.get("/privacy/export/{ref}", summary="Everything about one person, as a zip", response_class=Response)
def export(ref: str, request: Request, actor: Actor = require("privacy:export")) -> Response:
    """Without what names others too, for who does not see everybody."""
    workspace = workspace_of(request)
    demand_seen(request, actor, ref)
    person = person_of(workspace, ref) if len(ref) == 16 else None
    if person is None:
        raise AppError("APP-003", kind="customer", seen=ref[:40])
    content = person_package(workspace, person, alone=actor.sees != "all")
    record(request, actor, "person.exported", f"customer:{ref}")
    headers = {"content-disposition": f'attachment; filename="person-{ref}.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


@router.get("/privacy/retention", summary="What the rules of retention would take away now")
def retention(request: Request, actor: Actor = require("privacy:read")) -> dict[str, Any]:
    found = due(workspace_of(request), now())
    data = [{"rule": each.rule, "keep": each.keep, "count": len(each.what)} for each in found]
    return {"data": data, "next_cursor": None, "has_more": False}


@router.post("/privacy/retention", status_code=202, summary="Follow the rules of retention")
def follow_retention(request: Request, actor: Actor = require("privacy:erase")) -> dict[str, Any]:
    with workspace_of(request).database.begin() as connection:
        job_id = add_job(connection, "retention", {}, now=now(), created_by=actor.label)
    record(request, actor, "retention.started", f"job:{job_id}")
    return {"job_id": job_id}


Action = Annotated[str | None, Query(max_length=60, description="Only this action")]


@router.get("/audit", summary="The audit log, newest first")
def audit(
    request: Request,
    limit: Limit = 50,
    cursor: Cursor = None,
    action: Action = None,
    actor: Actor = require("audit:read"),
) -> dict[str, Any]:
    after = decode_cursor(cursor, "audit", int)
    where = audit_events.c.action == action if action else None
    with workspace_of(request).database.read() as connection:
        rows = page(connection, audit_events, key="number", after=after, limit=limit + 1, where=where)
    return listed(rows, limit, "audit", key="number")


Whole = Annotated[bool, Query(description="From the first entry on, not from where it was last whole")]


@router.get("/audit/verify", summary="Whether the audit log is whole")
def verify(request: Request, full: Whole = False, actor: Actor = require("audit:read")) -> dict[str, Any]:
    with workspace_of(request).database.begin() as connection:
        broken = broken_at(connection) if full else broken_lately(connection)
    return {"whole": broken is None, "broken_at": broken}
