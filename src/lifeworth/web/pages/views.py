"""Saved views of the customers page: kept filters and order, for oneself or for everybody.

What was searched for is not kept: it may name a person.
"""

from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.errors import AppError
from lifeworth.store import views as store
from lifeworth.web.access import Actor, require
from lifeworth.web.api import views as api
from lifeworth.web.page import Page

router = APIRouter()


def views_of(page: Page) -> dict[str, Any]:
    """What `views.html.j2` shows: the views, and the query that would be saved."""
    if not page.actor.may("views:write"):
        return {"list": [], "query": ""}
    with page.workspace.database.read() as connection:
        rows = store.views_for(connection, page.actor.id, api.CUSTOMERS)
    shown = [{**row, "mine": row["user_id"] == page.actor.id} for row in rows]
    return {"list": shown, "query": api.kept_query(page.request.query_params)}


@router.post("/views")
def save(
    request: Request,
    name: Annotated[str, Form(max_length=100)],
    query: Annotated[str, Form(max_length=api.LONGEST)],
    shared: Annotated[str, Form(max_length=1)] = "",
    actor: Actor = require("views:write"),
) -> Response:
    """
    Raises:
        AppError: APP-019 for a name that is empty or cannot be printed.
    """
    name, query = name.strip(), api.kept_query(dict(parse_qsl(query)))
    if not name or not name.isprintable():
        raise AppError("APP-019", seen=name[:40], wanted="name")
    if len(query) > api.LONGEST:
        raise AppError("APP-019", seen=query[:40], wanted="query")
    new = api.NewView(page=api.CUSTOMERS, name=name, query=query, shared=shared == "1")
    row = api.save_view(new, request, actor)
    return RedirectResponse(Page(request, actor).at(f"/{api.CUSTOMERS}?{row['query']}"), 303)


@router.post("/views/{view_id}/share")
def share(
    view_id: str,
    request: Request,
    shared: Annotated[str, Form(max_length=1)] = "",
    actor: Actor = require("views:write"),
) -> Response:
    row = api.share_view(view_id, api.ViewChange(shared=shared == "1"), request, actor)
    return RedirectResponse(Page(request, actor).at(f"/{api.CUSTOMERS}?{row['query']}"), 303)


@router.post("/views/{view_id}/forget")
def forget(view_id: str, request: Request, actor: Actor = require("views:write")) -> Response:
    api.forget_view(view_id, request, actor)
    return RedirectResponse(Page(request, actor).at(f"/{api.CUSTOMERS}"), 303)
