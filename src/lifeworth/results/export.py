"""An export of customers as one file, a part at a time in constant memory: CSV, Excel or Parquet.

Every row ends with the day the figures are as of and the mark of the export, by which the audit log
knows who took it and when. What else the file says of itself stands on sheets of its own in a workbook
and in the metadata of Parquet; text that a spreadsheet would run as a formula gets a leading apostrophe.
"""

import datetime
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lifeworth.results.publish import safe_table, write_csv_parts

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
AS_OF, MARK = "as_of", "export_mark"
SHEET_ROWS = 1_048_575  # below the head
_LONGEST_TEXT = 32_767
_WIDTHS = {"customer_id": 26, "reasons": 60}


@dataclass(frozen=True)
class Sheet:
    """A table of text beside the rows."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class About:
    """What a file says of itself. `title`: of the sheet with the rows."""

    as_of: datetime.date
    mark: str
    title: str
    sheets: tuple[Sheet, ...]


def write_export(kind: str, parts: Iterable[pa.Table], path: Path, about: About, *, bom: bool = True) -> None:
    """Write parts of one schema, at least one, as "csv", "xlsx" or "parquet". `bom` is for CSV."""
    marked = (_marked(part, about) for part in parts)
    if kind == "csv":
        write_csv_parts(marked, path, bom=bom)
    elif kind == "parquet":
        _write_parquet(marked, path, about)
    else:
        _write_workbook(marked, path, about)


def _marked(part: pa.Table, about: About) -> pa.Table:
    as_of = pa.repeat(pa.scalar(about.as_of, pa.date32()), part.num_rows)
    mark = pa.repeat(pa.scalar(about.mark, pa.string()), part.num_rows)
    return part.append_column(AS_OF, as_of).append_column(MARK, mark)


def _write_parquet(parts: Iterator[pa.Table], path: Path, about: About) -> None:
    first = next(parts)
    told = {sheet.title: [list(row) for row in sheet.rows] for sheet in about.sheets}
    schema = first.schema.with_metadata({"lifeworth": json.dumps(told, ensure_ascii=False)})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        writer.write_table(first.replace_schema_metadata(schema.metadata))
        for part in parts:
            writer.write_table(part.replace_schema_metadata(schema.metadata))


def _write_workbook(parts: Iterator[pa.Table], path: Path, about: About) -> None:
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(path), options) as book:
        book.set_properties({"comments": about.mark})
        rows = _Rows(book, about)
        for part in parts:
            rows.write(safe_table(part))
        for sheet in about.sheets:
            _write_sheet(book, sheet)


class _Rows:
    """The sheet with the rows, and the next one where a sheet is full."""

    def __init__(self, book: Any, about: About) -> None:
        self._book, self._about = book, about
        self._bold = book.add_format({"bold": True})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._money = book.add_format({"num_format": "#,##0.00"})
        self._sheets, self._row = 0, SHEET_ROWS
        self._sheet: Any = None

    def write(self, part: pa.Table) -> None:
        writers = [self._writer(field.type) for field in part.schema]
        if self._sheet is None:
            self._begin(part.column_names)
        for values in zip(*(column.to_pylist() for column in part.columns), strict=True):
            if self._row == SHEET_ROWS:
                self._begin(part.column_names)
            self._row += 1
            for place, value in enumerate(values):
                if value is not None:
                    writers[place](self._row, place, value)

    def _begin(self, names: Sequence[str]) -> None:
        self._sheets, self._row = self._sheets + 1, 0
        more = "" if self._sheets == 1 else f" {self._sheets}"
        self._sheet = self._book.add_worksheet(f"{self._about.title}{more}")
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_footer(f"&L{self._about.mark}&R&P / &N")
        for place, name in enumerate(names):
            self._sheet.set_column(place, place, _WIDTHS.get(name, 14))
            self._sheet.write_string(0, place, name, self._bold)

    def _writer(self, kind: pa.DataType) -> Callable[[int, int, Any], Any]:
        if pa.types.is_date(kind):
            return lambda row, place, day: self._sheet.write_datetime(row, place, day, self._day)
        if pa.types.is_decimal(kind):
            return lambda row, place, money: self._sheet.write_number(row, place, float(money), self._money)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return self._number
        return lambda row, place, text: self._sheet.write_string(row, place, str(text)[:_LONGEST_TEXT])

    def _number(self, row: int, place: int, number: float) -> None:
        if math.isfinite(number):
            self._sheet.write_number(row, place, number)


def _write_sheet(book: Any, sheet: Sheet) -> None:
    made, bold = book.add_worksheet(sheet.title), book.add_format({"bold": True})
    for row, texts in enumerate((sheet.head, *sheet.rows)):
        for place, text in enumerate(texts):
            made.write_string(row, place, text[:_LONGEST_TEXT], bold if row == 0 else None)
    made.set_column(0, 0, 28)
    made.set_column(1, len(sheet.head) - 1, 60)
