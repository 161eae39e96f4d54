"""Schedules: cron text in the zone of the workspace; each tick queues what has become due."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from cronsim import CronSim, CronSimError

from lifeworth.base.errors import AppError
from lifeworth.store.ids import new_id
from lifeworth.store.jobs import add_job
from lifeworth.store.rows import changed, many
from lifeworth.store.tables import schedules
from lifeworth.workflows.workspace import Workspace

KINDS = ("value", "backup", "retention")


def next_moment(cron: str, after: datetime, zone: str) -> datetime:
    """When `cron` is due next after `after`.

    Raises:
        AppError: APP-022 when the text is no cron expression, or never comes due.
    """
    try:
        local = after.astimezone(ZoneInfo(zone or "UTC"))
        return next(CronSim(cron, local)).astimezone(UTC)
    except (CronSimError, StopIteration):
        raise AppError("APP-022", seen=cron) from None


def add_schedule(
    workspace: Workspace, *, name: str, cron: str, kind: str, payload: dict[str, Any], now: datetime
) -> str:
    """
    Raises:
        AppError: APP-022 for the cron text.
    """
    due = next_moment(cron, now, workspace.settings()["zone"])
    schedule_id = new_id()
    with workspace.database.begin() as connection:
        connection.execute(
            sa.insert(schedules).values(
                id=schedule_id, name=name, cron=cron, kind=kind, payload=payload, active=True,
                next_at=due, version=1,
            )
        )  # fmt: skip
    return schedule_id


def change_schedule(
    workspace: Workspace, row: dict[str, Any], values: dict[str, Any], version: int | None, now: datetime
) -> None:
    """Change a schedule as it stands in `row`; it comes due next after now.

    Raises:
        AppError: APP-022 for the cron text, APP-009 when someone else changed it since `version`.
    """
    due = next_moment(values.get("cron", row["cron"]), now, workspace.settings()["zone"])
    with workspace.database.begin() as connection:
        if not changed(
            connection, schedules, schedules.c.id == row["id"], version, {**values, "next_at": due}
        ):
            raise AppError("APP-009")


def move_to_zone(workspace: Workspace, zone: str, now: datetime) -> None:
    """Let every schedule come due at its hour in another zone; what is due already comes first."""
    waiting = sa.not_(schedules.c.active & (schedules.c.next_at <= now))
    with workspace.database.begin() as connection:
        for row in many(connection, sa.select(schedules).where(waiting)):
            due = next_moment(row["cron"], now, zone)
            connection.execute(sa.update(schedules).where(schedules.c.id == row["id"]).values(next_at=due))


def run_due(workspace: Workspace, now: datetime) -> list[str]:
    """Queue every schedule that is due, each once however many moments were missed; ids of the jobs."""
    zone = workspace.settings()["zone"]
    started = []
    with workspace.database.begin() as connection:
        due = sa.select(schedules).where(schedules.c.active, schedules.c.next_at <= now)
        if connection.dialect.name == "postgresql":
            due = due.with_for_update(skip_locked=True)
        for row in many(connection, due):
            values = {"next_at": next_moment(row["cron"], now, zone), "last_at": now}
            connection.execute(sa.update(schedules).where(schedules.c.id == row["id"]).values(**values))
            maker = f"schedule:{row['id']}"
            started.append(add_job(connection, row["kind"], row["payload"] or {}, now=now, created_by=maker))
    return started
