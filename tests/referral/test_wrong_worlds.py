"""What the figures do where an assumption does not hold: each test states the direction and the size."""

from functools import cache

import numpy as np
import pytest

from lifeworth.models.referral import EpidemicReferral, World, gross_value, net_value, simulate

TRUE_MEAN = 0.55 * np.exp(0.125)


@cache
def history(seed, **changes):
    return simulate(World(**changes), seed)


def observed(world):
    return world.parent[: world.observed], world.value[: world.observed]


def fitted(world, **settings):
    return EpidemicReferral(["loyalty"], **settings).fit(world.columns, as_of=730)


def lost_without(world, row):
    """What really goes missing if this customer never was: everyone who needed it, hand over hand."""
    gone = np.zeros(world.observed, bool)
    gone[row] = True
    for each in range(row + 1, world.observed):
        parent = world.parent[each]
        gone[each] = parent >= 0 and gone[parent] and world.needed[each]
    gone[row] = False
    return world.value[: world.observed][gone].sum()


def test_the_ledger_conserves_every_cent():
    for seed in range(3):
        parents, values = observed(history(seed))
        cents = np.round(values, 2)
        assert net_value(parents, cents, 0.25).sum() == pytest.approx(cents.sum(), abs=0.005)


def test_a_naive_count_overstates():
    naive, by_all = [], []
    for seed in range(3):
        parents, values = observed(history(seed))
        naive.append((values + gross_value(parents, values, 0.25)).sum() / values.sum())
        by_all.append((values + gross_value(parents, values, 0.0)).sum() / values.sum())
    assert np.mean(naive) == pytest.approx(1.64, abs=0.12)
    assert np.mean(by_all) == pytest.approx(2.07, abs=0.2)


def test_gross_value_is_the_true_counterfactual_in_sum():
    said, lost = 0.0, 0.0
    for seed in range(3):
        world = history(seed)
        parents, values = observed(world)
        gross = gross_value(parents, values, 0.25)
        top = np.argsort(-gross)[:80]
        said += gross[top].sum()
        lost += sum(lost_without(world, row) for row in top)
    assert said == pytest.approx(lost, rel=0.06)


def test_a_wrong_share_shifts_value_between_customers_but_never_the_sum():
    parents, values = observed(history(0))
    true, low, high = (net_value(parents, values, share) for share in (0.25, 0.0, 0.6))
    assert low.sum() == pytest.approx(true.sum())
    assert high.sum() == pytest.approx(true.sum())
    moved = [0.5 * np.abs(net - values).sum() for net in (low, true, high)]
    assert moved[0] > moved[1] > moved[2]
    gross = [gross_value(parents, values, share).sum() for share in (0.0, 0.25, 0.6)]
    assert gross[0] / gross[1] > 1.4
    assert gross[2] / gross[1] < 0.55


def test_without_thirty_percent_of_the_ids_contagion_is_understated_by_thirty_percent():
    world = history(1, recorded_share=0.7)
    blind, told = fitted(world), fitted(world, recorded_share=0.7)
    assert blind.reproduction_number()["value"] == pytest.approx(0.7 * TRUE_MEAN, rel=0.1)
    assert told.reproduction_number()["value"] == pytest.approx(TRUE_MEAN, rel=0.1)
    came = world.future_referrals.sum()
    assert told.expected_future_referrals().sum() == pytest.approx(came, rel=0.12)
    assert blind.expected_future_referrals().sum() < 0.85 * came


def test_homophily_leaves_the_rates_alone_but_makes_chains_longer_than_one_type_says():
    world = history(2, homophily=0.5)
    model = fitted(world)
    assert model.params_["loyalty"] == pytest.approx(0.5, abs=3.5 * model.standard_errors_["loyalty"])
    direct = model.expected_future_referrals().sum()
    assert direct == pytest.approx(world.future_referrals.sum(), rel=0.15)
    blind = direct / (1 - TRUE_MEAN)  # the mean over all newcomers, who are less loyal than recruits
    assert blind < 0.95 * world.future_descendants
    loyal = world.loyalty[: world.observed]
    recruits = world.parent[: world.observed] >= 0
    assert loyal[recruits].mean() > loyal[~recruits].mean() + 0.15


@pytest.mark.parametrize("shape", [0.5, 3.0])
def test_a_wrong_law_of_delays_misjudges_the_future_but_hardly_the_slope(shape):
    def gamma_delays(rng, size):
        return rng.gamma(shape, 90.0 / shape, size)

    ratios, slopes = [], []
    for seed in range(2):
        world = simulate(World(delays=gamma_delays), seed)
        model = fitted(world)
        ratios.append(model.expected_future_referrals().sum() / world.future_referrals.sum())
        slopes.append((model.params_["loyalty"] - 0.5) / model.standard_errors_["loyalty"])
    assert np.abs(slopes).max() < 3.5
    if shape < 1:
        assert np.mean(ratios) < 0.97  # long tails: more is still to come than said
    else:
        assert np.mean(ratios) == pytest.approx(1.0, abs=0.25)
