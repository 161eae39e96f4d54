"""The value bridge between two statements: which part of the change came from what, to the cent.

Customers are matched by id. Those of one statement only are new or gone. For each of the others

    current value = activity x frequency x spend x margin x discounting     + subscriptions
                    P(alive)   purchases   per        profit   present worth
                               if alive    purchase   rate     of what is to come

and the change of the product splits by the additive LMDI (`value.decomposition`): exact, no residual. A
customer whose value of purchases is nil or negative in one statement has no ratio and counts under `turned`.
The steps `subscriptions` and `potential` are the changes of what subscriptions will pay and of potential
value, which are no products of these factors.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.value.cents import to_cents
from lifeworth.value.decomposition import lmdi

Array = NDArray[np.float64]
Cents = NDArray[np.int64]
BRIDGE_COLUMNS = (
    "customer_id",
    "probability_alive",
    "expected_purchases",
    "expected_spend",
    "current_value",
    "current_value_undiscounted",
    "subscription_value",
    "subscription_value_undiscounted",
    "potential_value",
    "pattern",
)


@dataclass(frozen=True)
class Bridge:
    """`before` + the sum of `steps` = `after`, in cents of future value.

    moves: one row per pair of patterns: customers, and the change of their future value in cents; a
    pattern of None is a customer the statement does not have.
    """

    before: int
    after: int
    steps: dict[str, int]
    moves: list[dict[str, Any]]


@dataclass(frozen=True)
class Pair:
    """Two statements side by side.

    stayed: rows of the first whose customers are in both, and there: their rows in the second, (m,);
    arrived: rows of the second without one in the first; first, second: factors of the m, by name; ratio:
    of which of the m all factors are positive, so that they have a ratio.
    """

    stayed: NDArray[np.bool_]
    there: NDArray[np.int64]
    arrived: NDArray[np.bool_]
    first: dict[str, Array]
    second: dict[str, Array]
    ratio: NDArray[np.bool_]


def match(before: pa.Table, after: pa.Table, *, revenue: bool) -> Pair:
    place = pc.index_in(
        before["customer_id"].combine_chunks(), value_set=after["customer_id"].combine_chunks()
    )
    stayed = np.asarray(pc.is_valid(place))
    there = np.asarray(pc.drop_null(place)).astype(np.int64)
    arrived = np.ones(after.num_rows, bool)
    arrived[there] = False
    factors0, factors1 = _factors(before, revenue), _factors(after, revenue)
    names = [name for name in factors0 if name in factors1]
    if "activity" not in names:  # one of the two knows no leaving: purchases as they are expected
        factors0, factors1 = _joined(factors0), _joined(factors1)
        names = [name for name in factors0 if name in factors1]
    first = {name: factors0[name][stayed] for name in names}
    second = {name: factors1[name][there] for name in names}
    ratio = np.all([_usable(each[name]) for each in (first, second) for name in names], axis=0)
    return Pair(stayed, there, arrived, first, second, ratio)


def value_bridge(
    before: pa.Table, after: pa.Table, *, revenue: bool = False, pair: Pair | None = None
) -> Bridge:
    """Split the change of future value between two customer tables with `BRIDGE_COLUMNS`.

    Args:
        revenue: values are revenue: the margin is one, and no step is made of its rounding.
        pair: what `match` gave of the two, where it is known already.
    """
    pair = pair or match(before, after, revenue=revenue)
    stayed, there, arrived, ratio = pair.stayed, pair.there, pair.arrived, pair.ratio
    future0, future1 = _future(before), _future(after)
    current0, current1 = _cents(before, "current_value")[stayed], _cents(after, "current_value")[there]
    paying0, paying1 = (
        _cents(table, "subscription_value")[rows] for table, rows in ((before, stayed), (after, there))
    )
    names = list(pair.first)
    split = lmdi(
        {name: pair.first[name][ratio] for name in names}, {name: pair.second[name][ratio] for name in names}
    )
    change = (current1 - paying1) - (current0 - paying0)
    shares = _settled(np.array([split[name] for name in names]), int(change[ratio].sum()))
    steps = {
        "new": int(future1[arrived].sum()),
        "gone": -int(future0[~stayed].sum()),
        **dict(zip(names, shares, strict=True)),
        "turned": int(change[~ratio].sum()),
        **({"subscriptions": int(paying1.sum() - paying0.sum())} if paying0.any() or paying1.any() else {}),
        "potential": int((future1[there] - current1).sum() - (future0[stayed] - current0).sum()),
    }
    return Bridge(
        int(future0.sum()), int(future1.sum()), steps, _moves(before, after, stayed, there, future0, future1)
    )


def _factors(table: pa.Table, revenue: bool) -> dict[str, Array]:
    """The factors of the current value of purchases per customer, NaN where there are none."""
    alive, purchases, spend = (
        _floats(table, name) for name in ("probability_alive", "expected_purchases", "expected_spend")
    )
    undiscounted, current = (
        (_cents(table, f"current_value{end}") - _cents(table, f"subscription_value{end}")) / 100
        for end in ("_undiscounted", "")
    )
    found = {}
    if table["probability_alive"].null_count < table.num_rows:
        found = {"activity": alive, "frequency": _ratio(purchases, alive)}
    else:
        found = {"frequency": purchases}
    if revenue:
        found["spend"] = _ratio(undiscounted, purchases)
    else:
        found |= {"spend": spend, "margin": _ratio(undiscounted, purchases * spend)}
    return found | {"discounting": _ratio(current, undiscounted)}


def _joined(factors: dict[str, Array]) -> dict[str, Array]:
    if "activity" not in factors:
        return factors
    rest = {name: factor for name, factor in factors.items() if name != "activity"}
    return rest | {"frequency": factors["activity"] * factors["frequency"]}


def _settled(amounts: Array, cents: int) -> list[int]:
    """Whole cents of `amounts` (major units) that add up to `cents`, which their sum is but for rounding."""
    whole = to_cents(amounts)
    largest = int(np.argmax(np.abs(whole)))
    whole[largest] += cents - int(whole.sum())
    return [int(each) for each in whole]


def _moves(
    before: pa.Table, after: pa.Table, stayed: Any, there: Cents, future0: Cents, future1: Cents
) -> list[dict[str, Any]]:
    first, second = (table["pattern"].to_numpy(zero_copy_only=False) for table in (before, after))
    arrived = np.ones(after.num_rows, bool)
    arrived[there] = False
    pairs = pa.table(
        {
            "before": pa.array([*first[stayed], *first[~stayed], *[None] * int(arrived.sum())], pa.string()),
            "after": pa.array(
                [*second[there], *[None] * int((~stayed).sum()), *second[arrived]], pa.string()
            ),
            "change": np.concatenate([future1[there] - future0[stayed], -future0[~stayed], future1[arrived]]),
        }
    )
    found = pairs.group_by(["before", "after"]).aggregate([("change", "count"), ("change", "sum")])
    rows = [
        {
            "before": row["before"],
            "after": row["after"],
            "customers": row["change_count"],
            "change": row["change_sum"],
        }
        for row in found.to_pylist()
    ]
    return sorted(rows, key=lambda row: (row["before"] or "", row["after"] or ""))


def _future(table: pa.Table) -> Cents:
    return _cents(table, "current_value") + _cents(table, "potential_value")


def _cents(table: pa.Table, name: str) -> Cents:
    filled = np.nan_to_num(_floats(table, name))
    return np.rint(filled * 100).astype(np.int64)


def _floats(table: pa.Table, name: str) -> Array:
    values: Array = table[name].cast(pa.float64()).to_numpy()
    return values


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def _usable(factor: Array) -> NDArray[np.bool_]:
    return np.isfinite(factor) & (factor > 0)
