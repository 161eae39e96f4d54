"""Schedules: what is done again and again, when next, and a form that needs no cron text."""

import re
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store.rows import many
from lifeworth.store.tables import schedules
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api import jobs as api
from lifeworth.web.background import outcomes
from lifeworth.web.page import Page
from lifeworth.web.roles import to_start
from lifeworth.workflows.schedules import KINDS, change_schedule

router = APIRouter()
PLACE = "/settings/schedules"
RHYTHMS = {"daily": "0 {hour} * * *", "weekly": "0 {hour} * * 1", "monthly": "0 {hour} 1 * *"}
NEW = {"name": "", "kind": KINDS[0], "rhythm": "daily", "hour": 3, "cron": ""}


@router.get(PLACE)
def show(request: Request, actor: Actor = require("schedules:read")) -> Response:
    return _draw(Page(request, actor), NEW)


@router.post(PLACE)
def add(
    request: Request,
    name: Annotated[str, Form(max_length=100)] = "",
    kind: Annotated[str, Form(max_length=20)] = KINDS[0],
    rhythm: Annotated[str, Form(max_length=20)] = "daily",
    hour: Annotated[int, Form(ge=0, le=23)] = 3,
    cron: Annotated[str, Form(max_length=100)] = "",
    actor: Actor = require("schedules:write"),
) -> Response:
    """Every day, week or month at an hour; what is written as cron text goes before it."""
    page = Page(request, actor)
    if kind not in KINDS or rhythm not in RHYTHMS or not name.isprintable():
        raise AppError("APP-007", fields=["name", "kind", "rhythm"])
    wanted = {
        "name": name.strip() or page.say(f"web.schedules.kind.{kind}"),
        "kind": kind,
        "cron": cron.strip() or RHYTHMS[rhythm].format(hour=hour),
    }
    try:
        api.new_schedule(api.NewSchedule.model_validate(wanted), request, actor)
    except AppError as refusal:
        typed = {"name": name, "kind": kind, "rhythm": rhythm, "hour": hour, "cron": cron}
        return _draw(page, typed, page.refusal(refusal), 422)
    return RedirectResponse(PLACE, 303)


@router.post(f"{PLACE}/{{schedule_id}}/switch")
def switch(
    schedule_id: str,
    request: Request,
    active: Annotated[str, Form(max_length=1)] = "",
    actor: Actor = require("schedules:write"),
) -> Response:
    row, wanted = api.found_schedule(request, schedule_id), {"active": active == "1"}
    actor.demand(*to_start(row["kind"]))
    change_schedule(workspace_of(request), row, wanted, None, now())
    record(request, actor, "schedule.changed", f"schedule:{schedule_id}", **wanted)
    return RedirectResponse(PLACE, 303)


@router.post(f"{PLACE}/{{schedule_id}}/delete")
def delete(schedule_id: str, request: Request, actor: Actor = require("schedules:write")) -> Response:
    api.delete_schedule(schedule_id, request, actor)
    return RedirectResponse(PLACE, 303)


def rhythm_of(cron: str) -> tuple[str, int] | None:
    """(rhythm, hour) of a cron text that the form could have made."""
    for rhythm, pattern in RHYTHMS.items():
        found = re.fullmatch(re.escape(pattern).replace(r"\{hour\}", r"(\d{1,2})"), cron)
        if found:
            return rhythm, int(found[1])
    return None


def _draw(page: Page, typed: dict[str, Any], problem: str = "", status: int = 200) -> Response:
    with page.workspace.database.read() as connection:
        rows = many(connection, sa.select(schedules).order_by(schedules.c.id))
    last, may = outcomes(page, rows), page.actor.may
    kinds = [kind for kind in KINDS if all(map(may, to_start(kind)))] if may("schedules:write") else []
    return page.draw(
        "schedules.html.j2",
        status=status,
        title=page.say("web.title.schedules"),
        rows=[{**row, "rhythm": rhythm_of(row["cron"]), "outcome": last.get(row["id"])} for row in rows],
        typed=typed,
        kinds=kinds,
        rhythms=list(RHYTHMS),
        zone=page.workspace.settings()["zone"] or "UTC",
        problem=problem,
    )
