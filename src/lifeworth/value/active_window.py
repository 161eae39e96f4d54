"""How long a silence may last before a customer no longer counts as active, read off the data.

The window is the number of days within which nine in ten of those who come back at all have come back. A
silence that is still open tells only that it has lasted so long: the curve of returns is that of Kaplan &
Meier (1958), and its height at the end is the share who ever come back within what was watched.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.levels import NORMAL_95

Array = NDArray[np.float64]
COME_BACK = 0.9
FEWEST_RETURNS = 30  # customers who came back, below which no window is suggested


def returned(length: Array, ended: Array, still_open: Array) -> Array:
    """Share who have come back after each length, (k,): 1 - the Kaplan-Meier curve."""
    leaving = (ended + still_open)[::-1].cumsum()[::-1]
    stays = 1.0 - np.divide(ended, leaving, out=np.zeros_like(leaving), where=leaving > 0)
    return np.asarray(1.0 - np.cumprod(stays))


def active_window(length: Array, ended: Array, still_open: Array, customers: int) -> dict[str, Any] | None:
    """Window and median gap in days, each {"value", "low", "high"}, and the share who ever come back.

    The interval moves the share by its binomial error over `customers` who came back, not over gaps: the gaps
    of one customer are alike. None where fewer than FEWEST_RETURNS came back.
    """
    if customers < FEWEST_RETURNS:
        return None
    curve = returned(length, ended, still_open)
    ever = float(curve[-1])

    def after(share: float) -> float:
        return float(length[min(int(np.searchsorted(curve, share * ever - 1e-12)), len(length) - 1)])

    def told(share: float) -> dict[str, float]:
        half = NORMAL_95 * np.sqrt(share * (1 - share) / customers)
        ends = {"value": share, "low": share - half, "high": min(share + half, 1.0)}
        return {name: after(float(end)) for name, end in ends.items()}

    return {"window_days": told(COME_BACK), "median_gap_days": told(0.5), "ever_come_back": ever}
