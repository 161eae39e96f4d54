"""From a companion file to its table: columns found by their headers, cells typed, rows accounted for.

Text keeps its spelling without guards; money, numbers and dates are read by the rules of the order
files, each from its whole column. A row with an unreadable or missing needed cell is rejected with
its number and the reason; rows read = rows of `table` + rows of `rejected`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.date_forms import Order
from lifeworth.data.cleaning.dates import Zones, read_dates
from lifeworth.data.cleaning.money import read_numbers
from lifeworth.data.cleaning.words import key, quoted
from lifeworth.data.sources.cells import strip_guards
from lifeworth.data.sources.files import read_grids
from lifeworth.data.sources.grid import Grid
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.raw import ROW
from lifeworth.data.tables.companion import CompanionColumn, CompanionTable
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.engines.protocol import Engine

YES = ("yes", "y", "true", "t", "1", "1.0", "是", "对", "對", "有", "真")
NO = ("no", "n", "false", "f", "0", "0.0", "否", "不", "无", "無", "没有", "沒有", "假")
REJECTED = pa.schema(
    [("file", pa.string()), ("row", pa.int64()), ("reason", pa.string()), ("text", pa.string())]
)


@dataclass(frozen=True)
class Companion:
    """One companion file, read. `mapping`: column of the table -> header of the file."""

    name: str
    table: pa.Table
    rejected: pa.Table
    mapping: dict[str, str]
    findings: list[Finding]

    @property
    def rows_read(self) -> int:
        return self.table.num_rows + self.rejected.num_rows

    def rejected_with(self, reason: NDArray[np.str_]) -> pa.Table:
        """Rows rejected on reading and those refused since, by row; "" is the reason of a row that stays."""
        rows = self.table["source_row"].to_pylist()
        more = [
            {"file": self.name, "row": row, "reason": why, "text": ""}
            for row, why in zip(rows, reason.tolist(), strict=True)
            if why
        ]
        found = [*self.rejected.to_pylist(), *more]
        return pa.Table.from_pylist(sorted(found, key=lambda row: row["row"]), schema=REJECTED)


def read_companion(
    source: Any,
    kind: CompanionTable,
    *,
    columns: Mapping[str, str] | None = None,
    engine: Engine | None = None,
    encoding: str | None = None,
    zone: str = "UTC",
    dates: Order | None = None,
) -> Companion:
    """Read a companion file or dataframe as the table `kind`.

    Args:
        source: one path or dataframe of any kind that `read_orders` takes; of a workbook, the sheet
            that has most of the columns.
        columns: column of the table -> header of the file; goes before the header words.
        zone: IANA zone in which a moment falls on its day.
        dates: the order of day, month and year, where the columns themselves cannot tell.
    Raises:
        DataError: DATA-301 when a needed column is not found, and as for order files.
    """
    engine = engine or DuckDBEngine()
    grids = read_grids(source, encoding, None, None)
    grid, mapping = max(
        ((grid, map_headers(grid, kind, columns or {})) for grid in grids), key=lambda found: len(found[1])
    )
    _demand(grid, kind, mapping)
    guarded = {header: strip_guards(grid.table[header]) for header in grid.columns}
    engine.register("companion_cells", pa.table({**guarded, ROW: grid.table[ROW]}))
    select, findings = [], list(grid.findings)
    for column in kind.columns:
        expression, found = _expression(engine, column, mapping.get(column.name), grid.name, zone, dates)
        select.append(f"{expression} AS {quoted(column.name)}")
        findings += found
    typed = engine.query(
        f"SELECT {', '.join(select)}, {ROW} AS source_row FROM companion_cells ORDER BY {ROW}"
    ).cast(kind.schema)
    reasons = _reasons(typed, kind)
    fine = pc.is_null(reasons)
    rejected = _rejected(grid, guarded, reasons)
    if rejected.num_rows:
        facts = {
            "file": grid.name,
            "count": rejected.num_rows,
            "rows": grid.table.num_rows + len(grid.rejected),
        }
        findings.append(Finding("companion_rejected", "warn", facts))
    return Companion(grid.name, typed.filter(fine), rejected, mapping, findings)


def map_headers(grid: Grid, kind: CompanionTable, asked: Mapping[str, str]) -> dict[str, str]:
    """Column of the table -> header; what was asked for first, then header words in their order."""
    headers = {plain(header): header for header in reversed(grid.columns)}
    mapping: dict[str, str] = {}
    for column in kind.columns:
        if column.name in asked:
            if asked[column.name] not in grid.columns:
                raise DataError("DATA-302", file=grid.name, column=asked[column.name], seen=grid.columns)
            mapping[column.name] = asked[column.name]
    for column in kind.columns:
        if column.name in mapping:
            continue
        for word in (column.name, *column.words.split(",")):
            header = headers.get(plain(word))
            if header is not None and header not in mapping.values():
                mapping[column.name] = header
                break
    return mapping


def _demand(grid: Grid, kind: CompanionTable, mapping: Mapping[str, str]) -> None:
    groups = [(column.name,) for column in kind.columns if column.needed] + list(kind.one_of)
    for group in groups:
        if not set(group) & set(mapping):
            raise DataError(
                "DATA-301", file=grid.name, table=kind.name, column=" / ".join(group), seen=grid.columns
            )


def _expression(
    engine: Engine,
    column: CompanionColumn,
    header: str | None,
    file: str,
    zone: str,
    order: Order | None,
) -> tuple[str, list[Finding]]:
    if header is None:
        sql = {
            "text": "VARCHAR",
            "money": "DECIMAL(18, 4)",
            "number": "DOUBLE",
            "day": "INTEGER",
            "flag": "BOOLEAN",
        }
        return f"CAST(NULL AS {sql[column.kind]})", []
    if column.kind == "text":
        return key(quoted(header)), []
    if column.kind == "day":
        dates = read_dates(engine, "companion_cells", header, file=file, zones=Zones(zone, zone), asked=order)
        return f"date_diff('day', DATE '1970-01-01', CAST({dates.expression} AS DATE))", dates.findings
    if column.kind == "flag":
        word = f"lower({quoted(header)})"
        yes, no = (", ".join(f"'{each}'" for each in words) for words in (YES, NO))
        return f"CASE WHEN {word} IN ({yes}) THEN TRUE WHEN {word} IN ({no}) THEN FALSE END", []
    numbers = read_numbers(engine, "companion_cells", header, file=file)
    kind = "DOUBLE" if column.kind == "number" else "DECIMAL(18, 4)"
    return f"CAST({numbers.expression} AS {kind})", numbers.findings


def _reasons(typed: pa.Table, kind: CompanionTable) -> pa.ChunkedArray:
    """Per row the reason why it cannot be used, or null: "no_<column>"."""
    reasons = pa.chunked_array([pa.nulls(typed.num_rows, pa.string())])
    groups = [(column.name,) for column in kind.columns if column.needed] + list(kind.one_of)
    for group in groups:
        empty = pc.is_null(typed[group[0]])
        for name in group[1:]:
            empty = pc.and_(empty, pc.is_null(typed[name]))
        reason = pc.if_else(empty, pa.scalar(f"no_{group[0]}"), pa.scalar(None, pa.string()))
        reasons = pc.coalesce(reasons, reason)
    return reasons


def _rejected(grid: Grid, cells: Mapping[str, pa.ChunkedArray], reasons: pa.ChunkedArray) -> pa.Table:
    chosen = pc.is_valid(reasons)
    rows = pa.table({**cells, ROW: grid.table[ROW], "__reason__": reasons}).filter(chosen).to_pylist()
    found = [
        {
            "file": grid.name, "row": row[ROW], "reason": row["__reason__"],
            "text": "\t".join(row[header] or "" for header in cells),
        }
        for row in rows
    ]  # fmt: skip
    found += [
        {"file": grid.name, "row": row.row, "reason": row.reason, "text": row.text} for row in grid.rejected
    ]
    return pa.Table.from_pylist(sorted(found, key=lambda row: row["row"]), schema=REJECTED)
