"""Posterior draws: a normal shape around the mode, corrected by importance weights.

The mode of likelihood x prior in unbounded coordinates comes from the same Newton search as the
estimate. Draws from a Student t (7 degrees of freedom) around it get importance weights, smoothed
by PSIS; k_hat says whether they can be trusted. Above 0.5 the proposal is moved to the weighted
draws once, then bent along them (`mixture`), at most six times; the best round counts. Where it stays above
0.7, walkers set out from its draws (`ensemble`). Source: methods.md 2.9.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.kernels.newton import ROUNDING, Objective, maximise
from lifeworth.kernels.psis import effective_size, smooth_weights
from lifeworth.models.fitting.ensemble import WALKERS, Walk, walk
from lifeworth.models.fitting.mixture import mixture_draws, root_of_covariance
from lifeworth.models.fitting.priors import Prior
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
FREEDOM, GOOD, TRUSTED, REFINEMENTS, MIXTURES = 7.0, 0.5, 0.7, 1, 6
MOST_WORK = 2e8  # cells x draws; above it a check by 200 draws
CHECKED = 200
ENOUGH = 2000  # independent draws that a walk shall be worth


class Coordinates(ABC):
    """Unbounded coordinates theta (k,) of the parameters, with priors on named quantities."""

    @abstractmethod
    def values(self, theta: Floats) -> Floats:
        """Parameters (..., k) of coordinates (..., k)."""

    @abstractmethod
    def slopes(self, theta: Floats) -> tuple[Floats, Floats]:
        """dp_i/dtheta_j, (k, k), and d2p_i/dtheta_j dtheta_l, (k, k, k)."""

    @abstractmethod
    def locate(self, values: Floats) -> Floats:
        """Coordinates near the given parameters, inside the support of the priors."""

    @abstractmethod
    def log_prior(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """ln(prior x Jacobian): terms (..., k), their first and second derivatives, each by its own."""


@final
class Logs(Coordinates):
    """theta = ln p, one prior per parameter."""

    def __init__(self, priors: Mapping[str, Prior]) -> None:
        self.priors = list(priors.values())

    def values(self, theta: Floats) -> Floats:
        return np.exp(theta)

    def slopes(self, theta: Floats) -> tuple[Floats, Floats]:
        p = np.exp(theta)
        second = np.zeros((len(p),) * 3)
        np.einsum("iii->i", second)[:] = p
        return np.diag(p), second

    def locate(self, values: Floats) -> Floats:
        return np.log(np.clip(values, 1e-6, 1e9))

    def log_prior(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        return _each(self.priors, theta)


@final
class ShareAndStrength(Coordinates):
    """(r, alpha, a, b) by ln r, ln alpha, phi = a/(a+b) as a logit and kappa = a+b as ln(kappa - 1).

    kappa is above 1: priors name r, alpha, phi and kappa.
    """

    def __init__(self, priors: Mapping[str, Prior]) -> None:
        self.priors = [priors[name] for name in ("r", "alpha", "phi", "kappa")]

    def values(self, theta: Floats) -> Floats:
        phi, extra = _logistic(theta[..., 2]), np.exp(theta[..., 3])
        r_alpha, kappa = np.exp(theta[..., :2]), 1.0 + extra
        b = kappa * _logistic(-theta[..., 2])
        return np.concatenate([r_alpha, (kappa * phi)[..., None], b[..., None]], axis=-1)

    def slopes(self, theta: Floats) -> tuple[Floats, Floats]:
        r, alpha, extra = np.exp(theta[0]), np.exp(theta[1]), np.exp(theta[3])
        phi = float(_logistic(theta[2]))
        tilt, kappa = phi * (1.0 - phi), 1.0 + extra
        first, second = np.diag([r, alpha, 0.0, 0.0]), np.zeros((4, 4, 4))
        first[2, 2:], first[3, 2:] = [kappa * tilt, extra * phi], [-kappa * tilt, extra * (1.0 - phi)]
        second[0, 0, 0], second[1, 1, 1] = r, alpha
        bend = kappa * tilt * (1.0 - 2.0 * phi)
        second[2, 2:, 2:] = [[bend, extra * tilt], [extra * tilt, extra * phi]]
        second[3, 2:, 2:] = [[-bend, -extra * tilt], [-extra * tilt, extra * (1.0 - phi)]]
        return first, second

    def locate(self, values: Floats) -> Floats:
        r, alpha, a, b = np.clip(values, 1e-6, 1e6)
        kappa = max(a + b, 1.05)
        return np.array([np.log(r), np.log(alpha), np.log(a / b), np.log(kappa - 1.0)])

    def log_prior(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        return _each(self.priors, theta)


@dataclass(frozen=True)
class Target:
    """What a posterior needs of a model: likelihood in the kernel's units and coordinates in the data's."""

    objective: Objective
    log_likelihoods: Callable[[Mapping[str, Floats]], Floats]
    coordinates: Coordinates
    scale: Floats  # data units in one kernel unit, per parameter
    names: list[str]
    customers: float
    cells: int
    accuracy: float = ROUNDING  # of the likelihood, relative

    def log_density(self, theta: Floats) -> Floats:
        """ln posterior up to a constant for S coordinates (S, k): (S,)."""
        p = self.coordinates.values(theta) / self.scale
        value = self.log_likelihoods({name: p[:, i] for i, name in enumerate(self.names)})
        return value + self.coordinates.log_prior(theta)[0].sum(axis=-1)

    def climb(self, theta: Floats) -> tuple[float, Floats, Floats]:
        """The same with gradient and Hessian at one point."""
        value, gradient, hessian = self.objective(self.coordinates.values(theta) / self.scale)
        gradient, hessian = gradient / self.scale, hessian / np.outer(self.scale, self.scale)
        first, second = self.coordinates.slopes(theta)
        prior, slope, bend = self.coordinates.log_prior(theta)
        curved = first.T @ hessian @ first + np.einsum("i,ijl->jl", gradient, second)
        return value + float(prior.sum()), first.T @ gradient + slope, curved + np.diag(bend)


class Posterior:
    """Weighted draws of the parameters, in the data's units.

    frame    a table: one column per parameter, and weight (sums to 1)
    k_hat    how far weights around the mode can be trusted: good below 0.5; above 0.7 these are draws of a
             sampler, with equal weights
    r_hat    of the sampler, 1 where its chains agree; None where it was not needed
    ess      how many independent draws these are worth
    mode     parameters at the mode of the posterior in unbounded coordinates
    """

    def __init__(
        self, values: Mapping[str, Floats], weight: Floats, k_hat: float, mode: dict[str, float],
        backend: str, shift: float, walk: Walk | None = None,
    ) -> None:  # fmt: skip
        self.values = dict(values)
        self.weight = weight
        self.k_hat = k_hat
        self.r_hat = walk.r_hat if walk else None
        self.ess = 1 / (1 / walk.ess + 1 / len(weight)) if walk else effective_size(weight)
        self.mode = mode
        self._backend = backend
        self._shift = shift

    @property
    def frame(self) -> Any:
        return frame({**self.values, "weight": self.weight}, self._backend)

    def parameters(self, k: int) -> dict[str, Floats]:
        """k draws by systematic resampling, in random order: name -> (k,). The same every time."""
        edges = np.cumsum(self.weight)
        steps = (np.arange(k) + self._shift) / k * edges[-1]
        chosen = np.minimum(np.searchsorted(edges, steps, side="right"), len(edges) - 1)
        return {name: each[chosen] for name, each in self.values.items()}

    def summary(self) -> Any:
        """A table: parameter, mean, standard_deviation, low, median, high (95 %)."""
        rows = [_describe(each, self.weight) for each in self.values.values()]
        titles = ("mean", "standard_deviation", "low", "median", "high")
        columns = {title: [row[i] for row in rows] for i, title in enumerate(titles)}
        return frame({"parameter": list(self.values), **columns}, self._backend)


def sample(
    target: Target, estimate: Floats, draws: int, rng: np.random.Generator, backend: str, model: str
) -> Posterior:
    """Draws around the mode, else of walkers. Raises UsageError MODEL-027, ModelError MODEL-105."""
    if draws < 100:
        raise UsageError("MODEL-027", seen=draws)
    start = target.coordinates.locate(estimate)
    peak = maximise(target.climb, start, target.customers, accuracy=target.accuracy)
    checked = draws if draws * target.cells <= MOST_WORK else CHECKED
    theta, log_proposal = _student(peak.theta, _spread(peak.hessian), checked, rng)
    best: Any = (np.inf, theta, log_proposal)
    for remade in range(1 + REFINEMENTS + MIXTURES):
        log_ratio = target.log_density(theta) - log_proposal
        weight, k_hat = smooth_weights(np.where(np.isfinite(log_ratio), log_ratio, -np.inf))
        best = min(best, (float(k_hat), theta, weight), key=lambda each: each[0])
        if k_hat <= GOOD:
            break
        if remade < REFINEMENTS:
            spread = root_of_covariance(theta, weight)
            theta, log_proposal = _student(weight @ theta, spread, checked, rng)
        else:
            theta, log_proposal = mixture_draws(theta, weight, checked, rng)
    k_hat, theta, weight = best
    walked = None
    if k_hat > TRUSTED:
        walked = walk(target.log_density, _apart(theta, weight, rng), ENOUGH, rng)
        if walked is None:
            raise ModelError("MODEL-105", model=model, k_hat=round(k_hat, 2))
        theta = walked.draws[rng.choice(len(walked.draws), draws)]
        weight = np.full(draws, 1.0 / draws)
    elif checked < draws:  # so many customers that the normal shape is exact to the noise of the draws
        theta = peak.theta + rng.standard_normal((draws, len(peak.theta))) @ _spread(peak.hessian).T
        weight = np.full(draws, 1.0 / draws)
    order = rng.permutation(draws)
    values = target.coordinates.values(theta[order])
    mode = dict(zip(target.names, target.coordinates.values(peak.theta).tolist(), strict=True))
    named = {name: values[:, i] for i, name in enumerate(target.names)}
    return Posterior(named, weight[order], float(k_hat), mode, backend, float(rng.random()), walked)


def _apart(theta: Floats, weight: Floats, rng: np.random.Generator) -> Floats:
    """Different draws for walkers to set out from: likely ones, though not only the few of most weight."""
    chance = np.cbrt(weight) + 1e-9
    return theta[rng.choice(len(theta), WALKERS, replace=False, p=chance / chance.sum())]


def _student(centre: Floats, spread: Floats, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draws of a multivariate t around `centre` with scale matrix spread spread', and ln density."""
    k = len(centre)
    noise = rng.standard_normal((draws, k))
    stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, draws))
    unit = noise * stretch[:, None]
    log_density = -0.5 * (FREEDOM + k) * np.log1p((unit * unit).sum(axis=1) / FREEDOM)
    return centre + unit @ spread.T, log_density


def _spread(hessian: Floats) -> Floats:
    """A square root of (-H)^-1; directions of little curvature are held to a factor e^3."""
    curvature, axes = np.linalg.eigh(-hessian)
    return axes / np.sqrt(np.maximum(curvature, 1.0 / 9.0))


def _describe(values: Floats, weight: Floats) -> list[float]:
    mean = float(weight @ values)
    order = np.argsort(values)
    edges = np.cumsum(weight[order])
    at = np.searchsorted(edges, np.array([0.025, 0.5, 0.975]) * edges[-1])
    low, median, high = values[order][np.minimum(at, len(values) - 1)].tolist()
    return [mean, float(np.sqrt(weight @ (values - mean) ** 2)), low, median, high]


def _each(priors: list[Prior], theta: Floats) -> tuple[Floats, Floats, Floats]:
    parts = [prior.terms(theta[..., i]) for i, prior in enumerate(priors)]
    value, first, second = (np.stack([part[j] for part in parts], axis=-1) for j in range(3))
    return value, first, second


def _logistic(y: Any) -> Any:
    return np.exp(-np.logaddexp(0.0, -y))
