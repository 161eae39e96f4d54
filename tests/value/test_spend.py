import numpy as np
import pytest

from lifeworth.value.spend import CredibleSpend


def two_worlds(customers=3000, seed=2):
    """A shop of bicycles and inner tubes: own mean tells nearly everything."""
    rng = np.random.default_rng(seed)
    level = np.where(rng.random(customers) < 0.1, 2_000.0, 20.0)
    days = rng.integers(1, 6, customers)
    mean = np.array([np.mean(each * rng.gamma(20, 1 / 20, n)) for each, n in zip(level, days, strict=True)])
    return {"frequency": days.astype(np.int32), "monetary_value": mean}, level


def test_the_expected_spend_is_near_the_truth_of_both_worlds():
    spends, level = two_worlds()
    expected = CredibleSpend().fit(spends).expected_customer_spend(spends)
    flat = np.average(spends["monetary_value"], weights=spends["frequency"])
    assert np.abs(expected - level).mean() < 0.15 * np.abs(flat - level).mean()
    assert expected[level == 2_000].mean() == pytest.approx(2_000, rel=0.1)


def test_noise_alone_gives_everybody_the_mean():
    rng = np.random.default_rng(3)
    days = rng.integers(1, 9, 4000)
    spends = {"frequency": days, "monetary_value": np.array([rng.gamma(2, 25, n).mean() for n in days])}
    expected = CredibleSpend().fit(spends).expected_customer_spend(spends)
    assert expected == pytest.approx(np.full(4000, 50.0), rel=0.12)


def test_the_mean_of_the_draws_is_the_expected_spend():
    spends, _ = two_worlds(400)
    model = CredibleSpend().fit(spends)
    drawn = model.draw_spend(spends, np.ones((400, 3000), int), np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(model.expected_customer_spend(spends).mean(), rel=0.02)


def test_a_customer_of_whom_nothing_is_known_spends_the_mean():
    model = CredibleSpend().fit(two_worlds()[0])
    nobody = {"frequency": np.zeros(1, int), "monetary_value": np.zeros(1)}
    assert model.expected_customer_spend(nobody) == pytest.approx([model.mean_])


def test_money_in_cents_scales_and_nothing_else_changes():
    spends, _ = two_worlds(500)
    cents = {**spends, "monetary_value": spends["monetary_value"] * 100}
    expected = CredibleSpend().fit(spends).expected_customer_spend(spends)
    assert CredibleSpend().fit(cents).expected_customer_spend(cents) == pytest.approx(expected * 100)
