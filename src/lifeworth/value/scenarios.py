"""What current value becomes when one thing changes, worked out again from the fitted model.

Churn, times k: from today on every customer's chance to leave is k times what it was. A customer who
buys at a constant rate and leaves at a constant rate then brings the same purchases as a clock that
runs k times as fast, divided by k: E'(t) = E(k t) / k, and discounted at rate d, D'(t) = D(k t; d / k) / k.
That is exact for BG/NBD, MBG/NBD and Pareto/NBD (their dropout is memoryless for a single customer), and
leaves what the past says of who is still active as it is. The plain formula knows no leaving.
Price, by share p: as many units are sold and their costs stay, so the margin rate m on today's sales
becomes m + p. No answer of demand is assumed: `break_even_loss` = p / (m + p) is the share of purchases
whose loss would undo a rise. Margin, by share q of sales: m + q. Discount rate: other rate, same model.

The interval of a difference comes from the futures that current value's own interval comes from: in each, all
customers live once as it is and once with the change, and what differs is summed. Price, margin and discount
rate leave what they buy as it is; with other churn they buy at the same moments until they leave. See
docs/decisions/0014-scenario-intervals.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from lifeworth.base.errors import UsageError
from lifeworth.value.discounting import rate_per_day
from lifeworth.value.intervals import CELLS_PER_BLOCK, interval
from lifeworth.value.model import Array, Base, PurchaseValueModel, ValueModel

Lever = Literal["churn", "price", "margin", "discount_rate"]
LEVERS: tuple[Lever, ...] = ("churn", "price", "margin", "discount_rate")
ENDS = {"value": "", "low": "_low", "high": "_high"}


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
    """One lever moved by `change`: what n customers are worth then, and one unit of their net sales, (n,)."""

    lever: Lever
    change: float
    value: Array
    worth: Array

    @property
    def total(self) -> float:
        return float(self.value.sum())


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
                value, sales = _moved(model, base, lever, moved, days, annual_rate)
                worth = np.divide(value, sales, out=np.zeros_like(value), where=sales != 0)
                found.append(Scenario(lever, moved, value, worth))
    return found


def churn_differences(
    model: PurchaseValueModel, base: Base, moved: Sequence[Scenario], factors: Array,
    *, value: Array, discount: Array, days: float, seed: int,
) -> Array:  # fmt: skip
    """Change of the total value by each change of churn in each simulated future, (len(moved), draws).

    The same customers live through the same futures with and without the change. Of more than a block can
    hold, every k-th by value stands for k, which leaves more to luck and makes the interval rather wider.

    Args:
        factors: of the level, as in `intervals.simulate`, (draws,).
        value, discount: of each customer without the change, (n,).
    """
    step = -(-len(base.history) * len(factors) // CELLS_PER_BLOCK)
    rows = np.argsort(value, kind="stable")[step // 2 :: step]
    times = [1.0, *(1.0 + one.change for one in moved)]
    sales = model.churned(base.rows(rows), times, days=days, draws=len(factors), seed=seed)
    usual = (base.margin_rates * discount)[rows] @ sales[0]
    drawn = np.stack([one.worth[rows] @ each - usual for one, each in zip(moved, sales[1:], strict=True)])
    change = np.stack([one.value - value for one in moved])
    whole, part = change.sum(axis=1), change[:, rows].sum(axis=1)
    scale = np.divide(whole, part, out=np.ones_like(whole), where=part != 0)
    return np.asarray(drawn * factors * scale[:, None])


def _moved(
    model: ValueModel, base: Base, lever: Lever, change: float, days: float, annual_rate: float
) -> tuple[Array, Array]:
    """Value and net sales to come of each customer, undiscounted, with one lever moved."""
    if lever == "churn" and isinstance(model, PurchaseValueModel):
        return with_churn(model, base, 1.0 + change, days=days, annual_rate=annual_rate)
    if lever in ("price", "margin"):
        base = replace(base, margin_rates=base.margin_rates + change)
    else:
        annual_rate += change
    found = model.forecast(base, days=days, annual_rate=annual_rate)
    return found.value, found.expected_purchases * found.expected_spend


def with_churn(
    model: PurchaseValueModel, base: Base, times: float, *, days: float, annual_rate: float
) -> tuple[Array, Array]:
    """Current value and net sales to come, (n,) each, when leaving is `times` as likely from today on."""
    stretched = model.forecast(base, days=times * days, annual_rate=0.0)
    purchases = model.purchases.discounted_expected_purchases(
        base.history, discount_rate=rate_per_day(annual_rate) / times, future_t=times * days
    )
    spend = stretched.expected_spend / times
    return np.asarray(purchases * spend * base.margin_rates), stretched.expected_purchases * spend


def break_even_loss(rise: float, value: float, risen: float) -> float | None:
    """Share of purchases whose loss would undo a rise in price; None where there is nothing to lose."""
    return 1.0 - value / risen if rise > 0 and risen > 0 and value > 0 else None


def record(found: Sequence[Scenario], value: float, drawn: Array, differences: Array) -> dict[str, Any]:
    """`summary.scenarios`: the base case, and each scenario with its difference from it.

    Args:
        value: the base case; drawn: the same in each simulated future, (draws,).
        differences: what each scenario changes of it, (scenarios, draws), future by future.
    """
    rows = [
        _row(one, value, interval(drawn + each, one.total), interval(each, one.total - value))
        for one, each in zip(found, differences, strict=True)
    ]
    return {"base": interval(drawn, value), "rows": rows}


def asked_again(
    found: Sequence[Scenario], base_case: dict[str, float], published: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """`record` with changes of other sizes, from the published row of the same lever and side.

    Where customers buy the same with the change, its interval is in proportion to its size. With other churn
    it also holds luck, which grows with the root of the size only: of both laws the wider one. Without such a
    row (a run of an older version) the difference has no interval, and the value that of the base case.
    """
    value = base_case["value"]
    rows = []
    for one in found:
        side = next((row for row in published if _side(row) == (one.lever, one.change > 0)), {})
        difference = one.total - value
        known = {name: side.get(f"difference{end}") for name, end in ENDS.items()}
        around = _in_proportion(side if side.get("value") else base_case, one.total, luck=False)
        rows.append(_row(one, value, around, _in_proportion(known, difference, luck=one.lever == "churn")))
    return {"base": base_case, "rows": rows}


def _side(row: Mapping[str, Any]) -> tuple[str, bool]:
    return row["lever"], row["change"] > 0


def _in_proportion(known: Mapping[str, float | None], value: float, *, luck: bool) -> dict[str, float | None]:
    usual, low, high = (known[name] for name in ENDS)
    if not usual or low is None or high is None:
        return {"value": value, "low": None, "high": None}
    size = value / usual
    grown = max(size, np.sqrt(size)) if luck and size > 0 else size
    low, high = sorted((value + (low - usual) * grown, value + (high - usual) * grown))
    return {"value": value, "low": float(low), "high": float(high)}


def _row(
    one: Scenario, base: float, value: Mapping[str, float | None], difference: Mapping[str, float | None]
) -> dict[str, Any]:
    return {
        "lever": one.lever,
        "change": one.change,
        **value,
        **{f"difference{end}": difference[name] for name, end in ENDS.items()},
        "break_even_loss": break_even_loss(one.change, base, one.total) if one.lever == "price" else None,
    }
