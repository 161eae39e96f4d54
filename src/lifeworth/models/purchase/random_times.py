"""Models of repeat purchases at random times: with and without covariates.

`time_unit` ("D", "W", "M", "Y") only places the default priors of the posterior; None reads it off the
data (whole days, days/7, ...). `threads` None: as many as help, one below 500,000 customers; the answers
are the same bits for any number.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.random import generator
from lifeworth.models import covariates as columns_
from lifeworth.models import settings
from lifeworth.models.covariates import of_kind
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories, histories
from lifeworth.models.parameters import draws as checked_draws
from lifeworth.models.parameters import rescaled
from lifeworth.models.purchase import forecast, moved
from lifeworth.models.purchase.formulas import Standing
from lifeworth.models.purchase.model import RepeatPurchases

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]


class RandomTimes(RepeatPurchases):
    """A model of repeat purchases at random times: one way to be alive, told by (x, T)."""

    @property
    def rhythm(self) -> int:
        return 1

    def beside(self, data: Any, h: Histories) -> float:
        return 0.0

    def standings(self, h: Histories, p: Values) -> list[Standing]:
        return [Standing(forecast.alive(self, h, p), h.by_age)]


class PurchaseModel(RandomTimes):
    """One whose rate of purchases, given alive, is Gamma(r + x, alpha + T)."""

    @abstractmethod
    def draw_after_first(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Purchases within the horizon, given alive and one due after time `first` if still here: (m,)."""

    def draw_future(self, h: Histories, horizon: float, p: Values, rng: np.random.Generator) -> Numbers:
        """Most customers buy nothing: the first purchase is decided for all (alive, and a first one due
        within the horizon), the rest is drawn only for those who have it.
        """
        out = np.zeros(len(h), np.int64)
        rows, first = self._first_purchases(h, horizon, p, rng)
        if len(rows):
            T, own = h.T[rows].astype(np.float64), of_kind(p, None if h.kind is None else h.kind[rows])
            out[rows] = self.draw_after_first(h.frequency[rows], T, first, horizon, own, rng)
        return out

    def _first_purchases(
        self, h: Histories, horizon: float, p: Values, rng: np.random.Generator
    ) -> tuple[NDArray[np.intp], Floats]:
        """Who is alive and has a purchase due within the horizon, and after which time."""
        T, x, own = h.T.astype(np.float64), h.frequency, of_kind(p, h.kind)
        q, A = own["r"] + x, own["alpha"] + T
        due = -np.expm1(-q * np.log1p(horizon / A))
        rows = np.flatnonzero(rng.random(len(h)) < forecast.alive(self, h, p) * due)
        waited = np.log1p(-rng.random(len(rows)) * due[rows]) / -q[rows]
        return rows, np.minimum(A[rows] * np.expm1(waited), horizon)


class PlainModel(RandomTimes):
    """A model that takes all customers for alike, but for what they bought."""

    def __init__(self, time_unit: str | None = None, threads: int | None = None) -> None:
        self.time_unit = time_unit
        self.threads = threads

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Maximum likelihood.

        Args:
            data: n customers with frequency, recency, T (days, weeks, ... all the same).
            sample_weight: (n,), how many customers a row stands for; None: one.
        Raises:
            ModelError: MODEL-0xx for rows at fault (see `lifeworth.models.inputs`), MODEL-101
            without any repeat purchase, MODEL-102 with a single customer.
        Source: methods.md 2.8.
        """
        h = histories(data, sample_weight, self.threads)
        settings.unit_days(self.time_unit)
        self.learn(h, self.search(h))
        return self


class PlainPurchaseModel(PlainModel, PurchaseModel):
    """The same, where the rate given alive is a gamma."""


class CovariateModel(RandomTimes):
    """A model whose parameters may depend on who the customer is.

    Args:
        covariates: columns of the data, for each process of the model, or by process, such as
            {"purchase": ["channel"], "dropout": ["channel", "age"]}. Columns of numbers count as they
            are; others are categories, one coefficient per level but the most frequent. None: none. Or a
            formula, see docs/theory/covariates.md. What stands under "both" moves purchase and dropout by
            one coefficient, where the model has that process.
        penalty: ridge penalty on the coefficients of the scaled features: half the penalty times
            the sum of their squares. 0 is none.
        l1_penalty: the same times the sum of their absolute values (lasso): those that tell too little
            are exactly 0, and have no standard error. Errors of the others are as if chosen beforehand.
        time_unit, threads: see the top of this file.

    Coefficients stand in params_ as process.column, or process.column=level, per unit of the column. A
    positive one means buying more often (purchase) or, in Pareto/NBD, leaving sooner (dropout), by the
    factor e to the coefficient; for the dropout of BG/NBD and MBG/NBD see their own files. The model's
    parameters are those of a customer whose features are all 0. Source: docs/theory/covariates.md.
    """

    def __init__(
        self,
        covariates: Any = None,
        penalty: float = 0.0,
        l1_penalty: float = 0.0,
        time_unit: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.covariates = covariates
        self.penalty = penalty
        self.l1_penalty = l1_penalty
        self.time_unit = time_unit
        self.threads = threads

    @property
    def columns(self) -> dict[str, Any]:
        """Columns of covariates by process. Raises UsageError MODEL-133."""
        return columns_.asked(self.covariates, self.links)

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Maximum likelihood, penalised where `penalty` says so.

        Args:
            data: n customers with frequency, recency, T (days, weeks, ... all the same) and the
                columns of covariates.
            sample_weight: (n,), how many customers a row stands for; None: one.
        Raises:
            ModelError: MODEL-0xx for rows at fault (see `lifeworth.models.inputs`), MODEL-101
            without any repeat purchase, MODEL-102 with a single customer; MODEL-130 for missing
            covariates, 134 for one that does not vary or is told by others, 135 for too many levels.
            UsageError MODEL-133, 136 for settings.
        Source: methods.md 2.7, 2.8.
        """
        h, wanted = histories(data, sample_weight, self.threads), self.columns
        settings.unit_days(self.time_unit)
        l2, l1 = settings.penalty(self.penalty), settings.penalty(self.l1_penalty)
        vars(self).pop("covariates_", None)
        if not wanted:
            self.learn(h, self.search(h))
            return self
        traits = columns_.learn(data, wanted, h.weight, l2 + l1 > 0, self.links)
        moved.learn(self, replace(h, traits=traits), l2, l1)
        return self

    @abstractmethod
    def terms(self, x: Numbers, t_x: Numbers, T: Numbers, kind: NDArray[np.int32], p: Values) -> Part:
        """ln L of rows with parameters (m,) of their own, but for the product of r + j where `counts`.

        With first and second derivatives in the parameters; rows of one kind have the same parameters.
        """

    @abstractmethod
    def log_terms(self, x: Numbers, t_x: Numbers, T: Numbers, p: Values) -> Floats:
        """The value of `terms` alone."""


class GammaRateModel(CovariateModel, PurchaseModel):
    """A model with covariates whose rate, given alive, is a gamma; it tells what a change of leaving does."""

    @abstractmethod
    def draw_lives(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, times: Sequence[float],
        rng: np.random.Generator,
    ) -> NDArray[np.int64]:  # fmt: skip
        """`draw_after_first` where leaving is `times` as likely from T on, by the same chance: (k, m)."""

    def draw_churned(
        self, data: Any, future_t: float, parameters: Values, times: Sequence[float], random_state: Any = None
    ) -> NDArray[np.int32]:
        """Possible N(future_t) where leaving is `times` as likely from T on, shape (k, n, draws).

        Joint futures: the same customers buy at the same moments until they leave, so whoever leaves
        sooner never buys more. `parameters` as in `draw_purchases`.
        """
        h, limit = self.read(data), settings.horizon(future_t)
        drawn = checked_draws(self.all_parameters, parameters)
        p, rng = rescaled(self.all_parameters, drawn, h.tick), generator(random_state)
        count = len(np.atleast_1d(next(iter(p.values()))))
        T, x, end = h.T.astype(np.float64), h.frequency, limit / h.tick
        out = np.zeros((len(times), count, len(h)), np.int32)
        for draw in range(count):
            one = {name: float(each[draw]) for name, each in p.items()}
            placed = forecast.placed(self, h, one)
            rows, first = self._first_purchases(h, end, placed, rng)
            own = of_kind(of_kind(placed, h.kind), rows)
            out[:, draw, rows] = self.draw_lives(x[rows], T[rows], first, end, own, times, rng)
        return out.transpose(0, 2, 1)
