"""The customers as of one day: their histories, money and margins, ready for models."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.data.channels import first_words
from lifeworth.data.contracts.histories import LEFT
from lifeworth.data.contracts.payments import Payments, payments_of, with_subscribers
from lifeworth.data.contracts.subscribers import Subscribers
from lifeworth.data.costs import GOODS, Costs, customer_costs
from lifeworth.data.sources.orders import Orders
from lifeworth.data.summary import customer_money, customer_summary, purchase_history
from lifeworth.engines.protocol import Engine
from lifeworth.segments.rfm import RFM, score_rfm
from lifeworth.segments.rfm_classes import RFMClasses, rfm_classes
from lifeworth.value.ledger import Basis, Ledger, choose_basis, deducted, ledger
from lifeworth.value.margin import Margins, margins
from lifeworth.value.model import Base

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Subscribed:
    """Subscribers among the customers of a run. row: of each of `found.customers`, its row there."""

    found: Subscribers
    paid: Payments
    row: NDArray[np.int64]

    def of_customers(self, amounts: NDArray[Any], customers: int) -> Array:
        """Amounts per customer who subscribes, for all customers, (n,)."""
        return np.bincount(self.row, amounts, customers).astype(np.float64)

    def running(self, customers: int) -> NDArray[np.bool_]:
        """Who has a subscription that goes on or pauses, (n,)."""
        here = self.found.state != LEFT
        return np.asarray(np.bincount(self.row[self.found.account], here, customers) > 0)


@dataclass(frozen=True)
class Customers:
    """n customers who bought or subscribed up to `day`, in the order of their ids.

    base: what they bought anew, payments of subscriptions left out; bought: who did so at all, (n,).
    """

    day: int
    table: pa.Table  # see data.summary.customer_summary
    base: Base
    margins: Margins
    costs: Costs | None
    ledger: Ledger
    basis: Basis
    channel: pa.Array  # of the first order; null where the orders name none
    scope: pa.Array  # the same for the column `scope_name`
    scope_name: str | None
    deducted: dict[str, Array]  # kind of cost -> what the basis takes off, (n,)
    bought: NDArray[np.bool_]
    subscribed: Subscribed | None = None

    def __len__(self) -> int:
        return self.table.num_rows

    @property
    def buyers(self) -> Base:
        """What models of buying learn from."""
        if self.bought.all():
            return self.base
        base, rows = self.base, self.bought
        return Base(base.history.part(rows), base.net_sales[rows], base.margin_rates[rows])

    def column(self, name: str) -> Array:
        return self.table[name].cast(pa.float64()).to_numpy()


@dataclass(frozen=True)
class Rfm:
    """Scores and the eight classes, from what was bought so far."""

    scores: RFM
    classes: RFMClasses


def rfm_of(customers: Customers) -> Rfm:
    history = customers.base.history
    since, purchases = (history.T - history.recency).astype(float), (history.frequency + 1).astype(float)
    spend, day = customers.base.net_sales, customers.day
    if customers.subscribed is not None:  # a bill is a purchase, too
        paid, row = customers.subscribed.paid, customers.subscribed.row
        since = day - customers.column("last_day")
        purchases = np.where(customers.bought, purchases, 0.0)
        purchases[row] += paid.count
        spend = spend + customers.subscribed.of_customers(paid.paid / 100, len(customers))
    return Rfm(
        score_rfm(since, purchases, spend, as_of_day=day),
        rfm_classes(since, purchases, spend, as_of_day=day),
    )


def customers_as_of(
    orders: Orders,
    day: int,
    engine: Engine,
    *,
    margin: float | None,
    costs: Any | None,
    basis: str = "auto",
    subscribers: Subscribers | None = None,
) -> Customers:
    """Sum the orders up to `day` into customers, with margins from costs where there are any.

    A flat margin stands for the cost of goods, so that it is never deducted twice.
    """
    table, bought, subscribed = _summed(orders, day, engine, subscribers)
    payments = np.zeros(table.num_rows)
    if subscribed is not None:
        orders = subscribed.paid.money
        payments[subscribed.row] = subscribed.paid.count
    gross, refunds, net_sales, days = (
        table[name].cast(pa.float64()).to_numpy()
        for name in ("gross_sales", "refunds", "net_sales", "purchase_days")
    )
    told = None
    if costs is not None or (orders.has_cost and margin is None):
        told = customer_costs(orders, table, costs, day, engine, goods_known=margin is not None)
    known = told.per_customer if told else {}
    further = bool(set(known) - {GOODS})
    chosen = choose_basis(basis, goods=margin is not None or GOODS in known, further=further)
    if chosen == "net_revenue":
        margin = None
    taken = deducted(known, chosen)
    margin_rates = margins(net_sales, taken, np.maximum(days + payments, 1), margin=margin)
    return Customers(
        day=day,
        table=table,
        base=Base(purchase_history(table), bought, margin_rates.rates),
        margins=margin_rates,
        costs=told,
        ledger=ledger(gross, refunds, net_sales, taken, margin),
        basis=chosen,
        **first_words(orders, table, day, engine),
        scope_name=orders.scope,
        deducted=taken,
        bought=days > 0,
        subscribed=subscribed,
    )


def _summed(
    orders: Orders, day: int, engine: Engine, subscribers: Subscribers | None
) -> tuple[pa.Table, Array, Subscribed | None]:
    """The table of customers, net sales of what they bought anew, and subscribers among them."""
    if subscribers is None:
        table = customer_summary(orders, day, engine)
        return table, table["net_sales"].cast(pa.float64()).to_numpy(), None
    paid = payments_of(subscribers, orders, day, engine)
    bought = customer_summary(paid.purchases, day, engine)
    table = with_subscribers(bought, customer_money(paid.money, day, engine), subscribers, paid)
    ids = table["customer_id"].combine_chunks()
    own = np.zeros(table.num_rows)
    own[pc.index_in(bought["customer_id"].combine_chunks(), value_set=ids).to_numpy()] = (
        bought["net_sales"].cast(pa.float64()).to_numpy()
    )
    row = pc.index_in(pa.array(subscribers.customers, pa.string()), value_set=ids).to_numpy()
    return table, own, Subscribed(subscribers, paid, row.astype(np.int64))
