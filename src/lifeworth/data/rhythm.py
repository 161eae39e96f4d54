"""How long customers are silent between purchase days, and for how long those who have not come back yet.

Counted by days in the engine, so that millions of orders come back as some thousand rows.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine

Counts = NDArray[np.float64]

GAPS = """
-- one row per length in days: gaps between purchase days up to a day that ended so, and silences still open
WITH days AS (
  SELECT DISTINCT customer_id, day FROM orders WHERE customer_id IS NOT NULL AND counted AND day <= :until),
gaps AS (
  SELECT day, LEAD(day) OVER (PARTITION BY customer_id ORDER BY day) AS following FROM days),
lengths AS (
  SELECT COALESCE(following, :until) - day AS length,
         CASE WHEN following IS NULL THEN 0 ELSE 1 END AS ended FROM gaps)
SELECT length, CAST(SUM(ended) AS DOUBLE) AS ended, CAST(SUM(1 - ended) AS DOUBLE) AS open
FROM lengths GROUP BY length ORDER BY length"""


def silences(orders: Orders, until_day: int, engine: Engine) -> tuple[Counts, Counts, Counts]:
    """Lengths in days, rising, and how many silences of each ended in a purchase and how many are open."""
    orders.offer(engine)
    told = engine.query(GAPS, until=until_day)
    length, ended, still_open = (
        told[name].cast(pa.float64()).to_numpy() for name in ("length", "ended", "open")
    )
    return length, ended, still_open
