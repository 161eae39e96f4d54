"""The absolute-value penalty: optimality in each coordinate, and what it leaves of noise."""

from dataclasses import replace

import numpy as np
import pytest

from lifeworth.base.errors import UsageError
from lifeworth.kernels.newton import in_logs
from lifeworth.models import GammaGamma
from lifeworth.models import covariates as columns_
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.models.fitting import coefficients
from lifeworth.models.inputs import histories
from models.covariate_worlds import TRUTH, simulated

every_model = pytest.mark.parametrize("name", PURCHASE_MODELS)
NOISE = [f"noise{k}" for k in range(6)]
WANTED = ["age", "channel", *NOISE]


def with_noise(name, size=4000):
    data, rng = simulated(name, size), np.random.default_rng(8)
    return data | {each: rng.normal(size=size) for each in NOISE}


def slopes(model, data):
    """Gradient of the plain likelihood at the fit, in (ln parameters, coefficients of scaled features)."""
    traits = columns_.learn(data, model.columns, None, True, model.links)
    cells = replace(histories(data), traits=traits).cells
    moved = coefficients.moves([each.name for each in model.parameters], traits.design, model.links)
    values, count = np.array(list(model.params_.values())), len(moved.names)
    values[:count] = np.log(values[:count])
    theta = np.linalg.solve(coefficients.to_columns(moved, traits.design), values)
    climb = in_logs(coefficients.objective(cells, traits.z, moved, model.terms, 1), count)
    return theta, climb(theta)[1], count


@every_model
def test_each_coefficient_is_0_or_pays_the_penalty_exactly(name):
    data, l1 = with_noise(name), 25.0
    fit = PURCHASE_MODELS[name](covariates=WANTED, l1_penalty=l1).fit(data)
    assert fit.converged_
    theta, gradient, count = slopes(fit, data)
    c, slope = theta[count:], gradient[count:]
    held = np.array([fit.params_[each.name] == 0.0 for each in fit.all_parameters[count:]])
    assert 0 < held.sum() < len(c)
    assert np.abs(gradient[:count]).max() < 1e-3
    assert slope[~held] == pytest.approx(l1 * np.sign(c[~held]), abs=1e-3)
    assert (np.abs(slope[held]) <= l1 + 1e-6).all()
    errors = np.array([fit.standard_errors_[each.name] for each in fit.all_parameters[count:]])
    assert np.isnan(errors[held]).all()
    assert np.isfinite(errors[~held]).all()
    assert fit.boundary_ == []


@every_model
def test_noise_falls_out_before_what_matters(name):
    fit = PURCHASE_MODELS[name](covariates=WANTED, l1_penalty=110.0).fit(with_noise(name, 8000))
    of_noise = [value for key, value in fit.params_.items() if "noise" in key]
    assert np.count_nonzero(of_noise) <= 2
    assert fit.params_["purchase.age"] > 0.5 * TRUTH[name]["purchase.age"]
    assert fit.params_["purchase.channel=web"] > 0.15


@every_model
def test_a_large_penalty_leaves_the_plain_model_and_a_small_one_the_full(name):
    data = with_noise(name)
    plain, full = PURCHASE_MODELS[name]().fit(data), PURCHASE_MODELS[name](covariates=["age"]).fit(data)
    none = PURCHASE_MODELS[name](covariates=["age"], l1_penalty=1e7).fit(data)
    assert [value for key, value in none.params_.items() if "." in key] == [0.0, 0.0]
    for key, value in plain.params_.items():
        assert none.params_[key] == pytest.approx(value, rel=1e-4)
        assert none.standard_errors_[key] == pytest.approx(plain.standard_errors_[key], rel=1e-3)
    assert none.log_likelihood_ == pytest.approx(plain.log_likelihood_, rel=1e-10)
    nearly = PURCHASE_MODELS[name](covariates=["age"], l1_penalty=1e-4).fit(data)
    for key, value in full.params_.items():
        assert nearly.params_[key] == pytest.approx(value, rel=1e-3)


@every_model
def test_both_penalties_may_be_laid_together_on_columns_that_say_the_same(name):
    data = with_noise(name)
    data["copy"] = data["age"]
    fit = PURCHASE_MODELS[name](covariates=["age", "copy"], penalty=5.0, l1_penalty=5.0).fit(data)
    assert fit.converged_
    assert fit.params_["purchase.age"] == pytest.approx(fit.params_["purchase.copy"], rel=1e-4)


def test_gamma_gamma_takes_it_too():
    data, rng = simulated("BGNBD", 4000), np.random.default_rng(5)
    nu = rng.gamma(3.7, size=4000) / (15.0 * np.exp(0.4 * data["age"]))
    days = np.maximum(data["frequency"], 1)
    data["monetary_value"] = rng.gamma(6.0 * days) / (nu * days)
    data["noise"] = rng.normal(size=4000)
    fit = GammaGamma(covariates=["age", "noise"], l1_penalty=100.0).fit(data)
    assert fit.params_["spend.noise"] == 0.0
    assert 0.2 < fit.params_["spend.age"] < 0.4
    assert np.isnan(fit.standard_errors_["spend.noise"])
    with pytest.raises(UsageError) as caught:
        GammaGamma(covariates=["age"], l1_penalty=-1.0).fit(data)
    assert caught.value.code == "MODEL-136"
