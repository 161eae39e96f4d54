"""Costs beside the orders: a ledger file, and the cost of goods that order lines carry.

A cost file has the columns `kind`, `amount` and a key: `customer_id` or `order_id`. A row
without a known key stays unallocated: visible, spread over nobody. A price list of costs has
`product_id` (or `sku`) and `unit_cost` instead; it gives the cost of goods of the lines.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.errors import DataError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.money import read_numbers
from lifeworth.data.sources.cells import strip_guards
from lifeworth.data.sources.files import read_grids
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine

Array = NDArray[np.float64]
GOODS = "goods"
HEADERS = {
    "kind": (
        "kind",
        "cost kind",
        "cost type",
        "type",
        "成本类型",
        "成本類型",
        "费用类型",
        "費用類型",
        "类型",
        "類型",
    ),
    "amount": ("amount", "cost", "金额", "金額", "成本", "费用", "費用"),
    "customer_id": (
        "customer_id",
        "customer",
        "客户编号",
        "客戶編號",
        "客户",
        "客戶",
        "会员编号",
        "會員編號",
    ),
    "order_id": ("order_id", "order", "order no", "订单编号", "訂單編號", "订单号", "訂單號"),
    "product_id": ("product_id", "product", "sku", "商品编号", "商品編號", "产品编号", "產品編號", "商品id"),
    "unit_cost": ("unit_cost", "unit cost", "单位成本", "單位成本", "成本单价", "成本單價"),
}

BY_KEY = """
-- one row per kind and customer: ledger rows that name a customer or one of its orders
SELECT c.kind, COALESCE(o.customer_id, c.customer_id) AS customer_id, SUM(c.amount) AS amount
FROM cost_rows c
LEFT JOIN (SELECT order_id, MIN(customer_id) AS customer_id FROM orders GROUP BY order_id) o
  ON c.order_id = o.order_id
GROUP BY c.kind, COALESCE(o.customer_id, c.customer_id)
"""

BY_PRODUCT = """
-- one row per customer: goods bought up to a day, less returned, at the unit costs of the list
SELECT l.customer_id, SUM(l.quantity * p.unit_cost) AS amount,
       SUM(CASE WHEN p.unit_cost IS NULL THEN 1 ELSE 0 END) AS unpriced
FROM order_lines l
LEFT JOIN product_costs p ON p.product_id = COALESCE(l.product_id, l.sku)
WHERE l.customer_id IS NOT NULL AND l.day <= :until AND l.status IN ('paid', 'partially_refunded', 'unknown')
GROUP BY l.customer_id
"""


@dataclass(frozen=True)
class Costs:
    """per_customer: kind -> amount of each customer of the summary, in its order, shape (n,)."""

    per_customer: dict[str, Array]
    unallocated: dict[str, float]
    findings: list[Finding] = field(default_factory=list)


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
        DataError: DATA-300 when the file has neither kind and amount nor a product list.
        UsageError: VALUE-006 when the file is a product list and the cost of goods is known.
    """
    costs = Costs({}, {})
    if orders.has_cost and not goods_known:
        costs.per_customer[GOODS] = _floats(pc.coalesce(summary["cogs"], pa.scalar(0, summary["cogs"].type)))
        missing = summary["cogs"].null_count
        if missing:
            costs.findings.append(Finding("costs_partly", "warn", {"customers": missing}))
    if source is not None:
        columns = _columns(source)
        if goods_known and _is_price_list(columns):
            raise UsageError("VALUE-006")
        _add_file(costs, columns, orders, summary, until_day, engine)
    return costs


def _is_price_list(columns: dict[str, Any]) -> bool:
    return "unit_cost" in columns and "product_id" in columns


def _add_file(
    costs: Costs, columns: dict[str, Any], orders: Orders, summary: pa.Table, until_day: int, engine: Engine
) -> None:
    if _is_price_list(columns):
        _add_goods(costs, columns, orders, summary, until_day, engine)
        return
    if "amount" not in columns or not ({"customer_id", "order_id"} & set(columns)):
        raise DataError("DATA-300", seen=list(columns.get("__all__", [])))
    rows = len(columns["amount"])
    empty = pa.nulls(rows, pa.string())
    ledger = {name: columns.get(name, empty) for name in ("kind", "customer_id", "order_id")}
    ledger["kind"] = pc.fill_null(ledger["kind"], "other")
    engine.register("cost_rows", pa.table({**ledger, "amount": _amounts(columns["amount"], engine)}))
    engine.register("orders", orders.table)
    found = engine.query(BY_KEY)
    for kind in sorted(set(found["kind"].to_pylist())):
        part = found.filter(pc.equal(found["kind"], kind))
        amounts, left = _align(part, summary)
        key = str(kind).strip().lower()
        if amounts.any():
            costs.per_customer[key] = costs.per_customer.get(key, np.zeros(summary.num_rows)) + amounts
        if left:
            costs.unallocated[key] = costs.unallocated.get(key, 0.0) + left
    if costs.unallocated:
        total = sum(costs.unallocated.values())
        costs.findings.append(Finding("costs_unallocated", "warn", {"amount": round(total, 2)}))


def _add_goods(
    costs: Costs, columns: dict[str, Any], orders: Orders, summary: pa.Table, until_day: int, engine: Engine
) -> None:
    prices = pa.table(
        {"product_id": columns["product_id"], "unit_cost": _amounts(columns["unit_cost"], engine)}
    )
    engine.register(
        "product_costs",
        prices.group_by("product_id")
        .aggregate([("unit_cost", "max")])
        .rename_columns(["product_id", "unit_cost"]),
    )
    engine.register("order_lines", orders.lines)
    found = engine.query(BY_PRODUCT, until=until_day)
    costs.per_customer[GOODS], _ = _align(found, summary)
    unpriced = pc.sum(found["unpriced"]).as_py() or 0
    if unpriced:
        costs.findings.append(Finding("costs_unpriced", "warn", {"lines": int(unpriced)}))


def _columns(source: Any) -> dict[str, Any]:
    table = read_grids(source, None, None, None)[0].table
    known = {plain(alias): name for name, aliases in HEADERS.items() for alias in aliases}
    found: dict[str, Any] = {"__all__": [name for name in table.column_names if name != "__row__"]}
    for header in found["__all__"]:
        name = known.get(plain(header))
        if name and name not in found:
            found[name] = strip_guards(table[header])
    return found


def _amounts(cells: pa.ChunkedArray, engine: Engine) -> pa.ChunkedArray:
    engine.register("cost_cells", pa.table({"cell": cells, "row": pa.array(range(len(cells)))}))
    amount = read_numbers(engine, "cost_cells", "cell", file="costs").expression
    return engine.query(f"SELECT {amount} AS amount FROM cost_cells ORDER BY row")["amount"]


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
