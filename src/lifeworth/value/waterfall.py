"""The waterfall from gross sales to lifetime value, as steps that add up."""

from collections.abc import Mapping
from typing import Any

from lifeworth.base.parts import COST_KINDS, POTENTIAL_PARTS

TAKEN = ("discounts", "refunds")


def waterfall(cents: Mapping[str, int], *, estimated: bool = True) -> list[dict[str, Any]]:
    """Steps {"key", "amount", "sum"} in major units; steps of 0 are left out, sums never are.

    Args:
        cents: the columns of `Ledger.columns` and `Statement.columns`, for one customer or added up.
        estimated: False leaves out what is to come.
    """
    steps = [_step("gross_sales", cents["gross_sales"], True)]
    steps += [_step(key, -cents[key], False) for key in TAKEN]
    steps.append(_step("net_sales", cents["net_sales"], True))
    steps += [_step(f"{kind}_cost", -cents[f"{kind}_cost"], False) for kind in COST_KINDS]
    steps.append(_step("historical_value", cents["historical_value"], True))
    if estimated:
        steps.append(_step("current_value", cents["current_value"], False))
        steps += [_step(f"{part}_value", cents[f"{part}_value"], False) for part in POTENTIAL_PARTS]
        steps.append(_step("lifetime_value", cents["lifetime_value"], True))
    return [step for step in steps if step["sum"] or step["amount"]]


def _step(key: str, cents: int, is_sum: bool) -> dict[str, Any]:
    return {"key": key, "amount": int(cents) / 100, "sum": is_sum}
