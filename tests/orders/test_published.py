"""CDNOW, read from its own files, gives the figures that the literature prints."""

from decimal import Decimal

import numpy as np
import pytest

import lifeworth as lw
from lifeworth.base.clock import day_number
from lifeworth.data.sources.read import read_orders
from lifeworth.data.summary import customer_summary, holdout, weekly_purchases
from lifeworth.engines.duckdb import DuckDBEngine
from shared_data import needs_shared, shared

pytestmark = needs_shared
CUTOFF, END = day_number("1997-09-30"), day_number("1998-06-30")


@pytest.fixture(scope="module")
def sample():
    return read_orders(shared("cdnow/CDNOW_sample.txt"))


def test_the_sample_has_its_2357_customers_and_2457_repeat_purchases(sample):
    rfm = lw.rfm_summary(sample, observation_period_end="1997-09-30", time_unit="W")
    assert len(rfm) == 2357
    assert rfm["frequency"].sum() == 2457
    assert (rfm["frequency"] > 0).sum() == 946
    customer = rfm.set_index("customer_id").loc["00004"]
    assert customer["recency"] == pytest.approx(213 / 7)
    assert customer["T"] == pytest.approx(272 / 7)
    assert customer["monetary_value"] == pytest.approx(22.345)


def test_the_sample_holds_out_1882_purchases(sample):
    split = lw.rfm_train_test_split(sample, train_period_end="1997-09-30", time_unit="W")
    assert split["test_frequency"].sum() == 1882
    assert (split["test_frequency"] * split["test_monetary_value"]).sum() == pytest.approx(
        70_976.39, abs=0.005
    )
    assert set(split["test_T"]) == {39.0}
    with DuckDBEngine() as engine:
        held = holdout(sample, CUTOFF, END, engine)
    assert sum(held["purchases"].to_pylist()) == 1882
    assert sum(held["net_sales"].to_pylist()) == Decimal("70976.39")


def test_the_whole_log_has_its_customers_and_money():
    orders = read_orders(shared("cdnow/CDNOW_master.txt"))
    assert orders.report.rows_used == 69_659
    assert float(orders.report.net) == pytest.approx(2_500_315.63, abs=0.005)
    rfm = lw.rfm_summary(orders, observation_period_end="1998-06-30")
    assert len(rfm) == 23_570


def test_purchases_by_day_add_up_to_the_histories(sample):
    with DuckDBEngine() as engine:
        by_day = weekly_purchases(sample, END, engine, CUTOFF)
        summary = customer_summary(sample, END, engine)
    assert sum(by_day["first_purchases"].to_pylist()) == 2357
    assert sum(by_day["repeat_purchases"].to_pylist()) == np.sum(summary["frequency"].to_numpy())
    assert sum(by_day["repeat_purchases_of_known"].to_pylist()) == sum(by_day["repeat_purchases"].to_pylist())
