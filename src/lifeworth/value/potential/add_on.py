"""Add-on sales: accessories and services that are taken up after a product, by the age of ownership.

A pair (product, add-on) comes from the product file, or is learned: bought by the same customers
more often than chance, and hardly ever the add-on before the product. The chance that an owner takes
the add-on up over the horizon follows the hazard by age of ownership (actuarial: take-ups over
time owned, in stretches of age).
Fails when: the add-on was not on offer for part of the time. Source: methods.md 9; Kaplan & Meier (1958).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.data.holdings import NEVER, Holdings

Array = NDArray[np.float64]
AGES = np.array([0.0, 30.0, 90.0, 180.0, 365.0, np.inf])
PRIOR_EVENTS = 1.0  # take-ups, by which the hazard of an age is shrunk to that of all ages
FEWEST, LEAST_LIFT, LEAST_ORDER, MOST_PAIRS = 20, 1.5, 0.8, 40


@dataclass(frozen=True)
class Pair:
    """Places of the product (among parents) and of its add-on (among items); `told` by the product file."""

    product: int
    add_on: int
    told: bool


@dataclass(frozen=True)
class AddOns:
    """Per customer and add-on (n, add-ons): chance within the horizon; add_ons: their places among items."""

    add_ons: NDArray[np.int64]
    chance: Array
    pairs: list[Pair]


@dataclass(frozen=True)
class Parents:
    """What add-ons may go with: names, and (n, parents) first days, NEVER where not owned.

    barred: (parents, items) pairs of a thing with itself or with its own category.
    """

    names: list[str]
    first: NDArray[np.int32]
    barred: NDArray[np.bool_]


def parents_of(items: Holdings, category: list[str | None], categories: Holdings | None) -> Parents:
    """The items themselves and, where there are any, the categories; `category` is that of each item."""
    barred, names, first = np.eye(len(items.items), dtype=bool), list(items.items), items.first()
    if categories is None:
        return Parents(names, first, barred)
    own = np.array([[kind == name for kind in category] for name in categories.items], bool)
    every = np.concatenate([categories.first(), first], axis=1)
    return Parents([*categories.items, *names], every, np.concatenate([own, barred]))


def told_pairs(parents: Parents, add_on_of: list[str | None]) -> list[Pair]:
    """Pairs of the product file: `add_on_of` (items,) names a product or a category."""
    place = {name: at for at, name in reversed(list(enumerate(parents.names)))}
    found = [
        Pair(place[name], at, True) for at, name in enumerate(add_on_of) if name is not None and name in place
    ]
    return [pair for pair in found if not parents.barred[pair.product, pair.add_on]]


def learned_pairs(parents: Parents, first: NDArray[np.int32]) -> list[Pair]:
    """Pairs with a lift, where the add-on follows the parent; (n, items) first days."""
    owners, owned = (parents.first != NEVER).astype(np.float32), (first != NEVER).astype(np.float32)
    both = owners.T @ owned
    lift = both * len(owned) / np.maximum(np.outer(owners.sum(axis=0), owned.sum(axis=0)), 1.0)
    lift[parents.barred | (both < FEWEST) | (lift < LEAST_LIFT)] = 0.0
    found: list[Pair] = []
    for flat in np.argsort(-lift, axis=None, kind="stable")[: 6 * MOST_PAIRS]:
        product, add_on = np.unravel_index(flat, lift.shape)
        if lift[product, add_on] == 0.0 or len(found) == MOST_PAIRS:
            break
        a, b = parents.first[:, product], first[:, add_on]
        together = (a != NEVER) & (b != NEVER)
        before, after = int((b[together] < a[together]).sum()), int((b[together] > a[together]).sum())
        if after >= FEWEST / 2 and after >= LEAST_ORDER * (before + after):
            found.append(Pair(int(product), int(add_on), False))
    return found


def add_ons(
    parents: Parents, first: NDArray[np.int32], pairs: list[Pair], day: int, horizon_days: float
) -> AddOns:
    """Chances of owners who do not have the add-on yet, the highest over its parents."""
    places = np.array(sorted({pair.add_on for pair in pairs}), np.int64)
    chance = np.zeros((len(first), len(places)))
    for pair in pairs:
        column = int(np.searchsorted(places, pair.add_on))
        owned, taken = parents.first[:, pair.product], first[:, pair.add_on]
        hazard = hazards(owned, taken, day)
        waiting = np.flatnonzero((owned <= day) & (taken == NEVER))
        age = (day - owned[waiting]).astype(np.float64)
        rise = _cumulative(hazard, age + horizon_days) - _cumulative(hazard, age)
        chance[waiting, column] = np.maximum(chance[waiting, column], -np.expm1(-rise))
    return AddOns(places, chance, pairs)


def hazards(owned: NDArray[Any], taken: NDArray[Any], day: int) -> Array:
    """Take-ups per day owned, by stretch of AGES, of customers who owned the product first."""
    chosen = (owned <= day) & (taken > owned)
    start = owned[chosen].astype(np.float64)
    event = taken[chosen] <= day
    length = np.where(event, taken[chosen], day) - start
    exposure = [float(np.clip(length - low, 0.0, high - low).sum()) for low, high in pairwise(AGES.tolist())]
    events = np.histogram(length[event], AGES)[0]
    overall = (events.sum() + 0.5) / (sum(exposure) + 1.0)
    return np.asarray((events + PRIOR_EVENTS) / (np.array(exposure) + PRIOR_EVENTS / overall))


def _cumulative(hazard: Array, age: Array) -> Array:
    edges = AGES[:-1]
    reached = np.concatenate([[0.0], np.cumsum(hazard[:-1] * np.diff(edges))])
    place = np.searchsorted(edges, age, side="right") - 1
    return reached[place] + hazard[place] * (age - edges[place])
