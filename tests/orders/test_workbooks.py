"""A Chinese workbook with a returns sheet, and its GBK copy, tell the same story."""

import datetime

import pytest
import xlsxwriter

from lifeworth.data.sources.read import read_orders
from orders.made import by_order, same, total, write

ORDERS = ("订单编号", "客户编号", "订单日期", "产品名称", "数量", "销售额", "成本")
RETURNS = ("订单编号", "产品名称", "退货数量", "退款金额", "退货日期")


def sales():
    for number in range(60):
        date = datetime.date(2023, 1, 1) + datetime.timedelta(days=5 * number)
        for line in range(1 + number % 3):
            units = 1 + (number + line) % 4
            yield (
                f"D{1000 + number}",
                f"K{number % 17}",
                date,
                f"茶叶{line}",
                units,
                round(19.9 * units, 2),
                11.5 * units,
            )


def returned():
    for number in (3, 10, 25):
        date = datetime.date(2023, 1, 8) + datetime.timedelta(days=5 * number)
        units = 1 + number % 4
        yield (f"D{1000 + number}", "茶叶0", units, round(19.9 * units, 2), date)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    path = tmp_path_factory.mktemp("workbook") / "销售.xlsx"
    book = xlsxwriter.Workbook(str(path))
    dates = book.add_format({"num_format": "yyyy-mm-dd"})
    for title, header, rows in (("订单", ORDERS, sales()), ("退货", RETURNS, returned())):
        sheet = book.add_worksheet(title)
        sheet.write_row(0, 0, header)
        for position, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime.date):
                    sheet.write_datetime(
                        position, column, datetime.datetime.combine(cell, datetime.time()), dates
                    )
                else:
                    sheet.write(position, column, cell)
    book.close()
    return path


def as_text(rows):
    for row in rows:
        yield [f"{c.year}年{c.month}月{c.day}日" if isinstance(c, datetime.date) else str(c) for c in row]


def test_workbook_and_gbk_copy_give_identical_orders(workbook, tmp_path):
    copy = write(tmp_path, as_text(sales()), ORDERS, "订单.csv", "gb18030")
    returns = write(tmp_path, as_text(returned()), RETURNS, "退货.csv", "gb18030")
    one, other = read_orders(workbook), read_orders(copy, returns=returns)
    assert same(one.table, other.table)
    for name in ("rows_used", "gross", "refunds", "net"):
        assert getattr(one.report, name) == getattr(other.report, name)
    assert one.report.to_json()["period"] == other.report.to_json()["period"]


def test_the_returns_sheet_nets_against_its_orders(workbook):
    orders = read_orders(workbook)
    assert [file.role for file in orders.report.files] == ["orders", "returns"]
    found = by_order(orders)
    assert (found["D1003"]["status"], found["D1003"]["counted"]) == ("refunded", False)
    assert found["D1010"]["status"] == "partially_refunded"
    gross = sum(row[5] for row in sales())
    back = sum(row[3] for row in returned())
    assert float(total(orders)) == pytest.approx(gross - back)
    assert float(orders.report.refunds) == pytest.approx(back)


def test_a_grocery_log_with_costs_and_american_dates(tmp_path):
    header = (
        "TRANSACTION_DT",
        "CUSTOMER_ID",
        "AGE_GROUP",
        "PIN_CODE",
        "PRODUCT_SUBCLASS",
        "PRODUCT_ID",
        "AMOUNT",
        "ASSET",
        "SALES_PRICE",
    )
    rows = [
        (
            f"{month}/{day}/2001 0:00",
            f"0{customer}",
            "45-49",
            "115",
            "110411",
            "4710199010372",
            "2",
            "24",
            "30",
        )
        for month in (1, 2)
        for day in (1, 5, 12, 20)
        for customer in (1_000, 1_001, 1_002)
    ]
    path = write(tmp_path, rows, header, "ta_feng.csv")
    orders = read_orders(path, columns={"quantity": "AMOUNT", "amount": "SALES_PRICE", "line_cost": "ASSET"})
    assert orders.report.files[0].date_order == "mdy"
    assert orders.has_cost
    assert total(orders) == 30 * len(rows)
    assert total(orders, "cogs") == 24 * len(rows)
    assert orders.table["customer_id"][0].as_py() == "01000"
