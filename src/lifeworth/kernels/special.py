"""Gamma and beta functions for the few different arguments that count tables leave over.

ln Gamma comes from the standard library; digamma and trigamma by upward recurrence to 10 and the
asymptotic series; the regularised incomplete beta by the continued fraction of DLMF 8.17.22.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LOG_GAMMA = np.frompyfunc(math.lgamma, 1, 1)
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160)
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_TRIGAMMA = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def log_gamma(x: Floats) -> Floats:
    """ln Gamma(x), x > 0. One call of the standard library per element: for distinct values."""
    return np.asarray(_LOG_GAMMA(x)).astype(np.float64)


def log_gamma_of_many(x: Floats) -> Floats:
    """ln Gamma(x), x > 0, to 1e-14 relative: eight steps up and Stirling's series, for long arrays."""
    far = x + 8.0
    climbed = x * (x + 1.0) * (x + 2.0) * (x + 3.0) * (x + 4.0) * (x + 5.0) * (x + 6.0) * (x + 7.0)
    series = _horner(_STIRLING, 1.0 / (far * far)) * far
    with np.errstate(over="ignore", divide="ignore"):
        lifted = (far - 0.5) * np.log(far) - far + _HALF_LOG_TWO_PI + series - np.log(climbed)
    large = x > 1e20
    return np.where(large, x * np.log(np.where(large, x, 1.0)) - x, lifted) if large.any() else lifted


def digamma(x: Floats) -> Floats:
    """Derivative of ln Gamma, x > 0."""
    up, far = _lift(x)
    powers = 1.0 / (far * far)
    series = _horner(_DIGAMMA, powers)
    return np.log(far) - 0.5 / far - series - (1.0 / up).sum(axis=0)


def trigamma(x: Floats) -> Floats:
    """Second derivative of ln Gamma, x > 0."""
    up, far = _lift(x)
    powers = 1.0 / (far * far)
    series = _horner(_TRIGAMMA, powers) / far
    return 1.0 / far + 0.5 * powers + series + (1.0 / (up * up)).sum(axis=0)


def incomplete_beta(x: Any, a: Any, b: Any) -> Floats:
    """Regularised I_x(a, b) for 0 <= x <= 1, a, b > 0; arguments broadcast."""
    x, a, b = np.broadcast_arrays(*(np.asarray(each, np.float64) for each in (x, a, b)))
    swap = x > (a + 1.0) / (a + b + 2.0)
    left, right, at = np.where(swap, b, a), np.where(swap, a, b), np.where(swap, 1.0 - x, x)
    with np.errstate(divide="ignore"):
        log_front = (
            left * np.log(at)
            + right * np.log1p(-at)
            + log_gamma(a + b)
            - log_gamma(a)
            - log_gamma(b)
            - np.log(left)
        )
    part = np.exp(log_front) * _beta_fraction(at, left, right)
    return np.where(swap, 1.0 - part, part)


def beta_quantile(q: Any, a: Any, b: Any) -> Floats:
    """x with I_x(a, b) = q, for 0 < q < 1, a, b > 0; arguments broadcast.

    Newton in ln(x/(1-x)) and the logarithm of the smaller tail, which is concave there, between bounds.
    """
    q, a, b = np.broadcast_arrays(*(np.asarray(each, np.float64) for each in (q, a, b)))
    upper = q > 0.5
    a, b, tail = np.where(upper, b, a), np.where(upper, a, b), np.log(np.where(upper, 1.0 - q, q))
    front = log_gamma(a + b) - log_gamma(a) - log_gamma(b)
    least, most, y = np.full(q.shape, -700.0), np.full(q.shape, 700.0), np.log(a / b)
    for _ in range(100):
        below = np.log(np.maximum(incomplete_beta(1.0 / (1.0 + np.exp(-y)), a, b), 1e-300))
        least, most = np.where(below < tail, y, least), np.where(below < tail, most, y)
        slope = np.exp(front - a * np.logaddexp(0.0, -y) - b * np.logaddexp(0.0, y) - below)
        step = y - (below - tail) / np.maximum(slope, 1e-300)
        step = np.where((step >= least) & (step <= most), step, 0.5 * (least + most))
        moved, y = np.abs(step - y), step
        if (moved < 1e-10 * (1.0 + np.abs(y))).all():
            break
    x = 1.0 / (1.0 + np.exp(-y))
    return np.where(upper, 1.0 - x, x)


def gamma_median(shape: float) -> float:
    """Median of Gamma(shape, 1), by bisection of the series for the incomplete gamma function."""
    low, high = 0.0, shape + 1.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if _lower_gamma(shape, middle) < 0.5:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _lift(x: Floats) -> tuple[Floats, Floats]:
    """The ten steps of the upward recurrence (inf where none is needed) and where they end, >= 10."""
    x = np.asarray(x, np.float64)
    steps = x + np.arange(10.0).reshape((10,) + (1,) * x.ndim)
    near = x < 10.0
    return np.where(near, steps, np.inf), np.where(near, x + 10.0, x)


def _horner(coefficients: tuple[float, ...], powers: Floats) -> Floats:
    total = np.zeros_like(powers)
    for coefficient in reversed(coefficients):
        total = (total + coefficient) * powers
    return total


def _beta_fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """Lentz's evaluation; converges in O(sqrt(max(a, b))) terms for x below the mean."""
    tiny = 1e-300
    c, d = np.ones_like(x), 1.0 / _away(1.0 - (a + b) * x / (a + 1.0), tiny)
    value = d.copy()
    terms = 60 + int(6.0 * math.sqrt(float(np.max(a + b, initial=1.0))))
    for m in range(1, terms):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0)),
        ):
            d = 1.0 / _away(1.0 + step * d, tiny)
            c = _away(1.0 + step / c, tiny)
            value = value * d * c
    return value


def _away(x: Floats, tiny: float) -> Floats:
    return np.where(np.abs(x) < tiny, tiny, x)


def _lower_gamma(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma by its positive series; for x near the median."""
    if x <= 0.0:
        return 0.0
    term = total = 1.0 / shape
    for n in range(1, 10_000):
        term *= x / (shape + n)
        total += term
        if term < 1e-17 * total:
            break
    return total * math.exp(shape * math.log(x) - x - math.lgamma(shape))
