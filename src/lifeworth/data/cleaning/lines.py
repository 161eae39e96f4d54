"""Stage two: used rows become lines: sale or reversal, live or not, with what was taken back.

A line is live when money moved: it was paid (or later refunded) and is no test. A reversal is a
row that takes money back: a negative amount, a cancellation, a row of a returns sheet. The table
`import_lines` starts here and gets its customers, orders and matches in the stages after.
"""

from lifeworth.engines.protocol import Engine

# postage, manual entries, bank charges: money, but no purchase by themselves
ADJUSTMENT_CODES = ("post", "dot", "bank charges", "amazonfee", "cruk", "adjust", "adjust2")
ADJUSTMENT_NAMES = (
    "postage", "dotcom postage", "carriage", "manual", "discount", "samples", "bank charges", "amazon fee",
    "cruk commission", "adjust bad debt", "adjustment", "shipping", "shipping fee", "delivery fee",
    "运费", "邮费", "补邮费", "补运费", "补差价", "差价", "运费补差", "補運費", "補差價", "運費", "郵費",
)  # fmt: skip


def _words(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


_LINES = f"""
WITH states AS (
  SELECT *, (returned OR COALESCE(amount < 0, FALSE)) AS reversal,
         NOT test AND (status NOT IN ('void', 'unpaid')
                       OR (NOT returned AND amount > 0 AND COALESCE(refund, 0) > 0)) AS live,
         CASE WHEN amount > 0 AND refund > amount AND whole >= refund THEN amount ELSE refund END AS stated
  FROM import_rows WHERE reason IS NULL),
refunds AS (
  SELECT *,
         CASE WHEN NOT live THEN 0
              WHEN returned THEN COALESCE(NULLIF(stated, 0), abs(amount))
              WHEN reversal THEN -amount
              WHEN stated > 0 THEN stated
              WHEN status = 'refunded' THEN amount
              WHEN refunded_quantity > 0 AND quantity > 0
              THEN amount * LEAST(CAST(refunded_quantity AS DOUBLE) / CAST(quantity AS DOUBLE), 1)
              ELSE 0 END AS taken_back
  FROM states)
SELECT seq, file, row, returned, reversal, live, status, test, has_time, zero_counts,
       customer_id, customer_email, customer_phone, customer_name, order_id, parent_order_id,
       CASE
         WHEN NOT reversal AND :reused AND order_id IS NOT NULL
         THEN order_id || '@' || CAST(CAST(happened AS DATE) AS VARCHAR)
         WHEN NOT reversal AND COALESCE(parent_order_id, order_id) IS NOT NULL
         THEN COALESCE(parent_order_id, order_id)
         WHEN order_id IS NOT NULL OR parent_order_id IS NOT NULL THEN COALESCE(order_id, parent_order_id)
         WHEN customer_id IS NULL THEN '#' || CAST(file AS VARCHAR) || '-' || CAST(row AS VARCHAR)
         WHEN has_time THEN customer_id || '@' || CAST(happened AS VARCHAR)
         ELSE customer_id || '@' || CAST(CAST(happened AS DATE) AS VARCHAR) END AS order_no,
       FALSE AS matched, happened, day, product_id, sku, product_name, category,
       COALESCE(product_id, sku, product_name) AS product,
       CASE WHEN reversal THEN -abs(quantity) ELSE quantity END AS quantity, unit_price,
       CAST(CASE WHEN live AND NOT reversal THEN amount + COALESCE(discount, 0) ELSE 0 END
            AS DECIMAL(18, 4)) AS gross,
       CAST(CASE WHEN live AND NOT reversal THEN COALESCE(discount, 0) ELSE 0 END
            AS DECIMAL(18, 4)) AS discount,
       CAST(round(taken_back, 4) AS DECIMAL(18, 4)) AS refund,
       CASE WHEN live THEN cost END AS cost, weight,
       COALESCE(lower(COALESCE(product_id, sku)) IN {_words(ADJUSTMENT_CODES)}
                OR lower(product_name) IN {_words(ADJUSTMENT_NAMES)}, FALSE) AS adjustment,
       currency, channel, country, region, scope
FROM refunds"""

_REUSED = """
WITH spans AS (
  SELECT order_id, COUNT(DISTINCT customer_id) AS customers FROM import_rows
  WHERE reason IS NULL AND order_id IS NOT NULL AND NOT returned AND amount >= 0 GROUP BY order_id)
SELECT COUNT(*) AS orders, COUNT(*) FILTER (WHERE customers > 1) AS shared FROM spans"""

SHARED_NUMBERS = 0.05  # share of order numbers with several customers, from which numbers are re-used


def make_lines(engine: Engine) -> bool:
    """Create `import_lines`; True where the files re-use order numbers.

    `order_no` is the order that a line counts in. Rows without an order number are one order per
    customer and moment, or per customer and day where the file has no times.
    """
    found = engine.query(_REUSED).to_pylist()[0]
    reused = found["shared"] > SHARED_NUMBERS * found["orders"]
    engine.create("import_lines", _LINES, reused=reused)
    return reused
