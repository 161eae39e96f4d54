"""The stretches of time that potential is learned from: two windows of one length before the as-of day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FREQUENCY_EDGES = (1, 2, 4, 9, 19, 39, 79)
STRATA = 3 * (len(FREQUENCY_EDGES) + 1)
SHORTEST_DAYS = 28


@dataclass(frozen=True)
class Windows:
    """Learn on (`first`, `second`], test on (`second`, `last`]; then learn on the latter for the future."""

    first: int
    second: int
    last: int

    @property
    def oldest(self) -> int:
        return self.first - self.days

    @property
    def days(self) -> int:
        return self.last - self.second


def windows(first_day: int, last_day: int, horizon_days: float) -> Windows | None:
    """As long as the horizon where the orders allow it, a third of them otherwise; None below four weeks."""
    length = int(min(horizon_days, (last_day - first_day) / 3))
    if length < SHORTEST_DAYS:
        return None
    return Windows(last_day - 2 * length, last_day - length, last_day)


def strata(
    frequency: NDArray[np.int32], silent_days: NDArray[np.int32], window_days: int
) -> NDArray[np.int64]:
    """Codes below STRATA of customers alike in purchase days so far and time since the last one."""
    often = np.digitize(frequency, FREQUENCY_EDGES)
    silent = np.digitize(silent_days, (window_days / 4, window_days))
    return np.asarray(often * 3 + silent, np.int64)
