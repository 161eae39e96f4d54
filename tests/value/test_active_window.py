"""The active window: a curve of returns by hand, and a simulated world whose gaps are known."""

import numpy as np
import pytest

import lifeworth as lw
from lifeworth.value.active_window import FEWEST_RETURNS, active_window, returned
from workflows.shops import shop


def test_without_open_silences_the_curve_is_the_share_that_ended():
    length, ended = np.array([1.0, 2.0, 5.0]), np.array([2.0, 1.0, 1.0])
    assert returned(length, ended, np.zeros(3)) == pytest.approx([0.5, 0.75, 1.0])


def test_an_open_silence_counts_for_as_long_as_it_lasted():
    """Kaplan-Meier by hand: 4 at risk, 1 returns; then 2 at risk (one open), 1 returns."""
    found = returned(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0]))
    assert found == pytest.approx([0.25, 0.25, 1 - 0.75 * 0.5])


@pytest.mark.parametrize("watched", [200.0, 2000.0])
def test_the_window_is_that_of_who_comes_back_though_many_never_do(watched):
    rng = np.random.default_rng(3)
    size = 40_000
    gaps = np.where(rng.random(size) < 0.6, np.ceil(rng.exponential(40.0, size)), np.inf)
    seen = np.ceil(rng.uniform(0, watched, size))
    came = gaps <= seen
    length = np.arange(1.0, watched + 1)
    ended, still_open = (
        np.bincount(each.astype(int), minlength=int(watched) + 1)[1:].astype(float)
        for each in (gaps[came], np.maximum(seen[~came], 1))
    )
    found = active_window(length, ended, still_open, size)
    assert found["ever_come_back"] == pytest.approx(0.6, abs=0.02)
    assert found["window_days"]["value"] == pytest.approx(40 * np.log(10), abs=5)
    assert found["median_gap_days"]["value"] == pytest.approx(40 * np.log(2), abs=2)
    assert found["window_days"]["low"] <= found["window_days"]["value"] <= found["window_days"]["high"]


def test_few_who_came_back_suggest_no_window():
    some = np.array([1.0]), np.array([5.0]), np.array([5.0])
    assert active_window(*some, FEWEST_RETURNS - 1) is None
    assert active_window(*some, FEWEST_RETURNS) is not None


def test_a_run_tells_the_window_of_its_orders():
    orders = shop(customers=400, leave=0.1, mean_gap=30.0)
    found = lw.value(orders, currency="CNY", model="MBGNBD").summary["active_window"]
    days = orders.drop_duplicates(["customer_id", "date"]).sort_values(["customer_id", "date"])
    gaps = days.groupby("customer_id")["date"].diff().dt.days.dropna()
    assert found["median_gap_days"]["value"] >= gaps.median()  # open silences are rather longer
    assert found["window_days"]["value"] >= gaps.quantile(0.9)
    assert found["window_days"]["value"] < 3 * gaps.quantile(0.9)
    assert found["median_span_days"] > 0
