"""What a new customer costs against what one brings, and after how many months the money is back.

CAC = spend / customers won with it. Mean CAC says nothing of the next customer: the marginal one costs
more where a channel nears its limit. A customer's worth here is historical plus current value before the
cost of winning him; payback is the first month in which the mean contribution so far per customer won reaches
CAC, those who left included (their later months count as nothing).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.levels import NORMAL_95

Array = NDArray[np.float64]
MONTH_DAYS = 30.4375
STEPS = 120  # of the way to the end of a horizon


@dataclass(frozen=True)
class Curve:
    """Mean contribution so far per customer after 1, 2, … months: standard error, and a 90 % interval of
    each month by itself (87 to 90 % in simulated channels of 40 to 200)."""

    mean: Array
    error: Array
    low: Array
    high: Array


def contribution_curve(
    customer: NDArray[np.int64], age_days: Array, amount: Array, observed_days: Array, *, least: int = 5
) -> Curve:
    """Mean cumulative function of n customers of whom some were won too recently to be seen long.

    Each month's mean is taken over those seen for the whole of it, and the months are added up. The
    standard error sums each customer's influence on all months. What customers bring is skewed: where the
    few who bring most happen to be missing, mean and error are both too small, and a band of so many errors
    to either side lies below the truth too often. The band is Hall's, which undoes the skewness.

    Source: Hall (1992), J. R. Statist. Soc. B 54(1), 221-228 (the cubic transformation of the t statistic).

    Args:
        customer: row of each payment's customer, 0..n-1.
        age_days: days from the customer's first order to the payment.
        observed_days: (n,) days from the first order to the as-of day.
        least: months with fewer customers seen end the curve.
    """
    months = np.floor((observed_days + 1) / MONTH_DAYS).astype(np.int64)
    n, length = len(months), int(months.max(initial=0))
    seen = np.bincount(months, minlength=length + 1)[::-1].cumsum()[::-1][1:]  # for 1, 2, … months
    length = int(np.count_nonzero(seen >= least))
    month = np.floor(age_days / MONTH_DAYS).astype(np.int64)
    inside = (month < length) & (month < months[customer])
    paid = np.bincount(
        customer[inside] * max(length, 1) + month[inside], amount[inside], n * max(length, 1)
    ).reshape(n, max(length, 1))[:, :length]
    at_risk = np.arange(length)[None, :] < months[:, None]
    means = paid.sum(axis=0) / seen[:length]
    seen = seen[:length]
    unbiased = np.sqrt(seen / np.maximum(seen - 1, 1))
    influence = np.cumsum(np.where(at_risk, (paid - means) / seen * unbiased, 0.0), axis=1)
    mean, error = np.cumsum(means), np.sqrt((influence**2).sum(axis=0))
    skew = (influence**3).sum(axis=0) / np.where(error > 0, error, 1.0) ** 3
    few = NORMAL_95 + (NORMAL_95**3 + NORMAL_95) / 4 / np.maximum(seen - 1, 1)  # quantile of Student's t
    return Curve(mean, error, mean - error * _unskewed(few, skew), mean - error * _unskewed(-few, skew))


def _unskewed(quantile: Array, skew: Array) -> Array:
    """The value of a t statistic whose Hall transform is `quantile`; itself without skewness."""
    k = np.where(np.abs(skew) < 1e-6, 1e-6, skew)
    return np.asarray(3.0 / k * (np.cbrt(1.0 + k * (quantile - k / 6.0)) - 1.0))


def payback(curve: Curve, cost: float) -> tuple[int | None, int | None, int | None]:
    """(month, earliest, latest) in which the mean contribution reaches `cost`; None: not within the curve."""

    def reached(values: Array) -> int | None:
        places = np.flatnonzero(values >= cost)
        return int(places[0]) + 1 if len(places) else None

    return reached(curve.mean), reached(curve.high), reached(curve.low)


def payback_ahead(
    cost: float, so_far: float, to_come: Mapping[str, float], shares: Array, *, months: float,
    horizon_months: float,
) -> dict[str, float | None]:  # fmt: skip
    """Months since the beginning when the value so far reaches `cost`, {"value", "low", "high"}.

    On the way to a share w of what is to come, its level is as uncertain as that of all of it, and its luck
    more so: distances of the interval shrink with the root of w only, which is wide enough for both. None:
    not within the horizon, or reached already.

    Args:
        so_far, months: value today, and months since the beginning.
        to_come: over the horizon, with its interval.
        shares: of it that are expected at even steps up to the end of the horizon, rising to 1.
    """
    steps = np.linspace(0.0, 1.0, STEPS + 1)
    way = np.interp(steps, np.linspace(0.0, 1.0, len(shares) + 1), [0.0, *shares])
    middle, root = way * to_come["value"], np.sqrt(np.clip(way, 0.0, 1.0))

    def reached(path: Array) -> float | None:
        places = np.flatnonzero(so_far + path >= cost)
        if not len(places) or so_far >= cost:
            return None
        return months + horizon_months * float(steps[places[0]])

    return {
        "value": reached(middle),
        "low": reached(middle + root * (to_come["high"] - to_come["value"])),
        "high": reached(np.maximum.accumulate(middle - root * (to_come["value"] - to_come["low"]))),
    }


def quadrant(cost: float, worth: float, *, mean_cost: float, mean_worth: float) -> str:
    """ "cheap_rich", "cheap_poor", "dear_rich" or "dear_poor", against the means of all channels."""
    return f"{'cheap' if cost <= mean_cost else 'dear'}_{'rich' if worth >= mean_worth else 'poor'}"
