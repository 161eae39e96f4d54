"""BG/CNBD-k and MBG/CNBD-k as models: k chosen by likelihood, and forecasts as means over stages.

`fit` wants a fourth column, log_gaps (see `gaps`); forecasts do not, as a customer's (x, t_x, T) tells
all there is to know once k is. So no forecast depends on who else is in the data.
"""

from abc import ABC
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.base.finding import Finding
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import Objective
from lifeworth.models import settings
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting import priors as priors_
from lifeworth.models.inputs import Histories, histories
from lifeworth.models.parameters import positive
from lifeworth.models.purchase import beta_geometric, forecast, regular_forecast, regular_gaps
from lifeworth.models.purchase.formulas import Standing
from lifeworth.models.purchase.gaps import log_gaps, mean_of_cells
from lifeworth.models.purchase.model import RepeatPurchases

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]
TRIED, LARGEST = (1, 2, 3, 4, 5, 6), 20


class RegularPurchaseModel(RepeatPurchases, ABC):
    """A model of repeat purchases at regular times: gaps of k stages, r and alpha for one stage.

    `k` None: the best of 1..6 by likelihood; else 1..20. `time_unit` and `threads` as for the other
    models. Fitted attributes besides those of every model:

    k_                       stages of a gap; 1 is the model at random times
    log_likelihoods_by_k_    the highest log-likelihood for each k that was tried
    """

    parameters = positive("r", "alpha:time", "a", "b")
    first: ClassVar[int]
    k_: int
    log_likelihoods_by_k_: dict[int, float]

    def __init__(
        self, k: int | None = None, time_unit: str | None = None, threads: int | None = None
    ) -> None:
        self.k = k
        self.time_unit = time_unit
        self.threads = threads

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Maximum likelihood for each k, and the best of them.

        Args:
            data: n customers with frequency, recency, T and log_gaps, the sum of ln(gap between
                purchase days), 0 without a repeat purchase; not read where k is 1.
            sample_weight: (n,), how many customers a row stands for; None: one.
        Raises:
            ModelError: as the other purchase models; MODEL-014 without log_gaps, MODEL-015 where they
            disagree with recency. UsageError MODEL-029 for a k that is none.
        Source: methods.md 2.7, 2.8.
        """
        tried = TRIED if self.k is None else (_checked(self.k),)
        settings.unit_days(self.time_unit)
        h = histories(data, sample_weight, self.threads)
        self._gaps = np.zeros(len(h.cells)) if tried == (1,) else mean_of_cells(log_gaps(data, h), h)
        gaps = float(h.cells.weight @ self._gaps)
        found = {}
        for k in tried:
            self.k_ = k
            optimum = self.search(h)
            found[k] = replace(optimum, value=optimum.value + (k - 1) * gaps)
        self.k_ = max(found, key=lambda k: found[k].value)
        self.learn(h, found[self.k_])
        ticks = float((h.cells.weight * h.cells.x).sum()) * float(np.log(h.tick))
        self.log_likelihoods_by_k_ = {k: optimum.value - ticks for k, optimum in found.items()}
        if self.k is None and self.k_ == TRIED[-1]:
            facts = {"model": type(self).__name__, "k": self.k_}
            self.findings_.append(Finding("model.k_at_limit", "info", facts))
        return self

    @property
    def stages(self) -> int:
        """k as fitted, or as set where nothing was fitted. Raises UsageError MODEL-029 without either."""
        return self.k_ if hasattr(self, "k_") else _checked(self.k)

    @property
    def rhythm(self) -> int:
        """Regular buyers come in waves, which fade."""
        return 1 if self.stages == 1 else 3

    def beside(self, data: Any, h: Histories) -> float:
        """Of the logarithms of gaps; they are not read where k is 1."""
        if self.stages == 1:
            return 0.0
        return (self.stages - 1) * float(h.cells.weight @ mean_of_cells(log_gaps(data, h), h))

    def objective(self, cells: Cells) -> Objective:
        return regular_gaps.objective(cells, self.stages, self.first, self.threads)

    def log_likelihoods(self, cells: Cells, p: Values) -> Floats:
        return regular_gaps.log_likelihoods(cells, self.stages, p, self.first)

    def log_alive(self, h: Histories, p: Values) -> Floats:
        return regular_gaps.log_alive(h, self.stages, p, self.first, self.threads)

    def standings(self, h: Histories, p: Values) -> list[Standing]:
        """One per stage of the present gap; what stands for x in the pairs is the stages passed, k x + j."""
        k = self.stages
        shares = regular_gaps.stage_shares(h, k, p, self.threads)
        shares *= forecast.alive(self, h, p)
        passed = k * h.by_age.x.astype(np.int64)
        return [Standing(shares[j], replace(h.by_age, x=passed + j)) for j in range(k)]

    def survival_if_alive(self, x: Numbers, T: Numbers, after: Any, p: Values) -> Floats:
        return regular_forecast.survival_if_alive(x, T, after, *self._told(x, p))

    def expected_if_alive(self, x: Numbers, T: Numbers, horizon: Any, p: Values) -> Floats:
        return regular_forecast.expected_if_alive(x, T, horizon, *self._told(x, p))

    def discounted_if_alive(self, x: Numbers, T: Numbers, rate: float, p: Values) -> Floats:
        return regular_forecast.discounted_if_alive(x, T, rate, *self._told(x, p))

    def tails_if_alive(self, x: Numbers, T: Numbers, horizon: float, p: Values) -> Iterator[Floats]:
        return regular_forecast.tails_if_alive(x, T, horizon, *self._told(x, p))

    def draw_future(self, h: Histories, horizon: float, p: Values, rng: np.random.Generator) -> Numbers:
        """Who is alive, at which stage, what falls due, and when the coin says leave."""
        k, out = self.stages, np.zeros(len(h), np.int64)
        rows = np.flatnonzero(rng.random(len(h)) < forecast.alive(self, h, p))
        shares = regular_gaps.stage_shares(h, k, p, self.threads)[:, rows]
        stage = (np.cumsum(shares, axis=0)[:-1] <= rng.random(len(rows))).sum(axis=0)
        x, T = h.frequency[rows].astype(np.int64), h.T[rows].astype(np.float64)
        due = regular_forecast.draw_stages(k * x + stage, T, horizon, k, p["r"], p["alpha"], rng)
        stay = p["b"] + x + float(self.first)
        out[rows] = beta_geometric.draw_until_left(due, p["a"], stay, 1, rng)
        return out

    def draw_histories(self, T: Floats, p: Values, rng: np.random.Generator) -> dict[str, Any]:
        r, alpha, a, b = (p[each.name] for each in self.parameters)
        return regular_forecast.draw_histories(T, self.stages, r, alpha, a, b, self.first, rng)

    def start(self, age: float) -> list[float]:
        return [1.0, age / 8.0 / self.stages, 1.0, 1.0]

    def coordinates(self, unit_days: float, priors: Values | None) -> posteriors.Coordinates:
        """Priors as for the models at random times, on the same thing: k alpha is in place of alpha."""
        return posteriors.ShareAndStrength(priors_.beta_geometric_priors(unit_days * self.stages, priors))

    def _told(self, passed: Numbers, p: Values) -> tuple[int, float, float, float, Floats]:
        """k, r, alpha, a and `stay` of customers by the stages passed."""
        k = self.stages
        return k, p["r"], p["alpha"], p["a"], p["b"] + passed // k + float(self.first)


def _checked(k: Any) -> int:
    """A number of stages. Raises UsageError MODEL-029."""
    if not (isinstance(k, int | np.integer) and not isinstance(k, bool) and 1 <= k <= LARGEST):
        raise UsageError("MODEL-029", seen=str(k), largest=LARGEST)
    return int(k)
