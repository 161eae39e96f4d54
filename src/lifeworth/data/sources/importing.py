"""From raw tables to orders: the stages of cleaning in their order.

Stage one types every row, or says why it cannot be used; then duplicates, currency and the scope of
amounts are settled over all files together. Stage two finds customers, makes lines, and finds the
purchases that reversals undo. Stage three folds lines into orders.
"""

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.contacts import TOLD_BY, make_contacts
from lifeworth.data.cleaning.currency import settle_currency
from lifeworth.data.cleaning.dates import Zones
from lifeworth.data.cleaning.duplicates import mark_duplicates
from lifeworth.data.cleaning.folding import fold_orders, lines_sql
from lifeworth.data.cleaning.identity import resolve_customers
from lifeworth.data.cleaning.lines import make_lines
from lifeworth.data.cleaning.returns import price_returns
from lifeworth.data.cleaning.reversals import match_reversals
from lifeworth.data.cleaning.rows import type_rows
from lifeworth.data.cleaning.rules import Cleaned, File
from lifeworth.data.cleaning.scope import add_back_refunds, settle_scope
from lifeworth.data.cleaning.words import literal
from lifeworth.data.report import ImportReport
from lifeworth.data.sources.accounting import count_reasons, counted_findings, rejected_rows, report_file
from lifeworth.data.sources.cells import strip_guards
from lifeworth.data.sources.fields import FIELDS
from lifeworth.data.sources.orders import Orders
from lifeworth.data.sources.raw import RawTable
from lifeworth.engines.protocol import Engine

_imports = itertools.count(1)
_LEFTOVERS = ("events", "found", "matches", "shares", "repeats", "returns", "twins", "rates")


@dataclass(frozen=True)
class Settings:
    """What the caller decided; None leaves it to the files."""

    until_day: int | None = None
    zone: str | None = None
    currency: str | None = None
    rates: Any | None = None


def import_orders(raws: list[RawTable], settings: Settings, engine: Engine, *, kind: str) -> Orders:
    """Run all stages over `raws`, whose cells are let go on the way.

    Raises:
        DataError: DATA-200 no row can be used; DATA-210, DATA-211 dates; DATA-220, DATA-221 currencies.
    """
    zone = settings.zone or next((r.rules.zone for r in raws if r.rules and r.rules.zone), "UTC")
    raws[:] = [_apart(raw) for raw in raws]
    engine.create("import_files", _numbered([raw.name for raw in raws]))
    files = [_file(number, raw, settings, zone) for number, raw in enumerate(raws)]
    cleaned = _type_all(engine, raws, files)
    findings = [finding for raw in raws for finding in raw.findings]
    findings += [finding for one in cleaned for finding in one.findings]
    mark_duplicates(engine)
    currency, more = settle_currency(
        engine, asked=settings.currency, rates=settings.rates, signs=_signs(cleaned)
    )
    findings += more
    findings += settle_scope(engine, _without_layout(files))
    findings += add_back_refunds(engine, _with_whole(files))
    reasons = count_reasons(engine, raws)
    rejected = rejected_rows(engine, raws)
    # ten million rows of cells are a gigabyte, and nobody reads them any more
    raws[:] = [dataclasses.replace(raw, table=raw.table.slice(0, 0), rejected=[]) for raw in raws]
    findings += resolve_customers(engine)
    if make_lines(engine):
        findings.append(Finding("orders_numbers_reused", "info", {}))
    told = any(name in file.columns for file in files for name in TOLD_BY)
    if told:
        make_contacts(engine)
    engine.drop("import_rows")
    findings += price_returns(engine)
    findings += match_reversals(engine)
    findings += fold_orders(engine, zone=zone, currency=currency)
    reports = [report_file(engine, n, raws[n], cleaned[n], reasons[n]) for n in range(len(raws))]
    findings += counted_findings(reports)
    report = ImportReport(tuple(reports), currency, tuple(findings))
    return _kept(engine, report, rejected, zone, kind, told=told)


def _numbered(names: Sequence[str]) -> str:
    rows = [f"SELECT {number} AS file, {literal(name)} AS name" for number, name in enumerate(names)]
    return f"SELECT * FROM ({' UNION ALL '.join(rows)}) AS names"


def _apart(raw: RawTable) -> RawTable:
    """Columns whose names differ only in capitals, which SQL cannot tell apart, get a number."""
    seen: dict[str, int] = {}
    renamed = {}
    for name in raw.table.column_names:
        seen[name.lower()] = seen.get(name.lower(), 0) + 1
        if seen[name.lower()] > 1:
            renamed[name] = f"{name} ({seen[name.lower()]})"
    if not renamed:
        return raw
    table = raw.table.rename_columns([renamed.get(name, name) for name in raw.table.column_names])
    mapping = {name: renamed.get(column, column) for name, column in raw.mapping.items()}
    return dataclasses.replace(raw, table=table, mapping=mapping)


def _stripped(raw: RawTable) -> pa.Table:
    """The cells of mapped columns as they were meant; the other columns as they are."""
    names = {column: name for name, column in raw.mapping.items()}
    table = raw.table
    for column, name in names.items():
        cells = table[column]
        if pa.types.is_string(cells.type):
            clean = strip_guards(cells, empty_words=FIELDS[name].kind != "text")
            table = table.set_column(table.column_names.index(column), column, clean)
    return table


def _file(number: int, raw: RawTable, settings: Settings, zone: str) -> File:
    own = raw.rules.zone if raw.rules and raw.rules.zone else zone
    policy = raw.duplicates or (raw.rules.duplicates if raw.rules else "once")
    types = {column: raw.table.schema.field(column).type for column in raw.mapping.values()}
    return File(
        number=number,
        name=raw.name,
        source=f"import_raw_{number}",
        columns=raw.mapping,
        types={column: type for column, type in types.items() if not pa.types.is_string(type)},
        zones=Zones(own, zone),
        rules=raw.rules,
        returns=raw.role == "returns",
        keep_duplicates=policy == "keep",
        dates=raw.dates,  # type: ignore[arg-type]
        until_day=settings.until_day,
    )


def _type_all(engine: Engine, raws: Sequence[RawTable], files: Sequence[File]) -> list[Cleaned]:
    """`import_rows` of all files; one whose dates fit both orders takes the order of its siblings."""
    cleaned: dict[int, Cleaned] = {}
    doubtful: dict[int, DataError] = {}
    for file in files:
        try:
            cleaned[file.number] = _type(engine, raws[file.number], file)
        except DataError as error:
            if error.code != "DATA-210":
                raise
            doubtful[file.number] = error
    for number, doubt in doubtful.items():
        known = {one.date_order for one in cleaned.values() if one.date_order is not None}
        if len(known) != 1:
            raise doubt
        sibling = dataclasses.replace(files[number], dates_elsewhere=known.pop())
        cleaned[number] = _type(engine, raws[number], sibling)
    parts = [f"import_rows_{file.number}" for file in files]
    if len(parts) == 1:
        engine.rename("import_rows", parts[0])
    else:
        engine.create("import_rows", " UNION ALL ".join(f"SELECT * FROM {part}" for part in parts))
        for part in parts:
            engine.drop(part)
    return [cleaned[file.number] for file in files]


def _type(engine: Engine, raw: RawTable, file: File) -> Cleaned:
    engine.register(file.source, _stripped(raw))
    try:
        return type_rows(engine, file)
    finally:
        engine.drop(file.source)


def _signs(cleaned: Sequence[Cleaned]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in cleaned:
        for code, count in one.signs.items():
            total[code] = total.get(code, 0) + count
    return total


def _without_layout(files: Sequence[File]) -> dict[int, str]:
    return {f.number: f.name for f in files if f.rules is None and "order_id" in f.columns and not f.returns}


def _with_whole(files: Sequence[File]) -> dict[int, str]:
    whole = {"order_total", "gross_amount"}
    return {f.number: f.name for f in files if "refunded_amount" in f.columns and whole & set(f.columns)}


def _kept(
    engine: Engine, report: ImportReport, rejected: pa.Table, zone: str, kind: str, *, told: bool
) -> Orders:
    """Keep orders and lines in the engine under names of their own, and clear the bench."""
    number = next(_imports)
    kept = {part: f"{part}_{number}" for part in ("import_orders", "import_lines", "import_files")}
    for part, name in kept.items():
        engine.rename(name, part)
    for leftover in _LEFTOVERS:
        engine.drop(f"import_{leftover}")
    contacts = f"import_contacts_{number}" if told else None
    if contacts:
        engine.rename(contacts, "import_contacts")
    lines = lines_sql(lines=kept["import_lines"], files=kept["import_files"], zone=zone)
    return Orders(report, rejected, zone, kind, engine, kept["import_orders"], lines, contacts)
