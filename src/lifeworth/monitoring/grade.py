"""The grade: is a model worth its trouble, compared with a formula anybody can do by hand.

A: at least 5 % smaller error than the formula (`metrics.error`: customers, tenths, ranking),
B: 0-5 % smaller, C: larger - then the formula is used. A model that ranks customers clearly
worse than the formula is no A, however well its totals fit: decisions start from the ranking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lifeworth.base.errors import UsageError
from lifeworth.monitoring.metrics import CandidateForecast, metrics
from lifeworth.monitoring.ranking import Array

FORMULA = "formula"
A_GAIN = 0.05
CLEARLY_WORSE = 0.03  # smaller differences are noise at a few thousand customers

Grade = Literal["A", "B", "C"]


@dataclass(frozen=True)
class Choice:
    """chosen: the candidate to use (the formula in grade C); best_model: the best that is no formula.

    gain: 1 - error of the best model / error of the formula; metrics: by candidate name.
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
    gain = _gain(figures[best]["error"], figures[FORMULA]["error"])
    # money sits with few: Gini alone can hang on a handful, Spearman alone on who buys at all
    ranks_worse = all(
        figures[best][name] < figures[FORMULA][name] - CLEARLY_WORSE
        for name in ("normalised_gini", "spearman")
    )
    return Choice(
        chosen=best if gain >= 0 else FORMULA,
        best_model=best,
        grade=grade(gain, ranks_worse=ranks_worse),
        gain=gain,
        ranks_worse=ranks_worse,
        metrics=figures,
    )


def grade(gain: float, *, ranks_worse: bool = False) -> Grade:
    if gain < 0:
        return "C"
    return "A" if gain >= A_GAIN and not ranks_worse else "B"


def _gain(error: float, formula_error: float) -> float:
    if formula_error == 0 or error == float("inf"):  # a perfect formula, or nothing to measure against
        return 0.0 if error == formula_error else -1.0
    return 1 - error / formula_error
