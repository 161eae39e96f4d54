"""People and programs: me, users, sessions, API keys."""

import datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import Request, Response
from pydantic import BaseModel, Field, StringConstraints

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store import accounts
from lifeworth.web.access import Actor, client_ip, record, record_in, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import set_etag, wanted_version
from lifeworth.web.roles import PERMISSIONS, ROLES, may_manage
from lifeworth.workflows import people

router = api_router(tags=["people"])
WINDOW = datetime.timedelta(minutes=15)
MOST_OF_NAME, MOST_OF_ADDRESS = 5, 30  # wrong passwords within the window
Role = Literal["owner", "administrator", "analyst", "marketer", "service", "viewer", "auditor"]
Language = Literal["", "en", "zh-Hans", "zh-Hant"]
Plain = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200, strip_whitespace=True)
]
Team = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=60, strip_whitespace=True)]
Sees = Annotated[
    Literal["all", "team", "own"],
    Field(description="Which customers; owners, administrators and analysts see all of them"),
]
Secret = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
SHOWN = (
    *("id", "login", "name", "role", "team", "sees"),
    *("language", "active", "created_at", "last_login_at", "version"),
)
KEY_SHOWN = (
    "id", "name", "prefix", "scopes", "user_id", "created_at", "expires_at", "last_used_at", "revoked_at",
)  # fmt: skip


class NewUser(BaseModel):
    login: Plain
    name: Plain | None = None
    role: Role = "viewer"
    password: Secret
    team: Team = ""
    sees: Sees = "all"


class UserChange(BaseModel):
    model_config = {"extra": "forbid"}
    name: Plain | None = None
    role: Role | None = None
    language: Language | None = None
    active: bool | None = None
    team: Team | None = None
    sees: Sees | None = None
    password: Secret | None = None


class MyChange(BaseModel):
    model_config = {"extra": "forbid"}
    name: Plain | None = None
    language: Language | None = None
    password: Secret | None = None
    current_password: Secret | None = Field(None, description="Needed to set a new password")


class NewKey(BaseModel):
    name: Plain
    scopes: list[str] | None = Field(None, max_length=100, description="Without it: all its user may do")
    days: int | None = Field(None, ge=1, le=3650, description="Days until it expires")


def shown(user: dict[str, Any]) -> dict[str, Any]:
    return {name: user[name] for name in SHOWN}


@router.get("/me", summary="Who asks, and what they may do")
def me(response: Response, actor: Actor = require("workspace:read")) -> dict[str, Any]:
    set_etag(response, actor.user["version"])
    return {**shown(actor.user), "permissions": sorted(one for one in PERMISSIONS if actor.may(one))}


@router.patch("/me", summary="Change one's own name, language or password")
def change_me(
    change: MyChange, request: Request, response: Response, actor: Actor = require("workspace:read")
) -> dict[str, Any]:
    values = change.model_dump(exclude_none=True)
    current = values.pop("current_password", "")
    if actor.key_id and "password" in values:
        raise AppError("APP-002", permission="users:write")
    if "password" in values:
        _demand_password(request, actor, current)
    user = people.change_user(workspace_of(request), actor.id, None, **values)
    record(request, actor, "user.changed", f"user:{actor.id}", fields=sorted(values))
    set_etag(response, user["version"])
    return shown(user)


@router.get("/me/sessions", summary="One's own open sessions")
def sessions(request: Request, actor: Actor = require("workspace:read")) -> dict[str, Any]:
    with workspace_of(request).database.read() as connection:
        rows = accounts.open_sessions(connection, actor.id, now())
    data = [{**row, "current": row["id"] == actor.session_id} for row in rows]
    return {"data": data, "next_cursor": None, "has_more": False}


@router.delete("/me/sessions/{session_id}", status_code=204, summary="End one of one's own sessions")
def end_session(session_id: str, request: Request, actor: Actor = require("workspace:read")) -> None:
    with workspace_of(request).database.begin() as connection:
        if not accounts.revoke_session(connection, session_id, actor.id, now()):
            raise AppError("APP-003", kind="session", seen=session_id[:40])
        record_in(connection, request, actor, "session.revoked", f"session:{session_id}")


@router.get("/users", summary="Users")
def users(request: Request, actor: Actor = require("users:read")) -> dict[str, Any]:
    with workspace_of(request).database.read() as connection:
        rows = accounts.all_users(connection)
    return {"data": [shown(row) for row in rows], "next_cursor": None, "has_more": False}


@router.post("/users", status_code=201, summary="Add a user")
def add_user(new: NewUser, request: Request, actor: Actor = require("users:write")) -> dict[str, Any]:
    demand_managing(actor, new.role)
    user = people.add_user(
        workspace_of(request),
        login=new.login,
        name=new.name or new.login,
        password=new.password,
        role=new.role,
        team=new.team,
        sees=new.sees,
    )
    record(request, actor, "user.added", f"user:{user['id']}", role=new.role, team=new.team, sees=new.sees)
    return shown(user)


@router.get("/users/{user_id}", summary="One user")
def user(
    user_id: str, request: Request, response: Response, actor: Actor = require("users:read")
) -> dict[str, Any]:
    row = user_of(request, user_id)
    set_etag(response, row["version"])
    return shown(row)


@router.patch("/users/{user_id}", summary="Change a user; a new password or role ends their sessions")
def change_user(
    user_id: str,
    change: UserChange,
    request: Request,
    response: Response,
    actor: Actor = require("users:write"),
) -> dict[str, Any]:
    demand_managing(actor, user_of(request, user_id)["role"])
    values = change.model_dump(exclude_none=True)
    if "role" in values:
        demand_managing(actor, values["role"])
    row = people.change_user(workspace_of(request), user_id, wanted_version(request), **values)
    told = {name: value for name, value in values.items() if name in ("role", "active", "team", "sees")}
    record(request, actor, "user.changed", f"user:{user_id}", fields=sorted(values), **told)
    set_etag(response, row["version"])
    return shown(row)


@router.delete("/users/{user_id}/sessions", status_code=204, summary="End all sessions of a user")
def end_sessions(user_id: str, request: Request, actor: Actor = require("users:write")) -> None:
    demand_managing(actor, user_of(request, user_id)["role"])
    with workspace_of(request).database.begin() as connection:
        accounts.revoke_sessions(connection, user_id, now())
        record_in(connection, request, actor, "sessions.revoked", f"user:{user_id}")


@router.post("/users/{user_id}/reset", status_code=201, summary="Make a token for a new password")
def reset_user(user_id: str, request: Request, actor: Actor = require("users:write")) -> dict[str, Any]:
    """The token is shown once, works once and within two days, at `/reset?token=`; an earlier one no longer
    does. The password and the sessions stay until it is used.
    """
    user = user_of(request, user_id)
    demand_managing(actor, user["role"])
    with workspace_of(request).database.begin() as connection:
        secret = accounts.issue_token(connection, accounts.RESET + user_id, now())
        record_in(connection, request, actor, "password.reset_offered", f"user:{user_id}")
    until = now() + datetime.timedelta(hours=accounts.TOKEN_HOURS)
    return {"user_id": user_id, "secret": secret, "expires_at": until}


@router.get("/keys", summary="API keys: one's own, or all for who manages users")
def keys(request: Request, actor: Actor = require("keys:read")) -> dict[str, Any]:
    data = [{name: row[name] for name in KEY_SHOWN} for row in visible_keys(request, actor)]
    return {"data": data, "next_cursor": None, "has_more": False}


@router.post("/keys", status_code=201, summary="Make a key; it is shown once")
def add_key(new: NewKey, request: Request, actor: Actor = require("keys:write")) -> dict[str, Any]:
    return make_key(request, actor, new.name, new.days, new.scopes)


@router.delete("/keys/{key_id}", status_code=204, summary="Revoke a key")
def revoke_key(key_id: str, request: Request, actor: Actor = require("keys:write")) -> None:
    drop_key(request, actor, key_id)


@router.get("/roles", summary="What each role may do")
def roles(actor: Actor = require("users:read")) -> dict[str, Any]:
    data = [{"role": role, "permissions": sorted(granted)} for role, granted in ROLES.items()]
    return {"data": data, "next_cursor": None, "has_more": False}


# --- what the pages do too ------------------------------------------------------------------------------
def user_of(request: Request, user_id: str) -> dict[str, Any]:
    """Raises: AppError APP-003 when there is none."""
    with workspace_of(request).database.read() as connection:
        row = accounts.user_by_id(connection, user_id)
    if row is None:
        raise AppError("APP-003", kind="user", seen=user_id[:40])
    return row


def demand_few_failures(
    connection: sa.Connection, login: str, address: str, moment: datetime.datetime
) -> None:
    """Raises: AppError APP-005 after too many wrong passwords for this name, or from this address."""
    of_name, of_address = accounts.failures(connection, login, address, moment - WINDOW)
    if of_name >= MOST_OF_NAME or of_address >= MOST_OF_ADDRESS:
        raise AppError("APP-005", seconds=int(WINDOW.total_seconds()))


def _demand_password(request: Request, actor: Actor, password: str) -> None:
    """Raises: AppError APP-004 unless it is the actor's, APP-005 after too many that were not."""
    database, login, address = workspace_of(request).database, actor.user["login"], client_ip(request)
    with database.read() as connection:
        demand_few_failures(connection, login, address, now())
    if not accounts.password_fits(actor.user, password):
        with database.begin() as connection:
            accounts.note_failure(connection, login, address, now())
            record_in(connection, request, actor, "password.refused", f"user:{actor.id}")
        raise AppError("APP-004")


def demand_managing(actor: Actor, *roles: str) -> None:
    """Raises: AppError APP-002 unless the actor may make and change users of these roles."""
    if not all(role in ROLES and may_manage(actor.role, role) for role in roles):
        raise AppError("APP-002", permission="users:write")


def visible_keys(request: Request, actor: Actor) -> list[dict[str, Any]]:
    """One's own keys; all of them for who may see the users."""
    with workspace_of(request).database.read() as connection:
        return accounts.keys(connection, None if actor.may("users:read") else actor.id)


def make_key(
    request: Request, actor: Actor, name: str, days: int | None, scopes: list[str] | None = None
) -> dict[str, Any]:
    """A key of the actor, never stronger than the actor; without `scopes`: all that the actor may do.

    Raises:
        AppError: APP-019 for an unknown scope, APP-002 for one the actor lacks.
    """
    for scope in scopes or []:
        if scope not in PERMISSIONS:
            raise AppError("APP-019", seen=scope[:100], wanted=", ".join(PERMISSIONS))
        actor.demand(scope)
    if scopes is None and actor.scopes is not None:
        scopes = sorted(actor.scopes)
    until = now() + datetime.timedelta(days=days) if days else None
    with workspace_of(request).database.begin() as connection:
        key_id, secret = accounts.add_key(
            connection, name=name, user_id=actor.id, scopes=scopes, expires_at=until, now=now()
        )
        record_in(connection, request, actor, "key.added", f"key:{key_id}", scopes=scopes)
    return {"id": key_id, "key": secret, "scopes": scopes, "expires_at": until}


def drop_key(request: Request, actor: Actor, key_id: str) -> None:
    """Raises: AppError APP-003 when there is none, or it is another's and the actor manages no users."""
    whose = None if actor.may("users:write") else actor.id
    with workspace_of(request).database.begin() as connection:
        if not accounts.revoke_key(connection, key_id, now(), whose):
            raise AppError("APP-003", kind="key", seen=key_id[:40])
        record_in(connection, request, actor, "key.revoked", f"key:{key_id}")
