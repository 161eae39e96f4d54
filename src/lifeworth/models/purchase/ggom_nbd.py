"""Gamma-Gompertz/NBD: buyers whose urge to leave changes with age.

Story: while active, a customer buys at random at rate lambda (Poisson); lambda is Gamma(r, alpha)
across customers. The active life follows a Gompertz law, whose hazard eta b e^{bt} grows with age;
eta is Gamma(s, beta) across customers. Where beta < 1 the hazard of the whole base falls from the
start, where beta > 1 it rises first: a mode that Pareto/NBD cannot have. As b and beta go to 0 with
beta/b fixed it becomes Pareto/NBD with that scale.
Fails when: the data show no ageing: then b runs to that boundary, and the plain Pareto/NBD says it all.
Source: Bemmaor & Glady (2012), Management Science 58(5), 1012-1021.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells
from lifeworth.kernels.counts import log_rising, negative_binomial_tails
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.quadrature import log_time_rule
from lifeworth.models.covariates import SCALES_OF_BOTH, Links
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting import priors as priors_
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories
from lifeworth.models.parameters import positive
from lifeworth.models.purchase import ggom_likelihood
from lifeworth.models.purchase.ggom_likelihood import life
from lifeworth.models.purchase.random_times import CovariateModel, PurchaseModel

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]
NODES, FORGOTTEN = 96, 45.0


def log_likelihood(
    x: Numbers, t_x: Numbers, T: Numbers, r: float, alpha: float, b: float, s: float, beta: float
) -> Floats:
    """ln L of each customer (n,): x repeat purchases, the last at t_x, watched until T.

    ln Gamma(r+x)/Gamma(r) + r ln alpha + ln(P(x, t_x) + Q(x, T)), see `ggom_likelihood`.
    """
    x = np.asarray(x)
    bought = log_rising(r, int(np.max(x, initial=0)))[x]
    left = ggom_likelihood.log_part(x, np.asarray(t_x, float), r, alpha, b, s, beta, gone=True)
    stayed = ggom_likelihood.log_part(x, np.asarray(T, float), r, alpha, b, s, beta, gone=False)
    return np.asarray(bought - x * np.log(alpha) + np.logaddexp(left, stayed))


def log_staying(T: Floats, times: Floats, b: float, s: float, beta: Any) -> Floats:
    """ln S(T + t)/S(T): still active t after T, given active at T. Shapes broadcast."""
    return -s * (life(T + times, b, beta).wear - life(T, b, beta).wear)


def time_active(T: Floats, end: Any, rate: float, b: float, s: float, beta: Any) -> Floats:
    """Integral over (0, end) of e^(-rate t) S(T+t)/S(T), (m,): expected, discounted time still active."""
    scale = 1.0 / (b * (1.0 + s * life(T, b, beta).grown) + rate)
    times, weights = log_time_rule(scale, end, NODES)
    return np.asarray((weights * np.exp(log_staying(T, times, b, s, beta) - rate * times)).sum(axis=0))


@final
class GGomNBD(CovariateModel, PurchaseModel):
    """Buyers who age. Parameters r, alpha (a time), b (one over a time), s, beta.

    Covariates move alpha (purchase) and beta (dropout), or both by one coefficient (both). Settings and
    fit: `lifeworth.models.purchase.random_times.CovariateModel`; forecasts:
    `lifeworth.models.purchase.model.RepeatPurchases`.
    """

    parameters = positive("r", "alpha:time", "b:rate", "s", "beta")
    links: ClassVar[Links] = SCALES_OF_BOTH

    def objective(self, cells: Cells) -> Objective:
        return ggom_likelihood.objective(cells, self.threads)

    def log_likelihoods(self, cells: Cells, p: Values) -> Floats:
        return ggom_likelihood.log_likelihoods(cells, p)

    def terms(self, x: Numbers, t_x: Numbers, T: Numbers, kind: NDArray[np.int32], p: Values) -> Part:
        return ggom_likelihood.terms(x, t_x, T, kind, p)

    def log_terms(self, x: Numbers, t_x: Numbers, T: Numbers, p: Values) -> Floats:
        return ggom_likelihood.log_terms(x, t_x, T, p)

    def log_alive(self, h: Histories, p: Values) -> Floats:
        return ggom_likelihood.log_alive(h, **p, threads=self.threads)

    def survival_if_alive(self, x: Numbers, T: Numbers, after: Any, p: Values) -> Floats:
        ages = np.asarray(T, np.float64)
        return np.exp(log_staying(ages, np.broadcast_to(after, ages.shape), p["b"], p["s"], p["beta"]))

    def expected_if_alive(self, x: Numbers, T: Numbers, horizon: Any, p: Values) -> Floats:
        ages = np.asarray(T, np.float64)
        (at, end, beta), place = _alike(ages, horizon, p["beta"])
        active = time_active(at, end, 0.0, p["b"], p["s"], beta)[place]
        return (p["r"] + x) / (p["alpha"] + ages) * active

    def discounted_if_alive(self, x: Numbers, T: Numbers, rate: float, p: Values) -> Floats:
        ages = np.asarray(T, np.float64)
        (at, beta), place = _alike(ages, p["beta"])
        end = FORGOTTEN / (rate + p["s"] * p["b"] * np.minimum(life(at, p["b"], beta).grown, 1.0))
        active = time_active(at, end, rate, p["b"], p["s"], beta)
        return (p["r"] + x) / (p["alpha"] + ages) * active[place]

    def tails_if_alive(self, x: Numbers, T: Numbers, horizon: float, p: Values) -> Iterator[Floats]:
        """P(N >= k) = P(K >= k at H) S(H) + integral of P(K >= k at t) times the density of leaving."""
        T = np.asarray(T, np.float64)
        A, (b, s, beta) = p["alpha"] + T, (p["b"], p["s"], p["beta"])
        scale = np.minimum(A, 1.0 / (b * (1.0 + s * life(T, b, beta).grown)))
        times, weights = log_time_rule(scale, horizon, NODES)
        leaving = weights * s * b * life(T + times, b, beta).grown * np.exp(log_staying(T, times, b, s, beta))
        staying = np.exp(log_staying(T, np.full_like(T, horizon), b, s, beta))
        leaving *= -np.expm1(log_staying(T, np.full_like(T, horizon), b, s, beta)) / np.maximum(
            leaving.sum(axis=0), 1e-300
        )
        q = p["r"] + np.asarray(x, np.float64)
        inside = negative_binomial_tails(np.broadcast_to(q, times.shape), times / A)
        for tail, at_times in zip(negative_binomial_tails(q, horizon / A), inside, strict=False):
            yield tail * staying + (at_times * leaving).sum(axis=0)

    def draw_after_first(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        leaves = _remaining_life(np.asarray(T, np.float64), p, rng)
        rate = rng.standard_gamma(p["r"] + x + 1.0) / (p["alpha"] + T + first)
        open_for = np.maximum(np.minimum(leaves, horizon) - first, 0.0)
        return np.where(leaves < first, 0, 1 + rng.poisson(rate * open_for))

    def draw_histories(self, T: Floats, p: Values, rng: np.random.Generator) -> dict[str, Any]:
        active = np.minimum(_remaining_life(np.zeros(len(T)), p, rng), T)
        made = rng.poisson(rng.standard_gamma(p["r"], len(T)) / p["alpha"] * active)
        last = np.zeros(len(T))
        some = np.flatnonzero(made > 0)
        last[some] = active[some] * np.maximum(rng.beta(made[some], 1.0), 1e-12)
        return {"frequency": made, "recency": last}

    def start(self, age: float) -> list[float]:
        return [1.0, age / 8.0, 1.0 / age, 1.0, 0.5]

    def coordinates(self, unit_days: float, priors: Values | None) -> posteriors.Coordinates:
        return posteriors.Logs(priors_.gompertz_priors(unit_days, priors))


def _alike(*columns: Any) -> tuple[Floats, NDArray[np.intp]]:
    """The different rows of columns that broadcast, (columns, kinds), and which of them each row is."""
    rows = np.stack(np.broadcast_arrays(*(np.asarray(each, np.float64) for each in columns)))
    kinds, place = np.unique(rows, axis=1, return_inverse=True)
    return kinds, place.ravel()


def _remaining_life(T: Floats, p: Values, rng: np.random.Generator) -> Floats:
    """Time still active given active at T: eta ~ Gamma(s, beta - 1 + e^{bT}), then a Gompertz life."""
    urge = np.maximum(rng.standard_gamma(p["s"], len(T)), 1e-290)
    # e^{bT} eta, without overflow: the gamma's scale over e^{-bT}
    scale = np.exp(-p["b"] * T) * (p["beta"] - 1.0) + 1.0
    return np.log1p(rng.standard_exponential(len(T)) * scale / urge) / p["b"]
