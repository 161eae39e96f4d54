"""Reversals find the purchase that they undo.

By reference, where the reversal names an order (its own number, the parent, or the number behind
a leading C). Otherwise by likeness: the same customer, product, quantity and money, last in
first out, the way brackets match: each cancellation closes the latest purchase still open. What
is left may undo part of a larger line of the same product. What finds nothing reduces money only.

So a giant order that was cancelled twelve minutes later is neither a purchase day nor a top
customer, while a refund of one item of five only lowers what the order brought.
"""

from typing import Any

from lifeworth.base.finding import Finding
from lifeworth.engines.protocol import Engine

# the order that a reversal names, if it is among the sales; its customer, if it is one customer
_BY_REFERENCE = """
WITH homes AS (
  SELECT order_no, MIN(customer_id) AS low, MAX(customer_id) AS high,
         MIN(happened) AS happened, MIN(day) AS day
  FROM import_lines WHERE NOT reversal GROUP BY order_no),
named AS (
  SELECT seq, customer_id, COALESCE(parent_order_id, order_id) AS reference FROM import_lines
  WHERE reversal AND COALESCE(parent_order_id, order_id) IS NOT NULL
  UNION ALL
  SELECT seq, customer_id, substr(order_id, 2) FROM import_lines WHERE reversal AND order_id LIKE 'C%')
SELECT n.seq, h.order_no AS home,
       COALESCE(n.customer_id, CASE WHEN h.low = h.high THEN h.low END) AS customer_id,
       CAST(NULL AS BIGINT) AS home_seq, h.happened AS home_happened, h.day AS home_day
FROM named n JOIN homes h ON h.order_no = n.reference
WHERE n.customer_id IS NULL OR h.low IS NULL OR n.customer_id BETWEEN h.low AND h.high"""

# sales and reversals of one likeness in time; sales of a moment stand before its reversals
_EVENTS_OF_LINES = """
WITH keys AS (
  SELECT DISTINCT customer_id, product, abs(quantity) AS units, refund AS money FROM import_lines
  WHERE reversal AND live AND refund > 0 AND customer_id IS NOT NULL AND product IS NOT NULL
    AND seq NOT IN (SELECT seq FROM import_matches))
SELECT l.seq, l.order_no, l.reversal, l.happened, l.day, l.customer_id, l.product, k.units, k.money
FROM import_lines l JOIN keys k
  ON l.customer_id = k.customer_id AND l.product = k.product
  AND abs(l.quantity) IS NOT DISTINCT FROM k.units
  AND CASE WHEN l.reversal THEN l.refund ELSE l.gross - l.discount END = k.money
WHERE l.live AND (l.reversal OR l.refund = 0)
  AND (NOT l.reversal OR l.seq NOT IN (SELECT seq FROM import_matches))"""

_EVENTS_OF_ORDERS = """
WITH keys AS (
  SELECT DISTINCT customer_id, refund AS money FROM import_lines
  WHERE reversal AND live AND refund > 0 AND customer_id IS NOT NULL AND product IS NULL
    AND seq NOT IN (SELECT seq FROM import_matches)),
sales AS (
  SELECT MIN(seq) AS seq, order_no, customer_id, MIN(happened) AS happened, MIN(day) AS day,
         SUM(gross - discount) AS money
  FROM import_lines WHERE NOT reversal AND live AND customer_id IN (SELECT customer_id FROM keys)
  GROUP BY order_no, customer_id HAVING SUM(refund) = 0)
SELECT s.seq, s.order_no, FALSE AS reversal, s.happened, s.day, s.customer_id, '' AS product,
       CAST(NULL AS DECIMAL(18, 4)) AS units, k.money
FROM sales s JOIN keys k ON s.customer_id = k.customer_id AND s.money = k.money
UNION ALL
SELECT l.seq, l.order_no, TRUE, l.happened, l.day, l.customer_id, '', CAST(NULL AS DECIMAL(18, 4)), l.refund
FROM import_lines l
WHERE l.reversal AND l.live AND l.refund > 0 AND l.customer_id IS NOT NULL AND l.product IS NULL
  AND l.seq NOT IN (SELECT seq FROM import_matches)"""

# brackets: `height` counts the purchases still open; a reversal with none open stays unmatched
_BRACKETS = """
WITH steps AS (
  SELECT *, SUM(CASE WHEN reversal THEN -1 ELSE 1 END) OVER w AS walk FROM import_events
  WINDOW w AS (PARTITION BY customer_id, product, units, money ORDER BY happened, reversal, seq
               ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)),
floors AS (
  SELECT *, LEAST(0, COALESCE(MIN(walk) OVER w, 0)) AS floor_before FROM steps
  WINDOW w AS (PARTITION BY customer_id, product, units, money ORDER BY happened, reversal, seq
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
levels AS (
  SELECT *, CASE WHEN reversal THEN walk + 1 - floor_before ELSE walk - floor_before END AS height
  FROM floors),
pairs AS (
  SELECT seq, reversal, customer_id, height,
         LAG(seq) OVER w AS home_seq, LAG(order_no) OVER w AS home,
         LAG(happened) OVER w AS home_happened, LAG(day) OVER w AS home_day,
         LAG(reversal) OVER w AS after_reversal
  FROM levels WHERE height > 0
  WINDOW w AS (PARTITION BY customer_id, product, units, money, height ORDER BY happened, reversal, seq))
SELECT seq, home, customer_id, home_seq, home_happened, home_day FROM pairs
WHERE reversal AND home_seq IS NOT NULL AND NOT after_reversal"""

# part of a larger line: the latest earlier one of the product that is big enough
_PARTS = """
WITH open_reversals AS (
  SELECT seq, customer_id, product, quantity, refund, happened FROM import_lines
  WHERE reversal AND live AND refund > 0 AND customer_id IS NOT NULL AND product IS NOT NULL
    AND seq NOT IN (SELECT seq FROM import_matches)),
choices AS (
  SELECT r.seq, s.order_no AS home, r.customer_id, s.seq AS home_seq, s.happened AS home_happened,
         s.day AS home_day, r.refund, r.happened, s.gross - s.discount - s.refund AS room,
         ROW_NUMBER() OVER (PARTITION BY r.seq ORDER BY s.happened DESC, s.seq DESC) AS choice
  FROM open_reversals r JOIN import_lines s
    ON s.customer_id = r.customer_id AND s.product = r.product AND s.happened <= r.happened
   AND s.gross - s.discount - s.refund >= r.refund
   AND (s.quantity IS NULL OR r.quantity IS NULL OR s.quantity >= abs(r.quantity))
  WHERE s.live AND NOT s.reversal
    AND s.seq NOT IN (SELECT home_seq FROM import_matches WHERE home_seq IS NOT NULL)),
filled AS (
  SELECT *, SUM(refund) OVER (PARTITION BY home_seq ORDER BY happened, seq
                              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS so_far
  FROM choices WHERE choice = 1)
SELECT seq, home, customer_id, home_seq, home_happened, home_day FROM filled WHERE so_far <= room"""

# the reversal counts in the order that it undoes; its goods come back at the cost they left with
_SETTLED = """
SELECT l.* REPLACE (
  COALESCE(m.home, l.order_no) AS order_no,
  COALESCE(l.customer_id, m.customer_id) AS customer_id,
  -- a return without a date happened when its purchase did; failing that, by the end of the files
  COALESCE(l.happened, m.home_happened, (SELECT MAX(happened) FROM import_lines)) AS happened,
  COALESCE(l.day, m.home_day, (SELECT MAX(day) FROM import_lines)) AS day,
  CASE WHEN m.seq IS NULL OR l.cost IS NOT NULL OR s.cost IS NULL OR s.gross - s.discount <= 0 THEN l.cost
       ELSE CAST(-round(CAST(s.cost AS DOUBLE) * CAST(l.refund AS DOUBLE)
                        / CAST(s.gross - s.discount AS DOUBLE), 4) AS DECIMAL(18, 4)) END AS cost,
  m.seq IS NOT NULL AS matched)
FROM import_lines l
LEFT JOIN import_matches m ON l.seq = m.seq
LEFT JOIN import_lines s ON m.home_seq = s.seq"""

_NO_MATCHES = """
SELECT CAST(NULL AS BIGINT) AS seq, CAST(NULL AS VARCHAR) AS home, CAST(NULL AS VARCHAR) AS customer_id,
       CAST(NULL AS BIGINT) AS home_seq, CAST(NULL AS TIMESTAMP) AS home_happened,
       CAST(NULL AS INTEGER) AS home_day
WHERE FALSE"""

_FIRST_FOUND = """
SELECT * FROM import_matches
UNION ALL
SELECT seq, home, customer_id, home_seq, home_happened, home_day
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY seq ORDER BY home, home_seq) AS choice
      FROM import_found WHERE seq NOT IN (SELECT seq FROM import_matches)) AS found
WHERE choice = 1"""

_LEFT = """
SELECT COUNT(*) AS n, COALESCE(SUM(refund), 0) AS amount FROM import_lines
WHERE reversal AND live AND NOT matched AND refund > 0 AND customer_id IS NOT NULL"""


def match_reversals(engine: Engine) -> list[Finding]:
    """Set `order_no` of each reversal in `import_lines` to the order that it undoes."""
    reversals = engine.query("SELECT COUNT(*) AS n FROM import_lines WHERE reversal")["n"][0].as_py()
    if not reversals:
        return []
    engine.create("import_matches", _NO_MATCHES)
    _add(engine, _BY_REFERENCE)
    for events in (_EVENTS_OF_LINES, _EVENTS_OF_ORDERS):
        engine.create("import_events", events)
        _add(engine, _BRACKETS)
    _add(engine, _PARTS)
    engine.create("import_lines", _SETTLED)
    left: dict[str, Any] = engine.query(_LEFT).to_pylist()[0]
    if not left["n"]:
        return []
    facts = {"count": left["n"], "of": reversals, "amount": round(float(left["amount"]), 2)}
    return [Finding("orders_refund_unmatched", "warn", facts)]


def _add(engine: Engine, sql: str) -> None:
    """Matches found by one rule; a reversal is matched once, by the first rule that finds it a home."""
    engine.create("import_found", sql)
    engine.create("import_matches", _FIRST_FOUND)
