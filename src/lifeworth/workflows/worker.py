"""A worker takes jobs off the queue and does them, one after the other.

Its lease on a job is renewed by a thread of its own, so that a long step loses nothing; the same
thread tells how far the work is and hears of a wish to cancel, which takes effect at the next step.
Work publishes whole or not at all, so a job that was cut off is simply done again.
"""

import logging
import os
import socket
import threading
from typing import Any

from lifeworth.base.clock import now
from lifeworth.base.errors import LifeworthError
from lifeworth.store import assignments, jobs
from lifeworth.store.ids import new_id
from lifeworth.workflows.pace import done
from lifeworth.workflows.step import Cancelled, Lost
from lifeworth.workflows.uploads import ABANDONED_SECONDS, sweep_orphans
from lifeworth.workflows.work import WORK, after_job
from lifeworth.workflows.workspace import Workspace

IDLE_SECONDS = 0.5
RENEW_SECONDS = 1
HOUSEKEEPING_SECONDS = 20
_log = logging.getLogger("lifeworth.worker")


class Worker:
    """`start` works in a thread until `stop`; `run_once` does one job, if there is one, here and now."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.name = f"{socket.gethostname()}/{os.getpid()}/{new_id()[-6:]}"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="lifeworth-worker", daemon=True)

    def start(self) -> "Worker":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=10)

    def run(self) -> None:
        """Work until `stop`."""
        release_dead(self._workspace)
        tick = 0.0
        while not self._stopping.is_set():
            try:
                if tick <= 0:
                    self._housekeeping()
                    tick = HOUSEKEEPING_SECONDS
                if not self.run_once():
                    self._stopping.wait(IDLE_SECONDS)
                    tick -= IDLE_SECONDS
            except Exception as error:  # the database was away: the worker stays
                _log.error("worker: %s", type(error).__name__)
                self._stopping.wait(5)

    def run_once(self) -> bool:
        """Do the next job; False where there is none."""
        with self._workspace.database.begin() as connection:
            job = jobs.claim(connection, self.name, now())
        if job is None:
            return False
        self._do(job)
        return True

    def run_all(self) -> None:
        """Do what is waiting, then return."""
        while self.run_once():
            pass

    def _housekeeping(self) -> None:
        from lifeworth.workflows.schedules import run_due

        run_due(self._workspace, now())
        sweep_orphans(self._workspace, idle_seconds=ABANDONED_SECONDS)
        with self._workspace.database.begin() as connection:
            assignments.drop_drafts(connection, now())

    def _do(self, job: dict[str, Any]) -> None:
        lease = _Lease(self._workspace, job, self.name)
        error: dict[str, Any] | None = None
        status, result, again = jobs.DONE, None, False
        try:
            with lease:
                result = WORK[job["kind"]](self._workspace, job, lease.progress)
        except Lost:
            return
        except Cancelled:
            status = jobs.CANCELLED
        except LifeworthError as refusal:
            status, error = jobs.FAILED, {"code": refusal.code, "facts": _plain(refusal.facts)}
        except Exception as failure:
            _log.error("job %s (%s) failed: %s", job["id"], job["kind"], type(failure).__name__,
                       exc_info=failure if _log.isEnabledFor(logging.DEBUG) else None)  # fmt: skip
            error = {"code": "APP-025", "facts": {"kind": type(failure).__name__}}
            status, again = jobs.FAILED, job["attempts"] < job["max_attempts"]
        with self._workspace.database.begin() as connection:
            if again:
                jobs.try_later(connection, job["id"], self.name, now(), job["attempts"], error)
                return
            jobs.finish(connection, job["id"], self.name, now(), status=status, result=result, error=error)
        after_job(self._workspace, job, status, result)


class _Lease:
    """Renewed in the background while the work goes on; `progress` is handed to the work."""

    def __init__(self, workspace: Workspace, job: dict[str, Any], worker: str) -> None:
        self._workspace, self._job_id, self._kind, self._worker = workspace, job["id"], job["kind"], worker
        self._step, self._share, self._word = "", 0.0, "go"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> "_Lease":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def progress(self, step: str, share: float = 0.0) -> None:
        """`share`: of the step. What is told of the job never goes back.

        Raises Cancelled when someone asked for it, Lost when another worker has the job by now.
        """
        fresh = step != self._step
        self._step, self._share = step, max(self._share, done(self._kind, step, share))
        if fresh:
            self._renew()
        if self._word == "cancel":
            raise Cancelled
        if self._word == "lost":
            raise Lost

    def _keep(self) -> None:
        while not self._over.wait(RENEW_SECONDS):
            try:
                self._renew()
            except Exception as error:  # tried again before the lease runs out
                _log.warning("lease: %s", type(error).__name__)

    def _renew(self) -> None:
        with self._workspace.database.begin() as connection:
            self._word = jobs.renew(connection, self._job_id, self._worker, now(), self._step, self._share)


def release_dead(workspace: Workspace) -> None:
    """Take the jobs of workers of this machine whose process is gone, without waiting for their leases."""
    here = socket.gethostname()
    with workspace.database.begin() as connection:
        for worker in jobs.workers(connection):
            host, _, rest = worker.partition("/")
            if host == here and not _lives(int(rest.partition("/")[0])):
                jobs.release(connection, worker, now())


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [plain(one) for one in value]
        return value if isinstance(value, str | int | float | bool | None) else str(value)

    return {name: plain(value) for name, value in facts.items()}
