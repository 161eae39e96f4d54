"""The discount guard-rail of a published run, group by group."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.base.levels import NORMAL_95
from lifeworth.results.read import read_customers
from lifeworth.value.guard_rail import Ends, Group, Target, deepest, more_needed

Array = NDArray[np.float64]
SCHEMES = ("tier", "pattern", "decision", "rfm_class")
COLUMNS = (
    *("expected_purchases", "expected_spend", "margin_rate", "margin_rate_low", "margin_rate_high"),
    *("current_value", "current_value_undiscounted", "subscription_value", "subscription_value_undiscounted"),
)


def guard_rail(
    folder: Path, summary: dict[str, Any], target: Target, scheme: str = "tier"
) -> dict[str, Any] | None:
    """Rows with the deepest discount of every group of a scheme that buys, the target and the terms.

    Returns:
        None for a run on revenue, which knows no margin, one that forecasts nobody, or of an older version.
    Raises:
        UsageError: VALUE-332 for a scheme that is none.
    """
    if scheme not in SCHEMES:
        raise UsageError("VALUE-332", seen=scheme, known=", ".join(SCHEMES))
    groups = [group for group in summary["segments"] if group["scheme"] == scheme]
    table = None
    if summary["basis"] == "profit" and summary["individual"] and groups:
        table = read_customers(folder, (*COLUMNS, scheme))
    if table is None or table["margin_rate"].null_count == table.num_rows:
        return None
    columns = {name: table[name].cast("float64").fill_null(0.0).to_numpy() for name in COLUMNS}
    names = np.asarray(table[scheme].to_pylist())
    common = float((summary.get("margin_ahead") or {}).get("standard_error") or 0.0)
    rows = [_row(group, columns, names == group["key"], target, common) for group in groups]
    return {
        "scheme": scheme,
        "target": target.kind,
        "amount": target.amount,
        "rows": [row for row in rows if row is not None],
    }


def _row(
    told: dict[str, Any], columns: dict[str, Array], mine: NDArray[np.bool_], target: Target, common: float
) -> dict[str, Any] | None:
    found = _group(told, {name: column[mine] for name, column in columns.items()}, common)
    discount = deepest(found, target) if found else None
    if found is None or discount is None:
        return None
    given = max(0.0, min(discount[1], 1.0))
    return {
        "key": told["key"],
        "customers": found.customers,
        "margin": _interval(found.margin),
        "sales": _interval(found.sales),
        "spend": found.spend,
        "deepest": _interval(discount),
        "give": given,
        "more_needed": more_needed(given, found.margin[0]),
    }


def _group(told: dict[str, Any], own: dict[str, Array], common: float) -> Group | None:
    """What is bought anew; subscriptions have prices of their own. None for who buys nothing.

    common: standard error of the margin that all customers share.
    """
    sales = own["expected_purchases"] * own["expected_spend"]
    value = float((own["current_value"] - own["subscription_value"]).sum())
    plain = float((own["current_value_undiscounted"] - own["subscription_value_undiscounted"]).sum())
    purchases, undiscounted = float(own["expected_purchases"].sum()), float(sales.sum())
    if undiscounted <= 0 or purchases <= 0:
        return None
    ahead = undiscounted * (value / plain if plain > 0 else 1.0)
    margin = float((own["margin_rate"] * sales).sum()) / undiscounted
    doubt = (own["margin_rate_high"] - own["margin_rate_low"]) / (2 * NORMAL_95)
    half = NORMAL_95 * float(np.hypot(np.sqrt(((doubt * sales) ** 2).sum()) / undiscounted, common))
    low, high = _spread(told["current_value"])
    return Group(
        len(sales), (margin, margin - half, margin + half), (ahead, ahead * low, ahead * high),
        undiscounted / purchases,
    )  # fmt: skip


def _spread(value: dict[str, float]) -> tuple[float, float]:
    """Ends of the group's current value in units of it: its sales ahead scatter as much."""
    if value["value"] <= 0:
        return 0.0, 2.0
    return max(0.0, value["low"] / value["value"]), value["high"] / value["value"]


def _interval(ends: Ends) -> dict[str, float]:
    return dict(zip(("value", "low", "high"), ends, strict=True))
