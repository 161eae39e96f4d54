"""Dates in every form, decided from the whole column."""

import pytest

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.sources.read import read_orders
from orders.made import codes, days, frame, read


def dated(*dates, **options):
    """Each date as an order of its own."""
    return read([(f"o{i}", "c1", date, "10") for i, date in enumerate(dates)], **options)


def dates_of(*dates, **options):
    found = days(dated(*dates, **options))
    return [found.get(f"o{i}") for i in range(len(dates))]


@pytest.mark.parametrize(
    "cell",
    [
        "2016-05-23", "2016/5/23 22:02", "2016年5月23日", "2016年05月23日 下午3:05", "20160523", "2016.5.23",
        "2016/5/23 上午 9:01:02", "42513", "42513.5", "1463990400", "1463990400000", "23 May 2016",
        "May 23, 2016", "23-May-16", "Monday, May 23, 2016",
        "2016-05-23T10:00:00Z", "2016-05-23 10:00:00 UTC",
        "2016-05-23T10:00:00.123+00:00", "5/23/2016 3:04:05 PM", "23.05.2016", "２０１６年５月２３日",
        "20160523221500", "2016-05-23 10:00:00.123456", "23rd May 2016",
        "105/05/23", "105-5-23 14:30:00", "民國105年5月23日", "民國 105 年 5 月 23 日 下午3:05", "1050523",
    ],
)  # fmt: skip
def test_every_form_of_a_date_is_read(cell):
    assert dates_of("2016-05-20", cell) == ["2016-05-20", "2016-05-23"]


def test_early_years_of_the_republic_of_china_need_their_name():
    assert dates_of("2008-05-20", "民國97年5月23日") == ["2008-05-20", "2008-05-23"]


def test_forms_may_mix_in_one_column():
    cells = ("2016/5/23 22:02", "2016年5月23日", "20160523", "42513", "1463990400000", "23-05-2016")
    assert dates_of(*cells) == ["2016-05-23"] * 6


def test_one_day_above_twelve_decides_for_the_whole_column():
    assert dates_of("01/02/2020", "03/04/2020", "25/04/2020") == ["2020-02-01", "2020-04-03", "2020-04-25"]
    assert dates_of("01/02/2020", "03/04/2020", "04/25/2020") == ["2020-01-02", "2020-03-04", "2020-04-25"]


def test_the_deciding_row_may_stand_at_the_very_end():
    cells = [f"{1 + i % 9:02d}/{1 + i % 12:02d}/2021" for i in range(500)] + ["31/12/2021"]
    assert dates_of(*cells)[0] == "2021-01-01"
    assert dates_of(*cells)[1] == "2021-02-02"
    assert dates_of(*cells)[13] == "2021-02-05"


def test_the_order_of_the_file_decides_where_no_row_does():
    # January to March in m/d: read as d/m the dates would jump back and forth
    cells = [f"{month}/{day}/2020 0:00" for month in (1, 2, 3) for day in range(1, 13)]
    orders = dated(*cells)
    assert days(orders)["o1"] == "2020-01-02"
    assert orders.report.files[0].date_order == "mdy"


def test_two_readings_that_both_fit_are_asked_about():
    with pytest.raises(DataError) as error:
        dated("01/02/2020", "01/03/2020", "01/04/2020")
    assert error.value.code == "DATA-210"
    assert error.value.exit_code == 3
    assert "--dates" in str(error.value)


def test_the_answer_is_taken():
    cells = ("01/02/2020", "01/03/2020", "01/04/2020")
    assert dates_of(*cells, dates="dmy") == ["2020-02-01", "2020-03-01", "2020-04-01"]
    assert dates_of(*cells, dates="mdy") == ["2020-01-02", "2020-01-03", "2020-01-04"]


def test_a_doubtful_file_takes_the_order_of_its_sibling():
    clear = frame([("a", "c", "13/01/2020", "1"), ("b", "c", "14/01/2020", "1")])
    doubtful = frame([("c", "c", "01/02/2020", "1"), ("d", "c", "01/03/2020", "1")])
    assert days(read_orders([doubtful, clear]))["c"] == "2020-02-01"


def test_as_many_rows_for_one_order_as_for_the_other_are_refused():
    with pytest.raises(DataError) as error:
        dated("13/01/2020", "01/14/2020", "15/02/2020", "02/16/2020")
    assert error.value.code in ("DATA-210", "DATA-211")


def test_a_few_rows_that_only_fit_the_other_order_are_read_that_way_and_reported():
    cells = [f"{1 + i % 12}/{13 + i % 15}/2020" for i in range(200)] + ["25/6/2020"]
    orders = dated(*cells)
    assert days(orders)["o200"] == "2020-06-25"
    assert "orders_date_order_mixed" in codes(orders)


def test_dates_that_a_spreadsheet_padded_follow_the_rest():
    cells = [f"01/{day:02d}/2017" for day in range(1, 13)] + [f"1/{day}/2017" for day in range(13, 32)]
    assert dates_of(*cells) == [f"2017-01-{day:02d}" for day in range(1, 32)]


def test_two_digit_years_find_their_end():
    assert dates_of("16-05-23", "16-06-24", "17-01-02") == ["2016-05-23", "2016-06-24", "2017-01-02"]
    assert dates_of("23.5.16", "24.6.16", "2.1.17") == ["2016-05-23", "2016-06-24", "2017-01-02"]


@pytest.mark.parametrize("cell", ["soon", "2016-02-30", "31/02/2016", "99999999", "0000-00-00", "🙂"])
def test_what_is_no_date_is_a_rejected_row(cell):
    orders = dated("2016-05-23", cell)
    assert orders.report.rows_rejected == {"bad_date": 1}
    assert orders.rejected["reason"].to_pylist() == ["bad_date"]


@pytest.mark.parametrize("cell", ["9999-12-31", "2216-05-23", "1900-01-01", "1970-01-01", "0001-01-01"])
def test_absurd_years_are_rejected(cell):
    orders = dated("2016-05-23", "2016-05-24", "2016-05-25", cell)
    assert orders.report.rows_rejected == {"bad_date": 1}


def test_a_missing_date_is_counted_apart():
    orders = dated("2016-05-23", None)
    assert orders.report.rows_rejected == {"no_date": 1}


def test_a_year_without_digits_to_spare_is_refused_as_a_whole():
    with pytest.raises(DataError) as error:
        dated("soon", "later")
    assert error.value.code in ("DATA-200", "DATA-101", "DATA-110")


class TestZones:
    """An order at 2 a.m. in Shanghai is of the day before in UTC."""

    def test_plain_dates_keep_their_day_in_every_zone(self):
        assert dates_of("2024-05-01", zone="Asia/Shanghai") == ["2024-05-01"]
        assert dates_of("5/1/2024 0:00", "5/14/2024 0:00", zone="Asia/Shanghai")[0] == "2024-05-01"

    def test_times_with_a_zone_are_converted_to_the_workspace(self):
        cell = "2024-05-01T02:00:00+08:00"
        assert dates_of(cell) == ["2024-04-30"]
        assert dates_of(cell, zone="Asia/Shanghai") == ["2024-05-01"]

    def test_times_with_and_without_a_zone_mix(self):
        cells = ("2024-05-01T20:00:00Z", "2024-05-01 20:00:00", "2024-05-01T20:00:00+08:00")
        assert dates_of(*cells, zone="Asia/Shanghai") == ["2024-05-02", "2024-05-01", "2024-05-01"]

    def test_the_zone_of_the_layout_decides_where_none_is_asked(self):
        header = (
            "订单编号",
            "买家会员名",
            "订单创建时间",
            "买家实际支付金额",
            "订单状态",
            "总金额",
            "宝贝标题 ",
        )
        row = ("T1", "阿明", "2024-05-01 02:00:00", "10.00", "交易成功", "10.00", "茶")
        assert days(read([row], header)) == {"T1": "2024-05-01"}
        assert days(read([row], header, zone="UTC")) == {"T1": "2024-04-30"}

    def test_moments_are_kept_in_utc(self):
        orders = dated("2024-05-01T02:00:00+08:00", zone="Asia/Shanghai")
        assert orders.table["placed_at"][0].as_py().isoformat() == "2024-04-30T18:00:00+00:00"

    def test_the_last_evening_of_a_month_belongs_to_it(self):
        assert dates_of("2024-01-31T15:59:59Z", "2024-01-31T16:00:00Z", zone="Asia/Shanghai") == [
            "2024-01-31",
            "2024-02-01",
        ]

    def test_an_unknown_zone_is_an_error_of_use(self):
        with pytest.raises(UsageError) as error:
            dated("2024-05-01", zone="Mars/Base")
        assert error.value.code == "DATA-212"


def test_rows_after_the_end_are_set_aside():
    orders = dated("2024-05-01", "2024-05-02", "2024-05-03", until="2024-05-02")
    assert orders.report.rows_rejected == {"after_until": 1}
    assert orders.last_day == 19845


def test_a_doubtful_column_takes_the_order_of_the_other_date_column():
    header = ("order_id", "customer_id", "order date", "paid at", "amount")
    rows = [("1", "a", "01/02/2020", "13/02/2020", "1"), ("2", "a", "01/03/2020", "14/03/2020", "1")]
    columns = {"placed_at": "order date", "paid_at": "paid at"}
    assert days(read(rows, header, columns=columns)) == {"1": "2020-02-01", "2": "2020-03-01"}


def test_mixed_zones_are_reported():
    orders = dated("2024-05-01T20:00:00Z", "2024-05-01 20:00:00")
    assert "orders_zones_mixed" in codes(orders)
