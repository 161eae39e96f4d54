"""A file of customers for whoever may export: the API's and the page's one way out.

Masked where the role is, no more rows than the workspace lets out, marked, and noted in the audit log.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Literal

from fastapi import Request
from fastapi.responses import FileResponse

from lifeworth.results.export import MEDIA_TYPES
from lifeworth.results.question import Question
from lifeworth.results.runs import RunEntry
from lifeworth.web.access import Actor, record, workspace_of
from lifeworth.web.language import language_of
from lifeworth.web.masking import mask
from lifeworth.web.passing import passing_file, send_passing
from lifeworth.web.scope import customers_for, visible_to
from lifeworth.workflows.exports import Exported, export_customers

Kind = Literal["csv", "xlsx", "parquet"]
LARGE_ROWS = 2_000  # a workbook of more takes seconds
_writers = threading.BoundedSemaphore(2)


def send_customers(
    request: Request, actor: Actor, entry: RunEntry, question: Question, kind: Kind, *,
    fields: Sequence[str] = (), bom: bool = True,
) -> FileResponse:  # fmt: skip
    """
    Raises:
        AppError: APP-021 for more rows than `export_rows` of the workspace.
    """
    workspace = workspace_of(request)
    with passing_file(f".{kind}") as path:
        work = partial(
            export_customers,
            workspace.secret, entry, question, kind, path,
            by=str(actor.user["login"]),
            language=language_of(request),
            fields=fields,
            shown=None if actor.may("pii:view") else mask,
            most=int(workspace.settings()["export_rows"]),
            bom=bom,
            visible=visible_to(request, actor),
        )  # fmt: skip
        rows = customers_for(request, actor, entry).count(question)
        made = _apart(work) if kind == "xlsx" and rows > LARGE_ROWS else work()
        record(
            request, actor, "customers.exported", f"run:{entry.id}",
            rows=made.rows, format=kind, mark=made.mark,
        )  # fmt: skip
    return send_passing(
        path,
        media_type=MEDIA_TYPES[kind],
        filename=made.name,
        headers={"x-export-mark": made.mark, "x-row-count": str(made.rows)},
    )


def _apart(work: Callable[[], Exported]) -> Exported:
    """In a process of its own, which lets others go first: nobody's page waits for a workbook."""
    with _writers, ProcessPoolExecutor(1, get_context("spawn"), initializer=_last) as pool:
        return pool.submit(work).result()


def _last() -> None:
    if hasattr(os, "nice"):
        os.nice(10)
