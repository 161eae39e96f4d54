"""The report of a published run in another language, made by a worker; kept beside the run."""

import os
from typing import Any

from lifeworth.base.clock import now
from lifeworth.reports import value_report
from lifeworth.results.contract import CUSTOMERS_PARQUET, REPORT_HTML, report_name
from lifeworth.results.runs import RunEntry
from lifeworth.store.jobs import add_job
from lifeworth.text.catalog import language_tag
from lifeworth.workflows.step import Progress
from lifeworth.workflows.workspace import Workspace


def report_file(entry: RunEntry, language: str) -> str | None:
    """The name of the file that holds the report in this language; None until somebody has it made."""
    names = [report_name(language)]
    if entry.summary.get("language", "en") == language:
        names.insert(0, REPORT_HTML)  # gone after a person was erased, until it is made again
    return next((name for name in names if (entry.folder / name).exists()), None)


def start_report(workspace: Workspace, entry: RunEntry, language: str, *, by: str) -> str:
    """Queue the report of a run in a language; the id of the job."""
    payload = {"run_id": entry.id, "language": language_tag(language)}
    with workspace.database.begin() as connection:
        return add_job(connection, "report", payload, now=now(), created_by=by)


def report_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind "report"."""
    progress("report", 0.0)
    entry, language = workspace.run(job["payload"]["run_id"]), job["payload"]["language"]
    name, customers = report_name(language), entry.folder / CUSTOMERS_PARQUET
    fresh, made_of = entry.folder / f".{name}.{os.getpid()}", 0
    while made_of != customers.stat().st_mtime_ns:  # again where somebody was erased meanwhile
        made_of = customers.stat().st_mtime_ns
        text = value_report(entry.read(), language, lambda share: progress("report", share))
        fresh.write_text(text, encoding="utf-8")
        fresh.rename(entry.folder / name)
    return {"report_of": entry.id, "language": language, "file": name}
