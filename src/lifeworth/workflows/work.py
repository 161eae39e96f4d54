"""What each kind of job does, and what follows when it has ended."""

from collections.abc import Callable
from typing import Any

from lifeworth.store import jobs
from lifeworth.workflows import (
    backup,
    comparing,
    erasure,
    ingest,
    recalculate,
    reports,
    retention,
    sample,
    webhooks,
)
from lifeworth.workflows.step import Progress
from lifeworth.workflows.workspace import Workspace

Work = Callable[[Workspace, dict[str, Any], Progress], Any]
WORK: dict[str, Work] = {
    "check": ingest.import_job,
    "import": ingest.import_job,
    "value": recalculate.value_job,
    "sample": sample.sample_job,
    erasure.ERASE: erasure.erase_job,
    erasure.LOOK: erasure.look_job,
    "backup": backup.backup_job,
    "retention": retention.retention_job,
    "report": reports.report_job,
    comparing.COMPARE: comparing.compare_job,
    "deliver": webhooks.deliver_job,
}


def after_job(workspace: Workspace, job: dict[str, Any], status: str, result: Any) -> None:
    """Tell whoever wants to know that a job has ended, and begin what follows from it."""
    kind = job["kind"]
    if kind == "deliver":
        return  # what tells of itself never ends
    if status == jobs.FAILED:
        webhooks.announce(workspace, "job.failed", {"job_id": job["id"], "kind": kind})
    if status != jobs.DONE:
        return
    if kind == "import":
        webhooks.announce(workspace, "import.completed", result)
        if (job["payload"] or {}).get("value") or workspace.settings()["run_after_import"]:
            recalculate.start_run(workspace, by=f"job:{job['id']}")
    elif kind == "value":
        webhooks.announce(workspace, "run.completed", result)
    elif kind == erasure.ERASE:
        webhooks.announce(workspace, "person.erased", result)
