"""The public face of the spend models beside Gamma-Gamma, on the same methods.

A model's own file says what it needs of the data and how spend is distributed; here it is turned
into estimates, expectations, possible futures and posterior draws.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.base.random import generator
from lifeworth.kernels.newton import Objective, in_logs, maximise
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting.maximum_likelihood import estimate
from lifeworth.models.fitting.priors import LogNormal, Prior, replace
from lifeworth.models.parameters import draws as checked_draws
from lifeworth.models.parameters import rescaled, scales
from lifeworth.models.protocols import Model
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
Values = Mapping[str, Any]
DRAWS_AVERAGED = 200


class SpendModel(Model):
    """How much customers spend on a purchase day."""

    start: ClassVar[tuple[float, ...]]  # where the search begins, money in units of the typical spend
    priors: ClassVar[tuple[tuple[float, float], ...]]  # median, and deviation in logarithms, of each

    # --- what a model says ---

    @abstractmethod
    def look(self, data: Any, sample_weight: Any = None) -> Any:
        """Checked rows, with `backend`, `weight` and a length."""

    @abstractmethod
    def gather(self, seen: Any) -> Any:
        """What the likelihood needs of the rows. Raises ModelError where spread cannot be told."""

    @abstractmethod
    def unit(self, gathered: Any) -> float:
        """The typical spend: money is counted in it inside the search."""

    @abstractmethod
    def objective(self, gathered: Any) -> Objective:
        """Log-likelihood with gradient and Hessian in the parameters, money in units of `unit`."""

    @abstractmethod
    def log_likelihoods(self, gathered: Any, p: Values) -> Floats:
        """The same value under S draws of the parameters: (S,)."""

    @abstractmethod
    def in_money(self, value: float, gathered: Any) -> float:
        """The log-likelihood of the spends themselves, from its value in units of `unit`."""

    @abstractmethod
    def customers(self, gathered: Any) -> tuple[float, int]:
        """How many customers tell something (sum of weights), and how many cells they fall into."""

    @abstractmethod
    def expected(self, seen: Any, p: Values) -> Floats:
        """Expected spend per future purchase day, (n,)."""

    @abstractmethod
    def draw(
        self, seen: Any, row: NDArray[np.intp], bought: Floats, p: Values, rng: np.random.Generator
    ) -> Floats:
        """One possible total over bought[i] > 0 days of customer row[i] under p[...][i], (m,)."""

    @abstractmethod
    def draw_customers(self, x: NDArray[np.int64], p: Values, rng: np.random.Generator) -> dict[str, Any]:
        """New customers with x repeat purchase days: the columns `fit` reads besides frequency."""

    # --- what everyone asks ---

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Maximum likelihood over customers with a repeat purchase; the others tell nothing.

        Raises ModelError: MODEL-0xx for rows at fault (see the model's `look`), MODEL-103 for fewer
        than two repeat buyers, MODEL-109, 111 or 112 where the data cannot show what varies.
        """
        seen = self.look(data, sample_weight)
        gathered = self.gather(seen)
        customers, _ = self.customers(gathered)
        optimum = maximise(in_logs(self.objective(gathered)), np.log(self.start), customers)
        found = estimate(optimum, np.zeros(len(self.parameters)))
        told = found.scaled(scales(self.parameters, self.unit(gathered)))
        self._backend, self._gathered = seen.backend, gathered
        self.keep(told, self.in_money(optimum.value, gathered), optimum.converged, customers)
        if self.params_.get("q", 2.0) <= 1.0:
            self.findings_.append(Finding("model.no_mean_spend", "warn", {"q": round(self.params_["q"], 3)}))
        return self

    def told_of(self, data: Any, sample_weight: Any = None) -> tuple[float, float]:
        """Of customers with a repeat purchase."""
        gathered = self.gather(self.look(data, sample_weight))
        fitted = rescaled(self.parameters, self.require_fit(), self.unit(gathered))
        value = self.log_likelihoods(gathered, {name: np.array([each]) for name, each in fitted.items()})
        return self.in_money(float(value[0]), gathered), self.customers(gathered)[0]

    def expected_customer_spend(self, data: Any, posterior: Any = None) -> Floats:
        """Expected spend per future purchase day, (n,); without a repeat purchase that of all."""
        seen, several = self.look(data), self._several(posterior)
        return np.asarray(sum(self.expected(seen, p) for p in several) / len(several))

    def draw_spend(
        self, data: Any, purchases: NDArray[Any], parameters: Values, random_state: Any = None
    ) -> Floats:
        """One possible total spend over `purchases` (n, draws) purchase days, (n, draws).

        `parameters` maps names to arrays (draws,), such as `posterior.parameters(200)`.
        """
        seen, p = self.look(data), checked_draws(self.parameters, parameters)
        bought = np.asarray(purchases)
        wanted = (len(seen), len(next(iter(p.values()))))
        if bought.shape != wanted:
            raise ModelError("MODEL-011", column="purchases", rows=str(bought.shape), wanted=str(wanted))
        out = np.zeros(bought.shape)
        row, at = np.nonzero(bought)
        chosen, rng = {name: each[at] for name, each in p.items()}, generator(random_state)
        out[row, at] = self.draw(seen, row, bought[row, at].astype(np.float64), chosen, rng)
        return out

    def simulate(self, frequency: Any, random_state: Any = None) -> Any:
        """New customers with these numbers of repeat purchase days, (n,): a table as `fit` takes it."""
        x = np.atleast_1d(np.asarray(frequency)).astype(np.int64)
        drawn = self.draw_customers(x, self.require_fit(), generator(random_state))
        return frame({"frequency": x, **drawn}, self._backend)

    def posterior(
        self, draws: int = 4000, random_state: Any = None, priors: Mapping[str, Prior] | None = None
    ) -> posteriors.Posterior:
        """Draws of the parameters given the data, by Laplace and Pareto-smoothed importance sampling.

        Default priors are wide log-normals; that of money is around the typical spend. Raises
        ModelError MODEL-105, and MODEL-107 for a model without its customers (loaded from a file).
        """
        fitted = np.array(list(self.require_fit().values()))
        if not hasattr(self, "_gathered"):
            raise ModelError("MODEL-107", model=type(self).__name__)
        gathered, unit = self._gathered, self.unit(self._gathered)
        customers, cells = self.customers(gathered)
        grow = scales(self.parameters, unit)
        defaults: dict[str, Prior] = {
            each.name: LogNormal(median * scale, spread)
            for each, (median, spread), scale in zip(self.parameters, self.priors, grow.tolist(), strict=True)
        }
        target = posteriors.Target(
            objective=self.objective(gathered),
            log_likelihoods=lambda p: self.log_likelihoods(gathered, p),
            coordinates=posteriors.Logs(replace(defaults, priors)),
            scale=grow,
            names=[parameter.name for parameter in self.parameters],
            customers=customers,
            cells=cells,
        )
        name, rng = type(self).__name__, generator(random_state)
        return posteriors.sample(target, fitted, draws, rng, self._backend, name)

    def _several(self, posterior: Any) -> list[dict[str, Any]]:
        if posterior is None:
            return [self.require_fit()]
        p = checked_draws(self.parameters, posterior.parameters(DRAWS_AVERAGED))
        count = len(next(iter(p.values())))
        return [{name: float(each[i]) for name, each in p.items()} for i in range(count)]
