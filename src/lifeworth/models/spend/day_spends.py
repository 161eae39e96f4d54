"""What customers spent on single repeat purchase days, as a few numbers each: checked.

`lw.rfm_summary(orders, spend_days=True)` makes the columns: zero_days (repeat days whose net spend
is not positive), positive_spend (mean of the others), log_spend (mean of their logarithms) and
log_spend_squares (sum of squared deviations of the logarithms from that mean).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.models.inputs import weights
from lifeworth.models.tables import Table, table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DaySpends:
    """n customers: repeat days, those without positive spend, and what the model needs of the others."""

    frequency: NDArray[np.int64]
    zeros: NDArray[np.int64]
    level: Floats  # mean spend, or mean ln spend, of days with spend; 0 where there are none
    squares: Floats  # of ln spend around its mean; 0 where not asked for
    weight: Floats | None
    backend: str

    def __len__(self) -> int:
        return len(self.frequency)

    def only(self, rows: NDArray[np.bool_]) -> "DaySpends":
        """Some customers."""
        weight = None if self.weight is None else self.weight[rows]
        return DaySpends(
            self.frequency[rows], self.zeros[rows], self.level[rows], self.squares[rows], weight, self.backend
        )


def positive_days(data: Any, sample_weight: Any = None) -> DaySpends:
    """frequency, zero_days, positive_spend. Raises as `lifeworth.models.inputs`, MODEL-010, MODEL-113."""
    rows = table(data, ("frequency", "zero_days", "positive_spend"))
    x, zeros = _whole(rows, "frequency"), _whole(rows, "zero_days")
    if (zeros > x).any():
        raise rows.error("MODEL-113", zeros > x)
    spent, level = x > zeros, rows.columns[2]
    unfit = spent & ~(np.isfinite(level) & (level > 0))
    if unfit.any():
        raise rows.error("MODEL-010", unfit)
    level = np.where(spent, level, 0.0).astype(np.float64)
    return DaySpends(x, zeros, level, np.zeros(len(x)), weights(sample_weight, len(x)), rows.backend)


def log_days(data: Any, sample_weight: Any = None) -> DaySpends:
    """frequency, log_spend, log_spend_squares; every repeat day must have brought something.

    Raises as `lifeworth.models.inputs`; MODEL-114 for numbers no repeat days could have, MODEL-116
    where a column zero_days tells of days without spend.
    """
    rows = table(data, ("frequency", "log_spend", "log_spend_squares"))
    x, level, squares = _whole(rows, "frequency"), *rows.columns[1:]
    again = x > 0
    empty = again & (_zero_days(data, len(x)) > 0)
    if empty.any():
        raise rows.error("MODEL-116", empty)
    for name, column in zip(rows.names[1:], (level, squares), strict=True):
        wrong = again & ~np.isfinite(column)
        if name == "log_spend_squares":
            wrong |= again & ((column < -1e-9) | ((x == 1) & (column > 1e-9)))
        if wrong.any():
            raise rows.error("MODEL-114", wrong, column=name)
    level = np.where(again, level, 0.0).astype(np.float64)
    squares = np.where(again, np.maximum(squares, 0.0), 0.0).astype(np.float64)
    return DaySpends(x, np.zeros_like(x), level, squares, weights(sample_weight, len(x)), rows.backend)


def _zero_days(data: Any, rows: int) -> NDArray[Any]:
    """The column zero_days where there is one, else none."""
    try:
        return table(data, ("zero_days",)).columns[0]
    except ModelError as missing:
        if missing.code != "MODEL-001":
            raise
        return np.zeros(rows)


def repeaters(seen: DaySpends, wanted: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Floats]:
    """Which rows tell something, and their weights. Raises ModelError MODEL-103 for fewer than two."""
    kept = wanted if seen.weight is None else wanted & (seen.weight > 0)
    if np.count_nonzero(kept) < 2:
        raise ModelError("MODEL-103", customers=int(np.count_nonzero(kept)))
    return kept, np.ones(int(kept.sum())) if seen.weight is None else seen.weight[kept]


def _whole(rows: Table, name: str) -> NDArray[np.int64]:
    column = rows.columns[rows.names.index(name)]
    if not np.isfinite(column).all():
        raise rows.error("MODEL-003", ~np.isfinite(column), column=name)
    if (column < 0).any():
        raise rows.error("MODEL-004", column < 0, column=name)
    if (column != np.floor(column)).any():
        raise rows.error("MODEL-005", column != np.floor(column))
    return column.astype(np.int64)
