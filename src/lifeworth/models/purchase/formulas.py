"""What a purchase model must be able to say. Each model's own file says it, in the order story,
formulas, class; `model.py` makes the public methods of it.

Times and parameters are in the same unit, and nothing is checked here. p maps parameter names to
numbers; where covariates move a parameter, to one value per kind of customer in what is said of
histories, and to one per row, (m,), in what is said of pairs. n counts customers, m different pairs
(x, T), S draws of the parameters.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells, Pairs
from lifeworth.kernels.newton import ROUNDING, Objective
from lifeworth.models.covariates import Links
from lifeworth.models.fitting.posterior import Coordinates
from lifeworth.models.inputs import Histories
from lifeworth.models.parameters import Parameter

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]


class Standing(NamedTuple):
    """One way to be alive: its chance per customer, (n,), and the pairs (x, T) a forecast then needs."""

    chance: Floats
    pairs: Pairs


class Formulas(ABC):
    """The formulas of one purchase model."""

    parameters: ClassVar[tuple[Parameter, ...]]
    links: ClassVar[Links] = {}  # which parameters the covariates of a process move, and their signs
    accuracy: ClassVar[float] = ROUNDING  # of the log-likelihood, relative
    threads: int | None

    @abstractmethod
    def objective(self, cells: Cells) -> Objective:
        """Total log-likelihood with gradient and Hessian in the parameters."""

    @abstractmethod
    def log_likelihoods(self, cells: Cells, p: Values) -> Floats:
        """Total log-likelihood for S draws of the parameters: (S,)."""

    @abstractmethod
    def log_alive(self, h: Histories, p: Values) -> Floats:
        """ln P(alive), (n,)."""

    @abstractmethod
    def survival_if_alive(self, x: Numbers, T: Numbers, after: Any, p: Values) -> Floats:
        """P(still alive at T + after) given alive at T, (m,); after a number or (m,)."""

    @abstractmethod
    def expected_if_alive(self, x: Numbers, T: Numbers, horizon: Any, p: Values) -> Floats:
        """E[N(horizon)] given alive, (m,); horizon a number or (m,)."""

    @abstractmethod
    def discounted_if_alive(self, x: Numbers, T: Numbers, rate: float, p: Values) -> Floats:
        """Discounted purchases of the whole future given alive, (m,)."""

    @abstractmethod
    def tails_if_alive(self, x: Numbers, T: Numbers, horizon: float, p: Values) -> Iterator[Floats]:
        """P(N >= 1), P(N >= 2), ... given alive, each (m,)."""

    @property
    @abstractmethod
    def rhythm(self) -> int:
        """How many times the usual number of nodes an integral over future times takes."""

    @abstractmethod
    def standings(self, h: Histories, p: Values) -> list[Standing]:
        """The ways to be alive at T; their chances add up to P(alive)."""

    @abstractmethod
    def draw_future(self, h: Histories, horizon: float, p: Values, rng: np.random.Generator) -> Numbers:
        """One possible N(horizon) per customer, (n,)."""

    @abstractmethod
    def draw_histories(self, T: Floats, p: Values, rng: np.random.Generator) -> dict[str, Any]:
        """New customers watched for T: frequency, recency and what else the data hold, each (n,)."""

    @abstractmethod
    def start(self, age: float) -> list[float]:
        """Where the search begins, given the median age."""

    @abstractmethod
    def coordinates(self, unit_days: float, priors: Values | None) -> Coordinates:
        """Coordinates and priors of the posterior, times in units of `unit_days` days."""
