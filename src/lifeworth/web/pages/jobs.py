"""Work in the background, as it goes on."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store import jobs
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.background import title_of
from lifeworth.web.page import Page
from lifeworth.web.pages.sign_in import local_path
from lifeworth.web.roles import to_start
from lifeworth.workflows.erasure import ERASE, LOOK

router = APIRouter()
AFTER = {  # kind of a job -> where its end is shown, to whoever may erase
    LOOK: "/settings/privacy/person/{job_id}",
    ERASE: "/settings/privacy?done=erased&job={job_id}",
    "retention": "/settings/privacy?done=followed",
}


def find_job(request: Request, job_id: str) -> dict[str, Any]:
    with workspace_of(request).database.read() as connection:
        job = jobs.job(connection, job_id)
    if job is None:
        raise AppError("APP-003", kind="job", seen=job_id[:40])
    return job


@router.get("/jobs/{job_id}")
def show(job_id: str, request: Request, actor: Actor = require("jobs:read")) -> Response:
    page, job = Page(request, actor), find_job(request, job_id)
    result = job["result"] or {}
    if job["status"] == jobs.DONE and "run_id" in result:
        return RedirectResponse("/", 303)
    if job["status"] == jobs.DONE and "report_of" in result:
        return RedirectResponse(f"/runs/{result['report_of']}/report", 303)
    if job["status"] == jobs.DONE and "import_id" in result:
        with page.workspace.database.read() as connection:
            next_job = jobs.started_by(connection, job_id, "value")  # which may be done already
        target = f"/jobs/{next_job['id']}" if next_job else f"/import/{result['import_id']}"
        return RedirectResponse(target, 303)
    if job["status"] == jobs.DONE and job["kind"] in AFTER and actor.may("privacy:erase"):
        return RedirectResponse(AFTER[job["kind"]].format(job_id=job_id), 303)
    title, ended = title_of(page, job), job["status"] not in jobs.OPEN
    return page.draw("job.html.j2", title=title, job=job, ended=ended)


@router.get("/jobs/{job_id}/card")
def card(job_id: str, request: Request, then: str = "", actor: Actor = require("jobs:read")) -> Response:
    """The card alone, asked for again and again by the page; at the end it sends the page on."""
    page, job = Page(request, actor), find_job(request, job_id)
    ended = job["status"] not in jobs.OPEN
    answer = page.draw("job_card.html.j2", job=job, ended=ended)
    if ended:
        answer.headers["HX-Redirect"] = local_path(then) if then else f"/jobs/{job_id}"
    return answer


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, request: Request, actor: Actor = require("jobs:write")) -> Response:
    job = find_job(request, job_id)
    actor.demand(*to_start(job["kind"], job["payload"]))
    with workspace_of(request).database.begin() as connection:
        jobs.cancel(connection, job_id, now())
    record(request, actor, "job.cancelled", f"job:{job_id}")
    return RedirectResponse(f"/jobs/{job_id}", 303)


@router.post("/jobs/{job_id}/retry")
def retry(job_id: str, request: Request, actor: Actor = require("jobs:write")) -> Response:
    job = find_job(request, job_id)
    actor.demand(*to_start(job["kind"], job["payload"]))
    with workspace_of(request).database.begin() as connection:
        jobs.retry(connection, job_id, now())
    record(request, actor, "job.retried", f"job:{job_id}")
    return RedirectResponse(f"/jobs/{job_id}", 303)
