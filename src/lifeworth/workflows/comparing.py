"""Comparisons that pages ask for: what is kept at once, small runs on the spot, large ones by a worker."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.results.runs import RunEntry
from lifeworth.store import jobs
from lifeworth.store.rows import Row, many
from lifeworth.store.tables import jobs as table
from lifeworth.workflows.comparison import compared, kept_comparison
from lifeworth.workflows.step import Progress
from lifeworth.workflows.workspace import Workspace

COMPARE = "compare"  # kind of the jobs
AT_ONCE = 20_000  # customers of both runs that are compared within a request
LOOKED_THROUGH = 200  # of the newest jobs of the kind


@dataclass(frozen=True)
class Asked:
    """`told` as `compare_runs` gives it, or None and the job that works it out, or failed to."""

    told: dict[str, Any] | None
    job: Row | None = None


def ask_comparison(
    workspace: Workspace, before: RunEntry, after: RunEntry, *, by: str, again: bool = False
) -> Asked:
    """What there is of a comparison. A worker is set to it where it takes long; one that failed stays so
    until someone asks `again`.
    """
    told = kept_comparison(before, after)
    if told is not None:
        return Asked(told)
    if before.summary["customers"] + after.summary["customers"] <= AT_ONCE:
        return Asked(compared(before, after))
    wanted = {"before": before.id, "after": after.id}
    with workspace.database.begin() as connection:
        jobs.alone(connection)
        job = _newest(connection, wanted)
        if job is None or job["status"] == jobs.DONE or (again and job["status"] not in jobs.OPEN):
            job = jobs.job(connection, jobs.add_job(connection, COMPARE, wanted, now=now(), created_by=by))
    return Asked(None, job)


def compare_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, str]:
    """The work of a job of the kind `COMPARE`; what it finds is kept beside the later run."""
    before, after = (workspace.run(job["payload"][side]) for side in ("before", "after"))
    compared(before, after, progress)
    return {"compared": after.id, "with": before.id}


def _newest(connection: sa.Connection, wanted: dict[str, str]) -> Row | None:
    query = sa.select(table).where(table.c.kind == COMPARE).order_by(table.c.id.desc())
    found = many(connection, query.limit(LOOKED_THROUGH))
    return next((job for job in found if job["payload"] == wanted), None)
