"""Fitting at its edges: large data, ridges, and nothing hidden."""

import subprocess
import sys

import numpy as np
import pytest

from lifeworth.kernels.cells import cells
from lifeworth.models import BGNBD, ParetoNBD
from lifeworth.models.fitting import maximum_likelihood
from models.worlds import MODELS, PURCHASE_MODELS, known, simulated


@pytest.mark.parametrize("name", MODELS)
def test_a_warm_start_ends_where_a_cold_one_does(name, monkeypatch):
    data = simulated(name, 20_000)
    cold = PURCHASE_MODELS[name]().fit(data)
    monkeypatch.setattr(maximum_likelihood, "WARM_UP_FROM", 1_000)
    warm = PURCHASE_MODELS[name]().fit(data)
    assert warm.passes_ < cold.passes_
    assert warm.log_likelihood_ == pytest.approx(cold.log_likelihood_, rel=1e-12)
    assert list(warm.params_.values()) == pytest.approx(list(cold.params_.values()), rel=1e-5)


def test_a_sample_of_cells_keeps_the_number_of_customers():
    data = {key: column.astype(np.int32) for key, column in simulated("BGNBD", 9_000).items()}
    all_of_them = cells(data["frequency"], data["recency"], data["T"])
    some = maximum_likelihood.sample(all_of_them, 500)
    assert some.weight.sum() == 500
    share = all_of_them.weight[all_of_them.x == 0].sum() / 9_000
    assert some.weight[some.x == 0].sum() / 500 == pytest.approx(share, abs=0.01)


def test_customers_who_never_leave_push_a_parameter_to_a_reported_boundary():
    """Poisson buyers without any dropout: a/(a+b) goes to 0, and the fit says so."""
    rng = np.random.default_rng(1)
    size, T = 3_000, 200.0
    x = rng.poisson(rng.gamma(2.0, 1 / 20.0, size) * T)
    t_x = np.where(x > 0, np.ceil(T * rng.beta(np.maximum(x, 1), 1.0)), 0)
    data = {"frequency": x, "recency": t_x, "T": np.full(size, T)}
    for model in (BGNBD().fit(data), ParetoNBD().fit(data)):
        assert model.boundary_
        assert "model.boundary" in [each.code for each in model.findings_]
        assert all(np.isnan(model.standard_errors_[name]) for name in model.boundary_)
        assert model.summary()["at_boundary"].any()
        alive = model.expected_probability_alive(data)
        assert (alive[x > 10] > 0.9).all()
        assert model.expected_purchases(data, 50).sum() == pytest.approx(x.mean() / T * 50 * size, rel=0.05)


def test_a_larger_likelihood_than_the_truth_is_reached():
    for name in MODELS:
        data = simulated(name, 5_000)
        model = PURCHASE_MODELS[name]().fit(data)
        truth = np.array(list(known(name).params_.values()))
        assert model.log_likelihood_ >= model.objective(model._cells)(truth)[0]


def test_random_small_bases_always_end():
    rng = np.random.default_rng(2)
    for seed in range(20):
        for name in MODELS:
            data = simulated(name, int(rng.integers(5, 80)), seed)
            if not data["frequency"].any():
                continue
            model = PURCHASE_MODELS[name]().fit(data)
            assert np.isfinite(model.log_likelihood_)
            assert all(value > 0 for value in model.params_.values())
            assert np.isfinite(model.expected_purchases(data, 100)).all()


def test_intervals_hold_the_estimate_and_stay_positive():
    table = BGNBD().fit(simulated("BGNBD", 400)).summary()
    assert (table["low"] > 0).all()
    assert (table["low"] < table["estimate"]).all()
    assert (table["estimate"] < table["high"]).all()


def test_importing_a_model_loads_numpy_only():
    heavy = "{'pandas', 'narwhals', 'scipy', 'pyarrow', 'duckdb', 'sklearn'}"
    code = f"import sys, lifeworth.models as m; m.BGNBD, m.GammaGamma; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("l1_penalty", [0.0, 2.0])
@pytest.mark.parametrize("seed", [1, 3])
def test_where_nobody_leaves_covariates_do_not_climb_the_ridge_again(seed, l1_penalty):
    """Pareto/NBD runs to where nobody leaves, and there a pass costs ever more: two or three must do."""
    rng, size = np.random.default_rng(seed), 240
    z, T = rng.integers(0, 2, size), rng.integers(40, 104, size).astype(float)
    x = rng.poisson(rng.gamma(1.5, 1, size) / 60 * np.exp(0.7 * z) * T)
    last = np.floor(T * 7 * rng.beta(np.maximum(x, 1), 1)) / 7
    data = {"frequency": x, "recency": np.where(x > 0, np.maximum(last, 1 / 7), 0.0), "T": T, "z": z}
    plain = ParetoNBD().fit(data)
    fit = ParetoNBD(covariates=["z"], l1_penalty=l1_penalty).fit(data)
    assert {"s", "beta"} <= set(plain.boundary_) & set(fit.boundary_)
    assert fit.converged_
    assert fit.passes_ < 8
    assert fit.log_likelihood_ > plain.log_likelihood_ + 5
    assert abs(fit.params_["purchase.z"] - 0.7) < 3 * fit.standard_errors_["purchase.z"] + 0.1
