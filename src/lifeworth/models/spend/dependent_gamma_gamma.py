"""Gamma-Gamma whose spend may go with frequency: the remedy where independence fails, and its test.

Story: as in gamma_gamma, but the scale of a customer with x repeat purchases is v g^ln(1+x): by the
factor g where 1 + x is e times as large. g = 1 is Gamma-Gamma itself, so the likelihood-ratio test
against it asks whether spend and frequency are independent; a customer without a repeat purchase
spends p v/(q-1) on average.
Fails when: spend goes with the rate of buying while customers were watched for very different times;
x then says too little of the rate.
Source: methods.md 3; Gamma-Gamma as in Fader, Hardie & Lee (2005).
"""

from collections.abc import Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.special import incomplete_beta
from lifeworth.models import settings
from lifeworth.models.fitting.comparison import LikelihoodRatio, likelihood_ratio
from lifeworth.models.inputs import Spends, spends
from lifeworth.models.parameters import positive
from lifeworth.models.protocols import Model
from lifeworth.models.spend import gamma_gamma, scaled_gamma
from lifeworth.models.spend.model import SpendModel
from lifeworth.models.spend.scaled_gamma import ScaledRepeaters

Floats = NDArray[np.float64]
Values = Mapping[str, Any]


def log_likelihood(x: NDArray[Any], mean: Floats, p: float, q: float, v: float, g: float) -> Floats:
    """ln L of each customer with x > 0 repeat purchase days of mean spend `mean`, (n,)."""
    return gamma_gamma.log_likelihood(x, mean, p, q, own_scale(x, v, g))  # type: ignore[arg-type]


def own_scale(x: NDArray[Any], v: Any, g: Any) -> Floats:
    """v g^ln(1+x), (n,)."""
    return np.asarray(v * np.exp(np.log(g) * np.log1p(x)))


@final
class DependentGammaGamma(SpendModel):
    """What a purchase is worth where spend goes with frequency. Parameters p, q, v (money), g.

    Customers come with frequency and monetary_value, as for `GammaGamma`.
    """

    parameters = positive("p", "q", "v:money", "g")
    start = (2.0, 3.0, 1.0, 1.0)
    priors = ((2.0, 1.5), (3.0, 1.0), (1.0, 1.5), (1.0, 0.5))

    def test_against(self, smaller: Model) -> LikelihoodRatio:
        """Likelihood-ratio test of independence: `smaller` is GammaGamma fitted to the same customers.

        Raises UsageError MODEL-216.
        """
        return likelihood_ratio(self, smaller)

    def mean_spends(self, data: Any) -> Floats:
        """What `share_below` speaks of: the mean spends of repeat buyers, (m,)."""
        seen = spends(data)
        return seen.mean[seen.frequency > 0]

    def share_below(self, data: Any, limits: Any) -> Floats:
        """Expected share of repeat buyers whose mean spend is at most each limit, (k,)."""
        p, seen = self.require_fit(), spends(data)
        counts, customers = np.unique(seen.frequency[seen.frequency > 0], return_counts=True)
        total = counts[:, None] * np.atleast_1d(np.asarray(limits, np.float64))
        scale = own_scale(counts, p["v"], p["g"])[:, None]
        below = incomplete_beta(total / (total + scale), p["p"] * counts[:, None], p["q"])
        return np.asarray(customers @ below / customers.sum())

    def spend_quantiles(self, data: Any, probabilities: NDArray[Any], q: Any) -> Floats:
        """Quantiles of total spend, (n, len(q)), for P(N = 0), P(N = 1), ...: see `GammaGamma`."""
        p, seen = self.require_fit(), spends(data)
        shape = p["p"] * seen.frequency + p["q"]
        rate = own_scale(seen.frequency, p["v"], p["g"]) + seen.frequency * seen.mean
        return gamma_gamma.total_quantiles(probabilities, p["p"], shape, rate, settings.levels(q))

    def look(self, data: Any, sample_weight: Any = None) -> Spends:
        return spends(data, sample_weight)

    def gather(self, seen: Spends) -> tuple[ScaledRepeaters, float, float]:
        """The repeat buyers, the mean spend, and sum ln(mean spend)."""
        kept = seen.frequency > 0 if seen.weight is None else (seen.frequency > 0) & (seen.weight > 0)
        if np.count_nonzero(kept) < 2:
            raise ModelError("MODEL-103", customers=int(np.count_nonzero(kept)))
        x, mean = seen.frequency[kept].astype(np.float64), seen.mean[kept]
        if np.ptp(mean) <= 1e-12 * mean.max():
            raise ModelError("MODEL-109")
        if np.ptp(x) == 0:
            raise ModelError("MODEL-115", frequency=int(x[0]))
        weight = np.ones(len(x)) if seen.weight is None else seen.weight[kept]
        unit = float(weight @ mean / weight.sum())
        found = ScaledRepeaters(x, x * mean / unit, np.log1p(x), weight)
        return found, unit, float(weight @ np.log(mean))

    def unit(self, gathered: Any) -> float:
        return float(gathered[1])

    def customers(self, gathered: Any) -> tuple[float, int]:
        return float(gathered[0].weight.sum()), len(gathered[0].n)

    def in_money(self, value: float, gathered: Any) -> float:
        return value - gathered[2]

    def objective(self, gathered: Any) -> Objective:
        of_gamma = scaled_gamma.objective(gathered[0])

        def evaluate(params: Floats) -> tuple[float, Floats, Floats]:
            g = float(params[3])
            value, gradient, hessian = of_gamma(np.array([*params[:3], np.log(g)]))
            slope = np.array([1.0, 1.0, 1.0, 1.0 / g])
            bent = hessian * np.outer(slope, slope)
            bent[3, 3] -= gradient[3] / g**2
            return value, gradient * slope, bent

        return evaluate

    def log_likelihoods(self, gathered: Any, p: Values) -> Floats:
        of_scale = {name: p[name] for name in ("p", "q", "v")}
        return scaled_gamma.log_likelihoods(gathered[0], {**of_scale, "gamma": np.log(p["g"])})

    def expected(self, seen: Spends, p: Values) -> Floats:
        own = own_scale(seen.frequency, p["v"], p["g"])
        return gamma_gamma.expected_spend(seen.frequency, seen.mean, p["p"], p["q"], own)  # type: ignore[arg-type]

    def draw(
        self, seen: Spends, row: NDArray[np.intp], bought: Floats, p: Values, rng: np.random.Generator
    ) -> Floats:
        x = seen.frequency[row]
        rate = own_scale(x, p["v"], p["g"]) + x * seen.mean[row]
        nu = np.maximum(rng.standard_gamma(p["p"] * x + p["q"]), 1e-290) / rate
        return rng.standard_gamma(p["p"] * bought) / nu

    def draw_customers(self, x: NDArray[np.int64], p: Values, rng: np.random.Generator) -> dict[str, Any]:
        nu = np.maximum(rng.standard_gamma(p["q"], len(x)), 1e-290) / own_scale(x, p["v"], p["g"])
        total = rng.standard_gamma(p["p"] * np.maximum(x, 1)) / nu
        return {"monetary_value": np.where(x > 0, total / np.maximum(x, 1), 0.0)}
