"""Who asks, and whether they may: `require("resource:action")` is the one gate of API and pages.

    @router.get("/customers")
    def customers(actor: Actor = require("customers:read")): ...

A browser comes with a session cookie, a program with `Authorization: Bearer lw_....`. Pages
without a session are sent to /login; the API answers 401. `actor.may("pii:view")` decides masking.
"""

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store import accounts
from lifeworth.store.audit import write_audit
from lifeworth.web.roles import LIMITABLE, PERMISSIONS, ROLES, to_start
from lifeworth.workflows.workspace import Workspace

COOKIE = "lifeworth_session"


class SignInFirst(Exception):
    """A page was asked for without a session: go to /login and come back."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.location = f"/login?next={quote(target, safe='')}"


@dataclass(frozen=True)
class Actor:
    """A person in a browser (`session_id`) or a program with a key (`key_id`)."""

    user: dict[str, Any]
    session_id: str | None = None
    key_id: str | None = None
    scopes: frozenset[str] | None = None  # of the key; None: everything its user may do

    @property
    def id(self) -> str:
        return self.user["id"]

    @property
    def role(self) -> str:
        return self.user["role"]

    @property
    def label(self) -> str:
        """For the audit log: an id, never a name."""
        return f"key:{self.key_id}" if self.key_id else f"user:{self.id}"

    @property
    def sees(self) -> str:
        """Which customers: "all", "team" or "own"; a key sees those of its user."""
        return str(self.user["sees"]) if self.role in LIMITABLE else "all"

    def may(self, permission: str) -> bool:
        allowed = permission in ROLES.get(self.role, frozenset())
        return allowed and (self.scopes is None or permission in self.scopes)

    def demand(self, *permissions: str) -> None:
        """What a route asks for beyond its gate. Raises: AppError APP-002."""
        for permission in permissions:
            if not self.may(permission):
                raise AppError("APP-002", permission=permission)

    def may_change(self, job: dict[str, Any]) -> bool:
        """Whether they stop a job and begin it again: who may not start it may not."""
        return all(map(self.may, ("jobs:write", *to_start(job["kind"], job["payload"]))))


def workspace_of(request: Request) -> Workspace:
    return request.app.state.workspace


def client_ip(request: Request) -> str:
    return request.client.host if request.client else ""


def find_actor(request: Request) -> Actor | None:
    """Whoever the cookie or key names, or None. Looked up once per request."""
    if hasattr(request.state, "actor"):
        return request.state.actor
    workspace, moment = workspace_of(request), now()
    header = request.headers.get("authorization", "")
    actor = None
    if header[:7].lower() == "bearer ":
        with workspace.database.read() as connection:
            user = accounts.key_user(connection, header[7:].strip(), moment)
        if user:
            scopes = None if user["scopes"] is None else frozenset(user["scopes"])
            actor = Actor(user, key_id=user["key_id"], scopes=scopes)
            if not user["last_used_at"] or moment - user["last_used_at"] > datetime.timedelta(minutes=1):
                with workspace.database.begin() as connection:
                    accounts.note_key_use(connection, user["key_id"], moment)
    elif request.cookies.get(COOKIE):
        with workspace.database.read() as connection:
            user = accounts.session_user(connection, request.cookies[COOKIE], moment)
        actor = Actor(user, session_id=user["session_id"]) if user else None
    request.state.actor = actor
    return actor


def is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def require(permission: str) -> Any:
    """The actor, if signed in and permitted; to be the default of a parameter of a route.

    Raises (when called): AppError APP-001 nobody is signed in, APP-002 not permitted.
    """
    if permission not in PERMISSIONS:
        raise ValueError(permission)

    async def gate(request: Request) -> Actor:
        return await run_in_threadpool(permitted, request, permission)

    gate.permission = permission  # type: ignore[attr-defined]  # the route table, for tests and OpenAPI
    return Depends(gate)


def permitted(request: Request, permission: str) -> Actor:
    actor = find_actor(request)
    if actor is None:
        if is_api(request):
            raise AppError("APP-001")
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SignInFirst(target if request.method == "GET" else "/")
    actor.demand(permission)
    return actor


def record(request: Request, actor: Actor | None, action: str, entity: str = "", **detail: Any) -> None:
    """Write to the audit log in a transaction of its own. `detail` holds no personal data."""
    with workspace_of(request).database.begin() as connection:
        record_in(connection, request, actor, action, entity, **detail)


def record_in(
    connection: Any, request: Request, actor: Actor | None, action: str, entity: str = "", **detail: Any
) -> None:
    """The same in the transaction of the change itself."""
    write_audit(
        connection,
        action,
        now=now(),
        actor=actor.label if actor else "nobody",
        entity=entity,
        ip=client_ip(request),
        detail=detail,
        request_id=getattr(request.state, "request_id", ""),
    )
