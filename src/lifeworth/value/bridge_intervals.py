"""How far the steps of a value bridge are known: 90 % intervals from what each run kept of its posterior.

Every step of the bridge is an estimate, since future value is: also that of new and gone customers. For each
draw of both runs' parameters P(alive), purchases and spend of the customers are worked out again from their
published histories, and the change is split again. Draws also carry the level that the backtest of each run
leaves open (docs/decisions/0003). Whether such a miss lies in activity, frequency or spend nobody knows, so
each of these three steps bears the whole of it. Margin and discounting as such are taken as known; what
they are applied to is not. Declared: errors of the two runs are independent. Runs of one company share
customers and model, so theirs agree rather than not, and the difference is known better than said here.
Of many customers, every k-th by value stands for k. See docs/decisions/0016-bridge-intervals.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.history import PurchaseHistory
from lifeworth.base.levels import NORMAL_95
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.value.bridge import BRIDGE_COLUMNS, Pair, match
from lifeworth.value.current import Forecast
from lifeworth.value.decomposition import logarithmic_mean
from lifeworth.value.model import FORMULA, Array, Base, PurchaseValueModel, ValueModel

NEEDED = tuple(dict.fromkeys((*BRIDGE_COLUMNS, "frequency", "recency", "T")))
LEVEL, SPEND = "level", "spend"  # columns of the table `posterior` beside the parameters of the model
KEPT, MOST = 60, 4_000  # draws that a run keeps; customers of one kind that are worked out again
OPEN = ("activity", "frequency", "spend")  # where the miss of a level may lie


@dataclass(frozen=True)
class Side:
    """A run: customers with `NEEDED` columns, its model by name and parameters, its table `posterior`.

    potential, subscriptions: total potential value, and of what subscriptions will pay, with its interval;
    offers: by what it comes from, the spread that offers have in common, relative to all potential value.
    """

    customers: pa.Table
    model: str
    parameters: Mapping[str, float]
    posterior: pa.Table
    days: float
    potential: Mapping[str, float]
    subscriptions: Mapping[str, float]
    offers: Mapping[str, float]


def posterior_table(model: ValueModel, base: Base, forecast: Forecast, levels: Array, seed: int) -> pa.Table:
    """What a run keeps of its posterior: one row per draw, a few kilobytes.

    Columns: `level`, the common factor of the draw; `spend`, what spend under the draw does to the sales to
    come; and the parameters of the purchase model, per day.
    """
    kept = levels[:KEPT]
    columns: dict[str, Array] = {LEVEL: kept, SPEND: np.ones(len(kept))}
    if isinstance(model, PurchaseValueModel):
        rows = _spread(forecast.expected_purchases)
        columns |= model.drawn(base.rows(rows), forecast.expected_purchases[rows], len(kept), seed)
    return pa.table({name: pa.array(each) for name, each in columns.items()})


def step_spreads(before: Side, after: Side, *, revenue: bool, pair: Pair | None = None) -> dict[str, float]:
    """Half the width of each step's 90 % interval, in major units; steps by the names of `Bridge.steps`.

    pair: what `match` gave of the two, where it is known already.
    """
    pair = pair or match(before.customers, after.customers, revenue=revenue)
    rows = np.flatnonzero(pair.stayed), pair.there
    value = [_bought(side) for side in (before, after)]
    turned = [_of_sum(side, each[~pair.ratio]) for side, each in zip((before, after), rows, strict=True)]
    found = {
        "new": _of_future(after, np.flatnonzero(pair.arrived)),
        "gone": _of_future(before, np.flatnonzero(~pair.stayed)),
        "turned": float(np.hypot(turned[0], turned[1])),
        "subscriptions": float(np.hypot(_paid(before, rows[0]), _paid(after, rows[1]))),
        "potential": _of_potential(before, rows[0], after, rows[1]),
    }
    chosen = np.flatnonzero(pair.ratio)
    some = chosen[_spread(value[1][rows[1][chosen]])]
    moved = [_moved(side, each[some]) for side, each in zip((before, after), rows, strict=True)]
    if "activity" not in pair.first:  # as in `match`
        moved = [side | {"frequency": side["frequency"] * side.get("activity", 1.0)} for side in moved]
    whole = [side["value"] * each[at[some]] for side, each, at in zip(moved, value, rows, strict=True)]
    count = min(len(each) for each in whole)
    levels = [_levels(side)[:count] for side in (before, after)]
    logs = np.log(levels[1] / levels[0])[:, None]
    mean = logarithmic_mean(whole[1][:count] * levels[1][:, None], whole[0][:count] * levels[0][:, None])
    for name in pair.first:
        ratio = np.log(pair.second[name][some] / pair.first[name][some])
        errors = logs if name in OPEN else np.zeros_like(logs)
        if name in OPEN:
            parts = [np.log(side.get(name, np.ones(1))) for side in moved]
            errors = errors + parts[1][:count] - parts[0][:count]
        found[name] = _half((mean * (ratio + errors)).sum(axis=1)) * len(chosen) / max(len(some), 1)
    return found


def _of_future(side: Side, rows: NDArray[np.intp]) -> float:
    """Of the future value of some customers: purchases, subscriptions and potential value, independent."""
    potential = _floats(side.customers, "potential_value")[rows].sum() * _relative(side.potential)
    return float(np.sqrt(_of_sum(side, rows) ** 2 + _paid(side, rows) ** 2 + potential**2))


def _paid(side: Side, rows: NDArray[np.intp]) -> float:
    """Of what subscriptions of some customers will pay: as unsure, in proportion, as those of all."""
    return float(_floats(side.customers, "subscription_value")[rows].sum() * _relative(side.subscriptions))


def _relative(total: Mapping[str, float]) -> float:
    """Half the width of an interval over its value."""
    whole = total.get("value") or 0.0
    return (total["high"] - total["low"]) / 2 / whole if whole > 0 else 0.0


def _bought(side: Side) -> Array:
    """Current value of purchases, without what subscriptions will pay."""
    return _floats(side.customers, "current_value") - _floats(side.customers, "subscription_value")


def _of_sum(side: Side, rows: NDArray[np.intp]) -> float:
    """Of the current value of purchases of some customers."""
    if not len(rows):
        return 0.0
    value = _bought(side)[rows]
    some = _spread(value)
    drawn = _moved(side, rows[some])["value"] @ value[some]
    return _half(drawn * _levels(side)[: len(drawn)]) * len(rows) / len(some)


def _of_potential(before: Side, rows0: NDArray[np.intp], after: Side, rows1: NDArray[np.intp]) -> float:
    """Of the change of potential value: an effect of offers that both runs use errs alike in both."""
    sums = [
        float(_floats(side.customers, "potential_value")[rows].sum())
        for side, rows in ((before, rows0), (after, rows1))
    ]
    both = before.offers.keys() & after.offers.keys()
    found = sum((after.offers[each] * sums[1] - before.offers[each] * sums[0]) ** 2 for each in both)
    found *= NORMAL_95**2
    for side, amount in zip((before, after), sums, strict=True):
        shared = NORMAL_95**2 * sum(side.offers[each] ** 2 for each in both)
        found += amount**2 * max(_relative(side.potential) ** 2 - shared, 0.0)
    return float(np.sqrt(found))


def _moved(side: Side, rows: NDArray[np.intp]) -> dict[str, Array]:
    """Each factor, and the value, under each draw over what was published, (draws, m)."""
    posterior = side.posterior
    ones = np.ones((posterior.num_rows, len(rows)))
    spend = _floats(posterior, SPEND)[:, None]
    if side.model == FORMULA or not len(rows):
        return dict.fromkeys(("activity", "frequency", "spend", "value"), ones)
    chosen = side.customers.take(pa.array(rows))
    columns = [_floats(chosen, name) for name in ("frequency", "recency", "T")]
    frequency, recency, age = (column.astype(np.int32) for column in columns)
    history = PurchaseHistory(range(len(rows)), frequency, recency, age, np.zeros(len(rows)))
    model, days = PURCHASE_MODELS[side.model], side.days
    usual = model.with_parameters(**side.parameters)
    alive0, purchases0 = usual.expected_probability_alive(history), usual.expected_purchases(history, days)
    alive, purchases = ones.copy(), ones.copy()
    drawn = {name: _floats(posterior, name) for name in side.parameters}
    for draw in range(posterior.num_rows):
        one = model.with_parameters(**{name: float(each[draw]) for name, each in drawn.items()})
        alive[draw] = _over(one.expected_probability_alive(history), alive0)
        purchases[draw] = _over(one.expected_purchases(history, days), purchases0)
    return {
        "activity": alive,
        "frequency": purchases / alive,
        "spend": spend * ones,
        "value": purchases * spend,
    }


def _levels(side: Side) -> Array:
    return _floats(side.posterior, LEVEL)


def _half(drawn: Array) -> float:
    """Half a 90 % interval of few draws: by their spread, which is steadier than their ends."""
    return float(NORMAL_95 * drawn.std(ddof=1))


def _spread(worth: Array) -> NDArray[np.intp]:
    """Rows of at most `MOST` customers, evenly from the least worth to the most."""
    step = max(-(-len(worth) // MOST), 1)
    return np.asarray(np.argsort(worth, kind="stable")[step // 2 :: step], np.intp)


def _over(one: Array, other: Array) -> Array:
    return np.clip(np.divide(one, other, out=np.ones_like(one), where=other > 0), 1e-9, 1e9)


def _floats(table: pa.Table, name: str) -> Array:
    return np.nan_to_num(np.asarray(table[name].cast(pa.float64())))
