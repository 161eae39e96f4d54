"""Coordinates of a posterior with coefficients: those of the model, then the coefficients as they are."""

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.fitting.posterior import Coordinates
from lifeworth.models.fitting.priors import Normal, Prior, replace

Floats = NDArray[np.float64]
SPREAD = 1.0


def coefficient_priors(names: list[str], replaced: Mapping[str, Any] | None) -> dict[str, Prior]:
    """Normal(0, 1) on the scaled feature: a factor of e either way is within one sigma."""
    return replace({name: Normal(0.0, SPREAD) for name in names}, replaced)


@final
class WithCoefficients(Coordinates):
    """The first `count` coordinates are those of `base`; each coefficient has a prior of its own."""

    def __init__(self, base: Coordinates, count: int, priors: Mapping[str, Prior]) -> None:
        self.base, self.count, self.priors = base, count, list(priors.values())

    def values(self, theta: Floats) -> Floats:
        n = self.count
        return np.concatenate([self.base.values(theta[..., :n]), theta[..., n:]], axis=-1)

    def slopes(self, theta: Floats) -> tuple[Floats, Floats]:
        n, size = self.count, len(theta)
        first, second = np.eye(size), np.zeros((size, size, size))
        first[:n, :n], second[:n, :n, :n] = self.base.slopes(theta[:n])
        return first, second

    def locate(self, values: Floats) -> Floats:
        return np.concatenate([self.base.locate(values[: self.count]), values[self.count :]])

    def log_prior(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        base = self.base.log_prior(theta[..., : self.count])
        own = [prior.terms(theta[..., self.count + i]) for i, prior in enumerate(self.priors)]
        parts = [np.stack([each[j] for each in own], axis=-1) for j in range(3)]
        value, first, second = (
            np.concatenate([one, other], axis=-1) for one, other in zip(base, parts, strict=True)
        )
        return value, first, second
