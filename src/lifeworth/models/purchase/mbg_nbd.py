"""MBG/NBD: buyers who may leave after any purchase, the first included.

Story: as the BG/NBD, but the coin is tossed after the first purchase too: p ~ Beta(a, b), rate
lambda ~ Gamma(r, alpha). So one-time buyers can have left, with P(alive) = b/(a + b) at birth.
Fails when: leaving has nothing to do with purchases (see pareto_nbd); seasons and promotions.
Source: Batislam, Denizel & Filiztekin (2007), Int. J. of Research in Marketing 24(3), 201-209;
numerics of methods.md 2.4.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells
from lifeworth.kernels.counts import log_rising
from lifeworth.kernels.newton import Objective
from lifeworth.models.covariates import Links
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting import priors as priors_
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories
from lifeworth.models.parameters import positive
from lifeworth.models.purchase import beta_geometric, beta_geometric_terms
from lifeworth.models.purchase.random_times import GammaRateModel

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]
FIRST = 1  # a coin after the first purchase too


def log_likelihood(
    x: Numbers, t_x: Numbers, T: Numbers, r: float, alpha: float, a: float, b: float
) -> Floats:
    """ln L of each customer (n,): x repeat purchases, the last at t_x, watched until T.

    ln Gamma(r+x)/Gamma(r) + ln B(a,b+x+1)/B(a,b) + r ln alpha - (r+x) ln(alpha+T) + ln(1 + e^d),
    where e^d are the odds of having left. `fit` adds the same terms up by counts.
    """
    largest = int(np.max(x, initial=0)) + FIRST
    bought = log_rising(r, largest)[x]
    stayed = (log_rising(b, largest) - log_rising(a + b, largest))[x + FIRST]
    waited = -r * np.log1p(T / alpha) - x * np.log(alpha + T)
    return bought + stayed + waited + beta_geometric.softplus(log_odds_left(x, t_x, T, r, alpha, a, b))


def log_odds_left(x: Numbers, t_x: Numbers, T: Numbers, r: float, alpha: float, a: float, b: float) -> Floats:
    """d = ln a - ln(b+x) + (r+x) ln[(alpha+T)/(alpha+t_x)]."""
    return beta_geometric.log_odds_left(x, t_x, T, r, alpha, a, b, FIRST)


def stays(x: Numbers, b: Any) -> Floats:
    """Given alive, p ~ Beta(a, stays) and lambda ~ Gamma(r + x, alpha + T), independent."""
    return b + x + float(FIRST)


@final
class MBGNBD(GammaRateModel):
    """Buyers who may leave after any purchase, the first included. Parameters r, alpha (a time), a, b.

    Covariates move alpha (purchase), and a and b together (dropout) or each by its own coefficients
    (processes a and b). Settings and fit: `lifeworth.models.purchase.random_times.CovariateModel`;
    forecasts: `lifeworth.models.purchase.model.RepeatPurchases`.
    """

    parameters = positive("r", "alpha:time", "a", "b")
    links: ClassVar[Links] = beta_geometric.LINKS

    def objective(self, cells: Cells) -> Objective:
        return beta_geometric.objective(cells, FIRST, self.threads)

    def log_likelihoods(self, cells: Cells, p: Values) -> Floats:
        return beta_geometric.log_likelihoods(cells, p, FIRST)

    def terms(self, x: Numbers, t_x: Numbers, T: Numbers, kind: NDArray[np.int32], p: Values) -> Part:
        return beta_geometric_terms.terms(x, t_x, T, **p, first=FIRST)

    def log_terms(self, x: Numbers, t_x: Numbers, T: Numbers, p: Values) -> Floats:
        return beta_geometric_terms.log_terms(x, t_x, T, **p, first=FIRST)

    def log_alive(self, h: Histories, p: Values) -> Floats:
        return beta_geometric.log_alive(h, p["r"], p["alpha"], p["a"], p["b"], FIRST, self.threads)

    def survival_if_alive(self, x: Numbers, T: Numbers, after: Any, p: Values) -> Floats:
        return beta_geometric.survival_if_alive(T, x, after, p["r"], p["alpha"], p["a"], stays(x, p["b"]))

    def expected_if_alive(self, x: Numbers, T: Numbers, horizon: Any, p: Values) -> Floats:
        return beta_geometric.expected_if_alive(T, x, horizon, p["r"], p["alpha"], p["a"], stays(x, p["b"]))

    def discounted_if_alive(self, x: Numbers, T: Numbers, rate: float, p: Values) -> Floats:
        return beta_geometric.discounted_if_alive(x, T, rate, p["r"], p["alpha"], p["a"], stays(x, p["b"]))

    def tails_if_alive(self, x: Numbers, T: Numbers, horizon: float, p: Values) -> Iterator[Floats]:
        return beta_geometric.tails_if_alive(T, x, horizon, p["r"], p["alpha"], p["a"], stays(x, p["b"]))

    def draw_after_first(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        rate = rng.standard_gamma(p["r"] + x + 1.0) / (p["alpha"] + T + first)
        return beta_geometric.draw_until_left(
            1 + rng.poisson(rate * (horizon - first)), p["a"], stays(x, p["b"]), 1, rng
        )

    def draw_lives(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, times: Sequence[float],
        rng: np.random.Generator,
    ) -> NDArray[np.int64]:  # fmt: skip
        rate = rng.standard_gamma(p["r"] + x + 1.0) / (p["alpha"] + T + first)
        due = 1 + rng.poisson(rate * (horizon - first))
        return beta_geometric.draw_lives(due, p["a"], stays(x, p["b"]), times, rng)

    def draw_histories(self, T: Floats, p: Values, rng: np.random.Generator) -> dict[str, Any]:
        due = rng.poisson(rng.standard_gamma(p["r"], len(T)) / p["alpha"] * T)
        made = beta_geometric.draw_until_left(due, p["a"], p["b"], 1 - FIRST, rng)
        return {"frequency": made, "recency": beta_geometric.draw_last(made, due, T, rng)}

    def start(self, age: float) -> list[float]:
        return [1.0, age / 8.0, 1.0, 1.0]

    def coordinates(self, unit_days: float, priors: Values | None) -> posteriors.Coordinates:
        return posteriors.ShareAndStrength(priors_.beta_geometric_priors(unit_days, priors))
