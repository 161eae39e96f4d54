import numpy as np
import pytest

from lifeworth.base.errors import UsageError
from lifeworth.results.contract import TIERS as PUBLISHED
from lifeworth.segments.tiers import TIERS, tiers
from segments.bases import cdnow, simulated
from shared_data import needs_shared


def tiered(base, horizon_days=365, **more):
    expected = base.repeats(horizon_days) * base.profit()
    return tiers(expected, base.spend, base.age, horizon_days=horizon_days, **more)


def test_names_are_those_of_the_contract():
    assert TIERS == PUBLISHED


def test_the_high_tier_is_the_fewest_customers_who_hold_four_fifths():
    value = np.array([50.0, 20, 15, 10, 5])
    result = tiers(value, np.ones(5), np.ones(5), horizon_days=1)
    assert (result.codes == "high").tolist() == [True, True, True, False, False]
    assert result.thresholds["value"] == 15
    assert result.thresholds["share"] == pytest.approx(0.85)


def test_a_share_of_customers_or_a_business_value_may_decide_instead():
    value = np.arange(1.0, 11)
    assert np.sum(tiers(value, value, value, horizon_days=9, top=0.2).codes == "high") == 2
    assert np.sum(tiers(value, value, value, horizon_days=9, value=4.5).codes == "high") == 6


def test_potential_customers_hold_up_better_than_the_base():
    expected = np.array([100.0, 9, 3, 3])
    past = np.array([200.0, 10, 10, 30])
    result = tiers(expected, past, np.full(4, 365), horizon_days=365)
    assert result.thresholds["growth"] == pytest.approx(115 / 250)
    assert result.codes.tolist() == ["high", "potential", "low", "low"]
    assert result.growth == pytest.approx([0.5, 0.9, 0.3, 0.1])


def test_where_the_whole_base_grows_all_who_grow_count():
    expected, past = np.array([300.0, 12, 9]), np.array([100.0, 10, 10])
    result = tiers(expected, past, np.full(3, 365), horizon_days=365)
    assert result.thresholds["growth"] == 1
    assert result.codes.tolist() == ["high", "potential", "low"]


def test_a_past_longer_than_the_horizon_counts_by_its_pace_and_a_shorter_one_as_it_is():
    result = tiers(np.array([10.0, 10]), np.array([40.0, 40]), np.array([730, 10]), horizon_days=365)
    assert result.growth == pytest.approx([0.5, 0.25])


def test_equal_values_share_a_tier():
    assert set(tiers(np.ones(10), np.ones(10), np.ones(10), horizon_days=1).codes) == {"high"}


@pytest.mark.parametrize("customers", [0, 1, 4])
def test_nobody_is_high_where_nothing_is_expected(customers):
    result = tiers(np.zeros(customers), np.ones(customers), np.ones(customers), horizon_days=30)
    assert result.codes.tolist() == ["low"] * customers
    assert result.thresholds["share"] == 0


def test_losses_stay_low_and_take_nothing_from_the_high_tier():
    result = tiers(np.array([80.0, 20, -50]), np.array([1.0, 100, 1]), np.ones(3), horizon_days=1)
    assert result.codes.tolist() == ["high", "low", "low"]


def test_a_customer_who_earned_nothing_so_far_but_will_is_potential():
    result = tiers(np.array([90.0, 5]), np.array([50.0, 0]), np.ones(2), horizon_days=1)
    assert result.codes.tolist() == ["high", "potential"]
    assert result.growth[1] == np.inf


def test_the_order_of_the_rows_and_the_currency_unit_change_no_tier():
    base = simulated(1)
    codes = tiered(base).codes
    shuffled = np.random.default_rng(1).permutation(len(codes))
    expected = base.repeats(365) * base.profit()
    moved = tiers(expected[shuffled], base.spend[shuffled], base.age[shuffled], horizon_days=365)
    assert moved.codes.tolist() == codes[shuffled].tolist()
    cents = tiers(expected * 100, base.spend * 100, base.age, horizon_days=365)
    assert cents.codes.tolist() == codes.tolist()


def test_equal_growth_is_one_tier_however_it_is_rounded():
    """Under the plain formula everybody grows alike."""
    rng = np.random.default_rng(4)
    past, age = rng.gamma(2.0, 100.0, 500), rng.integers(400, 900, 500).astype(float)
    codes = tiers(past / age * 365, past, age, horizon_days=365).codes
    assert set(codes) == {"high", "potential"}


def test_every_member_has_a_reason_with_the_borders_and_a_date():
    result = tiered(simulated(2), as_of_day=77)
    reason = result.reason(0)
    assert reason.key == f"segment.tier.{result.codes[0]}.reason"
    assert reason.as_of_day == 77
    assert reason.facts["least_value"] == result.thresholds["value"]


@pytest.mark.parametrize(
    "setting", [{"high_share": 0.0}, {"high_share": 1.2}, {"top": 0.0}, {"horizon_days": 0}]
)
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(UsageError, match="VALUE-069"):
        tiers(np.ones(2), np.ones(2), np.ones(2), **{"horizon_days": 30, **setting})


@needs_shared
@pytest.mark.parametrize("horizon_days", [91, 365, 1096])
@pytest.mark.parametrize("until", ["1997-09-30", "1998-06-30"])
def test_all_three_tiers_are_reached_on_cdnow(until, horizon_days):
    codes = tiered(cdnow(until), horizon_days).codes
    shares = {tier: float(np.mean(codes == tier)) for tier in TIERS}
    assert min(shares.values()) > 0.01
    assert shares["high"] < 0.5
