"""Workbooks (XLSX, XLS, XLSB, ODS) and tables in HTML or XML dressed as .xls, one grid per sheet.

Cells become clean strings: ISO dates, whole numbers without ".0", decimals in their shortest form.
Whole numbers beyond the 15 digits that Excel keeps are written in scientific form: as ids they are
ruined, and must look so.
"""

import datetime as dt
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

import python_calamine as calamine

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.sources.contents import Content
from lifeworth.data.sources.dialects import find_layout
from lifeworth.data.sources.encodings import Text
from lifeworth.data.sources.grid import Grid, grid_from_rows
from lifeworth.data.sources.headers import unique_names

_DIGITS_EXCEL_KEEPS = 1e15
_HEADER_WITHIN_ROWS = 60


def read_workbook(content: Content, sheet: str | None = None) -> list[Grid]:
    """Every visible sheet with cells, or the one asked for. Raises DATA-004, DATA-011, DATA-013."""
    import io

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
    first = (values.start or (0, 0))[0] + 1
    text = _cell_texts()
    rows = [
        (first + position, [text(cell) for cell in row])
        for position, row in enumerate(values.to_python(skip_empty_area=True))
    ]
    name = f"{file} [{sheet}]" if several else file
    grid = _grid(name, rows)
    if grid is not None:
        grid.sheet = sheet
    return grid


def _grid(name: str, rows: list[tuple[int, list[str | None]]]) -> Grid | None:
    """Header, names and rows; blank rows are none."""
    rows = [(number, cells) for number, cells in rows if any(cells)]
    if not rows:
        return None
    layout = find_layout([[cell or "" for cell in cells] for _, cells in rows[:_HEADER_WITHIN_ROWS]])
    header = rows[layout.header][1] if layout.header is not None else []
    width = max(len(cells) for _, cells in rows)
    names = unique_names(header, width)
    used = [
        i
        for i in range(width)
        if (i < len(header) and header[i]) or any(i < len(c) and c[i] for _, c in rows)
    ]
    kept = [
        (number, [cells[i] if i < len(cells) else None for i in used])
        for number, cells in rows[layout.first :]
    ]
    grid = grid_from_rows(name, kept, [names[i] for i in used], layout.header is not None)
    if layout.header:
        grid.findings.append(Finding("reading_preamble", "info", {"number": layout.header}))
    return grid


def _cell_texts() -> Any:
    """A function from a cell to its text that remembers the numbers and dates it has met."""
    known: dict[tuple[type, Any], str | None] = {}

    def text(cell: Any) -> str | None:
        if isinstance(cell, str):
            return cell or None
        key = (type(cell), cell)
        if key not in known:
            known[key] = cell_text(cell)
        return known[key]

    return text


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
    rows: Iterable[list[str]] = ([cell.strip() for cell in row] for row in tables.rows)
    numbered: list[tuple[int, list[str | None]]] = [
        (n, [c or None for c in row]) for n, row in enumerate(rows, 1)
    ]
    grid = _grid(name, numbered)
    if grid is None:
        raise DataError("DATA-006", file=name)
    grid.encoding = text.encoding
    grid.findings.extend(text.findings)
    return grid
