"""What a retention model must be able to say; `model.py` makes the public methods of it.

A model is its steps: step t = -ln(retention rate at renewal date t), so that S(t) is the
exponential of minus their sum. Likelihood, residual lifetimes and quantiles follow from them.
Nothing is checked here. p maps parameter names to numbers, or to arrays that broadcast.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.fitting.posterior import Coordinates
from lifeworth.models.parameters import Parameter

Floats = NDArray[np.float64]
Values = Mapping[str, Any]


class Formulas(ABC):
    """The formulas of one retention model."""

    parameters: ClassVar[tuple[Parameter, ...]]

    @abstractmethod
    def steps(self, renewal: Any, p: Values) -> Floats:
        """-ln P(stay at renewal date t | here until then), t = 1, 2, ...: shape of `renewal` and p."""

    @abstractmethod
    def step_slopes(self, renewal: Any, p: Values) -> tuple[Floats, Floats]:
        """First and second derivatives of the steps: (k, m) and (k, k, m)."""

    @abstractmethod
    def log_stay(self, since: Any, until: Any, p: Values) -> Floats:
        """ln[S(until)/S(since)] for real ages 0 <= since <= until."""

    @abstractmethod
    def tail_power(self, p: Values) -> float:
        """S(t) falls like t to minus this power."""

    @abstractmethod
    def draw_renewals(self, made: Any, p: Values, rng: np.random.Generator) -> Floats:
        """Further renewals of subscribers who made `made` (n,) and are here: whole, may be inf."""

    @abstractmethod
    def start(self, leaving: float) -> list[float]:
        """Where the search begins, given the overall share who leave at a renewal date."""

    @abstractmethod
    def coordinates(self, priors: Values | None) -> Coordinates:
        """Coordinates and priors of the posterior."""
