"""What one recruit is worth to the company, given that it might have come anyway.

A recruit who would not have come brings its whole margin; one who would have come saves the cost
of acquiring it and comes a little earlier. How likely the second is, the referral ids do not
tell: a randomised hold-out does, a rate of arrivals among comparable prospects may, and otherwise
it is an assumption, to be shown as a band. Source: methods.md 5.2 (c).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.models.referral.shapley import probabilities

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A probability with its 90 % interval; source: "hold_out", "hazard" or "assumed"."""

    value: float
    low: float
    high: float
    source: str


def recruit_value(
    margin: Any,
    would_have_joined: Any,
    *,
    acquisition_cost_saved: Any = 0.0,
    reward: Any = 0.0,
    acceleration: Any = 0.0,
    discount_rate: float = 0.0,
) -> Floats:
    """nu (k,): expected value of one recruit of each kind.

    Args:
        margin: present value of a recruit's own margin, without the cost of acquiring it.
        acceleration: time by which the referral brought forward those who would have come.
        discount_rate: continuous, per unit of that time.
    """
    m = np.atleast_1d(np.asarray(margin, np.float64))
    anyway = probabilities(would_have_joined, len(m))
    earlier = m * -np.expm1(-discount_rate * np.asarray(acceleration, np.float64))
    return (1.0 - anyway) * m + anyway * (acquisition_cost_saved + earlier) - reward


def joined_anyway_by_hazard(rate: Any, horizon: float) -> Floats:
    """1 - exp(-rate * horizon): arrivals without referral among comparable prospects, per unit of time."""
    return np.atleast_1d(-np.expm1(-np.asarray(rate, np.float64) * horizon))


def joined_anyway_by_hold_out(
    joined_without: int, prospects_without: int, joined_with: int, prospects_with: int
) -> Share:
    """From a randomised hold-out: of those who join with referrals on, the share who join with them off.

    The ratio of the two rates of joining, at most 1; the interval is that of a ratio of binomials,
    in logarithms, with half an event added on each side.
    Raises UsageError MODEL-315 where an arm has no prospects or more customers than prospects.
    """
    for name, joined, prospects in (
        ("without", joined_without, prospects_without),
        ("with", joined_with, prospects_with),
    ):
        if not 0 <= joined <= prospects or prospects == 0:
            raise UsageError("MODEL-315", name=name, seen=f"{joined}/{prospects}")
    off, on = joined_without + 0.5, joined_with + 0.5
    log_ratio = np.log(off / (prospects_without + 1.0)) - np.log(on / (prospects_with + 1.0))
    variance = 1 / off - 1 / (prospects_without + 1) + 1 / on - 1 / (prospects_with + 1)
    reach = 1.6448536 * np.sqrt(variance)
    value, low, high = np.minimum(1.0, np.exp([log_ratio, log_ratio - reach, log_ratio + reach])).tolist()
    return Share(value, low, high, "hold_out")
