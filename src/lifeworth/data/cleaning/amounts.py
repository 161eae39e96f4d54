"""The money of one row from whatever columns the file has.

Functions give SQL over the canonical columns of a row (already decimals), or None where the file
has no column for it. `amount` is what the customer paid for goods: net of discounts, before
refunds, negative for rows that take money back.
"""

from collections.abc import Collection

from lifeworth.data.cleaning.money import DECIMAL
from lifeworth.data.cleaning.rules import Rules

_WIDE = "DECIMAL(28, 4)"  # room for a product of two DECIMAL(18,4)


def amount(columns: Collection[str], rules: Rules | None) -> str | None:
    """Best source first: the layout's formula, the amount, goods less discount, units times price."""
    if rules is not None and rules.amount_formula and rules.amount_formula[0][1] in columns:
        return _signed(columns, _formula(columns, rules.amount_formula))
    choices = []
    if "amount" in columns:
        choices.append("amount")
    elif "line_amount" in columns:
        choices.append("line_amount")
    elif "gross_amount" in columns:
        choices.append(_less_discount("gross_amount", columns))
    if not choices and {"quantity", "unit_price"} <= set(columns):
        return _less_discount(_product("quantity", "unit_price"), columns)
    if not choices and "order_total" in columns:
        extras = "".join(f" - COALESCE({name}, 0)" for name in ("shipping", "tax") if name in columns)
        choices.append(f"order_total{extras}")
    if not choices and "converted_amount" in columns:
        choices.append("converted_amount")
    return _signed(columns, choices[0]) if choices else None


def discount(columns: Collection[str]) -> str:
    return "abs(discount)" if "discount" in columns else f"CAST(NULL AS {DECIMAL})"


def refund(columns: Collection[str]) -> str:
    return "abs(refunded_amount)" if "refunded_amount" in columns else f"CAST(NULL AS {DECIMAL})"


def whole(columns: Collection[str]) -> str:
    """What the order came to before refunds, as a column of its own says; serves to check `amount`."""
    name = next((name for name in ("order_total", "gross_amount") if name in columns), None)
    return name if name is not None else f"CAST(NULL AS {DECIMAL})"


def cost(columns: Collection[str], amount: str) -> str:
    """Cost of goods of the row; negative where the row takes goods back."""
    if "line_cost" in columns:
        return f"CASE WHEN {amount} < 0 THEN -abs(line_cost) ELSE line_cost END"
    if {"unit_cost", "quantity"} <= set(columns):
        return _product("quantity", "unit_cost")
    if "unit_cost" in columns:
        return f"CASE WHEN {amount} < 0 THEN -abs(unit_cost) ELSE unit_cost END"
    if "profit" in columns:
        return f"{amount} - profit"
    return f"CAST(NULL AS {DECIMAL})"


def weight(columns: Collection[str]) -> str:
    """How the money of a whole order is shared among its lines."""
    if "line_amount" in columns and "amount" in columns:
        return "abs(line_amount)"
    if {"quantity", "unit_price"} <= set(columns):
        return f"abs({_product('quantity', 'unit_price')})"
    return f"CAST(NULL AS {DECIMAL})"


def _formula(columns: Collection[str], formula: tuple) -> str:
    (_, first), *rest = formula
    return first + "".join(
        f" {sign} COALESCE({'abs(discount)' if name == 'discount' else name}, 0)"
        for sign, name in rest
        if name in columns
    )


def _product(left: str, right: str) -> str:
    return f"TRY_CAST(CAST({left} AS {_WIDE}) * CAST({right} AS {DECIMAL}) AS {DECIMAL})"


def _less_discount(money: str, columns: Collection[str]) -> str:
    return f"{money} - COALESCE(abs(discount), 0)" if "discount" in columns else money


def _signed(columns: Collection[str], money: str) -> str:
    """Some exports write returned units below zero and their money above it."""
    if "quantity" not in columns:
        return money
    return f"CASE WHEN quantity < 0 THEN -abs({money}) ELSE {money} END"
