import numpy as np
import pytest

from lifeworth.value.acquisition import MONTH_DAYS, contribution_curve, payback, quadrant


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


def test_cheap_but_poor_has_its_own_corner():
    means = {"mean_cost": 20.0, "mean_worth": 100.0}
    assert quadrant(5.0, 40.0, **means) == "cheap_poor"
    assert quadrant(50.0, 140.0, **means) == "dear_rich"
    assert quadrant(5.0, 140.0, **means) == "cheap_rich"
    assert quadrant(50.0, 40.0, **means) == "dear_poor"
