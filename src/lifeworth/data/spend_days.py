"""What single repeat purchase days brought: the numbers that models of a day's spend learn from.

zero_days counts repeat days whose net spend is not positive; positive_spend is the mean of the others,
log_spend the mean of their logarithms, log_spend_squares the sum of squared deviations from it. Where
no repeat day brought anything, the last three are 0. Logarithms are added as decimals of twelve
places, so that the order of rows changes no bit.
"""

import pyarrow as pa

from lifeworth.engines.protocol import Engine

NAMES = ("zero_days", "positive_spend", "log_spend", "log_spend_squares")

SPEND_DAYS = """
-- one row per customer with a counted purchase up to a day: what the days after the first one brought
WITH days AS (
  SELECT customer_id, day, CAST(SUM(net_sales) AS DOUBLE) AS spend FROM orders
  WHERE customer_id IS NOT NULL AND counted AND day <= :until GROUP BY customer_id, day),
ranked AS (
  SELECT customer_id, spend, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day) AS place FROM days),
repeats AS (
  SELECT customer_id, CASE WHEN place > 1 AND spend > 0 THEN spend END AS spend,
         CASE WHEN place > 1 AND spend <= 0 THEN 1 ELSE 0 END AS nothing,
         CASE WHEN place > 1 AND spend > 0 THEN CAST(LN(spend) AS DECIMAL(18, 12)) END AS log_spend
  FROM ranked),
sums AS (
  SELECT customer_id, SUM(nothing) AS zero_days, COUNT(spend) AS n,
         SUM(CAST(spend AS DECIMAL(18, 4))) AS spend, SUM(log_spend) AS level,
         SUM(CAST(CAST(log_spend AS DOUBLE) * CAST(log_spend AS DOUBLE) AS DECIMAL(18, 12))) AS squares
  FROM repeats GROUP BY customer_id)
SELECT customer_id, CAST(zero_days AS DOUBLE) AS zero_days,
       CASE WHEN n > 0 THEN CAST(spend AS DOUBLE) / n ELSE 0 END AS positive_spend,
       CASE WHEN n > 0 THEN CAST(level AS DOUBLE) / n ELSE 0 END AS log_spend,
       CASE WHEN n > 1 THEN CAST(squares AS DOUBLE) - CAST(level AS DOUBLE) * CAST(level AS DOUBLE) / n
            ELSE 0 END AS log_spend_squares
FROM sums ORDER BY customer_id"""


def spend_days_until(until_day: int, engine: Engine) -> pa.Table:
    """One row per row of `summary.customer_summary`, in its order; its orders are in the engine."""
    told = engine.query(SPEND_DAYS, until=until_day).select(NAMES)
    return told.cast(pa.schema([(name, pa.float64()) for name in NAMES]))
