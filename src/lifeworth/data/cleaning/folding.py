"""Stage three: lines become orders, and the orders say whether they count as purchases."""

from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.words import literal
from lifeworth.engines.protocol import Engine

# what the lines of an order are, gathered as bits
_SOLD, _LIVE, _UNPAID, _VOID, _REFUNDED, _PARTLY, _UNKNOWN, _GOODS, _UNCOSTED = (1 << bit for bit in range(9))
_SEQUENCE, _ROW = (1 << 61) - 1, (1 << 40) - 1

# one row per order and customer; sums are of decimals, so they are exact in any order.
# `turn` puts sales before everything else: the first of them gives the order its place and moment.
_ORDERS = f"""
WITH marked AS (
  SELECT order_no, customer_id, happened, gross, discount, refund, cost, channel, scope, product,
         live AND NOT reversal AS sale,
         seq + CASE WHEN live AND NOT reversal THEN 0 ELSE {_SEQUENCE + 1} END AS turn,
         CASE WHEN live THEN quantity END AS units,
         CASE WHEN reversal THEN 0 ELSE {_SOLD} END
         + CASE WHEN live AND NOT reversal THEN {_LIVE} ELSE 0 END
         + CASE WHEN live OR status <> 'unpaid' THEN 0 ELSE {_UNPAID} END
         + CASE WHEN live OR status <> 'void' THEN 0 ELSE {_VOID} END
         + CASE WHEN live AND status = 'refunded' THEN {_REFUNDED} ELSE 0 END
         + CASE WHEN live AND status = 'partially_refunded' THEN {_PARTLY} ELSE 0 END
         + CASE WHEN live AND status = 'unknown' THEN {_UNKNOWN} ELSE 0 END
         + CASE WHEN live AND NOT reversal AND ((gross > 0 AND NOT adjustment) OR zero_counts)
                THEN {_GOODS} ELSE 0 END
         + CASE WHEN live AND NOT reversal AND cost IS NULL THEN {_UNCOSTED} ELSE 0 END AS marks
  FROM import_lines),
folded AS (
  SELECT order_no, customer_id, MIN(turn) AS turn,
         COALESCE(MIN(CASE WHEN sale THEN happened END), MIN(happened)) AS moment, BIT_OR(marks) AS marks,
         SUM(gross) AS gross_sales, SUM(discount) AS discounts, SUM(refund) AS refunded_amount,
         SUM(gross) - SUM(discount) - SUM(refund) AS net_sales, SUM(cost) AS cogs, SUM(units) AS quantity,
         COUNT(*) AS line_count, MIN(channel) AS channel, MIN(scope) AS scope,
         ARG_MIN(product, turn) AS first_product
  FROM marked GROUP BY order_no, customer_id),
judged AS (
  SELECT *, CASE WHEN marks & {_SOLD} = 0 THEN 'refunded'
              WHEN marks & {_LIVE} = 0 AND marks & {_UNPAID} > 0 THEN 'unpaid'
              WHEN marks & {_LIVE} = 0 AND marks & {_VOID} > 0 THEN 'void'
              WHEN refunded_amount > 0 AND net_sales < 0.005 THEN 'refunded'
              WHEN refunded_amount > 0 OR marks & {_PARTLY} > 0 THEN 'partially_refunded'
              WHEN marks & {_REFUNDED} > 0 THEN 'refunded'
              WHEN marks & {_UNKNOWN} > 0 THEN 'unknown'
              ELSE 'paid' END AS status
  FROM folded)
SELECT j.order_no AS order_id, j.customer_id,
       CAST(CAST(j.moment AS DATE) - DATE '1970-01-01' AS INTEGER) AS day,
       timezone({{zone}}, j.moment) AS placed_at, j.status,
       j.marks & {_LIVE} > 0 AND j.marks & {_GOODS} > 0
         AND j.status IN ('paid', 'partially_refunded', 'unknown') AS counted,
       CAST(j.gross_sales AS DECIMAL(18, 4)) AS gross_sales,
       CAST(j.discounts AS DECIMAL(18, 4)) AS discounts,
       CAST(j.refunded_amount AS DECIMAL(18, 4)) AS refunded_amount,
       CAST(j.net_sales AS DECIMAL(18, 4)) AS net_sales,
       -- goods of an order that was undone came back
       CAST(CASE WHEN j.marks & {_UNCOSTED} > 0 OR j.cogs IS NULL THEN NULL
                 WHEN j.status = 'refunded' AND j.marks & {_SOLD} > 0 THEN 0
                 ELSE j.cogs END AS DECIMAL(18, 4)) AS cogs,
       CAST(j.quantity AS DECIMAL(18, 4)) AS quantity, CAST(j.line_count AS INTEGER) AS lines,
       :currency AS currency, j.channel, j.scope, j.first_product, n.name AS source_file,
       j.turn & {_ROW} AS source_row, j.turn & {_SEQUENCE} AS sequence
FROM judged j JOIN import_files n ON (j.turn & {_SEQUENCE}) >> 40 = n.file"""

_LINES = """
SELECT l.order_no AS order_id, l.customer_id, l.day, timezone({zone}, l.happened) AS placed_at, l.status,
       l.reversal, l.product_id, l.sku, l.product_name, l.category,
       CAST(l.quantity AS DECIMAL(18, 4)) AS quantity, CAST(l.unit_price AS DECIMAL(18, 4)) AS unit_price,
       l.gross AS gross_sales, l.discount AS discounts, l.refund AS refunded_amount,
       CAST(l.cost AS DECIMAL(18, 4)) AS cogs, l.channel, l.country, l.region, l.scope,
       n.name AS source_file, l.row AS source_row
FROM {lines} l JOIN {files} n ON l.file = n.file
ORDER BY l.seq"""

_SEEN = """
SELECT COUNT(*) FILTER (WHERE status = 'unpaid') AS unpaid, COUNT(*) FILTER (WHERE status = 'void') AS void,
       COUNT(*) FILTER (WHERE status = 'refunded' AND gross_sales > 0) AS undone,
       COALESCE(SUM(gross_sales) FILTER (WHERE status = 'refunded'), 0) AS undone_amount,
       COUNT(*) FILTER (WHERE NOT counted AND status IN ('paid', 'unknown') AND gross_sales = 0) AS zero,
       COUNT(*) FILTER (WHERE NOT counted AND status IN ('paid', 'unknown', 'partially_refunded')
                        AND gross_sales > 0) AS adjustments,
       COALESCE(SUM(net_sales) FILTER (WHERE NOT counted AND gross_sales > 0 AND
                                       status IN ('paid', 'unknown', 'partially_refunded')), 0) AS adjusted,
       COUNT(*) FILTER (WHERE net_sales < 0 AND gross_sales > 0) AS over_refunded,
       COUNT(*) FILTER (WHERE net_sales < 0) AS negative
FROM import_orders"""

_NEGATIVE = """
SELECT COUNT(*) AS n FROM (
  SELECT customer_id FROM import_orders WHERE customer_id IS NOT NULL
  GROUP BY customer_id HAVING SUM(net_sales) < 0) AS customers"""


def lines_sql(*, lines: str, files: str, zone: str) -> str:
    """The lines in the order of the files; `happened` is in the workspace zone and leaves in UTC."""
    return _LINES.format(lines=lines, files=files, zone=literal(zone))


def fold_orders(engine: Engine, *, zone: str, currency: str) -> list[Finding]:
    """Create `import_orders`; say which orders do not count, and why."""
    engine.create("import_orders", _ORDERS.format(zone=literal(zone)), currency=currency)
    seen = engine.query(_SEEN).to_pylist()[0]
    findings = []
    if seen["unpaid"] or seen["void"]:
        facts = {"unpaid": seen["unpaid"], "void": seen["void"]}
        findings.append(Finding("orders_not_paid", "info", facts))
    if seen["undone"]:
        facts = {"count": seen["undone"], "amount": round(float(seen["undone_amount"]), 2)}
        findings.append(Finding("orders_undone", "info", facts))
    if seen["zero"]:
        findings.append(Finding("orders_zero", "info", {"count": seen["zero"]}))
    if seen["adjustments"]:
        facts = {"count": seen["adjustments"], "amount": round(float(seen["adjusted"]), 2)}
        findings.append(Finding("orders_adjustment", "info", facts))
    if seen["over_refunded"]:
        findings.append(Finding("orders_over_refunded", "warn", {"count": seen["over_refunded"]}))
    negative = engine.query(_NEGATIVE)["n"][0].as_py() if seen["negative"] else 0
    if negative:
        findings.append(Finding("orders_customer_negative", "warn", {"count": negative}))
    return findings
