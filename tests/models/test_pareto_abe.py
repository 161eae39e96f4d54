"""Pareto/NBD by Abe: against plain double integration, and against worlds it made itself."""

import numpy as np
import pytest

import lifeworth
from lifeworth.base.errors import ModelError
from lifeworth.models import NBD, ParetoAbe, ParetoNBD, likelihood_ratio
from lifeworth.models.fitting.priors import LogNormal
from lifeworth.models.purchase.abe_rule import Normals, rates, rule
from lifeworth.models.purchase.pareto_abe import log_likelihood
from models.cdnow_customers import cdnow
from shared_data import needs_shared

TRUTH = {"rate": 0.012, "leave": 0.006, "rate_spread": 1.1, "leave_spread": 1.4, "odds": 2.5}
SOME = {"frequency": [0, 0, 3, 12, 1], "recency": [0, 0, 80, 199, 4], "T": [200, 3, 200, 200, 700]}


def plain(frame):
    return {name: frame[name].to_numpy() for name in frame.columns}


def by_grid(p, x, t_x, T, horizon, discount):
    """ln L, P(alive), E[N], DERT by the trapezoidal rule on a fine grid of independent normals."""
    z = np.linspace(-12.0, 12.0, 2401)
    one, other = z[:, None], z[None, :]
    rho = (p["odds"] - 1) / (p["odds"] + 1)
    v = np.log(p["rate"]) + p["rate_spread"] * one
    u = np.log(p["leave"]) + p["leave_spread"] * (rho * one + np.sqrt(1 - rho**2) * other)
    buying, leaving = np.exp(v), np.exp(u)
    both = buying + leaving
    here = np.exp(x * v - both * T - 0.5 * (one**2 + other**2))
    gone = np.exp(x * v - both * t_x - 0.5 * (one**2 + other**2)) * leaving / both
    gone *= -np.expm1(-both * (T - t_x))
    total = here.sum() + gone.sum()
    bought = (here * buying * -np.expm1(-leaving * horizon) / leaving).sum()
    worth = (here * buying / (leaving + discount)).sum()
    value = np.log(total * (z[1] - z[0]) ** 2 / (2 * np.pi))
    return value, here.sum() / total, bought / total, worth / total


@pytest.mark.parametrize("odds", [0.1, 1.0, 12.0])
@pytest.mark.parametrize(("rate_spread", "leave_spread"), [(1.1, 1.4), (0.4, 2.2), (2.0, 0.5)])
def test_it_is_what_double_integration_says(rate_spread, leave_spread, odds):
    p = {**TRUTH, "rate_spread": rate_spread, "leave_spread": leave_spread, "odds": odds}
    model = ParetoAbe.with_parameters(**p)
    columns = [np.array(SOME[name]) for name in ("frequency", "recency", "T")]
    told = np.stack([
        log_likelihood(*columns, **p),
        model.expected_probability_alive(SOME),
        model.expected_purchases(SOME, 150.0),
        model.discounted_expected_purchases(SOME, 0.001),
    ])  # fmt: skip
    wanted = np.array([by_grid(p, *(c[row] for c in columns), 150.0, 0.001) for row in range(5)]).T
    assert told == pytest.approx(wanted, rel=2e-5)


def test_the_rule_gives_the_moments_of_the_normal_law():
    """With nothing observed the integrand is the law itself."""
    law = Normals(-3.0, -4.0, 0.8, 1.3, 0.6)
    found = rule(np.zeros(1), 0.0, 0.0, np.zeros(1), law)
    buying, leaving = rates(found, law)
    assert found.log_integral[0] == pytest.approx(0.0, abs=1e-9)
    assert (found.weight * found.a * found.b).sum() == pytest.approx(0.6, abs=1e-7)
    assert (found.weight * buying).sum() == pytest.approx(np.exp(-3.0 + 0.32), rel=1e-7)
    assert (found.weight * leaving).sum() == pytest.approx(np.exp(-4.0 + 0.845), rel=1e-6)


def test_where_nobody_leaves_and_all_buy_alike_it_is_a_poisson_process():
    model = ParetoAbe.with_parameters(rate=0.02, leave=1e-15, rate_spread=1e-4, leave_spread=0.1, odds=1.0)
    other = NBD.with_parameters(r=1e7, alpha=1e7 / 0.02)
    assert model.expected_purchases(SOME, 100.0) == pytest.approx(2.0, rel=1e-4)
    counts = np.arange(8)
    assert model.purchase_probabilities(SOME, 100.0, counts) == pytest.approx(
        other.purchase_probabilities(SOME, 100.0, counts), abs=1e-5
    )


def test_the_truth_is_recovered_in_several_worlds_as_closely_as_the_errors_say():
    away = []
    for seed, odds in enumerate([0.2, 0.5, 1.0, 2.0, 5.0, 9.0]):
        p = {**TRUTH, "odds": odds, "rate_spread": 0.9 + 0.1 * seed}
        fitted = ParetoAbe().fit(plain(ParetoAbe.with_parameters(**p).simulate(2500, 500, seed)))
        values, errors = fitted.params_, fitted.standard_errors_
        away += [np.log(values[name] / p[name]) / (errors[name] / values[name]) for name in p]
        found = fitted.correlation()
        assert abs(found.estimate - (odds - 1) / (odds + 1)) < 4 * found.standard_error
    away = np.array(away)
    assert np.abs(away).max() < 4
    assert 0.6 < np.sqrt((away**2).mean()) < 1.5


def test_covariates_move_the_medians():
    rng = np.random.default_rng(5)
    size, slopes = (
        3000,
        {"purchase.web": 0.6, "purchase.age": -0.02, "dropout.web": -0.5, "dropout.age": 0.03},
    )
    people = {"web": rng.integers(0, 2, size), "age": rng.uniform(-20, 20, size)}
    made = ParetoAbe.with_parameters({"covariates": ["web", "age"]}, **TRUTH, **slopes)
    data = plain(made.simulate(size, 500, 6, covariates=people))
    fitted = ParetoAbe(covariates=["web", "age"]).fit(data)
    for name, truth in {**TRUTH, **slopes}.items():
        assert abs(fitted.params_[name] - truth) < 4 * fitted.standard_errors_[name]
    assert likelihood_ratio(fitted, ParetoAbe().fit(data)).p_value < 1e-6
    x, wanted = data["frequency"], fitted.expected_purchases_new_customer(500.0, covariates=people)
    for group in (people["web"] == 1, people["web"] == 0):
        assert x[group].mean() == pytest.approx(wanted[group].mean(), rel=0.12)


@needs_shared
def test_cdnow():
    """21 log units above Pareto/NBD with one parameter more."""
    data, later = cdnow(unit_days=7.0)
    model, other = ParetoAbe().fit(data), ParetoNBD().fit(data)
    assert model.converged_
    assert model.log_likelihood_ == pytest.approx(-9573.413, abs=0.01)
    wanted = {"rate": 0.03076, "leave": 0.02696, "rate_spread": 1.1507, "leave_spread": 1.9593, "odds": 1.287}
    assert model.params_ == pytest.approx(wanted, rel=2e-3)
    assert likelihood_ratio(model, other).statistic == pytest.approx(43.13, abs=0.05)
    misses = [np.abs(each.expected_purchases(data, 39) - later).mean() for each in (model, other)]
    assert misses[0] == pytest.approx(misses[1], rel=0.03)
    # BTYDplus 1.2.0, vignette, model M1 of Abe (2009) by its sampler: 95 % intervals on the same customers
    p = model.params_
    rho = (p["odds"] - 1) / (p["odds"] + 1)
    ours = {
        (-3.70, -3.32): np.log(p["rate"]), (-3.96, -3.26): np.log(p["leave"]),
        (1.10, 1.65): p["rate_spread"] ** 2, (1.44, 5.05): p["leave_spread"] ** 2,
        (-0.20, 0.74): rho * p["rate_spread"] * p["leave_spread"],
    }  # fmt: skip
    assert all(low < each < high for (low, high), each in ours.items())


def test_the_posterior_is_spread_as_the_errors_say_and_passes_on(tmp_path):
    import polars as pl

    data = pl.DataFrame(plain(ParetoAbe.with_parameters(**TRUTH).simulate(400, 500, 8)))
    model = ParetoAbe(time_unit="D").fit(data)
    post = model.posterior(300, random_state=2)
    assert isinstance(post.frame, pl.DataFrame)
    assert post.k_hat < 0.7
    for name in ("rate", "rate_spread"):
        spread = float(np.sqrt(np.cov(np.log(post.values[name]), aweights=post.weight)))
        assert spread == pytest.approx(model.standard_errors_[name] / model.params_[name], rel=0.5)
    some = data[:40]
    with_it = model.expected_purchases(some, 90, posterior=post)
    assert with_it.sum() == pytest.approx(model.expected_purchases(some, 90).sum(), rel=0.1)
    model.save(tmp_path / "m.json")
    back = lifeworth.load(tmp_path / "m.json")
    assert np.array_equal(back.expected_purchases(some, 90), model.expected_purchases(some, 90))
    with pytest.raises(ModelError, match="MODEL-107"):
        back.posterior()


@pytest.mark.slow
def test_ranks_of_the_truth_among_posterior_draws_are_uniform():
    """Simulation-based calibration: parameters from the priors, customers from them, draws given these."""
    rng, ranks = np.random.default_rng(9), []
    for seed in range(40):
        unit = dict(zip(TRUTH, np.exp(rng.normal(0, 0.5, 5)), strict=True))
        p = {name: unit[name] * (1 / 70 if name in ("rate", "leave") else 1.0) for name in unit}
        data = plain(ParetoAbe.with_parameters(**p).simulate(120, 300, seed))
        medians = {name: 1 / 70 if name in ("rate", "leave") else 1.0 for name in p}
        priors = {name: LogNormal(median, 0.5) for name, median in medians.items()}
        drawn = ParetoAbe(time_unit="D").fit(data).posterior(200, seed, priors).parameters(100)
        ranks += [(drawn[name] < p[name]).mean() for name in p]
    seen = np.bincount(np.minimum((np.array(ranks) * 5).astype(int), 4), minlength=5)
    expected = len(ranks) / 5
    assert ((seen - expected) ** 2 / expected).sum() < 14.9  # chi-squared, 4 degrees, 1 in 200
