"""Up-sell: a step up the price ladder of a category, less the margin of what it replaces.

Products of a category fall into three tiers by price. Among customers who bought at most tier t at a
cutoff, those who bought a higher one in the window after it tell how likely the step is (by category,
tier and activity, shrunk to all) and which part of their units went up. Current value holds the
cheaper goods already, so only the difference of the margins counts.
Source: methods.md 1 (US) and 9.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.data.holdings import NEVER, Holdings

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
TIER_COUNT = 3
FEWEST_PRODUCTS, LEAST_SPREAD = 3, 1.2
CREDIBILITY = 50.0
MOST_CATEGORIES = 60
SAME = 1e-9  # relative: a price at an edge stays below it, however the edge is rounded
ACTIVE = 3  # last part of a stratum: time since the last purchase


@dataclass(frozen=True)
class Ladder:
    """Price tiers of m categories: price and unit cost (NaN unknown) of each, (m, TIER_COUNT)."""

    categories: list[str]
    product: list[str]
    cell: list[str]  # of each product: its category and tier
    price: Array
    unit_cost: Array


@dataclass(frozen=True)
class Upgrades:
    """Rows of (customer, category): chance of a step up within the window, and the extra spend and units."""

    customer: Codes
    category: Codes
    tier: Codes
    chance: Array
    units_share: float  # of the units of those who went up, the share that went up
    learned: int  # steps up that were seen


def ladder(products: pa.Table, most: int = MOST_CATEGORIES) -> Ladder | None:
    """Price tiers of the categories with at least three products and a spread of prices."""
    known = products.filter(products["category"].is_valid())
    if not known.num_rows:
        return None
    names = known["category"].to_numpy(zero_copy_only=False)
    paid = known["price"].to_numpy().copy()
    mean = known["paid"].to_numpy()
    paid = np.where(np.isfinite(paid) & (paid > 0), paid, mean)
    cost, buyers = known["unit_cost"].to_numpy(), known["buyers"].to_numpy().astype(np.float64)
    product = known["product"].to_pylist()
    categories, code = np.unique(names.astype(str), return_inverse=True)
    popular = np.argsort(-np.bincount(code, buyers), kind="stable")[:most]
    kept: list[str] = []
    prices, costs = [], []
    chosen: list[str] = []
    cells: list[str] = []
    for place in popular.tolist():
        rows = np.flatnonzero((code == place) & (paid > 0))
        if len(rows) < FEWEST_PRODUCTS or np.ptp(paid[rows]) == 0:
            continue
        edges = np.quantile(paid[rows], np.arange(1, TIER_COUNT) / TIER_COUNT)
        tier = np.searchsorted(edges * (1 + SAME), paid[rows], side="left")
        weight = np.maximum(buyers[rows], 1.0)
        sums = np.bincount(tier, weight, TIER_COUNT)
        if (sums == 0).any():
            continue
        price = np.bincount(tier, weight * mean[rows], TIER_COUNT) / sums
        if price[-1] < LEAST_SPREAD * price[0] or (np.diff(price) <= 0).any():
            continue
        cells += [f"{len(kept):03d}/{step}" for step in tier.tolist()]
        chosen += [product[row] for row in rows.tolist()]
        kept.append(str(categories[place]))
        prices.append(price)
        costs.append(np.bincount(tier, weight * cost[rows], TIER_COUNT) / sums)  # NaN where any is unknown
    if not kept:
        return None
    return Ladder(kept, chosen, cells, np.array(prices), np.array(costs))


def upgrades(
    holdings: Holdings, rungs: Ladder, strata: Codes, cutoff: int, known: NDArray[np.bool_], strata_now: Codes
) -> Upgrades:
    """Chances of a step up as of today, learned from the window after `cutoff`.

    Args:
        holdings: of the tiers; its recent money is that after `cutoff`.
        strata, strata_now: codes (n,) at the cutoff and today; known: (n,) customers of the cutoff.
    """
    m = len(rungs.categories)
    where = np.array([int(name[:3]) * TIER_COUNT + int(name[-1]) for name in holdings.items], np.int64)
    flat = np.full((holdings.customers, m * TIER_COUNT), NEVER, np.int32)
    flat[holdings.customer, where[holdings.item]] = holdings.first_day
    first = flat.reshape(-1, m, TIER_COUNT)
    then, now = _highest(first <= cutoff), _highest(first != NEVER)
    at_risk = (then >= 0) & (then < TIER_COUNT - 1) & known[:, None]
    stepped = at_risk & (now > then)
    rate = _rates(at_risk, stepped, then, strata % ACTIVE)
    customer, category = np.nonzero((now >= 0) & (now < TIER_COUNT - 1))
    tier = now[customer, category]
    return Upgrades(
        customer,
        category,
        tier,
        rate[category, tier, strata_now[customer] % ACTIVE],
        _units_share(holdings, where, then, stepped, m),
        int(stepped.sum()),
    )


def _highest(owned: NDArray[np.bool_]) -> Codes:
    """The highest tier owned, (n, categories), -1 for none."""
    highest = np.full(owned.shape[:2], -1, np.int8)
    for step in range(TIER_COUNT):
        highest[owned[:, :, step]] = step
    return highest.astype(np.int64)


def _rates(at_risk: NDArray[np.bool_], stepped: NDArray[np.bool_], tier: Codes, active: Codes) -> Array:
    """P(step), (categories, tiers, activity): cells shrunk to the activity's rate over all categories."""
    customer, category = np.nonzero(at_risk)
    shape = (at_risk.shape[1], TIER_COUNT, ACTIVE)
    cell = np.ravel_multi_index((category, tier[customer, category], active[customer]), shape)
    size = int(np.prod(shape))
    risk = np.bincount(cell, minlength=size).reshape(shape).astype(np.float64)
    steps = np.bincount(cell, stepped[customer, category], size).reshape(shape)
    overall = (steps.sum(axis=(0, 1)) + 0.5) / (risk.sum(axis=(0, 1)) + 1.0)
    return np.asarray((steps + CREDIBILITY * overall) / (risk + CREDIBILITY))


def _units_share(holdings: Holdings, where: Codes, then: Codes, stepped: NDArray[np.bool_], m: int) -> float:
    """Of the units that those who stepped up bought in the window, the share above their old tier."""
    category, tier = np.divmod(where[holdings.item], TIER_COUNT)
    theirs = stepped[holdings.customer, category]
    above = theirs & (tier > then[holdings.customer, category])
    units = float(holdings.units_recent[theirs].sum())
    return float(holdings.units_recent[above].sum()) / units if units > 0 else 0.0
