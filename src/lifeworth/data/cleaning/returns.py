"""Rows of a returns sheet that name no money get it from the sale.

A row with an order takes back the order, or the lines of its product; with a quantity, that many
units. A row with a product alone is priced at what the product brought on average, and said so.
"""

from lifeworth.base.finding import Finding
from lifeworth.engines.protocol import Engine

_UNPRICED = "SELECT COUNT(*) AS n FROM import_lines WHERE returned AND live AND refund IS NULL"

_PRICED = """
WITH asked AS (
  SELECT seq, COALESCE(parent_order_id, order_id) AS reference, product, abs(quantity) AS units,
         ROW_NUMBER() OVER (PARTITION BY COALESCE(parent_order_id, order_id), product ORDER BY seq) AS turn
  FROM import_lines WHERE returned AND live AND refund IS NULL),
of_order AS (
  SELECT a.seq, a.units, a.turn, SUM(s.gross - s.discount - s.refund) AS money, SUM(s.quantity) AS sold,
         SUM(s.cost) AS cost
  FROM asked a JOIN import_lines s ON s.order_no = a.reference AND NOT s.reversal AND s.live
   AND (a.product IS NULL OR s.product = a.product)
  GROUP BY a.seq, a.units, a.turn),
prices AS (
  SELECT product, CAST(SUM(gross - discount) AS DOUBLE) / NULLIF(CAST(SUM(quantity) AS DOUBLE), 0) AS price
  FROM import_lines WHERE NOT reversal AND live AND product IS NOT NULL AND quantity > 0 GROUP BY product)
SELECT a.seq, o.seq IS NULL AS estimated,
       CASE WHEN o.seq IS NOT NULL AND a.units IS NULL THEN CASE WHEN o.turn = 1 THEN o.money ELSE 0 END
            WHEN o.seq IS NOT NULL AND o.sold > 0
            THEN round(CAST(o.money AS DOUBLE)
                       * LEAST(CAST(a.units AS DOUBLE) / CAST(o.sold AS DOUBLE), 1), 4)
            WHEN o.seq IS NOT NULL THEN CASE WHEN o.turn = 1 THEN o.money ELSE 0 END
            WHEN a.reference IS NULL
            THEN round(COALESCE(p.price, 0) * CAST(COALESCE(a.units, 1) AS DOUBLE), 4)
            ELSE 0 END AS refund
FROM asked a LEFT JOIN of_order o ON a.seq = o.seq LEFT JOIN prices p ON a.product = p.product"""

_APPLIED = """
SELECT l.* REPLACE (
  CAST(CASE WHEN r.seq IS NULL THEN COALESCE(l.refund, 0) ELSE r.refund END AS DECIMAL(18, 4)) AS refund)
FROM import_lines l LEFT JOIN import_returns r ON l.seq = r.seq"""


def price_returns(engine: Engine) -> list[Finding]:
    """Fill in the money of returned rows in `import_lines` that state none."""
    if engine.query(_UNPRICED)["n"][0].as_py() == 0:
        return []
    engine.create("import_returns", _PRICED)
    seen = engine.query(
        "SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE estimated) AS estimated, "
        "COALESCE(SUM(refund), 0) AS amount FROM import_returns"
    ).to_pylist()[0]
    engine.create("import_lines", _APPLIED)
    facts = {"count": seen["n"], "estimated": seen["estimated"], "amount": round(float(seen["amount"]), 2)}
    return [Finding("orders_return_priced", "warn" if seen["estimated"] else "info", facts)]
