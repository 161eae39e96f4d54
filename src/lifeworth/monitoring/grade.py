"""The grade: is a model worth its trouble, compared with a formula anybody can do by hand.

A: at least 5 % smaller error than the formula, B: 0-5 % smaller, C: larger - then the formula is
used. Compared are three errors (`metrics.error`): of single customers, of tenths, of the ranking.
The gain is the smaller of two figures, that of their mean and the middle one of the three single
gains, so that no one figure can carry a model alone. A model that ranks customers clearly worse than
the formula (normalised Gini and Spearman both) is no A, however well its totals fit: decisions
start from the ranking. Nor is one that missed the total by 40 % or more, nor one of which neither the
ranking (Spearman below .2) nor the total (missed by more than a quarter) can be relied on.

Where every model forecast far too little, the held-out months were a peak. The formula, which lets
nobody leave and so says too much in ordinary months, can meet a peak's total by chance. Then totals
decide nothing: all are compared scaled to the actual total, by how they share it among customers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lifeworth.base.errors import UsageError
from lifeworth.monitoring.metrics import CandidateForecast, metrics
from lifeworth.monitoring.ranking import Array

FORMULA = "formula"
A_GAIN = 0.05
FAR_OFF = 0.40  # a total missed by so much is nothing to rely on, whatever the formula did
RANKS, TOTALS = 0.20, 0.25  # least rank correlation, largest miss of the total to rely on
PEAK = 0.30  # every model's total too low by so much: the months were a peak
CLEARLY_WORSE = 0.03  # smaller differences are noise at a few thousand customers

Grade = Literal["A", "B", "C"]


@dataclass(frozen=True)
class Choice:
    """chosen: the candidate to use (the formula in grade C); best_model: the best that is no formula.

    gain: how much smaller the best model's error is, see `gain`; metrics: by candidate name.
    """

    chosen: str
    best_model: str | None
    grade: Grade
    gain: float
    ranks_worse: bool
    metrics: dict[str, dict[str, Any]]


def choose(candidates: Sequence[CandidateForecast], actual: Array) -> Choice:
    """The candidate with the smallest error, and the grade of the best model against the formula.

    Equal errors: the candidate named first, and a model before the formula.

    Raises:
        UsageError VALUE-061: no candidate is called "formula", or two share a name;
        VALUE-062, VALUE-063: see `metrics.metrics`.
    """
    names = [candidate.name for candidate in candidates]
    if names.count(FORMULA) != 1 or len(set(names)) != len(names):
        raise UsageError("VALUE-061", seen=names)
    figures = {candidate.name: metrics(candidate, actual) for candidate in candidates}
    models = [name for name in names if name != FORMULA]
    if not models:
        return Choice(FORMULA, None, "C", 0.0, False, figures)
    best = min(models, key=lambda name: figures[name]["error"])
    gained = gain(figures[best], figures[FORMULA])
    if max(figures[name]["bias"] for name in models) <= -PEAK < figures[FORMULA]["bias"]:
        gained = _gain_in_a_peak(candidates, best, actual)
    # money sits with few: Gini alone can hang on a handful, Spearman alone on who buys at all
    ranks_worse = all(
        figures[best][name] < figures[FORMULA][name] - CLEARLY_WORSE
        for name in ("normalised_gini", "spearman")
    )
    return Choice(
        chosen=best if gained >= 0 else FORMULA,
        best_model=best,
        grade=grade(
            gained,
            ranks_worse=ranks_worse,
            bias=figures[best]["bias"],
            spearman=figures[best]["spearman"],
        ),
        gain=gained,
        ranks_worse=ranks_worse,
        metrics=figures,
    )


def _gain_in_a_peak(candidates: Sequence[CandidateForecast], best: str, actual: Array) -> float:
    """The gain at the actual total. A small loss is none: the formula's own total would cost far more."""
    level = {c.name: metrics(_levelled(c, actual), actual) for c in candidates if c.name in (best, FORMULA)}
    gained = gain(level[best], level[FORMULA])
    return max(gained, 0.0) if gained > -A_GAIN else gained


def _levelled(candidate: CandidateForecast, actual: Array) -> CandidateForecast:
    """The same shares of the actual total; a forecast of nothing stays one."""
    value = np.asarray(candidate.value, np.float64)
    said = float(value.sum())
    return CandidateForecast(candidate.name, value * (float(np.sum(actual)) / said) if said > 0 else value)


def gain(model: Mapping[str, Any], formula: Mapping[str, Any]) -> float:
    """Share by which the model's error is smaller: by the mean of three errors and by the middle gain."""
    single = (
        _smaller(model["mae"], formula["mae"]),
        _smaller(model["decile_error"], formula["decile_error"]),
        _smaller(1 - model["normalised_gini"], 1 - formula["normalised_gini"]),
    )
    return min(_smaller(model["error"], formula["error"]), sorted(single)[1])


def grade(gain: float, *, ranks_worse: bool = False, bias: float = 0.0, spearman: float = 1.0) -> Grade:
    if gain < 0:
        return "C"
    reliable = spearman >= RANKS or abs(bias) <= TOTALS
    return "A" if gain >= A_GAIN and not ranks_worse and abs(bias) < FAR_OFF and reliable else "B"


def _smaller(error: float, formula_error: float) -> float:
    if error == formula_error:
        return 0.0
    if formula_error == 0 or error == float("inf"):  # a perfect formula, or nothing to measure against
        return -1.0
    return 1 - error / formula_error
