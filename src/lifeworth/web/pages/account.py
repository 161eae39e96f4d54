"""One's own account, for everybody who is signed in: name, language, password, open sessions."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.clock import now
from lifeworth.base.errors import LifeworthError
from lifeworth.store import accounts
from lifeworth.text.catalog import LANGUAGES
from lifeworth.web.access import Actor, record_in, require
from lifeworth.web.api import accounts as api
from lifeworth.web.language import COOKIE
from lifeworth.web.page import Page
from lifeworth.web.pages.language import remember
from lifeworth.web.pages.sign_in import enter
from lifeworth.web.problems import typed

router = APIRouter()
PLACE = "/account"
DONE = ("saved", "password", "ended")


@router.get(PLACE)
def show(request: Request, actor: Actor = require("workspace:read")) -> Response:
    return _draw(Page(request, actor))


@router.post(PLACE)
def change(
    request: Request,
    name: Annotated[str, Form(max_length=200)],
    language: Annotated[api.Language, Form()] = "",
    actor: Actor = require("workspace:read"),
) -> Response:
    """The language counts at once; none means that of the browser."""
    try:
        api.change_me(typed(api.MyChange, name=name, language=language), request, Response(), actor)
    except LifeworthError as refusal:
        page = Page(request, actor)
        return _draw(page, page.refusal(refusal), 422)
    answer = RedirectResponse(f"{PLACE}?done=saved", 303)
    if language:
        remember(answer, language)
    else:
        answer.delete_cookie(COOKIE)
    return answer


@router.post(f"{PLACE}/password")
def set_password(
    request: Request,
    current: Annotated[str, Form(max_length=500)] = "",
    password: Annotated[str, Form(max_length=500)] = "",
    again: Annotated[str, Form(max_length=500)] = "",
    actor: Actor = require("workspace:read"),
) -> Response:
    """A new password ends every session; this browser gets a fresh one."""
    page = Page(request, actor)
    if password != again:
        return _draw(page, page.say("web.account.differ"), 422)
    try:
        asked = typed(api.MyChange, password=password, current_password=current)
        api.change_me(asked, request, Response(), actor)
    except LifeworthError as refusal:
        return _draw(page, page.refusal(refusal), 422)
    return enter(request, actor.id, f"{PLACE}?done=password", "login")


@router.post(f"{PLACE}/sessions/others/end")
def end_others(request: Request, actor: Actor = require("workspace:read")) -> Response:
    with Page(request, actor).workspace.database.begin() as connection:
        accounts.revoke_sessions(connection, actor.id, now(), keep=actor.session_id)
        record_in(connection, request, actor, "sessions.revoked", f"user:{actor.id}")
    return RedirectResponse(f"{PLACE}?done=ended", 303)


@router.post(f"{PLACE}/sessions/{{session_id}}/end")
def end(session_id: str, request: Request, actor: Actor = require("workspace:read")) -> Response:
    api.end_session(session_id, request, actor)
    return RedirectResponse(f"{PLACE}?done=ended", 303)


def _draw(page: Page, problem: str = "", status: int = 200) -> Response:
    actor, done = page.actor, page.request.query_params.get("done", "")
    with page.workspace.database.read() as connection:
        sessions = accounts.open_sessions(connection, actor.id, now())
    return page.draw(
        "account.html.j2",
        status=status,
        title=page.say("web.title.account"),
        problem=problem,
        done=done if done in DONE and not problem else "",
        sessions=[{**row, "current": row["id"] == actor.session_id} for row in sessions],
        choices=list(LANGUAGES),
    )
