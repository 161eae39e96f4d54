"""People, keys for programs, and the audit log."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.errors import LifeworthError
from lifeworth.store import accounts
from lifeworth.store.audit import broken_lately
from lifeworth.store.rows import many
from lifeworth.store.tables import audit_events
from lifeworth.web.access import Actor, record, require
from lifeworth.web.api.accounts import demand_managing, drop_key, make_key, user_of, visible_keys
from lifeworth.web.page import Page
from lifeworth.web.roles import ROLES
from lifeworth.workflows.people import add_user, change_user

router = APIRouter()


@router.get("/people")
def show(request: Request, actor: Actor = require("keys:read")) -> Response:
    return _draw(Page(request, actor))


@router.post("/people")
def add(
    request: Request,
    login: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=500)],
    role: Annotated[str, Form(max_length=20)],
    name: Annotated[str, Form(max_length=200)] = "",
    actor: Actor = require("users:write"),
) -> Response:
    page = Page(request, actor)
    demand_managing(actor, role)
    try:
        user = add_user(page.workspace, login=login, name=name, password=password, role=role)
    except LifeworthError as refusal:
        return _draw(page, page.told({"code": refusal.code, "facts": refusal.facts}), status=422)
    record(request, actor, "user.added", f"user:{user['id']}", role=role)
    return RedirectResponse("/people", 303)


@router.post("/people/{user_id}")
def change(
    user_id: str,
    request: Request,
    role: Annotated[str, Form(max_length=20)],
    active: Annotated[str, Form(max_length=1)] = "",
    actor: Actor = require("users:write"),
) -> Response:
    """Another role, or the door closed. Nobody can lock out the last owner."""
    page = Page(request, actor)
    demand_managing(actor, role, user_of(request, user_id)["role"])
    try:
        change_user(page.workspace, user_id, None, role=role, active=active == "1")
    except LifeworthError as refusal:
        return _draw(page, page.told({"code": refusal.code, "facts": refusal.facts}), status=422)
    record(request, actor, "user.changed", f"user:{user_id}", role=role, active=active == "1")
    return RedirectResponse("/people", 303)


@router.post("/keys")
def add_key(
    request: Request,
    name: Annotated[str, Form(max_length=120)],
    days: Annotated[int, Form(ge=0, le=3650)] = 90,
    actor: Actor = require("keys:write"),
) -> Response:
    """A key for programs, with the rights of its maker; it is shown once, on the answer to this form."""
    made = make_key(request, actor, name, days or None)
    return _draw(Page(request, actor), secret=made["key"])


@router.post("/keys/{key_id}/revoke")
def revoke(key_id: str, request: Request, actor: Actor = require("keys:write")) -> Response:
    drop_key(request, actor, key_id)
    return RedirectResponse("/people", 303)


@router.get("/audit")
def log(request: Request, before: int = 0, actor: Actor = require("audit:read")) -> Response:
    page = Page(request, actor)
    query = sa.select(audit_events).order_by(audit_events.c.number.desc()).limit(100)
    if 0 < before < 2**62:
        query = query.where(audit_events.c.number < before)
    with page.workspace.database.begin() as connection:
        rows, broken = many(connection, query), broken_lately(connection)
        names = {f"user:{user['id']}": user["login"] for user in accounts.all_users(connection)}
    return page.draw(
        "audit.html.j2", title=page.say("web.title.audit"), rows=rows, broken=broken, names=names
    )


def _draw(page: Page, problem: str = "", secret: str = "", status: int = 200) -> Response:
    """The users for who manages them; keys for everybody who may have some."""
    with page.workspace.database.read() as connection:
        persons = accounts.all_users(connection) if page.actor.may("users:write") else []
    return page.draw(
        "people.html.j2",
        status=status,
        title=page.say("web.title.people"),
        problem=problem,
        secret=secret,
        persons=persons,
        keys=visible_keys(page.request, page.actor),
        roles=list(ROLES),
    )
