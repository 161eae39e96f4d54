"""What a user is told when a file cannot be valued: the totals all the same, and what to do."""

import pyarrow as pa
import pytest

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.sources.read import read_orders
from lifeworth.results.publish import publish
from lifeworth.text.messages import error_text

TMALL = "订单编号,总金额,买家实际支付金额,收货地址 ,订单创建时间,订单付款时间 ,退款金额\n"
ROWS = (
    "1,38.0,38.0,上海,2020-02-21 00:00:00,2020-02-24 00:00:00,0.0\n"
    "2,178.8,0.0,广东省,2020-02-20 23:59:54,,0.0\n"
    "3,1021.5,1021.5,广东省,2020-02-20 23:58:00,2020-02-20 23:59:00,21.5\n"
)


def refused(path, **options) -> DataError:
    with pytest.raises(DataError) as error:
        read_orders(path, **options)
    return error.value


@pytest.fixture
def tmall(tmp_path):
    path = tmp_path / "report.csv"
    path.write_bytes((TMALL + ROWS).encode("gbk"))
    return path


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "refunds 21.50"), ("zh-Hans", "退款 21.50"), ("zh-Hant", "退款 21.50")],
)
def test_a_tmall_report_without_buyers_is_refused_with_its_totals(tmall, language, words):
    error = refused(tmall)
    assert (error.code, error.exit_code) == ("DATA-112", 3)
    assert (error.facts["gross"], error.facts["refunds"], error.facts["net"]) == (1059.5, 21.5, 1038.0)
    text = error_text(error, language)
    assert words in text
    assert "1,038.00 CNY" in text
    assert "--map customer_id" in text


def test_a_file_without_customers_is_told_its_totals_with_no_blank_for_a_currency(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("order no,date,amount\n1,2023-01-02,1200.5\n2,2023-02-03,10\n")
    assert "net 1,210.50\n" in error_text(refused(path), "en")


def test_a_header_without_rows_is_called_so(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\n")
    assert refused(path).code == "DATA-012"


def test_a_last_day_before_the_first_order_is_called_so(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\nA,2023-01-02,12\nB,2023-02-02,12\n")
    error = refused(path, until="2022-12-31")
    assert (error.code, error.facts["first"]) == ("DATA-202", "2023-01-02")
    assert "2023-01-02" in error_text(error, "zh-Hans")


def test_a_folder_that_cannot_be_written_is_called_so(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(UsageError) as error:
        publish(in_the_way / "out", customers=pa.table({}), summary={}, import_report={})
    assert (error.value.code, error.value.exit_code) == ("RESULT-003", 2)
    assert str(in_the_way / "out") in error_text(error.value, "zh-Hant")
