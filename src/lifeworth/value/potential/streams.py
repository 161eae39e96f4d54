"""One stream of potential value: money per customer, its interval, its grounds, what it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.referral.gamma_law import gamma_quantile

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Grade = Literal["A", "B", "C", "D", "-"]
Total = tuple[float, float, float]
STREAMS = ("add_on", "up_sell", "cross_sell", "growth", "base", "referral")  # in the order of claims
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Stream:
    """Money of n customers, (n,), discounted, in major units; `total`: (value, low, high) of their sum.

    grade: A an experiment; B learned, and significant in the held-out months; C learned and confirmed
        by them, but for the declared effect of an offer; D an assumption carries it; "-" not estimated.
    needs: what is missing, a key, or None.
    item: per customer the item that weighs most, as a code of `items`, -1 for none; chance: of taking
        it up within the horizon.
    """

    name: str
    value: Array
    low: Array
    high: Array
    total: Total
    grade: Grade
    needs: str | None = None
    item: Codes | None = None
    items: Sequence[str] = ()
    chance: Array | None = None

    @classmethod
    def missing(cls, name: str, needs: str, customers: int) -> "Stream":
        nothing = np.zeros(customers)
        return cls(name, nothing, nothing, nothing, (0.0, 0.0, 0.0), "-", needs)

    @property
    def estimated(self) -> bool:
        return self.grade != "-"


@dataclass(frozen=True)
class Claim:
    """What a stream would bring before the wallet is asked: extra sales and value, with its variance, (n,).

    variance: of chance alone; common_cv: relative spread that all customers share, of an assumption.
    """

    name: str
    spend: Array
    value: Array
    variance: Array
    common_cv: float
    grade: Grade
    item: Codes | None = None
    items: Sequence[str] = ()
    chance: Array | None = None

    def scaled(self, share: Array) -> "Claim":
        return replace(
            self, spend=self.spend * share, value=self.value * share, variance=self.variance * share**2
        )

    def stream(self) -> Stream:
        common = (self.common_cv * self.value) ** 2
        low, high = interval(self.value, self.variance + common)
        whole = np.array([self.value.sum()])
        spread = np.array([self.variance.sum()]) + (self.common_cv * whole) ** 2
        least, most = interval(whole, spread)
        total = (float(whole[0]), float(least[0]), float(most[0]))
        return Stream(
            self.name, self.value, low, high, total, self.grade, None, self.item, self.items, self.chance
        )


def interval(value: Array, variance: Array) -> tuple[Array, Array]:
    """90 % interval of amounts with these means and variances, as gamma laws; (n,) each."""
    low, high = np.zeros(len(value)), np.zeros(len(value))
    some = value > 0
    shape = np.clip(value[some] ** 2 / np.maximum(variance[some], 1e-300), 1e-2, 1e6)
    low[some] = np.minimum(value[some] / shape * gamma_quantile(LOW, shape), value[some])
    high[some] = np.maximum(value[some] / shape * gamma_quantile(HIGH, shape), value[some])
    return low, high
