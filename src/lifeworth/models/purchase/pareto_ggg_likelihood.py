"""The likelihood of single customers in the Pareto/GGG, by integration over regularity and time of leaving.

Given k, the gaps leave lambda ~ Gamma(q, A), q = r + kx, A = alpha + k t_x, and the next gap is beta-prime:
k u / A is G_k / G_q, a ratio of gammas. With S(u) = (beta/(beta+u))^s still active at age u and D = T - t_x,
nothing seen since t_x has the chance

    S(t_x) P(gap > D) + E[S(t_x) - S(t_x + gap); gap < D]      stayed that long, or left before the next

a sum of positive terms: an incomplete beta function and a Gauss-Legendre sum over ln of the gap. Over
ln k it is summed by a sinh-spaced trapezoidal rule around the mode.
Source: Platzer & Reutterer (2016) for the model; the integrals are ours.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.quadrature import legendre
from lifeworth.kernels.special import digamma, incomplete_beta, log_gamma_of_many, trigamma
from lifeworth.models.purchase.pareto_ggg_sampler import Watched

Floats = NDArray[np.float64]
STEP, LINEAR = 0.45, 3.0  # of ln k, 41 nodes at least
FAR, FARTHEST, FALL, WIDEST = 30.0, 1e5, 40.0, 1.0  # curvatures out, logarithms down
NODES, WIDTHS, FORGOTTEN = 48, 8.0, 36.0  # of the gap: e^-36 is nothing
TURNS, LONGEST, MOST, LEAST = 60, 1.5, 30.0, -12.0
AT_ONCE = 64  # draws whose nodes are held together


def told_of(seen: Watched, p: Mapping[str, Any]) -> tuple[Floats, Floats, Iterator[Floats]]:
    """Of customers, those alike once: how many they are, (m,), frequency, recency and T, (m, 3), and one by
    one ln L under each draw of the parameters, (S,).
    """
    columns = (seen.x, seen.t_x, seen.T, seen.log_gaps)
    rows, times = np.unique(np.stack(columns), axis=1, return_counts=True)
    found = (log_densities(x, t_x, T, logs, p) for x, t_x, T, logs in rows.T.tolist())
    return times.astype(np.float64), rows[:3].T.copy(), found


def log_densities(x: float, t_x: float, T: float, log_gaps: float, p: Mapping[str, Any]) -> Floats:
    """ln L of one customer under draws of the parameters, each (S,): (S,). Density of the purchase times."""
    r, alpha, s, beta, t, gamma = (
        np.asarray(p[name], np.float64) for name in ("r", "alpha", "s", "beta", "t", "gamma")
    )
    out = np.empty(len(r))
    for first in range(0, len(r), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        own = tuple(each[some, None] for each in (r, alpha, s, beta, t, gamma))
        out[some] = _of_draws(x, t_x, T, log_gaps, *own)
    return out


def _of_draws(
    x: float, t_x: float, T: float, logs: float,
    r: Floats, alpha: Floats, s: Floats, beta: Floats, t: Floats, gamma: Floats,
) -> Floats:  # fmt: skip
    """The same, parameters (S, 1)."""
    mode, width = _peak(x, t_x, logs, r, alpha, t, gamma)
    width = np.minimum(width, WIDEST)  # e^(-gamma k) turns no slower
    # where nobody came back only the prior falls towards small k, as e^(tv), however slowly
    far = FAR if x else min(max(FAR, FALL / float((t * width).min())), FARTHEST)
    reach = LINEAR * np.arcsinh(far / LINEAR)
    count = int(np.ceil(reach / STEP))
    y = np.arange(-count, count + 1) * (reach / count)
    v = mode + width * LINEAR * np.sinh(y / LINEAR)
    k = np.exp(np.clip(v, LEAST, 2.0 * MOST))  # below, what the data say changes no more
    q, A = r + k * x, alpha + k * t_x
    height = t * v - gamma * k + t * np.log(gamma) - log_gamma_of_many(t)
    if x:
        height = height + k * x * v - x * log_gamma_of_many(k) + (k - 1.0) * logs
    height = height + log_gamma_of_many(q) - log_gamma_of_many(r) - k * x * np.log(A)
    height = height - r * np.log1p(k * t_x / alpha) - s * np.log1p(t_x / beta)
    slight = height < height.max(axis=1, keepdims=True) - FORGOTTEN - 20.0
    k = np.where(slight, np.exp(mode), k)  # where nothing hangs on it, the fraction is spared extremes
    height = height + np.log(_silent(k, r + k * x, alpha + k * t_x, t_x, T, s, beta))
    height = height + np.log(np.cosh(y / LINEAR) * (reach / count) * width)
    top = height.max(axis=1, keepdims=True)
    return np.asarray((top + np.log(np.exp(height - top).sum(axis=1, keepdims=True)))[:, 0])


def _silent(k: Floats, q: Floats, A: Floats, t_x: float, T: float, s: Floats, beta: Floats) -> Floats:
    """The chance of nothing since t_x, over S(t_x): that of the head of this file; shapes (S, nodes)."""
    if t_x >= T:
        return np.ones_like(k)
    due = np.log(T - t_x) + np.log(k) - np.log(A)  # ln of k D / A
    later = incomplete_beta(1.0 / (1.0 + np.exp(np.clip(due, -700.0, 700.0))), q, k)
    spread, centre = np.sqrt(1.0 / k + 1.0 / q), np.log(k / q)
    high = np.minimum(due, centre + WIDTHS * spread + FORGOTTEN / q)
    # below the mode the law falls as e^(ky), and below the usual life the chance to have left as e^y
    lives = np.log((beta + t_x) / s) + np.log(k) - np.log(A)
    fall = np.where(k < 1.0, np.minimum(centre, lives), centre)
    low = np.minimum(high, fall) - WIDTHS * np.minimum(spread, 1.5) - FORGOTTEN / (k + 1.0)
    at, weight = legendre(NODES)
    y = low[..., None] + (high - low)[..., None] * at
    log_beta = log_gamma_of_many(k) + log_gamma_of_many(q) - log_gamma_of_many(k + q)
    k, both = k[..., None], (k + q)[..., None]
    density = np.exp(k * y - both * np.logaddexp(0.0, y) - log_beta[..., None])
    gap = np.exp(y) * A[..., None] / k
    gone = -np.expm1(-s[..., None] * np.log1p(gap / (beta[..., None] + t_x)))
    return np.maximum(later + (high - low) * ((density * gone) @ weight), 1e-300)


def _peak(
    x: float, t_x: float, logs: float, r: Floats, alpha: Floats, t: Floats, gamma: Floats
) -> tuple[Floats, Floats]:
    """Mode in ln k of what the gaps and the base say, and the width there, each (S, 1). By Newton."""
    v = np.log(t / gamma)
    for _ in range(TURNS):
        k = np.exp(np.clip(v, -MOST, MOST))
        q, A, n = r + k * x, alpha + k * t_x, k * x
        share, grown = k * t_x / A, np.log(k) - digamma(k)
        pull = x * k * (grown + 1.0) + k * logs + n * digamma(q) - n * np.log(A)
        slope = t - gamma * k + pull - q * share
        bend = -gamma * k + pull + n * (1.0 - k * trigamma(k)) + n * n * trigamma(q)
        bend = bend - 2.0 * n * share - q * share * (1.0 - share)
        steep = np.maximum(-bend, 0.1 * t)
        step = np.clip(slope / steep, -LONGEST, LONGEST)
        v = v + step
        if (np.abs(step) < 1e-8).all():
            break
    return v, 1.0 / np.sqrt(steep)
