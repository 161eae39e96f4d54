"""Two draws that Gibbs samplers need, for many rows at once.

`slice_step` moves each row by the slice sampler (Neal 2003, Annals of Statistics 31(3)): no tuning, and
no row waits for another's step size. `gamma_above` draws from a gamma distribution cut off below.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
OUTWARD, INWARD = 12, 60


def slice_step(
    log_density: Callable[[Floats, NDArray[np.intp]], Floats],
    at: Floats,
    width: Floats,
    rng: np.random.Generator,
) -> Floats:
    """One slice move of each row of `at` (m,).

    Args:
        log_density: (values, rows) -> ln density of those rows at the values, up to a constant.
        width: (m,), about the size of the density; it costs time where it is wrong, nothing else.
    """
    every = np.arange(len(at))
    level = log_density(at, every) - rng.standard_exponential(len(at))
    low = at - width * rng.random(len(at))
    high = low + width
    for edge, sign in ((low, -1.0), (high, 1.0)):
        rows = every
        for _ in range(OUTWARD):
            rows = rows[log_density(edge[rows], rows) > level[rows]]
            if not len(rows):
                break
            edge[rows] += sign * width[rows]
    out, rows = at.copy(), every
    for _ in range(INWARD):
        tried = low[rows] + (high[rows] - low[rows]) * rng.random(len(rows))
        fine = log_density(tried, rows) > level[rows]
        out[rows[fine]] = tried[fine]
        rows, tried = rows[~fine], tried[~fine]
        if not len(rows):
            break
        below = tried < at[rows]
        low[rows[below]], high[rows[~below]] = tried[below], tried[~below]
    return out


def gamma_above(shape: Floats, cut: Floats, rng: np.random.Generator) -> Floats:
    """Draws from Gamma(shape, 1) given that they exceed `cut`, (m,).

    Plain draws until one exceeds where the cut is below the mean; beyond it a shifted exponential of the
    best rate (Dagpunar 1978) is thinned.
    """
    out = np.empty(len(shape))
    near = cut < shape
    rows = np.flatnonzero(near)
    for _ in range(400):
        drawn = rng.standard_gamma(shape[rows])
        fine = drawn > cut[rows]
        out[rows[fine]] = drawn[fine]
        rows = rows[~fine]
        if not len(rows):
            break
    rows = np.concatenate([rows, np.flatnonzero(~near)])  # what plain draws left over goes the other way
    while len(rows):
        k, c = shape[rows], np.maximum(cut[rows], 1e-300)
        gap = c - k
        rate = np.where(k > 1.0, (gap + np.sqrt(gap * gap + 4.0 * c)) / (2.0 * c), 1.0)
        rate = np.minimum(rate, 1.0)
        best = np.where((k > 1.0) & (rate < 1.0), (k - 1.0) / np.maximum(1.0 - rate, 1e-300), c)
        best = np.maximum(best, c)
        drawn = c + rng.standard_exponential(len(rows)) / rate
        log_share = (k - 1.0) * np.log(drawn / best) - (1.0 - rate) * (drawn - best)
        fine = np.log(rng.random(len(rows))) < log_share
        out[rows[fine]] = drawn[fine]
        rows = rows[~fine]
    return out
