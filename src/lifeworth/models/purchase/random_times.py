"""Models of repeat purchases at random times: with and without covariates.

`time_unit` ("D", "W", "M", "Y") only places the default priors of the posterior; None reads it off the
data (whole days, days/7, ...). `threads` None: as many as help, one below 500,000 customers; the answers
are the same bits for any number.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lifeworth.models import covariates as columns_
from lifeworth.models import settings
from lifeworth.models.covariates import of_kind
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories, histories
from lifeworth.models.purchase import forecast, moved
from lifeworth.models.purchase.formulas import Standing
from lifeworth.models.purchase.model import RepeatPurchases

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]


class PurchaseModel(RepeatPurchases):
    """A model of repeat purchases at random times."""

    @abstractmethod
    def draw_after_first(
        self, x: Numbers, T: Numbers, first: Floats, horizon: float, p: Values, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Purchases within the horizon, given alive and one due after time `first` if still here: (m,)."""

    @property
    def rhythm(self) -> int:
        return 1

    def standings(self, h: Histories, p: Values) -> list[Standing]:
        return [Standing(forecast.alive(self, h, p), h.by_age)]

    def draw_future(self, h: Histories, horizon: float, p: Values, rng: np.random.Generator) -> Numbers:
        """Most customers buy nothing: the first purchase is decided for all (alive, and a first one due
        within the horizon), the rest is drawn only for those who have it.
        """
        T, x = h.T.astype(np.float64), h.frequency
        out = np.zeros(len(h), np.int64)
        own = of_kind(p, h.kind)
        q, A = own["r"] + x, own["alpha"] + T
        due = -np.expm1(-q * np.log1p(horizon / A))
        rows = np.flatnonzero(rng.random(len(h)) < forecast.alive(self, h, p) * due)
        if len(rows):
            waited = np.log1p(-rng.random(len(rows)) * due[rows]) / -q[rows]
            first = np.minimum(A[rows] * np.expm1(waited), horizon)
            out[rows] = self.draw_after_first(x[rows], T[rows], first, horizon, of_kind(own, rows), rng)
        return out


class PlainPurchaseModel(PurchaseModel):
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


class CovariateModel(PurchaseModel):
    """A model whose parameters may depend on who the customer is.

    Args:
        covariates: columns of the data, for each process of the model, or by process, such as
            {"purchase": ["channel"], "dropout": ["channel", "age"]}. Columns of numbers count as they
            are; others are categories, one coefficient per level but the most frequent. None: none.
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
    def columns(self) -> dict[str, list[str]]:
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
        traits = columns_.learn(data, wanted, h.weight, ties=l2 + l1 > 0)
        moved.learn(self, replace(h, traits=traits), l2, l1)
        return self

    @abstractmethod
    def terms(self, x: Numbers, t_x: Numbers, T: Numbers, kind: NDArray[np.int32], p: Values) -> Part:
        """ln L of rows with parameters (m,) of their own, but for the product of r + j over counts.

        With first and second derivatives in the parameters; rows of one kind have the same parameters.
        """

    @abstractmethod
    def log_terms(self, x: Numbers, t_x: Numbers, T: Numbers, p: Values) -> Floats:
        """The value of `terms` alone."""
