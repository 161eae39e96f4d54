"""Discrete-time hazard: how the chance to leave at a renewal date depends on age and on who it is.

Story: a subscriber with covariates x who is here at renewal date t leaves there with probability

    h_t(x) = 1 / (1 + exp(-(a_band(t) + b'x)))

with one level a per band of ages. Unlike the mixtures (shifted beta-geometric, beta-discrete-Weibull)
it assumes no shape of leaving over age; and it says who leaves, not only how many.
Fails when: what is not in x differs much (the hazard of the survivors falls by itself); far beyond the
oldest age seen, where the last band's hazard goes on for ever.
Source: Allison (1982), Sociological Methodology 13, 61-98; methods.md 4.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.random import generator
from lifeworth.kernels.newton import maximise
from lifeworth.models import settings
from lifeworth.models.discrete_time import periodic_rate
from lifeworth.models.discrete_time import periods as count
from lifeworth.models.estimator import Judged
from lifeworth.models.fitting.posterior import Posterior, Target, sample
from lifeworth.models.inputs import weights as checked_weights
from lifeworth.models.protocols import NORMAL_975
from lifeworth.models.retention.age_bands import Exposure, bands, dates_in_bands, exposure
from lifeworth.models.retention.hazard_likelihood import (
    Kept,
    Levels,
    log_likelihood,
    log_likelihoods,
    logistic,
    objective,
)
from lifeworth.models.retention.inputs import Tenures, tenures
from lifeworth.models.retention.residual import MOST_RENEWALS
from lifeworth.models.tables import DEFAULT_BACKEND, frame, table
from lifeworth.models.writing import write

Floats = NDArray[np.float64]


@final
class DiscreteHazard(Judged):
    """Subscribers whose chance to leave depends on their age and on covariates.

    Fitted attributes: `params_` and `standard_errors_`, the levels "age_<date>" and the coefficients per
    standard deviation, by name; `covariance_`, `log_likelihood_` (without the penalty), `converged_`,
    `n_customers_`; `bands_`, the first renewal date of each band; `means_` and `scales_` of the
    covariates, which are standardised before the penalty is laid on them.

    Args:
        covariates: names of the columns of numbers.
        penalty: ridge penalty (half the penalty times the sum of squared coefficients); 0 is none.
        most_bands, fewest_leavers: how finely age is cut.
    """

    params_: dict[str, float]
    standard_errors_: dict[str, float]
    covariance_: Floats
    log_likelihood_: float
    converged_: bool
    n_customers_: float
    bands_: list[int]
    means_: list[float]
    scales_: list[float]

    def __init__(
        self,
        covariates: Sequence[str] = (),
        penalty: float = 1.0,
        most_bands: int = 24,
        fewest_leavers: float = 10.0,
    ) -> None:
        self.covariates = covariates
        self.penalty = penalty
        self.most_bands = most_bands
        self.fewest_leavers = fewest_leavers

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Penalised maximum likelihood, right-censored and left-truncated subscribers of any cohorts.

        Args:
            data: subscribers in a row coding of `lifeworth.models.retention.inputs` (`entry` allowed),
                with the covariates beside.
        Raises:
            UsageError: MODEL-230 for a negative penalty or fewer than one band.
            ModelError: MODEL-0xx and 2xx for rows at fault, MODEL-211 where nobody left, 212 where
            nobody stayed.
        """
        if not (self.penalty >= 0 and self.most_bands >= 1 and self.fewest_leavers > 0):
            raise UsageError("MODEL-230", seen=f"{self.penalty} {self.most_bands} {self.fewest_leavers}")
        rows = tenures(data)
        weight: Any = _weights(sample_weight, rows)
        if not (weight * rows.churned).any():
            raise ModelError("MODEL-211")
        starts = bands(rows, self.most_bands, self.fewest_leavers, weight)
        seen = exposure(rows, starts)
        if not ((seen.faced - seen.left) * weight).any():
            raise ModelError("MODEL-212")
        x = self._read(data, len(rows))
        self.bands_ = starts.tolist()
        self.means_ = np.average(x, axis=0, weights=weight).tolist()
        spread: Any = np.sqrt(np.average((x - self.means_) ** 2, axis=0, weights=weight))
        self.scales_ = np.where(spread > 1e-12 * (1.0 + np.abs(self.means_)), spread, 1.0).tolist()
        target = objective(seen, self._standard(x), weight, self.penalty)
        start = np.zeros(len(starts) + x.shape[1])
        left, faced = seen.left @ weight, seen.faced @ weight
        rate = np.clip((left + 0.5) / (faced + 1.0), 1e-9, 1 - 1e-9)
        start[: len(starts)] = np.log(rate / (1.0 - rate))
        optimum = maximise(target, start, float(weight.sum()))
        theta = optimum.theta
        covariance: Any = np.linalg.pinv(-target(theta)[2], hermitian=True)
        names = self._names()
        self.params_ = dict(zip(names, theta.tolist(), strict=True))
        self.covariance_ = covariance
        self.standard_errors_ = dict(zip(names, np.sqrt(np.diag(covariance)).tolist(), strict=True))
        self.log_likelihood_ = log_likelihood(seen, self._standard(x), weight, theta)
        self.converged_, self.n_customers_ = bool(optimum.converged), float(weight.sum())
        self._backend, self._kept = rows.backend, Kept(rows, x, weight)
        return self

    def posterior(self, draws: int = 1000, random_state: Any = None) -> Posterior:
        """Draws of levels and coefficients, by Laplace and Pareto-smoothed importance sampling.

        Levels have flat priors, coefficients the one the penalty stands for: Normal(0, 1/penalty).
        Raises ModelError MODEL-105 where k_hat stays above 0.7, MODEL-107 for a model loaded from a file.
        """
        fitted = self._theta()
        if not hasattr(self, "_kept"):
            raise ModelError("MODEL-107", model=type(self).__name__)
        seen, x, weight = self.exposed()
        target = Target(
            objective=objective(seen, x, weight, 0.0),
            log_likelihoods=lambda p: log_likelihoods(seen, x, weight, np.stack(list(p.values()), axis=1)),
            coordinates=Levels(len(self.bands_), self.penalty),
            scale=np.ones(len(fitted)),
            names=list(self.params_),
            customers=self.n_customers_,
            cells=seen.faced.size,
        )
        return sample(target, fitted, draws, generator(random_state), self._backend, type(self).__name__)

    def exposed(self) -> tuple[Exposure, Floats, Floats]:
        """What the subscribers fitted to showed in each band, their scaled covariates, and weights."""
        kept = self._kept
        return exposure(kept.rows, self._starts()), self._standard(kept.x), kept.weight

    def summary(self) -> Any:
        """A table: parameter, estimate, standard_error, low, high (95 %), odds_ratio.

        Coefficients and odds ratios of covariates are per standard deviation.
        """
        fitted = self.require_fit()
        values = np.array(list(fitted.values()))
        errors = np.array([self.standard_errors_[name] for name in fitted])
        columns = {
            "parameter": list(fitted), "estimate": values, "standard_error": errors,
            "low": values - NORMAL_975 * errors, "high": values + NORMAL_975 * errors,
            "odds_ratio": np.exp(values),
        }  # fmt: skip
        return frame(columns, self._backend)

    def told_of(self, data: Any, sample_weight: Any = None) -> tuple[float, float]:
        rows = tenures(data)
        weight, seen = _weights(sample_weight, rows), exposure(rows, self._starts())
        x = self._standard(self._read(data, len(rows)))
        return log_likelihood(seen, x, weight, self._theta()), float(weight.sum())

    def hazard(self, data: Any, t: Any) -> Floats:
        """P(leave at renewal date t | here until then), (n, k) for k dates t = 1, 2, ..."""
        dates = np.atleast_1d(settings.counts(t))
        band = np.searchsorted(self._starts(), np.maximum(dates, 1), side="right") - 1
        rows = tenures(data)
        return np.ascontiguousarray(self._hazards(data, len(rows), self._theta())[band].T)

    def hazard_ahead(self, data: Any, periods: int, parameters: Any = None) -> Floats:
        """P(leave at the next renewal date, the one after it, ... | here until then), (n, periods).

        `parameters`: one row of `draw_parameters`.
        """
        rows = tenures(data)
        theta = self._theta() if parameters is None else np.asarray(parameters, np.float64)
        dates = rows.renewals[:, None] + np.arange(1, periods + 1)
        band = np.searchsorted(self._starts(), dates, side="right") - 1
        return self._hazards(data, len(rows), theta)[band, np.arange(len(rows))[:, None]]

    def survival(self, data: Any, t: Any) -> Floats:
        """P(here after t renewal dates) of new subscribers like these, (n, k)."""
        rows = tenures(data)
        return np.exp(self._log_stay(data, rows, np.zeros(len(rows), np.int64), t, self._theta())).T

    def expected_probability_alive(self, data: Any, future_t: Any) -> Floats:
        """P(still here after `future_t` more renewal dates), (n,), or (n, k) for k numbers; 0: left."""
        rows = tenures(data)
        found = np.exp(self._log_stay(data, rows, rows.renewals, future_t, self._theta())).T
        found[rows.churned] = 0.0
        return found[:, 0] if np.ndim(future_t) == 0 else found

    def survival_interval(
        self, data: Any, future_t: Any, *, level: float = 0.9, draws: int = 200, random_state: Any = None
    ) -> tuple[Floats, Floats]:
        """Band of `expected_probability_alive` from the uncertainty of the estimates, each (n, k)."""
        rows = tenures(data)
        drawn = [
            np.exp(self._log_stay(data, rows, rows.renewals, future_t, theta)).T
            for theta in self.draw_parameters(draws, random_state)
        ]
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
        low[rows.churned] = high[rows.churned] = 0.0
        return low, high

    def discounted_expected_residual_lifetime(
        self, data: Any, discount_rate: float, horizon: int | None = None, parameters: Any = None
    ) -> Floats:
        """DERL: expected renewals still to come, (n,); 0 for those who left.

        The next renewal date is not discounted, the one after it counts 1/(1 + d), and so on, for
        `horizon` dates or for ever. `parameters`: one row of `draw_parameters`.
        """
        rows, v = tenures(data), 1.0 / (1.0 + periodic_rate(discount_rate))
        starts = self._starts()
        theta = self._theta() if parameters is None else np.asarray(parameters, np.float64)
        stay = 1.0 - self._hazards(data, len(rows), theta)
        far = np.iinfo(np.int64).max // 4
        ahead = far if horizon is None else count(horizon, "horizon")
        dates = dates_in_bands(rows.renewals, rows.renewals + ahead, starts)
        worth, here = np.zeros(len(rows)), np.ones(len(rows))  # here: chance and discount of the next date
        for band in range(len(starts)):
            ratio, n = stay[band] * v, dates[band]
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                grown = np.where(n < far / 2, np.power(ratio, n), np.where(ratio < 1.0, 0.0, 1.0))
                some = np.where(ratio < 1.0, stay[band] * (1.0 - grown) / (1.0 - ratio), n)
            worth += here * np.where(n > 0, some, 0.0)
            here = here * np.where(n > 0, grown, 1.0)
        return np.where(rows.churned, 0.0, worth)

    def expected_remaining(self, data: Any, horizon: int | None = None) -> Floats:
        """Expected renewals still to come, not discounted, within `horizon` dates or for ever."""
        return self.discounted_expected_residual_lifetime(data, 0.0, horizon)

    def quantiles(self, data: Any, q: Any) -> NDArray[np.int64]:
        """Smallest k with P(further renewals <= k) >= q, (n, len(q)); 0 for those who left.

        Where next to nobody leaves in the last band a high quantile may stop at 2**53.
        """
        rows, share = tenures(data), (1.0 - settings.levels(q)) * (1.0 + 1e-13)
        return self._renewals(data, rows, self._theta(), np.tile(np.log(share), (len(rows), 1)))

    def draw_remaining(self, data: Any, parameters: Any, random_state: Any = None) -> NDArray[np.int64]:
        """One possible number of further renewals per subscriber and draw of the parameters, (n, draws).

        `parameters` maps names to arrays (draws,), such as `posterior.parameters(200)`; 0 for those who left.
        """
        rows, rng = tenures(data), generator(random_state)
        thetas = np.stack([np.asarray(parameters[name], np.float64) for name in self.require_fit()], axis=1)
        chance = np.log1p(-rng.random((len(thetas), len(rows), 1)))
        drawn = [self._renewals(data, rows, *each) for each in zip(thetas, chance, strict=True)]
        return np.concatenate(drawn, axis=1)

    def draw_parameters(self, draws: int, random_state: Any = None) -> Floats:
        """Draws of the parameters from the normal law of the estimates, (draws, k)."""
        theta, rng = self._theta(), generator(random_state)
        values, axes = np.linalg.eigh(np.asarray(self.covariance_))
        root = axes * np.sqrt(np.maximum(values, 0.0))
        return theta + rng.standard_normal((draws, len(theta))) @ root.T

    def simulate(self, data: Any, periods: Any, random_state: Any = None) -> Any:
        """New subscribers with the covariates of `data`, seen for `periods` renewal dates.

        A table: renewals made, churned (1 left at the next date), T renewal dates seen until then.
        """
        rows = tenures(data)
        size = len(rows)
        seen = np.broadcast_to(settings.counts(periods), (size,))
        longest, rng = int(seen.max(initial=0)), generator(random_state)
        hazards = self._hazards(data, size, self._theta())
        band = np.searchsorted(self._starts(), np.arange(1, longest + 1), side="right") - 1
        renewals, here = np.zeros(size, np.int64), np.ones(size, bool)
        for each in band:
            here &= rng.random(size) >= hazards[each]
            renewals += here
        renewals = np.minimum(renewals, seen)
        churned = (renewals < seen).astype(np.int64)
        return frame({"renewals": renewals, "churned": churned, "T": renewals + churned}, self._backend)

    def save(self, path: str | Path) -> None:
        """Write settings and estimates as plain JSON; `lifeworth.load` reads them back."""
        self.require_fit()
        write(self, path)

    def require_fit(self) -> dict[str, float]:
        """The parameters. Raises ModelError MODEL-106 before fit."""
        if not hasattr(self, "params_"):
            raise ModelError("MODEL-106", model=type(self).__name__)
        return self.params_

    _backend: str = DEFAULT_BACKEND

    def _read(self, data: Any, rows: int) -> Floats:
        if not len(self.covariates):
            return np.empty((rows, 0))
        found = table(data, tuple(self.covariates))
        x = np.stack([np.asarray(each, np.float64) for each in found.columns], axis=1)
        wrong = ~np.isfinite(x)
        if wrong.any():
            at = int(np.flatnonzero(wrong.any(axis=0))[0])
            raise found.error("MODEL-003", wrong[:, at], column=self.covariates[at])
        return x

    def _standard(self, x: Floats) -> Floats:
        return np.asarray((x - np.asarray(self.means_)) / np.asarray(self.scales_))

    def _names(self) -> list[str]:
        return [f"age_{start}" for start in self.bands_] + list(self.covariates)

    def _starts(self) -> NDArray[np.int64]:
        self.require_fit()
        return np.asarray(self.bands_, np.int64)

    def _theta(self) -> Floats:
        return np.array(list(self.require_fit().values()))

    def _hazards(self, data: Any, rows: int, theta: Floats) -> Floats:
        """(b, n)."""
        bands_here = len(self._starts())
        push = self._standard(self._read(data, rows)) @ theta[bands_here:]
        return logistic(theta[:bands_here, None] + push)

    def _renewals(self, data: Any, rows: Tenures, theta: Floats, log_share: Floats) -> NDArray[np.int64]:
        """How many renewal dates ahead the chance to be here stays above e^log_share, (n, k)."""
        stay = np.log1p(-np.minimum(self._hazards(data, len(rows), theta), 1.0 - 1e-15))
        out, left = np.zeros(log_share.shape, np.int64), log_share
        dates = dates_in_bands(rows.renewals, rows.renewals + MOST_RENEWALS, self._starts())
        for step, here in zip(stay[..., None], dates[..., None], strict=True):
            with np.errstate(divide="ignore", invalid="ignore"):
                lasts = np.where(left < 0.0, np.floor(left / step), 0.0)
            taken = np.minimum(lasts, here)
            out += np.minimum(taken, MOST_RENEWALS - out).astype(np.int64)
            left = np.where(lasts < here, 0.0, left - taken * step)
        return np.where(rows.churned[:, None], 0, out)

    def _log_stay(self, data: Any, rows: Tenures, made: Any, ahead: Any, theta: Floats) -> Floats:
        """ln P(here `ahead` dates later | here after `made`), (k, n)."""
        steps = np.log1p(-np.minimum(self._hazards(data, len(rows), theta), 1.0 - 1e-15))
        dates = np.atleast_1d(settings.counts(ahead)).astype(np.int64)
        starts = self._starts()
        found = [(dates_in_bands(made, made + each, starts) * steps).sum(axis=0) for each in dates]
        return np.array(found).reshape(len(dates), len(rows))


def _weights(sample_weight: Any, rows: Tenures) -> Floats:
    given = checked_weights(sample_weight, len(rows))
    return np.ones(len(rows)) if given is None else np.asarray(given, np.float64)
