"""What each customer owns: the items of its order lines, since when, and what was spent on them.

An item is a category, a product, or a price tier of a category. Lines that take money back count for
nothing here; a product file adds category, price, cost and accessories where the lines lack them.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.sources.orders import Orders
from lifeworth.data.tables.companions.products import PRODUCTS
from lifeworth.engines.protocol import Engine

NEVER = np.int32(2**31 - 1)
PRODUCT_COLUMNS = ("product_id", "product_name", "category", "price", "unit_cost", "add_on_of")

ITEM_LINES = """
-- one row per used line up to a day: who, when, which product and category, units and money
SELECT l.customer_id, l.day, COALESCE(l.product_id, l.sku, l.product_name) AS product,
       COALESCE(p.category, l.category) AS category, COALESCE(l.product_name, p.product_name) AS title,
       COALESCE(CAST(l.quantity AS DOUBLE), 1) AS units,
       CAST(l.gross_sales - l.discounts - l.refunded_amount AS DOUBLE) AS spend,
       p.price, p.unit_cost, p.add_on_of
FROM order_lines l
LEFT JOIN product_facts p ON p.product_id = COALESCE(l.product_id, l.sku, l.product_name)
WHERE l.customer_id IS NOT NULL AND l.day <= :until AND NOT COALESCE(l.reversal, FALSE) AND l.gross_sales > 0
  AND l.status IN ('paid', 'partially_refunded', 'unknown')"""

ITEMS = """
-- one row per item: how many customers own it
SELECT {column} AS item, COUNT(DISTINCT customer_id) AS buyers FROM item_lines
WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY buyers DESC, item LIMIT :most"""

HOLDINGS = """
-- one row per customer and item: first day, units and money, in all and after a day
SELECT l.customer_id, l.{column} AS item, MIN(l.day) AS first_day,
       SUM(l.units) AS units, SUM(l.spend) AS spend,
       SUM(CASE WHEN l.day > :recent THEN l.units ELSE 0 END) AS units_recent,
       SUM(CASE WHEN l.day > :recent THEN l.spend ELSE 0 END) AS spend_recent
FROM item_lines l JOIN items i ON l.{column} = i.item
GROUP BY l.customer_id, l.{column}"""

PRODUCT_STATS = """
-- one row per product: its category, mean price paid, cost, buyers, and what it goes with
SELECT product, MIN(title) AS title, MIN(category) AS category, SUM(spend) / SUM(units) AS paid,
       CAST(MIN(price) AS DOUBLE) AS price, CAST(MIN(unit_cost) AS DOUBLE) AS unit_cost,
       MIN(add_on_of) AS add_on_of, COUNT(DISTINCT customer_id) AS buyers
FROM item_lines WHERE product IS NOT NULL AND units > 0
GROUP BY product HAVING SUM(units) > 0 ORDER BY product"""

TIERS = """
-- one row per customer, category and price tier: first day, units and money, in all and after a day
SELECT l.customer_id, t.cell AS item, MIN(l.day) AS first_day, SUM(l.units) AS units, SUM(l.spend) AS spend,
       SUM(CASE WHEN l.day > :recent THEN l.units ELSE 0 END) AS units_recent,
       SUM(CASE WHEN l.day > :recent THEN l.spend ELSE 0 END) AS spend_recent
FROM item_lines l JOIN product_tiers t ON l.product = t.product
GROUP BY l.customer_id, t.cell"""


@dataclass(frozen=True)
class Holdings:
    """z pairs of a customer (row among n) and an item (place in `items`); days, units and money, (z,)."""

    customers: int
    items: list[str]
    customer: NDArray[np.int64]
    item: NDArray[np.int64]
    first_day: NDArray[np.int64]
    units: NDArray[np.float64]
    spend: NDArray[np.float64]
    units_recent: NDArray[np.float64]
    spend_recent: NDArray[np.float64]

    def first(self) -> NDArray[np.int32]:
        """(n, items): the day of the first purchase, NEVER where the item is not owned."""
        days = np.full((self.customers, len(self.items)), NEVER, np.int32)
        days[self.customer, self.item] = self.first_day
        return days


class ProductFile(NamedTuple):
    """facts: one row per product, no rows without a file; and what was found and rejected."""

    facts: pa.Table
    findings: list[Finding]
    rejected: pa.Table | None


@dataclass(frozen=True)
class Shelf:
    """The lines of a run, ready to be asked: `column` is the one that items are taken from."""

    engine: Engine
    ids: pa.Array
    column: str
    products: pa.Table
    findings: list[Finding]
    rejected: pa.Table | None

    def holdings(self, most: int, recent_day: int, column: str | None = None) -> Holdings:
        """Of the `most` items with the most buyers."""
        of = column or self.column
        found = self.engine.query(ITEMS.format(column=of), most=most)
        self.engine.register("items", found)
        rows = self.engine.query(HOLDINGS.format(column=of), recent=recent_day)
        return _holdings(rows, self.ids, found["item"].to_pylist())

    def tiers(self, product: list[str], cell: list[str], recent_day: int) -> Holdings:
        """Of price tiers: `cell` names the category and tier of each product."""
        self.engine.register("product_tiers", pa.table({"product": product, "cell": cell}))
        rows = self.engine.query(TIERS, recent=recent_day)
        return _holdings(rows, self.ids, sorted(set(cell)))


def shelf(
    orders: Orders, ids: pa.Array, products: ProductFile, until_day: int, engine: Engine
) -> Shelf | None:
    """The items of the order lines up to a day; None where the lines name no two products or categories."""
    engine.register("product_facts", products.facts)
    engine.register("order_lines", orders.lines)
    engine.create("item_lines", ITEM_LINES, until=until_day)
    seen = engine.query(
        "SELECT COUNT(DISTINCT category) AS categories, COUNT(DISTINCT product) AS products,"
        " COUNT(*) AS line_count, COUNT(category) AS with_category FROM item_lines"
    ).to_pylist()[0]
    if max(seen["categories"], seen["products"]) < 2:
        return None
    findings = list(products.findings)
    if products.facts.num_rows and seen["with_category"] < 0.5 * seen["line_count"]:
        facts_of = {"count": seen["line_count"] - seen["with_category"], "rows": seen["line_count"]}
        findings.append(Finding("products_unknown", "warn", facts_of))
    column = "category" if seen["categories"] > 1 else "product"
    return Shelf(engine, ids, column, engine.query(PRODUCT_STATS), findings, products.rejected)


def read_products(source: Any | None, engine: Engine) -> ProductFile:
    """Raises DataError as for companion files."""
    if source is None:
        schema = [PRODUCTS.schema.field(name) for name in PRODUCT_COLUMNS]
        return ProductFile(pa.schema(schema).empty_table(), [], None)
    read = read_companion(source, PRODUCTS, engine=engine)
    findings = list(read.findings)
    table = read.table.sort_by("source_row")
    firsts = table.group_by("product_id", use_threads=False).aggregate([("source_row", "min")])
    if firsts.num_rows < table.num_rows:
        findings.append(Finding("products_repeated", "warn", {"count": table.num_rows - firsts.num_rows}))
    kept = pc.is_in(table["source_row"], value_set=firsts["source_row_min"].combine_chunks())
    return ProductFile(table.filter(kept).select(list(PRODUCT_COLUMNS)), findings, read.rejected)


def _holdings(rows: pa.Table, ids: pa.Array, items: list[str]) -> Holdings:
    """Pairs whose customer is among `ids`, in the order of customers and items."""
    customer = pc.index_in(rows["customer_id"], value_set=ids)
    rows = rows.append_column("row", customer)
    rows = rows.append_column("place", pc.index_in(rows["item"], value_set=pa.array(items, pa.string())))
    rows = rows.filter(pc.is_valid(rows["row"])).sort_by([("row", "ascending"), ("place", "ascending")])
    whole = [rows[name].to_numpy().astype(np.int64) for name in ("row", "place", "first_day")]
    money = [rows[name].to_numpy() for name in ("units", "spend", "units_recent", "spend_recent")]
    return Holdings(len(ids), items, *whole, *money)
