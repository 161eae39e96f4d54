"""Customer grade: A to D by future value, so that everybody who answers a phone knows whom they have.

A: the best tenth of customers by future value, B: the next two tenths, C: the next three, D: the rest. A
customer without future value is D, and equal values get equal grades (the better one). With the grades of
an earlier run a customer keeps hers within a fifth of the border's rank, so that nobody flips from week
to week for cents.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.segments.columns import checked

Array = NDArray[np.float64]
GRADES = ("A", "B", "C", "D")
UP_TO = (0.1, 0.3, 0.6)  # share of customers, the best first
KEEP = 0.2  # of a border's rank
DIGITS = 33  # binary, about ten decimal ones


@dataclass(frozen=True)
class GradeResult:
    """codes: the grade of each customer, (n,); thresholds: the least future value of A, B and C."""

    codes: NDArray[np.str_]
    thresholds: dict[str, float]


def _settled(worth: Array) -> Array:
    """Ten digits of each value: those that differ by the rounding of a computer are equal."""
    mantissa, exponent = np.frexp(worth)
    return np.asarray(np.ldexp(np.rint(mantissa * 2.0**DIGITS), exponent - DIGITS))


def grades(future_value: Array, before: NDArray[np.str_] | None = None) -> GradeResult:
    """Grades of n customers from future value in one currency and basis.

    Args:
        before: the grades of an earlier run, "" for customers it did not know; None: no earlier run.
    Raises UsageError VALUE-064, VALUE-065 as every scheme.
    """
    (worth,) = checked(future_value=future_value)
    n = len(worth)
    worth = _settled(worth)
    ranked = np.sort(worth)
    better = n - np.searchsorted(ranked, worth, side="right")  # customers worth more
    place = better / max(n, 1)
    index = np.searchsorted(UP_TO, place, side="right")
    if before is not None:
        for border, share in enumerate(UP_TO):
            near = np.abs(place - share) <= KEEP * share
            stays_above = near & (before == GRADES[border]) & (index == border + 1)
            stays_below = near & (before == GRADES[border + 1]) & (index == border)
            index = np.where(stays_above, border, np.where(stays_below, border + 1, index))
    index = np.where(worth <= 0, len(GRADES) - 1, index)
    codes = np.array(GRADES)[index]
    limits = {grade: float(worth[codes == grade].min()) for grade in GRADES[:-1] if (codes == grade).any()}
    return GradeResult(codes, limits)
