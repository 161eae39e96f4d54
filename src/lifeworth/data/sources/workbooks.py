"""Workbooks (XLSX, XLS, XLSB, ODS) and tables in HTML or XML dressed as .xls, one grid per sheet.

Cells become clean strings: ISO dates, whole numbers without ".0", decimals in their shortest form.
Whole numbers beyond the 15 digits that Excel keeps are written in scientific form: as ids they are
ruined, and must look so.
"""

import datetime as dt
import io
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pyarrow as pa
import python_calamine as calamine

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.sources.contents import Content
from lifeworth.data.sources.dialects import find_layout
from lifeworth.data.sources.encodings import Text
from lifeworth.data.sources.grid import Grid
from lifeworth.data.sources.headers import unique_names
from lifeworth.data.sources.raw import ROW

_DIGITS_EXCEL_KEEPS = 1e15
_HEADER_WITHIN_ROWS = 60


def read_workbook(content: Content, sheet: str | None = None) -> list[Grid]:
    """Every visible sheet with cells, or the one asked for. Raises DATA-004, DATA-011, DATA-013."""
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content.data))
    except calamine.PasswordError:
        raise DataError("DATA-013", file=content.name) from None
    except Exception as error:  # calamine has one error class per format, and pyo3 panics on hostile files
        raise DataError("DATA-004", file=content.name, reason=str(error)[:200]) from error
    if sheet is not None and sheet not in book.sheet_names:
        raise DataError("DATA-011", file=content.name, sheet=sheet, seen=book.sheet_names)
    grids = []
    for about in book.sheets_metadata:
        is_hidden = about.visible != calamine.SheetVisibleEnum.Visible
        if (sheet is None and is_hidden) or (sheet is not None and about.name != sheet):
            continue
        try:
            grid = _sheet(content.name, book, about.name, len(book.sheet_names) > 1)
        except calamine.CalamineError as error:
            raise DataError("DATA-004", file=content.name, reason=str(error)[:200]) from error
        if grid is not None:
            grids.append(grid)
    if not grids:
        raise DataError("DATA-012", file=content.name)
    return grids


def _sheet(file: str, book: calamine.CalamineWorkbook, sheet: str, several: bool) -> Grid | None:
    values = book.get_sheet_by_name(sheet)
    if not values.height:
        return None
    name = f"{file} [{sheet}]" if several else file
    grid = _grid(name, values.to_python(skip_empty_area=True), (values.start or (0, 0))[0] + 1)
    if grid is not None:
        grid.sheet = sheet
    return grid


def _grid(name: str, rows: list[list[Any]], first_number: int = 1) -> Grid | None:
    """Header, names and rows of a rectangle of cells; blank rows are none."""
    columns = [pa.array(_column_texts(column), pa.string()) for column in zip(*rows, strict=True)]
    filled = np.zeros(len(rows), dtype=bool)
    for column in columns:
        filled |= column.is_valid().to_numpy(zero_copy_only=False)
    if not filled.any():
        return None
    top = int(filled.argmax())
    heads = zip(*(column.slice(top, _HEADER_WITHIN_ROWS).to_pylist() for column in columns), strict=True)
    layout = find_layout([[cell or "" for cell in row] for row in heads])
    header = [column[top + layout.header].as_py() for column in columns] if layout.header is not None else []
    names = unique_names(header, len(columns))
    start = top + layout.first
    body = [column.slice(start) for column in columns]
    used = [i for i, column in enumerate(body) if column.null_count < len(column) or (header and header[i])]
    numbers = pa.array(np.arange(start, len(rows)) + first_number, pa.int64())
    table = pa.table([*(body[i] for i in used), numbers], names=[*(names[i] for i in used), ROW])
    grid = Grid(name, table.filter(pa.array(filled[start:])), layout.header is not None)
    above = int(filled[top : top + (layout.header or 0)].sum())
    if above:
        grid.findings.append(Finding("reading_preamble", "info", {"number": above}))
    return grid


def _column_texts(cells: tuple[Any, ...]) -> list[str | None]:
    """The texts of a column; each distinct number or date is written once."""
    kinds = set(map(type, cells))
    if bool in kinds and len(kinds) > 1:
        return [cell_text(cell) for cell in cells]  # True and 1 are equal, their texts are not
    known = {cell: cell_text(cell) for cell in set(cells)}
    return list(map(known.__getitem__, cells))


def cell_text(cell: Any) -> str | None:
    """The plain text of one workbook cell; None for an empty one."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return (cell.date() if cell.time() == dt.time(0) else cell.replace(microsecond=0)).isoformat(
            *_gap(cell)
        )
    if isinstance(cell, dt.timedelta):
        return str(cell)
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _gap(moment: dt.datetime) -> tuple[str, ...]:
    return () if moment.time() == dt.time(0) else (" ",)


def number_text(number: float) -> str | None:
    """Shortest text: 12 not 12.0, 0.3 not 0.30000000000000004; ruined ids in scientific form."""
    if number != number:
        return None
    if abs(number) >= _DIGITS_EXCEL_KEEPS:
        return f"{number:.14E}".replace("E+0", "E+")
    if number == int(number):
        return str(int(number))
    short = f"{number:.15g}"
    return f"{number:.15f}".rstrip("0").rstrip(".") if "e" in short else short


class _Tables(HTMLParser):
    """Rows of every table in HTML, or of every sheet in XML spreadsheets."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("tr", "row"):
            self.rows.append([])
        elif tag in ("td", "th", "cell") and self.rows:
            at = next(
                (int(value) for key, value in attrs if key == "ss:index" and value and value.isdigit()), 0
            )
            row = self.rows[-1]
            row.extend([""] * (min(at, 10_000) - 1 - len(row)))
            row.append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "cell", "tr", "row"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def is_markup(text: Text) -> bool:
    head = bytes(text.data.slice(0, min(2048, text.data.size))).decode(errors="replace").lstrip().lower()
    return head.startswith(("<html", "<!doctype", "<table", "<?xml", "<meta", "<head"))


def read_markup(name: str, text: Text) -> Grid:
    """The table of an HTML or XML file. Raises DATA-006 where there is none."""
    tables = _Tables()
    tables.feed(bytes(text.data).decode(errors="replace"))
    width = max((len(row) for row in tables.rows), default=0)
    rows = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in tables.rows]
    grid = _grid(name, rows)
    if grid is None:
        raise DataError("DATA-006", file=name)
    grid.encoding = text.encoding
    grid.findings.extend(text.findings)
    return grid
