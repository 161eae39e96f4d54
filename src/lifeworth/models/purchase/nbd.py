"""NBD: buyers who never leave.

Story: a customer buys at random at rate lambda (Poisson), for ever; lambda is Gamma(r, alpha)
across customers. A yardstick: what the other models add is the leaving.
Fails when: customers leave, as nearly everywhere. It then reads a long silence as a low rate only and
forecasts too much (CDNOW: 2,930 purchases in the second 39 weeks, where 1,882 were made).
Source: Ehrenberg (1959), Applied Statistics 8(1), 26-41; methods.md 2.7.
"""

from collections.abc import Iterator, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import BLOCK
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.counts import exceeding, log_rising, negative_binomial_tails
from lifeworth.kernels.newton import Objective
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting.priors import SCALE_DAYS, Weibull, replace
from lifeworth.models.inputs import Histories
from lifeworth.models.parameters import positive
from lifeworth.models.purchase.random_times import PlainPurchaseModel

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]


def log_likelihood(x: Numbers, t_x: Numbers, T: Numbers, r: float, alpha: float) -> Floats:
    """ln L of each customer (n,): x repeat purchases until T; t_x tells nothing more.

    ln Gamma(r+x)/Gamma(r) + r ln alpha - (r+x) ln(alpha+T).
    """
    bought = log_rising(r, int(np.max(x, initial=0)))[x]
    return bought - r * np.log1p(T / alpha) - x * np.log(alpha + T)


def log_likelihoods(cells: Cells, p: Values) -> Floats:
    """Total log-likelihood under each of S draws of r and alpha, each (S,). Shape (S,)."""
    bought = exceeding(cells.x, cells.weight)
    j, total = np.arange(len(bought)), np.empty(len(p["r"]))
    ages, place = np.unique(cells.T, return_inverse=True)
    watched, made = (np.bincount(place, each) for each in (cells.weight, cells.weight * cells.x))
    step = max(1, 8 * BLOCK // (len(ages) + len(bought)))
    for first in range(0, len(total), step):
        r, alpha = (p[name][first : first + step] for name in ("r", "alpha"))
        grown = np.log1p(ages / alpha[:, None])
        counted = np.log(r[:, None] + j) @ bought - bought.sum() * np.log(alpha)
        total[first : first + step] = counted - r * (grown @ watched) - grown @ made
    return total


@final
class NBD(PlainPurchaseModel):
    """Buyers who never leave. Parameters r, alpha (a time).

    Forecasts and fit: `lifeworth.models.purchase.model.RepeatPurchases`.
    """

    parameters = positive("r", "alpha:time")

    def objective(self, cells: Cells) -> Objective:
        bought = exceeding(cells.x, cells.weight)
        j, purchases = np.arange(len(bought)), float(bought.sum())
        ages, place = np.unique(cells.T, return_inverse=True)
        watched = np.bincount(place, cells.weight)
        made = np.bincount(place, cells.weight * cells.x)

        def evaluate(p: Floats) -> tuple[float, Floats, Floats]:
            r, alpha = (float(each) for each in p)
            grown = np.log1p(ages / alpha)
            share = -np.expm1(-grown)  # T/(alpha + T)
            q = r * watched + made
            value = bought @ np.log(r + j) - q @ grown - purchases * np.log(alpha)
            d_r = bought @ (1.0 / (r + j)) - watched @ grown
            d_alpha = (q @ share - purchases) / alpha
            rr = -(bought @ (1.0 / (r + j) ** 2))
            mixed = watched @ share / alpha
            aa = (purchases - q @ (share * (2.0 - share))) / alpha**2
            return float(value), np.array([d_r, d_alpha]), np.array([[rr, mixed], [mixed, aa]])

        return evaluate

    def log_likelihoods(self, cells: Cells, p: Values) -> Floats:
        return log_likelihoods(cells, p)

    def log_alive(self, h: Histories, p: Values) -> Floats:
        return np.zeros(len(h))

    def survival_if_alive(self, x: Numbers, T: Numbers, after: Any, p: Values) -> Floats:
        return np.ones(len(x))

    def expected_if_alive(self, x: Numbers, T: Numbers, horizon: Any, p: Values) -> Floats:
        return (p["r"] + x) * (horizon / (p["alpha"] + np.asarray(T, np.float64)))

    def discounted_if_alive(self, x: Numbers, T: Numbers, rate: float, p: Values) -> Floats:
        return (p["r"] + x) / (rate * (p["alpha"] + np.asarray(T, np.float64)))

    def tails_if_alive(self, x: Numbers, T: Numbers, horizon: float, p: Values) -> Iterator[Floats]:
        odds = horizon / (p["alpha"] + np.asarray(T, np.float64))
        return negative_binomial_tails(p["r"] + np.asarray(x, np.float64), odds)

    def draw_after_first(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        rate = rng.standard_gamma(p["r"] + x + 1.0) / (p["alpha"] + T + first)
        return 1 + rng.poisson(rate * (horizon - first))

    def draw_histories(self, T: Floats, p: Values, rng: np.random.Generator) -> dict[str, Any]:
        made = rng.poisson(rng.standard_gamma(p["r"], len(T)) / p["alpha"] * T)
        last, some = np.zeros(len(T)), np.flatnonzero(made > 0)
        last[some] = T[some] * np.maximum(rng.beta(made[some], 1.0), 1e-12)
        return {"frequency": made, "recency": last}

    def start(self, age: float) -> list[float]:
        return [1.0, age / 8.0]

    def coordinates(self, unit_days: float, priors: Values | None) -> posteriors.Coordinates:
        defaults = {"r": Weibull(2.0, 1.0), "alpha": Weibull(2.0, SCALE_DAYS / unit_days)}
        return posteriors.Logs(replace(defaults, priors))
