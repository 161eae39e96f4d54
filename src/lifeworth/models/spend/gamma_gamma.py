"""Gamma-Gamma: what a purchase is worth, from the mean of those seen.

Story: what a customer spends on one purchase day is Gamma(p, nu); nu, one over the scale, is fixed
for a customer and Gamma(q, v) across customers. The fewer purchases seen, the more a customer's
mean is drawn towards that of all. Spend does not depend on how often a customer buys.
Fails when: spend and frequency go together (`correlation_` beyond 0.3), and for zero or negative
spend, which has no place in a gamma distribution.
Source: Fader, Hardie & Lee (2005), J. of Marketing Research 42(4), 415-430; Fader & Hardie (2013),
The Gamma-Gamma model of monetary value; numerics of methods.md 3.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.base.random import generator
from lifeworth.kernels.newton import RIDGE, in_logs, maximise
from lifeworth.kernels.special import gamma_median, incomplete_beta, log_gamma
from lifeworth.models import covariates as columns_
from lifeworth.models import settings
from lifeworth.models.covariates import Links, Traits
from lifeworth.models.fitting import moved as per_unit
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.fitting.maximum_likelihood import Estimate, estimate
from lifeworth.models.fitting.priors import gamma_gamma_priors
from lifeworth.models.inputs import spends
from lifeworth.models.parameters import draws as checked_draws
from lifeworth.models.parameters import positive, scales
from lifeworth.models.protocols import Model
from lifeworth.models.spend import gamma_gamma_likelihood, gamma_gamma_terms
from lifeworth.models.spend.gamma_gamma_likelihood import Repeaters
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
Values = Mapping[str, Any]
STRONG = 0.3
SOME = 20_000  # repeat buyers that the search begins with


def log_likelihood(x: NDArray[Any], mean: Floats, p: float, q: float, v: float) -> Floats:
    """ln L of each customer with x > 0 repeat purchase days of mean spend `mean`, (n,).

    ln Gamma(px+q) - ln Gamma(px) - ln Gamma(q) + q ln v + px ln S - ln m - (px+q) ln(v+S), S = x m.
    """
    total = x * mean
    constant = log_gamma(p * x + q) - log_gamma(p * x) - log_gamma(np.full(len(x), q))
    return constant - q * np.log1p(total / v) - p * x * np.log1p(v / total) - np.log(mean)


def expected_spend(x: NDArray[Any], mean: Floats, p: float, q: float, v: float) -> Floats:
    """E(M | x, mean) = p (v+S)/(px+q-1), (n,); the median of M where px + q <= 1 and no mean exists."""
    shape = p * x + q
    known = shape > 1.0
    below = np.where(known, shape - 1.0, 1.0)
    for each in np.unique(shape[~known]):
        below[shape == each] = gamma_median(float(each))
    return p * (v + x * mean) / below


def total_quantiles(
    probabilities: NDArray[Any], p: float, shape: NDArray[Any], rate: NDArray[Any], levels: Floats
) -> Floats:
    """Quantiles of the total over N days with spend, (n, len(levels)); nu ~ Gamma(shape, rate), each (n,).

    P(total <= y) = P(N = 0) + sum over k of P(N = k) I_{y/(y+rate)}(pk, shape).
    """
    days = np.arange(1, np.shape(probabilities)[1])

    def reached(spend: Floats) -> Floats:
        share = (spend / (spend + rate))[:, None]
        of_days = incomplete_beta(share, p * days, shape[:, None])
        return probabilities[:, 0] + (probabilities[:, 1:] * of_days).sum(axis=1)

    return np.stack([_bisect(reached, probabilities[:, 0], rate, level) for level in levels], axis=1)


@final
class GammaGamma(Model):
    """What a purchase is worth. Parameters p, q, v (money).

    Args:
        covariates: columns of the data that move v (process spend): v_i = v e^(coefficients' features),
            so spend is e to the coefficient times as high per unit. As in
            `lifeworth.models.purchase.random_times.CovariateModel`, and so are the penalties.

    Customers come with frequency and monetary_value, the mean spend over repeat purchase days (the
    first day excluded). Further fitted attributes: `correlation_` of frequency and spend among
    repeat buyers (NaN where one of them does not vary), `mean_spend_` per repeat buyer.
    """

    parameters = positive("p", "q", "v:money")
    links: ClassVar[Links] = {"spend": {"v": 1.0}}
    correlation_: float
    mean_spend_: float

    def __init__(self, covariates: Any = None, penalty: float = 0.0, l1_penalty: float = 0.0) -> None:
        self.covariates = covariates
        self.penalty = penalty
        self.l1_penalty = l1_penalty

    @property
    def columns(self) -> dict[str, Any]:
        """Columns of covariates by process. Raises UsageError MODEL-133."""
        return columns_.asked(self.covariates, self.links)

    def terms(self, x: Any, total: Any, T: Any, kind: NDArray[np.int32], p: Values) -> Part:
        """ln L of repeat buyers with a v of their own, up to -ln(mean), with its derivatives."""
        return gamma_gamma_terms.terms(x, total, **p)

    def log_terms(self, x: Any, total: Any, T: Any, p: Values) -> Floats:
        """The value of `terms` alone."""
        return gamma_gamma_terms.log_terms(x, total, **p)

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Maximum likelihood over customers with a repeat purchase; the others tell nothing.

        Raises ModelError: MODEL-010 for repeat buyers whose spend is not positive, MODEL-103 for
        fewer than two repeat buyers, 130 to 137 for covariates, and as `lifeworth.models.inputs`.
        """
        seen, wanted = spends(data, sample_weight), self.columns
        l2, l1 = settings.penalty(self.penalty), settings.penalty(self.l1_penalty)
        vars(self).pop("covariates_", None)
        ties = l2 + l1 > 0
        traits = columns_.learn(data, wanted, seen.weight, ties, self.links) if wanted else None
        rows = seen.again
        if np.count_nonzero(rows) < 2:
            raise ModelError("MODEL-103", customers=int(np.count_nonzero(rows)))
        x, mean = seen.frequency[rows], seen.mean[rows]
        weight = np.ones(len(x)) if seen.weight is None else seen.weight[rows]
        self._backend = seen.backend
        self.mean_spend_ = float(weight @ mean / weight.sum())
        self.correlation_ = _correlation(x, mean, weight)
        if np.ptp(mean) <= 1e-12 * mean.max():
            self._keep_identical(float(weight.sum()))
        else:
            repeaters = Repeaters(x, x * mean / self.mean_spend_, weight)
            self._climb(repeaters, mean, None if traits is None else traits.only(rows), l2, l1)
        if abs(self.correlation_) > STRONG:
            facts = {"correlation": round(self.correlation_, 2)}
            self.findings_.append(Finding("model.spend_correlation", "warn", facts))
        return self

    def told_of(self, data: Any, sample_weight: Any = None) -> tuple[float, float]:
        """Of customers with a repeat purchase. Raises ModelError MODEL-109 where all spend the same."""
        seen, fitted = spends(data, sample_weight), self.require_fit()
        if not np.isfinite(fitted["p"]):
            raise ModelError("MODEL-109")
        rows, traits = seen.again, self._traits(data)
        x, mean = seen.frequency[rows], seen.mean[rows]
        weight = np.ones(len(x)) if seen.weight is None else seen.weight[rows]
        told, p = Repeaters(x, x * mean, weight), {name: np.array([each]) for name, each in fitted.items()}
        if traits is None:
            value = gamma_gamma_likelihood.log_likelihoods(told, p)
        else:
            moved = gamma_gamma_terms.cells(told, traits.kind[rows])
            value = per_unit.log_likelihoods(self, moved, traits.z, p, counts=False)
        return float(value[0]) - float(weight @ np.log(mean)), float(weight.sum())

    def expected_customer_spend(self, data: Any, posterior: Any = None) -> Floats:
        """Expected spend per future purchase day, (n,); without a repeat purchase that of all.

        Where the mean does not exist (px + q <= 1) the median: `findings_` says so.
        """
        seen, fitted = spends(data), self.require_fit()
        if not np.isfinite(fitted["p"]):
            return np.full(len(seen), self.mean_spend_)
        traits = self._traits(data)
        several = [fitted]
        if posterior is not None:
            drawn = checked_draws(self.all_parameters, posterior.parameters(200))
            several = [dict(zip(drawn, each, strict=True)) for each in zip(*drawn.values(), strict=True)]
        total = np.zeros(len(seen))
        for p in several:
            unit = gamma_gamma_terms.own_unit(p, traits, self.links)
            total += unit * expected_spend(seen.frequency, seen.mean / unit, p["p"], p["q"], p["v"])
        return total / len(several)

    def draw_spend(
        self, data: Any, purchases: NDArray[Any], parameters: Values, random_state: Any = None
    ) -> Floats:
        """One possible total spend over `purchases` (n, draws) purchase days, (n, draws).

        `parameters` maps p, q, v to arrays (draws,). nu ~ Gamma(px+q, v+S) given the customer's
        past, then the sum over k days is Gamma(pk, nu).
        """
        seen, p = spends(data), checked_draws(self.all_parameters, parameters)
        bought = np.asarray(purchases)
        if bought.ndim != 2 or bought.shape != (len(seen), len(p["p"])):
            wanted = len(seen)
            raise ModelError("MODEL-011", column="purchases", rows=str(bought.shape), wanted=wanted)
        rng, out = generator(random_state), np.zeros(bought.shape)
        row, draw = np.nonzero(bought)
        k = bought[row, draw].astype(np.float64)
        if not np.isfinite(p["p"]).all():
            out[row, draw] = k * self.mean_spend_
            return out
        x, mean = seen.frequency[row], seen.mean[row]
        v = p["v"] * gamma_gamma_terms.own_units(p, self._traits(data), self.links)
        own = np.broadcast_to(v, bought.shape)[row, draw]
        shape, rate = p["p"][draw] * x + p["q"][draw], own + x * mean
        nu = np.maximum(rng.standard_gamma(shape), 1e-290) / rate
        out[row, draw] = rng.standard_gamma(p["p"][draw] * k) / nu
        return out

    def spend_quantiles(self, data: Any, probabilities: NDArray[Any], q: Any) -> Floats:
        """Quantiles of total spend, (n, len(q)), for P(N = 0), P(N = 1), ... in `probabilities` (n, k).

        `probabilities` come from a purchase model's `purchase_probabilities` and should hold all but
        a negligible part of the counts. Source: methods.md 2.10.
        """
        seen, fitted = spends(data), self.require_fit()
        if not np.isfinite(fitted["p"]):
            raise ModelError("MODEL-109")
        shape = fitted["p"] * seen.frequency + fitted["q"]
        unit = gamma_gamma_terms.own_unit(fitted, self._traits(data), self.links)
        rate = fitted["v"] * unit + seen.frequency * seen.mean
        return total_quantiles(probabilities, fitted["p"], shape, rate, settings.levels(q))

    def simulate(self, frequency: Any, random_state: Any = None, covariates: Any = None) -> Any:
        """New customers with these numbers of repeat purchase days, (n,): a table as `fit` takes it.

        `covariates`, for a model that has some: a table of n rows, repeated beside.
        Raises UsageError MODEL-132 where they are missing, or asked of a model without.
        """
        x, p = np.atleast_1d(np.asarray(frequency)).astype(np.int64), self.require_fit()
        traits, kept = columns_.of_newcomers(type(self).__name__, self.design, covariates, len(x))
        unit = gamma_gamma_terms.own_unit(p, traits, self.links)
        rng, days = generator(random_state), np.maximum(x, 1)
        nu = np.maximum(rng.standard_gamma(p["q"], len(x)), 1e-290) / p["v"]
        spent = unit * rng.standard_gamma(p["p"] * days) / (nu * days)
        return frame({**kept, "frequency": x, "monetary_value": np.where(x > 0, spent, 0.0)}, self._backend)

    def mean_spends(self, data: Any) -> Floats:
        """What `share_below` speaks of: the mean spends of repeat buyers, (m,)."""
        seen = spends(data)
        return seen.mean[seen.frequency > 0]

    def share_below(self, data: Any, limits: Any) -> Floats:
        """Expected share of repeat buyers whose mean spend is at most each limit, (k,).

        P(M <= m) = I_{S/(S+v)}(px, q) with S = x m, averaged over the repeat buyers in `data`.
        """
        fitted, seen = self.require_fit(), spends(data)
        if not np.isfinite(fitted["p"]):
            raise ModelError("MODEL-109")
        traits, again = self._traits(data), seen.frequency > 0
        unit = np.broadcast_to(gamma_gamma_terms.own_unit(fitted, traits, self.links), len(seen))[again]
        pairs, customers = np.unique(np.stack([seen.frequency[again], unit]), axis=1, return_counts=True)
        counts, v = pairs[0][:, None], fitted["v"] * pairs[1][:, None]
        total = counts * np.atleast_1d(np.asarray(limits, np.float64))
        below = incomplete_beta(total / (total + v), fitted["p"] * counts, fitted["q"])
        return np.asarray(customers @ below / customers.sum())

    def posterior(
        self, draws: int = 4000, random_state: Any = None, priors: Values | None = None
    ) -> posteriors.Posterior:
        """Draws of p, q, v given the data. Default priors are wide log-normals around 2, 3 and the
        mean spend. Raises ModelError MODEL-105, MODEL-107, MODEL-109 (identical spends)."""
        fitted = self.require_fit()
        if not np.isfinite(fitted["p"]):
            raise ModelError("MODEL-109")
        if not hasattr(self, "_repeaters"):
            raise ModelError("MODEL-107", model=type(self).__name__)
        repeaters, unit = self._repeaters, self.mean_spend_
        if self.design is not None:
            return per_unit.posterior(
                self, self._moved, lambda given: posteriors.Logs(gamma_gamma_priors(unit, given)),
                scales(self.all_parameters, unit), priors, draws, generator(random_state), counts=False,
            )  # fmt: skip
        target = posteriors.Target(
            objective=gamma_gamma_likelihood.objective(repeaters),
            log_likelihoods=lambda p: gamma_gamma_likelihood.log_likelihoods(repeaters, p),
            coordinates=posteriors.Logs(gamma_gamma_priors(self.mean_spend_, priors)),
            scale=scales(self.parameters, self.mean_spend_),
            names=[parameter.name for parameter in self.parameters],
            customers=self.n_customers_,
            cells=len(repeaters.x),
        )
        start, rng = np.array(list(fitted.values())), generator(random_state)
        return posteriors.sample(target, start, draws, rng, self._backend, type(self).__name__)

    def _climb(self, repeaters: Repeaters, mean: Floats, traits: Traits | None, l2: float, l1: float) -> None:
        """The search runs in units of the mean spend, so that money in other units scales v only."""
        customers = float(repeaters.weight.sum())
        objective = in_logs(gamma_gamma_likelihood.objective(repeaters))
        origin = np.log([2.0, 3.0, 1.0])
        optimum = maximise(objective, _near(repeaters, origin), customers, origin=origin)
        if traits is not None:
            self.covariates_, self._z = traits.design.to_json(), traits.z
            self._moved = gamma_gamma_terms.cells(repeaters, traits.kind)
            optimum = gamma_gamma_terms.search(self, self._moved, traits, optimum.theta, l2, l1)
        found = estimate(optimum, np.zeros(len(optimum.theta)), 3)
        if traits is not None:
            found = per_unit.told(self, found)
        in_money = found.scaled(scales(self.all_parameters, self.mean_spend_))
        value = optimum.value - float(repeaters.weight @ np.log(mean))
        self.keep(in_money, value, optimum.converged, customers)
        self._repeaters = repeaters
        if found.values[1] <= 1.0:
            facts = {"q": round(float(found.values[1]), 3)}
            self.findings_.append(Finding("model.no_mean_spend", "warn", facts))

    def _traits(self, data: Any) -> Traits | None:
        design = self.design
        return None if design is None else design.read(data)

    def _keep_identical(self, customers: float) -> None:
        """All spend the same: no spread to estimate. The parameters run off; the mean is used."""
        nothing = np.full((3, 3), np.nan)
        self.keep(Estimate(np.full(3, np.inf), nothing, nothing, np.ones(3, bool)), np.nan, True, customers)
        self.findings_.append(Finding("model.identical_spend", "warn", {"spend": self.mean_spend_}))


def _near(repeaters: Repeaters, origin: Floats) -> Floats:
    """Where to begin: with many customers, where some thousands of them, spread evenly, would end."""
    every = len(repeaters.x) // SOME
    if every < 2:
        return origin
    some = Repeaters(repeaters.x[::every], repeaters.total[::every], repeaters.weight[::every])
    end = maximise(in_logs(gamma_gamma_likelihood.objective(some)), origin, float(some.weight.sum())).theta
    return end if np.abs(end - origin).max() < RIDGE else origin


def _correlation(x: NDArray[Any], mean: Floats, weight: Floats) -> float:
    share = weight / weight.sum()
    left, right = x - share @ x, mean - share @ mean
    spread = np.sqrt((share @ left**2) * (share @ right**2))
    return float(share @ (left * right) / spread) if spread > 1e-12 * mean.max() else float("nan")


def _bisect(reached: Any, none: Floats, rate: Floats, level: float) -> Floats:
    """Smallest spend with P(spend <= it) >= level; 0 where buying nothing is that likely."""
    low, high = np.zeros(len(rate)), rate.copy()
    for _ in range(200):
        short = reached(high) < level
        if not short.any():
            break
        high = np.where(short, 2.0 * high, high)
    for _ in range(60):
        middle = 0.5 * (low + high)
        short = reached(middle) < level
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(none >= level, 0.0, 0.5 * (low + high))
