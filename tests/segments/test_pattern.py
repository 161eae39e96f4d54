import numpy as np
import pytest

from lifeworth.base.errors import UsageError
from lifeworth.results.contract import PATTERNS as PUBLISHED
from lifeworth.segments.pattern import PATTERNS, PatternCounter, PatternRule, pattern_rule, patterns
from segments.bases import cdnow, simulated
from shared_data import needs_shared

RULE = PatternRule(profit=10, repeats=1, cost_to_serve=2)


def named(profit, repeats, rule=RULE):
    return [PATTERNS[kind] for kind in rule.classify(np.array(profit, float), np.array(repeats, float))]


def test_names_are_those_of_the_contract():
    assert PATTERNS == PUBLISHED


def test_the_four_corners_have_their_names():
    assert named([20, 20, 5, 5], [2, 0.5, 2, 0.5]) == ["gold", "comet", "stream", "burden"]


def test_on_the_border_counts_as_high():
    assert named([10], [1]) == ["gold"]


def test_who_does_not_cover_the_cost_to_serve_is_a_burden_on_any_side():
    assert named([1, 100, -30], [1.5, 0.01, 40]) == ["burden"] * 3


def test_a_customer_sold_below_cost_is_a_burden_however_often_he_comes():
    rule = pattern_rule(np.array([-5.0, 10, 20, 30]), np.array([9.0, 2, 0.5, 3]))
    assert named([-5], [9], rule) == ["burden"]


def test_the_border_of_repeats_is_one_purchase_or_the_median_where_that_is_more():
    profit = np.arange(1.0, 6)
    assert pattern_rule(profit, np.array([0.1, 0.2, 0.3, 2, 3])).repeats == 1
    assert pattern_rule(profit, np.array([10.0, 20, 30, 40, 50])).repeats == 30


def test_the_border_of_profit_is_the_median_of_those_who_cover_their_cost():
    profit, repeats = np.array([1.0, 2, 3, 10, 20, 30]), np.ones(6)
    assert pattern_rule(profit, repeats).profit == 10
    assert pattern_rule(profit, repeats, cost_to_serve=5).profit == 20


def test_business_values_are_kept_and_named():
    rule = pattern_rule(np.ones(3), np.ones(3), profit=7, repeats=2, cost_to_serve=1)
    assert (rule.profit, rule.repeats, rule.cost_to_serve, rule.given) == (7, 2, 1, ("profit", "repeats"))
    assert rule.thresholds() == {"profit_per_order": 7, "expected_repeats": 2, "cost_to_serve": 1}
    with pytest.raises(UsageError, match="VALUE-068"):
        pattern_rule(np.ones(3), np.ones(3), profit=float("nan"))


def draws_of(base, size, seed=0):
    rng = np.random.default_rng(seed)
    profit, repeats = base.profit()[:, None], base.repeats(365)[:, None]
    return profit * rng.lognormal(0, 0.2, (len(profit), size)), rng.poisson(repeats, (len(profit), size))


def test_probabilities_of_the_four_classes_add_up_and_the_own_one_is_reported():
    base = simulated(1)
    result = patterns(base.profit(), base.repeats(365), draws=draws_of(base, 40))
    assert result.classes.sum(axis=1) == pytest.approx(np.ones(len(result.codes)), abs=1e-6)
    own = [PATTERNS.index(code) for code in result.codes]
    assert result.probability == pytest.approx(result.classes[np.arange(len(own)), own])
    assert np.array_equal(result.borderline, result.probability < 0.6)
    assert 0.02 < result.borderline.mean() < 0.6


def test_blocks_of_any_size_in_any_order_count_the_same():
    base = simulated(2, customers=1000)
    profit, repeats = draws_of(base, 20)
    whole = patterns(base.profit(), base.repeats(365), draws=(profit, repeats))
    small = patterns(
        base.profit(), base.repeats(365), draws=lambda rows: (profit[rows], repeats[rows]), block_rows=7
    )
    assert np.array_equal(whole.classes, small.classes)
    counter = PatternCounter(whole.rule, 1000)
    for start in (600, 0, 300, 900):
        rows = slice(start, min(start + 300, 1000))
        counter.add(start, profit[rows], repeats[rows])
    counted = patterns(base.profit(), base.repeats(365), rule=whole.rule, classes=counter.probability)
    assert np.array_equal(counted.probability, whole.probability)


def test_draws_without_spread_are_certain_of_the_class():
    base = simulated(3, customers=500)
    profit, repeats = base.profit(), base.repeats(365)
    result = patterns(profit, repeats, draws=(profit[:, None], np.repeat(repeats[:, None], 5, axis=1)))
    assert result.probability.min() == 1
    assert not result.borderline.any()


def test_the_order_of_the_rows_and_the_currency_unit_change_no_class():
    base = simulated(4)
    profit, repeats = base.profit(), base.repeats(365)
    codes = patterns(profit, repeats).codes
    shuffled = np.random.default_rng(1).permutation(len(codes))
    assert patterns(profit[shuffled], repeats[shuffled]).codes.tolist() == codes[shuffled].tolist()
    assert patterns(profit * 100, repeats).codes.tolist() == codes.tolist()


@pytest.mark.parametrize("customers", [0, 1, 5])
@pytest.mark.parametrize("value", [0.0, 3.0, -3.0])
def test_equal_customers_are_classed_alike_without_a_crash(customers, value):
    result = patterns(np.full(customers, value), np.full(customers, abs(value)))
    assert len(set(result.codes)) == min(customers, 1)
    assert (result.probability, result.borderline) == (None, None)


def test_every_member_has_a_reason_with_the_borders_and_a_date():
    result = patterns(np.array([20.0, 1]), np.array([2.0, 1]), rule=RULE, as_of_day=99)
    gold, burden = result.reason(0), result.reason(1)
    assert gold.key == "segment.pattern.gold.reason"
    assert gold.as_of_day == 99
    assert gold.facts["profit_per_order"] == 10
    assert burden.key == "segment.pattern.burden.loss_reason"


def test_all_four_patterns_are_reached_on_a_simulated_base():
    base = simulated(5)
    assert set(patterns(base.profit(), base.repeats(365)).codes) == set(PATTERNS)


@needs_shared
@pytest.mark.parametrize("horizon_days", [91, 365, 1096])
@pytest.mark.parametrize("until", ["1997-09-30", "1998-06-30"])
def test_all_four_patterns_are_reached_on_cdnow(until, horizon_days):
    base = cdnow(until)
    codes = patterns(base.profit(), base.repeats(horizon_days)).codes
    for pattern in PATTERNS:
        assert np.mean(codes == pattern) > 0.005, pattern
