"""What happened with each customer, in order: orders and what went back, for one customer at a time."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.data.sources.orders import Orders

TIMELINE = """
-- one row per order of a known customer, sorted so that one customer's rows lie together
SELECT customer_id, day, order_id, status, counted, gross_sales, discounts, refunded_amount AS refunds,
       net_sales, channel, first_product AS product, lines
FROM orders WHERE customer_id IS NOT NULL AND day <= :until
ORDER BY customer_id, day, order_id"""

PURCHASE_DAYS = """
-- the days on which one customer made a counted purchase
SELECT DISTINCT day FROM orders WHERE customer_id = :customer AND counted AND day <= :until ORDER BY day"""


def timeline(orders: Orders, until_day: int) -> pa.Table:
    """customer_id, day, order_id, status, counted, money, channel, product, lines; sorted by customer."""
    with orders.workbench() as engine:
        orders.offer(engine)
        return engine.query(TIMELINE, until=until_day)


def purchase_days(orders: Orders, customer: str, until_day: int) -> NDArray[np.int64]:
    """Days with a counted purchase of one customer, sorted; empty where there is no such customer."""
    with orders.workbench() as engine:
        orders.offer(engine)
        return (
            engine.query(PURCHASE_DAYS, customer=customer, until=until_day)["day"].to_numpy().astype(np.int64)
        )
