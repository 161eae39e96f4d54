"""Work to be done: a queue in a table. A worker takes a job on a lease and renews it while it works.

A worker that dies leaves its lease to run out; then another takes the job. `claim` gives a job to
one worker only: by SKIP LOCKED on PostgreSQL, by one writer at a time on SQLite.
"""

import datetime
from typing import Any

import sqlalchemy as sa

from lifeworth.store.ids import new_id
from lifeworth.store.rows import Row, many, one, take_turn
from lifeworth.store.tables import jobs

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OPEN = (WAITING, RUNNING)
LEASE_SECONDS = 60
RETRY_SECONDS = (5, 30, 120)
_LOCK = 0x6C79  # of PostgreSQL: one at a time looks for a job and adds it


def add_job(
    connection: sa.Connection,
    kind: str,
    payload: dict[str, Any],
    *,
    now: datetime.datetime,
    created_by: str = "",
    max_attempts: int = 3,
) -> str:
    job_id = new_id()
    connection.execute(
        sa.insert(jobs).values(
            id=job_id, kind=kind, status=WAITING, payload=payload, run_after=now, created_at=now,
            created_by=created_by, max_attempts=max_attempts, step="", progress=0.0, attempts=0,
            cancel_requested=False, worker="",
        )
    )  # fmt: skip
    return job_id


def alone(connection: sa.Connection) -> None:
    """Look and add without another doing so in between: for work that nobody needs twice."""
    take_turn(connection, _LOCK)


def job(connection: sa.Connection, job_id: str) -> Row | None:
    return one(connection, sa.select(jobs).where(jobs.c.id == job_id))


def open_jobs(connection: sa.Connection, kind: str | None = None) -> list[Row]:
    query = sa.select(jobs).where(jobs.c.status.in_(OPEN)).order_by(jobs.c.id)
    return many(connection, query if kind is None else query.where(jobs.c.kind == kind))


def started_by(connection: sa.Connection, job_id: str, kind: str) -> Row | None:
    """The job of a kind that another job started at its end."""
    mine = (jobs.c.kind == kind) & (jobs.c.created_by == f"job:{job_id}")
    return one(connection, sa.select(jobs).where(mine).order_by(jobs.c.id).limit(1))


def claim(connection: sa.Connection, worker: str, now: datetime.datetime) -> Row | None:
    """The next job for this worker, or None. Takes over jobs whose lease ran out."""
    _bury(connection, now)
    due = sa.or_(
        sa.and_(jobs.c.status == WAITING, jobs.c.run_after <= now),
        sa.and_(jobs.c.status == RUNNING, jobs.c.lease_until < now),
    )
    first = sa.select(jobs.c.id).where(due).order_by(jobs.c.run_after, jobs.c.id).limit(1)
    # chosen and locked first, then changed: in one statement PostgreSQL may choose twice and change nothing
    chosen = connection.execute(first.with_for_update(skip_locked=True)).scalar()
    if chosen is None:
        return None
    taken = (
        sa.update(jobs)
        .where(jobs.c.id == chosen)
        .values(
            status=RUNNING, worker=worker, lease_until=now + datetime.timedelta(seconds=LEASE_SECONDS),
            attempts=jobs.c.attempts + 1, started_at=now, progress=0.0, step="", error=sa.null(),
        )
        .returning(jobs)
    )  # fmt: skip
    return one(connection, taken)


def renew(
    connection: sa.Connection, job_id: str, worker: str, now: datetime.datetime, step: str, progress: float
) -> str:
    """Extend the lease. "go", "cancel" (someone asked for it) or "lost" (the job is another's by now)."""
    mine = (jobs.c.id == job_id) & (jobs.c.worker == worker) & (jobs.c.status == RUNNING)
    until = now + datetime.timedelta(seconds=LEASE_SECONDS)
    query = sa.update(jobs).where(mine).values(lease_until=until, step=step, progress=progress)
    asked = connection.execute(query.returning(jobs.c.cancel_requested)).first()
    return "lost" if asked is None else "cancel" if asked[0] else "go"


def finish(
    connection: sa.Connection,
    job_id: str,
    worker: str,
    now: datetime.datetime,
    *,
    status: str = DONE,
    result: Any = None,
    error: Any = None,
) -> bool:
    mine = (jobs.c.id == job_id) & (jobs.c.worker == worker) & (jobs.c.status == RUNNING)
    values = {"status": status, "result": result, "error": error, "finished_at": now, "lease_until": None}
    if status == DONE:
        values["progress"] = 1.0
    return connection.execute(sa.update(jobs).where(mine).values(**values)).rowcount == 1


def try_later(
    connection: sa.Connection, job_id: str, worker: str, now: datetime.datetime, attempts: int, error: Any
) -> bool:
    """Give a job back after a failure that may pass."""
    wait = RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1]
    mine = (jobs.c.id == job_id) & (jobs.c.worker == worker) & (jobs.c.status == RUNNING)
    values = {"status": WAITING, "run_after": now + datetime.timedelta(seconds=wait), "error": error}
    return connection.execute(sa.update(jobs).where(mine).values(**values, lease_until=None)).rowcount == 1


def cancel(connection: sa.Connection, job_id: str, now: datetime.datetime) -> bool:
    """A waiting job ends at once, a running one at its next step. False where it has ended already."""
    waiting = (jobs.c.id == job_id) & (jobs.c.status == WAITING)
    ended = connection.execute(
        sa.update(jobs).where(waiting).values(status=CANCELLED, finished_at=now, cancel_requested=True)
    )
    running = (jobs.c.id == job_id) & (jobs.c.status == RUNNING)
    asked = connection.execute(sa.update(jobs).where(running).values(cancel_requested=True))
    return ended.rowcount + asked.rowcount > 0


def retry(connection: sa.Connection, job_id: str, now: datetime.datetime) -> bool:
    """Put a failed or cancelled job back at the start. False where it has not ended that way."""
    ended = (jobs.c.id == job_id) & jobs.c.status.in_((FAILED, CANCELLED))
    values = {"status": WAITING, "attempts": 0, "cancel_requested": False, "run_after": now, "progress": 0.0}
    again = sa.update(jobs).where(ended).values(**values, step="", error=sa.null(), finished_at=None)
    return connection.execute(again).rowcount == 1


def release(connection: sa.Connection, worker: str, now: datetime.datetime) -> int:
    """Let go of the jobs of a worker that is known to be dead, without waiting for its leases."""
    held = (jobs.c.worker == worker) & (jobs.c.status == RUNNING)
    past = now - datetime.timedelta(seconds=1)
    return connection.execute(sa.update(jobs).where(held).values(lease_until=past)).rowcount


def workers(connection: sa.Connection) -> list[str]:
    """Names of the workers that hold a job."""
    query = sa.select(jobs.c.worker).where(jobs.c.status == RUNNING).distinct()
    return [row[0] for row in connection.execute(query)]


def _bury(connection: sa.Connection, now: datetime.datetime) -> None:
    """End jobs whose worker died at the last attempt, or died after someone asked to cancel."""
    stale = (jobs.c.status == RUNNING) & (jobs.c.lease_until < now)
    ended: dict[str, Any] = {"finished_at": now, "lease_until": None}
    connection.execute(
        sa.update(jobs).where(stale, jobs.c.cancel_requested).values(status=CANCELLED, **ended)
    )
    spent = sa.update(jobs).where(stale, jobs.c.attempts >= jobs.c.max_attempts)
    connection.execute(spent.values(status=FAILED, error={"code": "APP-025", "facts": {}}, **ended))
