"""Privacy: how long things are kept, who was erased, and one person: all that is known, given out or erased.

Whom one looks for is searched in all files by a worker; the queue and addresses hold a pseudonym only.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError, LifeworthError
from lifeworth.results.index import pseudonym
from lifeworth.store import accounts, jobs
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api import privacy as api
from lifeworth.web.api.settings import change_settings
from lifeworth.web.page import Page
from lifeworth.web.pages.jobs import find_job
from lifeworth.workflows.erasure import ERASE, LOOK, erasures
from lifeworth.workflows.retention import due

router = APIRouter()
PLACE = "/settings/privacy"
MOST_LISTED = 100
SHORTEST_REASON = 3


@router.get(PLACE)
def show(request: Request, job: str = "", actor: Actor = require("privacy:read")) -> Response:
    """`job`: that has just erased somebody; the files that it could not search are named."""
    page = Page(request, actor)
    ended = find_job(request, job) if job and actor.may("privacy:erase") else None
    result = (ended["result"] or {}) if ended and ended["kind"] == ERASE else {}
    return _draw(page, not_searched=result.get("not_searched", []))


@router.post(f"{PLACE}/retention")
def keep(
    request: Request,
    keep_runs: Annotated[str, Form(max_length=20)] = "",
    keep_files_days: Annotated[str, Form(max_length=20)] = "",
    keep_traces_days: Annotated[str, Form(max_length=20)] = "",
    actor: Actor = require("settings:write"),
) -> Response:
    """How long things are kept; nothing goes before the rules are followed."""
    page = Page(request, actor)
    typed = {
        "keep_runs": keep_runs, "keep_files_days": keep_files_days, "keep_traces_days": keep_traces_days,
    }  # fmt: skip
    try:
        change_settings(request, actor, {name: int(text or "0") for name, text in typed.items()})
    except LifeworthError as refusal:
        return _draw(page, typed, page.refusal(refusal), 422)
    except ValueError:
        return _draw(page, typed, page.say("web.settings.number"), 422)
    return RedirectResponse(f"{PLACE}?done=saved", 303)


@router.post(f"{PLACE}/retention/follow")
def follow(request: Request, actor: Actor = require("privacy:erase")) -> Response:
    return RedirectResponse(f"/jobs/{api.follow_retention(request, actor)['job_id']}", 303)


@router.post(f"{PLACE}/person")
def look_for(
    request: Request,
    customer: Annotated[str, Form(max_length=500)] = "",
    ref: Annotated[str, Form(pattern="^([0-9a-f]{16})?$")] = "",
    actor: Actor = require("privacy:erase"),
) -> Response:
    """Have it counted what is known of somebody, named by number or by pseudonym; nothing is changed."""
    page = Page(request, actor)
    if not ref and not customer.strip():
        return _draw(page, problem=page.say("web.privacy.whom"), status=422)
    ref = ref or pseudonym(customer.strip(), page.workspace.secret)
    with page.workspace.database.begin() as connection:
        job_id = jobs.add_job(connection, LOOK, {"ref": ref}, now=now(), created_by=actor.label)
    record(request, actor, "person.looked_for", f"customer:{ref}", job=job_id)
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.get(f"{PLACE}/person/{{job_id}}")
def person(job_id: str, request: Request, actor: Actor = require("privacy:erase")) -> Response:
    return _person(Page(request, actor), job_id)


@router.post(f"{PLACE}/person/{{job_id}}/erase")
def erase(
    job_id: str,
    request: Request,
    reason: Annotated[str, Form(max_length=500)] = "",
    sure: Annotated[str, Form(max_length=1)] = "",
    actor: Actor = require("privacy:erase"),
) -> Response:
    """Erase whom that job was about, for a reason and by someone who is sure."""
    page, reason = Page(request, actor), reason.strip()
    if len(reason) < SHORTEST_REASON or not reason.isprintable() or sure != "1":
        return _person(page, job_id, reason, page.say("web.privacy.reason_and_sure"), 422)
    wanted = api.Erasure(ref=_found(request, job_id)["ref"], customer_id=None, reason=reason)
    return RedirectResponse(f"/jobs/{api.erase(wanted, request, actor)['job_id']}", 303)


def _found(request: Request, job_id: str) -> dict[str, Any]:
    """What was found of a person. Raises AppError APP-003 where nothing was looked for, or not yet found."""
    job = find_job(request, job_id)
    if job["kind"] != LOOK or job["status"] != jobs.DONE:
        raise AppError("APP-003", kind="customer", seen=job_id[:40])
    return dict(job["result"])


def _person(page: Page, job_id: str, reason: str = "", problem: str = "", status: int = 200) -> Response:
    return page.draw(
        "person.html.j2",
        status=status,
        title=page.say("web.privacy.person"),
        found=_found(page.request, job_id),
        job_id=job_id,
        reason=reason,
        problem=problem,
    )


def _draw(
    page: Page,
    typed: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
    not_searched: list[str] | None = None,
) -> Response:
    workspace = workspace_of(page.request)
    stones = erasures(workspace)
    with workspace.database.read() as connection:
        names = {f"user:{user['id']}": user["login"] for user in accounts.all_users(connection)}
    return page.draw(
        "privacy.html.j2",
        status=status,
        title=page.say("web.title.privacy"),
        rules=[
            {"name": each.rule, "keep": (typed or {}).get(each.rule, each.keep), "due": len(each.what)}
            for each in due(workspace, now())
        ],
        stones=stones[:MOST_LISTED],
        erased=len(stones),
        names=names,
        problem=problem,
        not_searched=not_searched or [],
        done=page.request.query_params.get("done", ""),
    )
