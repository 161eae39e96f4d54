"""Costs beside the orders: a ledger file, a price list, and the cost of goods that order lines carry.

A ledger (`tables/companions/costs.py`) has kind and amount, and whom it was spent on: a customer, an
order, or nobody in particular. The last is shared out by channel, segment or department, and time
(`cost_pools`). What cannot be shared out stays unallocated: visible, spread over nobody. Every entry ends
in one of three sums: on customers, unallocated, or set aside because it begins after the as-of day. A price
list has `product_id` (or `sku`) and `unit_cost` instead; it gives the cost of goods of the lines whose
product it lists, and the other lines keep the cost they came with.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.errors import DataError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.base.parts import COST_KINDS
from lifeworth.data.cost_pools import begins, kinds, none_of, pools, share_out
from lifeworth.data.sources.companions import Companion, read_companion
from lifeworth.data.sources.orders import Orders
from lifeworth.data.tables.companions.costs import COSTS
from lifeworth.data.tables.companions.prices import PRICES
from lifeworth.engines.protocol import Engine

Array = NDArray[np.float64]
GOODS = "goods"

BY_KEY = """
-- one row per kind and customer: ledger rows that name a customer or one of its orders
SELECT c.kind, COALESCE(o.customer_id, c.customer_id) AS customer_id, SUM(c.amount) AS amount
FROM cost_rows c
LEFT JOIN (SELECT order_id, MIN(customer_id) AS customer_id FROM orders GROUP BY order_id) o
  ON c.order_id = o.order_id
GROUP BY c.kind, COALESCE(o.customer_id, c.customer_id)
ORDER BY 1, 2
"""

BY_PRODUCT = """
-- one row per customer: goods bought up to a day, less returned, at the listed cost, else at their own
SELECT l.customer_id, SUM(COALESCE(l.quantity * p.unit_cost, l.cogs)) AS amount,
       SUM(CASE WHEN COALESCE(l.quantity * p.unit_cost, l.cogs) IS NULL THEN 1 ELSE 0 END) AS unpriced
FROM order_lines l
LEFT JOIN product_costs p ON p.product_id = COALESCE(l.product_id, l.sku)
WHERE l.customer_id IS NOT NULL AND l.day <= :until AND l.status IN ('paid', 'partially_refunded', 'unknown')
GROUP BY l.customer_id
"""

SCOPE_CELLS = """
-- one row per cell of the orders' scope, in lower case
SELECT DISTINCT LOWER(scope) AS cell FROM orders WHERE scope IS NOT NULL ORDER BY 1
"""


@dataclass(frozen=True)
class Costs:
    """per_customer: kind (one of COST_KINDS) -> amount of each customer of the summary, in its order, (n,).

    `unallocated` and `set_aside` (begins after the as-of day) by kind. `rules`: (kind, driver) of what
    was shared out.
    """

    per_customer: dict[str, Array]
    unallocated: dict[str, float]
    set_aside: dict[str, float] = field(default_factory=dict)
    rules: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rejected: list[pa.Table] = field(default_factory=list)


def customer_costs(
    orders: Orders,
    summary: pa.Table,
    source: Any | None,
    until_day: int,
    engine: Engine,
    *,
    goods_known: bool = False,
) -> Costs:
    """Costs of the customers of `summary`, from the lines' cost of goods and from a cost file.

    Args:
        goods_known: the cost of goods is told otherwise (by a flat margin): that of the lines is left.
    Raises:
        DataError: DATA-300 when the file has neither amounts nor a product list.
        UsageError: VALUE-006 when the file is a product list and the cost of goods is known.
    """
    costs = Costs({}, {})
    files = source if isinstance(source, list | tuple) else [source]
    read = [(one, _price_list(one, engine)) for one in files if one is not None]
    lists = [prices for _, prices in read if prices is not None]
    if lists and goods_known:
        raise UsageError("VALUE-006")
    if lists:
        costs.rejected.extend(prices.rejected for prices in lists)
        _add_listed_goods(costs, [prices.table for prices in lists], orders, summary, until_day, engine)
    elif orders.has_cost and not goods_known:
        _add_goods(costs, summary)
    for one, prices in read:
        if prices is None:
            _add_ledger(costs, one, orders, summary, until_day, engine)
    left = sum(costs.unallocated.values())
    if left:
        costs.findings.append(Finding("costs_unallocated", "warn", {"amount": round(left, 2)}))
    return costs


def _price_list(source: Any, engine: Engine) -> Companion | None:
    """The file as a price list, or None where it is none."""
    try:
        return read_companion(source, PRICES, engine=engine)
    except DataError as error:
        if error.code == "DATA-301":
            return None
        raise


def _add_ledger(
    costs: Costs, source: Any, orders: Orders, summary: pa.Table, until_day: int, engine: Engine
) -> None:
    try:
        read = read_companion(source, COSTS, engine=engine, zone=orders.zone)
    except DataError as error:
        if error.code == "DATA-301":
            raise DataError("DATA-300", seen=error.facts["seen"]) from None
        raise
    named = {"customer_id", "order_id", "channel", "period", "day", "from_day", "until_day"}
    if not named & set(read.mapping):
        raise DataError("DATA-300", seen=list(read.mapping.values()))
    found, unknown = kinds(read.table["kind"])
    entries = read.table.set_column(0, "kind", pa.array(found, pa.string()))
    costs.findings.extend(read.findings)
    costs.rejected.append(read.rejected)
    if unknown:
        costs.findings.append(Finding("costs_kind_unknown", "info", {"kinds": unknown[:8]}))
    late = pc.greater(begins(entries), until_day).fill_null(False)
    _sum_by_kind(costs.set_aside, entries.filter(late))
    entries = entries.filter(pc.invert(late))
    orders.offer(engine)
    general = none_of(entries, ("customer_id", "order_id"))
    engine.register("cost_rows", entries.filter(pc.invert(general)))
    _place(costs, engine.query(BY_KEY), summary)
    cells = engine.query(SCOPE_CELLS)["cell"].to_pylist()
    shared = pools(entries.filter(general), until_day, frozenset(cells))
    engine.register("cost_pools", shared)
    given = share_out(engine, until_day)
    _place(costs, given, summary)
    for kind in COST_KINDS:
        whole = _total(shared.filter(pc.equal(shared["kind"], kind)))
        rest = round(whole - _total(given.filter(pc.equal(given["kind"], kind))), 4)
        if abs(rest) >= 0.005:
            costs.unallocated[kind] = costs.unallocated.get(kind, 0.0) + rest
    used = {(row["kind"], row["driver"]) for row in shared.to_pylist() if row["driver"] != "none"}
    costs.rules.extend(sorted(used - set(costs.rules)))
    if costs.set_aside:
        amount = round(sum(costs.set_aside.values()), 2)
        costs.findings.append(Finding("costs_set_aside", "info", {"amount": amount}))


def _place(costs: Costs, found: pa.Table, summary: pa.Table) -> None:
    """Put amounts by kind and customer where they belong; those of nobody we know stay unallocated."""
    for kind in COST_KINDS:
        part = found.filter(pc.equal(found["kind"], kind))
        if not part.num_rows:
            continue
        amounts, left = _align(part, summary)
        if amounts.any():
            costs.per_customer[kind] = costs.per_customer.get(kind, np.zeros(summary.num_rows)) + amounts
        if left:
            costs.unallocated[kind] = costs.unallocated.get(kind, 0.0) + left


def _sum_by_kind(sums: dict[str, float], entries: pa.Table) -> None:
    for kind in COST_KINDS:
        amount = _total(entries.filter(pc.equal(entries["kind"], kind)))
        if amount:
            sums[kind] = sums.get(kind, 0.0) + amount


def _total(rows: pa.Table) -> float:
    return float(pc.sum(rows["amount"]).as_py() or 0)


def _add_goods(costs: Costs, summary: pa.Table) -> None:
    """The cost of goods as the orders tell it."""
    costs.per_customer[GOODS] = _floats(pc.coalesce(summary["cogs"], pa.scalar(0, summary["cogs"].type)))
    missing = summary["cogs"].null_count
    if missing:
        costs.findings.append(Finding("costs_partly", "warn", {"customers": missing}))


def _add_listed_goods(
    costs: Costs, lists: list[pa.Table], orders: Orders, summary: pa.Table, until_day: int, engine: Engine
) -> None:
    """The cost of goods by price lists; a product in several has the highest cost of them."""
    highest = pa.concat_tables(lists).group_by("product_id").aggregate([("unit_cost", "max")])
    engine.register("product_costs", highest.rename_columns(["product_id", "unit_cost"]))
    engine.register("order_lines", orders.lines)
    found = engine.query(BY_PRODUCT, until=until_day)
    costs.per_customer[GOODS], _ = _align(found, summary)
    unpriced = pc.sum(found["unpriced"]).as_py() or 0
    if unpriced:
        costs.findings.append(Finding("costs_unpriced", "warn", {"lines": int(unpriced)}))


def _align(found: pa.Table, summary: pa.Table) -> tuple[Array, float]:
    """Amounts in the order of the summary's customers, and what belongs to none of them."""
    position = pc.index_in(found["customer_id"], value_set=summary["customer_id"].combine_chunks())
    known = position.is_valid().to_numpy(zero_copy_only=False)
    amounts = _floats(pc.coalesce(found["amount"], pa.scalar(0, found["amount"].type)))
    aligned = np.zeros(summary.num_rows)
    np.add.at(aligned, position.fill_null(0).to_numpy()[known].astype(np.int64), amounts[known])
    return aligned, float(amounts[~known].sum())


def _floats(column: pa.ChunkedArray) -> Array:
    return column.cast(pa.float64()).to_numpy()
