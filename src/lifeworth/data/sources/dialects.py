"""How a text file is laid out: its delimiter, what stands above the header, and the header.

Several readings are tried on the first lines; the one whose rows agree on their number of cells,
and in which known header words appear, wins.
"""

import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from math import log

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.sources.aliases import KNOWN
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.presets import PRESETS
from lifeworth.data.sources.records import WHITESPACE, Record, records
from lifeworth.data.sources.sniffers import looks_like_data

DELIMITERS = (",", "\t", ";", "|", "\x01", "^", "~", "，")
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"} | dict.fromkeys(
    ("space", "spaces", " ", WHITESPACE), WHITESPACE
)
_SAMPLE_RECORDS = 200
_HEADER_WITHIN = 40
_PRESET_WORDS = frozenset(plain(header) for preset in PRESETS for header in preset.signature)
_WORDS = KNOWN | _PRESET_WORDS


@dataclass(frozen=True)
class Layout:
    """Where the table stands among the records of the sample (positions from 0)."""

    header: int | None  # None: the file has no header line
    first: int  # first data record
    width: int  # cells of most data records


def named_delimiter(asked: str) -> str:
    """A delimiter as a person writes it: one character, or "tab", "whitespace", …; else DATA-010."""
    known = _NAMED.get(asked.strip(" ").lower() or " ")
    if known:
        return known
    if len(asked) == 1 and asked not in '\r\n"':
        return asked
    raise UsageError("DATA-010", asked=asked)


def sample_records(sample: str, delimiter: str) -> list[Record]:
    return list(islice(records(io.StringIO(sample, newline=""), delimiter), _SAMPLE_RECORDS))


def find_delimiter(sample: str) -> str:
    """The delimiter under which the first lines look most like a table; a comma when none does."""
    said = re.match(r"\s*\"?sep=(.)", sample, re.IGNORECASE)
    if said:
        return said.group(1)
    scored = {delimiter: _agreement(sample_records(sample, delimiter)) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scored[delimiter])
    if scored[best] > 0:
        return best
    aligned = [len(record.cells) for record in sample_records(sample, WHITESPACE) if record.cells]
    if aligned:
        width, times = Counter(aligned).most_common(1)[0]
        if width >= 2 and times >= 0.9 * len(aligned):
            return WHITESPACE
    return ","


def _agreement(found: list[Record]) -> float:
    """How well records agree on a width above one, and how many header words they show; 0 = no table."""
    widths = [len(record.cells) for record in found if record.cells]
    split_ones = Counter(width for width in widths if width > 1)
    if not split_ones:
        return 0.0
    width, times = max(split_ones.items(), key=lambda entry: (entry[1], entry[0]))
    share = times / len(widths)
    known = max(known_words(record.cells) for record in found[:_HEADER_WITHIN])
    if share < 0.5 and known < 2:
        return 0.0
    return share * (1 + log(width)) + 0.5 * min(known, 6)


def known_words(cells: list[str]) -> int:
    return sum(bool(cell) and len(cell) < 60 and plain(cell) in _WORDS for cell in cells)


def find_layout(rows: list[list[str]]) -> Layout:
    """Header and first data row among the first rows of a file or sheet (blank rows are empty lists).

    Raises DATA-012 where all rows are blank.
    """
    filled = [position for position, cells in enumerate(rows) if any(cell.strip() for cell in cells)]
    if not filled:
        raise DataError("DATA-012")
    header = _known_header(rows, filled)
    if header is None:
        header = _telling_header(rows, filled)
    start = 0 if header is None else header + 1
    widths = Counter(len(rows[at]) for at in filled if at >= start)
    if not widths:
        return Layout(header, start, len(rows[header or 0]))
    width = max(widths.items(), key=lambda entry: (entry[1], entry[0]))[0]
    return Layout(header, start, width)


def _known_header(rows: list[list[str]], filled: list[int]) -> int | None:
    """The row with the most known header words, where it has hardly any data cells."""
    best, best_known = None, 0
    for at in filled[:_HEADER_WITHIN]:
        cells = [cell for cell in rows[at] if cell.strip()]
        known = known_words(cells)
        data = sum(map(looks_like_data, cells))
        enough = known >= 2 or (known == 1 and len(cells) <= 3)
        if enough and data <= 0.2 * len(cells) and known > best_known:
            best, best_known = at, known
    return best


def _telling_header(rows: list[list[str]], filled: list[int]) -> int | None:
    """A first row of names above rows that hold numbers or dates in the same places."""
    usual = Counter(sum(bool(cell.strip()) for cell in rows[at]) for at in filled).most_common(1)[0][0]
    candidates = [
        at for at in filled[:_HEADER_WITHIN] if sum(bool(c.strip()) for c in rows[at]) >= 0.6 * usual
    ]
    if not candidates:
        return None
    at = candidates[0]
    below = [rows[other] for other in filled if other > at]
    cells = [cell.strip() for cell in rows[at]]
    if any(looks_like_data(cell) for cell in cells) or len(set(cells)) < len([c for c in cells if c]):
        return None
    if not below:
        return at
    data_below = sum(
        sum(position < len(row) and looks_like_data(row[position]) for row in below) > 0.5 * len(below)
        for position in range(len(cells))
    )
    return at if data_below else None
