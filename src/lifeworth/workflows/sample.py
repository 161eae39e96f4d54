"""The bundled real orders, put into a workspace as a user would, and valued."""

from typing import Any

from lifeworth.data.samples import CDNOW
from lifeworth.workflows import ingest, recalculate
from lifeworth.workflows.step import Progress
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.workspace import Workspace

OPTIONS = {"currency": "USD"}


def sample_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind "sample"; gives the id of the run. A second time nothing is added."""
    upload = save_upload(workspace, CDNOW.name, [CDNOW.read_bytes()], by=job["created_by"])
    row, _ = ingest.add_import(workspace, upload, by=job["created_by"])
    payload = {"import_id": row["id"], "activate": True, "options": OPTIONS}
    ingest.import_job(workspace, {**job, "payload": payload}, progress)
    if not workspace.settings()["currency"]:
        workspace.change_settings(OPTIONS)
    return recalculate.value_job(workspace, {**job, "payload": {}}, progress)
