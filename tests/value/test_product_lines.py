"""The mix of a customer, shrunk to that of all: known truth is found, cents add up, draws add up."""

import numpy as np
import pytest

from lifeworth.value.product_lines import expected_mix, line_draws, moved, split

BASE = np.array([0.5, 0.3, 0.15, 0.05])


def world(strength, customers=4_000, seed=1):
    """Dirichlet customers whose purchase days are of one line each: (truth, days per line)."""
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet(strength * BASE, customers)
    count = rng.geometric(0.2, customers)
    days = np.stack([rng.multinomial(n, p) for n, p in zip(count, truth, strict=True)])
    return truth, days.astype(float)


def mix_of(days):
    return expected_mix(20.0 * days, days, days.sum(axis=1))


@pytest.mark.parametrize("strength", [0.5, 2.0, 10.0])
def test_the_strength_of_simulated_customers_is_found(strength):
    _, days = world(strength)
    found = mix_of(days)
    assert found.strength == pytest.approx(strength, rel=0.15)
    assert found.base == pytest.approx(BASE, abs=0.02)
    assert found.unevenness == pytest.approx(1, abs=0.02)


def test_shrunk_shares_are_nearer_the_truth_than_own_shares_and_than_the_base():
    truth, days = world(2.0)
    found = mix_of(days)
    own = days / days.sum(axis=1, keepdims=True)
    missed = [((shares - truth) ** 2).mean() for shares in (found.shares, own, found.base[None, :])]
    assert missed[0] < 0.75 * missed[1]
    assert missed[0] < 0.75 * missed[2]
    best = (2.0 * BASE + days) / (2.0 + days.sum(axis=1, keepdims=True))  # with the true parameters
    assert missed[0] < 1.01 * ((best - truth) ** 2).mean()
    np.testing.assert_allclose(found.shares.sum(axis=1), 1)


def test_customers_who_differ_by_chance_alone_get_the_mix_of_all():
    rng = np.random.default_rng(3)
    days = np.stack([rng.multinomial(n, BASE) for n in rng.geometric(0.2, 4_000)]).astype(float)
    found = mix_of(days)
    assert found.strength > 60
    assert np.abs(found.shares - found.base).max() < 0.25


def test_who_bought_nothing_of_a_line_is_expected_to_buy_as_all_do():
    _, days = world(2.0, 500)
    days[0] = 0
    found = mix_of(days)
    np.testing.assert_allclose(found.shares[0], found.base)


def test_cents_add_up_for_every_customer_also_where_they_are_negative():
    rng = np.random.default_rng(4)
    cents = rng.integers(-500, 100_000, 3_000)
    found = split(cents, rng.dirichlet(BASE, 3_000))
    np.testing.assert_array_equal(found.sum(axis=1), cents)
    np.testing.assert_array_equal(split(np.array([100]), np.array([[0.5, 0.5]])), [[50, 50]])


def test_lines_add_up_in_every_future_and_spread_as_far_as_is_said():
    rng = np.random.default_rng(5)
    means = np.outer(1_000 * BASE, rng.lognormal(0, 0.1, 4_000))
    found = line_draws(means, np.full(means.shape, 100.0), 0.1, means.sum(axis=0), rng)
    np.testing.assert_allclose(found.sum(axis=0), means.sum(axis=0))
    shares = found / found.sum(axis=0)
    assert shares.mean(axis=1) == pytest.approx(BASE, rel=0.02)
    assert shares[3].std() == pytest.approx(np.hypot(0.01, 0.1 * 0.05), rel=0.2)


def test_a_mix_that_stayed_has_not_moved_and_one_that_moved_has():
    assert moved(1e6 * BASE, 1e5 * BASE, 1_000) == 0
    rose = BASE * np.exp([0.2, -0.2, 0.2, -0.2])
    assert moved(1e6 * BASE, 1e5 * rose, 1e6) == pytest.approx(0.2, abs=0.05)
    rng = np.random.default_rng(6)
    chance = [moved(1e6 * BASE, rng.multinomial(2_000, BASE).astype(float), 2_000) for _ in range(200)]
    assert np.mean(chance) < 0.03
