"""Customers with a chance to buy at each of some occasions: checked counts.

frequency: occasions used, of the T there were since the customer came (the first purchase, which
made the customer, is none of them); recency: the number of the last occasion used, 0 where none
was. So 0 <= frequency <= recency <= T, all whole, and the first two are 0 together.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells, cells
from lifeworth.models.discrete_time import whole
from lifeworth.models.inputs import weights as checked_weights
from lifeworth.models.tables import table

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]
MOST_OCCASIONS = 10_000


@dataclass(frozen=True)
class Opportunities:
    """n checked customers: occasions used, the last one used, occasions there were."""

    frequency: Counts
    recency: Counts
    T: Counts
    weight: Floats | None
    backend: str

    def __len__(self) -> int:
        return len(self.frequency)

    @cached_property
    def cells(self) -> Cells:
        """Different customers, each with their number."""
        return cells(self.frequency, self.recency, self.T, self.weight)

    @cached_property
    def histories(self) -> tuple[tuple[Floats, Floats, Floats], NDArray[np.intp]]:
        """The different (x, t_x, T), each (m,), and which one each customer has, (n,)."""
        width = int(self.T.max()) + 1
        key = (self.frequency.astype(np.int64) * width + self.recency) * width + self.T
        different, place = np.unique(key, return_inverse=True)
        before, age = np.divmod(different, width)
        count, last = np.divmod(before, width)
        return (count.astype(float), last.astype(float), age.astype(float)), place


def opportunities(data: Any, sample_weight: Any = None) -> Opportunities:
    """Checked customers of shape (n,).

    Raises ModelError: MODEL-202 not whole, 214 the three do not agree, 210 more than 10,000
    occasions; MODEL-001, 002, 003, 004, 009, 011, 012, 013 as `lifeworth.models.inputs`.
    """
    rows = table(data, ("frequency", "recency", "T"))
    x, t_x, T = (whole(rows, index) for index in range(3))
    wrong = (x > t_x) | (t_x > T) | ((x == 0) != (t_x == 0))
    if wrong.any():
        raise rows.error("MODEL-214", wrong)
    if T.max() > MOST_OCCASIONS:
        raise rows.error("MODEL-210", T > MOST_OCCASIONS, limit=MOST_OCCASIONS)
    weight = checked_weights(sample_weight, len(x))
    return Opportunities(x.astype(np.int32), t_x.astype(np.int32), T.astype(np.int32), weight, rows.backend)
