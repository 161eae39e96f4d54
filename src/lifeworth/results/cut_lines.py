"""Patterns under other cut lines than those of a run: who would fall where. The run stays as it is.

Of the customers' published columns: expected purchases, and what one of them brings before discounting.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import AppError
from lifeworth.results.contract import PATTERNS
from lifeworth.segments.pattern import PatternRule

Column = Callable[[str], NDArray[np.float64]]  # a column of `customers`, missing values as NaN
MOST = 1e12
NOWHERE = -1  # customers without a forecast


@dataclass(frozen=True)
class Lines:
    """repeats: purchase days over the horizon; profit: money per purchase day."""

    repeats: float
    profit: float


def moved_lines(summary: Mapping[str, Any], repeats: float | None, profit: float | None) -> Lines | None:
    """The lines that are asked for, one or both; None where these are the run's own, or it has none.

    Raises:
        AppError: APP-019 for what cannot be a line.
    """
    used = used_lines(summary)
    if used is None:
        return None
    for given in (repeats, profit):
        if given is not None and not abs(given) <= MOST:
            raise AppError("APP-019", seen=str(given), wanted=f"-{MOST:.0e} … {MOST:.0e}")
    asked = Lines(used.repeats if repeats is None else repeats, used.profit if profit is None else profit)
    return None if asked == used else asked


def used_lines(summary: Mapping[str, Any]) -> Lines | None:
    """The lines of the run; None where it knows no patterns."""
    found = _thresholds(summary)
    return Lines(float(found["expected_repeats"]), float(found["profit_per_order"])) if found else None


def profit_per_order(column: Column, summary: Mapping[str, Any]) -> NDArray[np.float64]:
    """Spend times margin; where costs vary by customer, undiscounted value over purchases: the same."""
    if summary.get("basis") != "profit" or summary.get("margin") is not None:
        return column("expected_spend") * float(summary.get("margin") or 1.0)
    repeats, worth = column("expected_purchases"), column("current_value_undiscounted")
    if summary.get("subscriptions"):
        worth = worth - np.nan_to_num(column("subscription_value_undiscounted"))  # no purchase brings it
    return worth / np.where(repeats > 0, repeats, np.nan)


def kinds(column: Column, summary: Mapping[str, Any], lines: Lines) -> NDArray[np.int64]:
    """Place in `PATTERNS` of each customer, or `NOWHERE`. The cost to serve is that of the run."""
    found = _thresholds(summary)
    rule = PatternRule(lines.profit, lines.repeats, float((found or {}).get("cost_to_serve") or 0.0))
    repeats, profit = column("expected_purchases"), profit_per_order(column, summary)
    known = np.isfinite(repeats)
    made = rule.classify(np.where(np.isfinite(profit), profit, 0.0), np.where(known, repeats, 0.0))
    return np.where(known, made.astype(np.int64), NOWHERE)


def quadrants(column: Column, found: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Customers and current value of each pattern. Its bounds add up the customers' own, as if all turned out
    alike: wide. Only a run draws the futures of a group together.
    """
    there, rows = found != NOWHERE, []
    sums = [
        np.bincount(found[there], np.nan_to_num(column(name)[there]), len(PATTERNS))
        for name in ("current_value", "current_value_low", "current_value_high")
    ]
    counts = np.bincount(found[there], minlength=len(PATTERNS))
    for place, key in enumerate(PATTERNS):
        value, low, high = (float(each[place]) for each in sums)
        rows.append(
            {
                "key": key,
                "customers": int(counts[place]),
                "current_value": {"value": value, "low": low, "high": high},
            }
        )
    return rows


def _thresholds(summary: Mapping[str, Any]) -> dict[str, float] | None:
    groups = summary.get("segments") or []
    return next((group["thresholds"] for group in groups if group["scheme"] == "pattern"), None)
