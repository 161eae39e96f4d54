"""Workbooks and dataframes say the same as the text file of the same rows."""

import datetime as dt
import decimal
import io
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
import xlsxwriter
import xlwt

from lifeworth.base.errors import DataError
from lifeworth.data.sources.files import read_raw
from lifeworth.data.sources.raw import ROW
from lifeworth.data.sources.workbooks import cell_text, number_text

HEADER = ["订单编号", "客户编号", "订单日期", "金额"]
ROWS = [
    [f"D{i}", 1000 + i % 4, dt.datetime(2024, 1, 1 + i % 28, 9 if i == 3 else 0), 10 + i * 0.1]
    for i in range(12)
]
RETURNS = [["D3", 1003, dt.datetime(2024, 2, 3), 10.3]]


def xlsx(path: Path, sheets: dict[str, list[list]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return path


def xls(path: Path, sheets: dict[str, list[list]]) -> Path:
    book = xlwt.Workbook()
    style = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(
                    at, column, cell, style if isinstance(cell, dt.datetime) else xlwt.Style.default_style
                )
    book.save(str(path))
    return path


def texts(table) -> list[dict]:
    return table.table.select(table.columns).to_pylist()


@pytest.mark.parametrize(
    ("write", "name"), [(xlsx, "orders.xlsx"), (xls, "orders.xls"), (xlsx, "renamed.csv")]
)
def test_both_workbook_formats_give_clean_strings_by_content_not_by_name(write, name, tmp_path):
    (table,) = read_raw(write(tmp_path / name, {"明细": [HEADER, *ROWS]}))
    assert texts(table)[0] == {"订单编号": "D0", "客户编号": "1000", "订单日期": "2024-01-01", "金额": "10"}
    assert texts(table)[3]["订单日期"] == "2024-01-04 09:00:00"
    assert texts(table)[3]["金额"] == "10.3"
    assert table.table.column(ROW).to_pylist() == list(range(2, 14))
    assert (table.encoding, table.delimiter, table.rows_read) == (None, None, 12)


def test_a_title_above_the_header_and_blank_rows_between_do_not_disturb(tmp_path):
    rows = [["2024 年销售明细"], [], HEADER, *ROWS[:3], [], *ROWS[3:], ["合计", None, None, 126.6]]
    (table,) = read_raw(xlsx(tmp_path / "o.xlsx", {"Sheet1": rows}))
    assert table.columns == HEADER
    assert table.table.num_rows == 12
    assert [(row.row, row.reason) for row in table.rejected] == [(17, "total_row")]
    assert table.table.column(ROW).to_pylist()[:4] == [4, 5, 6, 8]


def test_a_sheet_of_returns_is_told_from_sheets_of_orders_and_of_notes(tmp_path):
    returns = [["原订单号", "客户编号", "退货日期", "退款金额"], *RETURNS]
    path = xlsx(tmp_path / "o.xlsx", {"2024": [HEADER, *ROWS], "退货": returns, "说明": [["口径"], ["含税"]]})
    orders, back = read_raw(path)
    assert (orders.role, back.role) == ("orders", "returns")
    assert back.name == "o.xlsx [退货]"
    assert back.mapping == {
        "parent_order_id": "原订单号",
        "customer_id": "客户编号",
        "refund_at": "退货日期",
        "refunded_amount": "退款金额",
    }
    assert [
        finding.facts["sheets"] for finding in orders.findings if finding.code == "reading_sheets_left_out"
    ] == [["o.xlsx [说明]"]]


def test_a_workbook_of_returns_may_leave_its_sheet_unnamed(tmp_path):
    (back,) = read_raw(xlsx(tmp_path / "退货.xlsx", {"Sheet1": [["订单编号", "金额"], ["D3", 10.3]]}))
    assert back.role == "returns"
    (sold,) = read_raw(xlsx(tmp_path / "订单(含退款).xlsx", {"工作表1": [HEADER, *ROWS]}))
    assert sold.role == "orders"


def test_a_returns_sheet_with_the_headers_of_orders_is_read_as_returns(tmp_path):
    _, back = read_raw(xlsx(tmp_path / "o.xlsx", {"Orders": [HEADER, *ROWS], "Returns": [HEADER, *RETURNS]}))
    assert back.role == "returns"
    assert {"refunded_amount", "refund_at", "order_id"} <= set(back.mapping)
    assert "amount" not in back.mapping


def test_two_years_in_two_sheets_are_two_tables(tmp_path):
    path = xlsx(tmp_path / "o.xlsx", {"Year 2009-2010": [HEADER, *ROWS], "Year 2010-2011": [HEADER, *ROWS]})
    assert [table.rows_read for table in read_raw(path)] == [12, 12]
    assert [table.rows_read for table in read_raw(path, sheet="Year 2010-2011")] == [12]
    with pytest.raises(DataError) as refusal:
        read_raw(path, sheet="2012")
    assert (refusal.value.code, refusal.value.facts["seen"]) == (
        "DATA-011",
        ["Year 2009-2010", "Year 2010-2011"],
    )


def test_long_ids_that_excel_keeps_as_numbers_are_seen_as_ruined(tmp_path):
    rows = [["订单编号", "会员编号", "日期", "金额"]]
    rows += [[f"A{i}", 1930679858170640.0 + 10 * i, "2024-01-05", 3.5] for i in range(10)]
    with pytest.raises(DataError) as refusal:
        read_raw(xlsx(tmp_path / "o.xlsx", {"Sheet1": rows}))
    assert refusal.value.code == "DATA-107"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12.0, "12"),
        (0.1 + 0.2, "0.3"),
        (1e-5, "0.00001"),
        (-3.5, "-3.5"),
        (1234567.89, "1234567.89"),
        (1e15, "1.00000000000000E+15"),
        (True, "true"),
        (None, None),
        ("", None),
        (dt.date(2024, 1, 5), "2024-01-05"),
        (dt.datetime(2024, 1, 5, 7, 8, 9), "2024-01-05 07:08:09"),
    ],
)
def test_cells_read_as_people_would_write_them(cell, text):
    assert cell_text(cell) == text


def test_no_number_is_no_text():
    assert number_text(float("nan")) is None


def frame_columns() -> dict[str, list]:
    return {
        "order_id": ["a", "b", None],
        "customer_id": [17850.0, None, 13047.0],
        "order_date": [dt.datetime(2024, 1, 5), dt.datetime(2024, 1, 6), dt.datetime(2024, 1, 7)],
        "amount": [1.5, 2.0, 0.1 + 0.2],
    }


EXPECTED = [
    {"order_id": "a", "customer_id": "17850", "order_date": "2024-01-05", "amount": "1.5"},
    {"order_id": "b", "customer_id": None, "order_date": "2024-01-06", "amount": "2"},
    {"order_id": None, "customer_id": "13047", "order_date": "2024-01-07", "amount": "0.3"},
]


@pytest.mark.parametrize("kind", ["pandas", "polars", "polars-lazy", "pyarrow", "duckdb"])
def test_every_dataframe_gives_the_same_strings(kind):
    arrow = pa.table(frame_columns())
    made = {
        "pandas": lambda: pd.DataFrame(frame_columns()),
        "polars": lambda: pl.DataFrame(frame_columns()),
        "polars-lazy": lambda: pl.DataFrame(frame_columns()).lazy(),
        "pyarrow": lambda: arrow,
        "duckdb": lambda: duckdb.from_arrow(arrow),
    }
    (table,) = read_raw(made[kind]())
    assert texts(table) == EXPECTED
    assert set(table.mapping) == {"order_id", "customer_id", "placed_at", "amount"}
    assert table.table.column(ROW).to_pylist() == [1, 2, 3]


def test_parquet_is_read_like_the_frame_it_came_from(tmp_path):
    path = tmp_path / "orders.parquet"
    pyarrow.parquet.write_table(pa.table(frame_columns()), path)
    assert texts(read_raw(path)[0]) == EXPECTED


def test_odd_columns_of_frames_become_text_too():
    mixed = pd.DataFrame(
        {"order_date": ["2024-01-05", None], "amount": [decimal.Decimal("1.50"), 2], "x": [1, "z"]}
    )
    assert texts(read_raw(mixed)[0])[1] == {"order_date": None, "amount": "2", "x": "z"}
    zoned = pa.table({"t": pa.array([dt.datetime(2024, 1, 5, 16)], pa.timestamp("us", tz="Asia/Shanghai"))})
    assert texts(read_raw(zoned)[0]) == [{"t": "2024-01-06 00:00:00+08:00"}]


@pytest.mark.parametrize(
    ("thing", "code"), [(5, "DATA-014"), ({"a": [1]}, "DATA-014"), (pd.DataFrame(), "DATA-012")]
)
def test_what_is_no_frame_is_refused_with_a_code(thing, code):
    with pytest.raises(DataError) as refusal:
        read_raw(thing)
    assert refusal.value.code == code


def test_damaged_workbooks_are_refused_with_a_code(tmp_path):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet().write(0, 0, "x")
    whole = stream.getvalue()
    path = tmp_path / "o.xlsx"
    for data, code in (
        (whole[: len(whole) // 2], "DATA-004"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "DATA-004"),
    ):
        path.write_bytes(data)
        with pytest.raises(DataError) as refusal:
            read_raw(path)
        assert refusal.value.code == code
