import numpy as np
import pytest

from lifeworth.base.clock import day_number
from lifeworth.monitoring.calibration import (
    count_by_period,
    coverage,
    decile_error,
    deciles,
    expected_by_period,
    period_starts,
    tracking,
)
from lifeworth.results.summary import Decile, Week


def test_deciles_hold_every_customer_once_and_add_up_to_the_totals():
    rng = np.random.default_rng(1)
    forecast, actual = rng.gamma(1, 30, 2357), rng.gamma(0.3, 90, 2357)
    table = deciles(forecast, actual)
    assert [row["decile"] for row in table] == list(range(1, 11))
    assert sum(row["customers"] for row in table) == 2357
    assert {row["customers"] for row in table} == {235, 236}
    for name, column in (("forecast", forecast), ("actual", actual)):
        assert sum(row[name] * row["customers"] for row in table) == pytest.approx(column.sum())
    means = [row["forecast"] for row in table]
    assert means == sorted(means, reverse=True)
    assert set(table[0]) == set(Decile.__annotations__)


def test_equal_forecasts_get_equal_actuals_whatever_their_place_in_the_file():
    actual = np.concatenate([np.full(50, 10.0), np.zeros(50)])
    assert {row["actual"] for row in deciles(np.ones(100), actual)} == {5.0}


def test_few_customers_make_few_groups():
    assert len(deciles(np.arange(3.0), np.arange(3.0))) == 3
    assert deciles(np.zeros(0), np.zeros(0)) == []


def test_the_decile_error_is_at_least_the_bias_and_one_for_a_forecast_of_nothing():
    rng = np.random.default_rng(2)
    actual = rng.gamma(0.3, 90, 500)
    assert decile_error(np.zeros(500), actual) == pytest.approx(1)
    assert decile_error(actual, actual) == pytest.approx(0)
    for factor in (0.5, 0.9, 1.3):
        forecast = factor * rng.permutation(actual)
        assert decile_error(forecast, actual) >= abs(forecast.sum() / actual.sum() - 1) - 1e-12


def test_without_sales_the_decile_error_is_infinite_unless_that_was_said():
    assert decile_error(np.ones(4), np.zeros(4)) == float("inf")
    assert decile_error(np.zeros(4), np.zeros(4)) == 0


def test_the_ends_of_an_interval_count_as_inside():
    actual = np.array([0.0, 1, 2, 3])
    assert coverage(actual, np.array([0.0, 0, 3, 0]), np.array([0.0, 1, 9, 2.9])) == 0.5


def test_weeks_count_purchases_where_they_happened():
    first = day_number("1997-01-01")
    starts = period_starts(first, first + 20)
    assert (starts - first).tolist() == [0, 7, 14]
    assert len(period_starts(first, first + 19)) == 2  # the rest of a week is no week
    days = np.array([first - 1, first, first + 6, first + 7, first + 20, first + 21])
    assert count_by_period(days, None, starts).tolist() == [2, 1, 1]
    assert count_by_period(days, np.array([9.0, 2, 3, 4, 5, 9]), starts).tolist() == [5, 4, 5]


def test_the_held_out_weeks_begin_after_the_cut_off():
    first = day_number("1997-01-01")
    starts = period_starts(first, first + 13)
    rows = tracking(starts, np.array([3.0, 4]), np.array([2.5, 4.5]), cutoff_day=first + 6)
    assert [row["holdout"] for row in rows] == [False, True]
    assert rows[1]["start"] == "1997-01-08"
    assert set(rows[0]) == set(Week.__annotations__)


def test_expected_purchases_of_the_base_add_up_over_the_weeks():
    def curve(t):
        return np.sqrt(t)

    first = np.array([100, 100, 103, 120])
    starts = period_starts(100, 100 + 8 * 7 - 1)
    expected = expected_by_period(curve, first, starts)
    assert len(expected) == 8
    assert expected.sum() == pytest.approx(curve(155.0 - first).sum())
    assert expected[0] == pytest.approx(2 * np.sqrt(6) + np.sqrt(3))  # the first day is no repeat
    assert expected_by_period(curve, first, starts[:0]).tolist() == []
    assert expected_by_period(curve, first + 1000, starts).tolist() == [0] * 8
