"""Which column is the money, and of what: the row, one unit, or the whole order.

Headers propose, values decide where words are open ("price", "cost", "amount"), and where two
columns both fit, a question is left to a person: a wrong money column is the worst mistake of all.
"""

import numpy as np

from lifeworth.data.sources.choice import Choice, fits
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.sniffers import Column

_CENT = 0.011
_MIN_ROWS = 8
_MIN_ORDERS = 20
_UNIT_BY_CUSTOM = {
    plain(word) for word in ("price", "item price", "product price", "selling price", "retail price")
}
_UNIT_BY_CUSTOM |= {plain(word) for word in ("价格", "售价", "零售价", "商品价格", "产品价格")}


def map_money(choice: Choice) -> None:
    """Take amount, unit price and costs, or leave a question (DATA-102, DATA-113)."""
    prices = _first_tier(choice, "price")
    if "amount" not in choice.mapping:
        amounts = _first_tier(choice, "amount")
        amounts = _without_quantities(choice, amounts, has_other_money=bool(prices) or len(amounts) > 1)
        if amounts:
            _take_amount(choice, amounts)
            _take_price(choice, prices)
        elif prices and "unit_price" not in choice.mapping:
            _take_scoped_price(choice, prices)
        if not choice.questions:
            _fall_back(choice)
    _map_cost(choice)
    if choice.rules is None and "amount" in choice.mapping:
        _scope_of_order(choice)


def _first_tier(choice: Choice, field: str) -> list[Column]:
    tiers = choice.candidates(field)
    return tiers[0] if tiers else []


def _without_quantities(choice: Choice, amounts: list[Column], *, has_other_money: bool) -> list[Column]:
    """A column headed "amount" of mostly ones beside a price column counts units (Ta-Feng's AMOUNT)."""
    if "quantity" in choice.mapping or not has_other_money:
        return amounts
    kept = []
    for column in amounts:
        meaning = choice.meanings[column.name]
        if (
            meaning
            and meaning.strength == "weak"
            and _counts_units(column)
            and "quantity" not in choice.mapping
        ):
            choice.take("quantity", column.name, "values")
            choice.note("reading_amount_is_quantity", "warn", column=column.name)
        else:
            kept.append(column)
    return kept


def _counts_units(column: Column) -> bool:
    values = np.abs(column.values[np.isfinite(column.values)])
    if not len(values) or column.integers < 0.98:
        return False
    return bool(np.median(values) <= 3 and np.mean(values == 1) >= 0.25 and np.quantile(values, 0.95) <= 50)


def _take_amount(choice: Choice, amounts: list[Column]) -> None:
    distinct: list[Column] = []
    for column in amounts:
        if not any(_equal(column, other) for other in distinct):
            distinct.append(column)
    if len(distinct) == 1:
        same = len(amounts) > 1
        choice.take("amount", distinct[0].name, "values" if same else "header")
        return
    line = _line_among_orders(choice, distinct) or _goods_within_total(choice, distinct)
    if line is None:
        choice.ask("DATA-102", ["amount"], [column.name for column in distinct])
        return
    choice.take("amount", line.name, "values")
    choice.take("order_total", next(column.name for column in distinct if column is not line), "values")


def _equal(one: Column, other: Column) -> bool:
    a, b = one.values, other.values
    both = np.isfinite(a) | np.isfinite(b)
    return bool(both.any()) and bool(np.mean(np.abs(a[both] - b[both]) < _CENT) >= 0.999)


def _line_among_orders(choice: Choice, amounts: list[Column]) -> Column | None:
    """The one column that is quantity x unit price, where each other repeats a total of the order."""
    quantity, price, order = choice.column("quantity"), choice.column("unit_price"), choice.column("order_id")
    if quantity is None or order is None:
        return None
    if price is None:
        prices = _first_tier(choice, "price")
        if not prices:
            return None
        price = prices[0]
    product = quantity.values * price.values
    is_line = []
    for column in amounts:
        known = np.isfinite(product) & np.isfinite(column.values)
        is_line.append(
            known.sum() >= _MIN_ROWS and np.mean(np.abs(product - column.values)[known] < 0.02) >= 0.95
        )
    if sum(is_line) != 1:
        return None
    line = amounts[is_line.index(True)]
    others = [column for column in amounts if column is not line]
    return line if all(_repeats_in_orders(column, order) >= 0.97 for column in others) else None


def _goods_within_total(choice: Choice, amounts: list[Column]) -> Column | None:
    """Of two columns, the one that with shipping and tax makes the other: `amount` is of goods only."""
    extras = [column.values for name in ("shipping", "tax") if (column := choice.column(name)) is not None]
    if len(amounts) != 2 or not extras:
        return None
    extra = np.nansum(extras, axis=0)
    for goods, total in (amounts, amounts[::-1]):
        known = np.isfinite(goods.values) & np.isfinite(total.values)
        if known.sum() >= _MIN_ROWS and extra[known].any():
            explained = np.abs(goods.values + extra - total.values)[known] < 2 * _CENT
            if np.mean(explained) >= 0.95:
                return goods
    return None


def _take_price(choice: Choice, prices: list[Column]) -> None:
    if prices and "unit_price" not in choice.mapping:
        choice.take("unit_price", prices[0].name, "header")


def _take_scoped_price(choice: Choice, prices: list[Column]) -> None:
    """A price without an amount: of the unit, or already of the row."""
    price, quantity = prices[0], choice.column("quantity")
    if quantity is None:
        choice.take("amount", price.name, "only_candidate")
        return
    scope = scope_of(price, quantity, _product(choice))
    if scope == "line":
        choice.take("amount", price.name, "values")
        choice.note("reading_price_of_row", "warn", column=price.name)
    elif scope == "unit":
        choice.take("unit_price", price.name, "values")
    elif np.nanmax(np.abs(quantity.values), initial=1) <= 1:
        choice.take("amount", price.name, "values")
    elif plain(price.name) in _UNIT_BY_CUSTOM:
        choice.take("unit_price", price.name, "header")
        choice.note("reading_price_assumed", "info", column=price.name)
    else:
        choice.ask("DATA-113", ["amount", "unit_price"], [price.name])


def scope_of(money: Column, quantity: Column, product: Column | None) -> str | None:
    """ "line" where money grows with the quantity of the same product, "unit" where it does not.

    The slope of log money on log quantity within products is 1 for totals and 0 (or below, with
    quantity discounts) for prices of one unit. None where the sample cannot tell.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = np.log(np.abs(quantity.values)), np.log(np.abs(money.values))
    group = product.keys if product is not None else np.zeros(len(x), dtype=np.int64)
    known = np.isfinite(x) & np.isfinite(y) & (group >= 0)
    x, y, group = x[known], y[known], group[known]
    if not len(x):
        return None
    _, group, size = np.unique(group, return_inverse=True, return_counts=True)
    x = x - np.bincount(group, x)[group] / size[group]
    y = y - np.bincount(group, y)[group] / size[group]
    moving = np.abs(x) > 1e-9
    if moving.sum() < _MIN_ROWS:
        return None
    slope = float((x * y).sum() / (x * x).sum())
    return "line" if slope > 0.6 else "unit" if slope < 0.4 else None


def _product(choice: Choice) -> Column | None:
    """What groups rows of the same price."""
    return choice.column("product_id") or choice.column("product_name") or choice.column("category")


def _fall_back(choice: Choice) -> None:
    """No amount by its header: a gross amount, a lone price, or the only money column there is."""
    has_product = "unit_price" in choice.mapping and "quantity" in choice.mapping
    if "amount" in choice.mapping or has_product:
        return
    for field in ("gross_amount", "order_total", "unit_price"):
        if field in choice.mapping:
            choice.take("amount", choice.mapping[field], "only_candidate")
            choice.note("reading_amount_fallback", "warn", column=choice.mapping[field])
            return
    if "refunded_amount" in choice.mapping:
        return
    money = [column for column in choice.free() if column.has_money_form and fits("amount", column)]
    if len(money) == 1:
        choice.take("amount", money[0].name, "only_candidate")
    elif money:
        choice.ask("DATA-102", ["amount"], [column.name for column in money])


def _map_cost(choice: Choice) -> None:
    """A cost without a scope in its name: of the row or of the unit, by comparing with the money."""
    costs = _first_tier(choice, "cost")
    if not costs or "unit_cost" in choice.mapping or "line_cost" in choice.mapping:
        return
    cost, quantity = costs[0], choice.column("quantity")
    reference = _row_money(choice)
    if plain(cost.name) == "asset" and not _is_share_of(cost, reference):
        return
    scope = "line" if quantity is None else _cost_scope(choice, cost, quantity, reference)
    if scope is None:
        scope = "line" if choice.mapping.get("amount") else "unit"
        choice.note("reading_cost_assumed", "warn", column=cost.name, scope=scope)
        choice.take(f"{scope}_cost", cost.name, "header")
    else:
        choice.take(f"{scope}_cost", cost.name, "header" if quantity is None else "values")


def _row_money(choice: Choice) -> np.ndarray | None:
    amount, price, quantity = choice.column("amount"), choice.column("unit_price"), choice.column("quantity")
    if amount is not None:
        return np.abs(amount.values)
    if price is not None and quantity is not None:
        return np.abs(price.values * quantity.values)
    return None


def _is_share_of(cost: Column, reference: np.ndarray | None) -> bool:
    if reference is None:
        return False
    with np.errstate(divide="ignore", invalid="ignore"):
        share = cost.values / reference
    share = share[np.isfinite(share)]
    return bool(len(share)) and bool(0.2 <= np.median(share) <= 1.5)


def _cost_scope(choice: Choice, cost: Column, quantity: Column, reference: np.ndarray | None) -> str | None:
    """Rows of several units cost as large a share of their money as rows of one, if costs are of the row."""
    if reference is not None:
        units = np.abs(quantity.values)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.abs(cost.values) / reference
        known = np.isfinite(share) & (share > 0)
        one, several = share[known & (units == 1)], known & (units >= 2)
        if len(one) >= _MIN_ROWS and several.sum() >= _MIN_ROWS:
            of_row = abs(np.log(np.median(share[several]) / np.median(one)))
            of_unit = abs(np.log(np.median((share * units)[several]) / np.median(one)))
            return "line" if of_row < of_unit else "unit"
    return scope_of(cost, quantity, _product(choice))


def _scope_of_order(choice: Choice) -> None:
    """Whether `amount` repeats the order's total on each of its rows."""
    order, amount = choice.column("order_id"), choice.column("amount")
    if order is None or amount is None or choice.why.get("amount") == "asked":
        return
    about_orders = any(
        sign in plain(amount.name) for sign in ("order", "total", "订单", "总", "实付", "支付")
    )
    if _repeats_in_orders(amount, order) >= (0.97 if about_orders else 0.995):
        choice.amount_is = "order"
        choice.note("reading_amount_of_order", "warn", column=amount.name)


def _repeats_in_orders(amount: Column, order: Column) -> float:
    """Share of the orders with several rows in which the amount is the same on all; 0 with too few."""
    known = np.isfinite(amount.values) & (order.keys >= 0)
    values, keys = amount.values[known], order.keys[known]
    if not len(values) or np.ptp(values) == 0:
        return 0.0
    _, keys, size = np.unique(keys, return_inverse=True, return_counts=True)
    low = np.full(len(size), np.inf)
    high = np.full(len(size), -np.inf)
    np.minimum.at(low, keys, values)
    np.maximum.at(high, keys, values)
    several = size >= 2
    if several.sum() < _MIN_ORDERS:
        return 0.0
    return float(np.mean((high - low)[several] < _CENT))
