"""A page about a run: the actor, the words, the run and the facts that qualify its numbers."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from fastapi import Request
from fastapi.responses import HTMLResponse

from lifeworth.base.errors import AppError
from lifeworth.base.kept import Kept
from lifeworth.reports.blocks import Picture, Section
from lifeworth.reports.documents.reading import Reading
from lifeworth.reports.documents.value_statement import qualifiers
from lifeworth.reports.formats.cells import table_cells
from lifeworth.reports.formats.html import chart_json
from lifeworth.results.columns import Columns
from lifeworth.results.contract import CUSTOMERS_PARQUET, IMPORT_REPORT, SUMMARY, TABLES, Run
from lifeworth.results.customers import customers_of
from lifeworth.results.runs import RunEntry
from lifeworth.results.tables import table_names
from lifeworth.text.catalog import Catalog, catalog
from lifeworth.text.format import Format
from lifeworth.text.messages import error_text
from lifeworth.web.access import Actor, workspace_of
from lifeworth.web.language import language_of
from lifeworth.web.masking import PERSONAL, mask
from lifeworth.web.templating import empty_document, render

Part = Callable[[Reading], Section | None]
_sections: Kept[list[Section]] = Kept(200)
_tables: Kept[pa.Table] = Kept(8)


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

    @cached_property
    def run(self) -> Run:
        """The run, masked where the actor may not see who is who. Raises AppError APP-018 without one."""
        if self.entry is None:
            raise AppError("APP-018")
        shown = None if self.actor.may("pii:view") else mask
        customers = Columns(customers_of(self.entry, self.workspace.secret), shown)
        changed = (self.entry.folder / IMPORT_REPORT).stat().st_mtime_ns
        run = Run(self.entry.folder, customers, self.entry.summary, _report(self.entry.folder, changed))
        return replace(run, tables=_Masked(run)) if shown else run

    @cached_property
    def reading(self) -> Reading:
        return Reading(self.run, self.language)

    def sections(self, parts: Sequence[Part]) -> list[Section]:
        """What the parts say of the run; worked out once for all who read it in this language."""

        def make() -> list[Section]:
            return [made for part in parts if (made := part(self.reading)) is not None]

        if self.entry is None:
            raise AppError("APP-018")
        changed = [(self.entry.folder / name).stat().st_mtime_ns for name in (SUMMARY, CUSTOMERS_PARQUET)]
        key = (self.entry.folder, *changed, self.language, self.actor.may("pii:view"), *parts)
        return _sections.get(key, make)

    @cached_property
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


class _Masked(Mapping[str, pa.Table]):
    """The further tables of a run, with masks for whoever they name."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __iter__(self) -> Iterator[str]:
        return iter(table_names(self._run.folder))

    def __len__(self) -> int:
        return len(table_names(self._run.folder))

    def __contains__(self, name: object) -> bool:
        return name in table_names(self._run.folder)

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self:
            raise KeyError(name)
        path = self._run.folder / TABLES / f"{name}.parquet"
        return _tables.get((path, path.stat().st_mtime_ns), lambda: _masked(self._run.table(name)))


def _masked(table: pa.Table) -> pa.Table:
    for name in PERSONAL:
        if name in table.column_names:
            names = [who and mask(who) for who in table[name].to_pylist()]
            table = table.set_column(table.column_names.index(name), name, pa.array(names, pa.string()))
    return table


@lru_cache(maxsize=40)
def _report(folder: Path, changed_ns: int) -> dict[str, Any]:
    return json.loads((folder / IMPORT_REPORT).read_text(encoding="utf-8"))
