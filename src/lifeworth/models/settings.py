"""Horizons, rates, counts and levels a caller asks for, checked once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.base.history import UNIT_DAYS


def horizon(value: Any, name: str = "future_t") -> float:
    """A finite time, 0 or longer. Raises UsageError MODEL-021."""
    if not (np.ndim(value) == 0 and np.isfinite(value) and value >= 0):
        raise UsageError("MODEL-021", name=name, seen=str(value))
    return float(value)


def discount(rate: Any, future_t: Any) -> tuple[float, float | None]:
    """A continuous rate, above 0 where the future has no end. Raises UsageError MODEL-022."""
    limit = None if future_t is None else horizon(future_t)
    if not (np.ndim(rate) == 0 and np.isfinite(rate) and (rate > 0 or (rate == 0 and limit is not None))):
        raise UsageError("MODEL-022", seen=str(rate))
    return float(rate), limit


def counts(n: Any) -> NDArray[np.int64]:
    """Numbers of purchases, whole and not negative, as (k,). Raises UsageError MODEL-023."""
    numbers = np.atleast_1d(np.asarray(n))
    if numbers.ndim != 1 or numbers.dtype.kind not in "iuf" or not len(numbers):
        raise UsageError("MODEL-023", seen=str(n))
    if (numbers < 0).any() or (numbers != np.floor(numbers)).any():
        raise UsageError("MODEL-023", seen=str(n))
    return numbers.astype(np.int64)


def levels(q: Any) -> NDArray[np.float64]:
    """Levels of quantiles, strictly between 0 and 1, as (k,). Raises UsageError MODEL-024."""
    found = np.atleast_1d(np.asarray(q, np.float64))
    if found.ndim != 1 or not len(found) or not ((found > 0) & (found < 1)).all():
        raise UsageError("MODEL-024", seen=str(q))
    return found


def penalty(value: Any) -> float:
    """A number, 0 or above. Raises UsageError MODEL-136."""
    if not (isinstance(value, int | float | np.number) and np.isfinite(value) and value >= 0):
        raise UsageError("MODEL-136", seen=str(value))
    return float(value)


def unit_days(time_unit: Any) -> float | None:
    """Days in "D", "W", "M" or "Y"; None where nothing was said. Raises UsageError MODEL-025."""
    if time_unit is None:
        return None
    if time_unit not in UNIT_DAYS:
        raise UsageError("MODEL-025", seen=str(time_unit), known=list(UNIT_DAYS))
    return UNIT_DAYS[time_unit]
