"""The customers as of one day: their histories, money and margins, ready for models."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.data.channels import first_channels
from lifeworth.data.costs import GOODS, Costs, customer_costs
from lifeworth.data.sources.orders import Orders
from lifeworth.data.summary import customer_summary, purchase_history
from lifeworth.engines.protocol import Engine
from lifeworth.segments.rfm import RFM, score_rfm
from lifeworth.segments.rfm_classes import RFMClasses, rfm_classes
from lifeworth.value.ledger import Basis, Ledger, choose_basis, deducted, ledger
from lifeworth.value.margin import margins
from lifeworth.value.model import Base

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Customers:
    """n customers with at least one counted purchase up to `day`, in the order of their ids."""

    day: int
    table: pa.Table  # see data.summary.customer_summary
    base: Base
    costs: Costs | None
    ledger: Ledger
    basis: Basis
    channel: pa.Array  # of the first order; null where the orders name none
    deducted: dict[str, Array]  # kind of cost -> what the basis takes off, (n,)

    def __len__(self) -> int:
        return self.table.num_rows

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
) -> Customers:
    """Sum the orders up to `day` into customers, with margins from costs where there are any.

    A flat margin stands for the cost of goods, so that it is never deducted twice.
    """
    table = customer_summary(orders, day, engine)
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
    return Customers(
        day=day,
        table=table,
        base=Base(purchase_history(table), net_sales, margins(net_sales, taken, days, margin=margin).rates),
        costs=told,
        ledger=ledger(gross, refunds, net_sales, taken, margin),
        basis=chosen,
        channel=first_channels(orders, table, day, engine),
        deducted=taken,
    )
