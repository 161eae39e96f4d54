"""`order_lines`: every row that was used, typed, with the order that it counts in.

gross_sales - discounts - refunded_amount of the lines add up to the orders exactly. A reversal (a
negative row, a cancellation, a row of a returns sheet) has gross_sales 0 and its money in
refunded_amount; `order_id` is the order that it undoes where one was found.
"""

import pyarrow as pa

from lifeworth.data.tables.table import DAY, INSTANT, MONEY, QUANTITY, Column, Table

ORDER_LINES = Table(
    name="order_lines",
    grain="one row per used row of the source",
    key=("source_file", "source_row"),
    columns=(
        Column("order_id", pa.string(), "", "key", "order that the line counts in"),
        Column("customer_id", pa.string(), "", "key", "customer key; null where the source names nobody"),
        Column("day", DAY, "days since 1970-01-01", "personal", "day of the row itself"),
        Column("placed_at", INSTANT, "UTC", "personal", "moment of the row itself"),
        Column("status", pa.string(), "", "personal", "state of the row in our words"),
        Column("reversal", pa.bool_(), "", "personal", "the row takes money back"),
        Column("product_id", pa.string(), "", "personal", "key of the product"),
        Column("sku", pa.string(), "", "personal", "merchant's stock-keeping code"),
        Column("product_name", pa.string(), "", "personal", "title of the product"),
        Column("category", pa.string(), "", "personal", "category of the product"),
        Column("quantity", QUANTITY, "units", "personal", "units; negative for reversals"),
        Column("unit_price", MONEY, "money", "personal", "price of one unit as the source states it"),
        Column("gross_sales", MONEY, "money", "personal", "goods before discounts and refunds"),
        Column("discounts", MONEY, "money", "personal", "what was taken off at the sale"),
        Column("refunded_amount", MONEY, "money", "personal", "what went back"),
        Column("cogs", MONEY, "money", "personal", "cost of goods of the row; null where unknown"),
        Column("channel", pa.string(), "", "personal", "sales channel"),
        Column("country", pa.string(), "", "personal", "country of the buyer or of delivery"),
        Column("region", pa.string(), "", "personal", "state, province or city"),
        Column("scope", pa.string(), "", "personal", "cell of the scope that was asked for, else null"),
        Column("source_file", pa.string(), "", "business", "file that the row stands in"),
        Column("source_row", pa.int64(), "row", "business", "its row number there"),
    ),
)
