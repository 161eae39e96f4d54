"""From orders to customers: purchase histories, holdouts and purchases by day, in portable SQL.

Two stages, (customer, day) and then customer, make every figure exact and independent of the order
of rows. Days are integers, so the same text runs on every engine. A purchase is a day with a
counted order; money is all of the customer's money, orders that do not count included, except
for `monetary_value`, first and repeat sales, which are of purchase days.
"""

from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.base.errors import DataError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.base.history import UNIT_DAYS, PurchaseHistory
from lifeworth.data.gaps import log_gaps_until
from lifeworth.data.sources.orders import Orders, holds_integers, is_frame, kind_of, to_frame
from lifeworth.data.sources.read import read_orders
from lifeworth.data.sources.until import day_of
from lifeworth.data.spend_days import spend_days_until
from lifeworth.data.tables.customer_summary import CUSTOMER_SUMMARY
from lifeworth.data.without_money import ONE, no_money, priced_alike
from lifeworth.engines.protocol import Engine

SUMMARY = """
-- one row per customer with a counted purchase up to a day: repeat purchase days, ages, money
WITH paid AS (SELECT customer_id, day, net_sales, cogs FROM orders
              WHERE counted AND customer_id IS NOT NULL AND day <= :until),
days AS (
  SELECT customer_id, day, SUM(net_sales) AS spend, SUM(cogs) AS goods,
         COUNT(*) AS orders, COUNT(cogs) AS costed
  FROM paid GROUP BY customer_id, day),
customers AS (
  SELECT customer_id, MIN(day) AS first_day, MAX(day) AS last_day, COUNT(*) AS purchase_days,
         SUM(orders) AS orders, SUM(spend) AS spend, SUM(goods) AS goods, SUM(costed) AS costed
  FROM days GROUP BY customer_id),
money AS (
  SELECT customer_id, SUM(gross_sales) AS gross_sales, SUM(discounts) AS discounts,
         SUM(refunded_amount) AS refunds, SUM(net_sales) AS net_sales, SUM(cogs) AS cogs
  FROM orders WHERE customer_id IS NOT NULL AND day <= :until GROUP BY customer_id)
SELECT c.customer_id, c.first_day, c.last_day, CAST(c.purchase_days AS INTEGER) AS purchase_days,
       CAST(c.orders AS BIGINT) AS orders, CAST(c.purchase_days - 1 AS INTEGER) AS frequency,
       c.last_day - c.first_day AS recency, :until - c.first_day AS T,
       CASE WHEN c.purchase_days > 1
            THEN CAST(c.spend - d.spend AS DOUBLE) / (c.purchase_days - 1) ELSE 0 END AS monetary_value,
       CAST(m.gross_sales AS DECIMAL(18, 4)) AS gross_sales, CAST(m.discounts AS DECIMAL(18, 4)) AS discounts,
       CAST(m.refunds AS DECIMAL(18, 4)) AS refunds, CAST(m.net_sales AS DECIMAL(18, 4)) AS net_sales,
       CAST(CASE WHEN c.costed = c.orders THEN m.cogs END AS DECIMAL(18, 4)) AS cogs,
       CAST(d.spend AS DECIMAL(18, 4)) AS first_order_value,
       CAST(c.spend - d.spend AS DECIMAL(18, 4)) AS repeat_net_sales,
       CAST(CASE WHEN c.costed = c.orders THEN c.goods - d.goods END AS DECIMAL(18, 4)) AS repeat_cogs
FROM customers c JOIN days d ON c.customer_id = d.customer_id AND c.first_day = d.day
JOIN money m ON c.customer_id = m.customer_id
ORDER BY c.customer_id"""

MONEY = """
-- one row per customer: the money of all orders up to a day, of customers who never bought as well
SELECT customer_id, CAST(SUM(CASE WHEN counted THEN 1 ELSE 0 END) AS BIGINT) AS orders,
       CAST(SUM(gross_sales) AS DECIMAL(18, 4)) AS gross_sales,
       CAST(SUM(discounts) AS DECIMAL(18, 4)) AS discounts,
       CAST(SUM(refunded_amount) AS DECIMAL(18, 4)) AS refunds,
       CAST(SUM(net_sales) AS DECIMAL(18, 4)) AS net_sales,
       CAST(CASE WHEN COUNT(CASE WHEN counted THEN cogs END) = SUM(CASE WHEN counted THEN 1 ELSE 0 END)
            THEN COALESCE(SUM(cogs), 0) END AS DECIMAL(18, 4)) AS cogs
FROM orders WHERE customer_id IS NOT NULL AND day <= :until
GROUP BY customer_id ORDER BY customer_id"""

HOLDOUT = """
-- one row per customer with a purchase up to the cutoff: purchase days and money after it
WITH known AS (
  SELECT customer_id, MIN(day) AS first_day FROM orders
  WHERE customer_id IS NOT NULL AND counted AND day <= :cutoff GROUP BY customer_id),
days AS (
  SELECT customer_id, day, SUM(CASE WHEN counted THEN 1 ELSE 0 END) AS orders, SUM(net_sales) AS net_sales,
         SUM(cogs) AS cogs, SUM(CASE WHEN counted AND cogs IS NULL THEN 1 ELSE 0 END) AS uncosted
  FROM orders WHERE customer_id IS NOT NULL AND day > :cutoff AND day <= :until
  GROUP BY customer_id, day),
later AS (
  SELECT customer_id, SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS purchases, SUM(net_sales) AS net_sales,
         SUM(cogs) AS cogs, SUM(uncosted) AS uncosted
  FROM days GROUP BY customer_id)
SELECT k.customer_id, CAST(COALESCE(l.purchases, 0) AS INTEGER) AS purchases,
       CAST(COALESCE(l.net_sales, 0) AS DECIMAL(18, 4)) AS net_sales,
       CAST(CASE WHEN COALESCE(l.uncosted, 0) = 0 THEN COALESCE(l.cogs, 0) END AS DECIMAL(18, 4)) AS cogs
FROM known k LEFT JOIN later l ON k.customer_id = l.customer_id
ORDER BY k.customer_id"""

PURCHASES_BY_DAY = """
-- one row per day with a purchase: customers who bought for the first time, and who came back
WITH days AS (
  SELECT DISTINCT customer_id, day FROM orders WHERE customer_id IS NOT NULL AND counted AND day <= :until),
firsts AS (SELECT customer_id, MIN(day) AS first_day FROM days GROUP BY customer_id)
SELECT d.day, SUM(CASE WHEN d.day = f.first_day THEN 1 ELSE 0 END) AS first_purchases,
       SUM(CASE WHEN d.day > f.first_day THEN 1 ELSE 0 END) AS repeat_purchases,
       SUM(CASE WHEN d.day > f.first_day AND f.first_day <= :known THEN 1 ELSE 0 END)
         AS repeat_purchases_of_known
FROM days d JOIN firsts f ON d.customer_id = f.customer_id
GROUP BY d.day ORDER BY d.day"""

NEVER_COUNTED = """
-- customers whose money is known but who never made a counted purchase, and have no row of their own
WITH customers AS (
  SELECT customer_id, SUM(net_sales) AS net_sales, SUM(CASE WHEN counted THEN 1 ELSE 0 END) AS orders
  FROM orders WHERE customer_id IS NOT NULL AND day <= :until GROUP BY customer_id)
SELECT COUNT(*) AS customers, COALESCE(SUM(net_sales), 0) AS net_sales,
       COALESCE(SUM(CASE WHEN net_sales < 0 THEN 1 ELSE 0 END), 0) AS negative
FROM customers WHERE orders = 0 AND customer_id NOT IN (SELECT customer_id FROM told)"""

_HOLDOUT_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("purchases", pa.int32()),
        ("net_sales", pa.decimal128(18, 4)),
        ("cogs", pa.decimal128(18, 4)),
    ]
)
_DAYS_SCHEMA = pa.schema(
    [
        ("day", pa.int32()),
        ("first_purchases", pa.int64()),
        ("repeat_purchases", pa.int64()),
        ("repeat_purchases_of_known", pa.int64()),
    ]
)


def customer_summary(orders: Orders, until_day: int, engine: Engine) -> pa.Table:
    """`data.tables.customer_summary` as of a day, sorted by customer.

    Customers without a counted purchase have no row; `never_counted` says how many, and their money.
    """
    _offer(orders, engine)
    return CUSTOMER_SUMMARY.conform(engine.query(SUMMARY, until=until_day))


def customer_money(orders: Orders, until_day: int, engine: Engine) -> pa.Table:
    """customer_id, orders, gross_sales, discounts, refunds, net_sales, cogs of everybody with an order."""
    _offer(orders, engine)
    return engine.query(MONEY, until=until_day)


def _offer(orders: Orders, engine: Engine) -> None:
    if isinstance(orders, Orders):
        orders.offer(engine)
    else:  # anything with the canonical `table`, such as a stream
        engine.register("orders", orders.table)


def never_counted(orders: Orders, until_day: int, engine: Engine, told: pa.Table) -> Finding | None:
    """The money of customers without a row in the table `told`; None where there are none."""
    _offer(orders, engine)
    engine.register("told", told.select(["customer_id"]))
    seen = engine.query(NEVER_COUNTED, until=until_day).to_pylist()[0]
    if not seen["customers"]:
        return None
    facts = {"count": seen["customers"], "amount": round(float(seen["net_sales"]), 2)}
    return Finding("orders_never_counted", "info", facts)


def purchase_history(summary: pa.Table) -> PurchaseHistory:
    """The history of the rows of `customer_summary`, in their order."""
    return PurchaseHistory(
        summary["customer_id"].to_pylist(),
        summary["frequency"].to_numpy(),
        summary["recency"].to_numpy(),
        summary["T"].to_numpy(),
        summary["monetary_value"].to_numpy(),
    )


def holdout(orders: Orders, cutoff_day: int, until_day: int, engine: Engine) -> pa.Table:
    """What customers known at the cutoff did in (cutoff, until]: purchases, net_sales, cogs; sorted."""
    _offer(orders, engine)
    return engine.query(HOLDOUT, cutoff=cutoff_day, until=until_day).cast(_HOLDOUT_SCHEMA)


def weekly_purchases(
    orders: Orders, until_day: int, engine: Engine, known_day: int | None = None
) -> pa.Table:
    """First and repeat purchases of all customers by day, for plots by week.

    Args:
        known_day: repeat_purchases_of_known counts customers first seen up to this day; None: all.
    """
    _offer(orders, engine)
    known = until_day if known_day is None else known_day
    return engine.query(PURCHASES_BY_DAY, until=until_day, known=known).cast(_DAYS_SCHEMA)


def rfm_summary(
    orders: Any,
    customer_id_col: str | None = None,
    datetime_col: str | None = None,
    monetary_value_col: str | Literal[False] | None = None,
    observation_period_end: Any = None,
    time_unit: str = "D",
    log_gaps: bool = False,
    spend_days: bool = False,
) -> Any:
    """customer_id, frequency, recency, T, monetary_value of each customer, in `time_unit`.

    Args:
        orders: what `read_orders` gave, or anything it takes (paths, any dataframe), which then goes
            through the same cleaning: duplicates count once, refunds are money only.
        customer_id_col, datetime_col, monetary_value_col: names of columns; None: found. False for the
            last: money plays no part, every row of the dataframe is a purchase, whatever it cost.
        observation_period_end: last day observed; None takes the day of the last order.
        time_unit: "D", "W", "M" (30.4375 days) or "Y" (365.25 days).
        log_gaps: with the column log_gaps, the sum of ln(time between purchase days), which the models
            of regular buyers (BGCNBD, MBGCNBD) learn from.
        spend_days: with zero_days, positive_spend, log_spend and log_spend_squares of the repeat days,
            which LogNormalSpend and ZeroInflatedSpend learn from (`lifeworth.data.spend_days`).
    Returns:
        The kind of dataframe that was given (pandas for paths), sorted by customer; without
        monetary_value where money plays no part.
    Raises:
        DataError: DATA-235 for a dataframe without money. UsageError: DATA-236 for what needs some.
    """
    days = unit_days(time_unit)
    if monetary_value_col is False and spend_days:
        raise no_money("spend_days=True")
    read = as_orders(orders, customer_id_col, datetime_col, monetary_value_col)
    until = until_day(read, observation_period_end)
    with read.workbench() as engine:
        summary = customer_summary(read, until, engine)
        gaps = log_gaps_until(until, engine) if log_gaps else None
        spent = spend_days_until(until, engine) if spend_days else None
    table = _in_units(summary, days)
    if gaps is not None:
        shifted = gaps.to_numpy() - table["frequency"].to_numpy() * np.log(days)
        table = table.append_column("log_gaps", pa.array(shifted))
    if spent is not None:
        for name in spent.column_names:
            table = table.append_column(name, spent[name])
    if monetary_value_col is False:
        table = table.drop_columns(["monetary_value"])
    return to_frame(as_given(table, orders, read), kind_of(orders))


def rfm_train_test_split(
    orders: Any,
    train_period_end: Any,
    test_period_end: Any = None,
    time_unit: str = "D",
    customer_id_col: str | None = None,
    datetime_col: str | None = None,
    monetary_value_col: str | Literal[False] | None = None,
) -> Any:
    """`rfm_summary` up to `train_period_end`, with what the same customers did until `test_period_end`.

    Returns:
        The columns of `rfm_summary` and test_frequency (purchase days), test_monetary_value (mean net
        sales of a test purchase day; 0 where there is none) and test_T (length of the test).
    Raises:
        UsageError: DATA-231 where the test does not end after the training.
    """
    days = unit_days(time_unit)
    read = as_orders(orders, customer_id_col, datetime_col, monetary_value_col)
    cutoff, until = until_day(read, train_period_end), until_day(read, test_period_end)
    if until <= cutoff:
        raise UsageError("DATA-231", train=str(train_period_end), test=str(test_period_end))
    with read.workbench() as engine:
        summary = customer_summary(read, cutoff, engine)
        later = holdout(read, cutoff, until, engine)
    table = _in_units(summary, days)
    purchases = later["purchases"].to_numpy()
    money = later["net_sales"].cast(pa.float64()).to_numpy()
    mean = np.divide(money, purchases, out=np.zeros(len(money)), where=purchases > 0)
    table = table.append_column("test_frequency", pa.array(purchases.astype(np.float64)))
    table = table.append_column("test_monetary_value", pa.array(mean))
    length = np.full(len(money), (until - cutoff) / days)
    table = table.append_column("test_T", pa.array(length))
    if monetary_value_col is False:
        table = table.drop_columns(["monetary_value", "test_monetary_value"])
    return to_frame(as_given(table, orders, read), kind_of(orders))


def unit_days(time_unit: str) -> float:
    if time_unit not in UNIT_DAYS:
        raise UsageError("DATA-230", unit=time_unit, known=", ".join(UNIT_DAYS))
    return UNIT_DAYS[time_unit]


def as_orders(
    orders: Any, customer: str | None, moment: str | None, money: str | Literal[False] | None
) -> Orders:
    """Orders as read. Raises DATA-235 where a dataframe has no money, DATA-236 where none is wanted of
    what is no dataframe."""
    given = orders
    if money is False:
        given, money = priced_alike(orders, customer, moment), ONE
    elif isinstance(orders, Orders):
        return orders
    named = {"customer_id": customer, "placed_at": moment, "amount": money}
    columns = {name: column for name, column in named.items() if column is not None}
    try:
        return read_orders(given, columns=columns or None)
    except DataError as error:
        if error.code != "DATA-108" or not is_frame(given):
            raise
        raise DataError("DATA-235", seen=error.facts["seen"]) from None


def as_given(table: pa.Table, given: Any, read: Orders) -> pa.Table:
    """Customers of a frame of whole numbers are whole numbers again, so that they join."""
    column = read.report.files[0].mapping.get("customer_id", {}).get("column")
    if isinstance(given, Orders) or column is None or not holds_integers(given, column):
        return table
    try:
        return table.set_column(0, "customer_id", table["customer_id"].cast(pa.int64()))
    except pa.ArrowInvalid:
        return table


def until_day(orders: Orders, end: Any) -> int:
    if end is None:
        return orders.last_day
    return day_of(end)


def _in_units(summary: pa.Table, days: float) -> pa.Table:
    if summary.num_rows == 0:
        raise DataError("DATA-233")
    floats = {
        name: summary[name].cast(pa.float64()) for name in ("frequency", "recency", "T", "monetary_value")
    }
    return pa.table(
        {
            "customer_id": summary["customer_id"],
            "frequency": floats["frequency"],
            "recency": pc.divide(floats["recency"], days),
            "T": pc.divide(floats["T"], days),
            "monetary_value": floats["monetary_value"],
        }
    )
