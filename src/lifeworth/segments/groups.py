"""One row per segment of a scheme: how many customers, what they brought, what is to come."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.value.intervals import interval
from lifeworth.value.ledger import Ledger
from lifeworth.value.statement import Statement
from lifeworth.value.waterfall import waterfall


def codes_of(names: NDArray[np.str_], keys: Sequence[str]) -> NDArray[np.int64]:
    """Position of each customer's segment in `keys`, shape (n,)."""
    order = np.argsort(keys)
    return order[np.searchsorted(np.asarray(keys)[order], names)]


def group_rows(
    scheme: str,
    keys: Sequence[str],
    codes: NDArray[np.integer],
    *,
    net_sales: NDArray[np.float64],
    parts: Statement,
    ledger: Ledger,
    draws: NDArray[np.float64] | None,
    potential: tuple[NDArray[np.float64], ...] | None,
    thresholds: Mapping[str, float],
) -> list[dict[str, Any]]:
    """`results.summary.Group` of every key, empty segments included.

    Args:
        codes: position in `keys` of each of n customers.
        draws: current value per key and simulated future, (keys, draws); None: not estimated.
        potential: (value, low, high) of potential value per key, (keys,) each; None: not estimated.
    """

    def total(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.bincount(codes, weights=values, minlength=len(keys)).astype(np.float64)

    steps = {**ledger.columns(), **parts.columns()}
    sums = {name: np.rint(total(cents)).astype(np.int64) for name, cents in steps.items()}
    count, sales = np.bincount(codes, minlength=len(keys)), total(net_sales)
    historical, current = total(parts.historical) / 100, total(parts.current) / 100
    return [
        {
            "scheme": scheme,
            "key": key,
            "customers": int(count[index]),
            "net_sales": round(float(sales[index]), 2),
            "historical_value": float(historical[index]),
            "current_value": None if draws is None else interval(draws[index], float(current[index])),
            "potential_value": None if potential is None else _around(potential, index, sums),
            "waterfall": waterfall({name: int(each[index]) for name, each in sums.items()}),
            "thresholds": {name: float(limit) for name, limit in thresholds.items()},
        }
        for index, key in enumerate(keys)
    ]


def _around(
    potential: tuple[NDArray[np.float64], ...], index: int, sums: Mapping[str, NDArray[np.int64]]
) -> dict[str, float]:
    """The published sum with an interval that holds it."""
    value = float(sums["potential_value"][index]) / 100
    low, high = float(potential[1][index]), float(potential[2][index])
    return {"value": value, "low": min(low, value), "high": max(high, value)}
