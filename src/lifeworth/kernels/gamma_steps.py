"""Differences of ln Gamma, digamma and trigamma that keep their digits.

A survival over beta chances is B(a, x+h)/B(a, x); its logarithm is the mixed difference

    M(x, h, a) = lnGamma(x) + lnGamma(x+h+a) - lnGamma(x+h) - lnGamma(x+a)  >= 0

which four calls of ln Gamma would lose where x is large beside h or a. Here the argument is moved
up by the recurrence and the asymptotic series is differenced term by term, so that every large
term carries the factor h*a. All arguments are positive and broadcast; h may be 0.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LIFT = 12
_LOG_GAMMA = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
_TRIGAMMA = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def log_gamma_mixed(x: Any, h: Any, a: Any) -> Floats:
    """M(x, h, a) = ln[B(a, x)/B(a, x+h)]."""
    total: Any = -_log_cross(x, h, a)
    for j in range(1, LIFT):
        total = total - np.log1p(-_share(x + j, h, a))
    y = x + LIFT
    main = h * np.log1p(a / (y + h)) + a * np.log1p(h / (y + a)) + (y - 0.5) * np.log1p(-_share(y, h, a))
    first = _LOG_GAMMA[0] * _mixed_inverse(y, h, a)
    return np.asarray(total + main + first + _mixed(_log_gamma_rest, y, h, a))


def digamma_mixed(x: Any, h: Any, a: Any) -> Floats:
    """dM/dx = psi(x) + psi(x+h+a) - psi(x+h) - psi(x+a)  <= 0."""
    total: Any = 0.0
    for j in range(LIFT):
        total = total - _mixed_inverse(x + j, h, a)
    y = x + LIFT
    main = np.log1p(-_share(y, h, a)) - 0.5 * _mixed_inverse(y, h, a)
    return np.asarray(total + main - _mixed(_digamma_rest, y, h, a))


def digamma_step(y: Any, h: Any) -> Floats:
    """psi(y + h) - psi(y)."""
    total: Any = 0.0
    for j in range(LIFT):
        total = total + h / (y + j) / (y + j + h)
    z = y + LIFT
    main = np.log1p(h / z) + 0.5 * h / z / (z + h)
    return np.asarray(total + main + _digamma_rest(z) - _digamma_rest(z + h))


def trigamma_step(y: Any, h: Any) -> Floats:
    """psi'(y + h) - psi'(y)."""
    total: Any = 0.0
    for j in range(LIFT):
        total = total - _square_step(y + j, h)
    z = y + LIFT
    main = -h / z / (z + h) - 0.5 * _square_step(z, h)
    return np.asarray(total + main + _trigamma_rest(z + h) - _trigamma_rest(z))


def _share(x: Any, h: Any, a: Any) -> Any:
    """h a/((x+h)(x+a)), between 0 and 1."""
    return (h / (x + h)) * (a / (x + a))


def _log_cross(x: Any, h: Any, a: Any) -> Any:
    """ln[x (x+h+a)/((x+h)(x+a))]: by its quotient where that is small, else by its distance from 1."""
    quotient = (x / (x + h)) * ((x + h + a) / (x + a))
    near = np.log1p(-np.minimum(_share(x, h, a), 0.75))
    return np.where(quotient < 0.5, np.log(quotient), near)


def _mixed_inverse(x: Any, h: Any, a: Any) -> Any:
    """1/x - 1/(x+h) - 1/(x+a) + 1/(x+h+a)."""
    return _share(x, h, a) * ((x + x + h + a) / (x + h + a)) / x


def _square_step(y: Any, h: Any) -> Any:
    """1/y^2 - 1/(y+h)^2."""
    return (h / (y + h)) * ((y + y + h) / (y + h)) / (y * y)


def _mixed(rest: Any, x: Any, h: Any, a: Any) -> Any:
    return (rest(x) - rest(x + h)) - (rest(x + a) - rest(x + h + a))


def _log_gamma_rest(y: Any) -> Any:
    return _series(_LOG_GAMMA[1:], y) / y


def _digamma_rest(y: Any) -> Any:
    return _series(_DIGAMMA, y)


def _trigamma_rest(y: Any) -> Any:
    return _series(_TRIGAMMA, y) / y


def _series(coefficients: tuple[float, ...], y: Any) -> Any:
    """sum_k coefficients[k] y^-(2k+2)."""
    inverse = 1.0 / y
    square, total = inverse * inverse, 0.0
    for coefficient in reversed(coefficients):
        total = (total + coefficient) * square
    return total
