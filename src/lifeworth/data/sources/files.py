"""From any file or dataframe to raw tables: the first half of the data floor, in the order of work.

Bytes are unpacked (`contents`), decoded (`encodings`), split into rows (`delimited`, `workbooks`,
`frames`), their columns understood (`mapping`) and rows that are none set aside (`nonrows`). The
result is a RawTable per file or sheet; nothing is kept on disk.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from lifeworth.base.errors import DataError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.data.sources.choice import Choice
from lifeworth.data.sources.contents import open_content
from lifeworth.data.sources.delimited import read_delimited
from lifeworth.data.sources.encodings import decode
from lifeworth.data.sources.frames import read_columnar, read_frame
from lifeworth.data.sources.grid import Grid
from lifeworth.data.sources.mapping import map_columns, resolve_asked
from lifeworth.data.sources.nonrows import drop_nonrows
from lifeworth.data.sources.preset import Preset
from lifeworth.data.sources.published import published_rules
from lifeworth.data.sources.raw import RawTable
from lifeworth.data.sources.workbooks import is_markup, read_markup, read_workbook

_RETURNS = re.compile(
    r"(?<!含)(?:退货|退貨|退款|退单|退單|退换|售后|售後)|\breturns?\b|\brefunds?\b|\bcredit[ _-]?notes?\b",
    re.IGNORECASE,
)
_UNNAMED = re.compile(r"(?:work)?sheet\s*\d*|工作表\s*\d*|tabelle\d*|feuil\d*|hoja\d*", re.IGNORECASE)
_ORDERS = re.compile(r"order|sales|purchase|transaction", re.IGNORECASE)
# value rules of a table of no known platform whose amount was seen to repeat on the rows of an order
_ORDER_TOTALS = Preset("", "order_totals", (), (), {}, grain="line", amount_is="order")
_OF_RETURNS = {"amount": "refunded_amount", "quantity": "refunded_quantity", "placed_at": "refund_at"}


def read_raw(
    source: str | Path | Any,
    *,
    columns: Mapping[str, str] | Sequence[Mapping[str, str]] | None = None,
    encoding: str | Sequence[str | None] | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    dates: str | Sequence[str | None] | None = None,
    duplicates: str | Sequence[str | None] | None = None,
) -> list[RawTable]:
    """The tables of files or dataframes as strings, with their columns understood.

    Args:
        source: a path (text, gz, zip with one file, workbook, Parquet, Feather) or any dataframe, or
            a list of them.
        columns: canonical name -> column, as given by a person; it goes before all detection. Of
            several files, one at least must have the column. A list holds one mapping for each source.
        encoding, delimiter: override detection for text files; "tab", "whitespace", … are names.
        sheet: of a workbook, only this sheet.
        dates, duplicates: kept with the tables, for whoever reads their cells. Of these and of encoding, a
            list holds one for each source.
    Returns:
        One RawTable per file, or per usable sheet of a workbook. A table may lack needed columns:
        `needs.require` raises for those, so that a caller can still sum what is there.
    Raises:
        DataError DATA-001 to DATA-014 for files that cannot be read, DATA-102 to DATA-113 for
        columns that only a person can choose.
    """
    sources = source if isinstance(source, list | tuple) else [source]
    codecs = _each(encoding, len(sources))
    files = [read_grids(one, codec, delimiter, sheet) for one, codec in zip(sources, codecs, strict=True)]
    if isinstance(columns, Sequence):
        _demand_one_each(columns, len(files))
        pairs = zip(columns, files, strict=True)
        asked = iter([one for mapping, grids in pairs for one in resolve_asked(mapping, grids)])
    else:
        asked = iter(resolve_asked(columns, [grid for grids in files for grid in grids]))
    told = zip(files, _each(dates, len(files)), _each(duplicates, len(files)), strict=True)
    return [
        replace(table, dates=order, duplicates=policy)
        for grids, order, policy in told
        for table in _usable([_understood(grid, next(asked)) for grid in grids])
    ]


def _each(asked: str | Sequence[str | None] | None, count: int) -> list[str | None]:
    if asked is None or isinstance(asked, str):
        return [asked] * count
    _demand_one_each(asked, count)
    return list(asked)


def _demand_one_each(asked: Sequence[Any], count: int) -> None:
    if len(asked) != count:
        raise UsageError("DATA-226", seen=len(asked), sources=count)


def _usable(read: list[tuple[RawTable, Choice]]) -> list[RawTable]:
    """The tables of one file that hold orders or returns; the first where none does."""
    usable = [(table, choice) for table, choice in read if _is_usable(table)]
    if not usable:
        usable = read[:1]
    for table, choice in usable:
        # what is no order file at all is better told by what it lacks than asked about its money
        if choice.questions and (
            _looks_like_orders(table) or choice.questions[0].code in ("DATA-107", "DATA-109")
        ):
            raise choice.questions[0]
    tables = [table for table, _ in usable]
    left_out = [table.name for table, _ in read if all(table is not kept for kept in tables)]
    if left_out:
        tables[0].findings.append(
            Finding("reading_sheets_left_out", "info", {"file": tables[0].name, "sheets": left_out})
        )
    return tables


def read_grids(source: Any, encoding: str | None, delimiter: str | None, sheet: str | None) -> list[Grid]:
    if not isinstance(source, str | Path):
        return [read_frame(source)]
    content = open_content(Path(source))
    if content.kind in ("parquet", "feather"):
        return [read_columnar(content)]
    if content.kind == "workbook":
        return read_workbook(content, sheet)
    text = decode(content, encoding)
    if is_markup(text):
        return [read_markup(content.name, text)]
    try:
        return [read_delimited(content.name, text, delimiter)]
    except DataError as error:
        if error.code == "DATA-012":
            raise DataError("DATA-012", file=content.name) from None
        raise


def _understood(grid: Grid, asked: Mapping[str, str]) -> tuple[RawTable, Choice]:
    choice = map_columns(grid, asked)
    drop_nonrows(grid, choice)
    role = _role(grid, choice)
    if role == "returns":
        _name_as_returns(choice)
    rules = choice.rules or published_rules(grid.table, choice.mapping)
    table = RawTable(
        name=grid.name,
        table=grid.table,
        mapping=choice.mapping,
        why=choice.why,
        preset=rules.name if rules else None,
        rules=rules or (_ORDER_TOTALS if choice.amount_is == "order" else None),
        encoding=grid.encoding,
        delimiter=grid.delimiter,
        role=role,
        amount_is=choice.amount_is,
        rejected=sorted(grid.rejected, key=lambda row: row.row),
        findings=[_of_file(finding, grid.name) for finding in grid.findings] + choice.findings,
    )
    return table, choice


def _of_file(finding: Finding, file: str) -> Finding:
    return replace(finding, facts={"file": file, **finding.facts})


def _role(grid: Grid, choice: Choice) -> Literal["orders", "returns"]:
    """A table of returns says so in its sheet or file name, or has refunds and no sales."""
    mapping = choice.mapping
    sold = "amount" in mapping or "unit_price" in mapping
    if "refunded_amount" in mapping and not sold and not choice.questions:
        return "returns"
    sheet = grid.sheet or ""
    name = Path(grid.name).stem if not sheet or _UNNAMED.fullmatch(sheet.strip()) else sheet
    if choice.rules is None and _RETURNS.search(name.replace("_", " ")) and not _ORDERS.search(name):
        return "returns"
    return "orders"


def _name_as_returns(choice: Choice) -> None:
    """In a table of returns the money, units and date are those of the returns."""
    for sold, returned in _OF_RETURNS.items():
        if sold in choice.mapping and returned not in choice.mapping:
            choice.mapping[returned] = choice.mapping.pop(sold)
            choice.why[returned] = choice.why.pop(sold)


def _is_usable(table: RawTable) -> bool:
    mapping = table.mapping
    if not table.rows_read:
        return False
    if table.role == "returns":
        return "order_id" in mapping or "parent_order_id" in mapping or "refunded_amount" in mapping
    money = "amount" in mapping or ("unit_price" in mapping and "quantity" in mapping)
    return _looks_like_orders(table) and (money or not {"customer_id", "order_id"}.isdisjoint(mapping))


def _looks_like_orders(table: RawTable) -> bool:
    return "placed_at" in table.mapping or "paid_at" in table.mapping
