"""What a new customer costs against what one brings, and after how many months the money is back.

CAC = spend / customers won with it. Mean CAC says nothing of the next customer: the marginal one costs
more where a channel nears its limit. A customer's worth here is historical plus current value before the
cost of winning him; payback is the first month in which the mean contribution so far per customer won reaches
CAC, those who left included (their later months count as nothing).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MONTH_DAYS = 30.4375
NORMAL_90 = 1.6448536269514722


@dataclass(frozen=True)
class Curve:
    """Mean contribution so far per customer after 1, 2, … months, with its standard error."""

    mean: Array
    error: Array


def contribution_curve(
    customer: NDArray[np.int64], age_days: Array, amount: Array, observed_days: Array, *, least: int = 5
) -> Curve:
    """Mean cumulative function of n customers of whom some were won too recently to be seen long.

    Each month's mean is taken over those seen for the whole of it, and the months are added up. The
    standard error sums each customer's influence on all months.

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
    influence = np.cumsum(np.where(at_risk, (paid - means) / seen[:length], 0.0), axis=1)
    return Curve(np.cumsum(means), np.sqrt((influence**2).sum(axis=0)))


def payback(curve: Curve, cost: float) -> tuple[int | None, int | None, int | None]:
    """(month, earliest, latest) in which the mean contribution reaches `cost`; None: not within the curve."""

    def reached(values: Array) -> int | None:
        places = np.flatnonzero(values >= cost)
        return int(places[0]) + 1 if len(places) else None

    half = NORMAL_90 * curve.error
    return reached(curve.mean), reached(curve.mean + half), reached(curve.mean - half)


def quadrant(cost: float, worth: float, *, mean_cost: float, mean_worth: float) -> str:
    """ "cheap_rich", "cheap_poor", "dear_rich" or "dear_poor", against the means of all channels."""
    return f"{'cheap' if cost <= mean_cost else 'dear'}_{'rich' if worth >= mean_worth else 'poor'}"
