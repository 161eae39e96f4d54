"""The epidemic referral model: how infectious each customer is, and how much is still to come.

Story: a customer talks for a while after it arrives and is heard by people not won yet. How
contagious it is depends on what we know of it (value, survey answers) and on what we do not
(gamma). Customers who leave stop talking; a market nearly won listens less.
Fails when: delays are far from exponential, referrals go unrecorded at an unknown rate, or people
who are alike come together without talking (homophily). See docs/theory/referral.md.
Source: methods.md 5.2 (a). The prior ln k ~ N(ln 0.5, 1) keeps k where referrals are rare.
"""

from collections.abc import Sequence
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.kernels.newton import maximise
from lifeworth.models.referral import likelihood
from lifeworth.models.referral.gamma_law import gamma_quantile, gamma_tail
from lifeworth.models.referral.inputs import MISSING, Referrals, numbers, referrals
from lifeworth.models.referral.likelihood import EVERYBODY, Susceptible, Watched

Floats = NDArray[np.float64]
PRIOR_LOG_K, PRIOR_SLOPE, PRIOR_MISSING = (np.log(0.5), 1.0), 2.5, 0.5
RARE = 0.1
MARKET_STEPS = 48


@final
class EpidemicReferral:
    """Fitted attributes:

    params_            intercept, one slope per covariate (and per indicator of missing answers), k, theta
    standard_errors_   by name; covariance_ (p, p) in the order of params_
    log_likelihood_, converged_, findings_, n_customers_, n_referrals_
    customers_         the checked customers, in the order of the rows
    """

    params_: dict[str, float]

    def __init__(
        self,
        covariates: Sequence[str] = (),
        *,
        market_size: float | None = None,
        recorded_share: float = 1.0,
        customer_id: str = "customer_id",
        acquired_day: str = "acquired_day",
        referrer_id: str = "referrer_id",
    ) -> None:
        """
        Args:
            covariates: numeric columns; answers may be missing.
            market_size: customers and prospects together; None: the market never fills.
            recorded_share: share of true referrals that left a referrer's id. Not estimated.
        """
        self.covariates = tuple(covariates)
        self.market_size = market_size
        self.recorded_share = recorded_share
        self.customer_id, self.acquired_day, self.referrer_id = customer_id, acquired_day, referrer_id

    def fit(self, data: Any, as_of: float, leaving_rate: Any = 0.0) -> Self:
        """Posterior mode by Newton's method.

        Args:
            data: any dataframe, one row per customer.
            as_of: the day until which referrals were seen.
            leaving_rate: hazard of leaving per unit of time, a number or (n,).
        Raises:
            ModelError: MODEL-304 to 313 (see `inputs`), MODEL-314 with fewer than 2 referrals;
            UsageError MODEL-315 for a setting out of range.
        """
        if not 0.0 < self.recorded_share <= 1.0:
            raise UsageError("MODEL-315", name="recorded_share", seen=str(self.recorded_share))
        found = referrals(data, as_of, self.covariates, self._columns())
        total = int(found.count.sum())
        if total < 2:
            raise ModelError("MODEL-314", what="referrals", seen=total, wanted=2)
        self.customers_, self.as_of_ = found, float(as_of)
        self._watched = Watched(
            found.acquired, found.exposure, found.count, found.delay_sum, self._standardised(found),
            _rates(leaving_rate, len(found)), self._susceptible(found, as_of), self.recorded_share,
        )  # fmt: skip
        self._climb(found, total)
        return self

    def summary(self) -> Any:
        """A table: parameter, estimate, standard_error, low, high (95 %); the kind of dataframe given."""
        from lifeworth.models.tables import frame

        fitted = self._fitted()
        values = np.array(list(fitted.values()))
        errors = np.array(list(self.standard_errors_.values()))
        positive = np.array([name in ("k", "theta") for name in fitted])
        factor = np.exp(1.959964 * errors / np.abs(values))
        low = np.where(positive, values / factor, values - 1.959964 * errors)
        high = np.where(positive, values * factor, values + 1.959964 * errors)
        columns = {
            "parameter": list(fitted), "estimate": values, "standard_error": errors, "low": low, "high": high,
        }  # fmt: skip
        return frame(columns, self.customers_.backend)

    # --- customers, in the order of the rows ---

    def infectiousness(self) -> Floats:
        """E[gamma_i | referrals seen], (n,): 1 is a customer as contagious as its covariates say."""
        shape, rate = self._gamma(self._estimate)
        return shape / rate

    def reproduction_numbers(self, level: float = 0.9) -> dict[str, Floats]:
        """Referrals over a whole life in an open market: mean, low, high, probability_above_one, (n,) each.

        The interval holds what is open about gamma_i and about the parameters.
        """
        shape, rate = self._gamma(self._estimate)
        lifelong, lifelong_slope, _ = likelihood.reach(
            np.full(len(shape), np.inf), self._theta, self._watched.leaving
        )
        mean = shape / rate * self._mu * lifelong
        slopes = self._log_mean_slopes(shape, rate)
        slopes[:, -1] += lifelong_slope / lifelong
        unsure = np.einsum("ij,jk,ik->i", slopes, self._covariance, slopes)
        matched = 1.0 / ((1.0 + unsure) / shape + unsure)
        scale = mean / matched
        tail = (1.0 - level) / 2.0
        return {
            "mean": mean,
            "low": scale * gamma_quantile(tail, matched),
            "high": scale * gamma_quantile(1.0 - tail, matched),
            "probability_above_one": gamma_tail(1.0 / scale, matched),
        }

    def expected_future_referrals(self, horizon: float | None = None) -> Floats:
        """rho_i, (n,): direct referrals still to come, within `horizon` or ever."""
        return self._future(self._estimate, horizon)

    def future_referrals_total(self, horizon: float | None = None, level: float = 0.9) -> dict[str, float]:
        """{"value", "low", "high"} of all direct referrals still to come from today's customers."""
        rho = self._future(self._estimate, horizon)
        shape, _ = self._gamma(self._estimate)
        total = float(rho.sum())
        slopes = self._total_slopes(horizon)
        variance = float((rho + rho * rho / shape).sum() + slopes @ self._covariance @ slopes)
        matched = np.array([total * total / variance])
        tail = (1.0 - level) / 2.0
        low, high = (float(total / matched[0] * gamma_quantile(t, matched)[0]) for t in (tail, 1.0 - tail))
        return {"value": total, "low": low, "high": high}

    def reproduction_number(self, level: float = 0.9) -> dict[str, float]:
        """R of the company: mean over its customers of referrals in a whole life, with an interval."""
        self._fitted()
        lifelong, slope, _ = likelihood.reach(
            np.full(len(self._mu), np.inf), self._theta, self._watched.leaving
        )
        each = self._mu * lifelong
        value = float(each.mean())
        slopes = np.concatenate([self._watched.design.T @ each, [0.0, float((self._mu * slope).sum())]])
        spread = np.sqrt(slopes @ self._covariance @ slopes) / each.sum()
        z = float(np.sqrt(gamma_quantile(level, np.array([0.5]))[0] * 2.0))
        factor = float(np.exp(z * spread))
        return {"value": value, "low": value / factor, "high": value * factor}

    def expected_referrals_new_customer(self, data: Any) -> Floats:
        """Referrals over a whole life of new customers with these covariates, in today's market, (n,)."""
        from lifeworth.models.referral.inputs import columns_of

        fitted = self._fitted()
        found, _ = columns_of(data, self.covariates)
        linear: Any = fitted["intercept"]
        for name in self.covariates:
            values = numbers(found[name], name)
            absent = ~np.isfinite(values)
            linear = linear + fitted[name] * np.where(absent, self._filled[name], values)
            linear = linear + fitted.get(name + MISSING, 0.0) * absent
        stays = 1.0 / (1.0 + float(self._watched.leaving.mean()) * self._theta)
        return np.atleast_1d(np.exp(linear)) * stays * self._watched.susceptible.last

    @property
    def delay_mean(self) -> float:
        """Mean time from a customer's arrival to its referrals, leavers included."""
        self._fitted()
        return self._theta / (1.0 + float(self._watched.leaving.mean()) * self._theta)

    @property
    def open_share(self) -> float:
        """Share of the market not won yet at the as-of day."""
        self._fitted()
        return self._watched.susceptible.last

    def referrals_and_lives(self) -> tuple[Floats, Floats]:
        """Referrals that happened, recorded or not, and lives watched in an open market, (n,) each."""
        self._fitted()
        lifelong = likelihood.reach(np.full(len(self._mu), np.inf), self._theta, self._watched.leaving)[0]
        seen = likelihood.exposure(self._watched, self._theta)[0]
        return self.customers_.count / self.recorded_share, seen / lifelong

    def table(self, horizon: float | None = None) -> Any:
        """One row per customer, the kind of dataframe given: ids, referrals, reproduction number, future."""
        from lifeworth.models.tables import frame

        numbers_ = self.reproduction_numbers()
        columns = {
            "customer_id": list(self.customers_.ids),
            "referrals": self.customers_.count,
            "infectiousness": self.infectiousness(),
            "reproduction_number": numbers_["mean"],
            "reproduction_number_low": numbers_["low"],
            "reproduction_number_high": numbers_["high"],
            "expected_future_referrals": self.expected_future_referrals(horizon),
        }
        return frame(columns, self.customers_.backend)

    # --- inside ---

    def _climb(self, found: Referrals, total: int) -> None:
        width = self._watched.design.shape[1]
        seen = float(np.nansum(found.delay)) / total
        theta = max(seen * 1.3, 1e-3 * float(found.exposure.max()) or 1e-3)
        G = likelihood.exposure(self._watched, theta)[0].sum() * self.recorded_share
        start = np.zeros(width + 2)
        start[0] = np.log(total / max(float(G), 1e-9))
        start[width:] = [PRIOR_LOG_K[0], np.log(theta)]
        of_data, prior = likelihood.objective(self._watched), self._prior(width)

        def posterior(point: Floats) -> tuple[float, Floats, Floats]:
            with np.errstate(over="ignore", invalid="ignore"):
                value, gradient, hessian = of_data(point)
            away = point - prior[0]
            value -= 0.5 * float(prior[1] @ away**2)
            return value, gradient - prior[1] * away, hessian - np.diag(prior[1])

        best = maximise(posterior, start, float(len(found)))
        self._point, self._covariance = best.theta, np.linalg.inv(-best.hessian)
        self.converged_ = best.converged
        self.log_likelihood_ = of_data(best.theta)[0]
        self._theta = float(np.exp(best.theta[-1]))
        self._mu = np.exp(self._watched.design @ best.theta[:width])
        self.n_customers_, self.n_referrals_ = len(found), total
        self._publish(found, width)

    def _publish(self, found: Referrals, width: int) -> None:
        """Parameters in the covariates' own units; covariance by the same linear map."""
        back = np.eye(width + 2)
        for place in range(1, width):
            back[place, place] = 1.0 / self._spread[place - 1]
            back[0, place] = -self._centre[place - 1] / self._spread[place - 1]
        values = back @ self._point
        values[width:] = np.exp(self._point[width:])
        back[width:] *= values[width:, None]
        self.covariance_ = back @ self._covariance @ back.T
        names = ["intercept", *found.names, "k", "theta"]
        self.params_ = dict(zip(names, values.tolist(), strict=True))
        self.standard_errors_ = dict(zip(names, np.sqrt(np.diag(self.covariance_)).tolist(), strict=True))
        self._filled = {name: float(found.features[:, at].mean()) for at, name in enumerate(found.names)}
        self.findings_ = [*found.findings, *self._doubts(found)]

    def _doubts(self, found: Referrals) -> list[Finding]:
        said = []
        mean = self.n_referrals_ / self.n_customers_
        if mean < RARE:
            said.append(Finding("referral_rare", "warn", {"mean": mean}))
        longest = float(found.exposure.max())
        if longest < 2.0 * self._theta:
            said.append(Finding("referral_short_window", "warn", {"theta": self._theta, "longest": longest}))
        if not self.converged_:
            said.append(Finding("referral_not_converged", "bad", {}))
        return said

    def _prior(self, width: int) -> tuple[Floats, Floats]:
        """Centre and precision (p,) in standardised coordinates."""
        centre, precision = np.zeros(width + 2), np.zeros(width + 2)
        for place, name in enumerate(self.customers_.names):
            sd = PRIOR_MISSING * self._spread[place] if name.endswith(MISSING) else PRIOR_SLOPE
            precision[place + 1] = 1.0 / sd**2
        centre[width], precision[width] = PRIOR_LOG_K[0], 1.0 / PRIOR_LOG_K[1] ** 2
        return centre, precision

    def _standardised(self, found: Referrals) -> Floats:
        self._centre = found.features.mean(axis=0)
        spread = found.features.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        scaled = (found.features - self._centre) / self._spread
        return np.column_stack([np.ones(len(found)), scaled])

    def _susceptible(self, found: Referrals, as_of: float) -> Susceptible:
        if self.market_size is None:
            return EVERYBODY
        if self.market_size < len(found):
            raise UsageError("MODEL-315", name="market_size", seen=str(self.market_size))
        days = np.linspace(found.acquired.min(), as_of, MARKET_STEPS + 1)
        middle = 0.5 * (days[:-1] + days[1:])
        won = np.searchsorted(np.sort(found.acquired), [*middle, as_of], side="right")
        return Susceptible(np.append(days[:-1], as_of), 1.0 - won / self.market_size)

    def _gamma(self, point: Floats) -> tuple[Floats, Floats]:
        mu = np.exp(self._watched.design @ point[:-2])
        return likelihood.infectiousness(self._watched, mu, *np.exp(point[-2:]).tolist())

    def _future(self, point: Floats, horizon: float | None) -> Floats:
        if horizon is not None and not horizon >= 0:
            raise UsageError("MODEL-315", name="horizon", seen=str(horizon))
        shape, rate = self._gamma(point)
        mu, theta = np.exp(self._watched.design @ point[:-2]), float(np.exp(point[-1]))
        return shape / rate * mu * likelihood.remaining(self._watched, theta, horizon)

    def _total_slopes(self, horizon: float | None, step: float = 1e-4) -> Floats:
        slopes = np.empty(len(self._point))
        for place in range(len(slopes)):
            shift = np.zeros(len(slopes))
            shift[place] = step
            above, below = (self._future(self._estimate + sign * shift, horizon).sum() for sign in (1, -1))
            slopes[place] = (above - below) / (2.0 * step)
        return slopes

    def _log_mean_slopes(self, shape: Floats, rate: Floats) -> Floats:
        """Slopes of ln(E[gamma_i] mu_i) in the coordinates of the search, (n, p)."""
        k = float(np.exp(self._point[-2]))
        G_slope = self.recorded_share * likelihood.exposure(self._watched, self._theta)[1]
        by_linear = self._watched.design * (k / rate)[:, None]
        return np.column_stack([by_linear, k / shape - k / rate, -self._mu * G_slope / rate])

    def _columns(self) -> dict[str, str]:
        return {
            "customer_id": self.customer_id,
            "acquired_day": self.acquired_day,
            "referrer_id": self.referrer_id,
        }

    def _fitted(self) -> dict[str, float]:
        if not hasattr(self, "params_"):
            raise ModelError("MODEL-316", model=type(self).__name__)
        return self.params_

    @property
    def _estimate(self) -> Floats:
        """The mode in the coordinates of the search."""
        self._fitted()
        return self._point


def _rates(value: Any, rows: int) -> Floats:
    found = np.asarray(value, np.float64)
    if not (np.isfinite(found).all() and (found >= 0).all()):
        raise UsageError("MODEL-315", name="leaving_rate", seen=str(value)[:60])
    if found.ndim and found.shape != (rows,):
        raise ModelError("MODEL-311", column="leaving_rate", rows=found.size, wanted=rows)
    return np.broadcast_to(found, (rows,)).astype(np.float64)
