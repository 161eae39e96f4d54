"""The plain formula every model must beat: past monthly spend times months.

It assumes that everybody goes on as before and nobody leaves.
"""

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.history import DAYS_PER_MONTH

Array = NDArray[np.float64]


def past_monthly(amount: Array, age_days: Array) -> Array:
    """Amount per month of age, shape (n,); an age below one month counts as one month."""
    return amount / np.maximum(age_days / DAYS_PER_MONTH, 1.0)


def naive_forecast(amount: Array, age_days: Array, days: float) -> Array:
    """Amount (or purchases) of the coming `days`, undiscounted and never negative, shape (n,)."""
    return np.maximum(past_monthly(amount, age_days), 0.0) * (days / DAYS_PER_MONTH)
