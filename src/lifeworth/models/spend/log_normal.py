"""Log-normal spend: heavy tails, and what single purchase days say.

Story: the logarithm of what a customer spends on one purchase day is normal around the customer's
own mean, with deviation sigma for everyone; the means are normal across customers around ln median,
with deviation tau. The fewer days seen, the more a customer is drawn towards all.
Fails when: some days bring nothing (see zero_inflated), the spread within customers differs much
between them, or spend goes with frequency. It needs two days of some customers to tell sigma from tau.
Source: methods.md 3; Abe (2009), Marketing Science 28(3), 541-553, for log-normal mean spend.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.kernels.newton import Objective
from lifeworth.models.parameters import positive
from lifeworth.models.spend.day_spends import DaySpends, log_days, repeaters
from lifeworth.models.spend.model import SpendModel

Floats = NDArray[np.float64]
Values = Mapping[str, Any]
HALF_LOG_TWO_PI = 0.9189385332046727


def log_likelihood(
    n: NDArray[Any], mean: Floats, squares: Floats, median: Any, sigma: Any, tau: Any
) -> Floats:
    """ln L of the spends of each customer: n > 0 days, mean and squared deviations of their logarithms.

    With D = sigma^2 + n tau^2: -n/2 ln(2 pi) - (n-1) ln sigma - 1/2 ln D - squares/(2 sigma^2)
    - n (mean - ln median)^2 / (2 D) - n mean; the last term turns logarithms into money.
    """
    s, d = sigma**2, sigma**2 + n * tau**2
    away = mean - np.log(median)
    shape = -n * HALF_LOG_TWO_PI - (n - 1.0) * np.log(sigma) - 0.5 * np.log(d)
    return shape - squares / (2.0 * s) - n * away**2 / (2.0 * d) - n * mean


def own_mean(n: NDArray[Any], mean: Floats, median: Any, sigma: Any, tau: Any) -> tuple[Floats, Floats]:
    """Mean and variance of a customer's own mean of ln spend, given n days: each (n,)."""
    variance = 1.0 / (1.0 / tau**2 + n / sigma**2)
    return variance * (np.log(median) / tau**2 + n * mean / sigma**2), variance


@dataclass(frozen=True)
class ByDays:
    """Repeat buyers by number of days n: all the likelihood needs. Arrays of shape (m,).

    Logarithms are taken around `centre`, so that sums of squares keep their digits.
    """

    n: Floats
    customers: Floats
    level: Floats  # sum of mean ln spend - centre
    level_squares: Floats  # sum of their squares
    squares: Floats  # within customers
    centre: float
    days_level: float  # sum of n (mean ln spend), for money
    seen: DaySpends  # the repeat buyers one by one


@final
class LogNormalSpend(SpendModel):
    """What a purchase is worth, with heavy tails. Parameters median (money), sigma, tau.

    Customers come with frequency, log_spend and log_spend_squares: `lw.rfm_summary(orders,
    spend_days=True)`. The log-likelihood is that of every single day's spend.
    """

    parameters = positive("median:money", "sigma", "tau")
    start = (1.0, 0.7, 0.7)
    priors = ((1.0, 1.5), (0.7, 1.0), (0.7, 1.0))

    def look(self, data: Any, sample_weight: Any = None) -> DaySpends:
        return log_days(data, sample_weight)

    def gather(self, seen: DaySpends) -> ByDays:
        kept, weight = repeaters(seen, seen.frequency > 0)
        x, mean, squares = seen.frequency[kept], seen.level[kept], seen.squares[kept]
        if weight @ squares <= 1e-12 * weight.sum():
            raise ModelError("MODEL-111")
        centre = float(weight @ mean / weight.sum())
        away = mean - centre
        n, place = np.unique(x, return_inverse=True)

        def total(values: Floats) -> Floats:
            return np.asarray(np.bincount(place, weight * values, len(n)), np.float64)

        days_level = float(weight @ (x * mean))
        return ByDays(
            n.astype(np.float64), total(np.ones(len(x))), total(away), total(away**2), total(squares),
            centre, days_level, seen.only(kept),
        )  # fmt: skip

    def unit(self, gathered: ByDays) -> float:
        return float(np.exp(gathered.centre))

    def customers(self, gathered: ByDays) -> tuple[float, int]:
        return float(gathered.customers.sum()), len(gathered.n)

    def in_money(self, value: float, gathered: ByDays) -> float:
        return value - gathered.days_level

    def objective(self, gathered: ByDays) -> Objective:
        n, count = gathered.n, gathered.customers

        def evaluate(params: Floats) -> tuple[float, Floats, Floats]:
            median, sigma, tau = (float(each) for each in params)
            s, d, mu = sigma**2, sigma**2 + n * tau**2, np.log(median)
            away = gathered.level - count * mu
            squared = gathered.level_squares - 2.0 * mu * gathered.level + count * mu**2
            free = count * (n - 1.0)
            value = (
                -(count @ n) * HALF_LOG_TWO_PI - free.sum() * np.log(sigma) - 0.5 * (count @ np.log(d))
                - gathered.squares.sum() / (2.0 * s) - (n * squared / (2.0 * d)).sum()
            )  # fmt: skip
            of_d = -0.5 * count / d + 0.5 * n * squared / d**2  # by D, and again
            of_dd = 0.5 * count / d**2 - n * squared / d**3
            by_mu, by_t = (n * away / d).sum(), (n * of_d).sum()
            by_s = -0.5 * free.sum() / s + gathered.squares.sum() / (2.0 * s**2) + of_d.sum()
            mu_mu = -(n * count / d).sum()
            mu_s, mu_t = -(n * away / d**2).sum(), -(n**2 * away / d**2).sum()
            s_s = 0.5 * free.sum() / s**2 - gathered.squares.sum() / s**3 + of_dd.sum()
            s_t, t_t = (n * of_dd).sum(), (n**2 * of_dd).sum()
            one, two, three = 1.0 / median, 2.0 * sigma, 2.0 * tau  # of mu, s = sigma^2 and t = tau^2
            gradient = np.array([by_mu * one, by_s * two, by_t * three])
            hessian = np.array([
                [(mu_mu - by_mu) * one**2, mu_s * one * two, mu_t * one * three],
                [mu_s * one * two, s_s * two**2 + 2.0 * by_s, s_t * two * three],
                [mu_t * one * three, s_t * two * three, t_t * three**2 + 2.0 * by_t],
            ])  # fmt: skip
            return float(value), gradient, hessian

        return evaluate

    def log_likelihoods(self, gathered: ByDays, p: Values) -> Floats:
        median, sigma, tau = (p[name][:, None] for name in ("median", "sigma", "tau"))
        n, mu = gathered.n, np.log(median)
        d = sigma**2 + n * tau**2
        squared = gathered.level_squares - 2.0 * mu * gathered.level + gathered.customers * mu**2
        found = -n * HALF_LOG_TWO_PI - (n - 1.0) * np.log(sigma) - 0.5 * np.log(d)
        found = found * gathered.customers - gathered.squares / (2.0 * sigma**2) - n * squared / (2.0 * d)
        return found.sum(axis=1)

    def expected(self, seen: DaySpends, p: Values) -> Floats:
        mean, variance = own_mean(seen.frequency, seen.level, **p)
        return np.exp(mean + variance / 2.0 + p["sigma"] ** 2 / 2.0)

    def draw(
        self, seen: DaySpends, row: NDArray[np.intp], bought: Floats, p: Values, rng: np.random.Generator
    ) -> Floats:
        mean, variance = own_mean(seen.frequency[row], seen.level[row], **p)
        own = mean + np.sqrt(variance) * rng.standard_normal(len(row))
        owner = np.repeat(np.arange(len(row)), bought.astype(np.int64))
        day = np.exp(own[owner] + p["sigma"][owner] * rng.standard_normal(len(owner)))
        return np.asarray(np.bincount(owner, day, len(row)), np.float64)

    def draw_customers(self, x: NDArray[np.int64], p: Values, rng: np.random.Generator) -> dict[str, Any]:
        own = np.log(p["median"]) + p["tau"] * rng.standard_normal(len(x))
        owner = np.repeat(np.arange(len(x)), x)
        day = own[owner] + p["sigma"] * rng.standard_normal(len(owner))
        count = np.maximum(x, 1)
        mean = np.bincount(owner, day, len(x)) / count
        squares = np.bincount(owner, (day - mean[owner]) ** 2, len(x))
        spent = np.bincount(owner, np.exp(day), len(x)) / count
        return {"monetary_value": spent, "log_spend": mean, "log_spend_squares": squares}
