"""Correlated Pareto/NBD: how often somebody buys tells something about when they leave.

Story: as in Pareto/NBD, lambda is Gamma(r, alpha) and mu Gamma(s, beta) across customers. Beside these
laws every customer tosses two coins of their own: "slow" with the chance that no purchase falls into a
span in which half of all customers buy, "lasting" with the chance to outlive a span in which half leave.
The coins agree (slow and lasting, or quick and leaving) with `odds` to 1. Odds of 1 are the Pareto/NBD,
above 1 quick buyers leave sooner, below 1 they stay longer. That is the Sarmanov family with exponential
mixing functions, at the spans where it reaches as far to both sides.
Fails when: the two rates hang together closely: |correlation| stays below sqrt(r s) (1 - 2^(-1/r))
(1 - 2^(-1/s)).
Source: Park & Fader (2004), Marketing Science 23(3), 280-303, for the family; for the rest
docs/theory/correlated_pareto_nbd.md.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells
from lifeworth.kernels.counts import log_rising, negative_binomial_tails
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.quadrature import log_time_rule
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting import priors as priors_
from lifeworth.models.inputs import Histories
from lifeworth.models.parameters import positive
from lifeworth.models.purchase import correlated_likelihood, forecast
from lifeworth.models.purchase.correlated_likelihood import agreement, log_mixed, slow_share, slower
from lifeworth.models.purchase.pareto_nbd import active_time, discounted_time
from lifeworth.models.purchase.random_times import PlainModel

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]
NODES = 64


def log_likelihood(
    x: Numbers, t_x: Numbers, T: Numbers, r: float, alpha: float, s: float, beta: float, odds: float
) -> Floats:
    """ln L of each customer (n,): x repeat purchases, the last at t_x, watched until T."""
    x, p = np.asarray(x), (r, alpha, s, beta, odds)
    bought = log_rising(r, int(np.max(x, initial=0)))[x] - x * np.log(alpha)
    left = log_mixed(x, np.asarray(t_x, np.float64), *p, swap=False)
    return np.asarray(bought + np.logaddexp(left, log_mixed(x, np.asarray(T, np.float64), *p, swap=True)))


def correlation(r: Any, s: Any, odds: Any) -> Any:
    """The correlation of lambda and mu across customers."""
    return agreement(odds) * widest(r, s)


def widest(r: Any, s: Any) -> Any:
    """The largest correlation of the family, to both sides."""
    return np.sqrt(r * s) * np.expm1(-np.log(2.0) / r) * np.expm1(-np.log(2.0) / s)


class Correlation(NamedTuple):
    """Of the two rates across customers: estimate, its standard error, and how far the family reaches."""

    estimate: float
    standard_error: float
    lowest: float
    highest: float


class _Half(NamedTuple):
    """A mean over a gamma law and what its slow half adds to it."""

    whole: Floats
    slow: Floats

    @property
    def tilt(self) -> Floats:
        return 2.0 * self.slow - self.whole


@final
class CorrelatedParetoNBD(PlainModel):
    """Rates that hang together. Parameters r, alpha (a time), s, beta (a time), odds (1: independent).

    `correlation()` tells the correlation of lambda and mu; `likelihood_ratio(this, ParetoNBD)` tests it.
    Settings and fit: `lifeworth.models.purchase.random_times.PlainModel`; forecasts:
    `lifeworth.models.purchase.model.RepeatPurchases`.
    """

    parameters = positive("r", "alpha:time", "s", "beta:time", "odds")

    def correlation(self) -> Correlation:
        """Of lambda and mu across customers, by the delta method; NaN without a fit to customers."""
        p = self.require_fit()
        values = np.array([p["r"], p["s"], p["odds"]])
        step = 1e-5 * values
        slopes = [
            (correlation(*(values + each)) - correlation(*(values - each))) / (2.0 * each.sum())
            for each in np.diag(step)
        ]
        slope = np.zeros(5)
        slope[[0, 2, 4]] = slopes
        covariance = getattr(self, "covariance_", np.full((5, 5), np.nan))
        error, most = float(np.sqrt(slope @ covariance @ slope)), float(widest(p["r"], p["s"]))
        return Correlation(float(correlation(*values)), error, -most, most)

    def objective(self, cells: Cells) -> Objective:
        return correlated_likelihood.objective(cells, self.threads)

    def log_likelihoods(self, cells: Cells, p: Values) -> Floats:
        return correlated_likelihood.log_likelihoods(cells, p)

    def log_alive(self, h: Histories, p: Values) -> Floats:
        return correlated_likelihood.log_alive(h, **p, threads=self.threads)

    def survival_if_alive(self, x: Numbers, T: Numbers, after: Any, p: Values) -> Floats:
        T, s, kappa = np.asarray(T, np.float64), p["s"], agreement(p["odds"])
        slow, last = slow_share(x, T, p["r"], p["alpha"]), slow_share(0, T, s, p["beta"])
        still = np.exp(-s * np.log1p(after / (p["beta"] + T)))
        lasting = last * np.exp(-s * np.log1p(after / (slower(s, p["beta"]) + T)))
        whole = 1.0 + kappa * (2.0 * slow - 1.0) * (2.0 * last - 1.0)
        return _both(_Half(np.ones_like(T), slow), _Half(still, lasting), kappa) / whole

    def expected_if_alive(self, x: Numbers, T: Numbers, horizon: Any, p: Values) -> Floats:
        def active(since: Floats) -> Floats:
            return since * active_time(since, horizon, p["s"])

        return _times(x, np.asarray(T, np.float64), active, p)

    def discounted_if_alive(self, x: Numbers, T: Numbers, rate: float, p: Values) -> Floats:
        def active(since: Floats) -> Floats:
            return discounted_time(since, rate, p["s"])

        return _times(x, np.asarray(T, np.float64), active, p)

    def tails_if_alive(self, x: Numbers, T: Numbers, horizon: float, p: Values) -> Iterator[Floats]:
        """As in Pareto/NBD, each factor for all and for the slow half."""
        T = np.asarray(T, np.float64)
        q, s, kappa = p["r"] + np.asarray(x, np.float64), p["s"], agreement(p["odds"])
        A, B = p["alpha"] + T, p["beta"] + T
        A_slow, B_slow = slower(p["r"], p["alpha"]) + T, slower(s, p["beta"]) + T
        slow, last = slow_share(x, T, p["r"], p["alpha"]), slow_share(0, T, s, p["beta"])
        times, weights = log_time_rule(np.minimum(A, B), horizon, NODES)

        def still(t: Any) -> _Half:
            return _Half(np.exp(-s * np.log1p(t / B)), last * np.exp(-s * np.log1p(t / B_slow)))

        staying, then = still(horizon), still(times)
        leaving = _Half(weights * s / (B + times) * then.whole, weights * s / (B_slow + times) * then.slow)
        every = np.broadcast_to(q, times.shape)
        ways = (
            negative_binomial_tails(q, horizon / A), negative_binomial_tails(q, horizon / A_slow),
            negative_binomial_tails(every, times / A), negative_binomial_tails(every, times / A_slow),
        )  # fmt: skip
        whole = 1.0 + kappa * (2.0 * slow - 1.0) * (2.0 * last - 1.0)
        for end, end_slow, inside, inside_slow in zip(*ways, strict=False):
            total = _both(_Half(end, slow * end_slow), staying, kappa)
            total += _both(_Half(inside, slow * inside_slow), leaving, kappa).sum(axis=0)
            yield total / whole

    def draw_future(self, h: Histories, horizon: float, p: Values, rng: np.random.Generator) -> Numbers:
        """Who is alive; then both rates, the life still to come and what is bought in it."""
        out = np.zeros(len(h), np.int64)
        rows = np.flatnonzero(rng.random(len(h)) < forecast.alive(self, h, p))
        if len(rows):
            buying, leaving = _rates(h.frequency[rows], h.T[rows].astype(np.float64), p, rng)
            active = np.minimum(rng.standard_exponential(len(rows)) / leaving, horizon)
            out[rows] = rng.poisson(buying * active)
        return out

    def draw_histories(self, T: Floats, p: Values, rng: np.random.Generator) -> dict[str, Any]:
        buying, leaving = _rates(np.zeros(len(T)), np.zeros(len(T)), p, rng)
        active = np.minimum(rng.standard_exponential(len(T)) / leaving, T)
        made = rng.poisson(buying * active)
        last = np.zeros(len(T))
        some = np.flatnonzero(made > 0)
        last[some] = active[some] * np.maximum(rng.beta(made[some], 1.0), 1e-12)
        return {"frequency": made, "recency": last}

    def start(self, age: float) -> list[float]:
        return [1.0, age / 8.0, 1.0, age / 8.0, 1.0]

    def coordinates(self, unit_days: float, priors: Values | None) -> posteriors.Coordinates:
        return posteriors.Logs(priors_.correlated_priors(unit_days, priors))


def _times(x: Numbers, T: Floats, active: Any, p: Values) -> Floats:
    """E[lambda x time still active] given alive; `active` tells the time from beta + T."""
    slow, last = slow_share(x, T, p["r"], p["alpha"]), slow_share(0, T, p["s"], p["beta"])
    kappa = agreement(p["odds"])
    A_slow, B_slow = slower(p["r"], p["alpha"]) + T, slower(p["s"], p["beta"]) + T
    buying = _Half((p["r"] + x) / (p["alpha"] + T), slow * (p["r"] + x) / A_slow)
    staying = _Half(active(p["beta"] + T), last * active(B_slow))
    whole = 1.0 + kappa * (2.0 * slow - 1.0) * (2.0 * last - 1.0)
    return _both(buying, staying, kappa) / whole


def _both(one: _Half, other: _Half, kappa: float) -> Floats:
    """The mean of a product, from the means of its factors: of all, and of the slow half."""
    return np.asarray(one.whole * other.whole + kappa * one.tilt * other.tilt)


def _rates(x: Numbers, T: Floats, p: Values, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """lambda and mu of customers still here at T: first both coins, then each rate given its coin."""
    slow, last = slow_share(x, T, p["r"], p["alpha"]), slow_share(0, T, p["s"], p["beta"])
    odds = p["odds"]
    if_slow, if_quick = slow * (last * odds + 1.0 - last), (1.0 - slow) * (last + (1.0 - last) * odds)
    is_slow = rng.random(len(T)) * (if_slow + if_quick) < if_slow
    share = np.where(is_slow, odds, 1.0) * last
    lasts = rng.random(len(T)) * (share + np.where(is_slow, 1.0, odds) * (1.0 - last)) < share
    spans = slower(p["r"], p["alpha"]) - p["alpha"], slower(p["s"], p["beta"]) - p["beta"]
    buying = _rate(p["r"] + x, p["alpha"] + T, spans[0], is_slow, rng)
    return buying, _rate(np.full(len(T), p["s"]), p["beta"] + T, spans[1], lasts, rng)


def _rate(
    shape: Floats, scale: Floats, span: float, slow: NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """Gamma(shape, scale) given that nothing happened within the span (slow), or something did.

    When it happened is a Lomax time cut at the span, and the rate given that time a gamma again.
    """
    within = -np.expm1(-shape * np.log1p(span / scale))
    waited = scale * np.expm1(-np.log1p(-rng.random(len(shape)) * within) / shape)
    seen = np.where(slow, span, np.minimum(waited, span))
    return np.maximum(rng.standard_gamma(shape + ~slow), 1e-290) / (scale + seen)
