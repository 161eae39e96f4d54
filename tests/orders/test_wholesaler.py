"""A made-up wholesaler in the layout of a well-known one: cancellations, nobody's lines, repeats."""

import datetime
import random
from decimal import Decimal

import pytest

import lifeworth as lw
from lifeworth.data.sources.read import read_orders
from orders.made import by_order, total, write

HEADER = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)


def invoice(number, moment, product, units, price, customer):
    stamp = f"{moment.month}/{moment.day}/{moment.year} {moment.hour}:{moment.minute:02d}"
    return (number, product, f"THING {product}, RED", str(units), stamp, price, customer, "United Kingdom")


def year_of_lines():
    chance = random.Random(7)
    moment = datetime.datetime(2010, 12, 1, 8)
    rows, past = [], []
    for number in range(536_365, 536_365 + 600):
        moment += datetime.timedelta(minutes=chance.randint(1, 1400))
        customer = "" if chance.random() < 0.2 else str(12_346 + chance.randint(0, 80))
        if past and chance.random() < 0.15:
            lines = chance.choice(past)
            for _, _, product, units, price, who in lines[: chance.randint(1, len(lines))]:
                back = units if chance.random() < 0.6 else max(1, units // 2)
                rows.append(invoice(f"C{number}", moment, product, -back, price, who))
            continue
        lines = [
            (str(number), moment, f"{20_000 + chance.randint(0, 40)}", chance.randint(1, 24),
             f"{chance.randint(20, 900) / 100:.2f}", customer)
            for _ in range(chance.randint(1, 8))
        ]  # fmt: skip
        for line in lines:
            rows.append(invoice(*line))
            if chance.random() < 0.03:
                rows.append(invoice(*line))
        if chance.random() < 0.05:
            rows.append(invoice(str(number), moment, "22222", 1, "0", customer))
        past.append(lines)
    end = moment + datetime.timedelta(days=1)
    rows.append(invoice("581483", end, "23843", 80_995, "2.08", "16446"))
    rows.append(invoice("C581484", end + datetime.timedelta(minutes=12), "23843", -80_995, "2.08", "16446"))
    rows.append(invoice("A563185", end, "B", 1, "11062.06", ""))
    rows.append(invoice("A563186", end, "B", 1, "-11062.06", ""))
    return rows


@pytest.fixture(scope="module")
def rows():
    return year_of_lines()


@pytest.fixture(scope="module")
def orders(rows, tmp_path_factory):
    return read_orders(write(tmp_path_factory.mktemp("wholesaler"), rows, HEADER, encoding="latin-1"))


def test_the_year_adds_up_to_the_cent(rows, orders):
    distinct = set(rows)
    amounts = [Decimal(units) * Decimal(price) for _, _, _, units, _, price, _, _ in distinct]
    report = orders.report
    assert report.rows_read == len(rows)
    assert report.duplicates == len(rows) - len(distinct)
    assert report.rows_used == len(distinct)
    assert report.gross == sum(amount for amount in amounts if amount > 0)
    assert report.refunds == -sum(amount for amount in amounts if amount < 0)
    assert report.net == total(orders) == sum(amounts)
    assert report.lines_without_customer == sum(row[6] == "" for row in distinct)


def test_the_dates_are_month_first(orders):
    assert orders.report.files[0].date_order == "mdy"
    assert orders.report.to_json()["period"]["first"] == "2010-12-01"


def test_the_reversed_giant_is_no_customer_of_note(orders):
    giant = by_order(orders)["581483"]
    assert (giant["counted"], giant["net_sales"]) == (False, 0)
    assert "16446" not in lw.rfm_summary(orders)["customer_id"].to_list()


def test_no_cancellation_is_a_purchase(orders):
    for order in orders.table.to_pylist():
        if order["order_id"].startswith("C"):
            assert not order["counted"]
            assert order["net_sales"] < 0


def test_frequency_counts_days_with_something_left(rows, orders):
    assert lw.rfm_summary(orders)["frequency"].sum() > 0
    undone = [
        order
        for order in orders.table.to_pylist()
        if order["status"] == "refunded" and order["gross_sales"] > 0
    ]
    assert len(undone) > 1
    assert all(order["net_sales"] == 0 for order in undone)
