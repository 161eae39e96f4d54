"""What an offer by lot changed: treated against control, as drawn, whatever became of the offer.

    difference of shares   (x1 + 1)/(n1 + 2) - (x0 + 1)/(n0 + 2) gives the interval (Agresti & Caffo 2000)
    difference of means    Welch (1947)
    lift of take-ups       m1/m0 - 1, the log of the ratio near normal; the mean of 1/m0 is corrected
    too few take-ups       judged by those of both arms: to ask for some in the control picks its lucky draws
    lifts together         logs of the ratios, by take-ups in all: precision itself leans to lucky campaigns
    sample ratio           (n0 - share n)^2 / (n share (1 - share)), chi-square
    balance                Hotelling's T^2 over what was known before the offer, chi-square

Intervals are of 90 %. Sources: The American Statistician 54(4), 280-288; Biometrika 34, 28-35; Fabijan et al.
(2019), KDD, on sample ratios.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.levels import NORMAL_95
from lifeworth.models.referral.gamma_law import gamma_tail

Array = NDArray[np.float64]
SUSPECT = 0.001  # a chance below which the arms are not as they were drawn
FEWEST = 30  # take-ups in both arms, below which a lift says nothing
FEWEST_CONTROL = 10  # of them due to the control by its share of the customers
EVEN = 0.1  # how far from one half a control may be for an even lot to be taken as planned


@dataclass(frozen=True)
class Estimate:
    """With the 90 % interval and the standard error; weight: of a lift among those of other campaigns."""

    value: float
    low: float
    high: float
    error: float
    weight: float = 1.0

    def to_json(self) -> dict[str, float]:
        return {"value": self.value, "low": self.low, "high": self.high}


def share_difference(treated: NDArray[np.bool_], control: NDArray[np.bool_]) -> Estimate:
    """Share of the treated less that of the control."""
    shares = [float(arm.mean()) for arm in (treated, control)]
    sizes = [len(arm) + 2 for arm in (treated, control)]
    near = [(float(arm.sum()) + 1) / size for arm, size in zip((treated, control), sizes, strict=True)]
    error = math.sqrt(sum(share * (1 - share) / size for share, size in zip(near, sizes, strict=True)))
    middle, value = near[0] - near[1], shares[0] - shares[1]
    low, high = middle - NORMAL_95 * error, middle + NORMAL_95 * error
    return Estimate(value, min(low, value), max(high, value), error)


def mean_difference(treated: Array, control: Array) -> Estimate:
    """Mean of the treated less that of the control; at least two customers each."""
    parts = [float(arm.var(ddof=1)) / len(arm) for arm in (treated, control)]
    error, value = math.sqrt(sum(parts)), float(treated.mean() - control.mean())
    if error == 0:
        return Estimate(value, value, value, 0.0)
    below = sum(part**2 / (len(arm) - 1) for part, arm in zip(parts, (treated, control), strict=True))
    reach = student_95(sum(parts) ** 2 / below) * error
    return Estimate(value, value - reach, value + reach, error)


def lift(treated: Array, control: Array) -> Estimate | None:
    """How much more the treated do, as a share of what the control does; None where too few do anything."""
    together = float(treated.sum() + control.sum())
    due = together * len(control) / (len(treated) + len(control))
    if together < FEWEST or due < FEWEST_CONTROL or control.sum() <= 0 or treated.sum() <= 0:
        return None
    above, below = (float(arm.var(ddof=1)) / len(arm) / float(arm.mean()) ** 2 for arm in (treated, control))
    ratio = float(treated.mean() / control.mean())
    spread = math.sqrt(above + below)
    ends = [ratio * math.exp(sign * NORMAL_95 * spread) - 1 for sign in (-1, 1)]
    even = len(treated) * len(control) / (len(treated) + len(control)) ** 2
    return Estimate(ratio / (1 + below) - 1, ends[0], ends[1], ratio * spread, together * even)


def student_95(degrees: float) -> float:
    """95 % quantile of Student's law by its expansion around the normal one; good from three degrees on."""
    z, n = NORMAL_95, max(degrees, 1.0)
    return z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n * n)


def planned_share(told: float | None, control: int, customers: int) -> float | None:
    """The control's share of the lot as planned; one half where nobody says and the arms are near even."""
    if told is not None:
        return told
    return 0.5 if abs(control / customers - 0.5) <= EVEN else None


def ratio_chance(control: int, customers: int, share: float) -> float:
    """Chance of arms at least so far from the planned share."""
    distance = abs(control - share * customers) / math.sqrt(customers * share * (1 - share))
    return math.erfc(distance / math.sqrt(2))


def balance_chance(facts: Array, treated: NDArray[np.bool_]) -> tuple[float, float]:
    """Chance of arms at least so different before the offer; the largest difference in standard deviations.

    Args:
        facts: (k, m), what was known of each customer before.
    """
    spread = facts.std(axis=0)
    facts = facts[:, spread > 1e-12 * (1 + np.abs(facts).max(axis=0, initial=0.0))]
    if not facts.shape[1]:
        return 1.0, 0.0
    scaled = (facts - facts.mean(axis=0)) / facts.std(axis=0)
    gap = scaled[treated].mean(axis=0) - scaled[~treated].mean(axis=0)
    weight = 1.0 / (1.0 / treated.sum() + 1.0 / (~treated).sum())
    together = np.atleast_2d(np.cov(scaled, rowvar=False))
    degrees = int(np.linalg.matrix_rank(together, tol=1e-8))
    distance = float(weight * gap @ np.linalg.pinv(together, rcond=1e-8, hermitian=True) @ gap)
    chance = float(gamma_tail(np.array([distance / 2]), np.array([degrees / 2.0]))[0])
    return chance, float(np.abs(gap).max())


def pooled(found: Sequence[Estimate]) -> Estimate:
    """Lifts as one; the error grows where campaigns differ by more than chance."""
    if len(found) == 1:
        return found[0]
    variance = (np.array([math.log((1 + each.high) / (1 + each.low)) for each in found]) / 2 / NORMAL_95) ** 2
    logs = np.array([math.log(1 + each.value) for each in found]) + variance / 2
    weights = np.array([each.weight for each in found])
    weights = weights / weights.sum()
    middle = float(weights @ logs)
    apart = float(((logs - middle) ** 2 / variance).sum()) / (len(found) - 1)
    error = math.sqrt(max(apart, 1.0) * float(weights**2 @ variance))
    low, high = (math.exp(middle + sign * NORMAL_95 * error) - 1 for sign in (-1, 1))
    return Estimate(math.exp(middle - error**2 / 2) - 1, low, high, math.exp(middle) * error)
