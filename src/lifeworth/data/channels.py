"""What the first counted order of each customer says: the channel, and the cell of the scope."""

from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine

FIRST = """
-- one row per customer with a counted order up to a day: channel and scope of the first one
SELECT customer_id, channel, scope FROM (
  SELECT customer_id, channel, scope,
         ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day, placed_at, order_id) AS place
  FROM orders WHERE counted AND customer_id IS NOT NULL AND day <= :until) AS ranked
WHERE place = 1 ORDER BY customer_id"""


def first_words(
    orders: Orders, summary: pa.Table, until_day: int, engine: Engine
) -> dict[Literal["channel", "scope"], pa.Array]:
    """Channel and scope of each customer of `summary`, in its order; null where the orders name none."""
    orders.offer(engine)
    found = engine.query(FIRST, until=until_day)
    place = pc.index_in(summary["customer_id"], value_set=found["customer_id"].combine_chunks())
    rows = place.combine_chunks()
    return {"channel": found["channel"].combine_chunks().take(rows),
            "scope": found["scope"].combine_chunks().take(rows)}  # fmt: skip
