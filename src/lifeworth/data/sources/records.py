"""Physical lines to records: the tolerant reader behind detection, repair and the fallback.

A record is one line, or several where a quoted cell holds line ends. A quote that never closes, or
closes only after swallowing lines that are whole rows themselves, is taken as a letter: no line is
ever lost to a stray quote. Blank lines are records without cells.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

WHITESPACE = "whitespace"
_LINES_IN_ONE_CELL = 200
_BLANK = " \t\r\n\v\f\x00\x1a\u3000\ufeff"


class Record(NamedTuple):
    """The `number`-th record of the file (from 1), its text, its cells, and the characters it spans."""

    number: int
    text: str
    cells: list[str]
    length: int


def split(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line without its end; None where a quoted cell stays open."""
    if delimiter == WHITESPACE:
        return line.split()
    if '"' not in line:
        return line.split(delimiter)
    cells, at, size = [], 0, len(line)
    while True:
        if at < size and line[at] == '"':
            closing = line.find('"', at + 1)
            while closing >= 0 and line[closing + 1 : closing + 2] == '"':
                closing = line.find('"', closing + 2)
            if closing < 0:
                return None
            end = line.find(delimiter, closing + 1)
            tail = line[closing + 1 : end if end >= 0 else size]
            cells.append(line[at + 1 : closing].replace('""', '"') + tail)
        else:
            end = line.find(delimiter, at)
            cells.append(line[at : end if end >= 0 else size])
        if end < 0:
            return cells
        at = end + len(delimiter)


def is_blank(text: str) -> bool:
    return not text.strip(_BLANK)


def records(
    lines: Iterable[str], delimiter: str, *, width: int | None = None, first: int = 1
) -> Iterator[Record]:
    """Records of lines that keep their ends. `width` is the expected number of cells, where known."""
    waiting: list[str] = []  # lines read ahead of an open quote and given back
    source = iter(lines)
    number = first
    while True:
        line = waiting.pop() if waiting else next(source, None)
        if line is None:
            return
        text = line.rstrip("\r\n")
        cells = split(text, delimiter)
        length = len(line)
        if cells is None:
            joined, ahead = _closed(text, line, delimiter, waiting, source)
            if joined is not None and not _is_broken(line, ahead, len(joined[1]), delimiter, width):
                text, cells = joined
                length += sum(map(len, ahead))
            else:
                waiting.extend(reversed(ahead))
                cells = text.split(delimiter)
        yield Record(number, text, [] if is_blank(text) else cells, length)
        number += 1


def _closed(
    text: str, line: str, delimiter: str, waiting: list[str], source: Iterator[str]
) -> tuple[tuple[str, list[str]] | None, list[str]]:
    """The record that closes the open quote, if any, and the lines that were read to look for it."""
    ahead: list[str] = []
    for _ in range(_LINES_IN_ONE_CELL):
        following = waiting.pop() if waiting else next(source, None)
        if following is None:
            return None, ahead
        ahead.append(following)
        if '"' in following:
            whole = (line + "".join(ahead)).rstrip("\r\n")
            cells = split(whole, delimiter)
            if cells is not None:
                return (whole, cells), ahead
    return None, ahead


def _is_broken(line: str, ahead: list[str], cells: int, delimiter: str, width: int | None) -> bool:
    """Whether a quote swallowed rows: lines that are rows by themselves, in a record that gains nothing."""
    if width is None or width < 2:
        return False
    alone = len(line.rstrip("\r\n").split(delimiter)) == width
    rows = [len(split(one.rstrip("\r\n"), delimiter) or ()) == width for one in ahead]
    return (alone and all(rows)) if cells == width else (alone or any(rows))
