"""The figures of one forecast against held-out months; money per customer over the holdout.

`error` is the headline by which candidates are chosen, the mean of three shares that are each
0 for a perfect forecast and 1 for a forecast of nothing: how far single customers are off
(mean absolute error over mean actual), how far the tenths of the base are off
(`decile_error`), and how much of the ranking is missed (1 - normalised Gini). None is safe
alone: most customers buy nothing, so a forecast of nothing has a small absolute error; a flat
average has no decile error; a ranking says nothing about money.
Argued with a simulation in docs/decisions/0004-grade.md.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lifeworth.base.errors import UsageError
from lifeworth.monitoring.calibration import coverage, decile_error
from lifeworth.monitoring.ranking import Array, normalised_gini, spearman, top_capture


@dataclass(frozen=True)
class CandidateForecast:
    """What one candidate said of n customers; the formula has no intervals.

    value: money per customer over the holdout; low, high: ends of the 90 % interval;
    total: (low, high) of the sum, from simulation.
    """

    name: str
    value: Array
    low: Array | None = None
    high: Array | None = None
    total: tuple[float, float] | None = None


def bias(forecast: Array, actual: Array) -> float:
    """Forecast total over actual total, minus 1; infinite where nothing was bought."""
    said, happened = float(forecast.sum()), float(actual.sum())
    if happened == 0:
        return 0.0 if said == 0 else float(np.copysign(np.inf, said))
    return said / happened - 1


def error(forecast: Array, actual: Array) -> float:
    """Mean of customer error, decile error and ranking missed; infinite where nothing was bought."""
    happened = float(actual.mean()) if len(actual) else 0.0
    if happened <= 0:
        return float("inf") if np.any(forecast != actual) else 0.0
    customers = float(np.abs(forecast - actual).mean()) / happened
    return (customers + decile_error(forecast, actual) + 1 - normalised_gini(forecast, actual)) / 3


def metrics(candidate: CandidateForecast, actual: Array) -> dict[str, Any]:
    """`results.summary.Metrics` of one candidate.

    Raises:
        UsageError VALUE-062: lengths differ; VALUE-063: a value is not finite.
    """
    forecast, actual = paired(candidate.value, actual, candidate.name)
    off = forecast - actual
    inside = total_inside = None
    if candidate.low is not None and candidate.high is not None:
        low, _ = paired(candidate.low, actual, candidate.name)
        high, _ = paired(candidate.high, actual, candidate.name)
        inside = coverage(actual, low, high)
    if candidate.total is not None:
        total_inside = bool(candidate.total[0] <= actual.sum() <= candidate.total[1])
    return {
        "bias": bias(forecast, actual),
        "mae": float(np.abs(off).mean()),
        "rmse": float(np.sqrt((off @ off) / len(off))),
        "spearman": spearman(forecast, actual),
        "normalised_gini": normalised_gini(forecast, actual),
        "top_10_capture": top_capture(forecast, actual),
        "decile_error": decile_error(forecast, actual),
        "error": error(forecast, actual),
        "coverage": inside,
        "total_inside": total_inside,
    }


def paired(forecast: Array, actual: Array, name: str) -> tuple[Array, Array]:
    """Both as float64 columns of one length, all finite."""
    said, happened = np.asarray(forecast, np.float64), np.asarray(actual, np.float64)
    if said.shape != happened.shape or said.ndim != 1 or said.size == 0:
        raise UsageError("VALUE-062", name=name, seen=said.size, wanted=happened.size)
    for values in (said, happened):
        broken = int(np.count_nonzero(~np.isfinite(values)))
        if broken:
            raise UsageError("VALUE-063", name=name, broken=broken)
    return said, happened
