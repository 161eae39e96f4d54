"""Delimited text to a grid: Arrow for speed, the tolerant reader for what Arrow refuses.

Every record below the header is accounted for. Rows of the usual width come from Arrow in one
pass; short ones are padded, long ones trimmed where the extra cells are empty and else rejected. When
quotes are broken the whole text goes through `records.py`, which loses no line.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.sources.contents import chunks_of, temporary
from lifeworth.data.sources.dialects import find_delimiter, find_layout, named_delimiter, sample_records
from lifeworth.data.sources.encodings import Text
from lifeworth.data.sources.grid import Grid
from lifeworth.data.sources.headers import unique_names
from lifeworth.data.sources.raw import ROW, RejectedRow
from lifeworth.data.sources.records import WHITESPACE, is_blank, records, split

_SAMPLE_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 24
_BATCH_ROWS = 50_000
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1c-\x1f]")


@dataclass(frozen=True)
class Top:
    """How a text is laid out, told by its first records, which are numbered from 1."""

    delimiter: str
    names: list[str]
    width: int  # cells of most rows
    header: int | None  # number of the record that holds the names
    first: int  # number of the first row
    offset: int  # bytes above the first row
    above: int  # filled records above the header


def find_top(name: str, text: Text, delimiter: str | None = None) -> Top:
    """Raises DATA-005 for bytes that are no text, DATA-012 for no rows at all."""
    sample, whole = _head(text.data)
    if len(_CONTROL.findall(sample)) > 0.02 * len(sample) + 2:
        raise DataError("DATA-005", file=name, kind="binary")
    chosen = named_delimiter(delimiter) if delimiter else find_delimiter(sample)
    found = sample_records(sample if whole else sample[: sample.rfind("\n") + 1] or sample, chosen)
    start = 0
    if found and re.fullmatch(r'"?sep=.?"?', found[0].text.strip(), re.IGNORECASE):
        start, found = found[0].length, found[1:]
    layout = find_layout([record.cells for record in found])
    header = found[layout.header] if layout.header is not None else None
    cells = header.cells if header else []
    start += sum(record.length for record in found[: layout.first])
    return Top(
        delimiter=chosen,
        names=unique_names(cells, max(len(cells), layout.width)),
        width=layout.width,
        header=header.number if header else None,
        first=found[0].number + layout.first,
        offset=len(sample[:start].encode()),
        above=sum(bool(record.cells) for record in found[: layout.header or 0]),
    )


def read_delimited(name: str, text: Text, delimiter: str | None = None) -> Grid:
    """The table in a text. Raises as `find_top`."""
    top = find_top(name, text, delimiter)
    body = _Body(name, text.data.slice(top.offset), top.delimiter, top.names, top.width, top.first)
    table, rejected = body.read()
    grid = Grid(name, table, top.header is not None, text.encoding, top.delimiter, rejected=rejected)
    grid.findings.extend(text.findings)
    if top.above:
        grid.findings.append(Finding("reading_preamble", "info", {"number": top.above}))
    if top.header is None:
        grid.findings.append(Finding("reading_no_header", "info", {}))
    return grid


def _head(data: pa.Buffer) -> tuple[str, bool]:
    """The first text, complete in its characters, and whether it is all there is."""
    raw = bytes(data.slice(0, min(_SAMPLE_BYTES, data.size)))
    whole = data.size <= _SAMPLE_BYTES
    return raw.decode("utf-8", errors="replace" if whole else "ignore"), whole


@dataclass
class _Body:
    """The records below the header."""

    name: str
    data: pa.Buffer
    delimiter: str
    names: list[str]
    usual_width: int
    first_number: int

    def read(self) -> tuple[pa.Table, list[RejectedRow]]:
        if self.data.size == 0:
            return self._empty(), []
        fast = self._by_arrow() if len(self.delimiter.encode()) == 1 or self.delimiter == WHITESPACE else None
        return fast or self._by_records()

    # --- the fast way ---

    def _by_arrow(self) -> tuple[pa.Table, list[RejectedRow]] | None:
        """None where Arrow refuses the text or a stray quote has swallowed rows."""
        odd: list[tuple[int, str]] = []

        def note(row: csv.InvalidRow) -> str:
            odd.append((row.number, row.text))
            return "skip"

        aligned = self.delimiter == WHITESPACE
        data = temporary(_aligned_to_tabs(self.data)) if aligned else self.data
        names = [f"c{position}" for position in range(self.usual_width)]
        try:
            table = csv.read_csv(
                pa.BufferReader(data),
                read_options=csv.ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK_BYTES),
                parse_options=csv.ParseOptions(
                    delimiter="\t" if aligned else self.delimiter,
                    quote_char=False if aligned else '"',
                    newlines_in_values=not aligned,
                    ignore_empty_lines=False,
                    invalid_row_handler=note,
                ),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                    null_values=[""],
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            return None
        cells = [(number, self._cells(text)) for number, text in odd]
        if any(row is None or "\n" in text for (_, row), (_, text) in zip(cells, odd, strict=True)):
            return None
        if self._has_swallowed(table):
            return None
        return self._assembled(
            table, [(n, row or [], t) for (n, row), (_, t) in zip(cells, odd, strict=True)]
        )

    def _cells(self, text: str) -> list[str] | None:
        if is_blank(text):
            return []
        return split(text.rstrip("\r\n"), "\t" if self.delimiter == WHITESPACE else self.delimiter)

    def _has_swallowed(self, table: pa.Table) -> bool:
        """Whether a cell holds a line that has the delimiters of a whole row."""
        if self.usual_width < 2 or self.delimiter == WHITESPACE:
            return False
        one = re.escape(self.delimiter)
        rest_of_row = rf"[\r\n][^\r\n]*(?:{one}[^\r\n]*){{{min(self.usual_width - 1, 500)}}}"
        for column in table.columns:
            lines = pc.match_substring(column, "\n")
            if (
                pc.any(lines).as_py()
                and pc.any(pc.match_substring_regex(column.filter(lines), rest_of_row)).as_py()
            ):
                return True
        return False

    def _assembled(
        self, table: pa.Table, odd: list[tuple[int, list[str], str]]
    ) -> tuple[pa.Table, list[RejectedRow]]:
        """Arrow's rows and the repaired ones in the order of the file, with their numbers."""
        total = table.num_rows + len(odd)
        is_odd = np.zeros(total, dtype=bool)
        is_odd[[number - 1 for number, _, _ in odd]] = True
        numbers = np.flatnonzero(~is_odd)
        rejected: list[RejectedRow] = []

        nothing = _all_null(table)
        if nothing.any():
            blank = self._blank_records(total)
            for position in numbers[nothing]:
                if position not in blank:
                    text = self.delimiter * (self.usual_width - 1)
                    rejected.append(RejectedRow(self.first_number + int(position), "empty_row", text))
            table, numbers = table.filter(pa.array(~nothing)), numbers[~nothing]

        repaired: list[tuple[int, list[str]]] = []
        for position, (number, cells, text) in enumerate(odd):
            is_last = number == total and position == len(odd) - 1
            reason = self._reason_against(cells, text, cut_off=is_last and not self._ends_with_line())
            if reason:
                rejected.append(RejectedRow(self.first_number + number - 1, reason, text))
            elif cells:
                repaired.append((number - 1, cells))
        full = _padded(table, self.names, numbers + self.first_number)
        if repaired:
            more = self._table_of([(self.first_number + number, cells) for number, cells in repaired])
            both = pa.concat_tables([full, more])
            full = both.take(pc.sort_indices(both.column(ROW)))
        return full, rejected

    def _blank_records(self, total: int) -> set[int]:
        """Positions of blank lines: by line ends alone where every record is one line, else by reading."""
        view = np.frombuffer(self.data, np.uint8)
        ends = np.flatnonzero(view == 10)
        if len(ends) + (not self._ends_with_line()) == total and self._has_no_lone_returns(view):
            starts = np.concatenate([[0], ends + 1])[:total]
            stops = np.concatenate([ends, [len(view)]])[:total]
            short = np.flatnonzero(stops - starts <= 1)
            return {
                int(n) for n in short if is_blank(bytes(view[starts[n] : stops[n]]).decode(errors="replace"))
            }
        lines = io.TextIOWrapper(pa.BufferReader(self.data), "utf-8", errors="replace", newline="")
        found = records(lines, self.delimiter, width=self.usual_width)
        return {record.number - 1 for record in found if not record.cells}

    @staticmethod
    def _has_no_lone_returns(view: np.ndarray) -> bool:
        returns = np.flatnonzero(view[:-1] == 13)
        return bool(np.all(view[returns + 1] == 10))

    def _ends_with_line(self) -> bool:
        return bytes(self.data.slice(self.data.size - 1)) in (b"\n", b"\r")

    # --- the tolerant way ---

    def _by_records(self) -> tuple[pa.Table, list[RejectedRow]]:
        lines = io.TextIOWrapper(pa.BufferReader(self.data), "utf-8", errors="replace", newline="")
        tables, batch, rejected = [], [], []
        last_is_open = not self._ends_with_line()
        for record, is_last in _marking_last(
            records(lines, self.delimiter, width=self.usual_width, first=self.first_number)
        ):
            if not record.cells:
                continue
            reason = self._reason_against(record.cells, record.text, cut_off=is_last and last_is_open)
            if not any(cell.strip() for cell in record.cells):
                reason = "empty_row"
            if reason:
                rejected.append(RejectedRow(record.number, reason, record.text))
            else:
                batch.append((record.number, record.cells))
            if len(batch) == _BATCH_ROWS:
                tables.append(self._table_of(batch))
                batch = []
        tables.append(self._table_of(batch))
        return pa.concat_tables(tables), rejected

    # --- both ---

    def _reason_against(self, cells: list[str], text: str, *, cut_off: bool) -> str | None:
        """Why these cells cannot be a row, or None."""
        if any(cell.strip() for cell in cells[len(self.names) :]):
            return "too_many_cells"
        if cells and not any(cell.strip() for cell in cells):
            return "empty_row"
        if cut_off and 0 < len(cells) < self.usual_width and self.usual_width == len(self.names):
            return "cut_off_row"
        return None

    def _table_of(self, rows: list[tuple[int, list[str]]]) -> pa.Table:
        columns = [
            pa.array([(cells[i] or None) if i < len(cells) else None for _, cells in rows], pa.string())
            for i in range(len(self.names))
        ]
        return pa.table([*columns, pa.array([n for n, _ in rows], pa.int64())], names=[*self.names, ROW])

    def _empty(self) -> pa.Table:
        return self._table_of([])


def _padded(table: pa.Table, names: list[str], numbers: np.ndarray) -> pa.Table:
    columns = list(table.columns)
    columns += [pa.nulls(table.num_rows, pa.string())] * (len(names) - len(columns))
    return pa.table([*columns, pa.array(numbers, pa.int64())], names=[*names, ROW])


def _all_null(table: pa.Table) -> np.ndarray:
    nothing = None
    for column in table.columns:
        empty = pc.is_null(column)
        nothing = empty if nothing is None else pc.and_(nothing, empty)
        if not pc.any(nothing).as_py():
            break
    assert nothing is not None
    return nothing.to_numpy()


def _marking_last(found: Iterator) -> Iterator[tuple]:
    """Each record with whether it is the last."""
    waiting = next(found, None)
    for following in found:
        yield waiting, False
        waiting = following
    if waiting is not None:
        yield waiting, True


def _aligned_to_tabs(data: pa.Buffer) -> Iterator[bytes]:
    """Lines aligned by spaces, as lines separated by single tabs."""
    carried = b""
    for chunk in chunks_of(data):
        block = carried + bytes(chunk)
        cut = block.rfind(b"\n") + 1
        block, carried = block[:cut], block[cut:]
        if block:
            yield _tabbed(block)
    if carried:
        yield _tabbed(carried)


def _tabbed(block: bytes) -> bytes:
    trimmed = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", block)
    return re.sub(rb"[ \t]+", b"\t", trimmed)
