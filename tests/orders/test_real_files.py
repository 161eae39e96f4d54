"""Real and derived files, reconciled to the cent against a plain recount."""

import csv
import io
from decimal import Decimal

import pytest

from lifeworth.data.sources.read import read_orders
from orders.made import same, total
from shared_data import needs_shared, shared

pytestmark = needs_shared
LATIN = "superstore/Retail Store Sales Data (latin-1, dd-mm-yyyy).csv"


def rows_of(name, encoding):
    return list(csv.DictReader(io.StringIO(shared(name).read_bytes().decode(encoding))))


@pytest.mark.parametrize(
    ("name", "encoding"), [("superstore/superstore.csv", "utf-8-sig"), (LATIN, "latin-1")]
)
def test_superstore_adds_up_with_its_profit(name, encoding):
    orders = read_orders(shared(name))
    rows = rows_of(name, encoding)
    sales = sum(Decimal(row["Sales"]).quantize(Decimal("0.0001")) for row in rows)
    assert orders.report.rows_used == len(rows) == 9994
    assert orders.table.num_rows == len({row["Order ID"] for row in rows})
    assert total(orders) == sales
    profit = sum(Decimal(row["Profit"]) for row in rows)
    assert float(sales - total(orders, "cogs")) == pytest.approx(float(profit), abs=0.01)


def test_the_two_superstores_have_the_same_orders_six_years_apart():
    one, other = read_orders(shared("superstore/superstore.csv")), read_orders(shared(LATIN))
    assert other.report.files[0].date_order == "dmy"
    days = zip(one.table["day"].to_pylist(), other.table["day"].to_pylist(), strict=True)
    assert {later - day for day, later in days} == {2191, 2192, 2193}
    assert other.table["net_sales"].to_pylist() == one.table["net_sales"].to_pylist()


def test_the_chinese_export_adds_up():
    name = "derived_zh/订单明细_gbk.csv"
    orders = read_orders(shared(name))
    rows = rows_of(name, "gb18030")
    distinct = {tuple(row.values()) for row in rows}
    sales = sum(
        Decimal(dict(zip(rows[0], row, strict=True))["销售额"].strip("￥").replace(",", ""))
        for row in distinct
    )
    assert total(orders) == sales
    assert orders.currency == "CNY"
    assert orders.report.rows_used == len(distinct)
    assert orders.report.duplicates == len(rows) - len(distinct)
    cost = sum(Decimal(dict(zip(rows[0], row, strict=True))["成本"]) for row in distinct)
    assert total(orders, "cogs") == cost
    assert orders.has_cost


def test_files_given_together_are_files_given_one_by_one():
    name = shared("superstore/superstore.csv")
    once, twice = read_orders(name), read_orders([name, name])
    assert same(once.table, twice.table)
    assert twice.report.duplicates == 9994
