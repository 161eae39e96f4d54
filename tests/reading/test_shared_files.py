"""The shared data sets are understood as what they are."""

import pytest

from lifeworth.base.errors import DataError
from lifeworth.data.sources.files import read_raw
from lifeworth.data.sources.needs import require
from lifeworth.data.sources.raw import ROW
from shared_data import needs_shared, shared

pytestmark = needs_shared


@pytest.mark.parametrize(
    ("file", "rows", "encoding", "preset", "fields"),
    [
        (
            "derived_zh/订单明细_gbk.csv",
            29_481,
            "gb18030",
            None,
            {
                "order_id": "订单编号",
                "customer_id": "客户编号",
                "placed_at": "订单日期",
                "amount": "销售额",
                "line_cost": "成本",
            },
        ),
        (
            "superstore/superstore.csv",
            9_994,
            "utf-8",
            None,
            {
                "order_id": "Order ID",
                "customer_id": "Customer ID",
                "placed_at": "Order Date",
                "amount": "Sales",
                "profit": "Profit",
            },
        ),
        (
            "superstore/Retail Store Sales Data (latin-1, dd-mm-yyyy).csv",
            9_994,
            "cp1252",
            None,
            {
                "order_id": "Order ID",
                "customer_id": "Customer ID",
                "placed_at": "Order Date",
                "amount": "Sales",
            },
        ),
        (
            "cdnow/CDNOW_sample.txt",
            6_919,
            "utf-8",
            "cdnow",
            {"customer_id": "customer_id", "amount": "dollar_value"},
        ),
        (
            "cdnow/CDNOW_master.txt",
            69_659,
            "utf-8",
            "cdnow",
            {"customer_id": "customer_id", "placed_at": "date"},
        ),
        (
            "completejourney_sample/transactions.parquet",
            291_501,
            None,
            None,
            {
                "order_id": "basket_id",
                "customer_id": "household_id",
                "placed_at": "transaction_timestamp",
                "amount": "sales_value",
            },
        ),
    ],
)
def test_order_files_map_with_zero_clicks(file, rows, encoding, preset, fields):
    (table,) = read_raw(shared(file))
    assert (table.rows_read, table.encoding, table.preset) == (rows, encoding, preset)
    assert {field: table.mapping[field] for field in fields} == fields
    require([table])


def test_cdnow_has_no_header_and_keeps_identical_rows_as_purchases():
    (table,) = read_raw(shared("cdnow/CDNOW_sample.txt"))
    assert table.rules.duplicates == "keep"
    assert table.table.slice(0, 1).to_pylist() == [
        {
            "customer_id": "00004",
            "sample_id": "0001",
            "date": "19970101",
            "number_of_cds": "2",
            "dollar_value": "29.33",
            ROW: 1,
        }
    ]


@pytest.mark.parametrize("file", ["AdventureWorks_Sales_2018.csv", "AdventureWorks_Sales_2017.xlsx"])
def test_sales_without_money_are_refused_by_what_is_missing(file):
    tables = read_raw(shared(f"adventureworks/{file}"))
    with pytest.raises(DataError) as refusal:
        require(tables)
    assert (refusal.value.code, refusal.value.facts["missing"]) == ("DATA-108", ["unit_price"])
    assert "OrderQuantity" in refusal.value.facts["seen"]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("clickstream/ecom.csv.gz", "DATA-108"),
        ("adventureworks/AdventureWorks_Customers.csv", "DATA-110"),
        ("pysurvival_churn/churn.csv", "DATA-101"),
        ("completejourney_sample/products.parquet", "DATA-101"),
    ],
)
def test_files_that_are_no_orders_are_refused_by_what_they_lack(file, code):
    with pytest.raises(DataError) as refusal:
        require(read_raw(shared(file)))
    assert refusal.value.code == code
