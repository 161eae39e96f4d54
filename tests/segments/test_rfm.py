import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifeworth.base.errors import UsageError
from lifeworth.segments.rfm import quintiles, score_rfm
from lifeworth.segments.rfm_classes import median_split, rfm_classes
from segments.bases import cdnow, simulated
from shared_data import needs_shared

CLASSES = {"111", "101", "011", "001", "110", "100", "010", "000"}
values = st.lists(st.integers(0, 12), min_size=1, max_size=80)


def scored(base, **more):
    return score_rfm(base.days_since, base.purchases, base.spend, **more)


def classed(base, **more):
    return rfm_classes(base.days_since, base.purchases, base.spend, **more)


@given(values)
def test_more_never_scores_less_and_equals_score_alike(numbers):
    numbers = np.array(numbers, float)
    score, _ = quintiles(numbers)
    order = np.argsort(numbers)
    assert np.all(np.diff(score[order]) >= 0)
    for number in set(numbers):
        assert len(set(score[numbers == number])) == 1


@given(values)
def test_all_five_scores_are_reached_where_five_values_differ(numbers):
    score, _ = quintiles(np.array(numbers, float))
    wanted = {1: {3}, 2: {1, 5}, 3: {1, 3, 5}, 4: {1, 2, 4, 5}}.get(len(set(numbers)), {1, 2, 3, 4, 5})
    assert set(score.tolist()) == wanted


@given(values)
def test_the_cut_points_found_give_the_same_scores_again(numbers):
    numbers = np.array(numbers, float)
    score, cuts = quintiles(numbers)
    again = 1 + (numbers[:, None] >= np.where(np.isnan(cuts), np.inf, cuts)).sum(axis=1)
    assert again.tolist() == score.tolist()


@given(values)
def test_the_order_of_the_rows_and_the_unit_change_no_score(numbers):
    numbers = np.array(numbers, float)
    shuffled = np.random.default_rng(3).permutation(len(numbers))
    score = quintiles(numbers)[0]
    assert quintiles(numbers[shuffled])[0].tolist() == score[shuffled].tolist()
    assert quintiles(numbers * 0.01)[0].tolist() == score.tolist()


def test_without_ties_each_score_holds_a_fifth():
    score, _ = quintiles(np.random.default_rng(1).permutation(1000).astype(float))
    assert np.bincount(score)[1:].tolist() == [200] * 5


def test_heavy_ties_share_a_score_and_the_rest_is_divided_evenly():
    # 60 % bought once; the others are spread over eight values
    purchases = np.concatenate([np.ones(600), np.repeat(np.arange(2.0, 10), 50)])
    score, cuts = quintiles(purchases)
    assert np.bincount(score)[1:].tolist() == [600, 100, 100, 100, 100]
    assert cuts.tolist() == [2, 4, 6, 8]


def test_recent_frequent_and_big_is_555():
    days, purchases = np.arange(50.0), np.arange(50.0, 0, -1)
    result = score_rfm(days, purchases, purchases * 10)
    assert result.codes[0] == "555"
    assert result.codes[-1] == "111"
    # borders read as "at most" for days, "at least" for the others
    assert list(result.cuts["recency"]) == [39, 29, 19, 9]
    assert list(result.cuts["frequency"]) == [11, 21, 31, 41]


def test_own_cut_points_are_used_as_given_and_named():
    cuts = {"recency": [90, 60, 30, 7], "frequency": [2, 3, 5, 10]}
    result = score_rfm([100, 90, 61, 30, 7.0], [1, 2, 4, 5, 10], [1, 2, 3, 4, 5.0], cuts=cuts)
    assert result.recency.tolist() == [1, 2, 2, 4, 5]
    assert result.frequency.tolist() == [1, 2, 3, 4, 5]
    assert result.given == ("recency", "frequency")
    assert result.cuts["recency"] == (90, 60, 30, 7)


@pytest.mark.parametrize(
    "cuts",
    [
        {"recency": [7, 30, 60, 90]},
        {"frequency": [1, 2, 3]},
        {"monetary": [1, 2, 2, 3]},
        {"spend": [1, 2, 3, 4]},
        {"monetary": [1, 2, 3, float("nan")]},
    ],
)
def test_cut_points_that_cannot_order_customers_are_refused(cuts):
    with pytest.raises(UsageError, match="VALUE-066"):
        score_rfm(np.ones(3), np.ones(3), np.ones(3), cuts=cuts)


def test_nested_scores_compare_within_the_same_recency_score():
    base = simulated(1)
    nested = scored(base, nested=True)
    assert nested.scheme == "nested"
    assert nested.recency.tolist() == scored(base).recency.tolist()
    for score in range(1, 6):
        inside = nested.recency == score
        assert (
            nested.frequency[inside].tolist() == quintiles(base.purchases[inside].astype(float))[0].tolist()
        )


@pytest.mark.parametrize("nested", [False, True])
def test_one_customer_equal_customers_and_none_get_a_code(nested):
    assert score_rfm([5.0], [1], [9.0], nested=nested).codes.tolist() == ["333"]
    assert set(score_rfm(np.zeros(9), np.zeros(9), np.zeros(9), nested=nested).codes) == {"333"}
    assert len(score_rfm([], [], [], nested=nested).codes) == 0
    assert rfm_classes([5.0], [1], [9.0]).codes.tolist() == ["111"]
    assert len(rfm_classes([], [], []).codes) == 0


def test_the_rules_are_plain_json_and_members_have_a_reason_and_a_date():
    base = simulated(2)
    result = scored(base, as_of_day=10000)
    assert json.loads(json.dumps(result.rule(), allow_nan=False)) == result.rule()
    classes = classed(base, as_of_day=10000)
    assert json.loads(json.dumps(classes.rule(), allow_nan=False)) == classes.rule()
    for reason in (result.reason(7), classes.reason(7)):
        assert reason.as_of_day == 10000
        assert reason.facts["purchases"] == base.purchases[7]


@pytest.mark.parametrize("by", ["median", "mean"])
def test_classes_follow_their_thresholds(by):
    base = simulated(3)
    result = classed(base, by=by)
    limits = result.thresholds
    assert result.method == dict.fromkeys(limits, by)
    high = (
        base.days_since <= limits["days_since_at_most"],
        base.purchases >= limits["purchases_at_least"],
        base.spend >= limits["spend_at_least"],
    )
    wanted = ["".join(str(int(flag)) for flag in flags) for flags in zip(*high, strict=True)]
    assert result.codes.tolist() == wanted
    assert set(wanted) == CLASSES


def test_business_values_go_before_the_median():
    base = simulated(4)
    result = classed(base, given={"purchases_at_least": 5})
    assert result.thresholds["purchases_at_least"] == 5
    assert result.method["purchases_at_least"] == "given"
    assert result.method["spend_at_least"] == "median"
    with pytest.raises(UsageError, match="VALUE-067"):
        classed(base, given={"orders": 5})
    with pytest.raises(UsageError, match="VALUE-067"):
        classed(base, by="mode")


def test_the_median_border_sends_a_tie_group_to_the_more_even_side():
    assert median_split(np.array([1.0, 2, 3, 4])) == 3
    assert median_split(np.array([1.0] * 6 + [2, 3, 4, 5])) == 2
    assert median_split(np.array([1.0, 2, 3, 4] + [5.0] * 6)) == 5
    assert median_split(np.ones(5)) == 1


@pytest.mark.parametrize("scale", [0.01, 3.7, 1e6])
def test_another_currency_unit_changes_no_code(scale):
    base = simulated(5)
    other = score_rfm(base.days_since, base.purchases, base.spend * scale)
    assert other.codes.tolist() == scored(base).codes.tolist()
    for by in ("median", "mean"):
        rescaled = rfm_classes(base.days_since, base.purchases, base.spend * scale, by=by)
        assert rescaled.codes.tolist() == classed(base, by=by).codes.tolist()


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(UsageError, match="VALUE-065"):
        score_rfm([1, np.nan], [1, 1], [1, 1])
    with pytest.raises(UsageError, match="VALUE-064"):
        rfm_classes([1.0, 2], [1], [1])


@needs_shared
@pytest.mark.parametrize("until", ["1997-09-30", "1998-06-30"])
def test_every_score_and_every_class_is_reached_on_cdnow(until):
    base = cdnow(until)
    result = scored(base)
    for score in (result.recency, result.frequency, result.monetary):
        assert np.bincount(score, minlength=6)[1:].min() > 1000
    assert result.cuts["frequency"] == (2, 3, 4, 6)
    for by in ("median", "mean"):
        assert set(classed(base, by=by).codes) == CLASSES
