"""What each customer bought, product by product, where the order files name products."""

import pyarrow as pa

from lifeworth.data.sources.orders import Orders

PURCHASES = """
-- one row per customer and product on counted orders: how often, units, money less what went back, first and
-- last day; sorted so that one customer's rows lie together
SELECT customer_id, COALESCE(product_id, sku, product_name) AS product, MAX(product_name) AS product_name,
       MAX(category) AS category,
       COUNT(DISTINCT CASE WHEN NOT COALESCE(reversal, FALSE) THEN order_id END) AS orders,
       CAST(SUM(CASE WHEN NOT COALESCE(reversal, FALSE) THEN COALESCE(quantity, 1) END) AS DOUBLE) AS units,
       CAST(SUM(gross_sales - discounts - refunded_amount) AS DECIMAL(18, 2)) AS net_sales,
       MIN(CASE WHEN NOT COALESCE(reversal, FALSE) THEN day END) AS first_day,
       MAX(CASE WHEN NOT COALESCE(reversal, FALSE) THEN day END) AS last_day
FROM order_lines
WHERE COALESCE(product_id, sku, product_name) IS NOT NULL AND day <= :until
  AND (order_id, customer_id) IN (
    SELECT (order_id, customer_id) FROM orders WHERE counted AND customer_id IS NOT NULL AND day <= :until)
GROUP BY customer_id, product
HAVING MAX(CASE WHEN NOT COALESCE(reversal, FALSE) THEN day END) IS NOT NULL
ORDER BY customer_id, last_day DESC, product"""


def purchases(orders: Orders, until_day: int) -> pa.Table:
    """customer_id, product, product_name, category, orders, units, net_sales, first_day, last_day (days since
    1970-01-01); no rows where no file names products.
    """
    with orders.workbench() as engine:
        orders.offer(engine)
        engine.register("order_lines", orders.lines)
        return engine.query(PURCHASES, until=until_day)
