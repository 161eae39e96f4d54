"""Refunds net out in money, and where they undo a purchase, in frequency."""

from decimal import Decimal

import lifeworth as lw
from lifeworth.data.sources.read import read_orders
from orders.made import by_order, codes, frame, read, total

LINES = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)


def lines(*rows):
    """(invoice, product, quantity, day and time, price, customer)"""
    return read([(i, p, f"thing {p}", str(q), t, str(u), c, "UK") for i, p, q, t, u, c in rows], LINES)


def test_a_refund_column_lowers_money_and_not_frequency():
    rows = [("1", "a", "2024-01-01", "10", "4"), ("2", "a", "2024-01-05", "10", "0")]
    orders = read(rows, ("order_id", "customer_id", "date", "amount", "refunded amount"))
    assert total(orders) == 16
    assert by_order(orders)["1"]["status"] == "partially_refunded"
    assert by_order(orders)["1"]["counted"]


def test_a_full_refund_removes_the_order_from_frequency():
    rows = [("1", "a", "2024-01-01", "10", "0"), ("2", "a", "2024-01-05", "10", "10")]
    orders = read(rows, ("order_id", "customer_id", "date", "amount", "refunded amount"))
    assert lw.rfm_summary(orders)["frequency"].to_list() == [0]
    assert total(orders) == 10


def test_a_refund_on_a_later_day_is_money_only():
    rows = [("1", "a", "2024-01-01", "10"), ("2", "a", "2024-01-05", "30"), ("3", "a", "2024-01-09", "-12")]
    orders = read(rows, ("order_id", "customer_id", "date", "amount"))
    summary = lw.rfm_summary(orders)
    assert summary["frequency"].to_list() == [1]
    assert summary["recency"].to_list() == [4]
    assert total(orders) == 28


def test_a_negative_order_of_the_same_amount_undoes_the_latest_such_order():
    rows = [("1", "a", "2024-01-01", "10"), ("2", "a", "2024-01-05", "10"), ("3", "a", "2024-01-09", "-10")]
    orders = by_order(read(rows, ("order_id", "customer_id", "date", "amount")))
    assert [orders[i]["counted"] for i in "12"] == [True, False]
    assert orders["2"]["refunded_amount"] == 10
    assert "3" not in orders


def test_a_negative_row_with_the_number_of_its_order_nets_there():
    rows = [("1", "a", "2024-01-01", "10"), ("2", "a", "2024-01-05", "30"), ("1", "a", "2024-01-09", "-4")]
    orders = by_order(read(rows, ("order_id", "customer_id", "date", "amount")))
    assert orders["1"]["net_sales"] == 6
    assert orders["1"]["day"] == 19723


def test_a_reversed_giant_order_is_neither_a_purchase_nor_a_top_customer():
    orders = lines(
        ("581483", "23843", 80995, "12/9/2011 9:15", 2.08, "16446"),
        ("C581484", "23843", -80995, "12/9/2011 9:27", 2.08, "16446"),
        ("573003", "22979", 1, "5/18/2011 9:52", 1.25, "16446"),
        ("573004", "22979", 10, "5/19/2011 9:52", 1.25, "12345"),
    )
    giant = by_order(orders)["581483"]
    assert (giant["counted"], giant["status"], giant["net_sales"]) == (False, "refunded", 0)
    summary = lw.rfm_summary(orders).set_index("customer_id")
    assert summary.loc["16446", "frequency"] == 0
    assert summary.loc["16446", "recency"] == 0


def test_cancelling_one_line_of_an_order_lowers_its_money_only():
    orders = lines(
        ("1", "A", 5, "1/13/2011 9:00", 2, "c"),
        ("1", "B", 2, "1/13/2011 9:00", 10, "c"),
        ("C2", "A", -5, "1/20/2011 9:00", 2, "c"),
    )
    order = by_order(orders)["1"]
    assert (order["counted"], order["status"], order["net_sales"]) == (True, "partially_refunded", 20)


def test_cancelling_part_of_a_line_lowers_its_money_only():
    orders = lines(("1", "A", 5, "1/13/2011 9:00", 2, "c"), ("C2", "A", -2, "1/20/2011 9:00", 2, "c"))
    order = by_order(orders)["1"]
    assert (order["counted"], order["net_sales"], order["quantity"]) == (True, 6, 3)


def test_parts_that_undo_a_line_together_remove_the_order():
    orders = lines(
        ("1", "A", 5, "1/13/2011 9:00", 2, "c"),
        ("C2", "A", -2, "1/20/2011 9:00", 2, "c"),
        ("C3", "A", -3, "1/21/2011 9:00", 2, "c"),
    )
    assert not by_order(orders)["1"]["counted"]


def test_each_cancellation_closes_the_latest_open_purchase_like_brackets():
    orders = by_order(
        lines(
            ("1", "A", 1, "1/13/2011 9:00", 2, "c"),
            ("2", "A", 1, "1/14/2011 9:00", 2, "c"),
            ("C3", "A", -1, "1/15/2011 9:00", 2, "c"),
            ("4", "A", 1, "1/16/2011 9:00", 2, "c"),
            ("C5", "A", -1, "1/17/2011 9:00", 2, "c"),
            ("C6", "A", -1, "1/18/2011 9:00", 2, "c"),
            ("C7", "A", -1, "1/19/2011 9:00", 2, "c"),
        )
    )
    assert {i: orders[i]["counted"] for i in "124"} == {"1": False, "2": False, "4": False}
    assert orders["C7"]["net_sales"] == -2  # nothing was open any more


def test_a_cancellation_before_its_purchase_matches_nothing():
    orders = lines(("C1", "A", -1, "1/13/2011 9:00", 2, "c"), ("2", "A", 1, "1/14/2011 9:00", 2, "c"))
    assert by_order(orders)["2"]["counted"]
    assert by_order(orders)["C1"]["counted"] is False
    assert total(orders) == 0
    assert "orders_refund_unmatched" in codes(orders)


def test_a_cancellation_of_somebody_else_matches_nothing():
    orders = lines(("1", "A", 1, "1/13/2011 9:00", 2, "c"), ("C2", "A", -1, "1/14/2011 9:00", 2, "d"))
    assert by_order(orders)["1"]["counted"]


def test_refunds_without_a_customer_are_in_the_totals():
    orders = lines(("1", "A", 3, "1/13/2011 9:00", 2, "c"), ("C2", "A", -1, "1/14/2011 9:00", 2, None))
    assert total(orders) == 4
    assert orders.report.lines_without_customer == 1
    assert float(orders.report.refunds) == 2


def test_adjustments_and_postage_are_money_and_no_purchases():
    rows = [
        ("1", "A", "thing", "1", "1/13/2011 9:00", "5", "c", "UK"),
        ("2", "POST", "POSTAGE", "1", "1/14/2011 9:00", "18", "c", "UK"),
        ("A3", "B", "Adjust bad debt", "1", "1/15/2011 9:00", "11062.06", None, "UK"),
        ("A4", "B", "Adjust bad debt", "1", "1/15/2011 9:01", "-11062.06", None, "UK"),
        ("C5", "D", "Discount", "-1", "1/16/2011 9:00", "2", "c", "UK"),
    ]
    orders = read(rows, LINES)
    assert lw.rfm_summary(orders)["frequency"].to_list() == [0]
    assert total(orders) == 21
    assert "orders_adjustment" in codes(orders)


def test_a_returns_sheet_with_money_nets_against_its_orders():
    orders = frame([("1", "a", "2024-01-01", "10"), ("2", "b", "2024-01-05", "30")],
                   ("订单编号", "客户编号", "订单日期", "销售额"))  # fmt: skip
    for sign in ("", "-"):
        returns = frame([("2", f"{sign}12.5", "2024-02-01")], ("订单编号", "退款金额", "退货日期"))
        read_back = read_orders(orders, returns=returns)
        assert by_order(read_back)["2"]["net_sales"] == Decimal("17.5")
        assert by_order(read_back)["2"]["customer_id"] == "b"
        assert read_back.report.rows_read == 3


def test_a_returns_sheet_of_order_numbers_alone_takes_back_the_orders():
    rows = [("1", "a", "2024-01-01", "10"), ("2", "b", "2024-01-05", "30"), ("2", "b", "2024-01-05", "5")]
    orders = frame(rows, ("订单编号", "客户编号", "订单日期", "销售额"))
    returns = frame([("2", "是")], ("订单编号", "退回"))
    read_back = read_orders(orders, returns=returns)
    assert total(read_back) == 10
    assert by_order(read_back)["2"]["status"] == "refunded"
    assert "orders_return_priced" in codes(read_back)


def test_returned_units_are_priced_at_what_they_cost_in_the_order():
    orders = frame([("1", "a", "2024-01-01", "P1", "4", "40"), ("1", "a", "2024-01-01", "P2", "1", "7")],
                   ("order_id", "customer_id", "date", "product_id", "quantity", "amount"))  # fmt: skip
    returns = frame([("1", "P1", "1")], ("order_id", "product_id", "quantity"))
    assert total(read_orders(orders, returns=returns)) == 37


def test_an_order_refunded_beyond_its_amount_stays_true_and_is_reported():
    rows = [("1", "a", "2024-01-01", "10", "12"), ("2", "a", "2024-01-05", "10", "0")]
    orders = read(rows, ("order_id", "customer_id", "date", "amount", "refunded amount"))
    assert total(orders) == 8
    assert "orders_over_refunded" in codes(orders)


def test_a_refund_of_shipping_does_not_make_goods_negative():
    rows = [("1", "a", "2024-01-01", "10", "13", "13"), ("2", "a", "2024-01-05", "10", "12", "0")]
    header = ("order_id", "customer_id", "date", "subtotal", "total", "refunded amount")
    columns = {"amount": "subtotal", "order_total": "total", "refunded_amount": "refunded amount"}
    assert total(read(rows, header, columns=columns)) == 10


def test_amounts_that_are_net_of_refunds_already_are_not_reduced_again():
    rows = [(str(i), "a", f"2024-01-{i:02d}", "100", "70", "30") for i in range(1, 10)]
    header = ("order_id", "customer_id", "date", "总金额", "买家实际支付金额", "退款金额")
    columns = {"amount": "买家实际支付金额", "order_total": "总金额", "refunded_amount": "退款金额"}
    orders = read(rows, header, columns=columns)
    assert (total(orders, "gross_sales"), total(orders, "refunded_amount"), total(orders)) == (900, 270, 630)
    assert "orders_amount_after_refund" in codes(orders)


def test_goods_that_came_back_cost_nothing():
    rows = [("1", "A", "2", "2024-01-01", "10", "6", "c"), ("2", "A", "1", "2024-01-05", "10", "6", "c"),
            ("C3", "A", "-2", "2024-01-09", "10", "6", "c")]  # fmt: skip
    header = ("order_id", "product_id", "quantity", "date", "unit price", "unit cost", "customer_id")
    orders = by_order(read(rows, header))
    assert orders["1"]["cogs"] == 0
    assert orders["2"]["cogs"] == 6
