"""The backtest: what each candidate said at the cut-off, against the months that followed.

Pure arithmetic over arrays; fitting and forecasting happen elsewhere. The record has the shape
of `results.summary.Backtest`. Its `metrics` and `deciles` are those of the best model, also
where the formula wins, so that a reader sees what lost; `BacktestResult.chosen` says what is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lifeworth.base.clock import date_of
from lifeworth.base.finding import Finding
from lifeworth.base.history import DAYS_PER_MONTH
from lifeworth.monitoring.calibration import deciles
from lifeworth.monitoring.grade import FORMULA, Choice, choose
from lifeworth.monitoring.metrics import CandidateForecast
from lifeworth.monitoring.ranking import Array

SEASON_MISS = 0.40  # no method misses a total so far by itself: the period differed
BIAS_WARNING = 0.20
NOMINAL_COVERAGE = 0.90
COVERAGE_RANGE = (0.80, 0.97)


@dataclass(frozen=True)
class BacktestResult:
    """record is None where nothing was bought in the holdout: then nothing can be judged."""

    record: dict[str, Any] | None
    choice: Choice | None
    findings: tuple[Finding, ...]

    @property
    def chosen(self) -> str | None:
        return self.choice.chosen if self.choice else None


def backtest(
    candidates: Sequence[CandidateForecast],
    actual: Array,
    *,
    cutoff_day: int,
    holdout_days: int,
    declined: Mapping[str, Any] | None = None,
    tracking: Sequence[dict[str, Any]] = (),
) -> BacktestResult:
    """Judge the candidates; one of them is called "formula".

    Args:
        candidates: forecasts of the same n customers, those known at the cut-off.
        actual: (n,) money of each customer over the holdout; 0 for those who bought nothing.
        cutoff_day: last day the candidates have seen.
        declined: name -> why a candidate could not compete (as it shall stand in the record).
        tracking: see `calibration.tracking`.
    Raises:
        UsageError VALUE-061 to 063, see `grade.choose`.
    """
    actual = np.asarray(actual, np.float64)
    cutoff = date_of(cutoff_day).isoformat()
    if actual.sum() <= 0:
        facts = {"cutoff": cutoff, "days": int(holdout_days)}
        return BacktestResult(None, None, (Finding("backtest_empty", "warn", facts),))
    choice = choose(candidates, actual)
    shown = choice.best_model or FORMULA
    value = next(candidate.value for candidate in candidates if candidate.name == shown)
    record = {
        "cutoff": cutoff,
        "months": holdout_days / DAYS_PER_MONTH,
        "customers": len(actual),
        "grade": choice.grade,
        "gain": choice.gain,
        "metrics": choice.metrics[shown],
        "baseline_metrics": choice.metrics[FORMULA],
        "candidates": _candidates(choice, declined or {}),
        "deciles": deciles(np.asarray(value, np.float64), actual),
        "tracking": list(tracking),
        "earlier": [],  # whoever can refit at earlier cut-offs fills it in
    }
    return BacktestResult(record, choice, findings(choice, share_of_zeros=float(np.mean(actual == 0))))


def findings(choice: Choice, *, share_of_zeros: float) -> tuple[Finding, ...]:
    """What a reader must know before believing the forecast, worst first."""
    used = choice.metrics[choice.chosen]
    misses = [figures["bias"] for figures in choice.metrics.values()]
    of_models = [figures["bias"] for name, figures in choice.metrics.items() if name != FORMULA]
    found = []
    if len(misses) > 1 and min(abs(miss) for miss in misses) >= SEASON_MISS:
        facts = {"miss": min(misses, key=abs), "candidates": len(misses)}
        found.append(Finding("backtest_season", "bad", facts))
    elif of_models and min(abs(miss) for miss in of_models) >= SEASON_MISS:
        facts = {"miss": min(of_models, key=abs), "formula": choice.metrics[FORMULA]["bias"]}
        found.append(Finding("backtest_models_off", "bad", facts))
    elif abs(used["bias"]) > BIAS_WARNING:
        found.append(Finding("backtest_bias", "warn", {"name": choice.chosen, "bias": used["bias"]}))
    if choice.best_model and choice.grade == "C":
        found.append(Finding("backtest_formula", "warn", {"name": choice.best_model, "gain": choice.gain}))
    if choice.ranks_worse and choice.grade != "C":
        found.append(Finding("backtest_ranking", "warn", _ranking(choice)))
    if _coverage_is_off(used["coverage"], share_of_zeros):
        facts = {"coverage": used["coverage"], "nominal": NOMINAL_COVERAGE}
        found.append(Finding("backtest_coverage", "warn", facts))
    return tuple(found)


def _coverage_is_off(covered: float | None, share_of_zeros: float) -> bool:
    """Below the range, or above it; where most buy nothing, an interval from 0 must cover more."""
    if covered is None:
        return False
    low, high = COVERAGE_RANGE
    return covered < low or (covered > high and share_of_zeros < 0.5)


def _ranking(choice: Choice) -> dict[str, Any]:
    best = choice.best_model or FORMULA
    return {
        "name": best,
        "gini": choice.metrics[best]["normalised_gini"],
        "formula_gini": choice.metrics[FORMULA]["normalised_gini"],
    }


def _candidates(choice: Choice, declined: Mapping[str, Any]) -> list[dict[str, Any]]:
    judged = [
        {"name": name, "metrics": figures, "declined": None} for name, figures in choice.metrics.items()
    ]
    return judged + [{"name": name, "metrics": None, "declined": why} for name, why in declined.items()]
