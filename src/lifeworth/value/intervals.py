"""Intervals by simulation: each draw is one possible future of the whole base.

Draw d takes one draw of the models' parameters for all customers, then lets every customer
live through the horizon: leave or stay, buy, spend. Customers' quantiles are taken over draws,
totals are summed within a draw first, so that the interval of a total is simulated and never
a sum of intervals.

A model can also be wrong about the level as a whole (season, growth, a new competitor). The
backtest shows by how much it was; `level_sd` (the absolute log of that miss) spreads all draws
by one common log-normal factor. See docs/decisions/0003-level-uncertainty.md.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.history import PurchaseHistory
from lifeworth.base.levels import NORMAL_95
from lifeworth.base.random import stream
from lifeworth.value.current import Forecast

Array = NDArray[np.float64]
Draws = tuple[NDArray[np.integer], Array]  # purchases and net sales, each of shape (customers, draws)
DrawBlock = Callable[[PurchaseHistory, slice, np.random.Generator], Draws]
CELLS_PER_BLOCK = 2_000_000  # customers x draws held at once
FEW_GROUPS = 40
LOW, HIGH = 0.05, 0.95
LEAST_LEVEL = 0.05  # of a total: a forecast of nothing says no more than one of a twentieth
LEVEL_STREAM, BLOCK_STREAM = 0, 1


@dataclass(frozen=True)
class Intervals:
    low: Array  # per customer, shape (n,)
    high: Array
    variance: Array  # per customer, of chance and parameters, (n,)
    total_value: Array  # one figure per draw, shape (draws,)
    total_purchases: Array
    groups: list[Array]  # per grouping asked: value per group and draw, shape (groups, draws)
    terms: Array  # per other terms asked: total value per draw, shape (terms, draws)
    levels: Array  # the common factor of each draw, shape (draws,)


def draws_for(customers: int) -> int:
    """Draws that keep the work bounded: 500 for a small base, 200 for millions."""
    return int(np.clip(20_000_000 // max(customers, 1), 200, 500))


def blocks(customers: int, draws: int) -> Iterator[tuple[int, slice]]:
    rows = max(CELLS_PER_BLOCK // draws, 1)
    for number, start in enumerate(range(0, customers, rows)):
        yield number, slice(start, min(start + rows, customers))


def level_sd(bias: float) -> float:
    """Spread of the level that one miss of a total suggests; `bias` is forecast / actual - 1."""
    return abs(float(np.log(max(1 + bias, LEAST_LEVEL))))


def level_factors(level_sd: float, draws: int, seed: int) -> Array:
    """One common factor per draw with mean 1."""
    normal = stream(seed, LEVEL_STREAM).standard_normal(draws)
    return np.exp(level_sd * normal - level_sd**2 / 2)


def simulate(
    history: PurchaseHistory,
    forecast: Forecast,
    margin_rates: Array,
    draw_block: DrawBlock,
    *,
    draws: int,
    level_sd: float,
    seed: int,
    groupings: Sequence[tuple[NDArray[np.integer], int]] = (),
    terms: Sequence[Array] = (),
    observe: Callable[[slice, NDArray[np.integer], Array], None] | None = None,
    beside: Callable[[slice], Array] | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Intervals:
    """Simulate the futures of n customers, block by block, the same for any number of blocks' order.

    Args:
        draw_block: futures of one slice of customers.
        groupings: (code per customer, number of groups), summed within each draw.
        terms: value of one unit of each customer's net sales on other terms, (n,): the same futures are
            added up on these terms too.
        observe: sees each block's rows, purchases and net sales, before discount and margin.
        beside: value of a slice of customers from elsewhere in each draw, on which the level has no say.
        seed: of all streams; a block's stream depends on its number only.
    """
    n = len(history)
    low, high, variance = np.empty(n), np.empty(n), np.empty(n)
    total_value, total_purchases = np.zeros(draws), np.zeros(draws)
    groups = [np.zeros((count, draws)) for _, count in groupings]
    factors = level_factors(level_sd, draws, seed)
    others = np.zeros((len(terms), draws))
    for number, rows in blocks(n, draws):
        purchases, sales = draw_block(history[rows], rows, stream(seed, BLOCK_STREAM, number))
        if observe:
            observe(rows, purchases, sales)
        if terms:
            others += np.stack([worth[rows] for worth in terms]) @ sales * factors
        value = sales * (margin_rates[rows] * forecast.discount[rows])[:, None]
        value *= factors
        if beside:
            value += beside(rows)
        low[rows], high[rows] = np.quantile(value, (LOW, HIGH), axis=1)
        variance[rows] = value.var(axis=1)
        total_value += value.sum(axis=0)
        total_purchases += purchases.sum(axis=0) * factors
        for totals, (codes, _) in zip(groups, groupings, strict=True):
            _add(totals, codes[rows], value)
        progress(rows.stop / n)
    return Intervals(low, high, variance, total_value, total_purchases, groups, others, factors)


def _add(totals: Array, codes: NDArray[np.integer], value: Array) -> None:
    """Add the rows of `value` to the totals of their groups; many groups in one pass over sorted rows."""
    if len(totals) <= FEW_GROUPS:
        for group in range(len(totals)):
            totals[group] += value[codes == group].sum(axis=0)
        return
    order = np.argsort(codes, kind="stable")
    begins = np.flatnonzero(np.diff(codes[order], prepend=-1))
    totals[codes[order][begins]] += np.add.reduceat(value[order], begins, axis=0)


def interval(draws: Array, point: float) -> dict[str, float]:
    """{"value", "low", "high"}: the 90 % interval of drawn totals, stretched where the point lies outside.

    The mean of a law with a long tail can lie beyond its 95 % quantile; for the total of a run it is told
    (finding value_off_interval).
    """
    low, high = np.quantile(draws, (LOW, HIGH))
    return {"value": float(point), "low": float(min(low, point)), "high": float(max(high, point))}


def added(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """The interval of a sum of two independent estimates, each side's distances added in squares."""
    value = one["value"] + other["value"]
    below = np.hypot(one["value"] - one["low"], other["value"] - other["low"])
    above = np.hypot(one["high"] - one["value"], other["high"] - other["value"])
    return {"value": value, "low": float(value - below), "high": float(value + above)}


def count_interval(probabilities: Array) -> dict[str, float]:
    """How many of n independent events happen, and the 90 % interval of that number.

    Normal approximation of the Poisson-binomial law, parameters taken as known.
    """
    expected = float(probabilities.sum())
    half = NORMAL_95 * float(np.sqrt((probabilities * (1 - probabilities)).sum()))
    return {
        "value": expected,
        "low": max(0.0, expected - half),
        "high": min(float(len(probabilities)), expected + half),
    }
