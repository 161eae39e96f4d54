"""The likelihood of the discrete hazard: of levels (b,) per band of ages and coefficients (p,).

ln L = sum over subscribers and bands of  left eta - faced ln(1 + e^eta),   eta = level + coefficients' x
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.newton import Objective
from lifeworth.models.fitting.posterior import Coordinates
from lifeworth.models.retention.age_bands import Exposure
from lifeworth.models.retention.inputs import Tenures

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """The subscribers a model was fitted to: covariates as given (n, p), and weights (n,)."""

    rows: Tenures
    x: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.weight)


@final
class Levels(Coordinates):
    """Levels and coefficients as they are: flat priors of levels, those of a ridge of coefficients."""

    def __init__(self, levels: int, penalty: float) -> None:
        self.levels = levels
        self.penalty = penalty

    def values(self, theta: Floats) -> Floats:
        return theta

    def slopes(self, theta: Floats) -> tuple[Floats, Floats]:
        return np.eye(len(theta)), np.zeros((len(theta),) * 3)

    def locate(self, values: Floats) -> Floats:
        return values

    def log_prior(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        ridge = np.where(np.arange(theta.shape[-1]) < self.levels, 0.0, self.penalty)
        return -0.5 * ridge * theta**2, -ridge * theta, -ridge * np.ones_like(theta)


def objective(seen: Exposure, x: Floats, weight: Floats, penalty: float) -> Objective:
    """Penalised log-likelihood of levels (b,) and coefficients (p,), with gradient and Hessian."""
    faced, left, b, p = seen.faced * weight, seen.left * weight, len(seen.faced), x.shape[1]

    def evaluate(theta: Floats) -> tuple[float, Floats, Floats]:
        eta = theta[:b, None] + x @ theta[b:]
        chance = logistic(eta)
        slope, bend = left - faced * chance, faced * chance * (1.0 - chance)
        value = (left * eta - faced * np.logaddexp(0.0, eta)).sum()
        gradient = np.concatenate([slope.sum(axis=1), slope.sum(axis=0) @ x])
        hessian = np.zeros((b + p, b + p))
        hessian[np.arange(b), np.arange(b)] = -bend.sum(axis=1)
        hessian[:b, b:] = -bend @ x
        hessian[b:, :b] = hessian[:b, b:].T
        hessian[b:, b:] = -(x * bend.sum(axis=0)[:, None]).T @ x - penalty * np.eye(p)
        gradient[b:] -= penalty * theta[b:]
        return float(value - 0.5 * penalty * (theta[b:] ** 2).sum()), gradient, hessian

    return evaluate


def log_likelihoods(seen: Exposure, x: Floats, weight: Floats, thetas: Floats) -> Floats:
    """The log-likelihood under each of S rows of parameters, (S,)."""
    return np.array([log_likelihood(seen, x, weight, theta) for theta in thetas])


def log_likelihood(seen: Exposure, x: Floats, weight: Floats, theta: Floats) -> float:
    return float(log_densities(seen, x, theta) @ weight)


def log_densities(seen: Exposure, x: Floats, theta: Floats) -> Floats:
    """Of each subscriber, (n,)."""
    bands = len(seen.faced)
    eta = theta[:bands, None] + x @ theta[bands:]
    return np.asarray((seen.left * eta - seen.faced * np.logaddexp(0.0, eta)).sum(axis=0))


def logistic(eta: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * eta)))
