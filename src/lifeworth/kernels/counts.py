"""Count tables: sums over customers become sums over counts, and no gamma function is needed.

With N_j = number of customers with x_i > j,

    sum_i [lnGamma(r + x_i) - lnGamma(r)] = sum_j N_j ln(r + j)

exactly, and its derivatives are sums of N_j/(r+j) and -N_j/(r+j)^2.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def exceeding(x: NDArray[np.integer], weight: Floats | None = None) -> Floats:
    """N_j for j = 0..max(x)-1: the (weighted) number of customers with x > j. Shape (max(x),)."""
    histogram = np.bincount(x, weight).astype(np.float64)
    return histogram[::-1].cumsum()[::-1][1:].copy()


def log_rising(start: float, largest: int) -> Floats:
    """ln Gamma(start + x) - ln Gamma(start) for x = 0..largest. Shape (largest + 1,)."""
    return np.concatenate([[0.0], np.cumsum(np.log(start + np.arange(largest)))])


def negative_binomial_tails(q: Floats, odds: Floats) -> Iterator[Floats]:
    """P(K >= 1), P(K >= 2), ... of the negative binomial with mean q * odds. Each of shape (m,)."""
    z = odds / (1.0 + odds)
    return _tails(-q * np.log1p(odds), lambda k: z * (q + (k - 1.0)) / k)


def poisson_tails(mean: Floats) -> Iterator[Floats]:
    """P(K >= 1), P(K >= 2), ... of the Poisson law. Each of the shape of `mean`."""
    return _tails(-mean, lambda k: mean / k)


def _tails(log_none: Floats, ratio: Callable[[int], Floats]) -> Iterator[Floats]:
    """From ln P(K = 0) and P(K = k)/P(K = k - 1)."""
    tail = -np.expm1(log_none)
    deep = log_none < -600.0  # P(K = k) is mass * e^-held, so that it does not underflow at once
    held = np.where(deep, -log_none, 0.0)
    mass = np.where(deep, 1.0, np.exp(log_none))
    k = 0
    while True:
        yield tail
        k += 1
        mass = mass * ratio(k)
        if k % 16 == 0 and deep.any():
            release = np.where(mass > 1e100, np.minimum(np.log(np.maximum(mass, 1.0)), held), 0.0)
            mass, held = mass * np.exp(-release), held - release
        tail = np.maximum(tail - mass * np.exp(-held), 0.0)


class LogGrowth:
    """ln(1 + t/scale) for many t: a table where t counts ticks (integers), direct where it does not."""

    def __init__(self, scale: float, times: NDArray[Any]) -> None:
        self.scale = scale
        self.table: Floats | None = None
        if times.dtype.kind == "i":
            largest = int(times.max(initial=0))
            if largest < max(8_192, 2 * len(times)):
                self.table = np.log1p(np.arange(largest + 1) / scale)

    def __call__(self, times: NDArray[Any]) -> Floats:
        if self.table is not None:
            return self.table.take(times, mode="clip")
        return np.log1p(times / self.scale)
