"""Claims of the three streams that need an offer: add-on, up-sell and cross-sell.

    extra value = P(takes it up within the horizon) x effect of an offer x extra margin, discounted

Current value holds what customers take up by themselves; an offer adds a share of it, declared or measured.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.data.holdings import NEVER, Holdings
from lifeworth.value.potential.add_on import AddOns
from lifeworth.value.potential.adoption import BLOCK_ROWS, Adoption, calibration, fading_of, learn
from lifeworth.value.potential.effects import OfferEffect
from lifeworth.value.potential.streams import Claim, Grade
from lifeworth.value.potential.upgrade import Ladder, Upgrades
from lifeworth.value.potential.windows import STRATA, Windows

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
FEWEST_TAKE_UPS = 30
CALIBRATED = 0.25  # |said / came - 1| up to which chances count as confirmed


@dataclass(frozen=True)
class Standing:
    """n customers today, (n,) each, and as of the cutoffs of `windows`.

    spend: expected net sales over the horizon; stretch: purchases expected over the horizon per purchase
    expected over a window; paid: discount x margin rate; known: at the oldest, first and second cutoff;
    strata: at the first and second.
    """

    alive: Array
    purchases: Array
    spend: Array
    paid: Array
    margin: Array
    stretch: Array
    purchase_days: Array
    current: Array
    windows: Windows
    known: tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]
    strata: tuple[Codes, Codes]
    strata_now: Codes

    def __len__(self) -> int:
        return len(self.alive)


def within_horizon(chance: Array, stretch: Array) -> Array:
    """From the chance within a window to that within the horizon, by the hazard."""
    return -np.expm1(np.log1p(-np.minimum(chance, 1 - 1e-9)) * stretch)


def adoption_model(holdings: Holdings, standing: Standing) -> tuple[Adoption, dict[str, Any]] | None:
    """Learned on the last window; its record is that of a model learned on the one before. None: too few."""
    first, when = holdings.first(), standing.windows
    oldest, early, late = standing.known
    zero, before, middle = first <= when.oldest, first <= when.first, first <= when.second
    took = [before & ~zero, middle & ~before, (first != NEVER) & ~middle]
    if took[2][late].sum() < FEWEST_TAKE_UPS:
        return None
    model = learn(
        middle[late], took[2][late], standing.strata[1][late], window_days=when.days, kinds=STRATA,
        fading=fading_of(before[early], took[1][early], took[2][early]),
    )  # fmt: skip
    record: dict[str, Any] = {"fading": model.fading, "bins": []}
    if took[1][early].sum() >= FEWEST_TAKE_UPS:
        older = learn(
            before[early], took[1][early], standing.strata[0][early], window_days=when.days, kinds=STRATA,
            fading=fading_of(zero[oldest], took[0][oldest], took[1][oldest]),
        )  # fmt: skip
        said, came = older.chances(middle[late], standing.strata[1][late]), took[2][late]
        open_ = ~middle[late]
        record |= {
            "said": float(said[open_].sum()),
            "came": float(came[open_].sum()),
            "top_10_capture": _capture(said[open_], came[open_]),
            "bins": calibration(said[open_], came[open_]),
        }
    return model, record


def confirmed(record: dict[str, Any]) -> Grade:
    """C where the held-out months confirmed the chances, D where they did not or could not."""
    came = record.get("came") or 0.0
    return "C" if came > 0 and abs(record["said"] / came - 1) <= CALIBRATED else "D"


def cross_sell(
    holdings: Holdings,
    model: Adoption,
    standing: Standing,
    effect: OfferEffect,
    grade: Grade,
    taken: NDArray[np.bool_] | None,
) -> Claim:
    """Items not owned. `taken` (n, items): claimed as add-ons already."""
    first = holdings.first()
    money = _spend_of_adopters(holdings, standing.windows.second)
    n = len(standing)
    spend, square, item, chance = np.zeros(n), np.zeros(n), np.full(n, -1, np.int64), np.zeros(n)
    for start in range(0, n, BLOCK_ROWS):
        rows = slice(start, min(start + BLOCK_ROWS, n))
        found = model.chances(first[rows] != NEVER, standing.strata_now[rows], standing.stretch[rows, None])
        if taken is not None:
            found[taken[rows]] = 0.0
        _sum_up(found, money, effect, rows, spend, square, item, chance)
    return _claim("cross_sell", spend, square, item, chance, holdings.items, standing, effect, grade)


def add_on_claim(
    holdings: Holdings, found: AddOns, standing: Standing, effect: OfferEffect, grade: Grade
) -> Claim:
    """Add-ons of what is owned; those who may have left buy them less."""
    owners = np.bincount(holdings.item, minlength=len(holdings.items))
    money = np.bincount(holdings.item, holdings.spend, len(holdings.items)) / np.maximum(owners, 1)
    n, mean = len(standing), float(standing.alive.mean()) or 1.0
    spend, square, item, chance = np.zeros(n), np.zeros(n), np.full(n, -1, np.int64), np.zeros(n)
    chances = found.chance * np.minimum(standing.alive / mean, 1.0)[:, None]
    _sum_up(chances, money[found.add_ons], effect, slice(0, n), spend, square, item, chance)
    names = [holdings.items[place] for place in found.add_ons.tolist()]
    return _claim("add_on", spend, square, item, chance, names, standing, effect, grade)


def up_sell(
    found: Upgrades, rungs: Ladder, holdings: Holdings, standing: Standing, effect: OfferEffect, grade: Grade
) -> Claim:
    """A step up in a category: the difference of margins of the units that go up."""
    who, what, tier = found.customer, found.category, found.tier
    n, m = len(standing), len(rungs.categories)
    chance = within_horizon(found.chance, standing.stretch[who])
    category = np.array([int(name[:3]) for name in holdings.items], np.int64)[holdings.item]
    bought = np.bincount(holdings.customer * m + category, holdings.units, n * m)[who * m + what]
    units = bought / np.maximum(standing.purchase_days[who], 1.0) * standing.purchases[who]
    price, above = rungs.price[what, tier], rungs.price[what, tier + 1]
    cost, cost_above = rungs.unit_cost[what, tier], rungs.unit_cost[what, tier + 1]
    costed = np.isfinite(cost) & np.isfinite(cost_above)
    flat = (above - price) * standing.margin[who]
    gain = np.where(costed, np.nan_to_num(above - cost_above) - np.nan_to_num(price - cost), flat)
    gain = np.maximum(gain, 0.0)
    going_up = effect.value * chance * found.units_share * units
    discount = np.divide(
        standing.paid, standing.margin, out=np.zeros(n), where=np.abs(standing.margin) > 1e-12
    )
    value = going_up * gain * discount[who]
    extra = np.where(gain > 0, going_up * (above - price), 0.0)
    variance = np.divide(value**2, effect.value * chance, out=np.zeros(len(who)), where=value > 0)
    item, best = np.full(n, -1, np.int64), np.zeros(n)
    order = np.argsort(value, kind="stable")
    order = order[value[order] > 0]
    item[who[order]], best[who[order]] = what[order], chance[order]  # the last written weighs most
    sums = [np.bincount(who, each, n).astype(np.float64) for each in (extra, value, variance)]
    names = rungs.categories
    extra, value, variance = sums
    grade = effect.graded(grade)
    return Claim(
        "up_sell", extra, value, variance, effect.cv, grade, item, names, best, effect.cause, effect.ends
    )


def _sum_up(
    chances: Array, money: Array, effect: OfferEffect, rows: slice, spend: Array, square: Array, item: Codes,
    chance: Array,
) -> None:  # fmt: skip
    """Extra sales of these rows, their second moments, and the item that weighs most."""
    if not chances.shape[1]:
        return
    extra = effect.value * chances * money
    spend[rows] = extra.sum(axis=1)
    square[rows] = (extra * (2.0 * money - extra)).sum(axis=1)  # spend of a taker scatters as its own mean
    best = extra.argmax(axis=1)
    places = np.arange(len(best))
    some = extra[places, best] > 0
    item[rows] = np.where(some, best, -1)
    chance[rows] = np.where(some, chances[places, best], 0.0)


def _claim(
    name: str, spend: Array, square: Array, item: Codes, chance: Array, items: list[str], standing: Standing,
    effect: OfferEffect, grade: Grade,
) -> Claim:  # fmt: skip
    paid = np.maximum(standing.paid, 0.0)
    return Claim(
        name, spend, spend * paid, square * paid**2, effect.cv, effect.graded(grade), item, items, chance,
        effect.cause, effect.ends,
    )  # fmt: skip


def _spend_of_adopters(holdings: Holdings, cutoff: int) -> Array:
    """Mean sales within the window of those who took an item up in it, shrunk to that of all items."""
    took = holdings.first_day > cutoff
    count = np.bincount(holdings.item[took], minlength=len(holdings.items))
    money = np.bincount(holdings.item[took], np.maximum(holdings.spend[took], 0.0), len(holdings.items))
    overall = money.sum() / max(count.sum(), 1)
    return np.asarray((money + 3.0 * overall) / (count + 3.0))


def _capture(said: Array, came: NDArray[np.bool_]) -> float:
    """Share of the take-ups that lie in the tenth of pairs with the highest chances."""
    many = max(len(said) // 10, 1)
    top = np.argpartition(-said, many - 1)[:many]
    return float(came[top].sum() / max(came.sum(), 1))
