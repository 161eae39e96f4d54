"""What a file is: its encoding, columns, a few rows, what the columns mean and what its rows carry.

Reuses the reading of `lifeworth check`. A question that only a person can settle (two columns of
money, dates that fit two orders) comes back as `problem`, with the columns to choose from.
"""

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa

from lifeworth.base.errors import DataError, LifeworthError, UsageError
from lifeworth.data.sources.companions import Companion, read_companion
from lifeworth.data.sources.fields import FIELDS
from lifeworth.data.sources.files import read_grids
from lifeworth.data.sources.needs import NEEDED
from lifeworth.data.sources.read import read_orders
from lifeworth.data.tables.companion import CompanionTable
from lifeworth.data.tables.companions.accounts import ACCOUNTS
from lifeworth.data.tables.companions.prices import PRICES
from lifeworth.workflows.check import check_files
from lifeworth.workflows.findings import finding_records
from lifeworth.workflows.step import Progress

ORDERS, COSTS, SUBSCRIPTIONS, ATTRIBUTES = "orders", "costs", "subscriptions", "attributes"
PRICE = "unit_cost"
# what a person may decide about a file; "columns" maps a canonical name to a column, "rates" each further
# currency to what one unit of it is worth in "currency"
OPTIONS = ("columns", "encoding", "dates", "currency", "rates", "zone", "duplicates")
KINDS = (
    ORDERS, COSTS, "products", "referrals", ATTRIBUTES, "relationships", "surveys", "marketing",
    SUBSCRIPTIONS, "campaigns",
)  # fmt: skip
PREVIEW_ROWS = 20


def known_kinds() -> list[str]:
    """Kinds of files that this version can read."""
    return [kind for kind in KINDS if kind == ORDERS or companion_table(kind) is not None]


def companion_table(kind: str) -> CompanionTable | None:
    if kind not in KINDS or kind == ORDERS:
        return None
    try:
        module = import_module(f"lifeworth.data.tables.companions.{kind}")
    except ModuleNotFoundError:
        return None
    tables = [value for value in vars(module).values() if isinstance(value, CompanionTable)]
    return next((table for table in tables if table.name == kind), tables[0] if tables else None)


def columns_of(kind: str) -> dict[str, bool]:
    """Canonical name of everything that a column of such a file can mean -> whether each file needs it."""
    if kind == ORDERS:
        return {name: name in (*NEEDED, "order_id") for name in FIELDS if name != "scope"}
    table = companion_table(kind)
    tables = [table] if table else []
    tables += {COSTS: [PRICES], SUBSCRIPTIONS: [ACCOUNTS]}.get(kind, [])
    first = {column.name for column in tables[0].columns if column.needed} if tables else set()
    return {column.name: column.name in first for each in tables for column in each.columns}


def recognise_file(
    path: Path, kind: str, options: dict[str, Any], *, language: str, progress: Progress
) -> dict[str, Any]:
    """The report of an import: header_hash, sheets with a preview, and either figures or `problem`."""
    progress("read", 0)
    report: dict[str, Any] = {"header_hash": "", "sheets": [], "problem": None}
    try:
        report |= _looked_at(path, options)
        report |= (
            _orders(path, options, language, progress)
            if kind == ORDERS
            else _companion(path, kind, options, language)
        )
    except (DataError, UsageError) as refusal:
        report["problem"] = problem_record(refusal)
    return report


def problem_record(error: LifeworthError) -> dict[str, Any]:
    """Code and facts; the sentence is made where the reader's language is known."""
    return {"code": error.code, "facts": {name: _plain(fact) for name, fact in error.facts.items()}}


def _looked_at(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    grids = read_grids(path, options.get("encoding") or None, None, None)
    names = [[grid.sheet or "", *grid.columns] for grid in grids]
    sheets = [
        {
            "name": grid.name,
            "columns": grid.columns,
            "encoding": grid.encoding,
            "delimiter": grid.delimiter,
            "rows": grid.table.num_rows,
            "preview": [list(row.values()) for row in _first_rows(grid)],
        }
        for grid in grids
    ]
    return {"header_hash": hashlib.sha256(repr(names).encode()).hexdigest(), "sheets": sheets}


def _first_rows(grid: Any) -> list[dict[str, Any]]:
    return grid.table.select(grid.columns).slice(0, PREVIEW_ROWS).to_pylist()


def _orders(path: Path, options: dict[str, Any], language: str, progress: Progress) -> dict[str, Any]:
    found = check_files([path], language=language, reading=reading_of(options), progress=progress)
    return {
        "import_report": found["import_report"],
        "findings": found["findings"],
        "individual": found["individual"],
        "currency": found["currency"],
    }


def read_kind(path: Path, kind: str, options: dict[str, Any]) -> Companion:
    """A companion file. Costs come as a ledger or as a price list, subscriptions as histories or as one row
    per account; the file says which.

    Raises:
        UsageError: APP-028 for a kind that cannot be read; DataError as for reading it.
    """
    table = companion_table(kind)
    if table is None:
        raise UsageError("APP-028", setting="kind", seen=kind)
    columns = options.get("columns") or None
    told: dict[str, Any] = {name: options.get(name) or None for name in ("encoding", "dates")}
    if kind == SUBSCRIPTIONS:
        try:
            return read_companion(path, table, columns=columns, **told)
        except DataError as error:
            if error.code != "DATA-301":
                raise
        return read_companion(path, ACCOUNTS, columns=columns, **told)
    if kind == COSTS and (columns is None or PRICE in columns):
        try:
            return read_companion(path, PRICES, columns=columns, **told)
        except DataError as error:
            if error.code != "DATA-301":
                raise
    return read_companion(path, table, columns=columns, **told)


def rejected_rows(path: Path, kind: str, options: dict[str, Any]) -> pa.Table:
    """The rows of a file that are not used: file, row, reason, and the cells as they stand.

    Raises:
        DataError, UsageError: as for reading it.
    """
    if kind != ORDERS:
        return read_kind(path, kind, options).rejected
    return read_orders([str(path)], require_customer=False, **reading_of(options)).rejected


def reading_of(options: dict[str, Any]) -> dict[str, Any]:
    """What of the decisions about a file of orders is told to `read_orders`."""
    return {name: value for name, value in options.items() if name in OPTIONS and value}


def as_utf8(options: dict[str, Any]) -> dict[str, Any]:
    """The decisions about a file once it is written anew, as UTF-8."""
    return {name: value for name, value in options.items() if name != "encoding"}


def _companion(path: Path, kind: str, options: dict[str, Any], language: str) -> dict[str, Any]:
    read = read_kind(path, kind, options)
    figures = {
        "rows_read": read.rows_read,
        "rows_used": read.table.num_rows,
        "rows_rejected": _counted(read.rejected["reason"].to_pylist()),
        "mapping": {name: {"column": column, "why": "header"} for name, column in read.mapping.items()},
    }
    return {"import_report": figures, "findings": finding_records(read.findings, language)}


def usable_rows(read: Companion, kind: str) -> pa.Table:
    """The usable rows of a companion file under its canonical names, days as dates."""
    table = companion_table(kind)
    days = {column.name for column in table.columns if column.kind == "day"} if table else set()
    columns = {
        name: read.table[name].cast(pa.int32()).cast(pa.date32()) if name in days else read.table[name]
        for name in read.table.column_names
        if name != "source_row" and name in read.mapping
    }
    return pa.table(columns)


def _counted(reasons: list[str]) -> dict[str, int]:
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}


def _plain(fact: Any) -> Any:
    if isinstance(fact, list | tuple):
        return [_plain(one) for one in fact]
    return fact if isinstance(fact, str | int | float | bool | None) else str(fact)
