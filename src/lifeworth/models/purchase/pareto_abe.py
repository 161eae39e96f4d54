"""Pareto/NBD by Abe: rates whose logarithms are jointly normal.

Story: as in Pareto/NBD, a customer buys at random at rate lambda while active, and the active life is
exponential with rate mu. Across customers (ln lambda, ln mu) is normal with any correlation, and its means
may depend on who the customer is.
Fails when: nothing in the data tells the law of mu, few leave or few are watched for long: then spreads
and correlation stay open, see `boundary_` and the standard errors.
Source: Abe (2009), Marketing Science 28(3), 541-553; there by sampling, here by integration, see
docs/theory/pareto_abe.md.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells
from lifeworth.kernels.counts import poisson_tails
from lifeworth.kernels.newton import Objective
from lifeworth.models.covariates import Links, of_kind
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting import priors as priors_
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories
from lifeworth.models.parameters import positive
from lifeworth.models.purchase import abe_likelihood, forecast
from lifeworth.models.purchase.abe_likelihood import in_chunks, log_terms, normals
from lifeworth.models.purchase.abe_rule import rates, rule
from lifeworth.models.purchase.random_times import CovariateModel

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]


def log_likelihood(
    x: Numbers, t_x: Numbers, T: Numbers,
    rate: float, leave: float, rate_spread: float, leave_spread: float, odds: float,
) -> Floats:  # fmt: skip
    """ln L of each customer (n,): x repeat purchases, the last at t_x, watched until T."""
    values = (rate, leave, rate_spread, leave_spread, odds)
    return log_terms(x, t_x, T, dict(zip(abe_likelihood.NAMES, values, strict=True)))


class Correlation(NamedTuple):
    """Of ln lambda and ln mu across customers: estimate and standard error."""

    estimate: float
    standard_error: float


@final
class ParetoAbe(CovariateModel):
    """Buyers whose rates may hang together in any degree.

    Parameters: rate and leave, the medians of lambda and mu; rate_spread and leave_spread, the standard
    deviations of their logarithms; odds = (1 + rho)/(1 - rho), rho the correlation of the logarithms,
    told by `correlation()`. Covariates move the medians: e to the coefficient is the factor per unit, of
    buying more often (purchase), leaving sooner (dropout) or each of them (both). Settings and fit:
    `lifeworth.models.purchase.random_times.CovariateModel`; forecasts:
    `lifeworth.models.purchase.model.RepeatPurchases`.
    """

    parameters = positive("rate:rate", "leave:rate", "rate_spread", "leave_spread", "odds")
    links: ClassVar[Links] = {
        "purchase": {"rate": 1.0}, "dropout": {"leave": 1.0}, "both": {"rate": 1.0, "leave": 1.0}
    }  # fmt: skip
    counts: ClassVar[bool] = False
    accuracy: ClassVar[float] = 1e-9

    def correlation(self) -> Correlation:
        """Of ln lambda and ln mu, by the delta method; NaN without a fit to customers."""
        odds = self.require_fit()["odds"]
        error = getattr(self, "standard_errors_", {}).get("odds", np.nan)
        return Correlation((odds - 1.0) / (odds + 1.0), 2.0 / (odds + 1.0) ** 2 * error)

    def objective(self, cells: Cells) -> Objective:
        return abe_likelihood.objective(cells, self.threads)

    def log_likelihoods(self, cells: Cells, p: Values) -> Floats:
        return abe_likelihood.log_likelihoods(cells, p)

    def terms(self, x: Numbers, t_x: Numbers, T: Numbers, kind: NDArray[np.int32], p: Values) -> Part:
        return abe_likelihood.terms(x, t_x, T, kind, p)

    def log_terms(self, x: Numbers, t_x: Numbers, T: Numbers, p: Values) -> Floats:
        return log_terms(x, t_x, T, p)

    def log_alive(self, h: Histories, p: Values) -> Floats:
        return abe_likelihood.log_alive(h, p, self.threads)

    def survival_if_alive(self, x: Numbers, T: Numbers, after: Any, p: Values) -> Floats:
        limits = np.broadcast_to(np.asarray(after, np.float64), np.shape(T))
        return _mean_if_alive(x, T, p, lambda buying, leaving, rows: np.exp(-leaving * limits[rows]))

    def expected_if_alive(self, x: Numbers, T: Numbers, horizon: Any, p: Values) -> Floats:
        limits = np.broadcast_to(np.asarray(horizon, np.float64), np.shape(T))

        def bought(buying: Floats, leaving: Floats, rows: Any) -> Floats:
            return buying * -np.expm1(-leaving * limits[rows]) / leaving

        return _mean_if_alive(x, T, p, bought)

    def discounted_if_alive(self, x: Numbers, T: Numbers, rate: float, p: Values) -> Floats:
        return _mean_if_alive(x, T, p, lambda buying, leaving, rows: buying / (leaving + rate))

    def tails_if_alive(self, x: Numbers, T: Numbers, horizon: float, p: Values) -> Iterator[Floats]:
        """P(N >= k) = E[(lambda/(lambda+mu))^k P(Poisson((lambda+mu) H) >= k)]: k purchases come before
        the horizon and before the customer leaves."""
        law = normals(p)
        found = rule(x, 0.0, 0.0, np.asarray(T, np.float64), law)
        buying, leaving = rates(found, law)
        share, weight = buying / (buying + leaving), found.weight
        for tail in poisson_tails((buying + leaving) * horizon):
            weight = weight * share
            yield np.asarray((weight * tail).sum(axis=0))

    def draw_future(self, h: Histories, horizon: float, p: Values, rng: np.random.Generator) -> Numbers:
        """Who is alive; then both rates, among the nodes of the rule by weight (which gives the law of the
        count to the accuracy of the rule), the life still to come and what is bought in it."""
        out = np.zeros(len(h), np.int64)
        rows = np.flatnonzero(rng.random(len(h)) < forecast.alive(self, h, p))
        if not len(rows):
            return out
        place = h.by_age.of_row[rows]
        order = np.argsort(place, kind="stable")
        rows, place = rows[order], place[order]
        pairs = h.by_age
        at, T = of_kind(p, pairs.kind), pairs.t

        def drawn(found: Any, law: Any, some: slice) -> tuple[Floats, Floats]:
            here = slice(*np.searchsorted(place, [some.start, some.stop]))
            mine, edges = place[here] - some.start, found.weight.cumsum(axis=0)
            node = np.empty(len(mine), np.intp)
            for pair in np.unique(mine):
                of_pair = slice(*np.searchsorted(mine, [pair, pair + 1]))
                node[of_pair] = np.searchsorted(edges[:, pair], rng.random(of_pair.stop - of_pair.start))
            node = np.minimum(node, len(edges) - 1)
            buying, leaving = rates(found, law)
            return buying[node, mine], leaving[node, mine]

        found = in_chunks(drawn, pairs.x, 0.0, 0.0, T, normals(at))
        buying, leaving = (np.concatenate(each) for each in zip(*found, strict=True))
        active = np.minimum(rng.standard_exponential(len(rows)) / leaving, horizon)
        out[rows] = rng.poisson(buying * active)
        return out

    def draw_histories(self, T: Floats, p: Values, rng: np.random.Generator) -> dict[str, Any]:
        law = normals(p)
        one, other = rng.standard_normal((2, len(T)))
        other = law.rho * one + np.sqrt(1.0 - law.rho**2) * other
        buying, leaving = (
            np.exp(law.rate + law.rate_spread * one),
            np.exp(law.leave + law.leave_spread * other),
        )
        active = np.minimum(rng.standard_exponential(len(T)) / leaving, T)
        made = rng.poisson(buying * active)
        last = np.zeros(len(T))
        some = np.flatnonzero(made > 0)
        last[some] = active[some] * np.maximum(rng.beta(made[some], 1.0), 1e-12)
        return {"frequency": made, "recency": last}

    def start(self, age: float) -> list[float]:
        return [2.0 / age, 2.0 / age, 1.2, 1.2, 1.0]

    def coordinates(self, unit_days: float, priors: Values | None) -> posteriors.Coordinates:
        return posteriors.Logs(priors_.abe_priors(unit_days, priors))


def _mean_if_alive(x: Numbers, T: Numbers, p: Values, worth: Any) -> Floats:
    """The mean of `worth` (lambda, mu, rows) over those still here with the history (x, T), (m,)."""

    def ask(found: Any, law: Any, rows: slice) -> Floats:
        return np.asarray((found.weight * worth(*rates(found, law), rows)).sum(axis=0))

    return np.concatenate(in_chunks(ask, x, 0.0, 0.0, T, normals(p)))
