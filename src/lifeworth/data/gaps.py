"""How evenly a customer buys: the sum of ln(days between purchase days), for models of regular buyers.

Logarithms are added as decimals of twelve places, so that the order of rows changes no bit.
"""

import pyarrow as pa

from lifeworth.engines.protocol import Engine

LOG_GAPS = """
-- one row per customer with a counted purchase up to a day: sum of ln(days between purchase days)
WITH days AS (
  SELECT DISTINCT customer_id, day FROM orders WHERE customer_id IS NOT NULL AND counted AND day <= :until),
gaps AS (
  SELECT customer_id, day - LAG(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM days)
SELECT customer_id, CAST(COALESCE(SUM(CAST(LN(gap) AS DECIMAL(18, 12))), 0) AS DOUBLE) AS log_gaps
FROM gaps GROUP BY customer_id ORDER BY customer_id"""


def log_gaps_until(until_day: int, engine: Engine) -> pa.Array:
    """One number per row of `summary.customer_summary`, in its order; its orders are in the engine."""
    told = engine.query(LOG_GAPS, until=until_day)
    return told["log_gaps"].cast(pa.float64()).combine_chunks()
