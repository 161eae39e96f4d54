"""Pareto/GGG: buyers with a rhythm of their own, who may leave at any time.

Story: while active, a customer's gaps between purchases are Gamma(k, k lambda): 1/lambda is the usual
gap, k how regular it is (k = 1 is chance, large k a clock). lambda is Gamma(r, alpha), k is Gamma(t,
gamma) across customers; the active life is exponential with a rate Gamma(s, beta) across customers.
Fails when: regularity is of a calendar (paydays, seasons) rather than of the customer.
Source: Platzer & Reutterer (2016), Marketing Science 35(5), 779-799.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.base.random import generator, stream
from lifeworth.models import settings
from lifeworth.models.fitting import priors as priors_
from lifeworth.models.fitting.chains import effective_draws, split_r_hat
from lifeworth.models.fitting.maximum_likelihood import Estimate
from lifeworth.models.fitting.posterior import Posterior
from lifeworth.models.inputs import Histories, histories
from lifeworth.models.parameters import draws as checked_draws
from lifeworth.models.parameters import positive
from lifeworth.models.protocols import Model
from lifeworth.models.purchase import pareto_ggg_future as future
from lifeworth.models.purchase import pareto_ggg_likelihood
from lifeworth.models.purchase.gaps import log_gaps
from lifeworth.models.purchase.pareto_ggg_sampler import NAMES, Watched, begin, sweep, sweep_base
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
Values = Mapping[str, Any]
CHAINS, BURN_IN, AT_ONCE, NEWCOMERS = 4, 40, 200_000, 50_000
MIXED = 1.05


class _Told(NamedTuple):
    """Customers as checked, and as the sampler takes them (times in the data's unit)."""

    h: Histories
    seen: Watched


@final
class ParetoGGG(Model):
    """Buyers with a rhythm of their own. Parameters r, alpha (a time), s, beta (a time), t, gamma.

    There is no closed form: `fit` draws from the posterior by Gibbs sampling (4 chains), and forecasts
    are means over draws of each customer's unseen quantities and future. The same seed gives the same
    answers; another seed moves a forecast by its simulation error, about its own spread / sqrt(draws).
    The data need log_gaps, as BG/CNBD-k does. Further fitted attributes: `r_hat_` and `ess_` by
    parameter. `log_likelihood_` is NaN: sampling needs no likelihood; `log_likelihood(data)`, `score` and
    `leave_one_out` integrate it customer by customer, the last for those parameters were learned from.

    Args:
        warm_up, draws: rounds of each chain thrown away and kept.
        futures: possible futures per customer in a forecast.
        most_customers: above it, parameters are learned from so many, at even steps through the rows.
        time_unit: "D", "W", "M" or "Y" places the priors; None reads it off the data.
    """

    parameters = positive("r", "alpha:time", "s", "beta:time", "t", "gamma")
    r_hat_: dict[str, float]
    ess_: dict[str, float]

    def __init__(
        self,
        warm_up: int = 500,
        draws: int = 1000,
        futures: int = 400,
        most_customers: int = 20_000,
        time_unit: str | None = None,
        random_state: int = 7,
    ) -> None:
        self.warm_up = warm_up
        self.draws = draws
        self.futures = futures
        self.most_customers = most_customers
        self.time_unit = time_unit
        self.random_state = random_state

    def fit(self, data: Any, sample_weight: Any = None, priors: Values | None = None) -> Self:
        """Posterior draws; params_ are their means, standard_errors_ their standard deviations.

        Args:
            data: n customers with frequency, recency, T and log_gaps (days, weeks, ... all the same).
            sample_weight: not taken: repeat the rows instead.
            priors: {parameter: prior} to replace the defaults.
        Raises:
            ModelError: as the other purchase models; MODEL-014, MODEL-015 for log_gaps, MODEL-101 without
            a repeat purchase, MODEL-108 where the unit of time is not known.
        """
        if sample_weight is not None:
            raise UsageError("MODEL-120")
        told = self._told(data)
        if not (told.h.frequency > 0).any():
            raise ModelError("MODEL-101", customers=len(told.h))
        unit = settings.unit_days(self.time_unit) or told.h.days_per_unit
        if unit is None and priors is None:
            raise ModelError("MODEL-108", model=type(self).__name__)
        believed = priors_.pareto_ggg_priors(unit or 1.0, priors)
        self._seen = _some(told.seen, self.most_customers)
        self._draws = _chains(self._seen, believed, self)
        self._learn(told.h)
        return self

    def told_of(self, data: Any, sample_weight: Any = None) -> tuple[float, float]:
        """By integration over each customer's regularity and time of leaving, at the estimates."""
        if sample_weight is not None:
            raise UsageError("MODEL-120")
        p = {name: np.array([value]) for name, value in self.require_fit().items()}
        seen = self._told(data).seen
        times, _, found = pareto_ggg_likelihood.told_of(seen, p)
        total = sum(count * float(each[0]) for count, each in zip(times.tolist(), found, strict=True))
        return total, float(len(seen))

    def posterior(
        self, draws: int = 4000, random_state: Any = None, priors: Values | None = None
    ) -> Posterior:
        """The draws of `fit` (at most `draws` of them, in random order). Priors are given to `fit`.

        Raises ModelError MODEL-107 for a model without its draws (loaded from a file).
        """
        self.require_fit()
        if priors is not None:
            raise UsageError("MODEL-121")
        if not hasattr(self, "_draws"):
            raise ModelError("MODEL-107", model=type(self).__name__)
        rng = generator(random_state)
        whole = {name: each.ravel() for name, each in self._draws.items()}
        order = rng.permutation(len(whole["r"]))[:draws]
        named = {name: each[order] for name, each in whole.items()}
        weight = np.full(len(order), 1.0 / len(order))
        found = Posterior(named, weight, float("nan"), dict(self.params_), self._backend, float(rng.random()))
        found.ess = min(min(self.ess_.values()), float(len(order)))
        return found

    # --- forecasts ---

    def expected_probability_alive(self, data: Any, posterior: Any = None) -> Floats:
        """P(alive) at T, shape (n,)."""
        return self._over(data, posterior, lambda seen, now, p, rng: (now.tau > seen.T).mean(axis=0))

    def expected_purchases(self, data: Any, future_t: float, posterior: Any = None) -> Floats:
        """Expected purchases in (T, T + future_t], shape (n,)."""
        limit = settings.horizon(future_t)

        def mean(seen: Watched, now: Any, p: Values, rng: np.random.Generator) -> Floats:
            return np.asarray(future.counts(seen, now, limit, rng).mean(axis=0))

        return self._over(data, posterior, mean)

    def discounted_expected_purchases(
        self, data: Any, discount_rate: float, future_t: float | None = None, posterior: Any = None
    ) -> Floats:
        """Purchases to come, each discounted by e^(-discount_rate * time), shape (n,); see BGNBD."""
        rate, limit = settings.discount(discount_rate, future_t)

        def mean(seen: Watched, now: Any, p: Values, rng: np.random.Generator) -> Floats:
            return np.asarray(future.discounted(seen, now, rate, limit, rng).mean(axis=0))

        return self._over(data, posterior, mean)

    def purchase_probabilities(self, data: Any, future_t: float, n: Any, posterior: Any = None) -> Floats:
        """P(N(future_t) = n), shape (customers, len(n))."""
        wanted, drawn = settings.counts(n), self.draw_purchases(data, future_t, posterior)
        return np.stack([(drawn == each).mean(axis=1) for each in wanted.tolist()], axis=1)

    def quantiles(self, data: Any, future_t: float, q: Any, posterior: Any = None) -> NDArray[np.int64]:
        """Smallest k with P(N(future_t) <= k) >= q, shape (customers, len(q))."""
        levels = settings.levels(q)
        drawn = np.sort(self.draw_purchases(data, future_t, posterior), axis=1)
        place = np.ceil(levels * drawn.shape[1] - 1e-9).astype(np.intp) - 1
        return np.asarray(drawn[:, np.maximum(place, 0)], np.int64)

    def draw_purchases(self, data: Any, future_t: float, posterior: Any = None) -> NDArray[np.int32]:
        """Possible futures: N(future_t) of each customer, (n, futures)."""
        limit = settings.horizon(future_t)

        def drawn(seen: Watched, now: Any, p: Values, rng: np.random.Generator) -> Floats:
            return future.counts(seen, now, limit, rng).T

        return np.asarray(self._over(data, posterior, drawn, width=self._futures()), np.int32)

    def expected_purchases_new_customer(self, t: Any, posterior: Any = None) -> Any:
        """Expected repeat purchases of a new customer in (0, t]: a float, or (k,) for k times."""
        limits = np.array([settings.horizon(each, "t") for each in np.atleast_1d(t).tolist()])
        p, rng = self._parameters(posterior, NEWCOMERS), stream(self.random_state, 2)
        found = future.newcomers(np.full(NEWCOMERS, float(limits.max())), p, rng, limits)
        return float(found[0]) if np.ndim(t) == 0 else found

    def simulate(self, size: int, T: Any, random_state: Any = None) -> Any:
        """New customers watched for T, a number or (size,): frequency, recency, T, log_gaps."""
        ages = np.broadcast_to(np.asarray(T, np.float64), (size,)).copy()
        p = {name: np.full(size, value) for name, value in self.require_fit().items()}
        made = future.draw_histories(ages, p, generator(random_state))
        return frame({"customer_id": np.arange(size), **made}, getattr(self, "_backend", "pandas"))

    # --- how it is done ---

    def _told(self, data: Any) -> _Told:
        h = histories(data)
        x = h.frequency.astype(np.float64)
        logs = log_gaps(data, h) + x * np.log(h.tick)
        return _Told(h, Watched(x, h.recency * h.tick, h.T * h.tick, logs))

    def _futures(self) -> int:
        return CHAINS * -(-self.futures // CHAINS)

    def _parameters(self, posterior: Any, count: int) -> dict[str, Floats]:
        """`count` sets of parameters: the estimates, or draws of the posterior."""
        if posterior is None:
            return {name: np.full(count, value) for name, value in self.require_fit().items()}
        return checked_draws(self.parameters, posterior.parameters(count))

    def _over(self, data: Any, posterior: Any, ask: Any, width: int = 0) -> Any:
        """What `ask` says of draws of the customers' unseen quantities, averaged over them; or, with
        `width`, side by side. Rows by blocks, so that memory is bounded."""
        self.require_fit()
        told = self._told(data)
        rounds = self._futures() // CHAINS
        out = np.zeros((len(told.h), width) if width else len(told.h))
        step = max(1, AT_ONCE // CHAINS)
        for number, first in enumerate(range(0, len(told.h), step)):
            rows, rng = slice(first, first + step), stream(self.random_state, 1, number)
            seen = Watched(*(each[rows] for each in vars(told.seen).values()))
            p = {
                name: each.reshape(rounds, CHAINS, 1)
                for name, each in self._parameters(posterior, rounds * CHAINS).items()
            }
            now = begin(seen, CHAINS, {name: each[0] for name, each in p.items()}, rng)
            for turn in range(-BURN_IN, rounds):
                at = {name: each[max(turn, 0)] for name, each in p.items()}
                sweep(seen, now, at, rng)
                if turn >= 0:
                    answer = ask(seen, now, at, rng)
                    if width:
                        out[rows, turn * CHAINS : (turn + 1) * CHAINS] = answer
                    else:
                        out[rows] += answer / rounds
        return out

    def _learn(self, h: Histories) -> None:
        means = np.array([self._draws[name].mean() for name in NAMES])
        whole = np.stack([self._draws[name].ravel() for name in NAMES])
        covariance = np.cov(whole)
        logs = np.cov(np.log(whole))
        found = Estimate(means, covariance, logs, np.zeros(len(NAMES), bool))
        self.r_hat_ = {name: split_r_hat(np.log(each)) for name, each in self._draws.items()}
        self.ess_ = {name: effective_draws(np.log(each)) for name, each in self._draws.items()}
        mixed = max(self.r_hat_.values()) <= MIXED
        self._backend = h.backend
        self.keep(found, float("nan"), mixed, float(len(h)))
        if not mixed:
            worst = max(self.r_hat_, key=lambda name: self.r_hat_[name])
            facts = {"model": type(self).__name__, "name": worst, "r_hat": round(self.r_hat_[worst], 2)}
            self.findings_.append(Finding("model.not_mixed", "warn", facts))


def _chains(seen: Watched, priors: Values, model: ParetoGGG) -> dict[str, Floats]:
    """Draws of the parameters, each (chains, draws), from four chains begun apart."""
    rng = stream(model.random_state, 0)
    typical = max(float(np.median(seen.T)), 1e-9)
    apart = np.exp(0.3 * rng.standard_normal((len(NAMES), CHAINS, 1)))
    first = (1.0, typical / 8.0, 1.0, typical / 2.0, 2.0, 1.0)
    p = {name: value * apart[i] for i, (name, value) in enumerate(zip(NAMES, first, strict=True))}
    now = begin(seen, CHAINS, p, rng)
    kept: dict[str, Floats] = {name: np.empty((CHAINS, model.draws)) for name in NAMES}
    for turn in range(-model.warm_up, model.draws):
        sweep(seen, now, p, rng)
        sweep_base(seen, now, p, priors, rng)
        if turn >= 0:
            for name in NAMES:
                kept[name][:, turn] = p[name][:, 0]
    return kept


def _some(seen: Watched, most: int) -> Watched:
    if len(seen) <= most:
        return seen
    rows = np.linspace(0, len(seen) - 1, most).astype(np.intp)
    return Watched(*(each[rows] for each in vars(seen).values()))
