"""Proposals for posteriors that are bent: small kernels on the weighted draws, and a wide shape.

Where a normal shape cannot follow the posterior (a ridge that curves), draws around some hundred
draws of the last round can; a share comes from a wide Student t around all of them, so that the
weights stay bounded where no kernel reaches. Source: West (1993), J. Royal Statistical Society B
55(2), 409-422; Hesterberg (1995), Technometrics 37(2), 185-194 (the defensive share).
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
KERNELS, KERNEL_FREEDOM = 300, 7.0
WIDE_SHARE, WIDE_FREEDOM, WIDENING = 0.3, 3.0, 1.5


def mixture_draws(
    theta: Floats, weight: Floats, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """`draws` new positions (draws, k) around the weighted ones, and ln of their proposal density."""
    k = theta.shape[1]
    centres = theta[rng.choice(len(theta), KERNELS, p=weight / weight.sum())]
    middle = weight @ theta
    spread = root_of_covariance(theta, weight)
    small: Floats = spread * (4.0 / (KERNELS * (k + 2.0))) ** (1.0 / (k + 4.0))
    wide: Floats = spread * WIDENING
    out = centres[rng.integers(0, KERNELS, draws)] + _noise(draws, k, KERNEL_FREEDOM, rng) @ small.T
    far = int(draws * WIDE_SHARE)
    out[:far] = middle + _noise(far, k, WIDE_FREEDOM, rng) @ wide.T
    kernels = _log_student(_distances(out, centres, small), small, KERNEL_FREEDOM)
    highest = kernels.max(axis=1)
    near = highest + np.log(np.exp(kernels - highest[:, None]).mean(axis=1))
    around = _log_student(_distances(out, middle[None], wide)[:, 0], wide, WIDE_FREEDOM)
    return out, np.logaddexp(math.log(1.0 - WIDE_SHARE) + near, math.log(WIDE_SHARE) + around)


def root_of_covariance(theta: Floats, weight: Floats) -> Floats:
    """A lower triangle L with L L' = the covariance of the weighted draws."""
    covariance = np.cov(theta.T, aweights=weight) + 1e-12 * np.eye(theta.shape[1])
    return np.asarray(np.linalg.cholesky(covariance), np.float64)


def _noise(draws: int, k: int, freedom: float, rng: np.random.Generator) -> Floats:
    return rng.standard_normal((draws, k)) * np.sqrt(freedom / rng.chisquare(freedom, draws))[:, None]


def _distances(theta: Floats, centres: Floats, spread: Floats) -> Floats:
    """Squared distances in units of `spread`, (draws, centres)."""
    a, b = np.linalg.solve(spread, theta.T).T, np.linalg.solve(spread, centres.T).T
    crossed = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2.0 * a @ b.T
    return np.maximum(crossed, 0.0)


def _log_student(distance: Floats, spread: Floats, freedom: float) -> Floats:
    k = len(spread)
    constant = math.lgamma((freedom + k) / 2.0) - math.lgamma(freedom / 2.0) - k / 2.0 * math.log(freedom)
    size = float(np.log(np.diag(spread)).sum())
    return constant - size - 0.5 * (freedom + k) * np.log1p(distance / freedom)
