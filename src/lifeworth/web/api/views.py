"""Views that people saved: a page's filters and order under a name."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from pydantic import BaseModel, Field

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store import views as store
from lifeworth.web.access import Actor, record_in, require, workspace_of
from lifeworth.web.api.idempotent import api_router

router = api_router(tags=["views"])
CUSTOMERS = "customers"
LONGEST = 2000
KEPT = (  # a search may name a person
    *("customer_grade", "pattern", "decision", "trend", "tier", "rfm_class", "channel"),
    *("rfm", "group", "referral_class", "satisfaction", "repeats", "profit", "sort"),
)


def kept_query(asked: Mapping[str, str]) -> str:
    """The part of an address of the customers page that a view keeps, always in the same order."""
    return urlencode([(name, asked[name]) for name in KEPT if asked.get(name)])


class NewView(BaseModel):
    page: str = Field(pattern=r"^[\w/-]{1,60}$")
    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
    query: str = Field(max_length=LONGEST, pattern=r"^[^\x00-\x1f]*$")
    shared: bool = Field(False, description="Everybody in the workspace sees it")


class ViewChange(BaseModel):
    model_config = {"extra": "forbid"}
    shared: bool


@router.get("/views", summary="Saved views: one's own, and those that others share")
def views(request: Request, actor: Actor = require("views:write")) -> dict[str, Any]:
    with workspace_of(request).database.read() as connection:
        rows = store.views_for(connection, actor.id)
    return {"data": rows, "next_cursor": None, "has_more": False}


@router.post("/views", status_code=201, summary="Save a view; one of the same name takes its place")
def save_view(new: NewView, request: Request, actor: Actor = require("views:write")) -> dict[str, Any]:
    query = kept_query(dict(parse_qsl(new.query))) if new.page == CUSTOMERS else new.query
    if len(query) > LONGEST:  # signs of other languages grow in an address
        raise AppError("APP-019", seen=query[:40], wanted="query")
    with workspace_of(request).database.begin() as connection:
        row = store.save_view(
            connection, user_id=actor.id, now=now(), **(new.model_dump() | {"query": query})
        )
        record_in(connection, request, actor, "view.saved", f"view:{row['id']}", shared=new.shared)
    return row


@router.patch("/views/{view_id}", summary="Share one's view with everybody, or no longer")
def share_view(
    view_id: str, change: ViewChange, request: Request, actor: Actor = require("views:write")
) -> dict[str, Any]:
    with workspace_of(request).database.begin() as connection:
        row = store.share_view(connection, view_id, actor.id, change.shared)
        if row is None:
            raise AppError("APP-003", kind="view", seen=view_id[:40])
        record_in(connection, request, actor, "view.shared", f"view:{view_id}", shared=change.shared)
    return row


@router.delete(
    "/views/{view_id}", status_code=204, summary="Forget a view; who may change settings, any shared one"
)
def forget_view(view_id: str, request: Request, actor: Actor = require("views:write")) -> None:
    with workspace_of(request).database.begin() as connection:
        if not store.forget_view(connection, view_id, actor.id, shared_too=actor.may("settings:write")):
            raise AppError("APP-003", kind="view", seen=view_id[:40])
        record_in(connection, request, actor, "view.forgotten", f"view:{view_id}")
