"""Who bought: ids, guests, weak and ruined keys."""

import pytest

from lifeworth.base.errors import DataError
from orders.made import by_order, codes, read

HEADER = ("order_id", "customer_id", "email", "phone", "date", "amount")


def customers(*rows):
    made = [(f"o{i}", *row, f"2024-01-{i + 1:02d}", "10") for i, row in enumerate(rows)]
    orders = by_order(read(made, HEADER))
    return [orders[f"o{i}"]["customer_id"] for i in range(len(rows))]


def test_ids_are_trimmed_and_keep_their_case():
    rows = [("1", " A ", "2024-01-01", "1"), ("2", "A", "2024-01-02", "1"), ("3", "a ", "2024-01-03", "1")]
    orders = read(rows, ("order_id", "customer_id", "date", "amount"))
    assert set(orders.table["customer_id"].to_pylist()) == {"A", "a"}
    (near,) = [f for f in orders.findings if f.code == "orders_ids_near"]
    assert {near.facts["one"], near.facts["other"]} == {"A", "a"}


def test_numbers_that_became_decimals_are_the_same_customer():
    orders = read([("1", "12345.0", "2024-01-01", "1"), ("2", "12345", "2024-01-02", "1")],
                  ("order_id", "customer_id", "date", "amount"))  # fmt: skip
    assert orders.table["customer_id"].to_pylist() == ["12345", "12345"]


def test_guests_are_known_by_mail_then_by_phone():
    assert customers(("c1", "x@y.com", "13912345678"), (None, "G@Mail.com", None), (None, "g@mail.com", None),
                     (None, None, "+86 139-8888-7777"), (None, None, "13988887777")) == [
        "c1", "g@mail.com", "g@mail.com", "13988887777", "13988887777"]  # fmt: skip


def test_a_guest_with_the_mail_or_phone_of_one_customer_is_that_customer():
    assert customers(
        ("c1", "x@y.com", "13912345678"), (None, "X@Y.com", None), (None, None, "139 1234 5678")
    ) == [
        "c1",
        "c1",
        "c1",
    ]


def test_a_mail_of_two_customers_merges_nobody():
    assert customers(("c1", "x@y.com", None), ("c2", "x@y.com", None), (None, "x@y.com", None)) == [
        "c1",
        "c2",
        "x@y.com",
    ]


@pytest.mark.parametrize(
    ("mail", "phone"), [("test@shop.com", None), (None, "13800000000"), ("noreply@x.com", None)]
)
def test_dummies_name_nobody(mail, phone):
    assert customers(("c1", None, None), (None, mail, phone)) == ["c1", None]


def test_masked_phones_are_weak_and_said_so():
    header = ("order_id", "phone", "name", "date", "amount")
    rows = [
        (str(i), "138****0000", name, f"2024-01-0{i + 1}", "1")
        for i, name in enumerate(["张*", "李*", "张*"])
    ]
    columns = {"customer_phone": "phone", "customer_name": "name"}
    orders = read(rows, header, columns=columns, require_customer=False)
    assert orders.table["customer_id"].to_pylist() == [
        "138****0000|张*",
        "138****0000|李*",
        "138****0000|张*",
    ]
    assert "orders_identity_weak" in codes(orders)


def test_a_recipient_and_a_hidden_name_change_no_key():
    header = (
        "订单编号", "买家会员名", "买家实际支付金额", "订单状态", "收货人姓名", "联系手机", "订单创建时间",
        "宝贝标题",
    )  # fmt: skip
    rows = [
        (f"{i:05d}", "t**1", "20.00", "交易成功", name, phone, f"2024-01-0{i + 1} 12:00:00", "茶")
        for i, (name, phone) in enumerate(
            [("张*", "138****0001"), ("李*", "138****0001"), ("王*", "139****0002")]
        )
    ]
    orders = read(rows, header)
    bare = read([row[:4] + row[5:] for row in rows], header[:4] + header[5:])
    ids = ["138****0001", "138****0001", "139****0002"]  # as before names of recipients were read
    assert orders.table["customer_id"].to_pylist() == bare.table["customer_id"].to_pylist() == ids
    called = {row["customer_id"]: row["customer_name"] for row in orders.contacts.to_pylist()}
    assert called == {"138****0001": "李*", "139****0002": "王*"}
    hidden = read(
        [("1", "138****0000", "***", "2024-01-01", "1"), ("2", "138****0000", "##x##", "2024-01-02", "1")],
        ("order_id", "phone", "name", "date", "amount"),
        columns={"customer_phone": "phone", "customer_name": "name"},
    )
    assert hidden.table["customer_id"].to_pylist() == ["138****0000|***", "138****0000|##x##"]
    assert hidden.contacts["customer_name"].to_pylist() == [None, None]


def test_ids_in_scientific_notation_are_refused_as_keys():
    rows = [("1.93068E+15", "a", "2024-01-01", "1"), ("1.93068E+15", "b", "2024-01-02", "1"),
            ("1.93069E+15", "a", "2024-01-03", "1")]  # fmt: skip
    orders = read(rows, ("order_id", "customer_id", "date", "amount"))
    assert orders.table.num_rows == 3
    assert codes(orders) & {"orders_ids_ruined", "reading_ruined_ids"}


def test_customer_ids_in_scientific_notation_leave_nobody():
    rows = [(str(i), "1.93068E+15", f"2024-01-0{i + 1}", "1") for i in range(3)]
    with pytest.raises(DataError) as error:
        read(rows, ("order_id", "customer_id", "date", "amount"))
    assert error.value.exit_code == 3


def test_a_file_without_customers_is_refused_with_its_totals():
    header = (
        "订单编号",
        "总金额",
        "买家实际支付金额",
        "收货地址 ",
        "订单创建时间",
        "订单付款时间 ",
        "退款金额",
    )
    rows = [("1", "100", "100", "上海", "2020-02-01 10:00:00", "2020-02-01 10:01:00", "0"),
            ("2", "50", "50", "北京", "2020-02-02 10:00:00", "2020-02-02 10:01:00", "20"),
            ("3", "70", "0", "北京", "2020-02-03 10:00:00", None, "0")]  # fmt: skip
    with pytest.raises(DataError) as error:
        read(rows, header)
    facts = error.value.facts
    assert error.value.exit_code == 3
    assert (facts["gross"], facts["refunds"], facts["net"]) == (150, 20, 130)
    assert "总金额" in facts["seen"]
    orders = read(rows, header, require_customer=False)
    assert not orders.identified
    assert orders.table.num_rows == 3
    assert float(orders.report.refunds) == 20
