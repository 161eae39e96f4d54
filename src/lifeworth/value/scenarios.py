"""What current value becomes when one thing changes, worked out again from the fitted model.

Churn, times k: from today on every customer's chance to leave is k times what it was. A customer who
buys at a constant rate and leaves at a constant rate then brings the same purchases as a clock that
runs k times as fast, divided by k: E'(t) = E(k t) / k, and discounted at rate d, D'(t) = D(k t; d / k) / k.
That is exact for BG/NBD, MBG/NBD and Pareto/NBD (their dropout is memoryless for a single customer), and
leaves what the past says of who is still active as it is. The plain formula knows no leaving.
Price, by share p: as many units are sold and their costs stay, so the margin rate m on today's sales
becomes m + p. No answer of demand is assumed: `break_even_loss` = p / (m + p) is the share of purchases
whose loss would undo a rise. Margin, by share q of sales: m + q. Discount rate: other rate, same model.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from lifeworth.base.errors import UsageError
from lifeworth.value.discounting import rate_per_day
from lifeworth.value.model import Array, Base, PurchaseValueModel, ValueModel

Lever = Literal["churn", "price", "margin", "discount_rate"]
LEVERS: tuple[Lever, ...] = ("churn", "price", "margin", "discount_rate")


@dataclass(frozen=True)
class Changes:
    """How far each lever moves to either side; 0 leaves it out.

    churn, price: shares (0.10 is 10 %); margin, discount_rate: points (0.05 is 5 points).
    """

    churn: float = 0.10
    price: float = 0.05
    margin: float = 0.05
    discount_rate: float = 0.05

    def __post_init__(self) -> None:
        for lever in LEVERS:
            if not 0 <= getattr(self, lever) < 1:
                raise UsageError("VALUE-321", lever=lever, seen=getattr(self, lever))


@dataclass(frozen=True)
class Scenario:
    """One lever moved by `change`; `total` is the current value of all customers then."""

    lever: Lever
    change: float
    total: float


def scenarios(
    model: ValueModel, base: Base, changes: Changes, *, days: float, annual_rate: float, has_margin: bool
) -> list[Scenario]:
    """Both sides of every lever that has a meaning here.

    Args:
        has_margin: the basis deducts costs; on revenue there is no margin to move.
    """
    found = []
    for lever in LEVERS:
        size = getattr(changes, lever)
        if not size or (lever == "margin" and not has_margin):
            continue
        if lever == "churn" and not isinstance(model, PurchaseValueModel):
            continue
        for change in (-size, size):
            moved = max(change, -annual_rate) if lever == "discount_rate" else change
            if moved:
                value = _value(model, base, lever, moved, days, annual_rate)
                found.append(Scenario(lever, moved, float(value.sum())))
    return found


def _value(
    model: ValueModel, base: Base, lever: Lever, change: float, days: float, annual_rate: float
) -> Array:
    if lever == "churn" and isinstance(model, PurchaseValueModel):
        return with_churn(model, base, 1.0 + change, days=days, annual_rate=annual_rate)
    if lever in ("price", "margin"):
        base = replace(base, margin_rates=base.margin_rates + change)
    else:
        annual_rate += change
    return model.forecast(base, days=days, annual_rate=annual_rate).value


def with_churn(
    model: PurchaseValueModel, base: Base, times: float, *, days: float, annual_rate: float
) -> Array:
    """Current value per customer, shape (n,), when leaving is `times` as likely from today on."""
    stretched = model.forecast(base, days=times * days, annual_rate=0.0)
    purchases = model.purchases.discounted_expected_purchases(
        base.history, discount_rate=rate_per_day(annual_rate) / times, future_t=times * days
    )
    return np.asarray(purchases / times * stretched.expected_spend * base.margin_rates)


def break_even_loss(rise: float, value: float, risen: float) -> float | None:
    """Share of purchases whose loss would undo a rise in price; None where there is nothing to lose."""
    return 1.0 - value / risen if rise > 0 and risen > 0 and value > 0 else None


def record(found: Iterable[Scenario], base_case: dict[str, float]) -> dict[str, Any]:
    """`summary.scenarios`: the base case, and each scenario with its difference from it.

    The interval of a scenario is that of the base case in proportion: the same futures, other terms.
    """
    value = base_case["value"]
    rows = []
    for one in found:
        ratio = one.total / value if value else 1.0
        low, high = sorted((base_case["low"] * ratio, base_case["high"] * ratio))
        row = {
            "lever": one.lever, "change": one.change, "value": one.total, "low": low, "high": high,
            "difference": one.total - value,
            "break_even_loss": (
                break_even_loss(one.change, value, one.total) if one.lever == "price" else None
            ),
        }  # fmt: skip
        rows.append(row)
    return {"base": base_case, "rows": rows}
