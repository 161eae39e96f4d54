"""Growth beyond the model: do customers whose pace rose go on buying more than the model says?

A customer's pace rose when the purchases of the later of two windows are too many for chance, given
those of both and how the whole base moved. That alone is mostly luck, so the held-out window decides:
the ratio of actual to expected purchases of such customers, against that of all others. Only where the
ratio is significantly above 1 is there growth value, and only so much.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.levels import NORMAL_95

Array = NDArray[np.float64]
FEWEST_CUSTOMERS = 20
FEWEST_PURCHASES = 3


@dataclass(frozen=True)
class Growth:
    """rise: share by which risers exceed the model, 0 unless significant; sd: its standard error."""

    rise: float
    sd: float
    risers: int  # customers of the held-out window
    measured: float  # the ratio - 1 as it was measured, significant or not


def trend(earlier: Array, later: Array, known: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Per customer 1 growing, 2 steady, 3 declining, 0 nobody can tell: fewer than `FEWEST_PURCHASES` in both
    windows, or not yet a customer when the earlier one began.

    Growing and declining are more, or fewer, purchases in the later window than chance makes of those in
    both, given how the whole base moved: in one of twenty steady customers each.
    """
    told = known & (earlier + later >= FEWEST_PURCHASES)
    up, down = risen(earlier, later), risen(later, earlier)
    return np.where(told, np.where(up, 1, np.where(down, 3, 2)), 0).astype(np.int8)


def risen(earlier: Array, later: Array) -> NDArray[np.bool_]:
    """Whose purchases of the later window are too many for chance, (n,)."""
    both = earlier + later
    whole = both.sum()
    if whole == 0:
        return np.zeros(len(both), bool)
    share = later.sum() / whole
    sd = np.sqrt(np.maximum(both * share * (1 - share), 1e-12))
    return np.asarray((later - both * share > NORMAL_95 * sd) & (both >= FEWEST_PURCHASES))


def persistence(rose: NDArray[np.bool_], actual: Array, expected: Array) -> Growth:
    """How far customers who rose exceeded what the model expected of them, compared with the others."""
    said, came = float(expected[rose].sum()), float(actual[rose].sum())
    rest_said, rest_came = float(expected[~rose].sum()), float(actual[~rose].sum())
    if rose.sum() < FEWEST_CUSTOMERS or min(said, came, rest_said, rest_came) <= 0:
        return Growth(0.0, 0.0, int(rose.sum()), 0.0)
    log_ratio = np.log(came / said) - np.log(rest_came / rest_said)
    sd = float(np.sqrt(_relative(actual[rose], came) + _relative(actual[~rose], rest_came)))
    rise = float(np.expm1(log_ratio)) if log_ratio > NORMAL_95 * sd else 0.0
    return Growth(rise, sd * (1.0 + rise), int(rose.sum()), float(np.expm1(log_ratio)))


def _relative(actual: Array, total: float) -> float:
    """Squared relative standard error of a sum of counts, by their own spread."""
    return float(len(actual) * actual.var() / total**2) if len(actual) else 0.0
