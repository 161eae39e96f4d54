"""Pareto/NBD with covariates that change: seasons, prices, campaigns, a customer's circumstances.

Story: as in pareto_nbd, but while the covariates of a period are z, a customer buys e^{c'z} times as often
as at z = 0, and the urge to leave is e^{d'z} times as strong. Within a period they stay the same.
Fails when: a covariate is an outcome of buying; the covariates of the future are not known.
Source: Bachmann, Meierer & Naf (2021), Marketing Science 40(4), 783-809; the likelihood is that of
`changing_likelihood`.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.random import generator
from lifeworth.kernels.newton import in_logs, maximise
from lifeworth.models import covariates as columns_
from lifeworth.models import settings
from lifeworth.models.covariates import Links, Traits
from lifeworth.models.fitting import coefficients
from lifeworth.models.fitting import moved as per_unit
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting import priors as priors_
from lifeworth.models.fitting.maximum_likelihood import estimate
from lifeworth.models.parameters import draws as checked_draws
from lifeworth.models.parameters import positive
from lifeworth.models.protocols import Model
from lifeworth.models.purchase import changing_future, changing_likelihood, paths
from lifeworth.models.purchase.changing_future import Ahead
from lifeworth.models.purchase.pareto_nbd import ParetoNBD
from lifeworth.models.purchase.paths import Paths
from lifeworth.models.purchase.simulated_paths import draw_paths
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
Values = Mapping[str, Any]
DRAWS, PER_TERM = 200, 30  # a term costs as much as so many customers of a plain model


class _Road(NamedTuple):
    """Customers as read, their past in blocks, the pieces ahead of them, and which rows of these follow."""

    h: Paths
    past: list[changing_likelihood.Block]
    pieces: paths.Pieces
    steps: list[changing_likelihood.Rows]


@final
class DynamicParetoNBD(Model):
    """Buyers who may leave at any time, under covariates that change. Parameters as `ParetoNBD`.

    Args:
        covariates: columns of the periods, for purchase and dropout, or by process, such as
            {"purchase": ["promotion", "season"], "dropout": ["price"]}. As in `CovariateModel`.
        penalty: ridge penalty on the coefficients of the scaled features.
        time_unit: "D", "W", "M" or "Y": what the periods are counted in. Places the default priors of
            the posterior, nothing else.

    `periods` everywhere is a table as `lifeworth.models.purchase.paths` describes: a row per customer and
    period, known ones first. Answers come as arrays, one entry per customer in order of appearance;
    `predict` gives a table with their names. Forecasts need covariates as far as they look ahead
    (MODEL-167). Coefficients stand in params_ as purchase.column and dropout.column: the rate of buying,
    or of leaving, is e to the coefficient times as high per unit of the column.
    """

    parameters = positive("r", "alpha:time", "s", "beta:time")
    links: ClassVar[Links] = {"purchase": {"alpha": -1.0}, "dropout": {"beta": -1.0}}

    def __init__(self, covariates: Any = None, penalty: float = 0.0, time_unit: str | None = None) -> None:
        self.covariates = covariates
        self.penalty = penalty
        self.time_unit = time_unit

    @property
    def columns(self) -> dict[str, Any]:
        """Columns of covariates by process. Raises UsageError MODEL-133."""
        return columns_.asked(self.covariates, self.links)

    # --- fitting ---

    def fit(self, periods: Any, sample_weight: None = None) -> Self:
        """Maximum likelihood, penalised where `penalty` says so.

        Raises:
            ModelError MODEL-001 to 005, 160 to 166 for rows at fault, 130, 134, 135 for covariates,
            101 without any repeat purchase, 102 with a single customer.
            UsageError MODEL-025, 133, 136 for settings, 168 for weights.
        """
        if sample_weight is not None:
            raise UsageError("MODEL-168", model=type(self).__name__)
        settings.unit_days(self.time_unit)
        wanted, l2 = self.columns, settings.penalty(self.penalty)
        vars(self).pop("covariates_", None)
        h = paths.read(periods, None)
        plain, age = ParetoNBD(), float(np.median(h.T)) or 1.0
        plain.fit({"frequency": h.x, "recency": h.t_x, "T": h.T})
        if wanted:
            self.covariates_ = paths.learned(periods, h, wanted, l2 > 0, self.links).design.to_json()
            h = paths.read(periods, self.design)
        self._paths, (self._blocks, self._z, self._bought, self._at) = h, self._prepared(h)
        origin = np.zeros(4 + sum(map(len, self._at)))
        start = origin.copy()
        origin[:4], start[:4] = np.log(plain.start(age)), np.log(list(plain.params_.values()))
        objective = coefficients.penalised(self._objective(), 4, l2)
        optimum = maximise(in_logs(objective, 4), start, float(len(h)), origin=origin)
        optimum = coefficients.unpenalised(optimum, 4, l2, 0.0)
        found = estimate(optimum, np.log([1.0, age, 1.0, age] + [1.0] * (len(start) - 4)), 4)
        self._backend = h.backend
        if self.design is not None:
            found = per_unit.told(self, found)
        self.keep(found, optimum.value, optimum.converged, float(len(h)))
        self.passes_ = optimum.passes
        return self

    def told_of(self, data: Any, sample_weight: None = None) -> tuple[float, float]:
        if sample_weight is not None:
            raise UsageError("MODEL-168", model=type(self).__name__)
        each = self.log_likelihoods(data)
        return float(each.sum()), float(len(each))

    def posterior(
        self, draws: int = 1000, random_state: Any = None, priors: Values | None = None
    ) -> posteriors.Posterior:
        """Draws of the parameters given the data, as `RepeatPurchases.posterior`.

        Priors of r, alpha, s, beta are those of ParetoNBD, for average covariates; a coefficient of a
        scaled feature is Normal(0, 1). Where many draws would take too long, 200 weighted ones check the
        normal shape, and the draws are of that. Raises ModelError MODEL-105, 107, 108.
        """
        self.require_fit()
        if not hasattr(self, "_blocks"):
            raise ModelError("MODEL-107", model=type(self).__name__)
        days = settings.unit_days(self.time_unit)
        if days is None and priors is None:
            raise ModelError("MODEL-108", model=type(self).__name__)
        terms = sum(len(each.kind) for each in self._blocks)

        def coordinates(given: Values) -> posteriors.Coordinates:
            return posteriors.Logs(priors_.pareto_priors(days or 1.0, given))

        return per_unit.posterior_of(
            self, self._objective(), self._log_likelihoods, PER_TERM * terms, coordinates,
            np.ones(len(self.all_parameters)), priors, draws, generator(random_state),
        )  # fmt: skip

    # --- forecasts ---

    def expected_probability_alive(self, periods: Any, posterior: Any = None) -> Floats:
        """P(alive) at T, (n,)."""
        return self._mean(self._read(periods), 0.0, posterior, lambda h: h.alive)

    def log_likelihoods(self, periods: Any) -> Floats:
        """ln L of each customer, (n,)."""
        h = self._read(periods)
        return self._of_blocks(h, changing_likelihood.blocks(h), self.require_fit())

    def known_log_likelihoods(self, p: Values) -> Floats:
        """The same of those fitted to, (n,), under other parameters."""
        return self._of_blocks(self._paths, self._blocks, p)

    def expected_purchases(self, periods: Any, future_t: float, posterior: Any = None) -> Floats:
        """Expected purchases in (T, T + future_t], (n,)."""
        h, limit = self._read(periods), settings.horizon(future_t)
        return self._mean(h, limit, posterior, changing_future.expected)

    def expected_purchases_new_customer(self, t: Any, covariates: Any, posterior: Any = None) -> Floats:
        """Expected repeat purchases in (0, t] of newcomers, (n,).

        `covariates`: a table with customer_id, start and stop in time since the first purchase, and the
        model's covariates.
        """
        limit = settings.horizon(t, "t")
        h = paths.read(covariates, self._fitted(), observed=False)
        return self._mean(h, limit, posterior, changing_future.expected)

    def discounted_expected_purchases(
        self, periods: Any, discount_rate: float, future_t: float | None = None, posterior: Any = None
    ) -> Floats:
        """Expected purchases to come, each discounted by e^(-discount_rate * time), (n,).

        Without `future_t` the whole future (DERT): the covariates of a customer's last period stay.
        """
        h = self._read(periods)
        rate, limit = settings.discount(discount_rate, future_t)
        if limit is not None:
            return self._mean(h, limit, posterior, lambda each: changing_future.discounted(each, rate))
        return self._mean(h, None, posterior, lambda each: changing_future.discounted(each, rate), rate)

    def purchase_probabilities(self, periods: Any, future_t: float, n: Any, posterior: Any = None) -> Floats:
        """P(N(future_t) = n), (customers, len(n))."""
        h, limit, wanted = self._read(periods), settings.horizon(future_t), settings.counts(n)

        def answer(each: Ahead) -> Floats:
            reached, rising = [np.ones(len(each.q))], changing_future.tails(each)
            reached += [next(rising) for _ in range(int(wanted.max()) + 1)]
            return np.stack([reached[k] - reached[k + 1] for k in wanted.tolist()], axis=1)

        return self._mean(h, limit, posterior, answer)

    def quantiles(self, periods: Any, future_t: float, q: Any, posterior: Any = None) -> NDArray[np.int64]:
        """Smallest k with P(N(future_t) <= k) >= q, (customers, len(q))."""
        levels, road = settings.levels(q), self._road(self._read(periods), settings.horizon(future_t))
        several = [changing_future.tails(self._ahead(road, p)[0]) for p in self._several(posterior)]
        out = np.zeros((len(road.h), len(levels)), np.int64)
        while True:
            chance = np.mean([next(each) for each in several], axis=0)
            more = chance[:, None] > (1.0 - levels) * (1.0 + 1e-13)
            if not more.any():
                return out
            out += more

    def draw_purchases(
        self, periods: Any, future_t: float, parameters: Values, random_state: Any = None
    ) -> NDArray[np.int32]:
        """One possible N(future_t) per customer and draw of the parameters, (n, draws)."""
        road, rng = self._road(self._read(periods), settings.horizon(future_t)), generator(random_state)
        drawn = checked_draws(self.all_parameters, parameters)
        return np.stack(
            [changing_future.draw(self._ahead(road, p)[0], rng) for p in _each(drawn)], axis=1
        ).astype(np.int32)

    def predict(self, periods: Any, future_t: float, discount_rate: float = 0.0) -> Any:
        """A table: customer_id, frequency, recency, T, probability_alive, expected_purchases and
        discounted_expected_purchases within `future_t`. The kind of dataframe given to fit."""
        h, limit = self._read(periods), settings.horizon(future_t)
        rate, _ = settings.discount(discount_rate, future_t)
        each = self._ahead(self._road(h, limit), self.require_fit())[0]
        columns = {
            "customer_id": h.customers, "frequency": h.x, "recency": h.t_x, "T": h.T,
            "probability_alive": each.alive,
            "expected_purchases": changing_future.expected(each),
            "discounted_expected_purchases": changing_future.discounted(each, rate),
        }  # fmt: skip
        return frame(columns, self._backend)

    def simulate(self, covariates: Any, random_state: Any = None) -> Any:
        """Newcomers followed through given periods: the table with purchases and last_purchase filled in.

        `covariates` as in `expected_purchases_new_customer`.
        """
        h = paths.read(covariates, self._fitted(), observed=False)
        p = self.require_fit()
        A, C = self._rates(h.traits, p)
        made, last = draw_paths(h, A[h.kind], C[h.kind], p, generator(random_state))
        names = [] if self.design is None else [column.name for column in self.design.columns]
        given = dict(zip(names, columns_.raw(covariates, tuple(names)).columns, strict=True)) if names else {}
        ids = [h.customers[row] for row in h.of_row.tolist()]
        columns = {"customer_id": ids, "start": h.start, "stop": h.stop}
        return frame({**columns, "purchases": made, "last_purchase": last, **given}, self._backend)

    # --- below the surface ---

    def _fitted(self) -> columns_.Design | None:
        self.require_fit()
        return self.design

    def _read(self, periods: Any) -> Paths:
        return paths.read(periods, self._fitted())

    def _prepared(self, h: Paths) -> tuple[list[changing_likelihood.Block], Floats, Floats, list[list[int]]]:
        """Blocks, features of each kind, those of all purchases added up, and which move which process."""
        if h.traits is None:
            return changing_likelihood.blocks(h), np.zeros((1, 0)), np.zeros(0), [[], []]
        at = [h.traits.design.blocks.get(process, []) for process in self.links]
        made = np.bincount(h.kind, h.purchases, len(h.traits.z))
        return changing_likelihood.blocks(h), h.traits.z, made @ h.traits.z, at

    def _objective(self) -> Any:
        return changing_likelihood.objective(self._blocks, self._z, self._at, self._bought)

    def _log_likelihoods(self, drawn: Mapping[str, Floats]) -> Floats:
        """Total ln L under each of S draws in scaled features, (S,)."""
        theta, cut = np.stack(list(drawn.values()), axis=1), 4 + len(self._at[0])
        total = np.zeros(len(theta))
        for i, each in enumerate(theta):
            push, pull = self._z[:, self._at[0]] @ each[4:cut], self._z[:, self._at[1]] @ each[cut:]
            if (
                max(np.abs(push).max(initial=0.0), np.abs(pull).max(initial=0.0))
                > changing_likelihood.FARTHEST
            ):
                total[i] = -np.inf
                continue
            p = dict(zip(("r", "alpha", "s", "beta"), each[:4].tolist(), strict=True))
            total[i] = self._bought[self._at[0]] @ each[4:cut]
            for block in self._blocks:
                total[i] += changing_likelihood.log_likelihoods(
                    block, np.zeros(len(block)), np.exp(push), np.exp(pull), p
                ).sum()
        return total

    def _rates(self, traits: Traits | None, p: Values) -> tuple[Floats, Floats]:
        """A and C of each kind."""
        if traits is None:
            return np.ones(1), np.ones(1)
        unit = {**{parameter.name: 1.0 for parameter in self.parameters}, **_coefficients(p)}
        placed = traits.placed(unit, self.links)
        shape = np.ones(len(traits.z))
        return shape / placed["alpha"], shape / placed["beta"]

    def _of_blocks(self, h: Paths, past: list[changing_likelihood.Block], p: Values) -> Floats:
        """ln L of each customer, (n,)."""
        A, C = self._rates(h.traits, p)
        counted: Any = np.bincount(h.of_row, h.purchases * np.log(A)[h.kind], len(h))
        found, first = [], 0
        for block in past:
            here = counted[first : first + len(block)]
            found.append(changing_likelihood.log_likelihoods(block, here, A, C, p))
            first += len(block)
        return np.concatenate(found)

    def _road(self, h: Paths, limit: float | None) -> _Road:
        """What does not depend on the parameters. Raises ModelError MODEL-167."""
        if limit is not None:
            short = paths.reach(h) < limit * (1.0 - 1e-9)
            if short.any():
                at = np.flatnonzero(short)
                ids = [str(h.customers[i]) for i in at[:5].tolist()]
                far = float(paths.reach(h).min())
                raise ModelError("MODEL-167", count=len(at), customers=ids, reach=round(far, 4), wanted=limit)
        pieces = paths.future(h, limit)
        known = changing_likelihood.blocks(h) if h.known.any() else []
        return _Road(h, known, pieces, changing_likelihood.in_steps(pieces.of))

    def _ahead(self, road: _Road, p: Values) -> tuple[Ahead, Floats, Floats]:
        """Where customers stand and what lies ahead; rates of each kind."""
        h, (A, C) = road.h, self._rates(road.h.traits, p)
        zero = np.zeros(len(h))
        alive, a, c = np.ones(len(h)), zero, zero
        if road.past:
            stands = [changing_likelihood.stand(block, A, C, p) for block in road.past]
            a, c, log_sum, log_stay = (
                np.concatenate([getattr(each, name) for each in stands])
                for name in ("a", "c", "log_sum", "log_stay")
            )
            alive = np.exp(np.minimum(log_stay - log_sum, 0.0))
        return changing_future.ahead(alive, h.x, a, c, road.pieces, road.steps, A, C, p), A, C

    def _mean(
        self, h: Paths, limit: float | None, posterior: Any, answer: Callable[[Ahead], Floats],
        for_ever: float | None = None,
    ) -> Floats:  # fmt: skip
        """The answer under the estimate, or its mean over draws of the posterior.

        `for_ever`: the rate at which what comes after the last period is discounted and added.
        """
        several, road = self._several(posterior), self._road(h, limit)
        total: Any = 0.0
        last = np.append(h.first[1:], len(h.start)) - 1
        for p in several:
            each, A, C = self._ahead(road, p)
            total = total + answer(each)
            if for_ever is not None:
                since, c = each.totals(each.length), each.totals(each.C * each.length)
                kind = h.kind[last]
                total = total + changing_future.discounted_for_ever(
                    each, for_ever, A[kind], C[kind], since, c
                )
        return np.asarray(total) / len(several)

    def _several(self, posterior: Any) -> list[dict[str, float]]:
        if posterior is None:
            return [self.require_fit()]
        return _each(checked_draws(self.all_parameters, posterior.parameters(DRAWS)))


def _each(drawn: Mapping[str, Floats]) -> list[dict[str, float]]:
    count = len(next(iter(drawn.values())))
    return [{name: float(each[draw]) for name, each in drawn.items()} for draw in range(count)]


def _coefficients(p: Values) -> dict[str, Any]:
    return {name: value for name, value in p.items() if "." in name}
