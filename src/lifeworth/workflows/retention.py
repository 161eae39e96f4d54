"""How long things are kept: rules of the workspace, shown before they are followed.

keep_runs          so many published runs, the newest; older ones go
keep_files_days    files of imports that were undone, failed or never confirmed go after so many days
keep_traces_days   ended jobs, sent webhooks, sessions and tokens that are over go after so many days

0 keeps everything. Uploads that were cut off go after an hour, whatever the rules. Files of active imports,
the audit log and the log of erasures always stay.
"""

import datetime
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.results.runs import RunEntry
from lifeworth.store import jobs
from lifeworth.store.audit import write_audit
from lifeworth.store.rows import many
from lifeworth.store.tables import deliveries, imports, one_time_tokens, sessions, uploads
from lifeworth.store.tables import jobs as job_table
from lifeworth.workflows.ingest import ACTIVE
from lifeworth.workflows.step import Progress
from lifeworth.workflows.uploads import ABANDONED_SECONDS, drop_upload, sweep_orphans
from lifeworth.workflows.workspace import Workspace

WAITING = "waiting"


@dataclass(frozen=True)
class Due:
    """What a rule takes: `keep` is its setting, `what` the ids of what goes."""

    rule: str
    keep: int
    what: list[str]


def due(workspace: Workspace, moment: datetime.datetime) -> list[Due]:
    """What each rule would take at that moment; nothing is changed."""
    settings = workspace.settings()
    return [
        Due(rule, settings[rule], find(workspace, settings[rule], moment)) for rule, find in _FIND.items()
    ]


def follow(workspace: Workspace, moment: datetime.datetime, by: str) -> list[Due]:
    """Take what is due, and note in the audit log how much."""
    found = due(workspace, moment)
    for each in found:
        _TAKE[each.rule](workspace, each, moment)
    counts = {each.rule: len(each.what) for each in found if each.what}
    orphans = sweep_orphans(workspace, idle_seconds=ABANDONED_SECONDS)
    counts |= {"orphans": orphans} if orphans else {}
    if counts:
        with workspace.database.begin() as connection:
            write_audit(connection, "retention.followed", now=moment, actor=by, detail=counts)
        workspace.database.forget_traces()
    return found


def retention_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, int]:
    """The work of a job of the kind "retention"."""
    progress("retention", 0)
    return {each.rule: len(each.what) for each in follow(workspace, now(), by=f"job:{job['id']}")}


def delete_run(entry: RunEntry) -> None:
    """Take a run away at once, then its files."""
    gone = entry.folder.with_name(f".{entry.folder.name}.gone")
    entry.folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


# --- runs ---------------------------------------------------------------------------------------------
def _old_runs(workspace: Workspace, keep: int, moment: datetime.datetime) -> list[str]:
    return [entry.id for entry in workspace.runs()[keep:]] if keep else []


def _take_runs(workspace: Workspace, found: Due, moment: datetime.datetime) -> None:
    for entry in workspace.runs():
        if entry.id in found.what:
            delete_run(entry)


# --- files --------------------------------------------------------------------------------------------
def _old_files(workspace: Workspace, keep: int, moment: datetime.datetime) -> list[str]:
    """Ids of uploads none of whose imports is active, or was touched lately."""
    if not keep:
        return []
    limit = moment - datetime.timedelta(days=keep)
    query = sa.select(uploads.c.id, uploads.c.created_at, imports.c.status, imports.c.undone_at)
    query = query.outerjoin(imports, imports.c.upload_id == uploads.c.id).order_by(uploads.c.id)
    with workspace.database.read() as connection:
        rows = many(connection, query)
        busy = {(job["payload"] or {}).get("import_id") for job in jobs.open_jobs(connection)}
        held = sa.select(imports.c.upload_id).where(imports.c.id.in_([one for one in busy if one]))
        wanted = {row["upload_id"] for row in many(connection, held)}
    wanted |= {
        row["id"]
        for row in rows
        if row["status"] == ACTIVE or (row["undone_at"] or row["created_at"]) >= limit
    }
    return list(dict.fromkeys(row["id"] for row in rows if row["id"] not in wanted))


def _take_files(workspace: Workspace, found: Due, moment: datetime.datetime) -> None:
    for upload_id in found.what:
        drop_upload(workspace, upload_id, unless=ACTIVE)  # confirmed in this very moment


# --- traces -------------------------------------------------------------------------------------------
def _traces(limit: datetime.datetime) -> dict[str, tuple[sa.Table, Any, Any]]:
    """kind -> (table, its key, what is over)."""
    sent = (deliveries.c.status != WAITING) & (deliveries.c.created_at < limit)
    over = (sessions.c.expires_at < limit) | (sessions.c.revoked_at < limit)
    return {
        "job": (job_table, job_table.c.id, job_table.c.finished_at < limit),
        "delivery": (deliveries, deliveries.c.id, sent),
        "session": (sessions, sessions.c.id, over),
        "token": (one_time_tokens, one_time_tokens.c.purpose, one_time_tokens.c.expires_at < limit),
    }


def _old_traces(workspace: Workspace, keep: int, moment: datetime.datetime) -> list[str]:
    if not keep:
        return []
    found = []
    with workspace.database.read() as connection:
        for kind, (_, key, over) in _traces(moment - datetime.timedelta(days=keep)).items():
            found += [f"{kind}:{row[0]}" for row in connection.execute(sa.select(key).where(over))]
    return found


def _take_traces(workspace: Workspace, found: Due, moment: datetime.datetime) -> None:
    if not found.keep:
        return
    with workspace.database.begin() as connection:
        for table, _, over in _traces(moment - datetime.timedelta(days=found.keep)).values():
            connection.execute(sa.delete(table).where(over))


_FIND: dict[str, Callable[[Workspace, int, datetime.datetime], list[str]]] = {
    "keep_runs": _old_runs,
    "keep_files_days": _old_files,
    "keep_traces_days": _old_traces,
}
_TAKE: dict[str, Callable[[Workspace, Due, datetime.datetime], None]] = {
    "keep_runs": _take_runs,
    "keep_files_days": _take_files,
    "keep_traces_days": _take_traces,
}
