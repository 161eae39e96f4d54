"""Pareto-smoothed importance sampling: the largest weights, made fit to be used.

The M largest of S weights are replaced by the quantiles of a generalised Pareto distribution
fitted to them; its shape k_hat says how far the weights can be trusted (above 0.7: not).
Sources: Vehtari, Simpson, Gelman, Yao & Gabry (2024), JMLR 25(72); Zhang & Stephens (2009),
Technometrics 51(3), 316-325.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def smooth_weights(log_ratio: Floats) -> tuple[Floats, float]:
    """Weights of shape (S,), summing to 1, and k_hat, from ln(target/proposal) of shape (S,)."""
    draws = len(log_ratio)
    log_weight = log_ratio - log_ratio.max()
    tail = int(min(0.2 * draws, 3.0 * math.sqrt(draws)))
    if tail < 5:
        return _normalised(log_weight), math.inf
    order = np.argsort(log_weight, kind="stable")
    largest, cutoff = order[-tail:], math.exp(log_weight[order[-tail - 1]])
    excess = np.exp(log_weight[largest]) - cutoff
    if excess[-1] <= 1e-12 * max(cutoff, 1e-300):
        return _normalised(log_weight), -math.inf  # all weights equal: the proposal is the target
    shape, scale = fit_generalised_pareto(excess)
    rank = (np.arange(tail) + 0.5) / tail
    stretched = -np.log1p(-rank) if abs(shape) < 1e-12 else np.expm1(-shape * np.log1p(-rank)) / shape
    log_weight[largest] = np.minimum(np.log(cutoff + scale * stretched), 0.0)
    return _normalised(log_weight), shape


def fit_generalised_pareto(excess: Floats) -> tuple[float, float]:
    """Shape and scale from sorted positive excesses, the shape drawn a little towards 1/2."""
    n = len(excess)
    quarter = excess[max(int(n / 4 + 0.5) - 1, 0)]
    m = 30 + int(math.sqrt(n))
    grid = np.arange(1, m + 1)
    theta = 1.0 / excess[-1] + (1.0 - np.sqrt(m / (grid - 0.5))) / (3.0 * max(quarter, 1e-300))
    shape = np.log1p(-theta[:, None] * excess).mean(axis=1)
    profile = n * (np.log(-theta / shape) - shape - 1.0)
    weight = np.exp(profile - profile.max())
    best = float((theta * weight).sum() / weight.sum())
    fitted = float(np.log1p(-best * excess).mean())
    return (n * fitted + 5.0) / (n + 10.0), -fitted / best


def effective_size(weight: Floats) -> float:
    """1 / sum of squared weights: how many independent draws they are worth."""
    return float(1.0 / np.square(weight).sum())


def _normalised(log_weight: Floats) -> Floats:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())
