"""`orders`: what was bought, one row per order, refunds netted into the order that they undo.

net_sales = gross_sales - discounts - refunded_amount, always. An order is `counted` (a purchase)
when it is paid, not a test, not void and not fully refunded. Orders that were never paid keep
their row with zero money. A refund whose purchase is not in the files is a row of its own:
status "refunded", not counted, negative net_sales, on the day of the refund.
"""

import pyarrow as pa

from lifeworth.data.tables.table import DAY, INSTANT, MONEY, QUANTITY, Column, Table

STATUSES = ("paid", "unpaid", "void", "refunded", "partially_refunded", "unknown")

ORDERS = Table(
    name="orders",
    grain="one row per order",
    key=("order_id", "customer_id", "source_file", "source_row"),
    columns=(
        Column("order_id", pa.string(), "", "key", "key in the source, or customer@time where it has none"),
        Column("customer_id", pa.string(), "", "key", "customer key; null where the source names nobody"),
        Column("day", DAY, "days since 1970-01-01", "personal", "day of the order in the workspace zone"),
        Column("placed_at", INSTANT, "UTC", "personal", "moment of the order; midnight for plain dates"),
        Column("status", pa.string(), "", "personal", "one of STATUSES"),
        Column("counted", pa.bool_(), "", "personal", "the order is a purchase"),
        Column("gross_sales", MONEY, "money", "personal", "goods before discounts and refunds"),
        Column("discounts", MONEY, "money", "personal", "what was taken off at the sale"),
        Column("refunded_amount", MONEY, "money", "personal", "what went back, on whatever day"),
        Column("net_sales", MONEY, "money", "personal", "gross_sales - discounts - refunded_amount"),
        Column("cogs", MONEY, "money", "personal", "cost of the goods kept; null where unknown"),
        Column("quantity", QUANTITY, "units", "personal", "units sold; null where unknown"),
        Column("lines", pa.int32(), "rows", "business", "rows of the source folded into this order"),
        Column("currency", pa.string(), "ISO 4217", "business", "currency of the money; empty where unknown"),
        Column("channel", pa.string(), "", "personal", "sales channel"),
        Column("scope", pa.string(), "", "personal", "cell of the scope that was asked for, else null"),
        Column("first_product", pa.string(), "", "personal", "product of the first line"),
        Column("source_file", pa.string(), "", "business", "file of the first line"),
        Column("source_row", pa.int64(), "row", "business", "row of the first line in that file"),
    ),
)
