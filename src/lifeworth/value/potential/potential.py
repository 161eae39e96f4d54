"""Potential value of a base: every stream, in the order of claims, within the room of the wallet."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.data.holdings import Holdings
from lifeworth.value.intervals import added
from lifeworth.value.potential.assumptions import Assumptions
from lifeworth.value.potential.claims import granted
from lifeworth.value.potential.growth import Growth
from lifeworth.value.potential.offers import Standing
from lifeworth.value.potential.purse import Purse
from lifeworth.value.potential.streams import STREAMS, Claim, Stream, interval, together

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Potential:
    """Streams by name, the wallet they share, what was assumed, and what is published beside them."""

    streams: dict[str, Stream]
    wallet: Purse
    assumed: Assumptions
    record: dict[str, Any] = field(default_factory=dict)
    trend: NDArray[np.int8] | None = None  # see growth.trend; None where the orders are too young

    @property
    def customers(self) -> int:
        return len(self.streams[STREAMS[0]].value)

    def parts(self) -> dict[str, Array]:
        """Exact amounts by the names of the statement's parts."""
        return {name: stream.value for name, stream in self.streams.items()}

    def bounds(self) -> tuple[Array, Array]:
        """Low and high of the sum of the streams, (n,)."""
        _, low, high = self.sums(np.arange(self.customers), self.customers)
        return low, high

    def least(self) -> Array:
        """Low end of what is expected of each customer, (n,): what streams and assumptions leave open,
        without the chance that just this customer takes nothing up."""
        total = np.zeros(self.customers)
        for stream in self.streams.values():
            spread = (stream.common_cv * stream.value) ** 2
            total += stream.low if stream.variance is None else interval(stream.value, spread)[0]
        return total

    def sums(self, code: Codes, groups: int) -> tuple[Array, Array, Array]:
        """Value, low and high per group of customers, (groups,) each; see `streams.together`."""
        return together(self.streams.values(), code, groups)

    def total(self) -> dict[str, float]:
        """All customers. Of referrals, whose bounds cannot be added up, the interval of their own total."""
        learned = [stream for stream in self.streams.values() if stream.variance is not None]
        sums = together(learned, np.zeros(self.customers, np.int64), 1)
        found = {side: float(each[0]) for side, each in zip(("value", "low", "high"), sums, strict=True)}
        for stream in self.streams.values():
            if stream.variance is None:
                found = added(found, dict(zip(("value", "low", "high"), stream.total, strict=True)))
        return found


def growth_claim(standing: Standing, rose: NDArray[np.bool_], found: Growth) -> Claim | None:
    """None where those who rose did not exceed the model significantly."""
    if found.rise <= 0:
        return None
    value = np.where(rose, np.maximum(standing.current, 0.0) * found.rise, 0.0)
    spend = np.where(rose, np.maximum(standing.spend, 0.0) * found.rise, 0.0)
    relative = found.sd / found.rise
    return Claim("growth", spend, value, value**2, relative, "B")


def base_claim(standing: Standing, wallet: Purse, left: Array, assumed: Assumptions) -> Claim:
    """The declared share of the room that no other stream claims, as unsure as the wallet is."""
    spend = left * assumed.base_share
    value = spend * np.maximum(standing.paid, 0.0)
    return Claim("base", spend, value, (value * wallet.relative()) ** 2, assumed.offer_effect_cv, "D")


def combined(
    standing: Standing,
    wallet: Purse,
    claims: dict[str, Claim],
    missing: dict[str, str],
    referral: Stream,
    assumed: Assumptions,
) -> Potential:
    """Streams within the room; `missing` says what those lack that could not be claimed."""
    n = len(standing)
    first = [claims[name] for name in STREAMS if name in claims]
    shares, left = granted(wallet.room, [claim.spend for claim in first])
    streams = {claim.name: claim.scaled(share).stream() for claim, share in zip(first, shares, strict=True)}
    streams["base"] = base_claim(standing, wallet, left, assumed).stream()
    streams["referral"] = referral
    for name in STREAMS:
        if name not in streams:
            streams[name] = Stream.missing(name, missing[name], n)
    return Potential({name: streams[name] for name in STREAMS}, wallet, assumed)


def next_owned(holdings: Holdings, category: list[str | None], items: list[str]) -> Codes:
    """For each item of `holdings` its place among `items` by category, -1 where it is none of them."""
    place = {name: at for at, name in enumerate(items)}
    return np.array([place.get(name, -1) if name else -1 for name in category], np.int64)
