"""Sample data in a workspace: whether they are in, which runs hold nothing else, and out with them.

Files of a sample are imports made by `SAMPLE`. They leave as one: on request, or when the first file of
one's own becomes active (`ingest`), unless its owner keeps them beside it. Runs of the sample alone go
with them, or as soon as there is a run of one's own data: nobody sets the two side by side.
"""

import datetime
from typing import Any

import sqlalchemy as sa

from lifeworth.results.runs import RunEntry
from lifeworth.store.rows import many
from lifeworth.store.tables import imports
from lifeworth.workflows.ingest import ACTIVE, SAMPLE, UNDONE, leave_out_sample
from lifeworth.workflows.recognition import ORDERS
from lifeworth.workflows.retention import delete_run
from lifeworth.workflows.workspace import Workspace


def sample_is_in(workspace: Workspace) -> bool:
    return any(row["status"] == ACTIVE and row["created_by"] == SAMPLE for row in _rows(workspace))


def asks_about_sample(workspace: Workspace) -> bool:
    """Whether the next file of one's own is the first beside the sample."""
    own = any(row["status"] == ACTIVE and row["created_by"] != SAMPLE for row in _rows(workspace))
    return sample_is_in(workspace) and not own


def own_orders(workspace: Workspace) -> bool:
    return any(_is_own(row) and row["status"] == ACTIVE for row in _rows(workspace))


def sample_runs(workspace: Workspace) -> list[RunEntry]:
    """The runs that were valued while the orders of a sample were in and no others."""
    rows = [row for row in _rows(workspace) if row["kind"] == ORDERS]
    return [
        run
        for run in workspace.runs()
        if (there := [row for row in rows if _was_in(row, datetime.datetime.fromisoformat(run.created))])
        and not any(_is_own(row) for row in there)
    ]


def forget_sample_runs(workspace: Workspace) -> int:
    """Delete the runs of the sample alone, once it is out; how many."""
    if sample_is_in(workspace):
        return 0
    gone = sample_runs(workspace)
    for run in gone:
        delete_run(run)
    return len(gone)


def remove_sample(workspace: Workspace) -> dict[str, int]:
    """Leave out all files of the sample and delete the runs of it alone; how many of each."""
    with workspace.database.begin() as connection:
        files = leave_out_sample(connection)
    return {"imports": files, "runs": forget_sample_runs(workspace)}


def _rows(workspace: Workspace) -> list[dict[str, Any]]:
    shown = ("kind", "status", "created_by", "activated_at", "undone_at")
    query = sa.select(*(imports.c[name] for name in shown)).where(imports.c.status.in_((ACTIVE, UNDONE)))
    with workspace.database.read() as connection:
        return many(connection, query)


def _is_own(row: dict[str, Any]) -> bool:
    return row["kind"] == ORDERS and row["created_by"] != SAMPLE


def _was_in(row: dict[str, Any], moment: datetime.datetime) -> bool:
    since, until = row["activated_at"], row["undone_at"]
    return since is not None and since <= moment and (not until or moment <= until)
