"""The public face of every purchase model; the formulas stand in each model's own file.

Customers come as any dataframe, a dict of arrays or a PurchaseHistory with frequency, recency
and T. Times are in the data's unit everywhere (parameters, horizons, discount rates). Results
are arrays in the order of the rows. With `posterior=` a forecast is the mean over 200 draws.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.base.random import generator
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import Optimum
from lifeworth.models import settings
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting.maximum_likelihood import climb, estimate
from lifeworth.models.inputs import Histories, histories
from lifeworth.models.parameters import draws as checked_draws
from lifeworth.models.parameters import rescaled, scales
from lifeworth.models.protocols import Model
from lifeworth.models.purchase import forecast
from lifeworth.models.purchase.formulas import Formulas, Standing
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]


class RepeatPurchases(Model, Formulas):
    """A model of repeat purchases: all of it but `fit`, which two classes below do in two ways."""

    time_unit: str | None
    threads: int | None

    # --- fitting ---

    def search(self, h: Histories) -> Optimum:
        """The maximum of the likelihood. Raises ModelError MODEL-101, MODEL-102."""
        self._demand_enough(h.cells)
        return climb(self.objective, h.cells, np.log(np.array(self.start(_typical_age(h)))))

    def learn(self, h: Histories, optimum: Optimum) -> None:
        """Write the fitted attributes from the maximum found."""
        told = settings.unit_days(self.time_unit)
        grow = scales(self.parameters, h.tick)
        powers = scales(self.parameters, np.e)  # e for a time, 1/e for a rate, 1 for a number
        found = estimate(optimum, np.log(powers) * np.log(_typical_age(h)))
        in_data_units = type(found)(
            found.values * grow,
            found.covariance * np.outer(grow, grow),
            found.log_covariance,
            found.at_boundary,
        )
        purchases = float((h.cells.weight * h.cells.x).sum())
        value = optimum.value - purchases * np.log(h.tick)
        self.keep(in_data_units, value, optimum.converged, float(h.cells.weight.sum()))
        self._backend, self._cells, self._tick = h.backend, h.cells, h.tick
        self.unit_days_ = told or h.days_per_unit
        self.oldest_ = float(h.T.max()) * h.tick
        self.passes_ = optimum.passes

    def posterior(
        self, draws: int = 4000, random_state: Any = None, priors: Values | None = None
    ) -> posteriors.Posterior:
        """Draws of the parameters given the data, by Laplace and Pareto-smoothed importance sampling.

        Args:
            draws: how many, >= 100.
            priors: {coordinate: prior} to replace the defaults; scales in the data's unit of time.
        Raises:
            ModelError: MODEL-105 where k_hat stays above 0.7, MODEL-107 for a model without its
            customers (loaded from a file), MODEL-108 where the unit of time is not known.
        Source: methods.md 2.9.
        """
        self.require_fit()
        if not hasattr(self, "_cells"):
            raise ModelError("MODEL-107", model=type(self).__name__)
        if self.unit_days_ is None and priors is None:
            raise ModelError("MODEL-108", model=type(self).__name__)
        return posteriors.sample(
            posteriors.Target(
                objective=self.objective(self._cells),
                log_likelihoods=lambda p: self.log_likelihoods(self._cells, p),
                coordinates=self.coordinates(self.unit_days_ or 1.0, priors),
                scale=scales(self.parameters, self._tick),
                names=[parameter.name for parameter in self.parameters],
                customers=self.n_customers_,
                cells=len(self._cells),
            ),
            np.array(list(self.params_.values())),
            draws,
            generator(random_state),
            self._backend,
            type(self).__name__,
        )

    # --- forecasts ---

    def expected_probability_alive(self, data: Any, posterior: Any = None) -> Floats:
        """P(alive) at T, shape (n,)."""
        h = histories(data, threads=self.threads)
        return self._mean(h, posterior, lambda p: forecast.alive(self, h, p))

    def log_probability_alive(self, data: Any) -> Floats:
        """ln P(alive), shape (n,): finite where P(alive) itself underflows."""
        h = histories(data, threads=self.threads)
        return self.log_alive(h, rescaled(self.parameters, self.require_fit(), h.tick))

    def expected_purchases(self, data: Any, future_t: float, posterior: Any = None) -> Floats:
        """Expected purchases in (T, T + future_t], shape (n,)."""
        h, limit = histories(data, threads=self.threads), settings.horizon(future_t)
        return self._mean(h, posterior, lambda p: forecast.expected(self, h, limit / h.tick, p))

    def expected_purchases_new_customer(self, t: Any, posterior: Any = None) -> Any:
        """Expected repeat purchases of a new customer in (0, t]: a float, or (k,) for k times."""
        h = _new_customer()
        limits = np.array([settings.horizon(each, "t") for each in np.atleast_1d(t).tolist()])
        fresh = np.zeros(len(limits), np.int32)

        def answer(p: Values) -> Floats:
            return np.exp(self.log_alive(h, p)) * self.expected_if_alive(fresh, fresh, limits, p)

        values = self._mean(h, posterior, answer)
        return float(values[0]) if np.ndim(t) == 0 else values

    def discounted_expected_purchases(
        self, data: Any, discount_rate: float, future_t: float | None = None, posterior: Any = None
    ) -> Floats:
        """Expected purchases to come, each discounted by e^(-discount_rate * time), shape (n,).

        `discount_rate` is continuous, per unit of the data's time: ln(1.1)/52 for 10 % a year and
        weeks. Without `future_t` the whole future (DERT), and the rate must be above 0.
        Source: methods.md 2.6.
        """
        h = histories(data, threads=self.threads)
        rate, limit = settings.discount(discount_rate, future_t)
        end = None if limit is None else limit / h.tick
        return self._mean(h, posterior, lambda p: forecast.discounted(self, h, rate * h.tick, end, p))

    def purchase_probabilities(self, data: Any, future_t: float, n: Any, posterior: Any = None) -> Floats:
        """P(N(future_t) = n), shape (customers, len(n)); (customers, 1) for one number n."""
        h, limit = histories(data, threads=self.threads), settings.horizon(future_t)
        wanted = settings.counts(n)
        return self._mean(h, posterior, lambda p: forecast.probabilities(self, h, limit / h.tick, wanted, p))

    def quantiles(self, data: Any, future_t: float, q: Any, posterior: Any = None) -> NDArray[np.int64]:
        """Smallest k with P(N(future_t) <= k) >= q, shape (customers, len(q)). Source: methods.md 2.10."""
        h, limit = histories(data, threads=self.threads), settings.horizon(future_t)
        several = self._several(h, posterior)
        return forecast.quantiles(self, h, limit / h.tick, settings.levels(q), several)

    def draw_purchases(
        self, data: Any, future_t: float, parameters: Values, random_state: Any = None
    ) -> NDArray[np.int32]:
        """One possible N(future_t) per customer and draw of the parameters, shape (n, draws).

        `parameters` maps names to arrays (draws,), such as `posterior.parameters(200)`. Exactly
        distributed given them; memory is that of the answer.
        """
        h, limit = histories(data, threads=self.threads), settings.horizon(future_t)
        p = rescaled(self.parameters, checked_draws(self.parameters, parameters), h.tick)
        return forecast.draw(self, h, limit / h.tick, p, generator(random_state))

    def simulate(self, size: int, T: Any, random_state: Any = None) -> Any:
        """`size` new customers watched for T (a number or (size,)): a table as `fit` takes it."""
        age = np.broadcast_to(np.asarray(T, np.float64), (size,)).copy()
        if not (np.isfinite(age).all() and (age >= 0).all()):
            settings.horizon(-1.0, "T")
        drawn = self.draw_histories(age, self.require_fit(), generator(random_state))
        return frame({**drawn, "T": age}, self._backend)

    def horizon_findings(self, future_t: float) -> list[Finding]:
        """A warning where the forecast looks further ahead than twice the oldest customer seen."""
        oldest = getattr(self, "oldest_", np.inf)
        if settings.horizon(future_t) <= 2.0 * oldest:
            return []
        return [Finding("model.horizon", "warn", {"future_t": future_t, "oldest": oldest})]

    def _mean(self, h: Histories, posterior: Any, answer: Callable[[Values], Floats]) -> Floats:
        """The answer under the estimate, or its mean over draws of the posterior."""
        several = self._several(h, posterior)
        total = answer(several[0])
        for p in several[1:]:
            total += answer(p)
        return total if len(several) == 1 else total / len(several)

    def _several(self, h: Histories, posterior: Any) -> list[dict[str, Any]]:
        if posterior is None:
            return [rescaled(self.parameters, self.require_fit(), h.tick)]
        drawn = checked_draws(self.parameters, posterior.parameters(200))
        scaled = rescaled(self.parameters, drawn, h.tick)
        count = len(next(iter(scaled.values())))
        return [{name: float(each[draw]) for name, each in scaled.items()} for draw in range(count)]

    @staticmethod
    def _demand_enough(cells: Cells) -> None:
        customers = float(cells.weight.sum())
        if not (cells.weight[cells.x > 0] > 0).any():
            raise ModelError("MODEL-101", customers=int(customers))
        if customers <= 1.0 or (len(cells) == 1 and customers < 2.0):
            raise ModelError("MODEL-102", customers=int(customers))


class PurchaseModel(RepeatPurchases):
    """A model of repeat purchases at random times. `time_unit` ("D", "W", "M", "Y") only places the
    default priors of the posterior; None reads it off the data (whole days, days/7, ...). `threads`
    None: as many as help, one below 500,000 customers; the answers are the same bits for any number.
    """

    def __init__(self, time_unit: str | None = None, threads: int | None = None) -> None:
        self.time_unit = time_unit
        self.threads = threads

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Maximum likelihood.

        Args:
            data: n customers with frequency, recency, T (days, weeks, ... all the same).
            sample_weight: (n,), how many customers a row stands for; None: one.
        Raises:
            ModelError: MODEL-0xx for rows at fault (see `lifeworth.models.inputs`), MODEL-101
            without any repeat purchase, MODEL-102 with a single customer.
        Source: methods.md 2.8.
        """
        h = histories(data, sample_weight, self.threads)
        settings.unit_days(self.time_unit)
        self.learn(h, self.search(h))
        return self

    @abstractmethod
    def draw_after_first(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Purchases within the horizon, given alive and one due after time `first` if still here: (m,)."""

    @property
    def rhythm(self) -> int:
        return 1

    def standings(self, h: Histories, p: Values) -> list[Standing]:
        return [Standing(forecast.alive(self, h, p), h.by_age)]

    def draw_future(self, h: Histories, horizon: float, p: Values, rng: np.random.Generator) -> Numbers:
        """Most customers buy nothing: the first purchase is decided for all (alive, and a first one due
        within the horizon), the rest is drawn only for those who have it.
        """
        T, x = h.T.astype(np.float64), h.frequency
        out = np.zeros(len(h), np.int64)
        q, A = p["r"] + x, p["alpha"] + T
        due = -np.expm1(-q * np.log1p(horizon / A))
        rows = np.flatnonzero(rng.random(len(h)) < forecast.alive(self, h, p) * due)
        if len(rows):
            waited = np.log1p(-rng.random(len(rows)) * due[rows]) / -q[rows]
            first = np.minimum(A[rows] * np.expm1(waited), horizon)
            out[rows] = self.draw_after_first(x[rows], T[rows], first, horizon, p, rng)
        return out


def _typical_age(h: Histories) -> float:
    return float(np.median(h.T[:: max(1, len(h) // 10_000)].astype(np.float64))) or 1.0


def _new_customer() -> Histories:
    zero = np.zeros(1, np.int32)
    return Histories(zero, zero, zero, 1.0, None, None, "pandas")
