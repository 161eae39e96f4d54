"""Ages in bands of one hazard, and what subscribers show in each: renewal dates faced, and leaving.

Within a band of ages the hazard of a subscriber is one number, so that renewal dates add up: the
likelihood of n subscribers needs n numbers per band instead of one row per subscriber and date.
The last band goes on for ever.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.retention.inputs import Tenures

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
SINGLE_AGES = 3  # the first dates, where leaving is most uneven, never share a band if they have leavers


@dataclass(frozen=True)
class Exposure:
    """Per band (b,) and subscriber (n,): renewal dates faced (b, n), and 1 where they left there."""

    faced: Floats
    left: Floats


def bands(rows: Tenures, most: int, fewest: float, weight: Floats) -> Counts:
    """First renewal date of each band (b,), starting with 1; each band has `fewest` leavers or more."""
    dates = rows.renewals[rows.churned] + 1
    left = np.bincount(dates, weight[rows.churned]) if len(dates) else np.zeros(1)
    enough = max(fewest, left.sum() / most)
    starts, held = [1], 0.0
    for date in range(1, len(left)):
        held += float(left[date])
        if held >= (fewest if date <= SINGLE_AGES else enough) and len(starts) < most:
            starts.append(date + 1)
            held = 0.0
    if held < fewest and len(starts) > 1:
        starts.pop()  # too few to stand alone: they join the band before
    return np.array(starts, np.int64)


def exposure(rows: Tenures, starts: Counts) -> Exposure:
    """What each subscriber shows in each band."""
    faced = dates_in_bands(rows.entry, rows.renewals + rows.churned, starts)
    band = np.searchsorted(starts, rows.renewals + 1, side="right") - 1
    left = np.zeros_like(faced)
    left[band[rows.churned], np.flatnonzero(rows.churned)] = 1.0
    return Exposure(faced, left)


def dates_in_bands(after: Counts, until: Counts, starts: Counts) -> Floats:
    """How many of the renewal dates after+1 .. until fall into each band, (b, n)."""
    ends = np.append(starts[1:] - 1, np.iinfo(np.int64).max)
    low = np.maximum(after[None, :], starts[:, None] - 1)
    high = np.minimum(until[None, :], ends[:, None])
    return np.maximum(high - low, 0).astype(np.float64)
