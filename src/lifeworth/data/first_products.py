"""What each customer began with: product and category of the first line of the first counted order.

The lines of one order have no order of importance: the first one stands for it, as in `orders.first_product`.
Names are those of the lines; a category is that of the product file where there is one.
"""

import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine

FIRST_LINES = """
-- one row per customer with a counted order up to a day: product and category of its first line
WITH first_orders AS (
  SELECT customer_id, order_id, first_product, ROW_NUMBER() OVER (
           PARTITION BY customer_id ORDER BY day, placed_at, order_id) AS place
  FROM orders WHERE counted AND customer_id IS NOT NULL AND day <= :until),
first_lines AS (
  SELECT f.customer_id, f.first_product, l.product_name,
         COALESCE(l.product_id, l.sku, l.product_name) AS product, l.category, ROW_NUMBER() OVER (
           PARTITION BY f.customer_id ORDER BY l.source_file, l.source_row) AS place
  FROM first_orders f LEFT JOIN order_lines l ON l.order_id = f.order_id AND l.customer_id = f.customer_id
       AND NOT COALESCE(l.reversal, FALSE) AND l.gross_sales > 0
  WHERE f.place = 1)
SELECT l.customer_id, COALESCE(l.product_name, l.product, l.first_product) AS product,
       COALESCE(p.category, l.category) AS category
FROM first_lines l LEFT JOIN product_facts p ON p.product_id = l.product
WHERE l.place = 1 ORDER BY l.customer_id"""


def first_items(
    orders: Orders, ids: pa.ChunkedArray, facts: pa.Table, until_day: int, engine: Engine
) -> dict[str, pa.Array]:
    """{"product", "category"} of each customer's first order, in the order of `ids`; null where unknown.

    Args:
        facts: product_id and category of a product file; no rows without one.
    """
    orders.offer(engine)
    engine.register("order_lines", orders.lines)
    engine.register("product_facts", facts)
    found = engine.query(FIRST_LINES, until=until_day)
    place = pc.index_in(ids, value_set=found["customer_id"].combine_chunks())
    rows = place.combine_chunks() if isinstance(place, pa.ChunkedArray) else place
    return {name: found[name].combine_chunks().take(rows) for name in ("product", "category")}
