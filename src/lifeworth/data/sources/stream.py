"""A delimited text read record by record in constant memory, for those who look for a few rows of it.

Numbers of records are those of `read_delimited`: a record's row number is the same whichever way it was read.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from lifeworth.data.sources.contents import open_content
from lifeworth.data.sources.delimited import find_top
from lifeworth.data.sources.encodings import decode
from lifeworth.data.sources.records import Record, records
from lifeworth.data.sources.workbooks import is_markup


@dataclass(frozen=True)
class Stream:
    """`header` and `first` are the numbers of the record with the names, if any, and of the first row."""

    data: pa.Buffer
    delimiter: str
    names: list[str]
    width: int  # cells of most rows
    header: int | None
    first: int

    def __iter__(self) -> Iterator[Record]:
        lines = io.TextIOWrapper(pa.BufferReader(self.data), "utf-8", errors="replace", newline="")
        return records(lines, self.delimiter, width=self.width)

    def is_odd(self, record: Record) -> bool:
        """The record is no row: it stands above the rows, has cells too many, or was cut off."""
        return (
            record.number < self.first
            or any(cell.strip() for cell in record.cells[len(self.names) :])
            or (len(record.cells) < self.width and record.length == len(record.text))
        )


def open_stream(path: Path, encoding: str | None = None) -> Stream | None:
    """None for a workbook, a columnar file or a page.

    Raises:
        DataError: as `read_grids`.
    """
    content = open_content(path)
    if content.kind != "text":
        return None
    text = decode(content, encoding)
    if is_markup(text):
        return None
    top = find_top(content.name, text)
    return Stream(text.data, top.delimiter, top.names, top.width, top.header, top.first)


def as_read(record: Record) -> str:
    """The record with its line end."""
    end = record.length - len(record.text)
    return record.text + ("\r\n" if end == 2 else "\n" if end else "")
