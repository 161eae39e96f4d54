"""Calibration: do groups of customers bring what was said of them, and does the base follow its curve.

One customer's year is luck; a tenth of the base is not. Sorting by forecast and comparing
means shows whether high forecasts are too high and low ones too low.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.monitoring.ranking import Array, by_forecast


def deciles(forecast: Array, actual: Array, groups: int = 10) -> list[dict[str, Any]]:
    """Tenths by forecast, best first, means per customer: `results.summary.Decile`.

    With fewer customers than groups, one group per customer. Equal forecasts on both sides of
    a border count with their common mean.
    """
    customers = len(forecast)
    if customers == 0:
        return []
    said, happened = by_forecast(forecast, actual)
    borders = np.linspace(0, customers, min(groups, customers) + 1).round().astype(int)
    return [
        {
            "decile": number,
            "customers": int(end - start),
            "forecast": float(said[start:end].mean()),
            "actual": float(happened[start:end].mean()),
        }
        for number, (start, end) in enumerate(pairwise(borders), start=1)
    ]


def decile_error(forecast: Array, actual: Array) -> float:
    """Σ |forecast - actual| over the tenths' totals, as a share of all actual value.

    At least |bias|. A forecast of nothing is wrong by 1, however many customers bought nothing.
    """
    total = actual.sum()
    if total <= 0:
        return float("inf") if np.any(forecast != actual) else 0.0
    missed = sum(
        abs(tenth["forecast"] - tenth["actual"]) * tenth["customers"] for tenth in deciles(forecast, actual)
    )
    return float(missed / total)


def coverage(actual: Array, low: Array, high: Array) -> float:
    """Share of customers whose actual value lies inside their interval, ends included."""
    if len(actual) == 0:
        return 0.0
    # values are sums of cents: an end that differs in the last bit is the same end
    slack = 1e-9 * np.maximum(1.0, np.abs(actual))
    return float(np.mean((actual >= low - slack) & (actual <= high + slack)))


def period_starts(first_day: int, last_day: int, step_days: int = 7) -> NDArray[np.int64]:
    """First days of the whole periods that fit into first_day..last_day; a rest at the end is dropped."""
    return np.arange(first_day, last_day - step_days + 2, step_days, dtype=np.int64)


def count_by_period(
    days: NDArray[np.integer], counts: Array | None, starts: NDArray[np.int64], step_days: int = 7
) -> Array:
    """Purchases per period: `days` are day numbers, `counts` how many each stands for (1 if None)."""
    if len(starts) == 0:
        return np.zeros(0)
    period = (np.asarray(days, np.int64) - starts[0]) // step_days
    inside = (period >= 0) & (period < len(starts))
    weights = None if counts is None else np.asarray(counts, np.float64)[inside]
    return np.bincount(period[inside], weights=weights, minlength=len(starts)).astype(np.float64)


def expected_by_period(
    expected_new: Callable[[Array], Array],
    first_days: NDArray[np.integer],
    starts: NDArray[np.int64],
    step_days: int = 7,
) -> Array:
    """Repeat purchases of the whole base that a model expects in each period.

    Args:
        expected_new: expected repeat purchases of a new customer within t days, for an array of t > 0.
        first_days: (n,) day number of each customer's first purchase.
    """
    if len(starts) == 0:
        return np.zeros(0)
    first, customers = np.unique(np.asarray(first_days, np.int64), return_counts=True)
    ends = np.append(starts, starts[-1] + step_days) - 1  # last days, the first of the day before it all
    ages = np.maximum(ends[None, :] - first[:, None], 0)
    distinct, at = np.unique(ages, return_inverse=True)
    bought = np.zeros(len(distinct))
    if np.any(distinct > 0):
        bought[distinct > 0] = expected_new(distinct[distinct > 0].astype(np.float64))
    return np.diff(customers @ bought[at].reshape(ages.shape))


def tracking(
    starts: NDArray[np.int64], actual: Array, expected: Array, cutoff_day: int
) -> list[dict[str, Any]]:
    """Repeat purchases of the whole base by period: `results.summary.Week`.

    A period counts as held out when it begins after `cutoff_day`, the last day the model has seen.
    """
    return [
        {
            "start": date_of(int(start)).isoformat(),
            "actual": float(happened),
            "expected": float(said),
            "holdout": bool(start > cutoff_day),
        }
        for start, happened, said in zip(starts, actual, expected, strict=True)
    ]
