import math

import numpy as np
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral import (
    MarketRates,
    World,
    concentration,
    endogenous_share,
    extinction_probability,
    final_size,
    market_path,
    progeny_probabilities,
    reproduction_path,
    reproduction_posterior,
    simulate,
    total_progeny,
    viral_coefficient,
    viral_growth,
)
from lifeworth.models.referral.company import infection_pressure


@pytest.mark.parametrize(("R", "size"), [(1.5, 0.5828), (2, 0.7968), (3, 0.9405), (0.9, 0.0)])
def test_published_final_sizes(R, size):
    assert final_size(R) == pytest.approx(size, abs=5e-5)


@pytest.mark.parametrize(
    ("R", "k", "chance"),
    [
        (1.5, 0.16, 0.8986),
        (1.5, 1, 0.6667),
        (1.5, math.inf, 0.4172),
        (2, math.inf, 0.2032),
        (3, 0.4, 0.5567),
        (0.8, 1, 1.0),
    ],
)
def test_published_extinction_probabilities(R, k, chance):
    assert extinction_probability(R, k) == pytest.approx(chance, abs=5e-5)
    assert extinction_probability(R, k, chains=3) == pytest.approx(extinction_probability(R, k) ** 3)


@pytest.mark.parametrize(("R", "k"), [(0.6, 0.4), (0.5, math.inf), (1.5, 0.16)])
def test_chains_end_with_the_probability_of_extinction(R, k):
    chances = progeny_probabilities(R, k, 3000)
    assert chances.sum() == pytest.approx(extinction_probability(R, k), abs=1e-4)
    if R < 1:
        assert chances @ np.arange(1, 3001) == pytest.approx(total_progeny(R), rel=1e-4)


def test_the_published_posterior_of_R():
    mean, sd = reproduction_posterior(10, 8)
    assert mean == pytest.approx(1.341463, abs=1e-6)
    assert sd == pytest.approx(0.404466, abs=1e-6)


def test_pressure_spreads_each_arrival_over_the_time_to_come():
    arrivals = np.zeros(400)
    arrivals[3] = 1.0
    pressure = infection_pressure(arrivals, 12.0)
    assert pressure.sum() == pytest.approx(1, abs=1e-6)
    assert pressure[:3].sum() == 0


def test_R_over_time_finds_the_truth_of_a_steady_world_and_counts_no_marketing():
    world = simulate(World(arrivals_per_day=20.0), 4)
    week = (world.day[: world.observed] // 7).astype(int)
    referred = np.bincount(week, world.parent[: world.observed] >= 0)
    path = reproduction_path(np.bincount(week), referred, 90 / 7, window=8)
    truth = 0.55 * np.exp(0.125)
    late = slice(40, None)
    assert path.mean[late].mean() == pytest.approx(truth, rel=0.05)
    inside = (path.low[late] < truth) & (truth < path.high[late])
    assert inside.mean() > 0.7
    with pytest.raises(ModelError, match="MODEL-305"):
        reproduction_path([1, 2], [2, 1], 3.0, window=1)
    with pytest.raises(UsageError, match="MODEL-315"):
        reproduction_path([1, 2], [1, 1], 3.0, window=5)


def test_an_epidemic_without_end_reaches_the_final_size():
    path = market_path(MarketRates(10_000, 0.5, silence=0.25), np.linspace(0, 400, 5), talking=1.0)
    assert path.won[-1] / 10_000 == pytest.approx(final_size(2), abs=0.001)


def test_nobody_is_lost_from_the_market():
    rates = MarketRates(1000, 0.5, 0.01, 0.25, 0.05, 0.02, 0.3)
    path = market_path(rates, np.linspace(0, 300, 31), talking=5.0, silent=3.0)
    assert path.open + path.talking + path.silent + path.gone == pytest.approx(np.full(31, 1000.0))
    assert (np.diff(path.won) >= 0).all()
    assert rates.reproduction_number == pytest.approx(0.5 / 0.3)


def test_advertising_alone_is_exponential_saturation_and_word_of_mouth_alone_is_logistic():
    times = np.linspace(0, 20, 11)
    ads = market_path(MarketRates(100, 0.0, 0.1), times, talking=0.0)
    assert ads.customers == pytest.approx(100 * (1 - np.exp(-0.1 * times)), rel=1e-6)
    talk = market_path(MarketRates(100, 0.6), times, talking=1.0)
    assert talk.customers == pytest.approx(100 / (1 + 99 * np.exp(-0.6 * times)), rel=1e-5)


def test_displeased_leavers_slow_the_growth():
    times = np.linspace(0, 40, 5)
    pleased = market_path(MarketRates(1000, 0.5, leaving=0.1), times, talking=5.0)
    displeased = market_path(MarketRates(1000, 0.5, leaving=0.1, displeasure=0.8), times, talking=5.0)
    assert displeased.won[-1] < pleased.won[-1]


def test_few_bring_most():
    told = concentration([0] * 90 + [1] * 9 + [21], top=(0.01, 0.1))
    assert told.share == pytest.approx([0.7, 1.0])
    assert told.without == pytest.approx(0.9)
    assert concentration([0, 0]).share == pytest.approx([0, 0, 0])


def test_the_endogenous_share_has_an_interval():
    share = endogenous_share(300, 1000)
    assert share["low"] < 0.3 < share["high"]
    assert share["high"] - share["low"] == pytest.approx(2 * 1.645 * np.sqrt(0.3 * 0.7 / 1000), rel=0.02)
    none = endogenous_share(0, 10)
    assert none["low"] == 0.0
    assert 0 < none["high"] < 0.4


def test_viral_growth_is_a_geometric_sum():
    K = viral_coefficient(10, 0.05)
    assert viral_growth(100, K, [0, 1, 2, 1e3], 1.0) == pytest.approx([100, 150, 175, 200])
    assert viral_growth(100, 1.0, 3, 1.0) == pytest.approx(400)
    assert viral_growth(1, 2.0, 3, 1.0) == pytest.approx(15)


def test_settings_out_of_range_are_refused():
    with pytest.raises(UsageError, match="MODEL-315"):
        final_size(-1)
    with pytest.raises(UsageError, match="MODEL-315"):
        market_path(MarketRates(10, 0.5), np.array([0.0, 1.0]), talking=11.0)
    with pytest.raises(UsageError, match="MODEL-315"):
        endogenous_share(5, 3)
