"""Gamma-Gamma with covariates: they scale what a customer spends."""

import mpmath as mp
import numpy as np
import pytest

import lifeworth
from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models import GammaGamma
from models.covariate_worlds import people
from models.many_digits import derivatives

TRUTH = {"p": 6.0, "q": 3.7, "v": 15.0, "spend.age": 0.2, "spend.web": -0.4, "spend.shop": 0.5}
NUMBERS = {"covariates": ["age", "web", "shop"]}


def known():
    return GammaGamma.with_parameters(NUMBERS, **TRUTH)


def customers(size, seed=1):
    who, rng = people(size, seed), np.random.default_rng([seed, 3])
    table = known().simulate(rng.poisson(2.0, size), rng, covariates=who)
    return {**who, **{key: table[key].to_numpy() for key in ("frequency", "monetary_value")}}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_truth_is_recovered_within_three_standard_errors(seed):
    fit = GammaGamma(covariates=["age", "channel"]).fit(customers(20_000, seed))
    assert fit.converged_
    assert fit.boundary_ == []
    for key, value in fit.params_.items():
        assert abs(value - TRUTH[key.replace("channel=", "")]) < 3 * fit.standard_errors_[key], key


def test_slopes_and_bends_of_a_customer_agree_with_forty_digits():
    model = GammaGamma()

    def judge(x, total):
        def value(p, q, v):
            constant = mp.loggamma(p * x + q) - mp.loggamma(p * x) - mp.loggamma(q)
            return constant - q * mp.log(1 + total / v) - p * x * mp.log(1 + v / total)

        return value

    with mp.workdps(40):
        for x, total in [(1, 3.0), (4, 90.0), (26, 1040.0)]:
            at = [2.5, 3.1, 14.0]
            rows = {name: np.array([value]) for name, value in zip("pqv", at, strict=True)}
            part = model.terms(np.array([x]), np.array([total]), None, np.zeros(1, np.int32), rows)
            steps, own = [mp.mpf(each) for each in at], judge(x, mp.mpf(total))
            assert part.value[0] == pytest.approx(float(own(*steps)), rel=1e-12)
            assert model.log_terms(np.array([x]), np.array([total]), None, rows)[0] == pytest.approx(
                float(own(*steps)), rel=1e-12
            )
            slopes, bends = derivatives(own, steps)
            assert part.first[:, 0] == pytest.approx(slopes, rel=1e-10)
            assert part.second[:, 0] == pytest.approx(bends[np.triu_indices(3)], rel=1e-9)


def test_without_coefficients_all_is_as_in_the_plain_model():
    data = customers(500)
    params = {key: TRUTH[key] for key in "pqv"}
    plain = GammaGamma.with_parameters(**params)
    zero = GammaGamma.with_parameters(NUMBERS, **params, **{key: 0.0 for key in TRUTH if "." in key})
    assert zero.expected_customer_spend(data) == pytest.approx(plain.expected_customer_spend(data), rel=1e-14)
    shares = np.tile([0.4, 0.3, 0.3], (500, 1))
    one, other = (model.spend_quantiles(data, shares, [0.5, 0.9]) for model in (zero, plain))
    assert one == pytest.approx(other, rel=1e-12)
    limits = [5.0, 30.0]
    assert zero.share_below(data, limits) == pytest.approx(plain.share_below(data, limits), rel=1e-12)


def test_each_customer_is_forecast_as_by_a_plain_model_with_their_own_scale():
    data, model = customers(300), known()
    push = np.exp(sum(TRUTH[f"spend.{name}"] * data[name] for name in ("age", "web", "shop")))
    shares = np.tile([0.4, 0.3, 0.3], (300, 1))
    expected, levels = model.expected_customer_spend(data), model.spend_quantiles(data, shares, [0.5, 0.9])
    draws = {key: np.array([value, value]) for key, value in TRUTH.items()}
    bought = np.ones((300, 2), np.int64)
    drawn = model.draw_spend(data, bought, draws, 4)
    below = []
    for row in range(0, 300, 17):
        plain = GammaGamma.with_parameters(p=TRUTH["p"], q=TRUTH["q"], v=TRUTH["v"] * push[row])
        one = {key: data[key][row : row + 1] for key in ("frequency", "monetary_value")}
        assert expected[row] == pytest.approx(plain.expected_customer_spend(one)[0], rel=1e-12)
        assert levels[row] == pytest.approx(plain.spend_quantiles(one, shares[:1], [0.5, 0.9])[0], rel=1e-9)
        if one["frequency"][0]:
            below.append(plain.share_below(one, 20.0)[0])
    assert drawn.shape == (300, 2)
    assert drawn.mean() == pytest.approx(expected.mean(), rel=0.15)
    some = {key: column[::17] for key, column in data.items()}
    assert model.share_below(some, 20.0)[0] == pytest.approx(np.mean(below), rel=1e-12)


def test_money_in_other_units_scales_v_only_and_shifts_of_a_number_too():
    data = customers(4000)
    one = GammaGamma(covariates=["age", "channel"]).fit(data)
    cents = GammaGamma(covariates=["age", "channel"]).fit(
        {**data, "monetary_value": 100.0 * data["monetary_value"]}
    )
    shifted = GammaGamma(covariates=["age", "channel"]).fit({**data, "age": data["age"] + 40.0})
    for key, value in one.params_.items():
        assert cents.params_[key] == pytest.approx(value * (100.0 if key == "v" else 1.0), rel=1e-7)
        if key != "v":
            assert shifted.params_[key] == pytest.approx(value, rel=1e-6)
    drop = np.exp(-40.0 * one.params_["spend.age"])
    assert shifted.params_["v"] == pytest.approx(one.params_["v"] * drop, rel=1e-5)


def test_newcomers_without_any_purchase_are_expected_by_their_covariates():
    """Cold start: p v_i/(q - 1)."""
    fit = GammaGamma(covariates=["channel"]).fit(customers(5000))
    leads = {"frequency": [0, 0], "monetary_value": [0.0, 0.0], "channel": ["mail", "shop"]}
    mail, shop = fit.expected_customer_spend(leads)
    assert mail == pytest.approx(fit.params_["p"] * fit.params_["v"] / (fit.params_["q"] - 1.0))
    assert shop == pytest.approx(mail * np.exp(fit.params_["spend.channel=shop"]))


def test_the_posterior_is_centred_on_the_estimate_and_forecasts():
    data = customers(4000)
    fit = GammaGamma(covariates=["age", "channel"]).fit(data)
    posterior = fit.posterior(1000, random_state=3)
    assert posterior.k_hat < 0.7
    table = posterior.summary().set_index("parameter")
    for key in fit.params_:
        if "." in key:
            assert table["mean"][key] == pytest.approx(fit.params_[key], abs=0.5 * fit.standard_errors_[key])
            assert table["standard_deviation"][key] == pytest.approx(fit.standard_errors_[key], rel=0.25)
    mean = fit.expected_customer_spend(data, posterior=posterior)
    assert mean == pytest.approx(fit.expected_customer_spend(data), rel=0.1)


def test_a_saved_model_forecasts_as_before_and_a_penalty_shrinks(tmp_path):
    data = customers(2000)
    fit = GammaGamma(covariates=["age", "channel"]).fit(data)
    fit.save(tmp_path / "m.json")
    back = lifeworth.load(tmp_path / "m.json")
    assert np.array_equal(back.expected_customer_spend(data), fit.expected_customer_spend(data))
    assert back.summary().equals(fit.summary())
    held = GammaGamma(covariates=["age", "channel"], penalty=1e5).fit(data)
    assert abs(held.params_["spend.age"]) < 0.1 * abs(fit.params_["spend.age"])
    assert held.log_likelihood_ < fit.log_likelihood_


def test_customers_that_do_not_fit_are_refused():
    data = customers(300)
    fit = GammaGamma(covariates=["channel"]).fit(data)
    unseen = {**data, "channel": np.array(["moon"] * 300)}
    for code, ask in {
        "MODEL-131": lambda: fit.expected_customer_spend(unseen),
        "MODEL-132": lambda: fit.simulate([1, 2]),
        "MODEL-011": lambda: fit.simulate([1, 2], covariates={"channel": ["web"]}),
        "MODEL-133": lambda: GammaGamma(covariates=7).fit(data),
        "MODEL-136": lambda: GammaGamma(covariates=["channel"], penalty=-1.0).fit(data),
    }.items():
        with pytest.raises((ModelError, UsageError)) as caught:
            ask()
        assert caught.value.code == code
