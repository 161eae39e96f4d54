"""What several chains of draws say about themselves: split R-hat and the number of effective draws.

Source: Gelman, Carlin, Stern, Dunson, Vehtari & Rubin (2013), Bayesian Data Analysis, 11.4 and 11.5.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def split_r_hat(draws: Floats) -> float:
    """How much wider all chains together are than their halves; 1 where they agree. draws (chains, n)."""
    halves = np.concatenate(np.array_split(draws[:, : draws.shape[1] // 2 * 2], 2, axis=1))
    length = halves.shape[1]
    within = halves.var(axis=1, ddof=1).mean()
    between = length * halves.mean(axis=1).var(ddof=1)
    return float(np.sqrt(((length - 1) / length * within + between / length) / within))


def effective_draws(draws: Floats) -> float:
    """How many independent draws tell as much about the mean; Geyer's initial positive sequence."""
    chains, length = draws.shape
    centred = draws - draws.mean(axis=1, keepdims=True)
    size = 1 << (2 * length - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, size, axis=1)) ** 2
    covariance = (np.fft.irfft(power, size, axis=1)[:, :length] / length).mean(axis=0)
    within = covariance[0] * length / (length - 1)
    pooled = covariance[0] + (draws.mean(axis=1).var(ddof=1) if chains > 1 else 0.0)
    correlation = 1.0 - (within - covariance) / pooled
    pairs = correlation[: length // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0.0)
    kept = np.minimum.accumulate(pairs[: ends[0] if len(ends) else len(pairs)])
    return float(chains * length / max(2.0 * kept.sum() - 1.0, 1.0 / np.log10(chains * length)))
