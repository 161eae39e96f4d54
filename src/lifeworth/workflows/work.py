"""What each kind of job does, and what follows when it has ended."""

from collections.abc import Callable
from typing import Any

from lifeworth.workflows import recalculate
from lifeworth.workflows.step import Progress
from lifeworth.workflows.workspace import Workspace

Work = Callable[[Workspace, dict[str, Any], Progress], Any]


class Cancelled(Exception):
    """Someone asked the job to stop."""


class Lost(Exception):
    """The lease ran out and another worker has the job."""


WORK: dict[str, Work] = {
    "value": recalculate.value_job,
}


def after_job(workspace: Workspace, job: dict[str, Any], status: str, result: Any) -> None:
    """Tell whoever wants to know that a job has ended."""
