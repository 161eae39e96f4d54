"""A page about a run: the actor, the words, the run and the facts that qualify its numbers."""

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from lifeworth.base.errors import AppError, LifeworthError
from lifeworth.base.kept import Kept
from lifeworth.reports.blocks import Picture, Section
from lifeworth.reports.documents.reading import Reading
from lifeworth.reports.documents.value_statement import qualifiers
from lifeworth.reports.formats.cells import table_cells
from lifeworth.reports.formats.html import chart_json
from lifeworth.results.columns import Columns, Shown, masked
from lifeworth.results.contract import CUSTOMERS_PARQUET, IMPORT_REPORT, SUMMARY, TABLES, Run
from lifeworth.results.customers import customers_of
from lifeworth.results.runs import RunEntry
from lifeworth.results.tables import table_names
from lifeworth.text.catalog import Catalog, catalog
from lifeworth.text.format import Format
from lifeworth.text.messages import error_text
from lifeworth.web.access import Actor, workspace_of
from lifeworth.web.language import language_of
from lifeworth.web.masking import PERSONAL
from lifeworth.web.scope import customers_for, shown_to, visible_to
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
        self.kept_run = self.entry.id if asked and self.entry else ""  # what links and forms carry on

    def say(self, key: str, **facts: Any) -> str:
        return self.words.text(key, **facts)

    @cached_property
    def run(self) -> Run:
        """The run, masked where the actor may not see who is who. Raises AppError APP-018 without one."""
        if self.entry is None:
            raise AppError("APP-018")
        shown = shown_to(self.request, self.actor, self.entry)
        customers = Columns(customers_of(self.entry, self.workspace.secret), shown)
        changed = (self.entry.folder / IMPORT_REPORT).stat().st_mtime_ns
        run = Run(self.entry.folder, customers, self.entry.summary, _report(self.entry.folder, changed))
        return replace(run, tables=_Masked(run, shown, self.eyes)) if shown else run

    @cached_property
    def reading(self) -> Reading:
        only = None if self.entry is None else customers_for(self.request, self.actor, self.entry).only
        return Reading(self.run, self.language, only, clicks=True)

    @property
    def eyes(self) -> Hashable:
        """Tells who sees other names of customers than others; what is kept of a page is kept by it."""
        return self.actor.may("pii:view"), visible_to(self.request, self.actor)

    def sections(self, parts: Sequence[Part]) -> list[Section]:
        """What the parts say of the run; worked out once for all who see the same in this language."""

        def make() -> list[Section]:
            return [made for part in parts if (made := part(self.reading)) is not None]

        if self.entry is None:
            raise AppError("APP-018")
        changed = [(self.entry.folder / name).stat().st_mtime_ns for name in (SUMMARY, CUSTOMERS_PARQUET)]
        key = (self.entry.folder, *changed, self.language, self.eyes, *parts)
        return _sections.get(key, make)

    def at(self, address: str) -> str:
        """An address of this application as a link of this page: it leads to the same run."""
        if not self.kept_run:
            return address
        path, mark, place = address.partition("#")
        return f"{path}{'&' if '?' in path else '?'}run={quote(self.kept_run)}{mark}{place}"

    @property
    def run_field(self) -> Markup:
        """What a form that asks (`method="get"`) holds so that it asks of the same run."""
        hidden = Markup('<input type="hidden" name="run" value="{}">')
        return hidden.format(self.kept_run) if self.kept_run else Markup()

    @property
    def is_older(self) -> bool:
        """Whether the address chose another run than the newest."""
        newest = self.workspace.current_run() if self.kept_run else None
        return bool(newest and self.entry and newest.id != self.entry.id)

    @property
    def customers(self) -> str:
        """The address of the customers of this run, to be followed by what they are filtered by."""
        address = self.at("/customers")
        return f"{address}{'&' if '?' in address else '?'}"

    @property
    def number(self) -> int:
        """Which page of a list the address asks for, from 1."""
        asked = self.request.query_params.get("page", "")
        return max(1, int(asked)) if asked.isdecimal() and len(asked) < 9 else 1

    @cached_property
    def form(self) -> Format:
        return empty_document(self.language, self._currency()).form

    def refusal(self, error: LifeworthError) -> str:
        """An error as text in the reader's language."""
        return error_text(error, self.language, clicks=True)

    def told(self, problem: dict[str, Any] | None) -> str:
        """A kept error {"code", "facts"} as text in the reader's language."""
        return self.refusal(AppError(problem["code"], **problem["facts"])) if problem else ""

    def trouble(self, error: dict[str, Any]) -> str:
        """Why a job failed and what to do. Facts may quote a file: who may not see persons reads the code."""
        if self.actor.may("pii:view"):
            return self.told(error)
        return self.say("web.jobs.hidden", code=error["code"])

    def draw(
        self, template: str, *, status: int = 200, sections: Sequence[Section] = (), **facts: Any
    ) -> HTMLResponse:
        document = replace(
            empty_document(self.language, self._currency()),
            facts={
                "data": self.at("/data#data"),
                **({"customers": self.customers} if self.actor.may("customers:read") else {}),
            },
        )
        return render(
            self.request,
            template,
            status,
            page=self,
            at=self.at,
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
    """The further tables of a run, whose names stand as `shown` says; `eyes` tells one way from others."""

    def __init__(self, run: Run, shown: Shown, eyes: Hashable) -> None:
        self._run, self._names, self._eyes = run, shown, eyes

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
        key = (path, path.stat().st_mtime_ns, self._eyes)
        return _tables.get(key, lambda: masked(self._run.table(name), self._names, PERSONAL))


@lru_cache(maxsize=40)
def _report(folder: Path, changed_ns: int) -> dict[str, Any]:
    return json.loads((folder / IMPORT_REPORT).read_text(encoding="utf-8"))
