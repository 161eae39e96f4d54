"""Which bills of subscriptions stand among the orders already: each order is one bill at most.

A bill is an order of the same customer within WINDOW_DAYS of its day (of any day, where the file of accounts
knows none) that was paid with the same amount, to the cent, or that begins with a product of the plan's name.
The nearest day wins. Amounts agree by chance, too: a subscription counts as among the orders where half of
its bills are found there, and none does where fewer than one bill in twenty is found.
Orders that are bills were not decided anew: models of buying leave them out; what they paid stays in place.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.data.contracts.subscribers import Bills, Subscribers
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine

Rows = NDArray[np.int64]
WINDOW_DAYS = 5
OF_SUBSCRIPTION, OF_ALL = 0.5, 0.05  # shares of bills found among the orders
SUBSCRIPTION = "subscription"  # begins the id of a bill that is no order
MONEY = ("gross_sales", "discounts", "refunds", "net_sales", "cogs", "orders")
EARLIEST, LATEST = ("first_day",), ("last_day",)

PAIRS = """
-- one row per bill and order that may be the same payment, the nearest first
SELECT b.bill, o.order_id, CASE WHEN b.day < 0 THEN 0 ELSE abs(o.day - b.day) END AS apart
FROM bills b JOIN orders o ON b.customer_id = o.customer_id
WHERE o.counted AND o.day <= :until AND (b.day < 0 OR abs(o.day - b.day) <= :window)
  AND (o.gross_sales - o.discounts = b.amount OR lower(o.first_product) = b.plan)
ORDER BY apart, b.bill, o.order_id"""


@dataclass(frozen=True)
class Payments:
    """paid, in_orders: cents of each customer of `subscribers` in all, and of it what the orders hold.

    count: bills paid; purchases: the orders that are no bills. last_day: of each customer's last bill, -1.
    """

    paid: Rows
    in_orders: Rows
    count: Rows
    first_day: Rows
    last_day: Rows
    matched: int
    purchases: Orders
    money: Orders


def payments_of(found: Subscribers, orders: Orders, day: int, engine: Engine) -> Payments:
    """Match the bills of subscriptions with the orders up to the as-of day."""
    bills, account = found.bills, found.account
    plans = np.array([plan.lower() or "\0" for plan in found.plan], object)
    names = np.array(found.customer, object)
    engine.register(
        "bills",
        pa.table(
            {
                "bill": np.arange(len(bills.sub)),
                "customer_id": pa.array(names[bills.sub].tolist(), pa.string()),
                "day": bills.day,
                "amount": pa.array(bills.cents / 100.0).cast(pa.decimal128(18, 4)),
                "plan": pa.array(plans[bills.sub].tolist(), pa.string()),
            }
        ),
    )
    orders.offer(engine)
    pairs = engine.query(PAIRS, until=day, window=WINDOW_DAYS)
    order_of: dict[int, str] = {}
    taken: set[str] = set()
    for bill, order in zip(pairs["bill"].to_pylist(), pairs["order_id"].to_pylist(), strict=True):
        if bill not in order_of and order not in taken:
            order_of[bill] = order
            taken.add(order)
    matched = np.zeros(len(bills.sub), bool)
    matched[sorted(order_of)] = True
    share = np.bincount(bills.sub, matched, len(found)) / np.maximum(
        np.bincount(bills.sub, minlength=len(found)), 1
    )
    matched &= share[bills.sub] >= OF_SUBSCRIPTION
    if matched.sum() < OF_ALL * len(matched):
        matched[:] = False
    taken = {order_of[bill] for bill in np.flatnonzero(matched).tolist()}
    who, size = account[bills.sub], len(found.customers)
    first, last = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
    np.minimum.at(first, who, np.where(bills.day < 0, day, bills.day))
    np.minimum.at(first, account, np.where(found.since < 0, day, found.since))
    np.maximum.at(last, who, np.where(bills.day < 0, day, bills.day))
    np.maximum.at(last, account, np.where(found.since < 0, day, found.since))
    return Payments(
        _summed(who, bills.cents, size),
        _summed(who[matched], bills.cents[matched], size),
        np.bincount(who, minlength=size),
        first,
        last,
        int(matched.sum()),
        _without(orders, taken),
        _with(orders, found, Bills(bills.sub[~matched], bills.day[~matched], bills.cents[~matched])),
    )


def _without(orders: Orders, taken: set[str]) -> Orders:
    if not taken:
        return orders
    bill = pc.is_in(orders.table["order_id"], value_set=pa.array(sorted(taken), pa.string()))
    return orders.with_table(orders.table.filter(pc.invert(bill)))


def _with(orders: Orders, found: Subscribers, bills: Bills) -> Orders:
    if not len(bills.sub):
        return orders
    rows = _rows(found, bills, orders.table.schema, orders.currency)
    return orders.with_table(pa.concat_tables([orders.table, rows]))


def with_subscribers(bought: pa.Table, everything: pa.Table, found: Subscribers, paid: Payments) -> pa.Table:
    """One row per buyer and subscriber: histories of `bought`, the summary of `paid.purchases`, money of
    `everything`, that of `paid.money` with rows for who never bought.

    Who only subscribes has no purchase. first_day and last_day are those of purchases and subscriptions.
    """
    ids = pa.array(sorted({*bought["customer_id"].to_pylist(), *found.customers}), pa.string())
    buyer = pc.index_in(ids, value_set=bought["customer_id"].combine_chunks())
    payer = pc.index_in(ids, value_set=everything["customer_id"].combine_chunks())
    subscriber = pc.index_in(ids, value_set=pa.array(found.customers, pa.string()))
    first, last = (
        pc.take(pa.array(days.astype(np.int32)), subscriber) for days in (paid.first_day, paid.last_day)
    )
    otherwise = {
        "first_day": first, "last_day": last, "T": pc.subtract(pa.scalar(found.day, pa.int32()), first),
    }  # fmt: skip
    columns = {"customer_id": ids}
    for field in bought.schema:
        name = field.name
        if name == "customer_id":
            continue
        source, place = (everything, payer) if name in MONEY else (bought, buyer)
        told = pc.take(source[name].combine_chunks().cast(field.type), place)
        nothing = pa.array(np.zeros(len(ids))).cast(field.type)
        rest = otherwise[name].cast(field.type) if name in otherwise else nothing
        if name in EARLIEST or name in LATEST:
            wider = pc.min_element_wise if name in EARLIEST else pc.max_element_wise
            columns[name] = wider(told, pc.if_else(pc.is_valid(subscriber), rest, told))
        else:
            columns[name] = pc.if_else(pc.is_valid(place), told, rest)
    return pa.table(columns, schema=bought.schema)


def _rows(found: Subscribers, bills: Bills, schema: pa.Schema, currency: str) -> pa.Table:
    """Bills as rows of `orders` that count as money and as no purchase."""
    names, plans = np.array(found.customer, object), np.array(found.plan, object)
    numbers = np.array([number or str(at) for at, number in enumerate(found.number, 1)], object)
    days = np.where(bills.day < 0, found.day, bills.day)
    who = names[bills.sub].tolist()
    told = {
        "order_id": [
            f"{SUBSCRIPTION} {number} {day}"
            for number, day in zip(numbers[bills.sub], days.astype("datetime64[D]").tolist(), strict=True)
        ],
        "customer_id": who,
        "day": days,
        "placed_at": days.astype("datetime64[D]").astype("datetime64[us]"),
        "status": ["paid"] * len(who),
        "counted": np.zeros(len(who), bool),
        "first_product": plans[bills.sub].tolist(),
        "currency": [currency] * len(who),
        "source_file": [found.name] * len(who),
    }
    money = pa.array(bills.cents / 100.0)
    columns = []
    for field in schema:
        if field.name in ("gross_sales", "net_sales"):
            columns.append(money.cast(field.type))
        elif field.name in told:
            columns.append(pa.array(told[field.name]).cast(field.type))
        elif pa.types.is_decimal(field.type) and field.name in ("discounts", "refunded_amount"):
            columns.append(pa.array(np.zeros(len(who))).cast(field.type))
        elif field.name == "lines":
            columns.append(pa.array(np.zeros(len(who), np.int32)))
        else:
            columns.append(pa.nulls(len(who), field.type))
    return pa.table(columns, schema=schema)


def _summed(who: Rows, cents: Rows, size: int) -> Rows:
    total = np.zeros(size, np.int64)
    np.add.at(total, who, cents)
    return total
