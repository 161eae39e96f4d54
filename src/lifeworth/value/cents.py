"""Money to the cent, so that the parts add up to the whole.

Rounding each customer alone lets the total drift by up to half a cent per customer. Here the
total is rounded once and the cents are given out by largest remainder.
"""

import numpy as np
from numpy.typing import NDArray


def to_cents(amounts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Integer cents of `amounts` (major units, shape (n,)) whose sum is the rounded total."""
    exact = np.asarray(amounts, dtype=np.float64) * 100
    whole = np.floor(exact)
    # a float sum of many amounts wobbles around .5: settle it on a tenth of a cent first
    missing = int(np.rint(np.round(exact.sum(), 1)) - whole.sum())
    if missing:
        order = np.argsort(whole - exact, kind="stable")
        whole[order[:missing]] += 1
    return whole.astype(np.int64)
