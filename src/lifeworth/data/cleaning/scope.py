"""Money of a whole order that stands on each of its lines is counted once.

Layouts say whether `amount` is of the line or of the order. For a file without a known layout the
rows tell: an amount that is the same on all lines of an order, in every order, while amounts
differ between orders, is the order's. It is then shared among the lines by what they cost, so
that lines and orders add up to the same.
"""

from typing import Any

from lifeworth.base.finding import Finding
from lifeworth.engines.protocol import Engine

FEWEST_ORDERS = 5  # with several lines, before their amounts say anything
CHANCE = 0.5  # share of equal amounts that mere chance may explain

# orders of several lines: in how many do all lines carry one amount, and how alike are amounts at all
_EVIDENCE = """
WITH lines AS (SELECT order_id, amount FROM import_rows
               WHERE reason IS NULL AND file = :file AND order_id IS NOT NULL AND amount IS NOT NULL),
orders AS (SELECT order_id, COUNT(*) AS n, MIN(amount) AS low, MAX(amount) AS high
           FROM lines GROUP BY order_id),
amounts AS (SELECT CAST(COUNT(*) AS DOUBLE) AS n FROM lines GROUP BY amount)
SELECT (SELECT COUNT(*) FROM orders WHERE n > 1) AS several,
       (SELECT COUNT(*) FROM orders WHERE n > 1 AND low = high AND low <> 0) AS alike,
       (SELECT SUM(n * n) / (SUM(n) * SUM(n)) FROM amounts) AS by_chance"""

# does the amount equal units times price, line by line?
_PRICED = """
SELECT COUNT(*) FILTER (WHERE abs(abs(amount) - weight) <= 0.01) AS equal, COUNT(*) AS n FROM import_rows
WHERE reason IS NULL AND file = :file AND amount IS NOT NULL AND weight IS NOT NULL"""

# `amount` may already have had the refunds taken out: then amount + refund is the whole
_NET = """
SELECT COUNT(*) FILTER (WHERE abs(amount + refund - whole) <= 0.01) AS net,
       COUNT(*) FILTER (WHERE abs(amount - whole) <= 0.01) AS gross, COUNT(*) AS n
FROM import_rows WHERE reason IS NULL AND file = :file AND refund > 0 AND whole IS NOT NULL"""

_SHARED = """
WITH whole_orders AS (
  SELECT file, order_id, MAX(amount) AS amount, MAX(discount) AS discount, MAX(refund) AS refund,
         MAX(whole) AS whole, SUM(COALESCE(weight, 0)) AS weight, COUNT(*) AS n, MIN(seq) AS first_seq
  FROM import_rows WHERE reason IS NULL AND order_scope AND order_id IS NOT NULL
  GROUP BY file, order_id
  HAVING COUNT(*) > 1 AND COALESCE(MIN(amount) = MAX(amount), TRUE)),
parts AS (
  SELECT r.seq, r.seq = o.first_seq AS first, o.file, o.order_id, o.amount, o.discount, o.refund, o.whole,
         CASE WHEN o.weight > 0 THEN CAST(COALESCE(r.weight, 0) AS DOUBLE) / CAST(o.weight AS DOUBLE)
              ELSE 1.0 / o.n END AS share
  FROM import_rows r JOIN whole_orders o ON r.file = o.file AND r.order_id = o.order_id
  WHERE r.reason IS NULL),
rounded AS (
  SELECT seq, first, file, order_id, amount, discount, refund, whole,
         CAST(round(CAST(amount AS DOUBLE) * share, 2) AS DECIMAL(18, 4)) AS part,
         CAST(round(CAST(discount AS DOUBLE) * share, 2) AS DECIMAL(18, 4)) AS discount_part,
         CAST(round(CAST(refund AS DOUBLE) * share, 2) AS DECIMAL(18, 4)) AS refund_part,
         CAST(round(CAST(whole AS DOUBLE) * share, 2) AS DECIMAL(18, 4)) AS whole_part
  FROM parts)
-- the first line takes what rounding leaves over
SELECT seq,
       CAST(CASE WHEN first THEN amount - SUM(CASE WHEN first THEN 0 ELSE part END) OVER o
            ELSE part END AS DECIMAL(18, 4)) AS amount,
       CAST(CASE WHEN first THEN discount - SUM(CASE WHEN first THEN 0 ELSE discount_part END) OVER o
            ELSE discount_part END AS DECIMAL(18, 4)) AS discount,
       CAST(CASE WHEN first THEN refund - SUM(CASE WHEN first THEN 0 ELSE refund_part END) OVER o
            ELSE refund_part END AS DECIMAL(18, 4)) AS refund,
       CAST(CASE WHEN first THEN whole - SUM(CASE WHEN first THEN 0 ELSE whole_part END) OVER o
            ELSE whole_part END AS DECIMAL(18, 4)) AS whole
FROM rounded WINDOW o AS (PARTITION BY file, order_id)"""

_APPLIED = """
SELECT r.* REPLACE (
  CASE WHEN s.seq IS NULL THEN r.amount ELSE s.amount END AS amount,
  CASE WHEN s.seq IS NULL THEN r.discount ELSE s.discount END AS discount,
  CASE WHEN s.seq IS NULL THEN r.refund ELSE s.refund END AS refund,
  CASE WHEN s.seq IS NULL THEN r.whole ELSE s.whole END AS whole)
FROM import_rows r LEFT JOIN import_shares s ON r.seq = s.seq"""

# a row of a returns sheet may name an order and no money: it takes back the whole order
_UNPRICED = """
SELECT r.* REPLACE (CASE WHEN r.reason IS NULL AND r.amount IS NULL AND NOT r.returned
                         THEN 'no_amount' ELSE r.reason END AS reason)
FROM import_rows r"""


def settle_scope(engine: Engine, unknown_layouts: dict[int, str]) -> list[Finding]:
    """Share the money of whole orders among their lines, and undo refunds already taken out.

    Args:
        unknown_layouts: file number -> name of the files whose layout says nothing about scope.
    """
    findings = []
    for number, name in unknown_layouts.items():
        if _looks_whole(engine, number):
            engine.create("import_rows", _WHOLE, file=number)
            findings.append(Finding("orders_total_repeated", "info", {"file": name}))
    scoped = engine.query("SELECT COALESCE(BOOL_OR(order_scope), FALSE) AS some FROM import_rows")
    if scoped["some"][0].as_py():
        engine.create("import_shares", _SHARED)
        if engine.query("SELECT COUNT(*) AS n FROM import_shares")["n"][0].as_py():
            engine.create("import_rows", _APPLIED)
        engine.create("import_rows", _UNPRICED)
    return findings


_WHOLE = """
SELECT * REPLACE (CASE WHEN file = :file THEN TRUE ELSE order_scope END AS order_scope) FROM import_rows"""


def _looks_whole(engine: Engine, number: int) -> bool:
    evidence: dict[str, Any] = engine.query(_EVIDENCE, file=number).to_pylist()[0]
    if evidence["several"] < FEWEST_ORDERS or evidence["alike"] < evidence["several"]:
        return False
    if evidence["by_chance"] >= CHANCE:
        return False
    priced = engine.query(_PRICED, file=number).to_pylist()[0]
    return not (priced["n"] and priced["equal"] > 0.5 * priced["n"])


_ADDED_BACK = """
SELECT * REPLACE (CASE WHEN file = :file AND refund > 0 THEN CAST(amount + refund AS DECIMAL(18, 4))
                       ELSE amount END AS amount) FROM import_rows"""


def add_back_refunds(engine: Engine, files: dict[int, str]) -> list[Finding]:
    """Where `amount` is what was left after refunds, make it what was paid."""
    findings = []
    for number, name in files.items():
        seen = engine.query(_NET, file=number).to_pylist()[0]
        if seen["n"] and seen["net"] > seen["gross"] and seen["net"] > 0.5 * seen["n"]:
            engine.create("import_rows", _ADDED_BACK, file=number)
            findings.append(Finding("orders_amount_after_refund", "info", {"file": name}))
    return findings
