"""Saved views of the customers page: kept filters and order, for oneself or for everybody.

What was searched for is not kept: it may name a person.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store import views as store
from lifeworth.web.access import Actor, record_in, require, workspace_of
from lifeworth.web.page import Page

router = APIRouter()
CUSTOMERS = "customers"
KEPT = ("customer_grade", "pattern", "tier", "rfm_class", "channel", "sort")


def kept_query(asked: Mapping[str, str]) -> str:
    """The part of an address that a view keeps, always in the same order."""
    return urlencode([(name, asked[name]) for name in KEPT if asked.get(name)])


def views_of(page: Page) -> dict[str, Any]:
    """What `views.html.j2` shows: the views, and the query that would be saved."""
    if not page.actor.may("views:write"):
        return {"list": [], "query": ""}
    with page.workspace.database.read() as connection:
        rows = store.views_for(connection, page.actor.id, CUSTOMERS)
    shown = [{**row, "mine": row["user_id"] == page.actor.id} for row in rows]
    return {"list": shown, "query": kept_query(page.request.query_params)}


@router.post("/views")
def save(
    request: Request,
    name: Annotated[str, Form(max_length=100)],
    query: Annotated[str, Form(max_length=2000)],
    shared: Annotated[str, Form(max_length=1)] = "",
    actor: Actor = require("views:write"),
) -> Response:
    """
    Raises:
        AppError: APP-019 for a name that is empty or cannot be printed.
    """
    name, query = name.strip(), kept_query(dict(parse_qsl(query)))
    if not name or not name.isprintable():
        raise AppError("APP-019", seen=name[:40], wanted="name")
    with workspace_of(request).database.begin() as connection:
        row = store.save_view(
            connection,
            user_id=actor.id,
            page=CUSTOMERS,
            name=name,
            query=query,
            shared=shared == "1",
            now=now(),
        )
        record_in(connection, request, actor, "view.saved", f"view:{row['id']}", shared=row["shared"])
    return RedirectResponse(f"/{CUSTOMERS}?{query}", 303)


@router.post("/views/{view_id}/share")
def share(
    view_id: str,
    request: Request,
    shared: Annotated[str, Form(max_length=1)] = "",
    actor: Actor = require("views:write"),
) -> Response:
    with workspace_of(request).database.begin() as connection:
        row = store.share_view(connection, view_id, actor.id, shared == "1")
        if row is None:
            raise AppError("APP-003", kind="view", seen=view_id[:40])
        record_in(connection, request, actor, "view.shared", f"view:{view_id}", shared=row["shared"])
    return RedirectResponse(f"/{CUSTOMERS}?{row['query']}", 303)


@router.post("/views/{view_id}/forget")
def forget(view_id: str, request: Request, actor: Actor = require("views:write")) -> Response:
    with workspace_of(request).database.begin() as connection:
        if not store.forget_view(connection, view_id, actor.id, shared_too=actor.may("settings:write")):
            raise AppError("APP-003", kind="view", seen=view_id[:40])
        record_in(connection, request, actor, "view.forgotten", f"view:{view_id}")
    return RedirectResponse(f"/{CUSTOMERS}", 303)
