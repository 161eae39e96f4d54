"""People, links for a new password, and keys for programs."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.errors import AppError, LifeworthError
from lifeworth.store import accounts
from lifeworth.store.assignments import SEES
from lifeworth.web.access import Actor, record, require
from lifeworth.web.api.accounts import (
    Sees,
    demand_managing,
    drop_key,
    make_key,
    reset_user,
    user_of,
    visible_keys,
)
from lifeworth.web.page import Page
from lifeworth.web.roles import PERMISSIONS, ROLES, may_manage
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
    team: Annotated[str, Form(max_length=60)] = "",
    sees: Annotated[Sees, Form()] = "all",
    actor: Actor = require("users:write"),
) -> Response:
    page, team = Page(request, actor), _plain(team)
    demand_managing(actor, role)
    try:
        user = add_user(
            page.workspace, login=login, name=name, password=password, role=role, team=team, sees=sees
        )
    except LifeworthError as refusal:
        return _draw(page, page.refusal(refusal), status=422)
    record(request, actor, "user.added", f"user:{user['id']}", role=role, team=team, sees=sees)
    return RedirectResponse("/people", 303)


@router.post("/people/{user_id}")
def change(
    user_id: str,
    request: Request,
    role: Annotated[str, Form(max_length=20)],
    active: Annotated[str, Form(max_length=1)] = "",
    team: Annotated[str | None, Form(max_length=60)] = None,
    sees: Annotated[Sees | None, Form()] = None,
    actor: Actor = require("users:write"),
) -> Response:
    """Another role, team or view of customers, or the door closed. Nobody can lock out the last owner."""
    page, known = Page(request, actor), user_of(request, user_id)
    asked = {
        "role": role,
        "active": active == "1",
        "team": None if team is None else _plain(team),
        "sees": sees,
    }
    told = {name: value for name, value in asked.items() if value not in (None, known[name])}
    demand_managing(actor, role, known["role"])
    try:
        change_user(page.workspace, user_id, None, **told)
    except LifeworthError as refusal:
        return _draw(page, page.refusal(refusal), status=422)
    record(request, actor, "user.changed", f"user:{user_id}", **told)
    return RedirectResponse("/people", 303)


@router.post("/people/{user_id}/reset")
def offer_reset(user_id: str, request: Request, actor: Actor = require("users:write")) -> Response:
    """A link with which this person sets a new password; it is shown once, on the answer to this form."""
    page, known = Page(request, actor), user_of(request, user_id)
    made = reset_user(user_id, request, actor)
    link = f"{request.base_url}reset?token={made['secret']}"
    return _draw(page, link={"login": known["login"], "until": made["expires_at"], "address": link})


@router.post("/keys")
def add_key(
    request: Request,
    name: Annotated[str, Form(max_length=120)],
    days: Annotated[int, Form(ge=0, le=3650)] = 90,
    reach: Annotated[Literal["all", "some"], Form()] = "all",
    scopes: Annotated[list[str] | None, Form(max_length=100)] = None,
    actor: Actor = require("keys:write"),
) -> Response:
    """A key for programs, with all rights of its maker or some; shown once, on the answer to this form."""
    page = Page(request, actor)
    if reach == "some" and not scopes:
        return _draw(page, page.say("web.people.scopes_none"), status=422)
    made = make_key(request, actor, name, days or None, scopes if reach == "some" else None)
    return _draw(page, secret=made["key"])


@router.post("/keys/{key_id}/revoke")
def revoke(key_id: str, request: Request, actor: Actor = require("keys:write")) -> Response:
    drop_key(request, actor, key_id)
    return RedirectResponse("/people", 303)


def _draw(
    page: Page, problem: str = "", secret: str = "", link: dict[str, Any] | None = None, status: int = 200
) -> Response:
    """The users for who manages them; keys for everybody who may have some."""
    with page.workspace.database.read() as connection:
        persons = accounts.all_users(connection) if page.actor.may("users:write") else []
    return page.draw(
        "people.html.j2",
        status=status,
        title=page.say("web.title.people"),
        problem=problem,
        secret=secret,
        link=link,
        persons=persons,
        manages=lambda role: may_manage(page.actor.role, role),
        logins={person["id"]: person["login"] for person in persons},
        scopes=[one for one in PERMISSIONS if page.actor.may(one)],
        keys=visible_keys(page.request, page.actor),
        roles=list(ROLES),
        sights=SEES,
        teams=sorted({person["team"] for person in persons} - {""}),
    )


def _plain(team: str) -> str:
    """Raises: AppError APP-007 for what cannot be printed."""
    if not team.isprintable():
        raise AppError("APP-007", fields=["team"])
    return team.strip()
