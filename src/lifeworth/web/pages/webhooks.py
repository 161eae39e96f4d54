"""Webhooks: whom this workspace tells what happens, what it told and what was answered."""

from typing import Annotated, Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.errors import AppError
from lifeworth.store.rows import changed, many, one, page
from lifeworth.store.tables import deliveries, webhooks
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api import webhooks as api
from lifeworth.web.page import Page
from lifeworth.workflows.webhooks import EVENTS, TEST

router = APIRouter()
PLACE = "/settings/webhooks"
MOST_LISTED = 50
WANTED = tuple(event for event in EVENTS if event != TEST)


@router.get(PLACE)
def show(request: Request, actor: Actor = require("webhooks:read")) -> Response:
    return _draw(Page(request, actor))


@router.post(PLACE)
def add(
    request: Request,
    events: Annotated[list[str], Form(default_factory=list, max_length=20)],
    url: Annotated[str, Form(max_length=2000)] = "",
    actor: Actor = require("webhooks:write"),
) -> Response:
    """A new webhook; its secret is shown once, on the answer to this form."""
    drawn, typed = Page(request, actor), {"url": url.strip(), "events": events}
    if not events:
        return _draw(drawn, typed=typed, problem=drawn.say("web.webhooks.choose"), status=422)
    try:
        made = api.add(api.NewWebhook(url=url.strip(), events=events), request, actor)
    except AppError as refusal:
        told = drawn.refusal(refusal)
        return _draw(drawn, typed=typed, problem=told, status=422)
    return _draw(drawn, secret=made["secret"])


@router.get(f"{PLACE}/{{webhook_id}}")
def log(
    webhook_id: str,
    request: Request,
    before: Annotated[str, Query(max_length=40, pattern="^[0-9A-Za-z-]*$")] = "",
    actor: Actor = require("webhooks:read"),
) -> Response:
    """One webhook and what it was told, newest first; `?before=ID` for what was told earlier."""
    hook, drawn = api.found(request, webhook_id), Page(request, actor)
    mine = deliveries.c.webhook_id == webhook_id
    with drawn.workspace.database.read() as connection:
        rows = page(connection, deliveries, after=before or None, limit=MOST_LISTED + 1, where=mine)
    return drawn.draw(
        "webhook.html.j2",
        title=urlsplit(hook["url"]).hostname or hook["url"],
        hook=hook,
        rows=rows[:MOST_LISTED],
        more=len(rows) > MOST_LISTED,
    )


@router.post(f"{PLACE}/{{webhook_id}}/switch")
def switch(
    webhook_id: str,
    request: Request,
    active: Annotated[str, Form(max_length=1)] = "",
    actor: Actor = require("webhooks:write"),
) -> Response:
    """On or off; while it is off, nothing is told."""
    api.found(request, webhook_id)
    with workspace_of(request).database.begin() as connection:
        changed(connection, webhooks, webhooks.c.id == webhook_id, None, {"active": active == "1"})
    record(request, actor, "webhook.changed", f"webhook:{webhook_id}", active=active == "1")
    return RedirectResponse(f"{PLACE}/{webhook_id}", 303)


@router.post(f"{PLACE}/{{webhook_id}}/test")
def send_test(webhook_id: str, request: Request, actor: Actor = require("webhooks:write")) -> Response:
    api.send_test(webhook_id, request, actor)
    return RedirectResponse(f"{PLACE}/{webhook_id}", 303)


@router.post(f"{PLACE}/{{webhook_id}}/delete")
def delete(webhook_id: str, request: Request, actor: Actor = require("webhooks:write")) -> Response:
    api.delete(webhook_id, request, actor)
    return RedirectResponse(PLACE, 303)


@router.post("/settings/deliveries/{delivery_id}/resend")
def resend(delivery_id: str, request: Request, actor: Actor = require("webhooks:write")) -> Response:
    """Send a message once more, as it was."""
    api.resend(delivery_id, request, actor)
    with workspace_of(request).database.read() as connection:
        row = one(connection, sa.select(deliveries).where(deliveries.c.id == delivery_id))
    return RedirectResponse(f"{PLACE}/{row['webhook_id']}" if row else PLACE, 303)


def _draw(
    drawn: Page,
    *,
    typed: dict[str, Any] | None = None,
    problem: str = "",
    secret: str = "",
    status: int = 200,
) -> Response:
    """All webhooks, each with how its last message went, and the form for another."""
    newest = sa.select(sa.func.max(deliveries.c.id)).group_by(deliveries.c.webhook_id)
    with drawn.workspace.database.read() as connection:
        hooks = many(connection, sa.select(webhooks).order_by(webhooks.c.id))
        last = many(connection, sa.select(deliveries).where(deliveries.c.id.in_(newest)))
    return drawn.draw(
        "webhooks.html.j2",
        status=status,
        title=drawn.say("web.title.webhooks"),
        hooks=hooks,
        last={row["webhook_id"]: row for row in last},
        wanted=WANTED,
        typed=typed or {"url": "", "events": []},
        problem=problem,
        secret=secret,
    )
