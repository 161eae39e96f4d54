"""A page about a run: the actor, the words, the run and the facts that qualify its numbers."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from fastapi import Request
from fastapi.responses import HTMLResponse

from lifeworth.base.errors import AppError
from lifeworth.reports.blocks import Picture, Section
from lifeworth.reports.documents.reading import Reading
from lifeworth.reports.documents.value_statement import qualifiers
from lifeworth.reports.formats.cells import table_cells
from lifeworth.reports.formats.html import chart_json
from lifeworth.results.contract import SUMMARY, Run
from lifeworth.results.read import read_run
from lifeworth.results.runs import RunEntry
from lifeworth.text.catalog import Catalog, catalog
from lifeworth.text.format import Format
from lifeworth.text.messages import error_text
from lifeworth.web.access import Actor, workspace_of
from lifeworth.web.language import language_of
from lifeworth.web.masking import PERSONAL, mask
from lifeworth.web.templating import empty_document, render

NAMING = ("referrals",)  # further tables that documents draw from and that name persons


class Page:
    """One request for a page, in one language, about one run (the newest, or `?run=`)."""

    def __init__(self, request: Request, actor: Actor) -> None:
        self.request, self.actor = request, actor
        self.workspace = workspace_of(request)
        self.language = language_of(request)
        self.words: Catalog = catalog(self.language)
        asked = request.query_params.get("run")
        self.entry: RunEntry | None = self.workspace.run(asked) if asked else self.workspace.current_run()

    def say(self, key: str, **facts: Any) -> str:
        return self.words.text(key, **facts)

    @property
    def run(self) -> Run:
        """The run, masked where the actor may not see who is who. Raises AppError APP-018 without one."""
        if self.entry is None:
            raise AppError("APP-018")
        changed = (self.entry.folder / SUMMARY).stat().st_mtime_ns
        return _run(self.entry.folder, changed, self.actor.may("pii:view"))

    @property
    def reading(self) -> Reading:
        return Reading(self.run, self.language)

    @property
    def form(self) -> Format:
        return empty_document(self.language, self._currency()).form

    def told(self, problem: dict[str, Any] | None) -> str:
        """A kept error {"code", "facts"} as text in the reader's language."""
        return error_text(AppError(problem["code"], **problem["facts"]), self.language) if problem else ""

    def draw(
        self, template: str, *, status: int = 200, sections: Sequence[Section] = (), **facts: Any
    ) -> HTMLResponse:
        document = empty_document(self.language, self._currency())
        return render(
            self.request,
            template,
            status,
            page=self,
            say=self.say,
            doc=document,
            sections=list(sections),
            qualifiers=qualifiers(self.reading) if self.entry else (),
            cells=lambda table: table_cells(table, document.form),
            chart_json=chart_json,
            has_charts=any(isinstance(block, Picture) for each in sections for block in each.blocks),
            **facts,
        )

    def _currency(self) -> str:
        return str(self.entry.summary.get("currency") or "") if self.entry else ""


@lru_cache(maxsize=4)
def _run(folder: Path, changed_ns: int, clear: bool) -> Run:
    run = read_run(folder)
    if clear:
        return run
    tables = {name: table for name in NAMING if (table := run.table(name)) is not None}
    return replace(
        run,
        customers=_masked(run.customers),
        tables={**run.tables, **{name: _masked(table) for name, table in tables.items()}},
    )


def _masked(table: pa.Table) -> pa.Table:
    for name in PERSONAL:
        if name in table.column_names:
            names = [who and mask(who) for who in table[name].to_pylist()]
            table = table.set_column(table.column_names.index(name), name, pa.array(names, pa.string()))
    return table
