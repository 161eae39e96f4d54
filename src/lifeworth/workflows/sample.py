"""Samples put into a workspace as a user would, and valued: a simulated company or real orders."""

import tempfile
from pathlib import Path
from typing import Any

from lifeworth.base.clock import now
from lifeworth.data.samples import CDNOW
from lifeworth.data.samples.company import write_company
from lifeworth.store import jobs
from lifeworth.workflows import ingest, recalculate
from lifeworth.workflows.recognition import ORDERS
from lifeworth.workflows.step import Progress, silent
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.workspace import Workspace

COMPANY, REAL = "company", "orders"
SEED, CUSTOMERS = 7, 3000


def start_sample(workspace: Workspace, what: str, language: str, *, by: str = "") -> tuple[str, bool]:
    """(id of the job that loads a sample and values it, whether it is new): the one there is where the same
    sample waits or is being loaded.
    """
    wanted = {"what": what, "language": language}
    with workspace.database.begin() as connection:
        jobs.alone(connection)
        for job in jobs.open_jobs(connection, "sample"):
            if job["payload"] == wanted:
                return job["id"], False
        return jobs.add_job(connection, "sample", wanted, now=now(), created_by=by), True


def sample_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind "sample"; gives the id of the run. A second time nothing is added."""
    asked = job["payload"] or {}
    progress("import", 0)
    if asked.get("what") == COMPANY:
        language = asked.get("language") or workspace.settings()["language"]
        with tempfile.TemporaryDirectory() as folder:
            files = write_company(Path(folder), language, SEED, CUSTOMERS)
            beside = [
                ("costs", files.costs), ("costs", files.cases),
                ("products", files.products), ("referrals", files.referrals), ("marketing", files.marketing),
                ("surveys", files.surveys), ("relationships", files.households),
                ("subscriptions", files.subscriptions), ("campaigns", files.campaign),
            ]  # fmt: skip
            _bring_in(workspace, job, ORDERS, files.orders, {"currency": files.currency})
            for number, (kind, path) in enumerate(beside):
                progress("import", (number + 1) / (len(beside) + 1))
                _bring_in(workspace, job, kind, path, {})
    else:
        _bring_in(workspace, job, ORDERS, CDNOW, {"currency": "USD"})
    return recalculate.value_job(workspace, {**job, "payload": {}}, progress)


def _bring_in(
    workspace: Workspace,
    job: dict[str, Any],
    kind: str,
    path: Path,
    options: dict[str, Any],
) -> None:
    upload = save_upload(workspace, path.name, [path.read_bytes()], by=ingest.SAMPLE)
    row, _ = ingest.add_import(workspace, upload, kind, by=ingest.SAMPLE)
    payload = {"import_id": row["id"], "activate": True, "options": options}
    ingest.import_job(workspace, {**job, "payload": payload}, silent)
