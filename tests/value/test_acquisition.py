import numpy as np
import pytest

from lifeworth.value.acquisition import MONTH_DAYS, contribution_curve, payback, payback_ahead, quadrant


def curve_of(payments, observed_months):
    """payments: (customer, month, amount)."""
    who, month, amount = (np.array(each) for each in zip(*payments, strict=True))
    ages = month * MONTH_DAYS + 1.0
    observed = np.array(observed_months) * MONTH_DAYS + 1.0
    return contribution_curve(who, ages, amount.astype(float), observed, least=1)


def test_customers_seen_for_a_short_time_count_only_while_they_are_seen():
    curve = curve_of([(0, 0, 10.0), (0, 1, 6.0), (1, 0, 20.0), (1, 1, 99.0)], [2, 1])
    assert curve.mean == pytest.approx([15.0, 21.0])  # the 99 lies after the month that customer 1 is seen


def test_the_money_is_back_in_the_first_month_that_reaches_the_cost():
    curve = curve_of([(0, 0, 10.0), (0, 1, 6.0), (0, 2, 4.0)], [3])
    assert payback(curve, 16.0)[0] == 2
    assert payback(curve, 16.01)[0] == 3
    assert payback(curve, 20.5) == (None, None, None)


def test_the_mean_and_its_error_are_those_of_a_simulated_world():
    rng = np.random.default_rng(2)
    means, errors = [], []
    for _ in range(60):
        n = 400
        observed = rng.uniform(2, 9, n) * MONTH_DAYS
        life = rng.geometric(0.3, n)  # months in which a customer pays 10 on average
        who = np.repeat(np.arange(n), 9)
        month = np.tile(np.arange(9), n)
        here = month < life[who]
        amount = rng.exponential(10.0, len(who))
        curve = contribution_curve(who[here], month[here] * MONTH_DAYS + 1, amount[here], observed, least=5)
        means.append(curve.mean[5])
        errors.append(curve.error[5])
    truth = 10.0 * sum(0.7**month for month in range(6))
    assert np.mean(means) == pytest.approx(truth, abs=4 * np.std(means) / np.sqrt(60))
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.25)


def test_the_band_of_payback_holds_its_month():
    rng = np.random.default_rng(4)
    who = np.repeat(np.arange(300), 12)
    month = np.tile(np.arange(12), 300)
    curve = contribution_curve(
        who, month * MONTH_DAYS + 1, rng.exponential(5.0, len(who)), np.full(300, 13 * MONTH_DAYS)
    )
    value, low, high = payback(curve, 30.2)
    assert low <= value <= high
    assert value == 7


def company(rng, n, days):
    """n customers who came over `days`: skewed rates, lifetimes and orders. Arguments of the curve."""
    seen = np.floor(days - rng.uniform(0, days, n))
    rate, life = rng.gamma(0.8, 1 / 36.0, n), rng.exponential(rng.gamma(1.5, 150.0, n))
    orders = rng.poisson(rate * np.minimum(life, seen))
    later = np.repeat(np.arange(n), orders)
    age = np.floor(rng.random(len(later)) * np.minimum(life, seen)[later])
    who, level = np.append(np.arange(n), later), rng.lognormal(3.0, 0.6, n)
    amount = 0.4 * level[who] * rng.lognormal(-0.125, 0.5, len(who))
    return who, np.append(np.zeros(n), age), amount, seen


@pytest.mark.parametrize("customers", [40, 200])
def test_nine_intervals_of_payback_in_ten_hold_the_true_month(customers):
    """Months are whole, so that an interval may hold it rather more often."""
    rng, months = np.random.default_rng(1), np.arange(1, 25) * MONTH_DAYS
    rate, life = rng.gamma(0.8, 1 / 36.0, 300_000), rng.exponential(rng.gamma(1.5, 150.0, 300_000))
    truth = np.array([(rate * np.minimum(life, month)).mean() for month in months])
    truth = 0.4 * np.exp(3.0 + 0.18) * (1.0 + truth)
    early = late = 0
    for _ in range(300):
        cost = rng.uniform(12.0, truth[18])
        wanted = int(np.argmax(truth >= cost)) + 1
        curve = contribution_curve(*company(rng, customers, 720))
        _, low, high = payback(curve, cost)
        early += wanted < (low or len(curve.mean) + 1)
        late += wanted > (high or wanted)
    assert 0.88 <= 1 - (early + late) / 300 <= 0.98
    assert max(early, late) < 0.09 * 300


def test_cheap_but_poor_has_its_own_corner():
    means = {"mean_cost": 20.0, "mean_worth": 100.0}
    assert quadrant(5.0, 40.0, **means) == "cheap_poor"
    assert quadrant(50.0, 140.0, **means) == "dear_rich"
    assert quadrant(5.0, 140.0, **means) == "cheap_rich"
    assert quadrant(50.0, 40.0, **means) == "dear_poor"


EVEN = np.array([0.25, 0.5, 0.75, 1.0])
TO_COME = {"value": 20.0, "low": 10.0, "high": 40.0}


def ahead(cost, shares=EVEN):
    return payback_ahead(cost, 10.0, TO_COME, shares, months=6.0, horizon_months=12.0)


def test_a_cost_not_earned_yet_is_earned_on_the_way_to_what_is_expected():
    found = ahead(25.0)
    assert found["value"] == pytest.approx(15.0)  # three quarters of the way
    assert found["low"] < 15.0
    assert found["high"] is None  # the low end of the horizon's value is 20
    assert ahead(19.9)["high"] == pytest.approx(18.0, abs=0.1)


def test_money_that_comes_early_pays_back_early():
    assert ahead(20.0, np.array([0.5, 0.8, 0.95, 1.0]))["value"] == pytest.approx(9.0)
    assert ahead(20.0)["value"] == pytest.approx(12.0)


def test_what_is_earned_already_or_out_of_reach_is_not_ahead():
    for cost in (10.0, 51.0):
        assert set(ahead(cost).values()) == {None}
