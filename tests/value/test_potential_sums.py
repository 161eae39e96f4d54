"""Potential value of groups: intervals of sums, against simulated worlds and the laws of sums."""

import numpy as np
import pytest

from lifeworth.value.potential.streams import Claim, Stream, together

EFFECT, SPREAD = 0.3, 0.5
STREAMS = ("add_on", "up_sell", "cross_sell")
SIZES = (20, 100, 500)


@pytest.fixture(scope="module")
def shop():
    """Chances and money of what 620 customers in three groups may take up, by stream."""
    rng = np.random.default_rng(8)
    n = sum(SIZES)
    chance = {name: rng.beta(1.0, 4.0, n) for name in STREAMS}
    money = {name: rng.gamma(4.0, 25.0, n) for name in STREAMS}
    return chance, money, np.repeat(np.arange(len(SIZES)), SIZES)


def streams(chance, money):
    made = []
    for name in STREAMS:
        extra = EFFECT * chance[name] * money[name]
        square = extra * (2.0 * money[name] - extra)  # as `offers` has it: a taker's spend is exponential
        made.append(Claim(name, extra, extra, square, SPREAD, "D").stream())
    return made


def test_nine_of_ten_simulated_sums_lie_in_their_interval_and_added_bounds_are_too_wide(shop):
    chance, money, code = shop
    made = streams(chance, money)
    value, low, high = together(made, code, len(SIZES))
    rng, worlds = np.random.default_rng(9), 600
    truth = np.zeros((worlds, len(SIZES)))
    for world in range(worlds):
        effect = rng.gamma(1 / SPREAD**2, EFFECT * SPREAD**2)  # one for all offers to all customers
        for name in STREAMS:
            takes = rng.random(len(code)) < np.minimum(effect * chance[name], 1.0)
            truth[world] += np.bincount(code, takes * rng.exponential(money[name]), len(SIZES))
    inside = ((truth >= low) & (truth <= high)).mean(axis=0)
    np.testing.assert_allclose(inside[1:], 0.9, atol=0.035)
    assert inside[0] > 0.88  # often nobody of 20 takes anything up: an interval from 0 holds more
    np.testing.assert_allclose(truth.mean(axis=0), value, rtol=0.06)
    added = sum(np.bincount(code, stream.high - stream.low, len(SIZES)) for stream in made)
    assert (added > 1.5 * (high - low)).all()


def test_a_customer_alone_and_everybody_together_are_groups_too(shop):
    chance, money, code = shop
    made = streams(chance, money)
    n = len(code)
    value, low, high = together(made[:1], np.arange(n), n)
    np.testing.assert_allclose(value, made[0].value)
    np.testing.assert_allclose(high, made[0].high)
    assert (low <= made[0].low + 1e-9).all()  # where most take up nothing, nothing is the low end
    whole = together(made[:1], np.zeros(n, np.int64), 1)
    assert [float(side[0]) for side in whole] == pytest.approx(made[0].total)


def test_one_effect_of_offers_moves_all_offers_together(shop):
    chance, money, code = shop
    made = streams(chance, money)
    _, low, high = together(made, code, len(SIZES))
    sums = [together([stream], code, len(SIZES)) for stream in made]
    apart = np.sqrt(sum((top - bottom) ** 2 for _, bottom, top in sums))
    assert (high - low > 1.1 * apart)[2]


def test_bounds_without_a_law_are_added_up_as_if_all_turned_out_alike():
    value, low, high = np.array([0.0, 2.0, 3.0]), np.array([-1.0, 1.0, 3.0]), np.array([4.0, 3.0, 6.0])
    band = Stream("referral", value, low, high, (5.0, 3.0, 13.0), "C")
    middle, least, most = together([band], np.array([0, 0, 1]), 2)
    assert (middle.tolist(), least.tolist(), most.tolist()) == ([2.0, 3.0], [0.0, 3.0], [7.0, 6.0])
