import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifeworth.monitoring.ranking import average_ranks, normalised_gini, spearman, top_capture

money = st.lists(st.integers(0, 9), min_size=1, max_size=40)
pairs = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 9), min_size=n, max_size=n)] * 2)
)
FIGURES = (spearman, normalised_gini, top_capture)


def test_reproduces_the_published_normalised_gini_with_ties():
    actual, forecast = np.array([0, 0, 10, 5, 0, 20.0]), np.array([1, 2, 3, 3, 0, 5.0])
    assert normalised_gini(forecast, actual) == pytest.approx(0.962963, abs=1e-6)


def test_equal_values_share_the_mean_of_their_ranks():
    assert average_ranks(np.array([5.0, 1, 5, 2])).tolist() == [3.5, 1, 3.5, 2]


@given(money)
def test_ranks_always_sum_to_those_of_a_list_without_ties(values):
    n = len(values)
    assert average_ranks(np.array(values, float)).sum() == pytest.approx(n * (n + 1) / 2)


def test_spearman_is_pearson_of_ranks_in_a_case_done_by_hand():
    # ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4
    assert spearman(np.array([1.0, 2, 2, 3]), np.array([0.0, 7, 5, 9])) == pytest.approx(
        4.5 / np.sqrt(4.5 * 5)
    )


@given(pairs)
def test_the_order_of_the_rows_changes_no_figure(columns):
    forecast, actual = (np.array(column, float) for column in columns)
    shuffled = np.random.default_rng(5).permutation(len(actual))
    for figure in FIGURES:
        assert figure(forecast, actual) == pytest.approx(figure(forecast[shuffled], actual[shuffled]))


@given(pairs)
def test_a_rising_change_of_the_forecast_changes_no_figure(columns):
    forecast, actual = (np.array(column, float) for column in columns)
    for figure in FIGURES:
        assert figure(np.exp(forecast) * 3, actual * 100) == pytest.approx(figure(forecast, actual))


@given(money)
def test_a_perfect_ranking_has_full_skill_and_a_constant_one_none(values):
    actual = np.array(values, float)
    differ = len(set(values)) > 1
    assert normalised_gini(actual, actual) == pytest.approx(1.0 if differ else 0.0)
    assert spearman(actual, actual) == pytest.approx(1.0 if differ else 0.0)
    assert normalised_gini(np.ones(len(actual)), actual) == pytest.approx(0.0)
    assert spearman(np.ones(len(actual)), actual) == 0.0


def test_a_reversed_ranking_is_as_bad_as_the_perfect_one_is_good():
    actual = np.arange(50.0)
    assert normalised_gini(-actual, actual) == pytest.approx(-1)
    assert spearman(-actual, actual) == pytest.approx(-1)


def test_a_forecast_that_cannot_tell_captures_its_share_only():
    actual = np.zeros(200)
    actual[:20] = 100.0  # the best stand first in the file: a tie must not profit from it
    assert top_capture(np.full(200, 7.0), actual) == pytest.approx(0.1)
    assert top_capture(actual, actual) == pytest.approx(1.0)


@pytest.mark.parametrize("actual", [np.zeros(5), np.full(5, 3.0), np.array([4.0]), np.zeros(0)])
def test_undefined_skill_is_no_skill_and_no_crash(actual):
    for figure in (spearman, normalised_gini):
        assert figure(np.zeros(len(actual)), actual) == 0.0
    assert 0 <= top_capture(np.zeros(len(actual)), actual) <= 1
