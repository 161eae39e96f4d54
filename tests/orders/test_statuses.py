"""States in the words of the platforms, and what counts as a purchase."""

import pytest

from lifeworth.data.cleaning.statuses import classify
from orders.made import by_order, codes, read, total

HEADER = ("order_id", "customer_id", "date", "amount", "status")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("买家已付款，等待卖家发货", "paid"), ("卖家已发货，等待买家确认收货", "paid"), ("交易成功", "paid"),
        ("已发货", "paid"), ("已收货", "paid"), ("已完成", "paid"), ("Shipped", "paid"), ("paid", "paid"),
        ("completed", "paid"), ("processing", "paid"), ("wc-completed", "paid"), ("已發貨", "paid"),
        ("Shipped - Delivered to Buyer", "paid"), ("partially_fulfilled", "paid"), ("authorized", "paid"),
        ("等待买家付款", "unpaid"), ("待付款", "unpaid"), ("pending", "unpaid"), ("on-hold", "unpaid"),
        ("交易关闭", "void"), ("已关闭", "void"), ("已取消", "void"),
        ("Cancelled", "void"), ("voided", "void"),
        ("failed", "void"), ("交易關閉", "void"), ("Canceled", "void"),
        ("已发货，退款成功", "refunded"), ("已收货,退款成功", "refunded"), ("未发货，退款成功", "refunded"),
        ("refunded", "refunded"), ("退款成功", "refunded"), ("Shipped - Returned to Seller", "refunded"),
        ("partially_refunded", "partially_refunded"), ("部分退款", "partially_refunded"),
        ("已出貨", "paid"), ("運送中", "paid"), ("已確認", "paid"), ("不成立", "void"),
        ("无售后或售后取消", "paid"), ("flying", "unknown"), ("X7", "unknown"),
    ],
)  # fmt: skip
def test_words_of_the_platforms_are_understood(text, status):
    assert classify(text) == status


def test_only_paid_orders_count_and_bring_money():
    rows = [
        (str(i), "a", "2024-01-01", "10", s) for i, s in enumerate(["paid", "pending", "voided", "refunded"])
    ]
    orders = by_order(read(rows, HEADER))
    assert [orders[str(i)]["counted"] for i in range(4)] == [True, False, False, False]
    assert [orders[str(i)]["status"] for i in range(4)] == ["paid", "unpaid", "void", "refunded"]
    assert [orders[str(i)]["net_sales"] for i in range(4)] == [10, 0, 0, 0]
    assert orders["3"]["refunded_amount"] == 10


def test_without_a_status_every_order_is_paid():
    assert by_order(read([("1", "a", "2024-01-01", "10")], HEADER[:4]))["1"]["status"] == "paid"


def test_unknown_states_are_listed_and_counted():
    orders = read([("1", "a", "2024-01-01", "10", "flying"), ("2", "a", "2024-01-02", "10", "paid")], HEADER)
    assert by_order(orders)["1"]["counted"]
    (finding,) = [f for f in orders.findings if f.code == "orders_status_unknown"]
    assert finding.facts["values"] == ["flying"]
    assert finding.facts["count"] == 1


def test_an_order_without_a_payment_is_unpaid_where_there_is_no_status():
    rows = [
        ("1", "a", "2024-01-01 10:00", "10", "2024-01-01 10:01"),
        ("2", "a", "2024-01-02 10:00", "10", None),
    ]
    orders = by_order(read(rows, ("order_id", "customer_id", "order date", "amount", "paid at")))
    assert (orders["1"]["status"], orders["2"]["status"]) == ("paid", "unpaid")


def test_money_state_outweighs_the_state_of_the_parcel():
    header = (*HEADER[:4], "order status", "financial status")
    rows = [
        ("1", "a", "2024-01-01", "10", "completed", "refunded"),
        ("2", "a", "2024-01-02", "10", "cancelled", "paid"),
        ("3", "a", "2024-01-03", "10", "pending", "paid"),
        ("4", "a", "2024-01-04", "10", "processing", "pending"),
    ]
    columns = {"order_status": "order status", "financial_status": "financial status"}
    orders = by_order(read(rows, header, columns=columns))
    assert [orders[i]["status"] for i in "1234"] == ["refunded", "void", "paid", "unpaid"]


def test_after_sales_that_succeeded_refund_what_was_paid():
    header = (*HEADER, "售后状态")
    rows = [
        ("1", "a", "2024-01-01", "10", "已发货", "退款成功"),
        ("2", "a", "2024-01-02", "10", "已发货", "无售后或售后取消"),
    ]
    columns = {"refund_status": "售后状态", "order_status": "status"}
    orders = read(rows, header, columns=columns)
    assert by_order(orders)["1"]["status"] == "refunded"
    assert total(orders) == 10
    assert total(orders, "refunded_amount") == 10


def test_test_orders_do_not_count():
    rows = [("1", "a", "2024-01-01", "10", "true"), ("2", "a", "2024-01-02", "10", "false")]
    orders = read(rows, (*HEADER[:4], "test"), columns={"is_test": "test"})
    assert [by_order(orders)[i]["counted"] for i in "12"] == [False, True]
    assert total(orders) == 10


def test_orders_of_amount_zero_are_reported_and_are_no_purchases():
    orders = read([("1", "a", "2024-01-01", "0"), ("2", "a", "2024-01-02", "5")], HEADER[:4])
    assert not by_order(orders)["1"]["counted"]
    assert "orders_zero" in codes(orders)
