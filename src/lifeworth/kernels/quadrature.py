"""Rules of integration: means over a beta distribution, and integrals over time in log time.

A mean over p ~ Beta(a, b) of a function without singularities off the negative axis converges
exponentially under the trapezoidal rule in y = logit p, y = centre + width sinh(u): the sinh
shortens the slow tails e^{ay} and e^{-by} (double exponential quadrature, Takahasi & Mori 1974).
Against a Gauss-Jacobi rule this needs no eigenvalues and is exact for any a, b > 0. A mean over a
gamma distribution is taken the same way, in y = ln v.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
REACH = 5.2  # sinh(5.2) = 90 widths to each side


@lru_cache(maxsize=4_096)
def beta_rule(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes p and weights w, each (nodes,), with E f(p) = sum_j w_j f(p_j) for p ~ Beta(a, b)."""
    width = 0.5 * np.sqrt((1.0 + a) / a**2 + (1.0 + b) / b**2)
    step = min(0.06, 0.16 / width)
    count = int(REACH / step)
    u = np.arange(-count, count + 1) * step
    y = np.log(a / b) + width * np.sinh(u)
    log_weight = -a * np.logaddexp(0.0, -y) - b * np.logaddexp(0.0, y) + np.log(np.cosh(u))
    weight = np.exp(log_weight - log_weight.max())
    kept = weight > 1e-22
    return np.maximum(np.exp(-np.logaddexp(0.0, -y[kept])), 1e-290), weight[kept] / weight.sum()


def beta_rules(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """`beta_rule` for rows with parameters of their own: nodes and weights, each (m, nodes)."""
    width = 0.5 * np.sqrt((1.0 + a) / a**2 + (1.0 + b) / b**2)
    count = int(np.max(REACH / np.minimum(0.06, 0.16 / width)))
    u = np.arange(-count, count + 1) * (REACH / count)
    y = np.log(a / b)[:, None] + width[:, None] * np.sinh(u)
    log_weight = -a[:, None] * np.logaddexp(0.0, -y) - b[:, None] * np.logaddexp(0.0, y) + np.log(np.cosh(u))
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    return np.maximum(np.exp(-np.logaddexp(0.0, -y)), 1e-290), weight


@lru_cache(maxsize=4_096)
def gamma_rule(shape: float) -> tuple[Floats, Floats]:
    """Nodes v and weights w, each (nodes,), with E f(v) = sum_j w_j f(v_j) for v ~ Gamma(shape, 1)."""
    width = 0.5 * np.sqrt((1.0 + shape) / shape**2)
    step = min(0.06, 0.16 / width)
    count = int(REACH / step)
    u = np.arange(-count, count + 1) * step
    y = np.log(shape) + np.minimum(width * np.sinh(u), 20.0)  # beyond e^20 means nothing is left
    log_weight = shape * y - np.exp(y) + np.log(np.cosh(u))
    weight = np.exp(log_weight - log_weight.max())
    kept = weight > 1e-22
    return np.maximum(np.exp(y[kept]), 1e-290), weight[kept] / weight.sum()


@lru_cache(maxsize=16)
def legendre(nodes: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    return (x + 1.0) / 2.0, w / 2.0


def log_time_rule(scale: Floats, horizon: float, nodes: int) -> tuple[Floats, Floats]:
    """Times and weights for integrals over (0, horizon) of functions smooth in ln(scale + t).

    scale is (m,); times and weights are (nodes, m).
    """
    x, w = legendre(nodes)
    span = np.log1p(horizon / scale)
    times = scale * np.expm1(x[:, None] * span)
    return times, w[:, None] * span * (scale + times)
