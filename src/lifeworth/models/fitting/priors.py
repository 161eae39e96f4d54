"""Priors, each with its Jacobian in an unbounded coordinate, and the defaults.

The defaults are those of PyMC-Marketing, for comparison: r, s ~ Weibull(2, 1); alpha, beta ~
Weibull(2, 10 weeks); the share phi = a/(a+b) ~ uniform; the strength kappa = a+b ~ Pareto(1, 1).
Scales are tied to a unit of time, 70 days, so that days and weeks give the same posterior.
"""

from abc import ABC, abstractmethod
from collections.abc import Container, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.base.history import DAYS_PER_YEAR

Floats = NDArray[np.float64]
Terms = tuple[Floats, Floats, Floats]
SCALE_DAYS = 70.0


class Prior(ABC):
    """`terms(theta)`: ln(density x Jacobian) up to a constant, and its two derivatives, elementwise."""

    @abstractmethod
    def terms(self, theta: Floats) -> Terms: ...


@final
class Weibull(Prior):
    """Of a positive quantity e^theta: density ~ v^(shape-1) exp(-(v/scale)^shape)."""

    def __init__(self, shape: float, scale: float) -> None:
        self.shape, self.scale = shape, scale

    def terms(self, theta: Floats) -> Terms:
        power = np.exp(self.shape * (theta - np.log(self.scale)))
        return self.shape * theta - power, self.shape * (1.0 - power), -(self.shape**2) * power


@final
class LogNormal(Prior):
    """Of a positive quantity e^theta, with median `median`."""

    def __init__(self, median: float, sigma: float) -> None:
        self.median, self.sigma = median, sigma

    def terms(self, theta: Floats) -> Terms:
        z = (theta - np.log(self.median)) / self.sigma
        return -0.5 * z * z, -z / self.sigma, np.full_like(theta, -1.0 / self.sigma**2)


@final
class Normal(Prior):
    """Of a coefficient, theta itself."""

    def __init__(self, mean: float, sigma: float) -> None:
        self.mean, self.sigma = mean, sigma

    def terms(self, theta: Floats) -> Terms:
        z = (theta - self.mean) / self.sigma
        return -0.5 * z * z, -z / self.sigma, np.full_like(theta, -1.0 / self.sigma**2)


@final
class Gamma(Prior):
    """Of a positive quantity e^theta: density ~ v^(shape-1) exp(-rate v)."""

    def __init__(self, shape: float, rate: float) -> None:
        self.shape, self.rate = shape, rate

    def terms(self, theta: Floats) -> Terms:
        v = self.rate * np.exp(theta)
        return self.shape * theta - v, self.shape - v, -v


@final
class Beta(Prior):
    """Of a share with logit theta; Beta(1, 1) is uniform."""

    def __init__(self, a: float, b: float) -> None:
        self.a, self.b = a, b

    def terms(self, theta: Floats) -> Terms:
        share = np.exp(-np.logaddexp(0.0, -theta))
        value = -self.a * np.logaddexp(0.0, -theta) - self.b * np.logaddexp(0.0, theta)
        total = self.a + self.b
        return value, self.a - total * share, -total * share * (1.0 - share)


@final
class ParetoAboveOne(Prior):
    """Of a quantity 1 + e^theta: density ~ v^-(shape+1)."""

    def __init__(self, shape: float) -> None:
        self.shape = shape

    def terms(self, theta: Floats) -> Terms:
        above = np.exp(-np.logaddexp(0.0, -theta))  # (v - 1)/v
        power = self.shape + 1.0
        value = theta - power * np.logaddexp(0.0, theta)
        return value, 1.0 - power * above, -power * above * (1.0 - above)


def beta_geometric_priors(unit_days: float, replaced: Mapping[str, Any] | None) -> dict[str, Prior]:
    """Priors on r, alpha, phi = a/(a+b) and kappa = a+b > 1; alpha in units of `unit_days` days."""
    defaults = {
        "r": Weibull(2.0, 1.0),
        "alpha": Weibull(2.0, SCALE_DAYS / unit_days),
        "phi": Beta(1.0, 1.0),
        "kappa": ParetoAboveOne(1.0),
    }
    return replace(defaults, replaced)


def pareto_priors(unit_days: float, replaced: Mapping[str, Any] | None) -> dict[str, Prior]:
    """Priors on r, alpha, s, beta; alpha and beta in units of `unit_days` days."""
    scale = SCALE_DAYS / unit_days
    rate, time = Weibull(2.0, 1.0), Weibull(2.0, scale)
    return replace({"r": rate, "alpha": time, "s": rate, "beta": time}, replaced)


def correlated_priors(unit_days: float, replaced: Mapping[str, Any] | None) -> dict[str, Prior]:
    """Those of Pareto/NBD, and odds around 1, within a factor of twenty either way."""
    return replace({**pareto_priors(unit_days, None), "odds": LogNormal(1.0, 1.5)}, replaced)


def wide_priors(age: float, names: Container[str]) -> dict[str, Prior]:
    """Priors on those of r, alpha, s, beta that are among `names`, which leave the word to the customers:
    around one and around `age`.

    `age`: of a typical customer, in the data's unit. Tied to the data and not to a unit of time, they do not
    pull where a shop's rhythm differs from that of `pareto_priors`; docs/decisions/0013-cohort-intervals.md.
    """
    number, time = LogNormal(1.0, 1.5), LogNormal(age, 2.0)
    every = {"r": number, "alpha": time, "s": number, "beta": time}
    return {name: prior for name, prior in every.items() if name in names}


def abe_priors(unit_days: float, replaced: Mapping[str, Any] | None) -> dict[str, Prior]:
    """Medians around one in 70 days, spreads around 1, odds around 1: each within a factor of twenty."""
    one, median = LogNormal(1.0, 1.5), LogNormal(unit_days / SCALE_DAYS, 1.5)
    defaults = {"rate": median, "leave": median, "rate_spread": one, "leave_spread": one, "odds": one}
    return replace(defaults, replaced)


def gompertz_priors(unit_days: float, replaced: Mapping[str, Any] | None) -> dict[str, Prior]:
    """Priors on r, alpha, b, s, beta: b around one over a year, within a factor of ten either way."""
    rate, pace = Weibull(2.0, 1.0), LogNormal(unit_days / DAYS_PER_YEAR, 1.15)
    time, free = Weibull(2.0, SCALE_DAYS / unit_days), LogNormal(1.0, 1.5)
    return replace({"r": rate, "alpha": time, "b": pace, "s": rate, "beta": free}, replaced)


def pareto_ggg_priors(unit_days: float, replaced: Mapping[str, Any] | None) -> dict[str, Prior]:
    """Those of Pareto/NBD, and wide ones on t and gamma: a mean regularity k = t/gamma around 2."""
    free = {"t": LogNormal(2.0, 1.5), "gamma": LogNormal(1.0, 1.5)}
    return replace({**pareto_priors(unit_days, None), **free}, replaced)


def replace(defaults: Mapping[str, Prior], replaced: Mapping[str, Any] | None) -> dict[str, Prior]:
    """The defaults with those named in `replaced`. Raises UsageError MODEL-028 for an unknown name."""
    chosen = dict(replaced or {})
    if not set(chosen) <= set(defaults) or not all(isinstance(each, Prior) for each in chosen.values()):
        raise UsageError("MODEL-028", seen=list(chosen), known=list(defaults))
    return {**defaults, **chosen}


def gamma_gamma_priors(mean_spend: float, replaced: Mapping[str, Any] | None) -> dict[str, Prior]:
    """Wide priors on p, q, v: money in units of the mean spend, so that currencies do not matter."""
    defaults = {"p": LogNormal(2.0, 1.5), "q": LogNormal(3.0, 1.0), "v": LogNormal(mean_spend, 1.5)}
    return replace(defaults, replaced)
