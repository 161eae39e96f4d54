"""Work in the background as pages list it: what, for whom, how far, and what to do where it failed."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from lifeworth.store.accounts import all_users
from lifeworth.store.jobs import DONE, FAILED, OPEN
from lifeworth.store.rows import Row, many
from lifeworth.store.tables import api_keys, jobs, schedules
from lifeworth.web.access import Actor
from lifeworth.web.page import Page

DELIVERY = "deliver"  # has a log of its own, with its webhook
NOTED = ("check", "import", "sample", "value")  # kinds whose end changes what the overview says
LISTED = 20


def title_of(page: Page, job: Row) -> str:
    """What is being done, what was done, or what came to no end."""
    way = "" if job["status"] in OPEN else ".done" if job["status"] == DONE else ".ended"
    key = f"web.job.{job['kind']}{way}"
    return page.say(key) if page.words.has(key) else page.say("web.job.other")


def recent(page: Page, before: str = "") -> tuple[list[dict[str, Any]], str]:
    """(jobs newest first, each as a page shows it; the id that older ones come before, or nothing)."""
    query = sa.select(jobs).where(jobs.c.kind != DELIVERY).order_by(jobs.c.id.desc()).limit(LISTED + 1)
    if before:
        query = query.where(jobs.c.id < before)
    with page.workspace.database.read() as connection:
        rows = many(connection, query)
        names = _makers(connection, page)
    known = {run.id for run in page.workspace.runs()} if page.actor.may("runs:read") else set()
    shown = [
        {**row, "title": title_of(page, row), "who": names(row["created_by"]),
         "open": row["status"] in OPEN, "changeable": page.actor.may_change(row),
         "target": _target(page, row, known)}
        for row in rows[:LISTED]
    ]  # fmt: skip
    return shown, rows[LISTED - 1]["id"] if len(rows) > LISTED else ""


def outcomes(page: Page, rows: list[Row]) -> dict[str, Row]:
    """The newest job of each of these schedules, by the id of the schedule."""
    makers = [f"schedule:{row['id']}" for row in rows if row["last_at"]]
    if not makers:
        return {}
    newest = (
        sa.select(sa.func.max(jobs.c.id)).where(jobs.c.created_by.in_(makers)).group_by(jobs.c.created_by)
    )
    with page.workspace.database.read() as connection:
        found = many(connection, sa.select(jobs).where(jobs.c.id.in_(newest)))
    return {row["created_by"].partition(":")[2]: row for row in found}


def noted(page: Page) -> dict[str, Any] | None:
    """What the overview says of work: a job that will change its numbers, and schedules that failed last."""
    if not page.actor.may("jobs:read"):
        return None
    query = sa.select(jobs).where(jobs.c.status.in_(OPEN), jobs.c.kind.in_(NOTED)).order_by(jobs.c.id)
    with page.workspace.database.read() as connection:
        running = many(connection, query)
        planned = many(connection, sa.select(schedules).order_by(schedules.c.id))
    last = outcomes(page, planned)
    failed = [
        {"name": row["name"], "job": last[row["id"]]}
        for row in planned
        if row["id"] in last and last[row["id"]]["status"] == FAILED
    ]
    if not running and not failed:
        return None
    return {"running": [{**row, "title": title_of(page, row)} for row in running], "failed": failed}


def _makers(connection: sa.Connection, page: Page) -> Any:
    """Who had a job done, in words. Other people are named to whoever may see the users."""
    actor: Actor = page.actor
    persons = {user["id"]: user["name"] for user in all_users(connection)} if actor.may("users:read") else {}
    planned = {row["id"]: row["name"] for row in many(connection, sa.select(schedules))}
    owners = {row["id"]: row["user_id"] for row in many(connection, sa.select(api_keys))}

    def name(user_id: str) -> str:
        if user_id == actor.id:
            return str(actor.user["name"])
        return str(persons.get(user_id) or page.say("web.jobs.by.user"))

    def words(maker: str) -> str:
        kind, _, one = maker.partition(":")
        if kind == "user":
            return name(one)
        if kind == "key":
            return page.say("web.jobs.by.key", name=name(owners.get(one, "")))
        if kind == "schedule":
            return page.say("web.jobs.by.schedule", name=planned.get(one, "–"))
        return page.say("web.jobs.by.job" if kind == "job" else "web.jobs.by.nobody")

    return words


def _target(page: Page, row: Row, runs: Collection[str]) -> str:
    """Where what came of a job is shown, else the job itself."""
    result = row["result"] or {}
    if row["status"] == DONE:
        if result.get("run_id") in runs:
            return f"/?run={result['run_id']}"
        if "import_id" in result and page.actor.may("imports:read"):
            return f"/import/{result['import_id']}"
    return f"/jobs/{row['id']}"
