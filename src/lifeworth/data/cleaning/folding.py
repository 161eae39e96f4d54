"""Stage three: lines become orders, and the orders say whether they count as purchases."""

from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.words import literal
from lifeworth.engines.protocol import Engine

# one row per order and customer; sums are of decimals, so they are exact in any order
_ORDERS = """
WITH folded AS (
  SELECT l.order_no, l.customer_id,
         COALESCE(MIN(l.seq) FILTER (WHERE l.live AND NOT l.reversal), MIN(l.seq)) AS first_seq,
         COALESCE(MIN(l.happened) FILTER (WHERE l.live AND NOT l.reversal), MIN(l.happened)) AS first_moment,
         COALESCE(MIN(l.day) FILTER (WHERE l.live AND NOT l.reversal), MIN(l.day)) AS first_day,
         BOOL_OR(NOT l.reversal) AS sold, BOOL_OR(l.live AND NOT l.reversal) AS any_live,
         BOOL_OR(l.status = 'unpaid' AND NOT l.live) AS unpaid,
         BOOL_OR(l.status = 'void' AND NOT l.live) AS void,
         BOOL_OR(l.status = 'refunded' AND l.live) AS refunded,
         BOOL_OR(l.status = 'partially_refunded' AND l.live) AS partly,
         BOOL_OR(l.status = 'unknown' AND l.live) AS unknown,
         BOOL_OR(l.live AND NOT l.reversal
                 AND ((l.gross > 0 AND NOT l.adjustment) OR l.zero_counts)) AS goods,
         SUM(l.gross) AS gross_sales, SUM(l.discount) AS discounts, SUM(l.refund) AS refunded_amount,
         CASE WHEN BOOL_AND(l.cost IS NOT NULL OR l.reversal OR NOT l.live) THEN SUM(l.cost) END AS cogs,
         SUM(l.quantity) FILTER (WHERE l.live) AS units, COUNT(*) AS line_count, MIN(l.channel) AS any_channel
  FROM import_lines l GROUP BY l.order_no, l.customer_id),
judged AS (
  SELECT *, gross_sales - discounts - refunded_amount AS net_sales,
         CASE WHEN NOT sold THEN 'refunded'
              WHEN NOT any_live AND unpaid THEN 'unpaid'
              WHEN NOT any_live AND void THEN 'void'
              WHEN refunded_amount > 0 AND gross_sales - discounts - refunded_amount < 0.005 THEN 'refunded'
              WHEN refunded_amount > 0 OR partly THEN 'partially_refunded'
              WHEN refunded THEN 'refunded'
              WHEN unknown THEN 'unknown'
              ELSE 'paid' END AS status
  FROM folded)
SELECT j.order_no AS order_id, j.customer_id, j.first_day AS day,
       timezone({zone}, j.first_moment) AS placed_at, j.status,
       j.sold AND j.any_live AND j.goods AND j.status IN ('paid', 'partially_refunded', 'unknown') AS counted,
       CAST(j.gross_sales AS DECIMAL(18, 4)) AS gross_sales,
       CAST(j.discounts AS DECIMAL(18, 4)) AS discounts,
       CAST(j.refunded_amount AS DECIMAL(18, 4)) AS refunded_amount,
       CAST(j.net_sales AS DECIMAL(18, 4)) AS net_sales,
       -- goods of an order that was undone came back
       CAST(CASE WHEN j.status = 'refunded' AND j.sold THEN CASE WHEN j.cogs IS NULL THEN NULL ELSE 0 END
                 ELSE j.cogs END AS DECIMAL(18, 4)) AS cogs,
       CAST(j.units AS DECIMAL(18, 4)) AS quantity, CAST(j.line_count AS INTEGER) AS lines,
       :currency AS currency, j.any_channel AS channel, f.product AS first_product,
       n.name AS source_file, f.row AS source_row
FROM judged j JOIN import_lines f ON j.first_seq = f.seq JOIN import_files n ON f.file = n.file
ORDER BY j.first_seq"""

_LINES = """
SELECT l.order_no AS order_id, l.customer_id, l.day, timezone({zone}, l.happened) AS placed_at, l.status,
       l.reversal, l.product_id, l.sku, l.product_name, l.category,
       CAST(l.quantity AS DECIMAL(18, 4)) AS quantity, CAST(l.unit_price AS DECIMAL(18, 4)) AS unit_price,
       l.gross AS gross_sales, l.discount AS discounts, l.refund AS refunded_amount,
       CAST(l.cost AS DECIMAL(18, 4)) AS cogs, l.channel, l.country, l.region,
       n.name AS source_file, l.row AS source_row
FROM import_lines l JOIN import_files n ON l.file = n.file
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
       COUNT(*) FILTER (WHERE net_sales < 0 AND gross_sales > 0) AS over_refunded
FROM import_orders"""


def orders_sql(zone: str) -> str:
    """The orders; `happened` is in the workspace zone and leaves in UTC."""
    return _ORDERS.format(zone=literal(zone))


def lines_sql(zone: str) -> str:
    return _LINES.format(zone=literal(zone))


def fold_orders(engine: Engine, *, zone: str, currency: str) -> list[Finding]:
    """Create `import_orders`; say which orders do not count, and why."""
    engine.create("import_orders", orders_sql(zone), currency=currency)
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
    return findings
