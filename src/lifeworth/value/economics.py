"""Retention economics in closed form: what a margin stream is worth, and what to spend on it.

A margin m per period, kept with probability r from one period to the next, at a discount rate i per
period. Two conventions of timing, never mixed: the first margin comes after one period, if the customer
stays, or now. Source: Gupta & Lehmann (2003), J. Interactive Marketing 17(1), 9-24; Blattberg & Deighton
(1996), Harvard Business Review 74(4), 136-144.
"""

from dataclasses import dataclass

import numpy as np

from lifeworth.base.errors import UsageError


def margin_multiple(retention: float, discount_rate: float, growth: float = 0.0) -> float:
    """Value of a margin of 1 per period whose first payment comes after one period, r / (1 + i - r(1+g)).

    Raises:
        UsageError: VALUE-301 where the sum has no end, 1 + i <= r (1 + g).
    """
    return retention / _left(retention, discount_rate, growth)


def margin_multiple_now(retention: float, discount_rate: float, growth: float = 0.0) -> float:
    """The same with the first payment now, (1 + i) / (1 + i - r(1+g))."""
    return (1.0 + discount_rate) / _left(retention, discount_rate, growth)


def retention_elasticity(retention: float, discount_rate: float, *, first_now: bool) -> float:
    """Per cent more value for one per cent more retention: r/(1+i-r); first margin later: (1+i)/(1+i-r)."""
    left = _left(retention, discount_rate, 0.0)
    return (retention if first_now else 1.0 + discount_rate) / left


def _left(retention: float, discount_rate: float, growth: float) -> float:
    if not (0.0 <= retention <= 1.0 and discount_rate >= 0.0 and growth > -1.0):
        raise UsageError("VALUE-302", retention=retention, discount_rate=discount_rate, growth=growth)
    left = 1.0 + discount_rate - retention * (1.0 + growth)
    if left <= 0.0:
        raise UsageError("VALUE-301", retention=retention, discount_rate=discount_rate, growth=growth)
    return left


@dataclass(frozen=True)
class Spending:
    """The best spending per prospect and per customer and period, and the equity per prospect it gives."""

    acquisition: float
    retention: float
    acquisition_rate: float
    retention_rate: float
    equity: float


def best_spending(
    margin: float,
    *,
    acquisition_ceiling: float,
    acquisition_pace: float,
    retention_ceiling: float,
    retention_pace: float,
    discount_rate: float,
) -> Spending:
    """Acquire or retain: spending A per prospect and R per customer and period with the highest equity.

        a(A) = ceiling (1 - e^(-pace A)),  r(R) likewise
        equity = a m - A + a (m - R/r) r' / (1 - r'),  r' = r / (1 + d)

    Retention is chosen first (it does not depend on A), by golden section; A then in closed form.
    Calibrate a pace as -ln(1 - rate/ceiling)/spend from one observed rate.
    Raises:
        UsageError: VALUE-303 for ceilings outside (0, 1] or paces and margin not above 0.
    """
    rates = (acquisition_ceiling, retention_ceiling)
    if not (all(0 < each <= 1 for each in rates) and min(margin, acquisition_pace, retention_pace) > 0):
        raise UsageError("VALUE-303", seen=(margin, *rates, acquisition_pace, retention_pace))

    def stream(spent: float) -> float:
        rate = retention_ceiling * -np.expm1(-retention_pace * spent)
        if rate <= 0.0:
            return 0.0
        kept = rate / (1.0 + discount_rate)
        return float((margin - spent / rate) * kept / (1.0 - kept))

    spent = _highest(stream, 0.0, margin)
    worth = margin + stream(spent)
    gain = acquisition_ceiling * acquisition_pace * worth
    acquired = max(0.0, float(np.log(gain)) / acquisition_pace) if gain > 0 else 0.0
    share = acquisition_ceiling * -float(np.expm1(-acquisition_pace * acquired))
    kept_rate = retention_ceiling * -float(np.expm1(-retention_pace * spent))
    return Spending(acquired, spent, share, kept_rate, share * worth - acquired)


def pace(rate: float, ceiling: float, spend: float) -> float:
    """How fast a response curve climbs, from one observed rate: -ln(1 - rate/ceiling) / spend."""
    if not (0 < rate < ceiling <= 1 and spend > 0):
        raise UsageError("VALUE-304", rate=rate, ceiling=ceiling, spend=spend)
    return -float(np.log1p(-rate / ceiling)) / spend


def _highest(function: object, low: float, high: float) -> float:
    """Golden section after a coarse look, for a curve that rises and falls once."""
    grid = np.linspace(low, high, 201)
    best = int(np.argmax([function(float(each)) for each in grid]))  # type: ignore[operator]
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, 200)])
    ratio = (np.sqrt(5.0) - 1.0) / 2.0
    for _ in range(80):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if function(left) < function(right):  # type: ignore[operator]
            low = left
        else:
            high = right
    return (low + high) / 2.0
