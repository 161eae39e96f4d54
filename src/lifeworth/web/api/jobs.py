"""Jobs and schedules: what is being done, what will be; cancel, retry."""

from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store import jobs as store
from lifeworth.store.rows import many, one, page
from lifeworth.store.tables import jobs as table
from lifeworth.store.tables import schedules
from lifeworth.text.messages import error_text
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import Cursor, Limit, decode_cursor, listed, set_etag, wanted_version
from lifeworth.web.language import language_of
from lifeworth.web.roles import to_start
from lifeworth.workflows import schedules as work
from lifeworth.workflows.erasure import OF_A_PERSON

router = api_router(tags=["jobs"])
HIDDEN = ("worker", "lease_until", "payload")


class NewSchedule(BaseModel):
    name: str = Field(min_length=1, max_length=100)
    cron: str = Field(max_length=100, description="Five fields as in cron, in the zone of the workspace")
    kind: Literal["value", "backup", "retention"] = "value"


class ScheduleChange(BaseModel):
    model_config = {"extra": "forbid"}
    name: str | None = Field(None, min_length=1, max_length=100)
    cron: str | None = Field(None, max_length=100)
    active: bool | None = None


def shown(row: dict[str, Any], actor: Actor, language: str) -> dict[str, Any]:
    """A job for people; what went wrong as a sentence. Facts of an error may quote a file, and a result may
    say whom somebody looked for or erased: not for all.
    """
    told = {name: value for name, value in row.items() if name not in HIDDEN}
    if row["kind"] in OF_A_PERSON and not actor.may("privacy:erase"):
        told["result"] = None
    if row["error"]:
        facts = row["error"]["facts"] if actor.may("pii:view") else {}
        told["error"] = {"code": row["error"]["code"], "text": _sentence(row["error"], language, actor)}
        told["error"]["facts"] = facts
    return told


def _sentence(error: dict[str, Any], language: str, actor: Actor) -> str:
    if not actor.may("pii:view"):
        return str(error["code"])
    return error_text(AppError(error["code"], **error["facts"]), language)


Status = Annotated[
    Literal["waiting", "running", "done", "failed", "cancelled"] | None, Query(description="Only these")
]


@router.get("/jobs", summary="Jobs, newest first")
def jobs(
    request: Request,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: Status = None,
    actor: Actor = require("jobs:read"),
) -> dict[str, Any]:
    after = decode_cursor(cursor, "jobs", str)
    where = table.c.status == status if status else None
    with workspace_of(request).database.read() as connection:
        rows = page(connection, table, after=after, limit=limit + 1, where=where)
    return listed([shown(row, actor, language_of(request)) for row in rows], limit, "jobs")


@router.get("/jobs/{job_id}", summary="One job with its progress")
def job(job_id: str, request: Request, actor: Actor = require("jobs:read")) -> dict[str, Any]:
    with workspace_of(request).database.read() as connection:
        return shown(_found(store.job(connection, job_id), job_id), actor, language_of(request))


@router.post("/jobs/{job_id}/cancel", summary="Ask a job to stop")
def cancel(job_id: str, request: Request, actor: Actor = require("jobs:write")) -> dict[str, Any]:
    with workspace_of(request).database.begin() as connection:
        row = _found(store.job(connection, job_id), job_id)
        actor.demand(*to_start(row["kind"], row["payload"]))
        if not store.cancel(connection, job_id, now()):
            raise AppError("APP-017", seen=row["status"])
        row = _found(store.job(connection, job_id), job_id)
    record(request, actor, "job.cancelled", f"job:{job_id}")
    return shown(row, actor, language_of(request))


@router.post("/jobs/{job_id}/retry", summary="Begin a failed or cancelled job again")
def retry(job_id: str, request: Request, actor: Actor = require("jobs:write")) -> dict[str, Any]:
    with workspace_of(request).database.begin() as connection:
        row = _found(store.job(connection, job_id), job_id)
        actor.demand(*to_start(row["kind"], row["payload"]))
        if not store.retry(connection, job_id, now()):
            raise AppError("APP-017", seen=row["status"])
        row = _found(store.job(connection, job_id), job_id)
    record(request, actor, "job.retried", f"job:{job_id}")
    return shown(row, actor, language_of(request))


@router.get("/schedules", summary="Schedules")
def all_schedules(request: Request, actor: Actor = require("schedules:read")) -> dict[str, Any]:
    with workspace_of(request).database.read() as connection:
        rows = many(connection, sa.select(schedules).order_by(schedules.c.id))
    return {"data": rows, "next_cursor": None, "has_more": False}


@router.post("/schedules", status_code=201, summary="Do something again and again")
def new_schedule(
    new: NewSchedule, request: Request, actor: Actor = require("schedules:write")
) -> dict[str, Any]:
    actor.demand(*to_start(new.kind))
    made = work.add_schedule(
        workspace_of(request), name=new.name, cron=new.cron, kind=new.kind, payload={}, now=now()
    )
    record(request, actor, "schedule.added", f"schedule:{made}", cron=new.cron, kind=new.kind)
    return found_schedule(request, made)


@router.get("/schedules/{schedule_id}", summary="One schedule")
def schedule(
    schedule_id: str, request: Request, response: Response, actor: Actor = require("schedules:read")
) -> dict[str, Any]:
    row = found_schedule(request, schedule_id)
    set_etag(response, row["version"])
    return row


@router.patch("/schedules/{schedule_id}", summary="Change a schedule")
def change_schedule(
    schedule_id: str,
    change: ScheduleChange,
    request: Request,
    response: Response,
    actor: Actor = require("schedules:write"),
) -> dict[str, Any]:
    row, values = found_schedule(request, schedule_id), change.model_dump(exclude_none=True)
    actor.demand(*to_start(row["kind"]))
    version = wanted_version(request)
    work.change_schedule(workspace_of(request), row, values, version, now())
    record(request, actor, "schedule.changed", f"schedule:{schedule_id}", **values)
    row = found_schedule(request, schedule_id)
    set_etag(response, row["version"])
    return row


@router.delete("/schedules/{schedule_id}", status_code=204, summary="Delete a schedule")
def delete_schedule(schedule_id: str, request: Request, actor: Actor = require("schedules:write")) -> None:
    actor.demand(*to_start(found_schedule(request, schedule_id)["kind"]))
    with workspace_of(request).database.begin() as connection:
        connection.execute(sa.delete(schedules).where(schedules.c.id == schedule_id))
    record(request, actor, "schedule.deleted", f"schedule:{schedule_id}")


def found_schedule(request: Request, schedule_id: str) -> dict[str, Any]:
    with workspace_of(request).database.read() as connection:
        row = one(connection, sa.select(schedules).where(schedules.c.id == schedule_id))
    if row is None:
        raise AppError("APP-003", kind="schedule", seen=schedule_id[:40])
    return row


def _found(row: dict[str, Any] | None, job_id: str) -> dict[str, Any]:
    if row is None:
        raise AppError("APP-003", kind="job", seen=job_id[:40])
    return row
