"""Settings of the workspace, and views that people saved."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Body, Request, Response
from pydantic import BaseModel, Field

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store.ids import new_id
from lifeworth.store.rows import many
from lifeworth.store.tables import saved_views
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import set_etag, wanted_version

router = api_router(tags=["settings"])


class NewView(BaseModel):
    page: str = Field(pattern=r"^[\w/-]{1,60}$")
    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
    query: str = Field(max_length=2000, pattern=r"^[^\x00-\x1f]*$")


@router.get("/settings", summary="Settings")
def settings(request: Request, response: Response, actor: Actor = require("settings:read")) -> dict[str, Any]:
    workspace = workspace_of(request)
    set_etag(response, workspace.settings_version())
    return workspace.settings()


@router.patch("/settings", summary="Change settings (If-Match needed)")
def change(
    request: Request,
    response: Response,
    values: Annotated[dict[str, Any], Body()],
    actor: Actor = require("settings:write"),
) -> dict[str, Any]:
    workspace = workspace_of(request)
    before = workspace.settings()
    workspace.change_settings(values, wanted_version(request))
    after = workspace.settings()
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    record(request, actor, "settings.changed", "settings", changes=changes)
    set_etag(response, workspace.settings_version())
    return after


@router.get("/views", summary="One's own saved views")
def views(request: Request, actor: Actor = require("views:write")) -> dict[str, Any]:
    query = sa.select(saved_views).where(saved_views.c.user_id == actor.id).order_by(saved_views.c.id)
    with workspace_of(request).database.read() as connection:
        rows = many(connection, query)
    return {"data": rows, "next_cursor": None, "has_more": False}


@router.post("/views", status_code=201, summary="Save a view")
def save_view(new: NewView, request: Request, actor: Actor = require("views:write")) -> dict[str, Any]:
    row = {"id": new_id(), "user_id": actor.id, **new.model_dump(), "created_at": now()}
    with workspace_of(request).database.begin() as connection:
        connection.execute(sa.insert(saved_views).values(**row))
    return row


@router.delete("/views/{view_id}", status_code=204, summary="Forget a view")
def forget_view(view_id: str, request: Request, actor: Actor = require("views:write")) -> None:
    mine = (saved_views.c.id == view_id) & (saved_views.c.user_id == actor.id)
    with workspace_of(request).database.begin() as connection:
        if not connection.execute(sa.delete(saved_views).where(mine)).rowcount:
            raise AppError("APP-003", kind="view", seen=view_id[:40])
