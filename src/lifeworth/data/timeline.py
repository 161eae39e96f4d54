"""What happened with each customer, in order: orders and what went back, for one customer at a time."""

import pyarrow as pa

from lifeworth.data.sources.orders import Orders

TIMELINE = """
-- one row per order of a known customer, sorted so that one customer's rows lie together
SELECT customer_id, day, order_id, status, counted, gross_sales, discounts, refunded_amount AS refunds,
       net_sales, channel, first_product AS product, lines
FROM orders WHERE customer_id IS NOT NULL AND day <= :until
ORDER BY customer_id, day, order_id"""


def timeline(orders: Orders, until_day: int) -> pa.Table:
    """customer_id, day, order_id, status, counted, money, channel, product, lines; sorted by customer."""
    with orders.workbench() as engine:
        orders.offer(engine)
        return engine.query(TIMELINE, until=until_day)
