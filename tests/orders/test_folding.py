"""Lines fold into orders, whatever the layout."""

from decimal import Decimal

from orders.made import by_order, codes, read, total

LINE = ("order_id", "customer_id", "date", "product_id", "amount")


def test_lines_of_one_order_are_one_purchase():
    orders = read([("1", "a", "2024-01-01", "P", "10"), ("1", "a", "2024-01-01", "Q", "5")], LINE)
    assert by_order(orders)["1"]["net_sales"] == 15
    assert by_order(orders)["1"]["lines"] == 2
    assert by_order(orders)["1"]["first_product"] == "P"


def test_rows_without_a_number_are_one_order_per_customer_and_moment():
    header = ("customer_id", "date", "amount")
    timed = [("a", "2024-01-01 10:00", "1"), ("a", "2024-01-01 10:00", "2"), ("a", "2024-01-01 11:00", "3")]
    assert read(timed, header).table.num_rows == 2
    dated = [("a", "2024-01-01", "1"), ("a", "2024-01-01", "2"), ("b", "2024-01-01", "3")]
    assert read(dated, header).table.num_rows == 2


def test_an_order_number_shared_by_two_customers_is_two_orders():
    rows = [(str(i), f"c{i}", "2024-01-01", "P", "1") for i in range(50)] + [
        ("1", "z", "2024-01-02", "P", "4")
    ]
    orders = read(rows, LINE)
    assert orders.table.num_rows == 51


def test_numbers_that_start_again_every_day_are_told_apart():
    rows = [
        (str(n), f"c{(n + day) % 7}", f"2024-01-{day:02d}", "P", "1")
        for day in range(1, 20)
        for n in range(1, 6)
    ]
    orders = read(rows, LINE)
    assert orders.table.num_rows == len(rows)
    assert "orders_numbers_reused" in codes(orders)


def test_a_line_without_a_customer_belongs_to_the_customer_of_its_order():
    orders = read([("1", "a", "2024-01-01", "P", "10"), ("1", None, "2024-01-01", "Q", "5")], LINE)
    assert by_order(orders)["1"]["net_sales"] == 15
    assert orders.report.lines_without_customer == 0


def test_an_order_total_repeated_on_every_line_counts_once():
    rows = []
    for order in range(8):
        for line in range(3):
            rows.append((str(order), f"c{order}", "2024-01-01", f"P{line}", str(100 + order)))
    orders = read(rows, LINE)
    assert total(orders) == sum(100 + order for order in range(8))
    assert "orders_total_repeated" in codes(orders)
    assert sum(line["gross_sales"] for line in orders.lines.to_pylist()) == total(orders)


def test_tickets_of_one_price_are_lines_and_not_repeated_totals():
    rows = [(str(o), f"c{o}", "2024-01-01", f"P{p}", "12") for o in range(8) for p in range(2)]
    assert total(read(rows, LINE)) == 8 * 24


def test_lines_whose_amount_is_units_times_price_are_lines():
    header = (*LINE[:4], "quantity", "unit price", "amount")
    rows = [
        (str(o), f"c{o}", "2024-01-01", f"P{p}", "2", str(o + 1), str(2 * o + 2))
        for o in range(8)
        for p in (1, 2)
    ]
    assert total(read(rows, header)) == sum(2 * (2 * o + 2) for o in range(8))


def test_the_first_line_takes_the_cent_that_sharing_leaves_over():
    rows = [(str(o), f"c{o}", "2024-01-01", f"P{p}", f"{10 + o}.00") for o in range(8) for p in range(3)]
    lines = read(rows, LINE).lines.to_pylist()
    first = [line["gross_sales"] for line in lines if line["order_id"] == "0"]
    assert first == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]


def _cells(row):
    return tuple(cell or None for cell in row.split("|"))


SHOPIFY = ("Name", "Email", "Financial Status", "Paid at", "Currency", "Subtotal", "Shipping", "Taxes",
           "Total",
           "Discount Amount", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
           "Refunded Amount")  # fmt: skip


def shopify(*rows):
    return read(rows, SHOPIFY)


def test_continuation_rows_of_shopify_are_lines_of_one_order():
    orders = shopify(
        _cells(
            "#1|A@b.com|paid|2019-05-01 12:00:00 -0400|USD|30.00|5.00|2.00|37.00|"
            "4.00|2019-05-01 12:00:00 -0400|1|Tea|20.00|0.00"
        ),
        _cells(
            "#1|A@b.com|||||||||2019-05-01 12:00:00 -0400|2|Cup|7.00|"
            ""
        ),
        _cells(
            "#2|a@b.com|refunded|2019-05-01 12:00:00 -0400|USD|9.00|5.00|1.00|"
            "15.00|0.00|2019-05-01 12:00:00 -0400|1|Cup|9.00|15.00"
        ),
        _cells(
            "#3|c@d.com|pending||USD|9.00|5.00|1.00|15.00|0.00|"
            "2019-05-01 12:00:00 -0400|1|Cup|9.00|0.00"
        ),
    )  # fmt: skip
    found = by_order(orders)
    assert orders.report.files[0].preset == "shopify"
    assert found["#1"]["gross_sales"] == 34
    assert found["#1"]["discounts"] == 4
    assert found["#1"]["net_sales"] == 30
    assert found["#1"]["lines"] == 2
    assert found["#1"]["customer_id"] == found["#2"]["customer_id"] == "a@b.com"
    assert (found["#2"]["status"], found["#2"]["net_sales"]) == ("refunded", 0)
    assert (found["#3"]["status"], found["#3"]["net_sales"]) == ("unpaid", 0)
    assert found["#1"]["placed_at"].isoformat() == "2019-05-01T16:00:00+00:00"


def test_a_rule_of_the_layout_sets_rows_aside_with_its_reason():
    header = ("id", "Created (UTC)", "Amount", "Amount Refunded", "Currency", "Status", "Captured", "Mode",
              "Customer ID", "Customer Email", "Fee", "Tax", "Description")  # fmt: skip
    rows = [
        _cells(
            "ch_1|2020-01-01 10:00|10.00|0.00|usd|Paid|true|Live|cus_1|a@b.com|0.5|"
            "0|"
        ),
        _cells(
            "ch_2|2020-01-02 10:00|11.00|0.00|usd|Failed|true|Live|cus_1|a@b.com|"
            "0.5|0|"
        ),
        _cells(
            "ch_3|2020-01-03 10:00|12.00|0.00|usd|Paid|true|Test|cus_1|a@b.com|0.5|"
            "0|"
        ),
        _cells(
            "ch_4|2020-01-04 10:00|13.00|13.00|usd|Refunded|true|Live|cus_1|"
            "a@b.com|0.5|0|"
        ),
    ]  # fmt: skip
    orders = read(rows, header)
    assert orders.report.files[0].preset == "stripe"
    assert orders.report.rows_rejected == {"not_paid": 1, "test_mode": 1}
    assert total(orders) == 10
    assert orders.currency == "USD"
