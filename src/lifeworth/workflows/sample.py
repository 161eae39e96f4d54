"""Samples put into a workspace as a user would, and valued: a simulated company or real orders."""

import tempfile
from pathlib import Path
from typing import Any

from lifeworth.data.samples import CDNOW
from lifeworth.data.samples.company import write_company
from lifeworth.workflows import ingest, recalculate
from lifeworth.workflows.recognition import ORDERS
from lifeworth.workflows.step import Progress
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.workspace import Workspace

COMPANY, REAL = "company", "orders"
SEED, CUSTOMERS = 7, 3000


def sample_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind "sample"; gives the id of the run. A second time nothing is added."""
    asked = job["payload"] or {}
    if asked.get("what") == COMPANY:
        language = asked.get("language") or workspace.settings()["language"]
        with tempfile.TemporaryDirectory() as folder:
            files = write_company(Path(folder), language, SEED, CUSTOMERS)
            beside = [
                ("costs", files.costs), ("costs", files.cases),
                ("products", files.products), ("referrals", files.referrals), ("marketing", files.marketing),
                ("surveys", files.surveys), ("relationships", files.households),
            ]  # fmt: skip
            _bring_in(workspace, job, progress, ORDERS, files.orders, {"currency": files.currency})
            for kind, path in beside:
                _bring_in(workspace, job, progress, kind, path, {})
        currency = files.currency
    else:
        currency = "USD"
        _bring_in(workspace, job, progress, ORDERS, CDNOW, {"currency": currency})
    if not workspace.settings()["currency"]:
        workspace.change_settings({"currency": currency})
    return recalculate.value_job(workspace, {**job, "payload": {}}, progress)


def _bring_in(
    workspace: Workspace,
    job: dict[str, Any],
    progress: Progress,
    kind: str,
    path: Path,
    options: dict[str, Any],
) -> None:
    upload = save_upload(workspace, path.name, [path.read_bytes()], by=job["created_by"])
    row, _ = ingest.add_import(workspace, upload, kind, by=job["created_by"])
    payload = {"import_id": row["id"], "activate": True, "options": options}
    ingest.import_job(workspace, {**job, "payload": payload}, progress)
