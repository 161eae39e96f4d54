"""From raw tables to orders: the stages of cleaning in their order, and the report.

Stage one types every row, or says why it cannot be used; then duplicates, currency and the scope of
amounts are settled over all files together. Stage two makes lines and finds customers and the
purchases that reversals undo. Stage three folds lines into orders.
"""

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding, Severity
from lifeworth.data.cleaning.currency import settle_currency
from lifeworth.data.cleaning.date_forms import Order
from lifeworth.data.cleaning.dates import Zones
from lifeworth.data.cleaning.duplicates import mark_duplicates
from lifeworth.data.cleaning.folding import fold_orders, lines_sql
from lifeworth.data.cleaning.identity import resolve_customers
from lifeworth.data.cleaning.lines import make_lines, number_orders
from lifeworth.data.cleaning.returns import price_returns
from lifeworth.data.cleaning.reversals import match_reversals
from lifeworth.data.cleaning.rows import type_rows
from lifeworth.data.cleaning.rules import Cleaned, File
from lifeworth.data.cleaning.scope import add_back_refunds, settle_scope
from lifeworth.data.report import FileReport, ImportReport
from lifeworth.data.sources.cells import strip_guards
from lifeworth.data.sources.fields import FIELDS
from lifeworth.data.sources.orders import Orders
from lifeworth.data.sources.raw import ROW, RawTable
from lifeworth.data.tables.order_lines import ORDER_LINES
from lifeworth.data.tables.orders import ORDERS
from lifeworth.engines.protocol import Engine

_imports = itertools.count(1)


@dataclass(frozen=True)
class Settings:
    """What the caller decided; None leaves it to the files."""

    until_day: int | None = None
    zone: str | None = None
    currency: str | None = None
    rates: Any | None = None
    duplicates: str | None = None
    dates: Order | None = None


def import_orders(raws: Sequence[RawTable], settings: Settings, engine: Engine, *, kind: str) -> Orders:
    """Run all stages over `raws`.

    Raises:
        DataError: DATA-200 no row can be used; DATA-210, DATA-211 dates; DATA-220, DATA-221 currencies.
    """
    zone = settings.zone or next((r.rules.zone for r in raws if r.rules and r.rules.zone), "UTC")
    for number, raw in enumerate(raws):
        engine.register(f"import_raw_{number}", _stripped(raw))
    engine.register("import_files", pa.table({"file": range(len(raws)), "name": [r.name for r in raws]}))
    files = [_file(number, raw, settings, zone) for number, raw in enumerate(raws)]
    cleaned = _type_all(engine, files)
    findings = [finding for raw in raws for finding in raw.findings]
    findings += [finding for one in cleaned for finding in one.findings]
    engine.create("import_rows", " UNION ALL ".join(f"SELECT * FROM import_rows_{f.number}" for f in files))
    for file in files:
        engine.drop(f"import_rows_{file.number}")
    mark_duplicates(engine)
    currency, more = settle_currency(
        engine, asked=settings.currency, rates=settings.rates, signs=_signs(cleaned)
    )
    findings += more
    findings += settle_scope(engine, _without_layout(files))
    findings += add_back_refunds(engine, _with_whole(files))
    _refuse_nothing(engine, raws)
    make_lines(engine)
    findings += resolve_customers(engine)
    if number_orders(engine):
        findings.append(Finding("orders_numbers_reused", "info", {}))
    findings += price_returns(engine)
    findings += match_reversals(engine)
    findings += fold_orders(engine, zone=zone, currency=currency)
    reports = [_report(engine, n, raw, one) for n, (raw, one) in enumerate(zip(raws, cleaned, strict=True))]
    findings += _counted_findings(reports)
    report = ImportReport(tuple(reports), currency, tuple(findings))
    return _orders(engine, raws, report, zone, kind)


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
    policy = settings.duplicates or (raw.rules.duplicates if raw.rules else "once")
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
        dates=settings.dates,
        until_day=settings.until_day,
    )


def _type_all(engine: Engine, files: list[File]) -> list[Cleaned]:
    """Type the rows of every file; one whose dates fit both orders takes the order of its siblings."""
    cleaned: dict[int, Cleaned] = {}
    doubtful: dict[int, DataError] = {}
    for file in files:
        try:
            cleaned[file.number] = type_rows(engine, file)
        except DataError as error:
            if error.code != "DATA-210":
                raise
            doubtful[file.number] = error
    for number, doubt in doubtful.items():
        known = {one.date_order for one in cleaned.values() if one.date_order is not None}
        if len(known) != 1:
            raise doubt
        sibling = dataclasses.replace(files[number], dates_elsewhere=known.pop())
        cleaned[number] = type_rows(engine, sibling)
    return [cleaned[file.number] for file in files]


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


def _refuse_nothing(engine: Engine, raws: Sequence[RawTable]) -> None:
    reasons = engine.query(
        "SELECT COALESCE(reason, '') AS reason, COUNT(*) AS n FROM import_rows "
        "GROUP BY 1 ORDER BY n DESC, reason"
    ).to_pylist()
    if any(row["reason"] == "" for row in reasons):
        return
    why = ", ".join(f"{row['reason']} {row['n']}" for row in reasons)
    names = [raw.name for raw in raws]
    raise DataError("DATA-200", files=names, rows=sum(row["n"] for row in reasons), reasons=why)


def _report(engine: Engine, number: int, raw: RawTable, cleaned: Cleaned) -> FileReport:
    rejected: dict[str, int] = {}
    for row in raw.rejected:
        rejected[row.reason] = rejected.get(row.reason, 0) + 1
    counts = engine.query(
        "SELECT reason, COUNT(*) AS n FROM import_rows WHERE file = :file AND reason IS NOT NULL GROUP BY 1",
        file=number,
    ).to_pylist()
    for row in counts:
        rejected[row["reason"]] = rejected.get(row["reason"], 0) + row["n"]
    used: dict[str, Any] = engine.query(
        "SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE customer_id IS NULL) AS nobody, SUM(gross) AS gross, "
        "SUM(discount) AS discounts, SUM(refund) AS refunds, MIN(day) AS first_day, MAX(day) AS last_day "
        "FROM import_lines WHERE file = :file",
        file=number,
    ).to_pylist()[0]
    return FileReport(
        name=raw.name,
        role=raw.role,
        rows_read=raw.rows_read,
        rows_used=used["n"],
        rows_rejected=dict(sorted(rejected.items())),
        lines_without_customer=used["nobody"],
        gross=used["gross"] or Decimal(0),
        discounts=used["discounts"] or Decimal(0),
        refunds=used["refunds"] or Decimal(0),
        first_day=used["first_day"],
        last_day=used["last_day"],
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        preset=raw.preset,
        mapping={name: {"column": c, "why": raw.why.get(name, "")} for name, c in raw.mapping.items()},
        date_order=cleaned.date_order,
    )


def _counted_findings(reports: Sequence[FileReport]) -> list[Finding]:
    findings = []
    duplicates = sum(report.duplicates for report in reports)
    nobody = sum(report.lines_without_customer for report in reports)
    used = sum(report.rows_used for report in reports)
    if duplicates:
        findings.append(Finding("orders_duplicates", "info", {"count": duplicates}))
    if nobody:
        severity: Severity = "warn" if nobody > 0.05 * used else "info"
        findings.append(Finding("orders_without_customer", severity, {"count": nobody, "rows": used}))
    lost: dict[str, int] = {}
    for report in reports:
        for reason in ("bad_date", "no_date", "no_amount"):
            lost[reason] = lost.get(reason, 0) + report.rows_rejected.get(reason, 0)
    for reason, count in lost.items():
        if count:
            findings.append(Finding(f"orders_{reason}", "warn", {"count": count}))
    return findings


def _orders(engine: Engine, raws: Sequence[RawTable], report: ImportReport, zone: str, kind: str) -> Orders:
    table = ORDERS.conform(engine.query("SELECT * FROM import_orders ORDER BY source_file, source_row"))
    name = f"order_lines_{next(_imports)}"
    engine.create(name, lines_sql(zone))
    rejected = _rejected(engine, raws)
    identified = table["customer_id"].null_count < table.num_rows
    for leftover in (
        "rows",
        "lines",
        "orders",
        "events",
        "found",
        "matches",
        "shares",
        "repeats",
        "twins",
        "files",
    ):
        engine.drop(f"import_{leftover}")
    for number in range(len(raws)):
        engine.drop(f"import_raw_{number}")

    def fetch() -> pa.Table:
        return ORDER_LINES.conform(engine.query(f"SELECT * FROM {name} ORDER BY source_file, source_row"))

    return Orders(table, report, rejected, zone, identified, kind, fetch)


def _rejected(engine: Engine, raws: Sequence[RawTable]) -> pa.Table:
    """Every row that was not used, with its cells as they stood in the file."""
    parts = []
    for number, raw in enumerate(raws):
        found = engine.query(
            "SELECT row, reason FROM import_rows WHERE file = :file AND reason IS NOT NULL ORDER BY row",
            file=number,
        )
        cells = raw.table.filter(pa.compute.is_in(raw.table[ROW], value_set=found["row"].combine_chunks()))
        cells = cells.sort_by(ROW).drop_columns([ROW])
        cells = cells.rename_columns([_apart(column) for column in cells.column_names])
        names = pa.array([raw.name] * found.num_rows, pa.string())
        parts.append(pa.table({"file": names, "row": found["row"], "reason": found["reason"]}))
        for column in cells.column_names:
            parts[-1] = parts[-1].append_column(column, cells[column].cast(pa.string()))
        lost = [(raw.name, row.row, row.reason, row.text) for row in raw.rejected]
        if lost:
            columns = list(zip(*lost, strict=True))
            parts.append(
                pa.table(
                    {
                        "file": pa.array(columns[0], pa.string()),
                        "row": pa.array(columns[1], pa.int64()),
                        "reason": pa.array(columns[2], pa.string()),
                        "text": pa.array(columns[3], pa.string()),
                    }
                )
            )
    return pa.concat_tables(parts, promote_options="default")


def _apart(column: str) -> str:
    """A column of the file that is called like one of ours."""
    return f"{column} (file)" if column in ("file", "row", "reason", "text") else column
