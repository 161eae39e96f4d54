"""Sign in, sign out, a new password by a one-time link, and the first owner: who holds the one-time token
that `lifeworth serve` printed.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store import accounts
from lifeworth.web.access import COOKIE, Actor, client_ip, find_actor, record_in, workspace_of
from lifeworth.web.api.accounts import demand_few_failures
from lifeworth.web.templating import render
from lifeworth.workflows.people import checked_password, reset_password
from lifeworth.workflows.workspace import FIRST_OWNER

router = APIRouter()


def local_path(target: str) -> str:
    """Where to go after signing in: a path of this site and nothing else."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if plain else "/"


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:
    if find_actor(request):
        return RedirectResponse(local_path(next), 303)
    return render(request, "login.html", target=local_path(next), error=None, login="")


@router.post("/login")
def login(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=500)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    workspace, moment, address = workspace_of(request), now(), client_ip(request)
    with workspace.database.read() as connection:
        demand_few_failures(connection, login, address, moment)
        user = accounts.user_by_login(connection, login)
    good = accounts.password_fits(user, password) and user is not None and user["active"]
    if not good or user is None:
        with workspace.database.begin() as connection:
            accounts.note_failure(connection, login, address, moment)
            record_in(connection, request, None, "login.failed")
        return render(request, "login.html", 401, target=local_path(next), error="APP-004", login=login)
    with workspace.database.begin() as connection:
        accounts.forget_failures(connection, login)
    return enter(request, user["id"], local_path(next), "login")


@router.post("/logout")
def logout(request: Request) -> Response:
    actor = find_actor(request)
    if actor and actor.session_id:
        with workspace_of(request).database.begin() as connection:
            accounts.revoke_session(connection, actor.session_id, actor.id, now())
            record_in(connection, request, actor, "logout")
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/setup")
def setup_page(request: Request, token: str = "") -> Response:
    return render(request, "setup.html", token=token, error=None, login="", name="")


@router.post("/setup")
def setup(
    request: Request,
    token: Annotated[str, Form(max_length=200)] = "",
    login: Annotated[str, Form(max_length=200)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Make the first owner. The token works once, and not at all while there is an owner."""
    workspace = workspace_of(request)
    if not login.strip():
        return render(request, "setup.html", 422, token=token, error="APP-007", login=login, name=name)
    try:
        checked_password(password)
    except AppError as refusal:
        return render(request, "setup.html", 422, token=token, error=refusal.code, login=login, name=name)
    with workspace.database.begin() as connection:
        if accounts.active_owners(connection) or not accounts.use_token(
            connection, token, FIRST_OWNER, now()
        ):
            raise AppError("APP-013")
        user_id = accounts.add_user(
            connection, login=login, name=name or login, password=password, role="owner", now=now()
        )
        record_in(connection, request, None, "owner.created", f"user:{user_id}")
    return enter(request, user_id, "/", "login")


@router.get("/reset")
def reset_page(request: Request, token: str = "") -> Response:
    return render(request, "reset.html", token=token, error=None)


@router.post("/reset")
def reset(
    request: Request,
    token: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Set a new password with the token an administrator had made; it works once and ends every session."""
    try:
        user = reset_password(workspace_of(request), token, password)
    except AppError as refusal:
        if refusal.code != "APP-014":
            raise
        return render(request, "reset.html", 422, token=token, error=refusal.code)
    with workspace_of(request).database.begin() as connection:
        record_in(connection, request, None, "password.reset", f"user:{user['id']}")
    return enter(request, user["id"], "/", "login")


def enter(request: Request, user_id: str, target: str, action: str) -> Response:
    """Open a session: a new secret each time, so that nobody can have set it before."""
    workspace = workspace_of(request)
    with workspace.database.begin() as connection:
        secret = accounts.open_session(
            connection, user_id, ip=client_ip(request), agent=request.headers.get("user-agent", ""), now=now()
        )
        user = accounts.user_by_id(connection, user_id)
        record_in(connection, request, Actor(user) if user else None, action)
    answer = RedirectResponse(target, 303)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=accounts.SESSION_DAYS * 86_400,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer
