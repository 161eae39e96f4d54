"""The bootstrap over customers: what is drawn, how wide it is, and whether its intervals hold the truth."""

import numpy as np
import polars as pl
import pytest

import lifeworth as lw
from lifeworth.base.errors import LifeworthError
from lifeworth.data.samples import CDNOW
from lifeworth.models import (
    BGBB,
    BGCNBD,
    BGNBD,
    GammaGamma,
    LogNormalSpend,
    ParetoNBD,
    ShiftedBetaGeometric,
    bootstrap,
)
from models.worlds import known, simulated


def spenders(size, seed=1):
    model = GammaGamma.with_parameters(p=6.0, q=4.7, v=15.0)
    return model.simulate(np.random.default_rng(seed).geometric(0.3, size), seed)


def donors(seed):
    return BGBB.with_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8).simulate(4000, 6, seed)


def subscribers(seed):
    return ShiftedBetaGeometric.with_parameters(alpha=0.67, beta=3.8).simulate(2000, 7, seed)


WORLDS = {
    "BGNBD": lambda seed: (BGNBD(), simulated("BGNBD", 2500, seed)),
    "ParetoNBD": lambda seed: (ParetoNBD(), simulated("ParetoNBD", 6000, seed, T=600)),
    "BGCNBD": lambda seed: (BGCNBD(k=3), simulated("BGCNBD", 1500, seed)),
    "GammaGamma": lambda seed: (GammaGamma(), spenders(1500, seed)),
    "BGBB": lambda seed: (BGBB(), donors(seed)),
    "ShiftedBetaGeometric": lambda seed: (ShiftedBetaGeometric(), subscribers(seed)),
}


@pytest.mark.parametrize("name", WORLDS)
def test_where_the_model_is_true_resamples_scatter_as_the_hessian_says(name):
    model, data = WORLDS[name](1)
    model.fit(data)
    found = bootstrap(model, data, draws=150, random_state=2).summary().set_index("parameter")
    for key, error in model.standard_errors_.items():
        assert found.loc[key, "estimate"] == model.params_[key]
        assert found.loc[key, "standard_error"] == pytest.approx(error, rel=0.45)
        assert abs(found.loc[key, "bias"]) < error
        assert found.loc[key, "low"] < model.params_[key] < found.loc[key, "high"]


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    """100 worlds of 800 customers, 90 % percentile intervals: between 82 % and 97 % hold the truth."""
    truth, inside = known("BGNBD").params_, dict.fromkeys(known("BGNBD").params_, 0)
    for seed in range(100):
        data = simulated("BGNBD", 800, seed)
        model = BGNBD().fit(data)
        told = bootstrap(model, data, draws=100, random_state=seed).summary(0.9).set_index("parameter")
        for key, value in truth.items():
            inside[key] += told.loc[key, "low"] <= value <= told.loc[key, "high"]
    assert all(0.82 <= count / 100 <= 0.97 for count in inside.values()), inside


def test_intervals_of_spend_hold_the_truth_as_often_as_they_say():
    """100 worlds of 400 spenders, 90 % percentile intervals."""
    truth = {"median": 27.0, "sigma": 0.6, "tau": 0.5}
    inside = dict.fromkeys(truth, 0)
    for seed in range(100):
        x = np.random.default_rng(seed).geometric(0.3, 400)
        data = LogNormalSpend.with_parameters(**truth).simulate(x, seed)
        model = LogNormalSpend().fit(data)
        told = bootstrap(model, data, draws=50, random_state=seed).summary(0.9).set_index("parameter")
        for key, value in truth.items():
            inside[key] += told.loc[key, "low"] <= value <= told.loc[key, "high"]
    assert all(0.82 <= count / 100 <= 0.97 for count in inside.values()), inside


def test_where_the_model_is_wrong_the_resamples_scatter_more_than_the_hessian_says():
    """CDNOW's spend has a heavier tail than Gamma-Gamma: its standard errors are too small there."""
    rfm = lw.rfm_summary(CDNOW, observation_period_end="1997-09-30")
    model = GammaGamma().fit(rfm)
    told = bootstrap(model, rfm, draws=150, random_state=1).summary().set_index("parameter")["standard_error"]
    assert all(told[key] > 1.1 * error for key, error in model.standard_errors_.items())


def test_equal_customers_and_weights_are_the_same_customers():
    data = simulated("BGNBD", 600)
    times = np.random.default_rng(4).integers(1, 4, 600)
    repeated = {key: np.repeat(column, times) for key, column in data.items()}
    one = bootstrap(BGNBD().fit(repeated), repeated, draws=40, random_state=3)
    other = bootstrap(BGNBD().fit(data, sample_weight=times), data, 40, 3, sample_weight=times)
    for key in one.values:
        assert one.values[key] == pytest.approx(other.values[key], rel=1e-6)


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    data = simulated("BGNBD", 500)
    model = BGNBD().fit(data)
    one, same, other = (bootstrap(model, data, 25, seed).values["r"].tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_the_draws_go_wherever_a_posterior_goes(tmp_path):
    data = simulated("BGNBD", 1500)
    model = BGNBD().fit(data)
    draws = bootstrap(model, data, 60, random_state=5)
    plain, averaged = model.expected_purchases(data, 90), model.expected_purchases(data, 90, posterior=draws)
    assert averaged.sum() == pytest.approx(plain.sum(), rel=0.05)
    assert not np.array_equal(plain, averaged)
    assert model.draw_purchases(data, 90, draws.parameters(30), 1).shape == (1500, 30)
    assert draws.frame.shape == (60, 4)
    model.save(tmp_path / "m.json")
    back = lw.load(tmp_path / "m.json")  # forgot its customers; they are given
    assert bootstrap(back, data, 60, random_state=5).values["r"] == pytest.approx(draws.values["r"], rel=1e-9)


def test_any_kind_of_table_can_be_resampled():
    data = spenders(400)
    model = GammaGamma().fit(data)
    wanted = bootstrap(model, data, 25, random_state=1).values["q"]
    for other in (pl.from_pandas(data), pl.from_pandas(data).lazy(), data.to_dict("list")):
        assert bootstrap(model, other, 25, random_state=1).values["q"] == pytest.approx(wanted, rel=1e-12)
    late = {"renewals": [3, 4, 5, 2], "churned": [1, 0, 1, 0], "entry": [0, 2, 1, 1]}
    weight = np.array([30.0, 20.0, 10.0, 10.0])
    sbg = ShiftedBetaGeometric().fit(late, sample_weight=weight)
    assert bootstrap(sbg, late, 30, random_state=1, sample_weight=weight).frame.shape[1] == 2


def test_survivors_told_by_period_are_resampled_too():
    high_end = [1000, 869, 743, 653, 593, 551, 517, 491]
    data = {"period": np.arange(8), "survivors": np.array(high_end)}
    model = ShiftedBetaGeometric().fit(data)
    told = bootstrap(model, data, 100, random_state=1).summary().set_index("parameter")
    assert told.loc["alpha", "standard_error"] == pytest.approx(model.standard_errors_["alpha"], rel=0.4)


def test_what_cannot_be_resampled_is_refused_with_a_code():
    data = simulated("BGNBD", 300)
    model = BGNBD().fit(data)
    with pytest.raises(LifeworthError) as few:
        bootstrap(model, data, draws=5)
    assert few.value.code == "MODEL-620"
    rare = {"frequency": [1, *[0] * 60], "recency": [5, *[0] * 60], "T": [30] * 61}
    nobody = {"frequency": [0] * 61, "recency": [0] * 61, "T": [30] * 61}
    with pytest.raises(LifeworthError) as fails:
        bootstrap(BGNBD.with_parameters(r=1.0, alpha=10.0, a=1.0, b=1.0), nobody, 20)
    assert fails.value.code == "MODEL-621"
    found = bootstrap(BGNBD().fit(rare), rare, 40, random_state=1)
    assert 5 < found.failed < 25  # the one repeat buyer is left out of some e^-1 of the resamples
