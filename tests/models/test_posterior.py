"""Posterior draws: what they average to, that units do not matter, and that bad ones are refused."""

import numpy as np
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models import BGNBD, GammaGamma, ParetoNBD
from lifeworth.models.fitting.posterior import Logs, ShareAndStrength
from lifeworth.models.fitting.priors import (
    Beta,
    Gamma,
    LogNormal,
    ParetoAboveOne,
    Weibull,
    beta_geometric_priors,
    pareto_priors,
)
from lifeworth.models.parameters import scales
from models.worlds import HEAVY, MODELS, PURCHASE_MODELS, scaled, simulated


@pytest.fixture(scope="module")
def data():
    return simulated("BGNBD", 1500)


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_draws(name, data):
    model = PURCHASE_MODELS[name]().fit(data)
    draws = 100 if name in HEAVY else 500
    one, same, other = (model.posterior(draws, random_state=seed) for seed in (3, 3, 4))
    first = model.parameters[0].name
    assert np.array_equal(one.values[first], same.values[first])
    assert one.k_hat == same.k_hat
    assert not np.array_equal(one.values[first], other.values[first])


@pytest.mark.parametrize("name", MODELS)
def test_days_and_weeks_have_the_same_posterior(name, data):
    weeks = scaled(data, 1 / 7)
    one = PURCHASE_MODELS[name]().fit(data).posterior(500, random_state=3)
    other = PURCHASE_MODELS[name]().fit(weeks).posterior(500, random_state=3)
    assert other.k_hat == pytest.approx(one.k_hat, abs=1e-6)
    grow = scales(PURCHASE_MODELS[name].parameters, 7.0)
    for parameter, factor in zip(PURCHASE_MODELS[name].parameters, grow, strict=True):
        assert factor * other.values[parameter.name] == pytest.approx(one.values[parameter.name], rel=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_a_forecast_with_a_posterior_is_its_mean_over_draws(name, data):
    model = PURCHASE_MODELS[name]().fit(data)
    post = model.posterior(400, random_state=5)
    some = {key: column[:40] for key, column in data.items()}
    drawn = post.parameters(200)
    each = [
        PURCHASE_MODELS[name].with_parameters(**{key: values[i] for key, values in drawn.items()})
        for i in range(200)
    ]
    for ask in (
        lambda model, **more: model.expected_purchases(some, 60, **more),
        lambda model, **more: model.expected_probability_alive(some, **more),
        lambda model, **more: model.purchase_probabilities(some, 60, [0, 1, 4], **more),
    ):
        mean = np.mean([ask(one) for one in each], axis=0)
        assert ask(model, posterior=post) == pytest.approx(mean, rel=1e-10)
    many = model.quantiles(some, 60, [0.1, 0.5, 0.9], posterior=post)
    shares = model.purchase_probabilities(some, 60, np.arange(200), posterior=post)
    reached = np.cumsum(shares, axis=1)
    wanted = [[(row < level).sum() for level in (0.1, 0.5, 0.9)] for row in reached]
    assert many.tolist() == wanted
    assert isinstance(model.expected_purchases_new_customer(30, posterior=post), float)


def test_resampled_draws_keep_the_weighted_mean(data):
    post = BGNBD().fit(data).posterior(2000, random_state=6)
    weighted = post.weight @ post.values["alpha"]
    assert post.parameters(2000)["alpha"].mean() == pytest.approx(weighted, rel=2e-3)
    assert post.weight.sum() == pytest.approx(1)
    assert 1 <= post.ess <= 2000 + 1e-9
    assert list(post.frame.columns) == ["r", "alpha", "a", "b", "weight"]


def test_much_data_forget_the_prior_and_agree_with_the_estimate():
    data = simulated("BGNBD", 120_000)
    model = BGNBD().fit(data)
    post = model.posterior(1000, random_state=7)
    for name, value in model.params_.items():
        error = model.standard_errors_[name]
        assert post.weight @ post.values[name] == pytest.approx(value, abs=0.25 * error)
        spread = np.sqrt(post.weight @ (post.values[name] - value) ** 2)
        assert spread == pytest.approx(error, rel=0.15)


def test_a_narrow_prior_moves_the_posterior(data):
    model = BGNBD().fit(data)
    post = model.posterior(1000, random_state=8, priors={"r": LogNormal(2.0, 0.001)})
    assert post.weight @ post.values["r"] == pytest.approx(2.0, rel=0.02)


def test_unknown_priors_and_too_few_draws_are_refused(data):
    model = BGNBD().fit(data)
    for more, code in (({"priors": {"s": Weibull(2, 1)}}, "MODEL-028"), ({"draws": 10}, "MODEL-027")):
        with pytest.raises(UsageError) as caught:
            model.posterior(**more)
        assert caught.value.code == code


def test_default_priors_want_a_unit_of_time():
    real = {"frequency": [1, 2, 0, 1], "recency": [np.pi, 1.0, 0, 2.2], "T": [5.0, np.e, 4.1, 5.5]}
    with pytest.raises(ModelError) as caught:
        BGNBD().fit(real).posterior()
    assert caught.value.code == "MODEL-108"
    assert BGNBD(time_unit="W").fit(real).unit_days_ == 7.0


def test_a_posterior_that_cannot_be_trusted_is_refused(monkeypatch, data):
    from lifeworth.models.fitting import ensemble, posterior

    model = BGNBD().fit(data)
    monkeypatch.setattr(posterior, "TRUSTED", -10.0)
    monkeypatch.setattr(ensemble, "PATIENCE", 0.0)
    with pytest.raises(ModelError) as caught:
        model.posterior(200, random_state=1)
    assert caught.value.code == "MODEL-105"
    assert "BGNBD" in str(caught.value)


def test_few_customers_still_have_a_posterior():
    data = simulated("BGNBD", 40)
    for model in (BGNBD, ParetoNBD):
        post = model().fit(data).posterior(2000, random_state=2)
        assert post.k_hat < 0.7
        assert all((values > 0).all() for values in post.values.values())


@pytest.mark.parametrize(
    "prior", [Weibull(2, 3.0), LogNormal(2.0, 0.7), Gamma(2.0, 0.5), Beta(2.0, 3.0), ParetoAboveOne(1.5)]
)
def test_priors_know_their_derivatives(prior):
    theta, step = np.array([-1.3, 0.2, 1.9]), 1e-5
    _, first, second = prior.terms(theta)
    up, down = prior.terms(theta + step), prior.terms(theta - step)
    assert first == pytest.approx((up[0] - down[0]) / (2 * step), abs=1e-8)
    assert second == pytest.approx((up[1] - down[1]) / (2 * step), abs=1e-8)


@pytest.mark.parametrize(
    "coordinates", [ShareAndStrength(beta_geometric_priors(7.0, None)), Logs(pareto_priors(7.0, None))]
)
def test_coordinates_know_their_derivatives(coordinates):
    theta, step = np.array([-0.4, 1.7, 0.3, -0.8]), 1e-5
    first, second = coordinates.slopes(theta)
    for j, move in enumerate(step * np.eye(4)):
        up, down = coordinates.values(theta + move), coordinates.values(theta - move)
        assert first[:, j] == pytest.approx((up - down) / (2 * step), abs=1e-8)
        up, down = coordinates.slopes(theta + move)[0], coordinates.slopes(theta - move)[0]
        assert second[:, :, j] == pytest.approx((up - down) / (2 * step), abs=1e-8)
    values = coordinates.values(theta)
    assert coordinates.values(coordinates.locate(values)) == pytest.approx(values, rel=1e-12)


def test_spend_has_a_posterior_in_any_currency():
    rng = np.random.default_rng(9)
    x = rng.integers(1, 9, 2000)
    nu = rng.gamma(3.7, 1 / 15.0, 2000)
    mean = rng.gamma(6.0 * x, 1 / (nu * x))
    one = GammaGamma().fit({"frequency": x, "monetary_value": mean})
    other = GammaGamma().fit({"frequency": x, "monetary_value": 1e6 * mean})
    posts = [model.posterior(500, random_state=1) for model in (one, other)]
    assert posts[1].values["v"] == pytest.approx(1e6 * posts[0].values["v"], rel=1e-6)
    assert posts[1].values["q"] == pytest.approx(posts[0].values["q"], rel=1e-6)
    assert posts[0].weight @ posts[0].values["q"] == pytest.approx(one.params_["q"], rel=0.1)
    averaged = one.expected_customer_spend({"frequency": [0], "monetary_value": [0.0]}, posterior=posts[0])
    plain = one.expected_customer_spend({"frequency": [0], "monetary_value": [0.0]})
    assert averaged == pytest.approx(plain, rel=0.05)
