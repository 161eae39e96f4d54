"""Histories: from orders, from any frame, in any unit."""

import datetime

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import lifeworth as lw
from lifeworth.base.clock import day_number
from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.summary import customer_summary, holdout, never_counted, purchase_history
from lifeworth.engines.duckdb import DuckDBEngine
from orders.made import frame, read

ROWS = [
    ("b", "2024-01-01", "10"),
    ("a", "2024-01-03", "20"),
    ("a", "2024-01-03", "5"),
    ("a", "2024-01-10", "30"),
    ("a", "2024-01-20", "50"),
    ("c", "2024-01-20", "0"),
]
HEADER = ("customer_id", "date", "amount")


@pytest.fixture
def engine():
    with DuckDBEngine(threads=2) as opened:
        yield opened


def test_a_history_counts_days_and_leaves_the_first_out_of_the_mean(engine):
    summary = customer_summary(read(ROWS, HEADER), day_number("2024-01-31"), engine)
    a = summary.to_pylist()[0]
    assert [summary["customer_id"].to_pylist(), a["frequency"], a["recency"], a["T"]] == [
        ["a", "b"],
        2,
        17,
        28,
    ]
    assert a["monetary_value"] == 40
    assert (a["first_order_value"], a["repeat_net_sales"], a["net_sales"]) == (25, 80, 105)
    assert a["orders"] == 3
    assert purchase_history(summary).customer_id == ["a", "b"]


def test_customers_who_never_bought_are_left_out_and_said_so(engine):
    orders = read([*ROWS, ("d", "2024-01-21", "-7")], HEADER)
    summary = customer_summary(orders, orders.last_day, engine)
    assert summary["customer_id"].to_pylist() == ["a", "b"]
    finding = never_counted(orders, orders.last_day, engine, summary)
    assert finding.facts == {"count": 2, "amount": -7.0}


def test_who_has_a_row_by_other_means_is_not_told_as_left_out(engine):
    orders = read([*ROWS, ("d", "2024-01-21", "-7")], HEADER)
    everyone = pa.table({"customer_id": ["a", "b", "d"]})
    assert never_counted(orders, orders.last_day, engine, everyone).facts == {"count": 1, "amount": 0.0}


def test_orders_with_another_table_have_its_frame():
    orders = read(ROWS, HEADER)
    whole = len(orders.frame)
    assert len(orders.with_table(orders.table.slice(0, 1)).frame) == 1
    assert len(orders.frame) == whole > 1


def test_what_happens_after_the_day_is_unknown(engine):
    summary = customer_summary(read(ROWS, HEADER), day_number("2024-01-09"), engine)
    assert summary["frequency"].to_pylist() == [0, 0]
    assert summary["T"].to_pylist() == [6, 8]


def test_the_holdout_lists_the_known_and_only_them(engine):
    orders = read([*ROWS, ("e", "2024-01-25", "9")], HEADER)
    held = holdout(orders, day_number("2024-01-05"), day_number("2024-01-31"), engine).to_pylist()
    assert [(row["customer_id"], row["purchases"], float(row["net_sales"])) for row in held] == [
        ("a", 2, 80),
        ("b", 0, 0),
    ]


def test_the_order_of_rows_changes_nothing():
    one = lw.rfm_summary(frame(ROWS, HEADER))
    other = lw.rfm_summary(frame(ROWS[::-1], HEADER))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(("unit", "days"), [("D", 1), ("W", 7), ("M", 30.4375), ("Y", 365.25)])
def test_a_unit_only_scales_the_ages(unit, days):
    base, scaled = lw.rfm_summary(frame(ROWS, HEADER)), lw.rfm_summary(frame(ROWS, HEADER), time_unit=unit)
    np.testing.assert_allclose(scaled["recency"] * days, base["recency"])
    np.testing.assert_allclose(scaled["T"] * days, base["T"])
    assert scaled["frequency"].to_list() == base["frequency"].to_list()
    assert scaled["monetary_value"].to_list() == base["monetary_value"].to_list()


@pytest.mark.parametrize(("unit", "days"), [("D", 1), ("W", 7), ("M", 30.4375), ("Y", 365.25)])
def test_gaps_between_purchase_days_are_told_where_they_are_asked_for(unit, days):
    rows = [*ROWS, ("a", "2024-01-25", "-9"), ("a", "2024-02-01", "1"), ("b", "2024-01-02", "3")]
    given = frame(rows, HEADER)
    told = lw.rfm_summary(given, time_unit=unit, log_gaps=True, observation_period_end="2024-02-01")
    gaps = {"a": [7, 10, 12], "b": [1]}
    wanted = [np.log(np.array(gaps[name]) / days).sum() for name in told["customer_id"]]
    np.testing.assert_allclose(told["log_gaps"], wanted, rtol=1e-11, atol=1e-11)
    earlier = lw.rfm_summary(given, log_gaps=True, observation_period_end="2024-01-19")
    np.testing.assert_allclose(earlier["log_gaps"], [np.log(7), 0])
    plain = lw.rfm_summary(given, time_unit=unit, observation_period_end="2024-02-01")
    pd.testing.assert_frame_equal(told.drop(columns="log_gaps"), plain)


def test_the_order_of_rows_changes_no_bit_of_the_gaps():
    days = pd.date_range("2024-01-01", periods=400).astype(str)
    rng = np.random.default_rng(4)
    rows = [(f"c{who}", days[day], "5") for who, day in rng.integers(0, [30, 400], (3000, 2))]
    one, other = (lw.rfm_summary(frame(each, HEADER), log_gaps=True) for each in (rows, rows[::-1]))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_strings_and_timestamps_give_the_same_summary():
    strings = frame(ROWS, HEADER)
    typed = pd.DataFrame(
        {
            "customer_id": strings["customer_id"],
            "date": pd.to_datetime(strings["date"]),
            "amount": strings["amount"].astype(float),
        }
    )
    pd.testing.assert_frame_equal(lw.rfm_summary(strings), lw.rfm_summary(typed), check_dtype=False)


def test_names_of_columns_can_be_given():
    named = frame(ROWS, ("who", "wann", "wieviel"))
    rfm = lw.rfm_summary(named, "who", "wann", "wieviel", observation_period_end="2024-01-31")
    assert rfm["T"].to_list() == [28, 30]


def test_the_kind_of_frame_that_comes_back_is_the_kind_that_was_given(tmp_path):
    pandas_frame = frame(ROWS, HEADER).astype(object)
    table = pa.Table.from_pandas(pandas_frame)
    relation = duckdb.from_arrow(table)
    kinds = {
        pd.DataFrame: pandas_frame,
        pl.DataFrame: pl.from_arrow(table),
        pa.Table: table,
        duckdb.DuckDBPyRelation: relation,
    }
    for kind, given in kinds.items():
        assert isinstance(lw.rfm_summary(given), kind)
        assert isinstance(lw.read_orders(given).frame, kind)
    path = tmp_path / "orders.csv"
    pandas_frame.to_csv(path, index=False)
    assert isinstance(lw.rfm_summary(path), pd.DataFrame)
    assert isinstance(lw.rfm_summary(lw.read_orders(table)), pa.Table)


def test_missing_cells_are_rejected_and_the_input_never_changes():
    given = pd.DataFrame(
        {
            "customer_id": ["a", None, "b", "b"],
            "amount": [10.0, 5.0, np.nan, 7.0],
            "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", None]),
        }
    )
    before = given.copy(deep=True)
    orders = lw.read_orders(given)
    assert orders.report.rows_rejected == {"no_amount": 1, "no_date": 1}
    assert orders.report.lines_without_customer == 1
    assert lw.rfm_summary(orders)["customer_id"].to_list() == ["a"]
    pd.testing.assert_frame_equal(given, before)


def test_split_leaves_the_test_out_of_the_training():
    split = lw.rfm_train_test_split(frame(ROWS, HEADER), "2024-01-05", "2024-01-31").set_index("customer_id")
    assert split.loc["a"].to_dict() == {
        "frequency": 0,
        "recency": 0,
        "T": 2,
        "monetary_value": 0,
        "test_frequency": 2,
        "test_monetary_value": 40,
        "test_T": 26,
    }


def test_dates_may_be_given_in_many_ways():
    for end in (
        "2024-01-31",
        datetime.date(2024, 1, 31),
        datetime.datetime(2024, 1, 31, 5),
        19753,
        pd.Timestamp("2024-01-31"),
        np.datetime64("2024-01-31"),
    ):
        assert lw.rfm_summary(frame(ROWS, HEADER), observation_period_end=end)["T"].to_list() == [28, 30]


def test_wrong_settings_are_errors_of_use():
    for call, code in (
        (lambda: lw.rfm_summary(frame(ROWS, HEADER), time_unit="H"), "DATA-230"),
        (lambda: lw.rfm_train_test_split(frame(ROWS, HEADER), "2024-02-01"), "DATA-231"),
        (lambda: lw.rfm_summary(frame(ROWS, HEADER), observation_period_end="tomorrow"), "DATA-232"),
        (lambda: lw.read_orders([]), "DATA-225"),
        (lambda: lw.read_orders(frame(ROWS, HEADER), dates="ddmm"), "DATA-224"),
        (lambda: lw.read_orders(frame(ROWS, HEADER), duplicates="all"), "DATA-223"),
        (lambda: lw.read_orders([frame(ROWS, HEADER)] * 2, dates=["dmy"]), "DATA-226"),
        (lambda: lw.read_orders([frame(ROWS, HEADER)] * 2, columns=[None]), "DATA-226"),
    ):
        with pytest.raises(UsageError) as error:
            call()
        assert error.value.code == code
        assert code in str(error.value)


def test_a_period_before_the_first_purchase_is_an_error():
    with pytest.raises(DataError) as error:
        lw.rfm_summary(frame(ROWS, HEADER), observation_period_end="2023-01-01")
    assert error.value.code == "DATA-233"


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_answer_does_not_depend_on_threads(threads):
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 500, 20_000).astype(str),
            "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 500, 20_000), "D"),
            "amount": (rng.integers(-200, 10_000, 20_000) / 100),
        }
    )
    with DuckDBEngine(threads=threads) as many, DuckDBEngine(threads=1) as one:
        left = customer_summary(lw.read_orders(rows, engine=many, duplicates="keep"), 19_800, many)
        right = customer_summary(lw.read_orders(rows, engine=one, duplicates="keep"), 19_800, one)
    assert left.equals(right)


def test_whole_numbers_as_customers_come_back_as_whole_numbers():
    given = pd.DataFrame({"customer_id": [7, 7, 9], "amount": [1.0, 2.0, 3.0],
                          "date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-02"])})  # fmt: skip
    rfm = lw.rfm_summary(given)
    assert rfm["customer_id"].to_list() == [7, 9]
    assert rfm["customer_id"].dtype == "int64"


def test_columns_that_differ_only_in_capitals_are_told_apart():
    rows = [("a", "2024-01-01", "10", "x"), ("b", "2024-01-02", "5", "y")]
    columns = {"customer_id": "customer_id", "placed_at": "date", "amount": "Amount"}
    orders = lw.read_orders(frame(rows, ("customer_id", "date", "Amount", "amount")), columns=columns)
    assert float(orders.report.net) == 15


def test_columns_may_be_called_like_ours():
    header = ("customer_id", "date", "amount", "sequence", "__fresh", "status_", "hash_a", "a:b", 'quo"te')
    rows = [("a", "2024-01-01", "10", "x", "1", "2", "3", "4", "5")]
    columns = {"customer_id": "customer_id", "placed_at": "date", "amount": "amount"}
    assert float(lw.read_orders(frame(rows, header), columns=columns).report.net) == 10


LOG = pd.DataFrame({
    "cust": ["a", "a", "b", "a", "c"],
    "date": ["2024-01-03", "2024-01-10", "2024-01-01", "2024-01-20", "2024-01-20"],
    "price": [0.0, 30.0, 10.0, 50.0, 0.0],
})  # fmt: skip


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("columns", [["cust", "date"], ["cust", "date", "price"]])
def test_where_money_plays_no_part_every_row_is_a_purchase(kind, columns):
    log = kind(LOG[columns].to_dict("list"))
    found = lw.rfm_summary(
        log, "cust", "date", monetary_value_col=False, observation_period_end="2024-01-31", log_gaps=True
    )
    assert isinstance(found, kind)
    assert list(found.columns) == ["customer_id", "frequency", "recency", "T", "log_gaps"]
    assert found["customer_id"].to_list() == ["a", "b", "c"]
    assert found["frequency"].to_list() == [2, 0, 0]
    assert found["T"].to_list() == [28, 30, 11]
    assert found["log_gaps"][0] == pytest.approx(np.log(7) + np.log(10))
    split = lw.rfm_train_test_split(log, "2024-01-10", "2024-01-31", "D", "cust", "date", False)
    assert list(split.columns) == ["customer_id", "frequency", "recency", "T", "test_frequency", "test_T"]
    assert split["test_frequency"].to_list() == [1, 0]


def test_a_log_without_money_is_told_how_to_come_in():
    with pytest.raises(DataError) as error:
        lw.rfm_summary(LOG[["cust", "date"]], "cust", "date")
    assert error.value.code == "DATA-235"
    assert "monetary_value_col=False" in str(error.value)


@pytest.mark.parametrize(("orders", "settings"), [("orders.csv", {}), (LOG, {"spend_days": True})])
def test_what_needs_money_or_a_file_does_not_go_without(orders, settings):
    with pytest.raises(UsageError) as error:
        lw.rfm_summary(orders, "cust", "date", monetary_value_col=False, **settings)
    assert error.value.code == "DATA-236"
    assert ("spend_days=True" if settings else "str") in str(error.value)
