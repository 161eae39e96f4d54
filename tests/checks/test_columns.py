"""Columns and cells as people's files have them."""

import pytest

from lifeworth.base.errors import DataError
from lifeworth.data.sources.read import read_orders
from orders.made import by_order, days, read

ROWS = [(f"{n:03d}", f"{n % 7:04d}", f"2023-{n % 12 + 1:02d}-{n % 28 + 1:02d}") for n in range(40)]


@pytest.mark.parametrize("second", ["amount", "Amount"])
def test_two_columns_of_one_name_with_different_money_are_a_question(tmp_path, second):
    path = tmp_path / "orders.csv"
    lines = [f"{order},{who},{day},{n + 1},{2 * n + 2}" for n, (order, who, day) in enumerate(ROWS)]
    path.write_text("\n".join([f"order,customer,date,amount,{second}", *lines]))
    with pytest.raises(DataError) as error:
        read_orders(path)
    assert error.value.code == "DATA-102"
    assert len(error.value.facts["options"]) == 2


def test_two_columns_of_one_name_with_equal_money_are_one(tmp_path):
    path = tmp_path / "orders.csv"
    lines = [f"{order},{who},{day},{n + 1},{n + 1}" for n, (order, who, day) in enumerate(ROWS)]
    path.write_text("\n".join(["order,customer,date,amount,amount", *lines]))
    assert read_orders(path).report.net == sum(range(1, 41))


def test_customers_at_example_com_are_people_and_fillers_are_nobody():
    header = ("order_id", "Email", "date", "amount")
    rows = [
        ("1", "Ada@Example.com", "2024-01-02", "10"),
        ("2", "ada@example.com", "2024-02-02", "10"),
        ("3", "test@shop.cn", "2024-02-03", "10"),
        ("4", "email@example.com", "2024-02-04", "10"),
    ]
    orders = by_order(read(rows, header))
    assert [orders[n]["customer_id"] for n in "1234"] == ["ada@example.com", "ada@example.com", None, None]


def test_minutes_of_one_digit_are_times():
    rows = [
        ("1", "A", "2023年1月5日 7时5分", "10"),
        ("2", "A", "2023年11月15日 17时45分", "10"),
        ("3", "B", "2023年2月5日 7时5分3秒", "10"),
    ]
    orders = read(rows)
    assert days(orders) == {"1": "2023-01-05", "2": "2023-11-15", "3": "2023-02-05"}
    assert by_order(orders)["1"]["placed_at"].strftime("%H:%M") == "07:05"
