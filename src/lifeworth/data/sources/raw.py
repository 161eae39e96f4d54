"""The seam of the data floor: a file as strings, with the columns that lifeworth understands.

Reading (files, encodings, dialects, mapping) ends in a RawTable; cleaning (values, dates,
statuses, folding) starts from it. Between the two nothing is interpreted and no row is lost:
`rows_read` is every record of the file below its header, kept or rejected.
"""

from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from lifeworth.base.finding import Finding
from lifeworth.data.sources.preset import Preset

ROW = "__row__"


@dataclass(frozen=True)
class RejectedRow:
    """A record that could not be read as a row, or is none: its number, why, and its text."""

    row: int
    reason: str  # "too_many_cells", "total_row", "description_row", ...
    text: str


@dataclass(frozen=True)
class RawTable:
    """One file or sheet as strings, with the columns that lifeworth understands."""

    name: str  # file name (and sheet) as shown to people
    # every column string (null = empty cell) in header order, then int64 `__row__`: the 1-based row
    # number in the file, the header being row 1 where there is one
    table: pa.Table
    mapping: dict[str, str]  # canonical name -> column of `table`
    why: dict[str, str]  # canonical name -> "header", "preset", "values", "asked", "only_candidate"
    preset: str | None = None  # platform, a module name in presets/
    # the value rules of the recognised layout; without a platform only where `amount_is` is "order"
    rules: Preset | None = None
    encoding: str | None = None  # None for workbooks and frames
    delimiter: str | None = None  # None for workbooks and frames; "whitespace" for aligned text
    role: Literal["orders", "returns"] = "orders"
    # scope of `amount`: of the row, or of the whole order and repeated on each of its rows (then it
    # counts once per order); from the preset, or seen in the values
    amount_is: Literal["line", "order"] = "line"
    dates: str | None = None  # "dmy", "mdy" or "ymd", where a person said so
    duplicates: str | None = None  # "once" or "keep", where a person said so
    rejected: list[RejectedRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The columns of the file, without the row number."""
        return [name for name in self.table.column_names if name != ROW]

    @property
    def rows_read(self) -> int:
        return self.table.num_rows + len(self.rejected)
