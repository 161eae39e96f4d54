"""Coordinates for models whose parameters come as pairs of a beta distribution, and single ones.

A pair (first, second) of Beta(first, second) is told by its share phi = first/(first + second), as
a logit, and its strength kappa = first + second: as ln(kappa - 1) under the default prior, which
asks for kappa > 1, and as ln kappa under any other prior. Single parameters go by their logarithm.
"""

from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.fitting.posterior import Coordinates
from lifeworth.models.fitting.priors import ParetoAboveOne, Prior

Floats = NDArray[np.float64]
SMALLEST, LARGEST = 1e-6, 1e9


@final
class BetaPairs(Coordinates):
    """Parameters in the order first, second, first, second, ..., then the single ones.

    pairs: (prior of phi, prior of kappa) each; singles: one prior each.
    """

    def __init__(self, pairs: Sequence[tuple[Prior, Prior]], singles: Sequence[Prior] = ()) -> None:
        self.priors = [prior for pair in pairs for prior in pair] + list(singles)
        self.least = [1.0 if isinstance(strength, ParetoAboveOne) else 0.0 for _, strength in pairs]
        self.paired = 2 * len(self.least)

    def values(self, theta: Floats) -> Floats:
        out = np.exp(theta)
        for i, least in zip(range(0, self.paired, 2), self.least, strict=True):
            kappa = least + out[..., i + 1]
            out[..., i], out[..., i + 1] = kappa * _share(theta[..., i]), kappa * _share(-theta[..., i])
        return out

    def slopes(self, theta: Floats) -> tuple[Floats, Floats]:
        p = np.exp(theta)
        first, second = np.diag(p), np.zeros((len(p),) * 3)
        np.einsum("iii->i", second)[:] = p
        for i, least in zip(range(0, self.paired, 2), self.least, strict=True):
            pair, more = slice(i, i + 2), float(p[i + 1])
            phi, rest = float(_share(theta[i])), float(_share(-theta[i]))
            tilt, bend = (least + more) * phi * rest, (least + more) * phi * rest * (rest - phi)
            inner = more * phi * rest
            first[pair, pair] = [[tilt, more * phi], [-tilt, more * rest]]
            second[i, pair, pair] = [[bend, inner], [inner, more * phi]]
            second[i + 1, pair, pair] = [[-bend, -inner], [-inner, more * rest]]
        return first, second

    def locate(self, values: Floats) -> Floats:
        values = np.clip(values, SMALLEST, LARGEST)
        theta = np.log(values)
        for i, least in zip(range(0, self.paired, 2), self.least, strict=True):
            kappa = max(float(values[i] + values[i + 1]), least + 0.05 * least)
            theta[i], theta[i + 1] = np.log(values[i] / values[i + 1]), np.log(kappa - least)
        return theta

    def log_prior(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        terms = [prior.terms(theta[..., i]) for i, prior in enumerate(self.priors)]
        value, first, second = (np.stack([each[j] for each in terms], axis=-1) for j in range(3))
        return value, first, second


def _share(y: Floats) -> Floats:
    return np.exp(-np.logaddexp(0.0, -y))
