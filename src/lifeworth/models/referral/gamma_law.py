"""Quantiles of the gamma law for many shapes: a table over ln(shape), read by interpolation.

Accurate to a few parts in ten thousand, for intervals; not for densities.
"""

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.special import log_gamma

Floats = NDArray[np.float64]
LOWEST, HIGHEST, POINTS = -5.0, 5.0, 201


def gamma_quantile(level: float, shape: Floats) -> Floats:
    """q with P(Gamma(shape, 1) <= q) = level, elementwise; shape > 0."""
    grid, logs = _table(level)
    shape = np.asarray(shape, np.float64)
    by_table = np.exp(np.interp(np.log(shape), grid, logs) / np.minimum(shape, 1.0))
    return np.where(shape < np.exp(HIGHEST), by_table, _near_normal(level, np.maximum(shape, 1.0)))


def gamma_tail(x: Floats, shape: Floats) -> Floats:
    """P(Gamma(shape, 1) > x), elementwise, by the series (x < shape + 1) or the continued fraction."""
    x, shape = np.broadcast_arrays(np.maximum(np.asarray(x, np.float64), 1e-300), shape)
    with np.errstate(over="ignore", under="ignore"):
        front = np.exp(shape * np.log(x) - x - log_gamma(shape))
    near = x < shape + 1.0
    result = np.empty(x.shape)
    result[near] = 1.0 - front[near] * _series(x[near], shape[near])
    result[~near] = front[~near] * _fraction(x[~near], shape[~near])
    return np.clip(result, 0.0, 1.0)


@lru_cache(maxsize=64)
def _table(level: float) -> tuple[Floats, Floats]:
    """Newton in ln x on ln P, which is concave: it cannot overshoot twice."""
    grid = np.linspace(LOWEST, HIGHEST, POINTS)
    shape = np.exp(grid)
    log_factorial = np.array([math.lgamma(each + 1.0) for each in shape.tolist()])
    small = (np.log(level) + log_factorial) / shape
    log_x = np.where(shape < 1.0, small, np.log(_near_normal(level, np.maximum(shape, 1.0))))
    for _ in range(40):
        x = np.exp(np.maximum(log_x, -700.0))
        below = np.maximum(1.0 - gamma_tail(x, shape), 1e-300)
        log_below = np.where(x < 1e-6 * shape, shape * log_x - log_factorial, np.log(below))
        slope = np.exp(shape * log_x - x - log_factorial - log_below) * shape
        step = (np.log(level) - log_below) / np.maximum(slope, 1e-12)
        log_x = log_x + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    return grid, log_x * np.minimum(shape, 1.0)  # smooth where small shapes have tiny quantiles


def _near_normal(level: float, shape: Floats) -> Floats:
    """Wilson and Hilferty: the cube root is nearly normal."""
    z = NormalDist().inv_cdf(level)
    return shape * np.maximum(1.0 - 1.0 / (9.0 * shape) + z / (3.0 * np.sqrt(shape)), 1e-3) ** 3


def _series(x: Floats, a: Floats) -> Floats:
    term = total = 1.0 / a
    for n in range(1, _terms(a)):
        term = term * x / (a + n)
        total = total + term
    return total


def _fraction(x: Floats, a: Floats) -> Floats:
    b = x + 1.0 - a
    c, d = np.full_like(x, 1e300), 1.0 / b
    value = d
    for n in range(1, _terms(a)):
        step = -n * (n - a)
        b = b + 2.0
        d, c = 1.0 / (step * d + b), b + step / c
        value = value * d * c
    return value


def _terms(a: Floats) -> int:
    return 60 + int(8.0 * math.sqrt(float(np.max(a, initial=1.0))))
