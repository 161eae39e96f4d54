"""Partial pooling: better than one model for all and than one for each, and both of these at its ends."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

import lifeworth
from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models import BGNBD, MBGNBD, GammaGamma, ParetoGGG, ParetoNBD, PartiallyPooled

SIZES = (12, 20, 30, 40, 60, 90, 140, 200, 300, 500, 900)
TRUTHS = {
    BGNBD: {"r": 0.7, "alpha": 30.0, "a": 0.8, "b": 2.5},
    MBGNBD: {"r": 0.8, "alpha": 40.0, "a": 0.9, "b": 1.8},
    ParetoNBD: {"r": 0.8, "alpha": 30.0, "s": 0.7, "beta": 60.0},
}


def world(kind, seed, spread, sizes=SIZES):
    """Segments whose parameters differ by a factor of about e^spread, and the truth of each."""
    rng, parts, truths = np.random.default_rng(seed), [], {}
    for number, size in enumerate(sizes):
        name = f"s{number:02d}"
        truths[name] = {k: v * np.exp(spread * rng.standard_normal()) for k, v in TRUTHS[kind].items()}
        made = kind.with_parameters(**truths[name]).simulate(size, 200.0, 1000 * seed + number)
        parts.append({key: made[key].to_numpy() for key in ("frequency", "recency", "T")})
        parts[-1]["segment"] = np.full(size, name)
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}, truths


def rows(data, name):
    return {key: each[data["segment"] == name] for key, each in data.items()}


def misses(kind, seed, spread):
    """Mean squared error per customer and per segment against the true expectation: pooled, one, apart."""
    data, truths = world(kind, seed, spread)
    names = data["segment"]
    wanted, apart = np.zeros(len(names)), np.zeros(len(names))
    for name, p in truths.items():
        own = rows(data, name)
        wanted[names == name] = kind.with_parameters(**p).expected_purchases(own, 150.0)
        apart[names == name] = kind().fit(own).expected_purchases(own, 150.0)
    pooled = PartiallyPooled(kind(), by="segment").fit(data)
    one = kind().fit(data).expected_purchases(data, 150.0)
    found = []
    for forecast in (pooled.expected_purchases(data, 150.0), one, apart):
        away = forecast - wanted
        by_segment = [away[names == name].mean() ** 2 for name in truths]
        found.append([np.mean(away**2), np.mean(by_segment)])
    return np.array(found)


@pytest.mark.parametrize(("kind", "spread"), [(BGNBD, 0.4), (MBGNBD, 0.4), (ParetoNBD, 0.4)])
def test_forecasts_are_nearer_the_truth_than_without_pooling_and_than_with_one_model(kind, spread):
    pooled, one, apart = np.mean([misses(kind, seed, spread) for seed in (21, 22, 23)], axis=0)
    assert (pooled < one).all()
    assert (pooled < apart).all()


def test_small_segments_by_themselves_are_forecast_better_than_by_a_fit_each():
    """Nine segments of 30 beside three large ones, in three worlds: mean squared miss per customer."""
    sizes, away = (30,) * 9 + (400,) * 3, np.zeros(2)
    for seed in (31, 32, 33):
        data, truths = world(BGNBD, seed, 0.4, sizes)
        pooled = PartiallyPooled(BGNBD(), by="segment").fit(data)
        for name, p in list(truths.items())[:9]:
            own = rows(data, name)
            wanted = BGNBD.with_parameters(**p).expected_purchases(own, 150.0)
            said = pooled.expected_purchases(own, 150.0), BGNBD().fit(own).expected_purchases(own, 150.0)
            away += [np.mean((each - wanted) ** 2) for each in said]
    assert away[0] < 0.6 * away[1]


def test_forecasts_draws_and_plots_are_those_of_the_segments_models():
    data, _ = world(BGNBD, 5, 0.4, (60, 90, 150))
    pooled = PartiallyPooled(BGNBD(time_unit="D"), by="segment").fit(data)
    posterior = pooled.posterior(400, random_state=1)
    drawn = pooled.draw_purchases(data, 90.0, posterior.parameters(300), random_state=2)
    said = pooled.expected_purchases(data, 90.0, posterior)
    for name in ("s00", "s01", "s02"):
        here = data["segment"] == name
        error = drawn[here].sum(axis=0).std() / np.sqrt(300)
        assert abs(drawn[here].sum(axis=0).mean() - said[here].sum()) < 5 * error
        own = rows(data, name)
        alone = pooled.of(name)
        assert np.array_equal(pooled.expected_probability_alive(own), alone.expected_probability_alive(own))
        assert pooled.log_likelihood(own) == pytest.approx(alone.log_likelihood(own))
    assert pooled.log_likelihood(data) == pytest.approx(pooled.log_likelihood_)
    sooner, later = pooled.draw_churned(data, 90.0, posterior.parameters(20), (2.0, 1.0), random_state=3)
    assert (sooner <= later).all()
    assert sooner.sum() < later.sum()
    new = pooled.expected_purchases_new_customer([30.0, 60.0], covariates={"segment": ["s01", "never"]})
    assert new[0] == pytest.approx(pooled.of("s01").expected_purchases_new_customer([30.0, 60.0]))
    assert new[1] == pytest.approx(pooled.of("never").expected_purchases_new_customer([30.0, 60.0]))
    counts = lifeworth.plots.frequencies(pooled, data, posterior=posterior).frame
    assert counts["expected"].sum() == pytest.approx(300)
    assert (
        (counts["expected_low"] <= counts["expected"]) & (counts["expected"] <= counts["expected_high"])
    ).all()
    cells = lifeworth.plots.matrix(pooled, T=100, covariates={"segment": "s02"}).frame
    assert cells["probability_alive"].between(0, 1).all()
    assert pooled.horizon_findings(1e6)
    assert not pooled.horizon_findings(10.0)


def test_a_search_over_the_spread_prefers_segments_that_differ():
    data, _ = world(BGNBD, 8, 0.8, (120, 120, 150, 150, 200))
    search = GridSearchCV(PartiallyPooled(BGNBD(), by="segment"), {"between": [0.001, 0.8]}, cv=3)
    assert search.fit(pd.DataFrame(data)).best_params_ == {"between": 0.8}


def test_a_small_segment_is_drawn_to_the_centre_and_a_large_one_keeps_its_own():
    data, _ = world(BGNBD, 31, 0.4, sizes=(25, 25, 60, 60, 200, 4000))
    pooled = PartiallyPooled(BGNBD(), by="segment").fit(data)
    alone = BGNBD().fit(rows(data, "s05"))
    for name, value in pooled.segments_["s05"].items():
        assert value == pytest.approx(alone.params_[name], rel=0.12)
    centre = pooled.params_["r"]
    away = {name: abs(np.log(known["r"] / centre)) for name, known in pooled.segments_.items()}
    own = abs(np.log(BGNBD().fit(rows(data, "s00")).params_["r"] / centre))
    assert away["s00"] < own
    errors = pooled.standard_errors_
    assert (
        errors["s05"]["r"] / pooled.segments_["s05"]["r"] < errors["s00"]["r"] / pooled.segments_["s00"]["r"]
    )
    assert pooled.customers_["s05"] == 4000


def test_no_spread_is_one_model_and_a_wide_one_a_model_for_each():
    data, _ = world(BGNBD, 41, 0.3, sizes=(800, 1200, 2000))
    one = BGNBD().fit(data)
    none = PartiallyPooled(BGNBD(), by="segment", between=1e-4).fit(data)
    for known in none.segments_.values():
        assert list(known.values()) == pytest.approx(list(one.params_.values()), rel=5e-3)
    wide = PartiallyPooled(BGNBD(), by="segment", between=100.0).fit(data)
    total = 0.0
    for name, known in wide.segments_.items():
        alone = BGNBD().fit(rows(data, name))
        assert list(known.values()) == pytest.approx(list(alone.params_.values()), rel=1e-3)
        total += alone.log_likelihood_
    assert wide.log_likelihood_ == pytest.approx(total, abs=1e-3)
    assert none.log_likelihood_ == pytest.approx(one.log_likelihood_, abs=0.05)


def test_gamma_gamma_segments_share_strength():
    rng, better = np.random.default_rng(5), []
    for seed in range(3):
        parts, truths = [], {}
        for number, size in enumerate((10, 15, 25, 40, 80, 300)):
            p = {"p": 4.0, "q": 3.5, "v": 15.0 * np.exp(0.3 * rng.standard_normal())}
            truths[f"s{number}"] = p
            made = GammaGamma.with_parameters(**p).simulate(rng.integers(1, 5, size), 10 * seed + number)
            parts.append({key: made[key].to_numpy() for key in ("frequency", "monetary_value")})
            parts[-1]["segment"] = np.full(size, f"s{number}")
        data = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        pooled = PartiallyPooled(GammaGamma(), by="segment").fit(data)
        one = GammaGamma().fit(data)
        wanted, apart = np.zeros(len(data["segment"])), np.zeros(len(data["segment"]))
        for name, p in truths.items():
            own, at = rows(data, name), data["segment"] == name
            wanted[at] = GammaGamma.with_parameters(**p).expected_customer_spend(own)
            apart[at] = GammaGamma().fit(own).expected_customer_spend(own)
        told = (pooled.expected_customer_spend(data), one.expected_customer_spend(data), apart)
        better.append([((each - wanted) ** 2).mean() for each in told])
    pooled, one, apart = np.mean(better, axis=0)
    assert pooled < min(one, apart)


def test_frames_unseen_segments_posterior_and_saving(tmp_path):
    import polars as pl

    data, _ = world(BGNBD, 51, 0.4, sizes=(40, 60, 300, 700))
    table = pl.DataFrame(data)
    pooled = PartiallyPooled(BGNBD(), by="segment").fit(table)
    assert isinstance(pooled.summary(), pl.DataFrame)
    strangers = table.with_columns(pl.lit("new").alias("segment"))
    centre = BGNBD.with_parameters(**pooled.params_)
    assert pooled.expected_purchases(strangers, 90) == pytest.approx(centre.expected_purchases(table, 90))
    post = pooled.posterior(400, random_state=1)

    def spread(name):
        return np.std([np.log(each) for each in post.of(name).parameters(400).values()], axis=1)

    assert (spread("new") > spread("s00")).all()
    assert (spread("s00") > 0.9 * spread("s03")).all()
    with_it = pooled.expected_purchases(table, 90, posterior=post)
    assert with_it.sum() == pytest.approx(pooled.expected_purchases(table, 90).sum(), rel=0.1)
    assert (np.diff(pooled.quantiles(table, 90, [0.05, 0.95]), axis=1) >= 0).all()
    assert pooled.purchase_probabilities(table, 90, [0, 1]).shape == (len(table), 2)
    assert (
        pooled.discounted_expected_purchases(table, 0.001, 90) <= pooled.expected_purchases(table, 90)
    ).all()
    alive = pooled.expected_probability_alive(table)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert pooled.expected_purchases_new_customer(90.0) == centre.expected_purchases_new_customer(90.0)
    assert len(pooled.simulate(7, 50.0, "s01", 3)) == 7
    pooled.save(tmp_path / "m.json")
    back = lifeworth.load(tmp_path / "m.json")
    assert np.array_equal(back.expected_purchases(table, 90), pooled.expected_purchases(table, 90))
    assert np.array_equal(back.between_covariance_, pooled.between_covariance_)


def test_scikit_learn_clones_it():
    from sklearn.base import clone

    pooled = PartiallyPooled(BGNBD(time_unit="W"), by="segment", between=0.3)
    again = clone(pooled, safe=False)
    assert (again.by, again.between, again.model.get_params()) == ("segment", 0.3, pooled.model.get_params())
    assert again.set_params(by="cohort").by == "cohort"


def test_what_it_cannot_take_it_refuses():
    data, _ = world(BGNBD, 61, 0.3, sizes=(50, 60))
    with pytest.raises(UsageError, match="MODEL-145"):
        PartiallyPooled(ParetoGGG(), by="segment").fit(data)
    with pytest.raises(UsageError, match="MODEL-145"):
        PartiallyPooled(BGNBD(covariates=["segment"]), by="segment").fit(data)
    with pytest.raises(UsageError, match="MODEL-146"):
        PartiallyPooled(BGNBD(), by="segment", between=0.0).fit(data)
    with pytest.raises(ModelError, match="MODEL-147"):
        PartiallyPooled(BGNBD(), by="segment").fit({**data, "segment": np.full(110, "x")})
    with pytest.raises(ModelError, match="MODEL-130"):
        PartiallyPooled(BGNBD(), by="segment").fit({**data, "segment": np.array([None, *["x"] * 109])})
    with pytest.raises(ModelError, match="MODEL-001"):
        PartiallyPooled(BGNBD(), by="cohort").fit(data)
    with pytest.raises(ModelError, match="MODEL-106"):
        PartiallyPooled(BGNBD(), by="segment").summary()


def test_segments_named_by_large_numbers_stay_apart():
    data, _ = world(BGNBD, 61, 0.4, sizes=(60, 90))
    days = {"s00": 20240101, "s01": 20240102}
    data["segment"] = np.array([days[name] for name in data["segment"]])
    pooled = PartiallyPooled(BGNBD(), by="segment").fit(data)
    assert pooled.customers_ == {"20240101": 60, "20240102": 90}
    for given in (20240101, 20240101.0, np.int64(20240101), "20240101"):
        assert pooled.of(given).params_ == pooled.segments_["20240101"]
    with pytest.raises(UsageError, match="MODEL-145"):
        pooled.expected_customer_spend(data)
