"""The wallet of each customer: what it told where it did, else a high quantile of comparable customers.

    told money       wallet = category spend x months of the horizon, or our sales + spend elsewhere x months
    told share       wallet = our sales / share
    told rank        wallet = our sales / share by the Wallet Allocation Rule
    nothing          wallet = quantile of customers who are comparable, an estimate

`Our sales` are those expected over the horizon of one who is still here. How far the truth may lie from
each: what people recall of their spend is taken as good to 30 % (declared, not measured here); a rank leaves
every split of the purse that agrees with it; of an estimate, the room may be anything around itself.
Source: methods.md 9; Keiningham et al. (2011) for the rule.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.levels import NORMAL_95
from lifeworth.data.purses import Purses
from lifeworth.models.wallet.allocation_rule import share_of_rank, spread_of_rank
from lifeworth.models.wallet.quantile_wallet import Wallet, pinball_loss, quantile_wallet
from lifeworth.value.potential.assumptions import Assumptions
from lifeworth.value.potential.offers import Standing
from lifeworth.value.potential.streams import interval

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
SOURCES = ("estimate", "survey_spend", "survey_share", "survey_rank")
OF_WAY = np.array([1, 1, 2, 3])  # places in `SOURCES`, by `data.purses.WAYS`
RECALL_CV = 0.30
ALIVE = 0.5  # customers to compare wallets with
FEWEST_ALIVE = 100
FEWEST_TOLD = 20  # to say how estimates compare with what was told
SAME = 1e-9  # relative: a value at an edge stays below it, however the edge is rounded
GROUPS = (5, 4)  # quantile groups of the first order's value and of the time known


@dataclass(frozen=True)
class Purse:
    """Per customer (n,), over the horizon, of one who is still here, wherever it buys.

    size: the wallet, never below `spend`, our expected sales; sd: how far it may lie from the truth; source:
    places in `SOURCES`; room: what it is expected to spend elsewhere, given P(alive).
    """

    size: Array
    spend: Array
    sd: Array
    source: Codes
    room: Array

    @property
    def share(self) -> Array:
        return np.divide(self.spend, self.size, out=np.zeros(len(self.size)), where=self.size > 0)

    def relative(self) -> Array:
        """Standard deviation of the room in units of itself, (n,); 0 where there is none."""
        left = self.size - self.spend
        return np.divide(self.sd, left, out=np.zeros(len(left)), where=left > 0)

    def bounds(self) -> tuple[Array, Array]:
        """5 % and 95 % of the size, a gamma law; below `spend` too, which is an expectation itself."""
        return interval(self.size, self.sd**2)


def wallet_features(first_order: Array, known_days: Array, channel: Codes) -> list[Codes]:
    """What makes customers comparable: size of the first order, time known, channel."""
    values = zip((first_order, known_days), GROUPS, strict=True)
    return [*(quantile_groups(value, count) for value, count in values), channel]


def quantile_groups(values: Array, count: int) -> Codes:
    edges = np.unique(np.quantile(values, np.arange(1, count) / count)) if len(values) else np.zeros(0)
    return np.asarray(np.searchsorted(edges + SAME * np.abs(edges), values, side="left"), np.int64)


def purses(
    standing: Standing, features: list[Codes], assumed: Assumptions, answers: Purses | None, months: float
) -> tuple[Purse, dict[str, Any]]:
    """Wallets over the horizon, and the record of where they come from."""
    here = standing.alive >= ALIVE
    if here.sum() < FEWEST_ALIVE:
        here = np.ones(len(here), bool)
    spend = np.maximum(standing.spend, 0.0) / np.maximum(standing.alive, 0.05)
    spend = np.where(here, spend, np.minimum(spend, spend[here].max(initial=0.0)))
    wallet = quantile_wallet(spend, features, quantile=assumed.wallet_quantile, learn=here)
    size, source = wallet.size.copy(), np.zeros(len(spend), np.int64)
    sd = np.maximum(size - spend, 0.0)
    below = 0
    if answers is not None and len(answers):
        who = answers.customer
        told, spread = told_sizes(answers, spend[who], months)
        below = int((told < spend[who] * (1.0 - SAME)).sum())
        size[who], sd[who], source[who] = told, spread, OF_WAY[answers.way]
    size = np.maximum(size, spend)
    found = Purse(size, spend, sd, source, standing.alive * (size - spend))
    counts = np.bincount(source, minlength=len(SOURCES))
    record = {
        "sources": {name: int(count) for name, count in zip(SOURCES, counts, strict=True)},
        "below": below,
        "told_against_estimate": _compared(found, wallet),
    }
    return found, record


def told_sizes(answers: Purses, spend: Array, months: float) -> tuple[Array, Array]:
    """Wallet and its standard deviation of those who told, (p,); `spend`: our sales to each."""
    money, elsewhere, share, rank = (answers.way == way for way in range(4))
    size, sd = np.zeros(len(answers)), np.zeros(len(answers))
    size[money] = answers.told[money] * months
    size[elsewhere] = spend[elsewhere] + answers.told[elsewhere] * months
    size[share] = spend[share] / answers.told[share]
    sd[money | share] = RECALL_CV * size[money | share]
    sd[elsewhere] = RECALL_CV * answers.told[elsewhere] * months
    part = share_of_rank(answers.told[rank], answers.brands[rank])
    size[rank] = spend[rank] / part
    sd[rank] = size[rank] * spread_of_rank(answers.told[rank], answers.brands[rank]) / part
    return size, sd


def _compared(found: Purse, estimate: Wallet) -> dict[str, float] | None:
    """Median of told wallet over estimate, with its 90 % interval (order statistics), and whose they are."""
    told = (found.source > 0) & (found.spend > 0)
    ratio = np.sort(found.size[told] / np.maximum(estimate.size[told], found.spend[told]))
    many = len(ratio)
    if many < FEWEST_TOLD:
        return None
    half = NORMAL_95 * np.sqrt(many) / 2
    low, high = (int(np.clip(round(many / 2 + side * half), 0, many - 1)) for side in (-1, 1))
    middle = float(np.median(ratio))
    return {"customers": many, "value": middle, "low": float(ratio[low]), "high": float(ratio[high])}


def wallet_record(spend: Array, features: list[Codes], assumed: Assumptions) -> dict[str, Any]:
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
