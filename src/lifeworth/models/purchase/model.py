"""The public face of every purchase model; the formulas stand in each model's own file.

Customers come as any dataframe, a dict of arrays or a PurchaseHistory with frequency, recency
and T. Times are in the data's unit everywhere (parameters, horizons, discount rates). Results
are arrays in the order of the rows. With `posterior=` a forecast is the mean over 200 draws.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.base.random import generator
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import Optimum
from lifeworth.models import settings
from lifeworth.models.covariates import of_kind, of_newcomers
from lifeworth.models.fitting import moved as per_unit
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting.maximum_likelihood import climb, estimate
from lifeworth.models.inputs import Histories, histories
from lifeworth.models.parameters import draws as checked_draws
from lifeworth.models.parameters import rescaled, scales
from lifeworth.models.protocols import Model
from lifeworth.models.purchase import forecast, moved
from lifeworth.models.purchase.formulas import Formulas
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]


class RepeatPurchases(Model, Formulas):
    """A model of repeat purchases: all of it but `fit`, which classes below do in their ways."""

    time_unit: str | None
    threads: int | None
    counts: ClassVar[bool] = True  # whether ln L holds the product of r + j over counts

    def read(self, data: Any) -> Histories:
        """The customers, with their covariates where the model has some."""
        h, design = histories(data, threads=self.threads), self.design
        return h if design is None else replace(h, traits=design.read(data))

    # --- fitting ---

    def search(self, h: Histories) -> Optimum:
        """The maximum of the likelihood. Raises ModelError MODEL-101, MODEL-102."""
        self._demand_enough(h.cells)
        return climb(self.objective, h.cells, self.begin(h), accuracy=self.accuracy)

    def begin(self, h: Histories) -> Floats:
        """Where a search begins, in logs."""
        return np.log(np.array(self.start(typical_age(h))))

    def learn(self, h: Histories, optimum: Optimum) -> None:
        """Write the fitted attributes from the maximum found."""
        told = settings.unit_days(self.time_unit)
        grow = scales(self.all_parameters, h.tick)
        powers = scales(self.all_parameters, np.e)  # e for a time, 1/e for a rate, 1 for a number
        typical, count = np.log(powers) * np.log(typical_age(h)), len(self.parameters)
        found = estimate(optimum, typical, count)
        if h.traits is not None:
            found = per_unit.told(self, found)
        purchases = float((h.cells.weight * h.cells.x).sum())
        value = optimum.value - purchases * np.log(h.tick)
        self.keep(found.scaled(grow), value, optimum.converged, float(h.cells.weight.sum()))
        self._backend, self._cells, self._tick = h.backend, h.cells, h.tick
        self.unit_days_ = told or h.days_per_unit
        self.oldest_ = float(h.T.max()) * h.tick
        self.passes_ = optimum.passes

    @abstractmethod
    def beside(self, data: Any, h: Histories) -> float:
        """What the log-likelihood has besides the terms of (x, t_x, T)."""

    def told_of(self, data: Any, sample_weight: Any = None) -> tuple[float, float]:
        h, design = histories(data, sample_weight, self.threads), self.design
        fitted = {name: np.array([value]) for name, value in self.require_fit().items()}
        p = rescaled(self.all_parameters, fitted, h.tick)
        if design is None:
            total = self.log_likelihoods(h.cells, p)
        else:
            traits = design.read(data)
            h = replace(h, traits=traits)
            total = per_unit.log_likelihoods(self, h.cells, traits.z, p, self.counts)
        ticks = float((h.cells.weight * h.cells.x).sum()) * float(np.log(h.tick))
        return float(total[0]) + self.beside(data, h) - ticks, float(h.cells.weight.sum())

    def posterior(
        self, draws: int = 4000, random_state: Any = None, priors: Values | None = None
    ) -> posteriors.Posterior:
        """Draws of the parameters given the data, by Laplace and Pareto-smoothed importance sampling.

        Args:
            draws: how many, >= 100.
            priors: {coordinate: prior} to replace the defaults; scales in the data's unit of time.
        Raises:
            ModelError: MODEL-105 where k_hat stays above 0.7 and a minute of walking does not mix
            (`fitting.ensemble`), MODEL-107 for a model without its customers (loaded from a file),
            MODEL-108 where the unit of time is not known.
        Source: methods.md 2.9.
        """
        self.require_fit()
        if not hasattr(self, "_cells"):
            raise ModelError("MODEL-107", model=type(self).__name__)
        if self.unit_days_ is None and priors is None:
            raise ModelError("MODEL-108", model=type(self).__name__)
        if self.design is not None:
            return moved.posterior(self, self.unit_days_ or 1.0, priors, draws, generator(random_state))
        return posteriors.sample(
            posteriors.Target(
                objective=self.objective(self._cells),
                log_likelihoods=lambda p: self.log_likelihoods(self._cells, p),
                coordinates=self.coordinates(self.unit_days_ or 1.0, priors),
                scale=scales(self.parameters, self._tick),
                names=[parameter.name for parameter in self.parameters],
                customers=self.n_customers_,
                cells=len(self._cells),
                accuracy=self.accuracy,
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
        return self._mean(self.read(data), posterior, lambda h, p: forecast.alive(self, h, p))

    def log_probability_alive(self, data: Any) -> Floats:
        """ln P(alive), shape (n,): finite where P(alive) itself underflows."""
        return self._mean(self.read(data), None, self.log_alive)

    def probability_alive_after(self, data: Any, times: Any, parameters: Values | None = None) -> Floats:
        """P(alive at T + t) for each of k times t >= 0, shape (n, k).

        With `parameters`, as in `draw_purchases`, the mean over those draws. Models in which customers
        leave at a purchase (BG/NBD and its kin) call alive whoever has not left yet, bought or not.
        """
        whole, limits = self.read(data), np.array([settings.horizon(each, "times") for each in times])
        several = self._drawn(whole, parameters)
        return self._over(whole, several, lambda h, p: forecast.surviving(self, h, limits / h.tick, p))

    def expected_active_time(self, data: Any, future_t: float, posterior: Any = None) -> Floats:
        """Expected time in (T, T + future_t] during which the customer is alive, shape (n,).

        The integral of P(alive at T + t) over t; `future_t` for a model whose customers never leave.
        """
        whole, limit = self.read(data), settings.horizon(future_t)
        return self._mean(
            whole, posterior, lambda h, p: h.tick * forecast.active_time(self, h, limit / h.tick, p)
        )

    def expected_purchases(self, data: Any, future_t: float, posterior: Any = None) -> Floats:
        """Expected purchases in (T, T + future_t], shape (n,)."""
        whole, limit = self.read(data), settings.horizon(future_t)
        return self._mean(whole, posterior, lambda h, p: forecast.expected(self, h, limit / h.tick, p))

    def expected_purchases_new_customer(self, t: Any, posterior: Any = None, covariates: Any = None) -> Any:
        """Expected repeat purchases of a new customer in (0, t]: a float, or (k,) for k times.

        `covariates`, for a model that has some: a table of n new customers. Then (n,), or (n, k).
        Raises UsageError MODEL-132 where the model has covariates and none are given, or the reverse.
        """
        limits = np.array([settings.horizon(each, "t") for each in np.atleast_1d(t).tolist()])
        new, _ = self._newcomers(covariates)

        def answer(h: Histories, p: Values) -> Floats:
            here, k = np.exp(self.log_alive(h, p)), len(limits)
            fresh, ends = np.zeros(k * len(h), np.int32), np.repeat(limits, len(h))
            bought = self.expected_if_alive(fresh, fresh, ends, forecast.tiled(of_kind(p, h.kind), k))
            return (here * bought.reshape(k, len(h))).T

        values = self._mean(new, posterior, answer)
        if self.design is None:
            return float(values[0, 0]) if np.ndim(t) == 0 else values[0]
        return values[:, 0] if np.ndim(t) == 0 else values

    def discounted_expected_purchases(
        self, data: Any, discount_rate: float, future_t: float | None = None, posterior: Any = None
    ) -> Floats:
        """Expected purchases to come, each discounted by e^(-discount_rate * time), shape (n,).

        `discount_rate` is continuous, per unit of the data's time: ln(1.1)/52 for 10 % a year and
        weeks. Without `future_t` the whole future (DERT), and the rate must be above 0.
        Source: methods.md 2.6.
        """
        whole = self.read(data)
        rate, limit = settings.discount(discount_rate, future_t)
        end = None if limit is None else limit / whole.tick
        return self._mean(whole, posterior, lambda h, p: forecast.discounted(self, h, rate * h.tick, end, p))

    def purchase_probabilities(self, data: Any, future_t: float, n: Any, posterior: Any = None) -> Floats:
        """P(N(future_t) = n), shape (customers, len(n)); (customers, 1) for one number n."""
        whole, limit, wanted = self.read(data), settings.horizon(future_t), settings.counts(n)
        return self._mean(
            whole, posterior, lambda h, p: forecast.probabilities(self, h, limit / h.tick, wanted, p)
        )

    def quantiles(self, data: Any, future_t: float, q: Any, posterior: Any = None) -> NDArray[np.int64]:
        """Smallest k with P(N(future_t) <= k) >= q, shape (customers, len(q)). Source: methods.md 2.10."""
        h, limit = self.read(data), settings.horizon(future_t)
        several = self._several(h, posterior)
        return forecast.quantiles(self, h, limit / h.tick, settings.levels(q), several)

    def draw_purchases(
        self, data: Any, future_t: float, parameters: Values, random_state: Any = None
    ) -> NDArray[np.int32]:
        """One possible N(future_t) per customer and draw of the parameters, shape (n, draws).

        `parameters` maps names to arrays (draws,), such as `posterior.parameters(200)`. Exactly
        distributed given them; memory is that of the answer.
        """
        h, limit = self.read(data), settings.horizon(future_t)
        p = rescaled(self.all_parameters, checked_draws(self.all_parameters, parameters), h.tick)
        return forecast.draw(self, h, limit / h.tick, p, generator(random_state))

    def simulate(self, size: int, T: Any, random_state: Any = None, covariates: Any = None) -> Any:
        """`size` new customers watched for T (a number or (size,)): a table as `fit` takes it.

        `covariates`, for a model that has some: a table of `size` rows, repeated beside the histories.
        """
        age = np.broadcast_to(np.asarray(T, np.float64), (size,)).copy()
        if not (np.isfinite(age).all() and (age >= 0).all()):
            settings.horizon(-1.0, "T")
        fresh, kept = self._newcomers(covariates, size)
        p = of_kind(forecast.placed(self, fresh, self.require_fit()), fresh.kind)
        drawn = self.draw_histories(age, p, generator(random_state))
        return frame({**kept, **drawn, "T": age}, self._backend)

    def horizon_findings(self, future_t: float) -> list[Finding]:
        """A warning where the forecast looks further ahead than twice the oldest customer seen."""
        oldest = getattr(self, "oldest_", np.inf)
        if settings.horizon(future_t) <= 2.0 * oldest:
            return []
        return [Finding("model.horizon", "warn", {"future_t": future_t, "oldest": oldest})]

    def _mean(self, h: Histories, posterior: Any, answer: Callable[[Histories, Values], Floats]) -> Floats:
        """The answer under the estimate, or its mean over draws of the posterior."""
        return self._over(h, self._several(h, posterior), answer)

    def _over(
        self, h: Histories, several: list[Any], answer: Callable[[Histories, Values], Floats]
    ) -> Floats:
        found = []
        for part in h.parts():
            total = answer(part, forecast.placed(self, part, several[0]))
            for p in several[1:]:
                total += answer(part, forecast.placed(self, part, p))
            found.append(total if len(several) == 1 else total / len(several))
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _several(self, h: Histories, posterior: Any) -> list[dict[str, Any]]:
        if posterior is None:
            return [rescaled(self.all_parameters, self.require_fit(), h.tick)]
        return self._drawn(h, posterior.parameters(200))

    def _drawn(self, h: Histories, parameters: Values | None) -> list[dict[str, Any]]:
        """Draws one by one; the estimate alone where none are given."""
        if parameters is None:
            return self._several(h, None)
        drawn = checked_draws(self.all_parameters, parameters)
        scaled = rescaled(self.all_parameters, drawn, h.tick)
        count = len(next(iter(scaled.values())))
        return [{name: float(each[draw]) for name, each in scaled.items()} for draw in range(count)]

    def _newcomers(self, covariates: Any, size: int | None = None) -> tuple[Histories, dict[str, Any]]:
        """Customers at their first purchase, one or those in the table of covariates, and its columns."""
        self.require_fit()
        traits, kept = of_newcomers(type(self).__name__, self.design, covariates, size)
        zero = np.zeros(1 if traits is None else len(traits.kind), np.int32)
        return Histories(zero, zero, zero, 1.0, None, None, "pandas", traits), kept

    @staticmethod
    def _demand_enough(cells: Cells) -> None:
        customers = float(cells.weight.sum())
        if not (cells.weight[cells.x > 0] > 0).any():
            raise ModelError("MODEL-101", customers=int(customers))
        if customers <= 1.0 or (len(cells) == 1 and customers < 2.0):
            raise ModelError("MODEL-102", customers=int(customers))


def typical_age(h: Histories) -> float:
    return float(np.median(h.T[:: max(1, len(h) // 10_000)].astype(np.float64))) or 1.0
