"""Potential value of a base: every stream, in the order of claims, within the room of the wallet."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.data.holdings import Holdings
from lifeworth.models.wallet.quantile_wallet import Wallet, pinball_loss, quantile_wallet
from lifeworth.value.potential.assumptions import Assumptions
from lifeworth.value.potential.claims import granted
from lifeworth.value.potential.growth import Growth
from lifeworth.value.potential.offers import Standing
from lifeworth.value.potential.streams import STREAMS, Claim, Stream

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
ALIVE = 0.5  # customers to compare wallets with
FEWEST_ALIVE = 100
SAME = 1e-9  # relative: a value at an edge stays below it, however the edge is rounded
GROUPS = (5, 4)  # quantile groups of the first order's value and of the time known


@dataclass(frozen=True)
class Potential:
    """Streams by name, the wallet they share, and what is published beside them."""

    streams: dict[str, Stream]
    wallet: Wallet
    room: Array  # (n,) over the horizon, before any claim
    record: dict[str, Any] = field(default_factory=dict)

    def parts(self) -> dict[str, Array]:
        """Exact amounts by the names of the statement's parts."""
        return {name: stream.value for name, stream in self.streams.items()}

    def bounds(self) -> tuple[Array, Array]:
        """Low and high of the sum of the streams, (n,), the streams taken as independent."""
        value = np.asarray(sum(stream.value for stream in self.streams.values()))
        below = sum((stream.value - stream.low) ** 2 for stream in self.streams.values())
        above = sum((stream.high - stream.value) ** 2 for stream in self.streams.values())
        return np.minimum(value, np.maximum(value - np.sqrt(below), 0.0)), value + np.sqrt(above)

    def total(self) -> dict[str, float]:
        totals = np.array([stream.total for stream in self.streams.values()])
        value = float(totals[:, 0].sum())
        below = float(np.sqrt(((totals[:, 0] - totals[:, 1]) ** 2).sum()))
        above = float(np.sqrt(((totals[:, 2] - totals[:, 0]) ** 2).sum()))
        return {"value": value, "low": min(value, max(value - below, 0.0)), "high": value + above}


def wallet_features(first_order: Array, known_days: Array, channel: Codes) -> list[Codes]:
    """What makes customers comparable: size of the first order, time known, channel."""
    values = zip((first_order, known_days), GROUPS, strict=True)
    return [*(quantile_groups(value, count) for value, count in values), channel]


def quantile_groups(values: Array, count: int) -> Codes:
    edges = np.quantile(values, np.arange(1, count) / count) if len(values) else np.zeros(0)
    edges = np.unique(edges) + SAME * np.abs(np.unique(edges))
    return np.asarray(np.searchsorted(edges, values, side="left"), np.int64)


def wallets(standing: Standing, features: list[Codes], assumed: Assumptions) -> tuple[Wallet, Array]:
    """Wallets over the horizon of customers who are still here, and the room in them given P(alive)."""
    here = standing.alive >= ALIVE
    if here.sum() < FEWEST_ALIVE:
        here = np.ones(len(here), bool)
    spend = np.maximum(standing.spend, 0.0) / np.maximum(standing.alive, 0.05)
    spend = np.where(here, spend, np.minimum(spend, spend[here].max(initial=0.0)))
    wallet = quantile_wallet(spend, features, quantile=assumed.wallet_quantile, learn=here)
    return wallet, standing.alive * np.maximum(wallet.size - spend, 0.0)


def wallet_record(spend: Array, features: list[Codes], assumed: Assumptions) -> dict[str, float]:
    """How the quantile held on customers it was not learned from: spend of the last window, halves."""
    odd = np.arange(len(spend)) % 2 == 1
    wallet = quantile_wallet(spend, features, quantile=assumed.wallet_quantile, learn=~odd)
    flat = np.full(len(spend), np.quantile(spend[~odd], assumed.wallet_quantile))
    return {
        "quantile": assumed.wallet_quantile,
        "coverage": float((spend[odd] <= wallet.size[odd] + 1e-9).mean()),
        "loss": pinball_loss(spend[odd], wallet.size[odd], assumed.wallet_quantile),
        "loss_of_one_wallet": pinball_loss(spend[odd], flat[odd], assumed.wallet_quantile),
    }


def growth_claim(standing: Standing, rose: NDArray[np.bool_], found: Growth) -> Claim | None:
    """None where those who rose did not exceed the model significantly."""
    if found.rise <= 0:
        return None
    value = np.where(rose, np.maximum(standing.current, 0.0) * found.rise, 0.0)
    spend = np.where(rose, np.maximum(standing.spend, 0.0) * found.rise, 0.0)
    relative = found.sd / found.rise
    return Claim("growth", spend, value, value**2, relative, "B")


def base_claim(standing: Standing, left: Array, assumed: Assumptions) -> Claim:
    """The declared share of the room that no other stream claims."""
    spend = left * assumed.base_share
    value = spend * np.maximum(standing.paid, 0.0)
    return Claim("base", spend, value, value**2, assumed.offer_effect_cv, "D")


def combined(
    standing: Standing,
    wallet: Wallet,
    room: Array,
    claims: dict[str, Claim],
    missing: dict[str, str],
    referral: Stream,
    assumed: Assumptions,
) -> Potential:
    """Streams within the room; `missing` says what those lack that could not be claimed."""
    n = len(standing)
    first = [claims[name] for name in STREAMS if name in claims]
    shares, left = granted(room, [claim.spend for claim in first])
    streams = {claim.name: claim.scaled(share).stream() for claim, share in zip(first, shares, strict=True)}
    streams["base"] = base_claim(standing, left, assumed).stream()
    streams["referral"] = referral
    for name in STREAMS:
        if name not in streams:
            streams[name] = Stream.missing(name, missing[name], n)
    return Potential({name: streams[name] for name in STREAMS}, wallet, room)


def next_owned(holdings: Holdings, category: list[str | None], items: list[str]) -> Codes:
    """For each item of `holdings` its place among `items` by category, -1 where it is none of them."""
    place = {name: at for at, name in enumerate(items)}
    return np.array([place.get(name, -1) if name else -1 for name in category], np.int64)
