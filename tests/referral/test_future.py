from functools import cache

import numpy as np
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral import (
    EpidemicReferral,
    World,
    descendant_value,
    future_value,
    gross_value,
    joined_anyway_by_hazard,
    joined_anyway_by_hold_out,
    net_value,
    next_generation,
    recruit_value,
    recursive_influence,
    simulate,
    spectral_radius,
)
from lifeworth.models.referral.generations import descendants_only, open_share_path, value_within

K, NU = np.array([[0.3, 0.2], [0.1, 0.4]]), np.array([100.0, 60.0])
YEAR_10 = np.log(1.1) / 365


@cache
def history(seed):
    return simulate(World(), seed)


@cache
def fitted(seed):
    return EpidemicReferral(["loyalty"]).fit(history(seed).columns, as_of=730)


def test_the_published_value_of_recruits_with_their_descendants():
    assert spectral_radius(K) == pytest.approx(0.5)
    assert descendant_value(K, NU) == pytest.approx([180, 130])
    discounted = descendant_value(K, NU, delay_mean=90, discount_rate=YEAR_10)
    assert discounted == pytest.approx([176.517648, 126.803029], abs=1e-6)


def test_the_published_recursive_influence():
    weights = np.array([[0, 0.2, 0], [0.1, 0, 0.3], [0, 0, 0]])
    assert recursive_influence(weights, np.array([100, 50, 80])) == pytest.approx(
        [117.142857, 85.714286, 80], abs=1e-6
    )


def test_without_referrals_a_recruit_is_worth_itself():
    assert descendant_value(np.zeros((2, 2)), NU) == pytest.approx(NU)


def test_a_long_horizon_is_the_closed_form_and_a_short_one_is_the_first_generation():
    ones = np.ones((1, 2))
    far = value_within(K, NU[None], ones, horizon=6000, delay_mean=90, discount_rate=YEAR_10)
    assert far[0] + NU == pytest.approx([176.517648, 126.803029], abs=1e-4)
    near = value_within(K, NU[None], ones, horizon=0.9, delay_mean=90)[0]
    assert near == pytest.approx((1 - np.exp(-0.01)) * K @ NU, rel=0.01)


def test_endless_growth_needs_a_horizon():
    with pytest.raises(ModelError, match="MODEL-310"):
        descendant_value(3 * K, NU)
    with pytest.raises(ModelError, match="MODEL-310"):
        descendants_only(3 * K, NU[None], np.ones((1, 2)))
    grown = value_within(3 * K, NU[None], np.ones((1, 2)), horizon=360, delay_mean=90)
    assert (grown > 0).all()
    assert np.isfinite(grown).all()


def test_a_market_that_fills_ends_the_growth():
    shares, arrived = open_share_path(
        3 * K, np.array([5.0, 5.0]), horizon=6000, delay_mean=90, market_open=1000
    )
    assert (np.diff(shares) <= 1e-12).all()
    assert 400 < arrived[-1].sum() < 1000
    free = value_within(3 * K, NU[None], np.ones((1, 2)), horizon=2000, delay_mean=90)
    filled = value_within(
        3 * K, NU[None], np.ones((1, 2)), horizon=2000, delay_mean=90, open_share=shares[: len(shares) // 3]
    )
    assert (filled < 0.5 * free).all()


def test_one_recruit_is_worth_its_margin_or_what_its_coming_saved():
    assert recruit_value(100, 0.0, reward=10)[0] == pytest.approx(90)
    assert recruit_value(100, 1.0, acquisition_cost_saved=20)[0] == pytest.approx(20)
    both = recruit_value(100, 0.5, acquisition_cost_saved=20, reward=10)[0]
    assert both == pytest.approx(0.5 * 100 + 0.5 * 20 - 10)
    earlier = recruit_value(100, 1.0, acceleration=30, discount_rate=0.01)[0]
    assert earlier == pytest.approx(100 * (1 - np.exp(-0.3)))


def test_a_hold_out_tells_the_share_with_its_interval():
    share = joined_anyway_by_hold_out(50, 1000, 200, 1000)
    assert share.value == pytest.approx(0.25, abs=0.01)
    assert 0.15 < share.low < 0.25 < share.high < 0.35
    assert joined_anyway_by_hold_out(300, 1000, 200, 1000).value == 1.0
    assert joined_anyway_by_hazard(0.01, 30)[0] == pytest.approx(1 - np.exp(-0.3))
    with pytest.raises(UsageError, match="MODEL-315"):
        joined_anyway_by_hold_out(5, 0, 1, 10)


def test_future_descendants_are_foretold():
    said = sum(
        fitted(seed).expected_future_referrals().sum()
        / (1 - fitted(seed).reproduction_number()["value"])
        for seed in range(3)
    )  # fmt: skip
    came = sum(history(seed).future_descendants for seed in range(3))
    assert said == pytest.approx(came, rel=0.1)


def test_the_expected_value_of_all_descendants_counts_them_once():
    for seed in range(3):
        value = future_value(fitted(seed), 100.0, 0.25)
        assert value.expected == pytest.approx(100 * history(seed).future_descendants, rel=0.2)
        assert value.net.sum() + value.kept_by_recruits == pytest.approx(value.expected)
        assert value.kept_by_recruits > value.net.sum() > 0


def test_net_future_value_is_the_split_of_what_really_came():
    said, came = 0.0, 0.0
    for seed in range(3):
        world = history(seed)
        whole = net_value(world.parent, np.full(len(world.day), 100.0), 0.25)
        now = net_value(world.parent[: world.observed], np.full(world.observed, 100.0), 0.25)
        came += whole[: world.observed].sum() - now.sum()
        # arrivals after the last day come only by referral, so all that is new is future
        said += future_value(fitted(seed), 100.0, 0.25).net.sum()
    assert said == pytest.approx(came, rel=0.1)


def test_gross_future_value_is_what_would_be_lost():
    said, came = 0.0, 0.0
    for seed in range(3):
        world = history(seed)
        values = np.where(np.arange(len(world.day)) < world.observed, 0.0, 100.0)
        came += gross_value(world.parent, values, 0.25)[: world.observed].sum()
        said += future_value(fitted(seed), 100.0, 0.25).gross_lineage.sum()
    assert said == pytest.approx(came, rel=0.15)


def test_horizons_shorten_and_discounts_shrink():
    model = fitted(0)
    whole, year = (future_value(model, 100.0, 0.25, horizon=h) for h in (None, 365.0))
    assert 0 < year.net.sum() < whole.net.sum()
    assert (year.gross <= whole.gross + 1e-9).all()
    far = future_value(model, 100.0, 0.25, horizon=20_000.0)
    assert far.net == pytest.approx(whole.net, rel=1e-4)
    discounted = future_value(model, 100.0, 0.25, discount_rate=YEAR_10)
    assert (discounted.gross <= whole.gross).all()


def test_if_all_would_come_anyway_the_recruits_keep_everything():
    value = future_value(fitted(0), 100.0, 1.0)
    assert value.net == pytest.approx(np.zeros(len(value.net)))
    assert value.gross == pytest.approx(np.zeros(len(value.gross)))
    saved = future_value(fitted(0), 100.0, 1.0, acquisition_cost_saved=30.0)
    assert saved.gross == pytest.approx(30.0 * saved.direct)


def test_types_that_are_alike_say_what_one_type_says():
    model = fitted(0)
    types = np.random.default_rng(0).integers(0, 2, model.n_customers_)
    one, two = future_value(model, 100.0, 0.25), future_value(model, [100.0, 100.0], 0.25, types=types)
    assert two.net.sum() == pytest.approx(one.net.sum(), rel=0.05)
    assert two.reproduction_number == pytest.approx(one.reproduction_number, rel=0.05)


def test_loyal_types_bring_more():
    model = fitted(0)
    loyal = np.where(history(0).columns["loyalty"] > 0, "loyal", "not")
    generation = next_generation(model, loyal)
    assert generation.types == ["loyal", "not"]
    rows = generation.K.sum(axis=1)
    assert rows[0] > 1.5 * rows[1]
    with pytest.raises(ModelError, match="MODEL-311"):
        future_value(model, 100.0, 0.25, types=loyal)
    with pytest.raises(ModelError, match="MODEL-311"):
        next_generation(model, ["a", "b"])


def test_explosive_worlds_are_refused_without_and_bounded_with_a_market():
    world = simulate(World(intercept=float(np.log(1.3)), days=150.0, market_size=20_000.0), 1)
    model = EpidemicReferral(["loyalty"], market_size=20_000).fit(world.columns, as_of=150)
    with pytest.raises(ModelError, match="MODEL-310"):
        future_value(model, 100.0, 0.0)
    value = future_value(model, 100.0, 0.0, horizon=3000.0)
    assert 0 < value.expected < 100 * 20_000
