"""`customer_summary`: the purchase history of each customer, up to one day.

A purchase is a day with at least one counted order; frequency counts repeat purchases, so it is
purchase_days - 1. Money is net of refunds. Customers who never made a counted purchase have no
row. Source: Fader & Hardie; `methods.md` 2.1.
"""

import pyarrow as pa

from lifeworth.data.tables.table import DAY, MONEY, Column, Table

CUSTOMER_SUMMARY = Table(
    name="customer_summary",
    grain="one row per customer with a counted purchase",
    key=("customer_id",),
    columns=(
        Column("customer_id", pa.string(), "", "key", "customer key"),
        Column("first_day", DAY, "days since 1970-01-01", "personal", "day of the first purchase"),
        Column("last_day", DAY, "days since 1970-01-01", "personal", "day of the last purchase"),
        Column("purchase_days", pa.int32(), "days", "personal", "days with a purchase"),
        Column("orders", pa.int64(), "orders", "personal", "counted orders"),
        Column("frequency", pa.int32(), "purchase days", "personal", "repeat purchase days"),
        Column("recency", pa.int32(), "days", "personal", "age at the last purchase"),
        Column("T", pa.int32(), "days", "personal", "age at the end of observation"),
        Column("monetary_value", pa.float64(), "money", "personal", "mean net sales of a repeat day; else 0"),
        Column("gross_sales", MONEY, "money", "personal", "goods before discounts and refunds"),
        Column("discounts", MONEY, "money", "personal", "what was taken off at the sale"),
        Column("refunds", MONEY, "money", "personal", "what went back"),
        Column("net_sales", MONEY, "money", "personal", "all money, orders that do not count included"),
        Column("cogs", MONEY, "money", "personal", "cost of goods; null where unknown"),
        Column("first_order_value", MONEY, "money", "personal", "net sales of the first purchase day"),
        Column("repeat_net_sales", MONEY, "money", "personal", "net sales of the repeat purchase days"),
        Column("repeat_cogs", MONEY, "money", "personal", "cost of goods of the repeat purchase days"),
    ),
)
