"""Two-part spend: whether a purchase day brings anything, and how much.

Story: on each purchase day a customer tosses a private coin; theta, the chance that the day brings
nothing (a gift, a full discount, all sent back), is Beta(a, b) across customers. What the other days
bring is Gamma-Gamma, independent of theta.
Fails when: a day that brings nothing says something of how much other days bring. A day with
negative net spend counts as one that brings nothing.
Source: methods.md 3 (Beta-binomial share of zero days); Gamma-Gamma as in Fader, Hardie & Lee (2005).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.kernels.counts import exceeding, log_rising
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.special import incomplete_beta
from lifeworth.models import settings
from lifeworth.models.parameters import positive
from lifeworth.models.spend import gamma_gamma, gamma_gamma_likelihood
from lifeworth.models.spend.day_spends import DaySpends, positive_days, repeaters
from lifeworth.models.spend.gamma_gamma_likelihood import Repeaters
from lifeworth.models.spend.model import SpendModel

Floats = NDArray[np.float64]
Values = Mapping[str, Any]


def log_likelihood(
    x: NDArray[Any], zeros: NDArray[Any], mean: Floats, a: float, b: float, p: float, q: float, v: float
) -> Floats:
    """ln L of each customer with x > 0 repeat days, `zeros` of them without spend, the others of mean `mean`.

    ln B(a+zeros, b+x-zeros)/B(a,b), for the days as they came, plus Gamma-Gamma of the x-zeros others.
    """
    largest, n = int(np.max(x, initial=0)), x - zeros
    tossed = log_rising(a, largest)[zeros] + log_rising(b, largest)[n] - log_rising(a + b, largest)[x]
    spent = n > 0
    found = tossed.copy()
    found[spent] += gamma_gamma.log_likelihood(n[spent], mean[spent], p, q, v)
    return found


def with_spend(probabilities: NDArray[Any], yes: NDArray[Any], no: NDArray[Any]) -> Floats:
    """P(J = j) of days with spend among N days, (n, k), from P(N = 0), P(N = 1), ...

    Days are tossed one by one: after j with spend and i without, the next has spend with chance
    (yes + j)/(yes + no + j + i).
    """
    most = probabilities.shape[1] - 1
    now, found = np.zeros_like(probabilities, np.float64), np.zeros_like(probabilities, np.float64)
    now[:, 0] = 1.0
    found += probabilities[:, :1] * now
    j = np.arange(most + 1)
    for k in range(most):
        chance = (yes[:, None] + j) / (yes + no + k)[:, None]
        moved = now * np.minimum(chance, 1.0)
        now = now - moved
        now[:, 1:] += moved[:, :-1]
        found += probabilities[:, k + 1 : k + 2] * now
    return found


@dataclass(frozen=True)
class TwoParts:
    """Count tables of the tosses, and the customers with some spend (money in units of `unit`)."""

    zeros: Floats  # weighted number of customers with more than j days without spend
    spent: Floats
    days: Floats
    repeaters: Repeaters
    unit: float
    log_means: float
    customers: float
    seen: DaySpends  # the repeat buyers one by one


@final
class ZeroInflatedSpend(SpendModel):
    """What a purchase is worth where some days bring nothing. Parameters a, b, p, q, v (money).

    Customers come with frequency, zero_days and positive_spend: `lw.rfm_summary(orders, spend_days=True)`.
    """

    parameters = positive("a", "b", "p", "q", "v:money")
    start = (0.3, 3.0, 2.0, 3.0, 1.0)
    priors = ((0.3, 1.5), (3.0, 1.5), (2.0, 1.5), (3.0, 1.0), (1.0, 1.5))

    def spend_quantiles(self, data: Any, probabilities: NDArray[Any], q: Any) -> Floats:
        """Quantiles of total spend, (n, len(q)), for P(N = 0), P(N = 1), ...: see `GammaGamma`.

        Of k days j bring something with the chances of a beta-binomial, given the customer's past.
        """
        p, seen = self.require_fit(), self.look(data)
        n = seen.frequency - seen.zeros
        bring = with_spend(np.asarray(probabilities), p["b"] + n, p["a"] + seen.zeros)
        shape, rate = p["p"] * n + p["q"], p["v"] + n * seen.level
        return gamma_gamma.total_quantiles(bring, p["p"], shape, rate, settings.levels(q))

    def look(self, data: Any, sample_weight: Any = None) -> DaySpends:
        return positive_days(data, sample_weight)

    def gather(self, seen: DaySpends) -> TwoParts:
        kept, weight = repeaters(seen, seen.frequency > 0)
        x, zeros, mean = seen.frequency[kept], seen.zeros[kept], seen.level[kept]
        if weight @ zeros <= 0:
            raise ModelError("MODEL-112")
        spent = x > zeros
        if np.count_nonzero(spent) < 2:
            raise ModelError("MODEL-103", customers=int(np.count_nonzero(spent)))
        if np.ptp(mean[spent]) <= 1e-12 * mean.max():
            raise ModelError("MODEL-109")
        n, level, share = (x - zeros)[spent].astype(np.int32), mean[spent], weight[spent]
        unit = float(share @ level / share.sum())
        return TwoParts(
            exceeding(zeros, weight), exceeding(x - zeros, weight), exceeding(x, weight),
            Repeaters(n, n * level / unit, share), unit, float(share @ np.log(level)), float(weight.sum()),
            seen.only(kept),
        )  # fmt: skip

    def unit(self, gathered: TwoParts) -> float:
        return gathered.unit

    def customers(self, gathered: TwoParts) -> tuple[float, int]:
        return gathered.customers, len(gathered.repeaters.x)

    def in_money(self, value: float, gathered: TwoParts) -> float:
        return value - gathered.log_means

    def objective(self, gathered: TwoParts) -> Objective:
        of_spend = gamma_gamma_likelihood.objective(gathered.repeaters)

        def evaluate(params: Floats) -> tuple[float, Floats, Floats]:
            a, b = float(params[0]), float(params[1])
            spend, slope, bend = of_spend(params[2:])
            value, gradient, hessian = spend, np.zeros(5), np.zeros((5, 5))
            gradient[2:], hessian[2:, 2:] = slope, bend
            for table, start, which, sign in (
                (gathered.zeros, a, [0], 1.0),
                (gathered.spent, b, [1], 1.0),
                (gathered.days, a + b, [0, 1], -1.0),
            ):
                at = start + np.arange(len(table))
                value += sign * float(table @ np.log(at))
                gradient[which] += sign * float((table / at).sum())
                hessian[np.ix_(which, which)] -= sign * float((table / at**2).sum())
            return value, gradient, hessian

        return evaluate

    def log_likelihoods(self, gathered: TwoParts, p: Values) -> Floats:
        found = gamma_gamma_likelihood.log_likelihoods(gathered.repeaters, p)
        for table, start, sign in (
            (gathered.zeros, p["a"], 1.0),
            (gathered.spent, p["b"], 1.0),
            (gathered.days, p["a"] + p["b"], -1.0),
        ):
            found = found + sign * (np.log(start[:, None] + np.arange(len(table))) @ table)
        return found

    def expected(self, seen: DaySpends, p: Values) -> Floats:
        n = seen.frequency - seen.zeros
        brings = (p["b"] + n) / (p["a"] + p["b"] + seen.frequency)
        return brings * gamma_gamma.expected_spend(n, seen.level, p["p"], p["q"], p["v"])

    def draw(
        self, seen: DaySpends, row: NDArray[np.intp], bought: Floats, p: Values, rng: np.random.Generator
    ) -> Floats:
        n, zeros = (seen.frequency - seen.zeros)[row], seen.zeros[row]
        nothing = rng.beta(p["a"] + zeros, p["b"] + n)
        days = bought - rng.binomial(bought.astype(np.int64), nothing)
        nu = np.maximum(rng.standard_gamma(p["p"] * n + p["q"]), 1e-290) / (p["v"] + n * seen.level[row])
        return np.where(days > 0, rng.standard_gamma(p["p"] * np.maximum(days, 1)) / nu, 0.0)

    def draw_customers(self, x: NDArray[np.int64], p: Values, rng: np.random.Generator) -> dict[str, Any]:
        zeros = rng.binomial(x, rng.beta(p["a"], p["b"], len(x)))
        nu = np.maximum(rng.standard_gamma(p["q"], len(x)), 1e-290) / p["v"]
        n = x - zeros
        total = np.where(n > 0, rng.standard_gamma(p["p"] * np.maximum(n, 1)) / nu, 0.0)
        return {
            "monetary_value": total / np.maximum(x, 1),
            "zero_days": zeros,
            "positive_spend": total / np.maximum(n, 1),
        }

    def mean_spends(self, data: Any) -> Floats:
        """What `share_below` speaks of: mean spends over days with spend, (m,)."""
        seen = self.look(data)
        return seen.level[seen.frequency > seen.zeros]

    def share_below(self, data: Any, limits: Any) -> Floats:
        """Expected share of customers with spend whose mean over such days is at most each limit, (k,)."""
        p, seen = self.require_fit(), self.look(data)
        n = seen.frequency - seen.zeros
        counts, customers = np.unique(n[n > 0], return_counts=True)
        total = counts[:, None] * np.atleast_1d(np.asarray(limits, np.float64))
        below = incomplete_beta(total / (total + p["v"]), p["p"] * counts[:, None], p["q"])
        return np.asarray(customers @ below / customers.sum())
