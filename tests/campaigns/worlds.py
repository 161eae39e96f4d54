"""Campaigns with known truth: those of the sample company, as orders and as a campaign file."""

import numpy as np
import pandas as pd

from lifeworth.data.samples.company import simulate_company
from lifeworth.data.samples.company.words import PRODUCTS
from lifeworth.data.sources.read import read_orders
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.workflows.campaigns import campaigns_of
from lifeworth.workflows.customers import customers_as_of

MARGIN = 0.5


def orders_of(company):
    """Lines of orders that were paid and kept."""
    kept = ~(company.refunded | company.cancelled)[company.line_order]
    order = company.line_order[kept]
    return pd.DataFrame(
        {
            "order_id": order.astype(str),
            "customer_id": names(company.buyer[order]),
            "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(company.day[order], unit="D"),
            "product_id": np.array([one.code for one in PRODUCTS])[company.product[kept]],
            "quantity": company.quantity[kept],
            "amount": company.line_amount[kept] / 100,
        }
    )


def drawn_of(company, **columns):
    """The campaign file: A got nothing, B a voucher."""
    member = np.flatnonzero(company.member)
    treated = company.treated[member]
    table = {
        "customer id": names(member),
        "campaign": "Summer return",
        "offered on": "2024-07-05",
        "offer": np.where(treated, "10 % voucher", ""),
        "arm": np.where(treated, "B", "A"),
    }
    return pd.DataFrame(table | columns)


def names(rows):
    return np.char.add("C", rows.astype(str))


def measured(orders, drawn, window_days=30, **reading):
    engine = DuckDBEngine()
    read = read_orders(orders, currency="USD", engine=engine, **reading)
    customers = customers_as_of(read, read.last_day, engine, margin=MARGIN, costs=None)
    return campaigns_of(drawn, window_days, read, customers, engine)


def world(seed, customers=3000):
    return simulate_company(customers, seed)


def take_up_lift(company):
    """Rise of first purchases of a product within the window, treated against control, counted by hand."""
    first = {}
    kept = ~(company.refunded | company.cancelled)[company.line_order]
    order = company.line_order[kept]
    pairs = pd.DataFrame(
        {"who": company.buyer[order], "what": company.product[kept], "day": company.day[order]}
    )
    first = pairs.groupby(["who", "what"])["day"].min().reset_index()
    p = company.parameters
    within = (first["day"] >= p.campaign_day) & (first["day"] < p.campaign_day + p.campaign_window_days)
    counts = np.bincount(first["who"][within], minlength=len(company))
    control = company.member & ~company.treated
    return counts[company.treated].mean() / counts[control].mean() - 1
