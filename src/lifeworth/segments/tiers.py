"""High-value, potential and low-value customers: what is still to come, and how it compares with the past.

High (高价值): the customers who together hold 80 % of the value expected over the horizon,
largest first (or the top N %, or a value set by the business). Equal values share a tier.
Potential (潜力): of the others, those who hold up: their growth - value expected over the horizon
over the value of a past stretch of the same length - reaches that of the whole base, or 1 where
the base as a whole grows (then all who grow count). Low (低价值): the rest.

The past stretch of the same length is read from the average pace: historical value x horizon /
age, but never more than the historical value: a customer of ten days has earned what he has
earned, nobody extrapolates it to a year.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.segments.columns import Array, Reason, checked

TIERS = ("high", "potential", "low")
HIGH_SHARE = 0.80
SAME = 1e-9  # relative: growths that differ less are equal, as all are under the plain formula


@dataclass(frozen=True)
class TierResult:
    """codes: (n,) of `TIERS`; growth: (n,) expected over past value (inf: nothing earned so far).

    thresholds: value (least of the high tier, and above 0), growth (least of the potential tier),
    share (of expected value held by the high tier).
    """

    codes: NDArray[np.str_]
    growth: Array
    thresholds: dict[str, float]
    by: Literal["share", "top", "given"]
    as_of_day: int | None
    values: tuple[Array, Array]

    def reason(self, row: int) -> Reason:
        facts: dict[str, Any] = {
            "value": float(self.values[0][row]),
            "growth": min(float(self.growth[row]), 999.0),
            **{f"least_{name}": limit for name, limit in self.thresholds.items()},
        }
        return Reason(f"segment.tier.{self.codes[row]}.reason", facts, self.as_of_day)


def tiers(
    expected_value: Array,
    historical_value: Array,
    age_days: Array,
    *,
    horizon_days: float,
    high_share: float = HIGH_SHARE,
    top: float | None = None,
    value: float | None = None,
    growth: float | None = None,
    as_of_day: int | None = None,
) -> TierResult:
    """Tiers of n customers.

    Args:
        expected_value: value over the horizon (current value; later current + potential).
        historical_value: value so far, same unit. age_days: days since the first purchase.
        high_share: share of all expected value that the high tier holds together, 0..1.
        top: instead, the share of customers in the high tier, 0..1.
        value: instead, the least expected value of the high tier.
        growth: least growth of the potential tier.
    Raises:
        UsageError VALUE-064, VALUE-065 (columns), VALUE-069 (a setting out of range).
    """
    expected, past, age = checked(
        expected_value=expected_value, historical_value=historical_value, age_days=age_days
    )
    if not (horizon_days > 0 and 0 < high_share <= 1 and (top is None or 0 < top <= 1)):
        raise UsageError("VALUE-069", seen=f"horizon {horizon_days}, share {high_share}, top {top}")
    by: Literal["share", "top", "given"] = (
        "given" if value is not None else "top" if top is not None else "share"
    )
    least_value = value if value is not None else _least_high_value(expected, high_share, top)
    stretch = past * np.minimum(1.0, horizon_days / np.maximum(age, 1.0))
    grown = growth_of(expected, stretch)
    least_growth = growth if growth is not None else _base_growth(expected, stretch)
    high = (expected >= least_value) & (expected > 0)
    potential = ~high & (expected > 0) & (grown >= least_growth * (1 - SAME))
    held = expected[high].sum() / expected.sum() if expected.sum() > 0 else 0.0
    thresholds = {"value": float(least_value), "growth": float(least_growth), "share": float(held)}
    codes = np.where(high, "high", np.where(potential, "potential", "low"))
    return TierResult(codes, grown, thresholds, by, as_of_day, (expected, past))


def growth_of(expected: Array, stretch: Array) -> Array:
    """Expected over past value; inf where there is no positive past but a future, 0 where neither."""
    none_earned = np.where(expected > 0, np.inf, 0.0)
    return np.where(stretch > 0, expected / np.where(stretch > 0, stretch, 1.0), none_earned)


def _least_high_value(expected: Array, share: float, top: float | None) -> float:
    """Value of the last customer who belongs to the high tier; 0 if nobody is worth anything."""
    falling = np.sort(expected[expected > 0])[::-1]
    if len(falling) == 0:
        return 0.0
    if top is not None:
        return float(falling[min(len(falling), int(np.ceil(top * len(expected) - 1e-9))) - 1])
    held = np.cumsum(falling)
    return float(falling[np.searchsorted(held, share * held[-1] * (1 - 1e-12))])


def _base_growth(expected: Array, stretch: Array) -> float:
    earned = stretch.sum()
    return float(min(1.0, max(0.0, expected.sum() / earned))) if earned > 0 else 1.0
