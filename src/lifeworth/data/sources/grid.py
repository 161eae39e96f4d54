"""A grid: the rows of one file or sheet as strings, before its columns are understood."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from lifeworth.base.finding import Finding
from lifeworth.data.sources.raw import ROW, RejectedRow


@dataclass
class Grid:
    """String columns and `__row__`; `rejected` counts the records that could not become rows."""

    name: str
    table: pa.Table
    has_header: bool
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    rejected: list[RejectedRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        return [name for name in self.table.column_names if name != ROW]

    def reject(self, rows: np.ndarray, reason: str) -> None:
        """Move the rows at these positions from the table to the rejected ones."""
        if not len(rows):
            return
        numbers = self.table.column(ROW).take(pa.array(rows)).to_pylist()
        cells = self.table.select(self.columns).take(pa.array(rows)).to_pylist()
        for number, row in zip(numbers, cells, strict=True):
            text = (self.delimiter or "\t").join(cell or "" for cell in row.values())
            self.rejected.append(RejectedRow(number, reason, text))
        kept = np.ones(self.table.num_rows, dtype=bool)
        kept[rows] = False
        self.table = self.table.filter(pa.array(kept))
