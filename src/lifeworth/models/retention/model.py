"""The public face of every retention model; the formulas stand in each model's own file.

Subscribers come as any dataframe or dict in one of the codings of `retention/inputs.py`. Time is
counted in renewal dates, one per contract period: monthly and annual contracts are different data.
Discount rates are per period and periodic: worth falls by 1/(1 + d) from one renewal to the next.
With `posterior=` an answer is the mean over 200 draws.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.base.random import generator
from lifeworth.kernels.newton import in_logs, maximise
from lifeworth.models import settings
from lifeworth.models.discrete_time import periodic_rate
from lifeworth.models.discrete_time import periods as count
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting.comparison import LikelihoodRatio, likelihood_ratio
from lifeworth.models.fitting.maximum_likelihood import Estimate, estimate
from lifeworth.models.parameters import draws as checked_draws
from lifeworth.models.protocols import Model
from lifeworth.models.retention import likelihood, residual
from lifeworth.models.retention.formulas import Formulas
from lifeworth.models.retention.inputs import RenewalCounts, Tenures, renewal_counts, tenures
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
Values = Mapping[str, Any]
DRAWS_AVERAGED = 200
ALIKE = 200.0  # alpha + beta: a chance of 0.2 varies by 0.03 at most


class RetentionModel(Model, Formulas):
    """A model of how long subscribers stay, when their leaving is seen."""

    # --- fitting ---

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Maximum likelihood on right-censored, left-truncated subscribers of any cohorts.

        Args:
            data: subscribers or survivors in a coding of `lifeworth.models.retention.inputs`.
            sample_weight: (n,), how many subscribers a row stands for; None: one.
        Raises:
            ModelError: MODEL-0xx and 2xx for rows at fault, MODEL-211 where nobody left, 212 where
            nobody stayed, 213 where fewer ages were seen than there are parameters.
        Source: methods.md 2.8, 4.
        """
        counts = renewal_counts(data, sample_weight)
        self._demand_enough(counts)
        leaving = float(counts.left.sum() / counts.at_risk.sum())
        start = np.log(np.array(self.start(leaving)))
        optimum = maximise(in_logs(likelihood.objective(self, counts)), start, counts.subscribers)
        found = _all_alike(estimate(optimum, np.zeros(len(self.parameters))))
        self.keep(found, optimum.value, optimum.converged, counts.subscribers)
        self._backend, self._counts = counts.backend, counts
        self.passes_ = optimum.passes
        self.oldest_ = len(counts)
        return self

    def told_of(self, data: Any, sample_weight: Any = None) -> tuple[float, float]:
        counts = renewal_counts(data, sample_weight)
        p = {name: np.array([value]) for name, value in self.require_fit().items()}
        return float(likelihood.log_likelihoods(self, counts, p)[0]), float(counts.subscribers)

    def test_against(self, smaller: Model) -> LikelihoodRatio:
        """Likelihood-ratio test against a nested model fitted to the same subscribers.

        `BetaDiscreteWeibull().fit(data).test_against(ShiftedBetaGeometric().fit(data))` asks whether
        c differs from 1. Raises UsageError MODEL-216.
        """
        return likelihood_ratio(self, smaller)

    def posterior(
        self, draws: int = 4000, random_state: Any = None, priors: Values | None = None
    ) -> posteriors.Posterior:
        """Draws of the parameters given the data, by Laplace and Pareto-smoothed importance sampling.

        Args:
            draws: how many, >= 100.
            priors: {"phi" | "kappa" | "c": prior} to replace the defaults of `retention/priors.py`.
        Raises:
            ModelError: MODEL-105 where k_hat stays above 0.7 and a minute of walking does not mix
            (`fitting.ensemble`), MODEL-107 for a model without its subscribers (loaded from a file).
        Source: methods.md 2.9.
        """
        fitted = np.array(list(self.require_fit().values()))
        if not hasattr(self, "_counts"):
            raise ModelError("MODEL-107", model=type(self).__name__)
        target = posteriors.Target(
            objective=likelihood.objective(self, self._counts),
            log_likelihoods=lambda p: likelihood.log_likelihoods(self, self._counts, p),
            coordinates=self.coordinates(priors),
            scale=np.ones(len(fitted)),
            names=[parameter.name for parameter in self.parameters],
            customers=self.n_customers_,
            cells=len(self._counts),
        )
        name, rng = type(self).__name__, generator(random_state)
        return posteriors.sample(target, fitted, draws, rng, self._backend, name)

    # --- a new subscriber ---

    def survival(self, t: Any, posterior: Any = None) -> Any:
        """P(still here after t renewal dates), t = 0, 1, 2, ...; a float, or (k,) for k numbers."""
        return self._by_age(t, posterior, 0, lambda age, p: np.exp(self.log_stay(0.0, age, p)))

    def retention_rate(self, t: Any, posterior: Any = None) -> Any:
        """P(stay at renewal date t | here until then), t = 1, 2, ..."""
        return self._by_age(t, posterior, 1, lambda age, p: np.exp(-self.steps(age, p)))

    def churn_probability(self, t: Any, posterior: Any = None) -> Any:
        """P(leave at renewal date t), t = 1, 2, ..., of all who began: S(t - 1) - S(t)."""

        def leave(age: Floats, p: Values) -> Floats:
            return np.exp(self.log_stay(0.0, age - 1.0, p)) * -np.expm1(-self.steps(age, p))

        return self._by_age(t, posterior, 1, leave)

    def expected_lifetime(
        self, discount_rate: float = 0.0, horizon: int | None = None, posterior: Any = None
    ) -> float:
        """DEL: expected periods a new subscriber pays for, the first included, each discounted.

        sum over t >= 0 of S(t)/(1 + d)^t, up to renewal date `horizon` if given. Without discount
        or horizon it may be inf (sBG: alpha <= 1). Source: Fader & Hardie (2010).
        """
        rate = periodic_rate(discount_rate)
        ahead = self._residual(np.zeros(1, np.int64), rate, horizon, posterior)
        return 1.0 + float(ahead[0]) / (1.0 + rate)

    def simulate(self, size: int, periods: Any, random_state: Any = None) -> Any:
        """`size` new subscribers seen for `periods` renewal dates (a number or (size,)).

        A table: renewals made, churned (1 left at the next date, 0 still here), T renewal dates seen
        until then.
        """
        seen = np.broadcast_to(settings.counts(periods), (size,))
        lifetime = self.draw_renewals(np.zeros(size), self.require_fit(), generator(random_state))
        renewals = np.minimum(lifetime, seen).astype(np.int64)
        churned = (renewals < seen).astype(np.int64)
        return frame({"renewals": renewals, "churned": churned, "T": renewals + churned}, self._backend)

    def probability_table(self, periods: int, posterior: Any = None, level: float = 0.9) -> Any:
        """A table for t = 0..periods: survival, retention_rate and churn_probability (NaN at 0).

        With `posterior`, also survival_low and survival_high, the band of survival at `level`.
        """
        age = np.arange(count(periods, "periods") + 1)
        columns: dict[str, Any] = {"period": age, "survival": self.survival(age, posterior)}
        for name, rate in (
            ("retention_rate", self.retention_rate),
            ("churn_probability", self.churn_probability),
        ):
            columns[name] = np.concatenate([[np.nan], rate(age[1:], posterior)]) if periods else [np.nan]
        if posterior is not None:
            edges = settings.levels([(1.0 - level) / 2.0, (1.0 + level) / 2.0])
            curves = [np.exp(self.log_stay(0.0, age.astype(float), p)) for p in self._several(posterior)]
            low, high = np.quantile(curves, edges, axis=0)
            columns |= {"survival_low": low, "survival_high": high}
        return frame(columns, self._backend)

    # --- subscribers we have ---

    def expected_probability_alive(self, data: Any, future_t: int, posterior: Any = None) -> Floats:
        """P(still here after `future_t` more renewal dates), (n,); 0 for those who left."""
        ahead = float(count(future_t, "future_t"))
        return self._by_tenure(
            tenures(data), posterior, lambda made, p: np.exp(self.log_stay(made, made + ahead, p))
        )

    def discounted_expected_residual_lifetime(
        self, data: Any, discount_rate: float, horizon: int | None = None, posterior: Any = None
    ) -> Floats:
        """DERL: expected renewals still to come, (n,); 0 for those who left.

        Subscribers are about to face their next renewal date, which is not discounted; the one
        after it counts 1/(1 + d), and so on, for `horizon` dates or for ever. Contracts that have
        just been renewed are worth (the period paid for) + DERL/(1 + d).
        Args:
            data: subscribers, or an array of renewals made (n periods active are n - 1 renewals).
            discount_rate: per period, >= 0: 0.10 for annual contracts at 10 % a year.
        Source: Fader & Hardie (2010), Marketing Science 29(1); methods.md 4.
        """
        rows, rate = tenures(data), periodic_rate(discount_rate)
        found = self._residual(rows.renewals, rate, horizon, posterior)
        return np.where(rows.churned, 0.0, found)

    def quantiles(self, data: Any, q: Any, posterior: Any = None) -> NDArray[np.int64]:
        """Smallest k with P(further renewals <= k) >= q, (n, len(q)); 0 for those who left.

        Tails are long: a high quantile may be astronomic and stops at 2**53.
        """
        rows, several = tenures(data), self._several(posterior)
        found = residual.quantiles(self, rows.renewals, settings.levels(q), several)
        return np.where(rows.churned[:, None], 0, found)

    def draw_remaining(self, data: Any, parameters: Values, random_state: Any = None) -> Floats:
        """One possible number of further renewals per subscriber and draw of the parameters, (n, draws).

        `parameters` maps names to arrays (draws,), such as `posterior.parameters(200)`. Whole numbers
        as floats (the longest lives exceed every integer type).
        """
        rows, rng = tenures(data), generator(random_state)
        p = checked_draws(self.parameters, parameters)
        count = len(next(iter(p.values())))
        out = np.empty((count, len(rows)))
        for index in range(count):
            one = {name: float(each[index]) for name, each in p.items()}
            out[index] = np.where(rows.churned, 0.0, self.draw_renewals(rows.renewals, one, rng))
        return out.T

    def horizon_findings(self, periods: int) -> list[Finding]:
        """A warning where the answer looks further ahead than twice the oldest subscriber seen."""
        oldest = getattr(self, "oldest_", np.inf)
        if count(periods, "periods") <= 2 * oldest:
            return []
        return [Finding("model.horizon", "warn", {"future_t": periods, "oldest": oldest})]

    # --- inside ---

    def _residual(self, made: Any, rate: float, horizon: int | None, posterior: Any) -> Floats:
        if horizon is not None:
            ahead = count(horizon, "horizon")
            return self._mean(posterior, lambda p: residual.residual_within(self, made, rate, ahead, p))
        return self._mean(posterior, lambda p: residual.residual(self, made, rate, p))

    def _by_age(self, t: Any, posterior: Any, least: int, answer: Callable[[Floats, Values], Floats]) -> Any:
        age = settings.counts(t)
        if (age < least).any():
            raise UsageError("MODEL-215", name="t", least=least, seen=str(t))
        found = self._mean(posterior, lambda p: answer(age.astype(np.float64), p))
        return float(found[0]) if np.ndim(t) == 0 else found

    def _by_tenure(self, rows: Tenures, posterior: Any, answer: Callable[[Floats, Values], Floats]) -> Floats:
        """The answer per different tenure, looked up per subscriber."""
        different, place = np.unique(rows.renewals, return_inverse=True)
        found = self._mean(posterior, lambda p: answer(different.astype(np.float64), p))
        return np.where(rows.churned, 0.0, found[place])

    def _mean(self, posterior: Any, answer: Callable[[Values], Floats]) -> Floats:
        several = self._several(posterior)
        return np.asarray(sum(answer(p) for p in several) / len(several))

    def _several(self, posterior: Any) -> list[dict[str, Any]]:
        if posterior is None:
            return [self.require_fit()]
        p = checked_draws(self.parameters, posterior.parameters(DRAWS_AVERAGED))
        return [{name: float(each[i]) for name, each in p.items()} for i in range(DRAWS_AVERAGED)]

    def _demand_enough(self, counts: RenewalCounts) -> None:
        facts = {"model": type(self).__name__, "subscribers": counts.subscribers}
        if counts.left.sum() <= 0:
            raise ModelError("MODEL-211", **facts)
        if counts.stayed.sum() <= 0:
            raise ModelError("MODEL-212", **facts)
        ages = int((counts.at_risk > 0).sum())
        if ages < len(self.parameters):
            raise ModelError("MODEL-213", ages=ages, wanted=len(self.parameters), **facts)


def _all_alike(found: Estimate) -> Estimate:
    """Mark alpha and beta where they ran off together: no difference between subscribers is seen."""
    spread = np.sqrt(np.diag(found.log_covariance))[:2]
    alike = found.values[:2].sum() > ALIKE and spread.max() > 1.0
    at_boundary = found.at_boundary.copy()
    at_boundary[:2] |= alike
    return replace(found, at_boundary=at_boundary)
