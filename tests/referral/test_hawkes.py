from functools import cache

import numpy as np
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral import HawkesReferral, World, expected_net_value, net_value, simulate
from lifeworth.models.referral.hawkes import excitement, spread_ties, weighted_later


@cache
def history(seed):
    return simulate(
        World(arrivals_per_day=3.0, slope=0.0, k=20.0, intercept=float(np.log(0.6)), theta=10.0), seed
    )


@cache
def fitted(seed):
    world = history(seed)
    return HawkesReferral().fit(world.day[: world.observed], until=730.0, since=0.0)


def test_the_quick_sums_are_the_sums_over_all_pairs():
    times = np.sort(np.random.default_rng(0).random(300) * 1000)
    d = times[:, None] - times[None]
    weight = np.where(d > 0, np.exp(-np.maximum(d, 0) / 3.0), 0)
    for power, quick in enumerate(excitement(times, 3.0)):
        assert quick == pytest.approx((d**power * weight).sum(axis=1), abs=1e-8)
    marks = np.random.default_rng(1).random(300)
    later, earlier = weighted_later(times, 3.0, marks)
    assert later == pytest.approx(weight.T @ marks, abs=1e-9)
    assert earlier == pytest.approx(weight @ marks, abs=1e-9)


@pytest.mark.parametrize("edges", [(), (300.0, 500.0)])
def test_gradient_and_hessian_are_differences(edges):
    world = history(0)
    model = HawkesReferral(edges).fit(world.day[: world.observed], 730.0, 0.0)
    point = np.array([*[0.9, 1.1, 0.8][: len(edges) + 1], -0.6, 2.1])
    _, gradient, hessian = model._objective(point)
    for place, shift in enumerate(1e-5 * np.eye(len(point))):
        above, below = model._objective(point + shift), model._objective(point - shift)
        assert gradient[place] == pytest.approx((above[0] - below[0]) / 2e-5, rel=1e-4, abs=1e-3)
        assert hessian[place] == pytest.approx((above[1] - below[1]) / 2e-5, rel=1e-4, abs=1e-2)


def test_the_truth_is_recovered_from_times_alone():
    for seed in range(3):
        model = fitted(seed)
        assert model.converged_
        for name, truth in {"mu": 3.0, "n": 0.6, "theta": 10.0}.items():
            assert model.params_[name] == pytest.approx(truth, abs=3 * model.standard_errors_[name])
    shares = [(history(seed).parent[: history(seed).observed] >= 0).mean() for seed in range(3)]
    told = [fitted(seed).endogenous_share for seed in range(3)]
    assert np.mean(told) == pytest.approx(np.mean(shares), abs=0.08)


def test_a_baseline_that_changes_is_not_taken_for_word_of_mouth():
    rng = np.random.default_rng(5)
    times = np.sort(np.concatenate([rng.random(300) * 300, 300 + rng.random(3000) * 300]))
    blind = HawkesReferral().fit(times, 600.0, 0.0)
    told = HawkesReferral([300.0]).fit(times, 600.0, 0.0)
    assert blind.params_["n"] > 0.6
    assert told.params_["n"] < 0.3


def test_parents_are_probabilities_and_add_up():
    model = fitted(0)
    rows, chance = model.parent_probabilities(500, largest=10_000)
    assert chance.sum() + model.exogenous_probability()[500] == pytest.approx(1)
    assert (rows != 500).all()
    assert model.expected_referrals().sum() == pytest.approx((1 - model.exogenous_probability()).sum())


def test_true_parents_are_likelier_than_chance():
    world, model = history(1), fitted(1)
    child = np.flatnonzero(world.parent[: world.observed] >= 0)[1500:1600]
    chances = []
    for row in child:
        rows, chance = model.parent_probabilities(row, largest=10_000)
        chances.append(chance[rows == world.parent[row]][0] * len(rows))
    assert np.mean(chances) > 5  # five times as likely as an earlier customer picked blindly


def test_expected_net_values_add_up_and_come_near_to_those_of_the_true_tree():
    world, model = history(2), fitted(2)
    values = world.value[: world.observed]
    soft = expected_net_value(model, values, 0.25)
    assert soft.sum() == pytest.approx(values.sum())
    hard = net_value(world.parent[: world.observed], values, 0.25)
    assert np.corrcoef(soft, hard)[0, 1] > np.corrcoef(soft.mean() + 0 * soft + values, hard)[0, 1] - 0.05
    assert expected_net_value(model, values, 1.0) == pytest.approx(values)


def test_the_soft_split_is_the_mean_over_drawn_trees():
    times = np.sort(np.random.default_rng(3).random(40) * 20)
    model = HawkesReferral().fit(times, 20.0, 0.0)
    model.params_ = {"mu": 1.0, "n": 0.6, "theta": 2.0}
    values = np.random.default_rng(4).lognormal(3, 0.5, 40)
    rng, total = np.random.default_rng(5), np.zeros(40)
    chances = []
    for row in range(40):
        rows, chance = model.parent_probabilities(row, largest=100)
        chances.append((np.append(rows, -1), np.append(chance, max(0.0, 1 - chance.sum()))))
    draws = 1000
    for _ in range(draws):
        parents = np.array([rng.choice(rows, p=chance / chance.sum()) for rows, chance in chances])
        total += net_value(parents, values, 0.3)
    assert expected_net_value(model, values, 0.3) == pytest.approx(total / draws, rel=0.08)


def test_days_as_whole_numbers_and_rows_in_any_order_do():
    world = history(0)
    order = np.random.default_rng(0).permutation(world.observed)
    days = np.floor(world.day[: world.observed])[order]
    model = HawkesReferral().fit(days, until=730.0, since=0.0)
    assert model.params_["n"] == pytest.approx(0.6, abs=4 * model.standard_errors_["n"])
    back = np.argsort(days, kind="stable")
    assert model.expected_future_referrals()[back[-1]] > model.expected_future_referrals()[back[0]]
    spread, unit = spread_ties(np.array([1.0, 1.0, 2.0]))
    assert spread == pytest.approx([1.25, 1.75, 2.5])
    assert unit == 1.0


def test_future_referrals_fall_short_within_a_horizon():
    model = fitted(0)
    whole = model.expected_future_referrals()
    assert whole.sum() == pytest.approx(history(0).future_referrals.sum(), rel=0.5)
    assert (model.expected_future_referrals(5.0) < whole).all()


def test_too_few_or_strange_times_are_refused():
    with pytest.raises(ModelError, match="MODEL-314"):
        HawkesReferral().fit([1.0, 2.0], 3.0)
    with pytest.raises(ModelError, match="MODEL-305"):
        HawkesReferral().fit([*range(30), np.nan], 40.0)
    with pytest.raises(ModelError, match="MODEL-309"):
        HawkesReferral().fit(range(30), 20.0)
    with pytest.raises(UsageError, match="MODEL-315"):
        HawkesReferral([50.0]).fit(range(30), 40.0)
    with pytest.raises(ModelError, match="MODEL-316"):
        HawkesReferral().exogenous_probability()
