"""Pareto/NBD: buyers who may leave at any time.

Story: while active, a customer buys at random at rate lambda (Poisson); lambda is Gamma(r, alpha)
across customers. The active life is exponential with rate mu; mu is Gamma(s, beta) across
customers, independent of lambda. Nobody tells us who left.
Fails when: leaving follows purchases rather than time (see bg_nbd); seasons and promotions.
Source: Schmittlein, Morrison & Colombo (1987), Management Science 33(1), 1-24; the positive
continued fraction in place of the 2F1 is that of methods.md 2.5.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells
from lifeworth.kernels.counts import log_rising, negative_binomial_tails
from lifeworth.kernels.fractions import log_share
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.quadrature import log_time_rule
from lifeworth.models.covariates import SCALES_OF_BOTH, Links
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting import priors as priors_
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories
from lifeworth.models.parameters import positive
from lifeworth.models.purchase import pareto_likelihood
from lifeworth.models.purchase.random_times import GammaRateModel

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]
NODES = 64


def log_likelihood(
    x: Numbers, t_x: Numbers, T: Numbers, r: float, alpha: float, s: float, beta: float
) -> Floats:
    """ln L of each customer (n,): x repeat purchases, the last at t_x, watched until T.

    ln Gamma(r+x)/Gamma(r) + r ln alpha + s ln beta + ln(P(x, t_x) + Q(x, T)), where P is the part
    of those who left after t_x and Q of those still here or gone after T. `fit` adds the same
    terms up by different pairs (x, t_x) and (x, T).
    """
    bought = log_rising(r, int(np.max(x, initial=0)))[x]
    left = log_left(x, t_x, r, alpha, s, beta)
    stayed = log_stayed(x, T, r, alpha, s, beta)
    return bought + r * np.log(alpha) + s * np.log(beta) + np.logaddexp(left, stayed)


def log_left(x: Numbers, t: Numbers, r: float, alpha: float, s: float, beta: float) -> Floats:
    """ln P(x, t), P = s * integral from t of (alpha+u)^-(r+x) (beta+u)^-(s+1) du."""
    return _log_both(x, t, r, alpha, s, beta) + log_share(r + x, s, alpha, beta, np.asarray(t, float))


def log_stayed(x: Numbers, t: Numbers, r: float, alpha: float, s: float, beta: float) -> Floats:
    """ln Q(x, t), Q = (r+x) * integral from t of (alpha+u)^-(r+x+1) (beta+u)^-s du."""
    return _log_both(x, t, r, alpha, s, beta) + log_share(s, r + x, beta, alpha, np.asarray(t, float))


def expected_if_alive(
    x: Numbers, T: Numbers, horizon: Any, r: float, alpha: float, s: float, beta: float
) -> Floats:
    """E[N(horizon)] given alive: (r+x)/(alpha+T) times the expected time still active, (m,)."""
    since = beta + np.asarray(T, np.float64)
    return (r + x) / (alpha + T) * since * active_time(since, horizon, s)


def discounted_if_alive(
    x: Numbers, T: Numbers, rate: float, r: float, alpha: float, s: float, beta: float
) -> Floats:
    """Discounted purchases of the whole future given alive, (m,).

    (r+x)(beta+T)/(alpha+T) e^z E_s(z), z = rate (beta+T): once per different beta + T.
    """
    return (r + x) / (alpha + T) * discounted_time(beta + np.asarray(T, np.float64), rate, s)


def active_time(since: Floats, horizon: Any, s: float) -> Floats:
    """Expected time still active within the horizon, in multiples of `since` = beta + T, given alive."""
    log_growth = np.log1p(horizon / since)
    return log_growth if s == 1.0 else -np.expm1(-(s - 1.0) * log_growth) / (s - 1.0)


def discounted_time(since: Floats, rate: float, s: float) -> Floats:
    """Discounted time still active, `since` = beta + T, given alive; once per different one."""
    kinds, place = np.unique(since, return_inverse=True)
    return (pareto_likelihood.discounted_life(s, rate * kinds) * kinds)[place]


@final
class ParetoNBD(GammaRateModel):
    """Buyers who may leave at any time. Parameters r, alpha (a time), s, beta (a time).

    Covariates move alpha (purchase) and beta (dropout), or both by one coefficient (both). Settings and
    fit: `lifeworth.models.purchase.random_times.CovariateModel`; forecasts:
    `lifeworth.models.purchase.model.RepeatPurchases`.
    """

    parameters = positive("r", "alpha:time", "s", "beta:time")
    links: ClassVar[Links] = SCALES_OF_BOTH

    def objective(self, cells: Cells) -> Objective:
        return pareto_likelihood.objective(cells, self.threads)

    def log_likelihoods(self, cells: Cells, p: Values) -> Floats:
        return pareto_likelihood.log_likelihoods(cells, p)

    def terms(self, x: Numbers, t_x: Numbers, T: Numbers, kind: NDArray[np.int32], p: Values) -> Part:
        return pareto_likelihood.terms(x, t_x, T, kind, **p)

    def log_terms(self, x: Numbers, t_x: Numbers, T: Numbers, p: Values) -> Floats:
        return pareto_likelihood.log_terms(x, t_x, T, **p)

    def log_alive(self, h: Histories, p: Values) -> Floats:
        return pareto_likelihood.log_alive(h, p["r"], p["alpha"], p["s"], p["beta"], self.threads)

    def survival_if_alive(self, x: Numbers, T: Numbers, after: Any, p: Values) -> Floats:
        """mu of who is alive at T is Gamma(s, beta + T)."""
        return np.exp(-p["s"] * np.log1p(after / (p["beta"] + np.asarray(T, np.float64))))

    def expected_if_alive(self, x: Numbers, T: Numbers, horizon: Any, p: Values) -> Floats:
        return expected_if_alive(x, T, horizon, **p)

    def discounted_if_alive(self, x: Numbers, T: Numbers, rate: float, p: Values) -> Floats:
        return discounted_if_alive(x, T, rate, **p)

    def tails_if_alive(self, x: Numbers, T: Numbers, horizon: float, p: Values) -> Iterator[Floats]:
        """P(N >= k) = P(K >= k at H) S(H) + integral of P(K >= k at t) times the density of leaving."""
        A, B = p["alpha"] + np.asarray(T, np.float64), p["beta"] + np.asarray(T, np.float64)
        times, weights = log_time_rule(np.minimum(A, B), horizon, NODES)
        leaving = weights * p["s"] / (B + times) * np.exp(-p["s"] * np.log1p(times / B))
        staying = np.exp(-p["s"] * np.log1p(horizon / B))
        q = p["r"] + np.asarray(x, np.float64)
        inside = negative_binomial_tails(np.broadcast_to(q, times.shape), times / A)
        for tail, at_times in zip(negative_binomial_tails(q, horizon / A), inside, strict=False):
            yield tail * staying + (at_times * leaving).sum(axis=0)

    def draw_after_first(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        leaves = rng.standard_exponential(len(x)) * (p["beta"] + T) / _gamma(p["s"], len(x), rng)
        rate = rng.standard_gamma(p["r"] + x + 1.0) / (p["alpha"] + T + first)
        open_for = np.maximum(np.minimum(leaves, horizon) - first, 0.0)
        return np.where(leaves < first, 0, 1 + rng.poisson(rate * open_for))

    def draw_lives(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, times: Sequence[float],
        rng: np.random.Generator,
    ) -> NDArray[np.int64]:  # fmt: skip
        leaves = rng.standard_exponential(len(x)) * (p["beta"] + T) / _gamma(p["s"], len(x), rng)
        rate = rng.standard_gamma(p["r"] + x + 1.0) / (p["alpha"] + T + first)
        ends = leaves / np.asarray(times)[:, None]
        open_for = np.maximum(np.minimum(ends, horizon) - first, 0.0)
        order = np.argsort(times, kind="stable").tolist()  # the longest life first, then parts of it
        made = np.zeros(ends.shape, np.int64)
        made[order[0]] = rng.poisson(rate * open_for[order[0]])
        for longer, place in pairwise(order):
            share = np.divide(
                open_for[place], open_for[longer], out=np.zeros(len(x)), where=open_for[longer] > 0
            )
            made[place] = rng.binomial(made[longer], share)
        return np.where(ends < first, 0, 1 + made)

    def draw_histories(self, T: Floats, p: Values, rng: np.random.Generator) -> dict[str, Any]:
        leaves = rng.standard_exponential(len(T)) * p["beta"] / _gamma(p["s"], len(T), rng)
        active = np.minimum(leaves, T)
        made = rng.poisson(rng.standard_gamma(p["r"], len(T)) / p["alpha"] * active)
        last = np.zeros(len(T))
        some = np.flatnonzero(made > 0)
        last[some] = active[some] * np.maximum(rng.beta(made[some], 1.0), 1e-12)
        return {"frequency": made, "recency": last}

    def start(self, age: float) -> list[float]:
        return [1.0, age / 8.0, 1.0, age / 8.0]

    def coordinates(self, unit_days: float, priors: Values | None) -> posteriors.Coordinates:
        return posteriors.Logs(priors_.pareto_priors(unit_days, priors))


def _log_both(x: Numbers, t: Numbers, r: float, alpha: float, s: float, beta: float) -> Floats:
    """ln(P + Q) at the same t: -(r+x) ln(alpha+t) - s ln(beta+t)."""
    return -(r + x) * np.log(alpha + t) - s * np.log(beta + t)


def _gamma(shape: float, size: int, rng: np.random.Generator) -> Floats:
    return np.maximum(rng.standard_gamma(shape, size), 1e-290)
