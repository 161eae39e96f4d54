"""The channel each customer came through: that of the first counted order."""

import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine

FIRST_CHANNEL = """
-- one row per customer with a counted order up to a day: the channel of the first one
SELECT customer_id, channel FROM (
  SELECT customer_id, channel,
         ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day, placed_at, order_id) AS place
  FROM orders WHERE counted AND customer_id IS NOT NULL AND day <= :until) AS ranked
WHERE place = 1 AND channel IS NOT NULL ORDER BY customer_id"""


def first_channels(orders: Orders, summary: pa.Table, until_day: int, engine: Engine) -> pa.Array:
    """The channel of each customer of `summary`, in its order; null where the orders name none."""
    orders.offer(engine)
    found = engine.query(FIRST_CHANNEL, until=until_day)
    place = pc.index_in(summary["customer_id"], value_set=found["customer_id"].combine_chunks())
    return found["channel"].combine_chunks().take(place.combine_chunks())
