"""Satisfaction beside value: shares with their intervals, classes of two-way value, and what goes with what.

Two-way value: what a customer is worth to the company (future value) against what the company is worth to
the customer (perceived value). Stars have both, vulnerable customers are worth much and get little, free
riders get much and bring little, lost causes neither. Source: Gupta & Lehmann (2005), Managing Customers
as Investments; methods.md 1.

The relation of satisfaction and later value looks forward only: what was bought in the quarters after an
answer, given what was bought before it. That is an association: nobody drew lots over satisfaction.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.levels import NORMAL_95

Array = NDArray[np.float64]
CLASSES = ("star", "vulnerable", "free_rider", "lost_cause")
FEWEST_ANSWERS, FEWEST_CUSTOMERS = 50, 30
MATERIAL = 0.3  # of a standard deviation
TOP = 0.75  # of the scale: 4 and 5 of 5, 6 and 7 of 7, 8 to 10 of 10


def net_promoter(scores: Array) -> dict[str, float] | None:
    """Net promoter score of n answers 0..10, -100 to 100, with its 90 % interval; None without answers.

    Promoters answer 9 or 10, detractors up to 6. The interval is the adjusted Wald interval, three
    imagined answers spread 1 : 2 : 1. Source: Rocks (2016), Int. J. Market Research 58(1).
    """
    n = len(scores)
    if not n:
        return None
    promoters, detractors = float((scores >= 9).sum()), float((scores <= 6).sum())
    high, low, whole = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3), n + 3
    half = NORMAL_95 * float(np.sqrt(max(high + low - (high - low) ** 2, 0.0) / whole))
    value, middle = (promoters - detractors) / n, high - low
    return {
        "value": 100 * value,
        "low": 100 * min(value, max(middle - half, -1.0)),
        "high": 100 * max(value, min(middle + half, 1.0)),
        "answers": n,
    }


def satisfied_share(shares: Array) -> dict[str, float] | None:
    """Share of n answers (0..1 of the scale) in its top quarter, with the 90 % interval of Wilson."""
    n = len(shares)
    if not n:
        return None
    p, z2 = float((shares >= TOP - 1e-9).mean()), NORMAL_95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = NORMAL_95 / (1 + z2 / n) * float(np.sqrt(p * (1 - p) / n + z2 / (4 * n * n)))
    return {"value": p, "low": min(p, middle - half), "high": max(p, middle + half), "answers": n}


def mean_with_interval(amounts: Array) -> dict[str, float] | None:
    """Mean and its 90 % interval by the central limit; None with fewer than two amounts."""
    n = len(amounts)
    if n < 2:
        return None
    mean, half = float(amounts.mean()), NORMAL_95 * float(amounts.std(ddof=1) / np.sqrt(n))
    return {"value": mean, "low": mean - half, "high": mean + half, "customers": n}


def reliability(items: Array) -> float | None:
    """Cronbach's alpha of (n, k) items on one scale; None with fewer than 10 rows or no spread."""
    n, k = items.shape
    whole = items.sum(axis=1).var(ddof=1) if n >= 10 and k > 1 else 0.0
    if whole <= 0:
        return None
    return float(k / (k - 1) * (1 - items.var(axis=0, ddof=1).sum() / whole))


@dataclass(frozen=True)
class TwoWay:
    """Classes of those who answered; thresholds: at or above which each side is high."""

    codes: NDArray[np.str_]
    value_of: float
    value_to: float


def two_way(value_of: Array, value_to: Array, base: Array) -> TwoWay:
    """Classes of n customers who answered.

    Args:
        value_of: future value; value_to: 0..1; base: future value of all customers, whose median is the
            border of value_of. The border of value_to is the median of the answers.
    """
    least_of = float(np.median(base)) if len(base) else 0.0
    least_to = float(np.median(value_to)) if len(value_to) else 0.0
    worthy, pleased = value_of >= least_of, value_to >= least_to - 1e-9
    place = np.where(worthy, np.where(pleased, 0, 1), np.where(pleased, 2, 3))
    return TwoWay(np.array(CLASSES)[place], least_of, least_to)


@dataclass(frozen=True)
class Relation:
    """What one point more of the scale goes with, in one stretch after the answer."""

    slope: float
    error: float
    answers: int
    customers: int
    mean: float  # outcome of all

    def to_json(self) -> dict[str, Any]:
        half = NORMAL_95 * self.error
        return {
            "value": self.slope, "low": self.slope - half, "high": self.slope + half,
            "error": self.error, "answers": self.answers, "customers": self.customers, "mean": self.mean,
        }  # fmt: skip


def relation(points: Array, outcome: Array, before: Array, customer: NDArray[np.int64]) -> Relation | None:
    """Least squares of the outcome on the answer and what was known before it.

    Errors are robust to unequal spread and to several answers of one customer (sandwich by clusters, with
    the small-sample factor G/(G-1) (n-1)/(n-k)). None with fewer than 50 answers of 30 customers, or
    where all answered the same.

    Args:
        points: (n,) answers in points of their scale; outcome: (n,); before: (n, k) known before.
        customer: (n,) who answered.
    """
    n = len(points)
    groups, group = np.unique(customer, return_inverse=True)
    if n < FEWEST_ANSWERS or len(groups) < FEWEST_CUSTOMERS or np.ptp(points) == 0:
        return None
    spread = before.std(axis=0) > 1e-12
    design = np.column_stack([points, np.ones(n), before[:, spread]])
    scale = np.linalg.norm(design, axis=0)
    inverse = np.linalg.pinv((design / scale).T @ (design / scale))
    weights = inverse @ (design / scale).T / scale[:, None]
    found = weights @ outcome
    left = outcome - design @ found
    scores = np.zeros((len(groups), design.shape[1]))
    np.add.at(scores, group, (design / scale) * left[:, None])
    middle = inverse @ (scores.T @ scores) @ inverse / np.outer(scale, scale)
    many = len(groups)
    factor = many / (many - 1) * (n - 1) / max(n - design.shape[1], 1)
    error = float(np.sqrt(max(middle[0, 0] * factor, 0.0)))
    return Relation(float(found[0]), error, n, many, float(outcome.mean()))


def rates_lower(one: Array, other: Array) -> bool:
    """Whether the first group answers worse beyond chance (Welch, 1 %), by .3 standard deviations or more."""
    if min(len(one), len(other)) < 10:
        return False
    spread = one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)
    gap = float(other.mean() - one.mean())
    return bool(gap > 2.576 * np.sqrt(max(spread, 1e-300)) and gap >= MATERIAL * other.std(ddof=1))
