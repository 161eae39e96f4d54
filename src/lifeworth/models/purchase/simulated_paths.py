"""Newcomers followed through periods of changing covariates: when they buy, by the model's own story."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.purchase.changing_likelihood import grown, in_steps
from lifeworth.models.purchase.paths import Paths, Pieces

Floats = NDArray[np.float64]


def draw_paths(
    h: Paths, A: Floats, C: Floats, p: Mapping[str, float], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Purchases in each row, and when the last of them was made (NaN: none), (m,) each. A, C: of rows.

    Up to leaving, purchases are evenly spread over the time that a, the integral of A, measures.
    """
    length = h.stop - h.start
    rows = Pieces(h.of_row, h.kind, length, np.ones(len(length), bool))
    a, c = grown(rows, in_steps(h.of_row), np.stack([A, C]))
    leaves = rng.standard_exponential(len(h)) * p["beta"]
    leaves /= np.maximum(rng.standard_gamma(p["s"], len(h)), 1e-290)
    open_for = np.clip(leaves[h.of_row] - c, 0.0, C * length) * A / C
    most = np.bincount(h.of_row, open_for, len(h))
    made = rng.poisson(rng.standard_gamma(p["r"], len(h)) / p["alpha"] * most)
    whose = np.repeat(np.arange(len(h)), made)
    base = np.concatenate([[0.0], np.cumsum(most)])[:-1]
    when = base[whose] + rng.random(len(whose)) * most[whose]
    edges = base[h.of_row] + np.minimum(a, most[h.of_row])  # all customers one behind the other
    row = np.searchsorted(edges, when, side="right") - 1
    counts = np.bincount(row, minlength=len(length)).astype(np.float64)
    at = np.maximum(h.start[row] + (when - edges[row]) / A[row], 1e-12)
    last = np.full(len(length), -np.inf)
    np.maximum.at(last, row, np.minimum(at, h.stop[row]))
    return counts, np.where(counts > 0, last, np.nan)
