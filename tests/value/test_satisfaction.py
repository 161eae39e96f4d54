"""Shares, reliability and the relation of answers to later value, against formulas and simulated truth."""

import numpy as np
import pytest

from lifeworth.value.satisfaction import (
    NORMAL_95,
    mean_with_interval,
    net_promoter,
    rates_lower,
    relation,
    reliability,
    satisfied_share,
    two_way,
)


def test_net_promoter_score_is_promoters_less_detractors():
    found = net_promoter(np.array([10.0] * 5 + [9] * 5 + [8] * 5 + [7] * 3 + [6, 0]))
    assert found["value"] == pytest.approx(100 * (10 - 2) / 20)
    assert found["low"] < found["value"] < found["high"]
    assert net_promoter(np.zeros(0)) is None
    alike = net_promoter(np.full(10, 10.0))
    assert alike["value"] == alike["high"] == 100
    assert alike["low"] < 95  # ten answers do not prove that nobody else thinks otherwise


@pytest.mark.parametrize("size", [25, 100, 400])
def test_nine_of_ten_intervals_of_nps_hold_the_truth(size):
    rng = np.random.default_rng(1)
    kinds = rng.choice([10.0, 8.0, 3.0], (4000, size), p=[0.45, 0.35, 0.20])
    found = [net_promoter(row) for row in kinds]
    assert 0.87 < np.mean([row["low"] <= 25 <= row["high"] for row in found]) < 0.93


@pytest.mark.parametrize("size", [25, 100, 400])
def test_nine_of_ten_intervals_of_csat_hold_the_truth(size):
    rng = np.random.default_rng(2)
    answers = np.where(rng.random((4000, size)) < 0.7, 0.75, 0.5)
    found = [satisfied_share(row) for row in answers]
    assert 0.87 < np.mean([row["low"] <= 0.7 <= row["high"] for row in found]) < 0.93


def test_wilsons_interval_is_the_published_one():
    """Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, 95 %: .2553 to .3662, here at 90 %."""
    found = satisfied_share(np.repeat([1.0, 0.0], [81, 182]))
    n, p, z = 263, 81 / 263, NORMAL_95
    wanted = [
        (2 * n * p + z * z + sign * z * np.sqrt(z * z + 4 * n * p * (1 - p))) / (2 * (n + z * z))
        for sign in (-1, 1)
    ]
    assert [found["low"], found["high"]] == pytest.approx(wanted)


def test_reliability_of_parallel_items_is_spearman_browns():
    rng = np.random.default_rng(3)
    true = rng.standard_normal(200_000)
    items = 0.8 * true[:, None] + 0.6 * rng.standard_normal((len(true), 3))
    assert reliability(items) == pytest.approx(3 * 0.64 / (1 + 2 * 0.64), abs=0.005)
    assert reliability(np.column_stack([true, true, true])) == pytest.approx(1.0)
    assert reliability(items[:5]) is None


def test_the_mean_of_amounts_has_the_interval_of_its_standard_error():
    found = mean_with_interval(np.array([1.0, 2, 3, 4]))
    assert found["value"] == 2.5
    assert found["high"] - found["value"] == pytest.approx(NORMAL_95 * np.sqrt(5 / 3) / 2)


def test_two_way_value_has_four_classes_by_the_medians():
    base = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    found = two_way(np.array([9.0, 9, 1, 1]), np.array([0.9, 0.1, 0.9, 0.1]), base)
    assert found.codes.tolist() == ["star", "vulnerable", "free_rider", "lost_cause"]
    assert found.value_of == 4.5


def test_one_answer_each_and_nothing_known_before_is_the_textbook_slope_with_hc1():
    rng = np.random.default_rng(4)
    x = rng.integers(1, 6, 300).astype(float)
    y = 3.0 * x + rng.standard_normal(300) * x
    found = relation(x, y, np.zeros((300, 1)), np.arange(300))
    slope = np.cov(x, y)[0, 1] / x.var(ddof=1)
    left = y - y.mean() - slope * (x - x.mean())
    hc1 = np.sqrt((left**2 * (x - x.mean()) ** 2).sum()) / ((x - x.mean()) ** 2).sum() * np.sqrt(300 / 298)
    assert found.slope == pytest.approx(slope)
    assert found.error == pytest.approx(hc1 * np.sqrt(300 / 299 * 299 / 300), rel=1e-3)


def test_nine_of_ten_intervals_of_the_relation_hold_the_truth_with_repeated_answers():
    rng = np.random.default_rng(5)
    held = []
    for _ in range(500):
        customer = np.repeat(np.arange(120), 3)
        own = rng.standard_normal(120)[customer]  # what all answers of a customer share
        before = rng.gamma(2.0, 10.0, 360)
        points = np.clip(np.rint(3 + rng.standard_normal(120)[customer]), 1, 5)
        outcome = 5.0 * points + 0.5 * before + 8 * own + rng.gamma(1.0, 5.0, 360)
        found = relation(points, outcome, before[:, None], customer).to_json()
        held.append(found["low"] <= 5.0 <= found["high"])
    assert 0.86 < np.mean(held) < 0.94


def test_too_few_answers_or_one_opinion_tell_no_relation():
    x, y = np.arange(40.0), np.arange(40.0)
    assert relation(x, y, np.zeros((40, 1)), np.arange(40)) is None
    assert relation(np.full(80, 4.0), np.arange(80.0), np.zeros((80, 1)), np.arange(80)) is None


def test_a_group_rates_lower_when_chance_would_hardly_make_it_and_it_matters():
    rng = np.random.default_rng(6)
    assert rates_lower(rng.normal(3, 1, 200), rng.normal(4, 1, 200))
    assert not rates_lower(rng.normal(4, 1, 200), rng.normal(3, 1, 200))
    assert not rates_lower(rng.normal(3.9, 1, 20_000), rng.normal(4, 1, 20_000))
    assert np.mean([rates_lower(rng.normal(4, 1, 50), rng.normal(4, 1, 50)) for _ in range(500)]) < 0.02
