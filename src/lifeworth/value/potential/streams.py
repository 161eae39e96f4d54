"""One stream of potential value: money per customer, its interval, its grounds, what it lacks."""

from collections.abc import Iterable, Sequence
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
CAUSES = dict.fromkeys(
    ("add_on", "up_sell", "cross_sell"), "offer"
)  # one effect of offers is assumed for all
LOW, HIGH = 0.05, 0.95
Ends = tuple[float, float]
EXACT: Ends = (1.0, 1.0)


@dataclass(frozen=True)
class Stream:
    """Money of n customers, (n,), discounted, in major units; `total`: (value, low, high) of their sum.

    grade: A learned and confirmed by the held-out months, the effect of an offer measured by lot; B learned,
        and significant in those months; C as A, but for a declared effect; D an assumption carries it;
        "-" not estimated.
    needs: what is missing, a key, or None.
    item: per customer the item that weighs most, as a code of `items`, -1 for none; chance: of taking
        it up within the horizon.
    variance: of chance alone, independent between customers, (n,); None: only bounds are known.
    common_cv, cause: relative spread that all customers share, and what it comes from.
    ends: low and high of what they share, relative to the value, where these are known; the law of the
        spread may end before them.
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
    variance: Array | None = None
    common_cv: float = 0.0
    cause: str = ""
    ends: Ends = EXACT

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

    variance: of chance alone; common_cv: relative spread that all customers share, and cause: what it comes
        from, "" for what the stream's name says; ends: as of `Stream`.
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
    cause: str = ""
    ends: Ends = EXACT

    def scaled(self, share: Array) -> "Claim":
        return replace(
            self, spend=self.spend * share, value=self.value * share, variance=self.variance * share**2
        )

    def stream(self) -> Stream:
        common = (self.common_cv * self.value) ** 2
        low, high = self._reached(self.value, *interval(self.value, self.variance + common))
        whole = np.array([self.value.sum()])
        spread = np.array([self.variance.sum()]) + (self.common_cv * whole) ** 2
        least, most = self._reached(whole, *interval(whole, spread))
        total = (float(whole[0]), float(least[0]), float(most[0]))
        return Stream(
            self.name, self.value, low, high, total, self.grade, None, self.item, self.items, self.chance,
            self.variance, self.common_cv, self.cause or CAUSES.get(self.name, self.name), self.ends,
        )  # fmt: skip

    def _reached(self, value: Array, low: Array, high: Array) -> tuple[Array, Array]:
        return np.minimum(low, self.ends[0] * value), np.maximum(high, self.ends[1] * value)


def together(streams: Iterable[Stream], code: Codes, groups: int) -> tuple[Array, Array, Array]:
    """Value, low and high of the sum of the streams per group, (groups,) each.

    What chance makes of single customers is independent between them and between streams. The error of an
    assumption is the same for all customers, and for all streams of its cause; causes are independent.
    Streams of which bounds alone are known turn out alike for all of a group.

    Args:
        code: (n,) group of each customer.
    """

    def add(amounts: Array) -> Array:
        return np.bincount(code, amounts, groups).astype(np.float64)

    value, variance, alike = np.zeros(groups), np.zeros(groups), np.zeros((3, groups))
    causes: dict[str, Array] = {}
    ends: dict[str, Array] = {}
    for stream in streams:
        if stream.variance is None:
            alike += [add(each) for each in (stream.value, stream.low, stream.high)]
            continue
        sums = add(stream.value)
        value += sums
        variance += add(stream.variance)
        causes[stream.cause] = causes.get(stream.cause, 0.0) + stream.common_cv * sums
        beyond = np.outer((1.0 - stream.ends[0], stream.ends[1] - 1.0), sums)
        ends[stream.cause] = ends.get(stream.cause, 0.0) + beyond
    common = np.asarray(sum((spread**2 for spread in causes.values()), np.zeros(groups)))
    low, high = interval(value, variance + common)
    low[nothing_comes(value, variance, common) >= LOW] = 0.0
    for below, above in ends.values():
        low, high = np.minimum(low, value - below), np.maximum(high, value + above)
    middle = value + alike[0]
    below, above = np.hypot(value - low, alike[0] - alike[1]), np.hypot(high - value, alike[2] - alike[0])
    return middle, middle - below, middle + above


def nothing_comes(value: Array, variance: Array, common: Array) -> Array:
    """P(nobody takes anything up), (n,), where few are expected to: the gamma law has no room for it.

    Money of takers that scatters as its own mean has variance 2 value^2 / take-ups, which gives the take-ups;
    they are Poisson but for the common spread, a gamma law.
    """
    some = (value > 0) & (variance > 0)
    square = np.where(some, value, 1.0) ** 2
    expected, spread = 2.0 * square / np.where(some, variance, 1.0), np.maximum(common / square, 1e-9)
    return np.where(some, np.exp(-np.log1p(expected * spread) / spread), 0.0)


def interval(value: Array, variance: Array) -> tuple[Array, Array]:
    """90 % interval of amounts with these means and variances, as gamma laws; (n,) each."""
    low, high = np.zeros(len(value)), np.zeros(len(value))
    some = value > 0
    square = value[some] ** 2
    shape = np.clip(square / np.maximum(variance[some], 1e-6 * square), 1e-2, 1e6)
    low[some] = np.minimum(value[some] / shape * gamma_quantile(LOW, shape), value[some])
    high[some] = np.maximum(value[some] / shape * gamma_quantile(HIGH, shape), value[some])
    return low, high
