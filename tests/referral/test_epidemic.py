from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral import EpidemicReferral, World, simulate
from lifeworth.models.referral import likelihood as formulas
from lifeworth.models.referral.gamma_law import gamma_quantile, gamma_tail
from lifeworth.models.referral.likelihood import EVERYBODY, Susceptible, Watched

TRUTH = {"intercept": np.log(0.55), "loyalty": 0.5, "k": 0.4, "theta": 90.0}


@cache
def history(seed, **changes):
    return simulate(World(**changes), seed)


@cache
def fitted(seed, **changes):
    return EpidemicReferral(["loyalty"]).fit(history(seed, **changes).columns, as_of=730)


def one_customer(**changes):
    given = {
        "acquired": np.array([0.0]), "exposure": np.array([120.0]), "count": np.array([2]),
        "delay_sum": np.array([75.0]), "design": np.ones((1, 1)), "leaving": np.zeros(1),
        "susceptible": EVERYBODY, "recorded": 1.0,
    }  # fmt: skip
    return Watched(**(given | changes))


def many_customers(seed=0, n=60):
    rng = np.random.default_rng(seed)
    return Watched(
        rng.random(n) * 100, rng.random(n) * 100, rng.poisson(1, n), rng.random(n) * 50,
        np.column_stack([np.ones(n), rng.normal(size=(n, 2))]), rng.random(n) * 0.01,
        Susceptible(np.array([-np.inf, 30, 60]), np.array([1, 0.8, 0.5])), 0.7,
    )  # fmt: skip


def test_the_published_customer():
    watched, mu = one_customer(), np.array([0.55])
    assert formulas.exposure(watched, 90.0)[0][0] == pytest.approx(0.7364028619, abs=1e-10)
    shape, rate = formulas.infectiousness(watched, mu, 0.4, 90.0)
    assert shape[0] / rate[0] == pytest.approx(2.9812865610, abs=1e-9)
    rho = shape / rate * mu * formulas.remaining(watched, 90.0)
    assert rho[0] == pytest.approx(0.4322222330, abs=1e-9)
    assert formulas.log_likelihoods(watched, mu, 0.4, 90.0)[0] == pytest.approx(-11.4544345790, abs=1e-9)


def test_gradient_and_hessian_are_differences():
    watched = many_customers()
    at = formulas.objective(watched)
    point, step = np.array([0.1, 0.3, -0.2, -0.5, 3.5]), 1e-6
    value, gradient, hessian = at(point)
    assert value == pytest.approx(
        formulas.log_likelihoods(
            watched, np.exp(watched.design @ point[:3]), np.exp(point[3]), np.exp(point[4])
        ).sum()
    )
    for place, shift in enumerate(step * np.eye(5)):
        above, below = at(point + shift), at(point - shift)
        assert gradient[place] == pytest.approx((above[0] - below[0]) / (2 * step), rel=1e-5, abs=1e-5)
        assert hessian[place] == pytest.approx((above[1] - below[1]) / (2 * step), rel=1e-5, abs=1e-5)


def test_exposure_is_the_integral_of_talk_retention_and_open_market():
    watched = many_customers(3, 5)
    for row in range(5):
        u = np.linspace(0, watched.exposure[row], 200_001)
        day = watched.acquired[row] + u
        share = np.select([day < 30, day < 60], [1.0, 0.8], 0.5)
        talk = share * np.exp(-u / 40.0) / 40.0 * np.exp(-watched.leaving[row] * u)
        assert formulas.exposure(watched, 40.0)[0][row] == pytest.approx(np.trapezoid(talk, u), rel=1e-4)


def test_horizon_zero_brings_nobody_and_longer_never_fewer():
    model = fitted(0)
    assert model.expected_future_referrals(0.0) == pytest.approx(np.zeros(model.n_customers_))
    horizons = [10.0, 100.0, 1000.0, None]
    several = [model.expected_future_referrals(horizon) for horizon in horizons]
    assert all((b >= a).all() for a, b in pairwise(several))


def test_weeks_or_days_the_answer_is_the_same():
    columns = dict(history(0).columns)
    weeks = columns | {"acquired_day": columns["acquired_day"] / 7.0}
    by_week = EpidemicReferral(["loyalty"]).fit(weeks, as_of=730 / 7)
    assert by_week.params_["theta"] * 7 == pytest.approx(fitted(0).params_["theta"], rel=1e-6)
    assert by_week.expected_future_referrals(10) == pytest.approx(
        fitted(0).expected_future_referrals(70), rel=1e-5
    )


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_any_dataframe_and_the_order_of_rows_is_kept(kind):
    columns = history(0).columns
    order = np.random.default_rng(0).permutation(len(columns["loyalty"]))
    frame = kind({name: column[order].tolist() for name, column in columns.items()})
    model = EpidemicReferral(["loyalty"]).fit(frame, as_of=730)
    assert model.params_ == pytest.approx(fitted(0).params_, rel=1e-6)
    assert model.expected_future_referrals() == pytest.approx(
        fitted(0).expected_future_referrals()[order], rel=1e-5
    )
    assert isinstance(model.table(), kind)
    assert isinstance(model.summary(), kind)


def recovered(seeds):
    """Distance from the truth in standard errors, (worlds, parameters)."""
    rows = []
    for seed in seeds:
        model = fitted(seed)
        assert model.converged_
        rows.append([(model.params_[n] - TRUTH[n]) / model.standard_errors_[n] for n in TRUTH])
    return np.array(rows)


def test_the_truth_of_three_worlds_is_recovered():
    assert np.abs(recovered(range(3))).max() < 3


@pytest.mark.slow
def test_the_truth_of_twenty_worlds_is_recovered():
    distance = recovered(range(20))
    # 80 distances: one beyond 3 is luck in one run of five, two are not
    assert (np.abs(distance) > 3).sum(axis=0).max() <= 1
    assert (np.abs(distance) > 3).any(axis=1).sum() <= 1
    assert np.abs(distance.mean(axis=0)).max() < 3 / np.sqrt(20)
    assert 0.5 < distance.std() < 1.5


def future(seeds):
    said = np.concatenate([fitted(seed).expected_future_referrals() for seed in seeds])
    came = np.concatenate([history(seed).future_referrals for seed in seeds])
    return said, came


def test_future_referrals_are_foretold_in_total():
    said, came = future(range(3))
    assert said.sum() == pytest.approx(came.sum(), rel=0.08)
    for seed in range(3):
        total = fitted(seed).future_referrals_total()
        assert total["low"] < history(seed).future_referrals.sum() < total["high"]


@pytest.mark.slow
def test_future_referrals_are_foretold_within_five_percent_in_total_and_by_decile():
    said, came = future(range(20))
    assert said.sum() == pytest.approx(came.sum(), rel=0.05)
    order = np.argsort(said)
    for decile in np.array_split(order, 10)[5:]:  # below the median next to nobody is expected
        noise = 3 * np.sqrt(came[decile].sum())
        assert said[decile].sum() == pytest.approx(came[decile].sum(), abs=0.05 * came[decile].sum() + noise)


def test_customers_expected_to_refer_more_do():
    said, came = future(range(3))
    top = said >= np.quantile(said, 0.9)
    assert came[top].sum() > 0.6 * came.sum()
    assert said[top].sum() == pytest.approx(came[top].sum(), rel=0.1)


def test_the_interval_of_the_reproduction_number_holds_the_truth_as_often_as_it_says():
    inside = []
    for seed in range(3):
        numbers = fitted(seed).reproduction_numbers(0.9)
        truth = history(seed).reproduction[: history(seed).observed]
        inside.append((truth >= numbers["low"]) & (truth <= numbers["high"]))
        assert numbers["mean"].mean() == pytest.approx(truth.mean(), rel=0.1)
        chance, above = numbers["probability_above_one"], truth > 1
        assert chance.mean() == pytest.approx(above.mean(), abs=0.02)
    assert np.concatenate(inside).mean() == pytest.approx(0.9, abs=0.03)


def test_the_company_number_has_an_interval_that_holds_the_truth():
    truth = 0.55 * np.exp(0.125)
    for seed in range(3):
        number = fitted(seed).reproduction_number(0.99)
        assert number["low"] < truth < number["high"]


def test_counting_referrals_per_customer_understates_because_the_young_are_not_done():
    naive = np.mean([fitted(seed).customers_.count.mean() for seed in range(3)])
    honest = np.mean([fitted(seed).reproduction_number()["value"] for seed in range(3)])
    assert naive < 0.92 * honest


def test_missing_answers_become_an_indicator_and_change_little_where_they_miss_at_random():
    model = fitted(1, answered_share=0.6)
    assert set(model.params_) == {"intercept", "loyalty", "loyalty_missing", "k", "theta"}
    assert model.params_["loyalty"] == pytest.approx(0.5, abs=3 * model.standard_errors_["loyalty"])
    truth = 0.125  # people who did not answer are as contagious as the mean of e^{0.5 z}
    assert model.params_["loyalty_missing"] == pytest.approx(
        truth, abs=3 * model.standard_errors_["loyalty_missing"]
    )


def test_new_customers_are_expected_to_refer_by_their_answers():
    model = fitted(1, answered_share=0.6)
    low, high, silent = model.expected_referrals_new_customer({"loyalty": [-1.0, 1.0, np.nan]})
    assert low < silent < high
    assert high / low == pytest.approx(np.exp(2 * model.params_["loyalty"]))


def test_leavers_talk_no_more_and_their_hazard_separates_it_from_the_delay():
    world = history(5, leaving_rate=1 / 200)
    model = EpidemicReferral(["loyalty"]).fit(world.columns, as_of=730, leaving_rate=1 / 200)
    for name, truth in TRUTH.items():
        if name != "k":
            assert model.params_[name] == pytest.approx(truth, abs=3.5 * model.standard_errors_[name])
    deaf = EpidemicReferral(["loyalty"]).fit(world.columns, as_of=730)
    assert deaf.params_["theta"] < 75


def test_a_market_that_fills_hides_contagion_unless_its_size_is_known():
    world = history(6, market_size=6000.0)
    known = EpidemicReferral(["loyalty"], market_size=6000).fit(world.columns, as_of=730)
    unknown = EpidemicReferral(["loyalty"]).fit(world.columns, as_of=730)
    assert known.params_["intercept"] == pytest.approx(
        TRUTH["intercept"], abs=3.5 * known.standard_errors_["intercept"]
    )
    assert unknown.params_["intercept"] < TRUTH["intercept"] - 3 * unknown.standard_errors_["intercept"]
    assert known.open_share == pytest.approx(1 - len(known.customers_) / 6000)
    said = known.expected_future_referrals(90).sum()
    came = (world.day[world.observed :] <= 820) & (world.parent[world.observed :] >= 0)
    came &= world.parent[world.observed :] < world.observed
    assert said == pytest.approx(came.sum(), rel=0.35)


def test_no_referrals_no_fit_and_faults_are_refused():
    plain = {"customer_id": ["a", "b", "c"], "acquired_day": [0, 1, 2], "referrer_id": [None, "a", None]}
    with pytest.raises(ModelError, match="MODEL-314"):
        EpidemicReferral().fit(plain, as_of=10)
    with pytest.raises(ModelError, match="MODEL-309"):
        EpidemicReferral().fit(plain, as_of=1)
    with pytest.raises(ModelError, match="MODEL-307"):
        EpidemicReferral(["nps"]).fit(plain, as_of=10)
    with pytest.raises(ModelError, match="MODEL-304"):
        EpidemicReferral().fit(plain | {"customer_id": ["a", "a", "c"]}, as_of=10)
    with pytest.raises(ModelError, match="MODEL-313"):
        EpidemicReferral(["nps"]).fit(plain | {"nps": ["nine", 1, 2]}, as_of=10)
    with pytest.raises(UsageError, match="MODEL-315"):
        EpidemicReferral(recorded_share=0.0).fit(plain, as_of=10)
    with pytest.raises(ModelError, match="MODEL-316"):
        EpidemicReferral().infectiousness()


def test_faulty_referrals_are_cut_and_told():
    columns = {name: column.copy() for name, column in history(0).columns.items()}
    columns["referrer_id"][:3] = ["nobody known", columns["customer_id"][1], columns["customer_id"][40]]
    model = EpidemicReferral().fit(columns, as_of=730)
    codes = {finding.code for finding in model.findings_}
    assert codes == {"referral_unknown_referrer", "referral_self", "referral_backwards"}


def test_rare_referrals_and_short_windows_are_told():
    rare = simulate(World(intercept=float(np.log(0.03))), 3)
    found = EpidemicReferral().fit(rare.columns, as_of=730)
    assert "referral_rare" in {finding.code for finding in found.findings_}
    assert 0.05 < found.params_["k"] < 5
    short = simulate(World(days=60.0, arrivals_per_day=30.0), 3)
    found = EpidemicReferral().fit(short.columns, as_of=60)
    assert "referral_short_window" in {finding.code for finding in found.findings_}


def test_gamma_quantiles_and_tails_agree():
    shape = np.geomspace(0.05, 5000, 60)
    for level in (0.05, 0.5, 0.95):
        assert 1 - gamma_tail(gamma_quantile(level, shape), shape) == pytest.approx(level, abs=2e-3)
    assert gamma_tail(np.array([1.0]), np.array([1.0]))[0] == pytest.approx(np.exp(-1))
