"""What each customer bought by product line: money, and how evenly it fell on purchase days.

A line is a category (of the product file where there is one, else of the order lines), or a product where
fewer than two categories are named. The lines with the most money have names, the others share one.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.levels import OTHERS, UNKNOWN
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine

Array = NDArray[np.float64]
MOST_LINES = 11

SOLD = """
-- one row per customer, day and product of a counted order: money less what went back
SELECT l.customer_id, o.day, COALESCE(p.category, l.category) AS category,
       COALESCE(l.product_name, l.product_id, l.sku) AS product,
       SUM(l.gross_sales - l.discounts - l.refunded_amount) AS spend
FROM order_lines l JOIN orders o ON o.order_id = l.order_id AND o.customer_id = l.customer_id
LEFT JOIN product_facts p ON p.product_id = COALESCE(l.product_id, l.sku, l.product_name)
WHERE o.counted AND o.day <= :until AND l.day <= :until
GROUP BY l.customer_id, o.day, COALESCE(p.category, l.category),
         COALESCE(l.product_name, l.product_id, l.sku)"""

NAMES = """
-- one row per line: its money
SELECT {column} AS line, SUM(spend) AS spend FROM line_sales
WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY spend DESC, line"""

MIX = f"""
-- one row per customer and line: money, in all and after a day; purchase days, each shared out by its money
-- (sums are of decimals, so they are exact in any order)
WITH named AS (
  SELECT s.customer_id, s.day, s.spend,
         COALESCE(n.line, CASE WHEN s.{{column}} IS NULL THEN '{UNKNOWN}' ELSE '{OTHERS}' END) AS line
  FROM line_sales s LEFT JOIN line_names n ON s.{{column}} = n.line),
sold AS (
  SELECT customer_id, day, line, SUM(spend) AS spend FROM named
  GROUP BY customer_id, day, line HAVING SUM(spend) > 0),
whole AS (SELECT customer_id, day, SUM(spend) AS spend FROM sold GROUP BY customer_id, day),
shared AS (
  SELECT s.customer_id, s.day, s.line, s.spend, CAST(s.spend AS DOUBLE) / CAST(w.spend AS DOUBLE) AS part
  FROM sold s JOIN whole w ON s.customer_id = w.customer_id AND s.day = w.day)
SELECT customer_id, line, CAST(SUM(spend) AS DOUBLE) AS spend,
       CAST(SUM(CAST(part AS DECIMAL(18, 9))) AS DOUBLE) AS days,
       CAST(SUM(CAST(part * part AS DECIMAL(18, 9))) AS DOUBLE) AS squares,
       CAST(SUM(CASE WHEN day > :recent THEN spend ELSE 0 END) AS DOUBLE) AS recent
FROM shared GROUP BY customer_id, line ORDER BY customer_id, line"""


@dataclass(frozen=True)
class LineMix:
    """n customers by k lines, (n, k): money, purchase days; squares of the days' shares, (n,).

    kind: "category" or "product"; recent: money of all customers after a day, (k,).
    """

    kind: str
    names: list[str]
    spend: Array
    days: Array
    squares: Array
    recent: Array


def line_mix(
    orders: Orders, ids: pa.ChunkedArray, facts: pa.Table, until_day: int, recent_day: int, engine: Engine
) -> LineMix | None:
    """None where the order lines name no two categories or products.

    Args:
        facts: product_id and category of a product file; no rows without one.
    """
    orders.offer(engine)
    engine.register("order_lines", orders.lines)
    engine.register("product_facts", facts)
    engine.create("line_sales", SOLD, until=until_day)
    for kind in ("category", "product"):
        named = engine.query(NAMES.format(column=kind))["line"].to_pylist()
        if len(named) > 1:
            break
    else:
        return None
    engine.register("line_names", pa.table({"line": pa.array(named[:MOST_LINES], pa.string())}))
    rows = engine.query(MIX.format(column=kind), recent=recent_day)
    there = set(pc.unique(rows["line"]).to_pylist())
    names = [name for name in (*named[:MOST_LINES], OTHERS, UNKNOWN) if name in there]
    customer = pc.index_in(rows["customer_id"], value_set=ids.combine_chunks())
    rows = rows.append_column("row", customer).filter(pc.is_valid(customer))
    line = pc.index_in(rows["line"], value_set=pa.array(names, pa.string())).to_numpy()
    row, n, k = rows["row"].to_numpy().astype(np.int64), len(ids), len(names)

    def cells(name: str) -> Array:
        found = np.bincount(row * k + line, rows[name].to_numpy(), n * k)
        return found.astype(np.float64).reshape(n, k)

    squares = np.bincount(row, rows["squares"].to_numpy(), n).astype(np.float64)
    return LineMix(kind, names, cells("spend"), cells("days"), squares, cells("recent").sum(axis=0))
