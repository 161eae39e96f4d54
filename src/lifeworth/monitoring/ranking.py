"""Ranking skill: does the forecast put the best customers first.

Customers with the same forecast are not ordered by luck: each counts with the mean of its
tie group, so that no figure depends on the order of the rows, and a constant forecast has no
skill. Every function is 0 where skill is undefined (nobody differs, or nothing was sold).
Source: methods §6.5; Wang, Liu & Miao (2019) for the normalised Gini.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def by_forecast(forecast: Array, actual: Array) -> tuple[Array, Array]:
    """Both columns, best forecast first, `actual` averaged within equal forecasts."""
    levels, level, customers = np.unique(-forecast, return_inverse=True, return_counts=True)
    mean_actual = np.bincount(level, weights=actual, minlength=len(levels)) / customers
    return np.repeat(-levels, customers), np.repeat(mean_actual, customers)


def average_ranks(values: Array) -> Array:
    """Ranks 1..n, equal values share the mean of their ranks."""
    _, level, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[level]


def spearman(forecast: Array, actual: Array) -> float:
    """Rank correlation, -1..1."""
    if len(forecast) == 0:
        return 0.0
    said, happened = average_ranks(forecast), average_ranks(actual)
    said, happened = said - said.mean(), happened - happened.mean()
    scale = np.sqrt((said @ said) * (happened @ happened))
    return float(said @ happened / scale) if scale > 0 else 0.0


def normalised_gini(forecast: Array, actual: Array) -> float:
    """Concentration of actual value under the forecast's ranking, over that of the perfect ranking."""
    if len(actual) == 0 or actual.sum() <= 0:
        return 0.0
    perfect = _gini(by_forecast(actual, actual)[1])
    return _gini(by_forecast(forecast, actual)[1]) / perfect if perfect > 1e-12 else 0.0


def top_capture(forecast: Array, actual: Array, share: float = 0.1) -> float:
    """Share of actual value held by the predicted best customers (`share` of all, rounded up)."""
    total = actual.sum()
    if total <= 0:
        return 0.0
    best = int(np.ceil(share * len(actual) - 1e-9))
    return float(by_forecast(forecast, actual)[1][:best].sum() / total)


def _gini(ranked: Array) -> float:
    n = len(ranked)
    gains = np.cumsum(ranked) / ranked.sum()
    return float(2 * gains.mean() - (n + 1) / n)
