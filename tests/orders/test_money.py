"""Money as people and platforms write it, exact to the cent."""

from decimal import Decimal

import pyarrow as pa
import pytest

from lifeworth.data.cleaning.money import parse_money
from orders.made import codes, read, total


def amounts(*cells):
    return [
        None if v is None else v.normalize() for v in parse_money(pa.chunked_array([list(cells)])).to_pylist()
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("0元", "0"), ("¥1,234.00", "1234"), ("￥1,234.50", "1234.5"),
        ("$90,000", "90000"), ("NT$1,200", "1200"),
        ("１２３．５０", "123.5"), ("（12.00）", "-12"), ("(12.00)", "-12"), ("12.00-", "-12"), ("-¥3", "-3"),
        ("¥-3", "-3"), ("(¥3.10)", "-3.1"), ("1 234.50", "1234.5"), ("1'234.50", "1234.5"), ("US$ 3", "3"),
        ("12.00 USD", "12"), ("RMB 8.8", "8.8"), ("3.5 元", "3.5"), ("+4", "4"),
        (".5", "0.5"), ("1e3", "1000"),
        ("-0.01", "-0.01"), ("1,234,567.891", "1234567.891"), ("人民币12", "12"), ("£2.50", "2.5"),
    ],
)  # fmt: skip
def test_every_way_to_write_an_amount_is_read(cell, value):
    assert amounts(cell, "2.25", "abc")[0] == Decimal(value).normalize()


@pytest.mark.parametrize(
    "cell", ["abc", "12abc", "1.2.3.4", "NaN", "inf", "12%", "=1+1", "99999999999999999999"]
)
def test_what_is_no_amount_is_none(cell):
    assert amounts(cell, "2.25")[0] is None


def test_a_decimal_comma_is_decided_from_the_whole_column():
    assert amounts("€1.234,56", "1.000", "-3,5") == [Decimal("1234.56"), Decimal(1000), Decimal("-3.5")]
    assert amounts("1,234.56", "1,000", "-3.5") == [Decimal("1234.56"), Decimal(1000), Decimal("-3.5")]
    assert amounts("1.234.567", "1.000") == [Decimal(1234567), Decimal(1000)]
    assert amounts("1.234", "2.5") == [Decimal("1.234"), Decimal("2.5")]


def test_rows_of_the_other_style_are_read_by_their_own_form_and_reported():
    orders = read([("1", "a", "2024-01-01", "1.234,50"), ("2", "a", "2024-01-02", "12,50"),
                   ("3", "a", "2024-01-03", "1,234.50")])  # fmt: skip
    assert total(orders) == Decimal("2481.5")
    assert "orders_decimal_mixed" in codes(orders)


def test_the_currency_sign_names_the_currency():
    assert read([("1", "a", "2024-01-01", "￥1,234.50")]).currency == "CNY"
    assert read([("1", "a", "2024-01-01", "NT$1,234")]).currency == "TWD"
    assert read([("1", "a", "2024-01-01", "12")]).currency == ""


def test_a_missing_amount_is_rejected_and_counted():
    orders = read(
        [("1", "a", "2024-01-01", "10"), ("2", "a", "2024-01-02", None), ("3", "a", "2024-01-03", "x")]
    )
    assert orders.report.rows_rejected == {"no_amount": 2}
    assert total(orders) == 10


def test_units_times_price_stand_in_for_an_amount():
    orders = read(
        [("1", "a", "2024-01-01", "3", "0.35")], ("order_id", "customer_id", "date", "quantity", "unit price")
    )
    assert total(orders) == Decimal("1.05")


def test_a_discount_between_zero_and_one_is_no_money():
    rows = [("1", "a", "2024-01-01", "100", "0.2"), ("2", "a", "2024-01-02", "50", "0")]
    orders = read(
        rows, ("order_id", "customer_id", "date", "sales", "discount"), columns={"discount": "discount"}
    )
    assert total(orders) == 150
    assert total(orders, "discounts") == 0
    assert "orders_discount_rate" in codes(orders)


def test_a_discount_in_money_makes_gross_sales_larger_than_net():
    rows = [("1", "a", "2024-01-01", "80", "-20"), ("2", "a", "2024-01-02", "50", "0")]
    orders = read(
        rows, ("order_id", "customer_id", "date", "amount", "discount"), columns={"discount": "discount"}
    )
    assert (total(orders, "gross_sales"), total(orders, "discounts"), total(orders)) == (150, 20, 130)


def test_sums_are_exact_where_floats_are_not():
    orders = read([(str(i), "a", "2024-01-01", "0.10") for i in range(1000)])
    assert total(orders) == Decimal("100.0000")
