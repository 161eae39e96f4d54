"""Webhooks: whom to tell, what was told, say it again."""

from typing import Any

import sqlalchemy as sa
from fastapi import Request, Response
from pydantic import BaseModel, Field

from lifeworth.base.errors import AppError
from lifeworth.store.rows import changed, many, one, page
from lifeworth.store.tables import deliveries, webhooks
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import Cursor, Limit, decode_cursor, listed, set_etag, wanted_version
from lifeworth.workflows import webhooks as work

router = api_router(tags=["webhooks"])


class NewWebhook(BaseModel):
    url: str = Field(max_length=2000)
    events: list[str] = Field(min_length=1, max_length=20)


class WebhookChange(BaseModel):
    model_config = {"extra": "forbid"}
    url: str | None = Field(None, max_length=2000)
    events: list[str] | None = Field(None, min_length=1, max_length=20)
    active: bool | None = None


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "secret"}


@router.get("/webhooks", summary="Webhooks")
def hooks(request: Request, actor: Actor = require("webhooks:read")) -> dict[str, Any]:
    with workspace_of(request).database.read() as connection:
        rows = many(connection, sa.select(webhooks).order_by(webhooks.c.id))
    return {"data": [_shown(row) for row in rows], "next_cursor": None, "has_more": False}


@router.post("/webhooks", status_code=201, summary="Add a webhook; its secret is shown once")
def add(new: NewWebhook, request: Request, actor: Actor = require("webhooks:write")) -> dict[str, Any]:
    row = work.add_webhook(workspace_of(request), url=new.url, events=new.events)
    record(request, actor, "webhook.added", f"webhook:{row['id']}", events=new.events)
    return row


@router.get("/webhooks/{webhook_id}", summary="One webhook")
def hook(
    webhook_id: str, request: Request, response: Response, actor: Actor = require("webhooks:read")
) -> dict[str, Any]:
    row = found(request, webhook_id)
    set_etag(response, row["version"])
    return _shown(row)


@router.patch("/webhooks/{webhook_id}", summary="Change a webhook")
def change(
    webhook_id: str,
    wanted: WebhookChange,
    request: Request,
    response: Response,
    actor: Actor = require("webhooks:write"),
) -> dict[str, Any]:
    found(request, webhook_id)
    workspace, values = workspace_of(request), wanted.model_dump(exclude_none=True)
    work.check_webhook(workspace, url=values.get("url"), events=values.get("events", []))
    version = wanted_version(request)
    with workspace.database.begin() as connection:
        if not changed(connection, webhooks, webhooks.c.id == webhook_id, version, values):
            raise AppError("APP-009")
    record(request, actor, "webhook.changed", f"webhook:{webhook_id}", fields=sorted(values))
    row = found(request, webhook_id)
    set_etag(response, row["version"])
    return _shown(row)


@router.delete("/webhooks/{webhook_id}", status_code=204, summary="Delete a webhook and its log")
def delete(webhook_id: str, request: Request, actor: Actor = require("webhooks:write")) -> None:
    found(request, webhook_id)
    with workspace_of(request).database.begin() as connection:
        connection.execute(sa.delete(deliveries).where(deliveries.c.webhook_id == webhook_id))
        connection.execute(sa.delete(webhooks).where(webhooks.c.id == webhook_id))
    record(request, actor, "webhook.deleted", f"webhook:{webhook_id}")


@router.post("/webhooks/{webhook_id}/test", status_code=202, summary="Send a test message")
def send_test(webhook_id: str, request: Request, actor: Actor = require("webhooks:write")) -> dict[str, Any]:
    delivery_id = work.send_test(workspace_of(request), webhook_id)
    record(request, actor, "webhook.tested", f"webhook:{webhook_id}", delivery=delivery_id)
    return {"delivery_id": delivery_id}


@router.get("/webhooks/{webhook_id}/deliveries", summary="What was told, newest first")
def log(
    webhook_id: str,
    request: Request,
    limit: Limit = 50,
    cursor: Cursor = None,
    actor: Actor = require("webhooks:read"),
) -> dict[str, Any]:
    found(request, webhook_id)
    after = decode_cursor(cursor, "deliveries", str)
    where = deliveries.c.webhook_id == webhook_id
    with workspace_of(request).database.read() as connection:
        rows = page(connection, deliveries, after=after, limit=limit + 1, where=where)
    return listed(rows, limit, "deliveries")


@router.post("/deliveries/{delivery_id}/resend", status_code=202, summary="Send a message once more")
def resend(delivery_id: str, request: Request, actor: Actor = require("webhooks:write")) -> dict[str, Any]:
    work.resend(workspace_of(request), delivery_id)
    record(request, actor, "webhook.resent", f"delivery:{delivery_id}")
    return {"delivery_id": delivery_id}


def found(request: Request, webhook_id: str) -> dict[str, Any]:
    with workspace_of(request).database.read() as connection:
        row = one(connection, sa.select(webhooks).where(webhooks.c.id == webhook_id))
    if row is None:
        raise AppError("APP-003", kind="webhook", seen=webhook_id[:40])
    return row
