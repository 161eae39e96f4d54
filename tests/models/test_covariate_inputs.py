"""Static covariates: which processes they move, what they come as, and what is refused."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.models.fitting.comparison import likelihood_ratio
from models.covariate_worlds import TRUTH, people, simulated
from models.test_covariates import objective_of

every_model = pytest.mark.parametrize("name", PURCHASE_MODELS)
WANTED = ["age", "channel"]


@every_model
def test_covariates_may_move_one_process_only(name):
    data = simulated(name, 3000)
    fit = PURCHASE_MODELS[name](covariates={"purchase": ["age"]}).fit(data)
    assert [key for key in fit.params_ if "." in key] == ["purchase.age"]
    assert fit.summary()["parameter"].tolist() == list(fit.params_)
    without = fit.set_params(covariates=None).fit(data)
    assert without.params_ == PURCHASE_MODELS[name]().fit(data).params_
    assert without.expected_purchases_new_customer(30.0) > 0


@every_model
def test_any_dataframe_and_any_kind_of_text_serve(name):
    data = simulated(name, 1000)
    wanted = PURCHASE_MODELS[name](covariates=WANTED).fit(data).params_
    frame = pd.DataFrame(data)
    for each in (frame, frame.astype({"channel": "category"}), pl.DataFrame(data)):
        assert PURCHASE_MODELS[name](covariates=WANTED).fit(each).params_ == wanted
    assert "purchase.channel=mail" not in wanted


@every_model
def test_a_ridge_penalty_shrinks_coefficients_and_lets_ties_pass(name):
    data = simulated(name, 3000)
    twice = {**data, "copy": data["age"]}
    sizes = []
    for penalty in (0.0, 100.0, 1e6):
        fit = PURCHASE_MODELS[name](covariates=["age"], penalty=penalty).fit(data)
        sizes.append(abs(fit.params_["purchase.age"]))
        assert fit.converged_
    assert sizes[0] > sizes[1] > sizes[2]
    assert sizes[2] < 1e-2 * sizes[0]
    with pytest.raises(ModelError) as caught:
        PURCHASE_MODELS[name](covariates=["age", "copy"]).fit(twice)
    assert caught.value.code == "MODEL-134"
    tied = PURCHASE_MODELS[name](covariates=["age", "copy"], penalty=1.0).fit(twice)
    assert tied.params_["purchase.age"] == pytest.approx(tied.params_["purchase.copy"], rel=1e-6)


@pytest.mark.parametrize("name", ["BGNBD", "MBGNBD"])
def test_a_and_b_may_have_coefficients_of_their_own(name):
    """Fader & Hardie (2007): the mean chance of leaving then depends on the covariates, too."""
    truth = {"r": 0.9, "alpha": 30.0, "a": 0.9, "b": 1.8, "purchase.age": 0.3, "a.age": 0.5, "b.age": -0.2}
    columns = {"purchase": ["age"], "a": ["age"], "b": ["age"]}
    kind, who = PURCHASE_MODELS[name], people(30_000, 4)
    table = kind.with_parameters({"covariates": columns}, **truth).simulate(30_000, 300.0, 5, covariates=who)
    fit = kind(covariates=columns).fit(table)
    for key, value in truth.items():
        assert abs(fit.params_[key] - value) < 3 * fit.standard_errors_[key], key
    few = people(2, 1) | {"age": np.array([0.0, 2.0])}
    young, old = fit.expected_purchases_new_customer(500.0, covariates=few)
    assert young != pytest.approx(old, rel=0.05)


SHARED = {"both": ["age"], "purchase": ["channel"], "dropout": ["channel"]}


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_one_coefficient_for_both_processes_is_two_that_are_equal(name):
    data, apart = simulated(name, 800), {**TRUTH[name], "purchase.age": 0.25, "dropout.age": 0.25}
    own = ("web", "shop")
    shared = {key: value for key, value in apart.items() if not key.endswith(".age")} | {"both.age": 0.25}
    kind, columns = PURCHASE_MODELS[name], {"both": ["age"], "purchase": own, "dropout": own}
    one = kind.with_parameters({"covariates": columns}, **shared)
    two = kind.with_parameters({"covariates": ["age", *own]}, **apart)
    assert one.log_likelihood(data) == pytest.approx(two.log_likelihood(data), rel=1e-13)
    for ask in ("expected_probability_alive", "expected_purchases"):
        horizon = () if ask.endswith("alive") else (70,)
        assert getattr(one, ask)(data, *horizon) == pytest.approx(
            getattr(two, ask)(data, *horizon), rel=1e-12
        )


def test_a_shared_coefficient_is_found_again_and_surer_than_two():
    truth = {"r": 0.9, "alpha": 40.0, "s": 0.8, "beta": 60.0, "both.age": 0.3}
    kind, who = PURCHASE_MODELS["ParetoNBD"], people(20_000, 6)
    made = kind.with_parameters({"covariates": {"both": ["age"]}}, **truth).simulate(
        20_000, 400.0, 7, covariates=who
    )
    one = kind(covariates={"both": ["age"]}, time_unit="D").fit(made)
    two = kind(covariates=["age"]).fit(made)
    for key, value in truth.items():
        assert abs(one.params_[key] - value) < 3 * one.standard_errors_[key], key
    test = likelihood_ratio(two, one)
    assert test.degrees == 1
    assert 0.0 <= test.statistic < 10.83  # chi-square with one degree exceeds it once in a thousand
    assert one.standard_errors_["both.age"] < two.standard_errors_["purchase.age"]
    assert one.expected_purchases_new_customer(90, covariates={"age": [0.0, 1.0]}).shape == (2,)
    posterior = one.posterior(500, random_state=1)
    assert posterior.summary().set_index("parameter")["mean"]["both.age"] == pytest.approx(
        one.params_["both.age"], abs=0.5 * one.standard_errors_["both.age"]
    )


def test_a_column_may_stand_under_both_and_one_process_but_not_three():
    data, kind = simulated("ParetoNBD", 2000), PURCHASE_MODELS["ParetoNBD"]
    tilted, free = kind({"both": ["age"], "dropout": ["age"]}).fit(data), kind(["age"]).fit(data)
    assert tilted.log_likelihood_ == pytest.approx(free.log_likelihood_, rel=1e-10)
    assert tilted.params_["both.age"] == pytest.approx(free.params_["purchase.age"], rel=1e-5)
    told = {"both": ["age"], "purchase": ["age"], "dropout": ["age"]}
    assert asked_for(lambda: kind(told).fit(data)).code == "MODEL-134"
    assert kind(told, penalty=1.0).fit(data).converged_


OVERLAPPING = {"purchase": ["age"], "dropout": ["channel"], "a": ["age"], "b": ["age"]}


@pytest.mark.parametrize(
    ("name", "columns"),
    [("BGNBD", OVERLAPPING), ("MBGNBD", OVERLAPPING), ("BGNBD", SHARED), ("ParetoNBD", SHARED)],
)
def test_overlapping_processes_have_right_slopes_too(name, columns):
    model = PURCHASE_MODELS[name](covariates=columns)
    objective, moved, _, _ = objective_of(model, simulated(name, 800))
    theta = np.concatenate([[0.9, 30.0, 0.9, 1.8], np.full(moved.size - 4, 0.3)])
    value, gradient, hessian = objective(theta)
    for i, step in enumerate(1e-5 * np.diag(theta)):
        up, down = objective(theta + step), objective(theta - step)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / (2 * step[i]), abs=1e-6 * abs(value))
        assert hessian[i] == pytest.approx((up[1] - down[1]) / (2 * step[i]), abs=1e-5 * abs(value))


@every_model
def test_a_level_without_any_repeat_purchase_is_reported_not_hidden(name):
    """Its coefficient runs away: the fit says so, a penalty holds it, and forecasts stay numbers."""
    data = simulated(name, 3000)
    odd = np.zeros(3000)
    odd[data["frequency"] == 0] = np.arange((data["frequency"] == 0).sum()) % 4 == 0
    data = {**data, "odd": odd}
    fit = PURCHASE_MODELS[name](covariates={"purchase": ["odd", "age"]}).fit(data)
    assert "purchase.odd" in fit.boundary_
    assert np.isnan(fit.standard_errors_["purchase.odd"])
    assert [each.code for each in fit.findings_] == ["model.boundary"]
    assert np.isfinite(fit.expected_purchases(data, 50)).all()
    held = PURCHASE_MODELS[name](covariates={"purchase": ["odd", "age"]}, penalty=1.0).fit(data)
    assert held.boundary_ == []
    assert -20 < held.params_["purchase.odd"] < 0


def test_customers_that_do_not_fit_are_named():
    data = {**simulated("ParetoNBD", 300), "customer_id": np.array([f"c{row}" for row in range(300)])}
    fit = PURCHASE_MODELS["ParetoNBD"](covariates=WANTED).fit(data)
    channel = data["channel"].astype(object)
    channel[[7, 9]] = "television"
    unseen = asked_for(lambda: fit.expected_purchases({**data, "channel": channel}, 30))
    assert (unseen.code, unseen.facts["customers"]) == ("MODEL-131", ["c7", "c9"])
    assert unseen.facts["seen"] == ["television"]
    assert "c7" in str(unseen)
    channel[[7, 9]] = None
    missing = asked_for(
        lambda: PURCHASE_MODELS["ParetoNBD"](covariates=WANTED).fit({**data, "channel": channel})
    )
    assert (missing.code, missing.facts["rows"]) == ("MODEL-130", [7, 9])
    age = data["age"].copy()
    age[3] = np.nan
    assert asked_for(lambda: fit.expected_purchases({**data, "age": age}, 30)).code == "MODEL-130"
    age[3] = np.inf
    assert asked_for(lambda: fit.expected_purchases({**data, "age": age}, 30)).code == "MODEL-003"
    assert asked_for(lambda: fit.expected_purchases({**data, "age": channel}, 30)).code == "MODEL-013"
    without = {key: column for key, column in data.items() if key != "age"}
    assert asked_for(lambda: fit.expected_purchases(without, 30)).code == "MODEL-001"
    ids = PURCHASE_MODELS["ParetoNBD"](covariates=["customer_id"])
    assert asked_for(lambda: ids.fit(data)).code == "MODEL-135"
    for flat in (np.ones(300), np.full(300, "same")):
        one = PURCHASE_MODELS["ParetoNBD"](covariates=["flat"])
        assert asked_for(lambda one=one, flat=flat: one.fit({**data, "flat": flat})).code == "MODEL-134"
    far = {**data, "age": data["age"] + 1e5}
    assert asked_for(lambda: PURCHASE_MODELS["ParetoNBD"](covariates=["age"]).fit(far)).code == "MODEL-137"


def test_settings_that_mean_nothing_are_refused():
    data, kind = simulated("ParetoNBD", 300), PURCHASE_MODELS["ParetoNBD"]
    for wrong in (7, ["age", "age"], {"spend": ["age"]}, {"purchase": "age", "dropout": ["age"]}, [1]):
        assert asked_for(lambda wrong=wrong: kind(covariates=wrong).fit(data)).code == "MODEL-133"
    for wrong in (-1.0, np.nan, "much"):
        assert asked_for(lambda wrong=wrong: kind(["age"], penalty=wrong).fit(data)).code == "MODEL-136"
    fit, plain = kind(covariates=["age"]).fit(data), kind().fit(data)
    assert asked_for(lambda: fit.expected_purchases_new_customer(30)).code == "MODEL-132"
    assert asked_for(lambda: fit.simulate(5, 30)).code == "MODEL-132"
    assert asked_for(lambda: plain.simulate(5, 30, covariates=people(5, 1))).code == "MODEL-132"
    assert asked_for(lambda: fit.simulate(5, 30, covariates=people(4, 1))).code == "MODEL-011"
    with pytest.raises(UsageError) as caught:
        kind.with_parameters({"covariates": ["age"]}, r=1.0, alpha=1.0, s=1.0, beta=1.0)
    assert caught.value.code == "MODEL-020"


def asked_for(ask):
    with pytest.raises((ModelError, UsageError)) as caught:
        ask()
    return caught.value
