"""The column log_gaps: the sum of ln(gap) over the gaps between a customer's purchase days.

It tells how even the gaps are: of x gaps that add up to recency, it is largest where all are equal,
x ln(recency/x). One gap is the recency itself. In another unit of time it shifts by x ln(factor).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.history import PurchaseHistory
from lifeworth.models.inputs import Histories
from lifeworth.models.tables import Table, table

COLUMN = "log_gaps"
SLACK = 1e-6


def mean_of_cells(values: NDArray[np.float64], h: Histories) -> NDArray[np.float64]:
    """The (weighted) mean of `values` (n,) over the customers of each different history, (len(h.cells),)."""
    order = np.lexsort((h.T, h.recency, h.frequency))
    weight = np.ones(len(h)) if h.weight is None else h.weight
    columns = [each[order] for each in (h.frequency, h.recency, h.T)]
    new = np.any([np.diff(each, prepend=-1) != 0 for each in columns], axis=0)
    if int(new.sum()) != len(h.cells):  # real times: those who bought again stand for themselves
        new |= columns[0] > 0
    first = np.flatnonzero(new)
    total = np.add.reduceat((weight * values)[order], first)
    return np.asarray(total / np.maximum(np.add.reduceat(weight[order], first), 1e-300))


def log_gaps(data: Any, h: Histories) -> NDArray[np.float64]:
    """The column of each customer (n,), times in ticks of `h`.

    Raises ModelError: MODEL-014 no such column, MODEL-003 not finite, MODEL-015 not a sum of logarithms
    of gaps that add up to recency.
    """
    rows = _rows(data)
    x, recency, told = (column.astype(np.float64) for column in rows.columns)
    if not np.isfinite(told).all():
        raise rows.error("MODEL-003", ~np.isfinite(told), column=COLUMN)
    even = x * np.log(np.where(x > 0, recency / np.maximum(x, 1.0), 1.0))
    slack = SLACK * (1.0 + x + np.abs(even))
    wrong = (told > even + slack) | ((x <= 1) & (told < even - slack))
    if wrong.any():
        raise rows.error("MODEL-015", wrong)
    return told - x * np.log(h.tick)


def _rows(data: Any) -> Table:
    if isinstance(data, PurchaseHistory):
        raise ModelError("MODEL-014", seen=[name for name in vars(data) if name != "customer_id"])
    try:
        return table(data, ("frequency", "recency", COLUMN))
    except ModelError as error:
        if error.code != "MODEL-001":
            raise
        raise ModelError("MODEL-014", seen=error.facts["seen"]) from None
