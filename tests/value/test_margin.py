import numpy as np
import pytest

from lifeworth.value.margin import credible_margins, flat_margin


def test_a_flat_margin_is_the_same_for_all():
    assert flat_margin(3, 0.35).rates.tolist() == [0.35, 0.35, 0.35]


def test_the_rates_recover_the_truth_of_a_simulated_base():
    rng = np.random.default_rng(5)
    days = rng.integers(1, 40, 4_000).astype(float)
    truth = rng.normal(0.3, 0.1, 4_000)
    sales = days * 50
    cost = sales * (1 - truth - rng.normal(0, 0.4, 4_000) / np.sqrt(days))
    found = credible_margins(sales, cost, days)
    assert found.pooled == pytest.approx(0.3, abs=0.01)
    assert found.credibility_days == pytest.approx(0.4**2 / 0.1**2, rel=0.25)
    own = 1 - cost / sales
    assert np.mean((found.rates - truth) ** 2) < 0.6 * np.mean((own - truth) ** 2)


def test_a_customer_without_sales_gets_the_pooled_rate():
    found = credible_margins(np.array([100.0, 200, 0]), np.array([60.0, 100, 5]), np.array([2.0, 4, 1]))
    assert found.rates[2] == found.pooled == pytest.approx(1 - 160 / 300)


def test_money_in_other_units_leaves_the_rates_alone():
    rng = np.random.default_rng(1)
    days = rng.integers(1, 9, 500).astype(float)
    sales = rng.gamma(2, 30, 500)
    cost = sales * rng.beta(6, 4, 500)
    rates = credible_margins(sales, cost, days).rates
    assert credible_margins(sales * 1e6, cost * 1e6, days).rates == pytest.approx(rates, rel=1e-9)


def test_nobody_sold_anything_is_no_crash():
    assert credible_margins(np.zeros(2), np.zeros(2), np.ones(2)).rates.tolist() == [0, 0]
