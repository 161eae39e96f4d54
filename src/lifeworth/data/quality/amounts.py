"""Amounts that bend a forecast of spend: giants, sales below cost, one price for everything."""

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.finding import Finding

BIG_CUSTOMER_SHARE = 0.05
BIG_CUSTOMER_TIMES = 20.0
EXTREME_TIMES = 100.0
EXTREME_SHARE = 0.01
SAME_AMOUNT_SHARE = 0.5
BELOW_COST_SHARE = 0.01


def big_customer(net_sales: NDArray[np.floating]) -> Finding | None:
    """One customer who holds a visible part of all sales, far above an even share."""
    total = float(net_sales.sum())
    if len(net_sales) < 2 or total <= 0:
        return None
    share = float(net_sales.max()) / total
    if share < BIG_CUSTOMER_SHARE or share * len(net_sales) < BIG_CUSTOMER_TIMES:
        return None
    return Finding("quality_big_customer", "warn", {"share": share})


def extreme_order(median: float, largest: float, total: float) -> Finding | None:
    """One order beyond all measure: a wholesale order, a typing error, or one later reversed."""
    if median <= 0 or total <= 0 or largest < EXTREME_TIMES * median or largest < EXTREME_SHARE * total:
        return None
    return Finding("quality_extreme_order", "warn", {"times": largest / median, "share": largest / total})


def same_amount(orders: int, share: float | None) -> Finding | None:
    """Most orders cost the same: a subscription or an entry fee, where spend hardly differs."""
    if share is None or orders < 2 or share < SAME_AMOUNT_SHARE:
        return None
    return Finding("quality_same_amount", "info", {"share": share})


def below_cost(lines_with_cost: int, lines_below_cost: int) -> Finding | None:
    if lines_below_cost == 0:
        return None
    share = lines_below_cost / max(lines_with_cost, 1)
    facts = {"lines": lines_below_cost, "share": share}
    return Finding("quality_negative_margin", "warn" if share >= BELOW_COST_SHARE else "info", facts)
