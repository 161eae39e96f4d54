"""Order books to hold the identities on: real ones from the shared data, and the sample company."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

import lifeworth as lw
from lifeworth.data.samples.company import write_company
from shared_data import shared

AMOUNTS = ("amount", "cost", "单价", "优惠金额", "实付金额", "退款金额", "金额", "单位成本", "售价", "月费")
AMOUNTS += ("价格", "买家应付货款", "买家实际支付金额")


@dataclass(frozen=True)
class Book:
    """Orders as a frame, and what stands beside them; money columns are numbers."""

    orders: pd.DataFrame
    beside: dict[str, Any] = field(default_factory=dict)
    reading: dict[str, Any] = field(default_factory=dict)

    def value(self, **settings: Any) -> Any:
        return lw.value(self.orders, **self.beside, **self.reading, **settings)

    def in_hundredths(self) -> "Book":
        """The same with every amount a hundred times as large."""
        return Book(
            _hundredfold(self.orders),
            {name: _hundredfold(it) for name, it in self.beside.items()},
            self.reading,
        )

    def slowed(self, times: int) -> "Book":
        """The same orders, `times` as long apart: a day of theirs is 1/times of ours."""
        start = self.orders["date"].min()
        return Book(self.orders.assign(date=start + (self.orders["date"] - start) * times), {}, self.reading)


def _hundredfold(table: Any) -> Any:
    if isinstance(table, list):
        return [_hundredfold(each) for each in table]
    if not isinstance(table, pd.DataFrame):
        return table
    money = [name for name in table.columns if name in AMOUNTS]
    return table.assign(**{name: (table[name].astype(float) * 100).round(2) for name in money})


def compact_discs() -> Book:
    """CDNOW without its free orders, so that it is no copy that the importer knows."""
    table = pd.read_csv(
        shared("cdnow/CDNOW_sample.txt"),
        sep=r"\s+",
        header=None,
        names=["_", "customer_id", "date", "n", "amount"],
    )
    table = table[table["amount"] > 0].drop(columns=["_", "n"])
    table["date"] = pd.to_datetime(table["date"].astype(str))
    return Book(table.assign(order_id=[f"O{row}" for row in range(len(table))]))


def groceries() -> Book:
    lines = pd.read_parquet(shared("completejourney_sample/transactions.parquet"))
    goods = pd.read_parquet(shared("completejourney_sample/products.parquet"))[["product_id", "department"]]
    lines = lines.merge(goods, on="product_id", how="left")
    moments = pd.to_datetime(lines["transaction_timestamp"]).dt.tz_localize(None).dt.normalize()
    return Book(
        pd.DataFrame(
            {
                "order_id": lines["basket_id"].astype(str), "customer_id": lines["household_id"].astype(str),
                "date": moments, "product_id": lines["product_id"].astype(str),
                "category": lines["department"], "amount": lines["sales_value"],
            }
        )
    )  # fmt: skip


def wholesaler() -> Book:
    """AdventureWorks: 56,046 sales lines with the prices and costs of a product list."""
    years = (
        pd.read_csv(shared(f"adventureworks/AdventureWorks_Sales_{year}.csv")) for year in (2017, 2018, 2019)
    )
    lines = pd.concat(years, ignore_index=True)
    goods = pd.read_csv(shared("adventureworks/AdventureWorks_Products.csv"))
    lines = lines.merge(goods[["ProductKey", "ProductPrice", "ProductCost"]], on="ProductKey")
    units = lines["OrderQuantity"]
    return Book(
        pd.DataFrame(
            {
                "order_id": lines["OrderNumber"], "customer_id": lines["CustomerKey"].astype(str),
                "date": pd.to_datetime(lines["OrderDate"], format="mixed"),
                "product_id": lines["ProductKey"].astype(str),
                "amount": (lines["ProductPrice"] * units).round(2),
                "cost": (lines["ProductCost"] * units).round(2),
            }
        )
    )  # fmt: skip


def sample_company(folder: Any, customers: int = 1200) -> Book:
    """With its costs, goods, referrals and subscriptions."""
    files = write_company(folder, "zh-Hans", customers=customers)
    orders, costs, goods, referrals, subscriptions = (
        pd.read_csv(path, encoding="gbk")
        for path in (files.orders, files.costs, files.products, files.referrals, files.subscriptions)
    )
    beside = {
        "costs": [costs, goods], "products": goods, "referrals": referrals, "would_have_joined": 0.25,
        "subscriptions": subscriptions,
    }  # fmt: skip
    return Book(orders, beside, {"currency": files.currency})


def dated_company(folder: Any) -> Book:
    """The orders of the sample company as they were read, a row each, of customers who are named."""
    files = write_company(folder, "en", customers=1200)
    table = lw.read_orders(str(files.orders)).frame
    kept = table[table["counted"] & table["customer_id"].notna()]
    dates = pd.to_datetime(kept["day"].to_numpy(), unit="D")
    return Book(
        pd.DataFrame(
            {
                "order_id": kept["order_id"].tolist(), "customer_id": kept["customer_id"].tolist(),
                "date": dates, "amount": kept["net_sales"].to_numpy(),
            }
        )
    )  # fmt: skip


def referred(book: Book, seed: int = 1) -> Book:
    """A third of the customers were brought by somebody who came before; who, is drawn by lot."""
    rng = np.random.default_rng(seed)
    came = book.orders.groupby("customer_id")["date"].min().sort_values(kind="stable")
    ids = came.index.to_numpy()
    chosen = np.flatnonzero((rng.random(len(ids)) < 1 / 3) & (np.arange(len(ids)) > 0))
    by = (rng.random(len(chosen)) * chosen).astype(int)
    found = pd.DataFrame({"customer_id": ids[chosen], "referrer_id": ids[by]})
    return Book(
        book.orders, {**book.beside, "referrals": found.astype(str), "would_have_joined": 0.3}, book.reading
    )
