"""The discrete-time hazard: the product-limit curve, known truth, left truncation, identities."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import lifeworth as lw
from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models import DiscreteHazard, ShiftedBetaGeometric, compare, leave_one_out, observed_survival
from lifeworth.models.retention import hazard_likelihood
from lifeworth.models.retention.age_bands import exposure
from lifeworth.models.retention.inputs import tenures


def world(size=6000, seed=5, periods=60):
    """Subscribers with two covariates and a hazard that falls with age; truth: -2.5 - .03 t + .8 u - .5 w."""
    rng = np.random.default_rng(seed)
    u, w = rng.normal(size=size), (rng.random(size) < 0.4).astype(float)
    seen = rng.integers(1, periods + 1, size)
    renewals, here = np.zeros(size, int), np.ones(size, bool)
    for t in range(1, periods + 1):
        chance = 1 / (1 + np.exp(-(-2.5 - 0.03 * t + 0.8 * u - 0.5 * w)))
        here &= rng.random(size) >= chance
        renewals += here
    made = np.minimum(renewals, seen)
    return pd.DataFrame({"renewals": made, "churned": made < seen, "u": u, "w": w})


def test_without_covariates_and_a_band_per_age_it_is_the_product_limit_curve():
    data = world(1500, periods=12)[["renewals", "churned"]]
    model = DiscreteHazard(most_bands=2000, fewest_leavers=0.5).fit(data)
    km = observed_survival(data)
    ages = np.arange(1, len(km))
    found = model.survival({"renewals": [0]}, ages)[0]
    assert found == pytest.approx(km["survival"].to_numpy()[1:], abs=1e-7)


def test_a_known_truth_is_recovered_within_its_standard_errors():
    data = world(20000)
    model = DiscreteHazard(["u", "w"], penalty=0.0).fit(data)
    for name, truth in (("u", 0.8), ("w", -0.5)):
        scale = model.scales_[model.covariates.index(name)]
        off = model.params_[name] / scale - truth
        assert abs(off) < 3.5 * model.standard_errors_[name] / scale
        assert model.standard_errors_[name] / scale < 0.05
    hazard = model.hazard(pd.DataFrame({"renewals": [0], "u": [0.5], "w": [1.0]}), [1, 20])[0]
    truth = 1 / (1 + np.exp(-(-2.5 - 0.03 * np.array([1, 20]) + 0.4 - 0.5)))
    assert hazard == pytest.approx(truth, rel=0.15)


def test_gradient_and_hessian_are_the_differences_of_the_value():
    data = world(300, periods=20)
    rows = tenures(data)
    seen = exposure(rows, np.array([1, 2, 5, 10]))
    x = data[["u", "w"]].to_numpy()
    target = hazard_likelihood.objective(seen, x, np.ones(len(rows)), 0.7)
    theta = np.array([-2.0, -2.2, -2.5, -3.0, 0.4, -0.2])
    _, gradient, hessian = target(theta)
    for i, step in enumerate(np.eye(6) * 1e-5):
        up, down = target(theta + step), target(theta - step)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-6, abs=1e-5)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / 2e-5, rel=1e-6, abs=1e-5)


def test_left_truncation_removes_the_bias_of_survivors_only():
    data = world(20000, seed=8)
    late = data.assign(entry=np.where(np.arange(len(data)) % 2, 6, 0))
    kept = late[late["renewals"] >= late["entry"]].reset_index(drop=True)
    truth = DiscreteHazard().fit(data[["renewals", "churned"]]).survival({"renewals": [0]}, 12)[0, 0]
    right = DiscreteHazard().fit(kept[["renewals", "churned", "entry"]]).survival({"renewals": [0]}, 12)[0, 0]
    wrong = DiscreteHazard().fit(kept[["renewals", "churned"]]).survival({"renewals": [0]}, 12)[0, 0]
    assert right == pytest.approx(truth, abs=0.01)
    assert wrong > truth + 0.04


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 80), st.floats(0.0, 0.4), st.floats(-2, 2))
def test_residual_lifetimes_are_the_sum_of_survival(made, rate, u):
    model = fitted()
    one = {"renewals": [made], "u": [u], "w": [0.0]}
    ahead = np.arange(1, 1501)
    alive = model.expected_probability_alive(one, ahead)[0]
    assert (np.diff(alive) <= 1e-15).all()
    summed = float(alive @ (1 + rate) ** -(ahead - 1.0))
    assert model.discounted_expected_residual_lifetime(one, rate, horizon=1500)[0] == pytest.approx(
        summed, rel=1e-9
    )
    later = {**one, "renewals": [made + 1]}
    stay = alive[0]
    whole, after = (model.discounted_expected_residual_lifetime(each, rate)[0] for each in (one, later))
    assert whole == pytest.approx(stay * (1 + after / (1 + rate)), rel=1e-9)
    assert model.expected_remaining(one, 12)[0] == pytest.approx(alive[:12].sum(), rel=1e-9)


_FITTED = []


def fitted():
    if not _FITTED:
        _FITTED.append(DiscreteHazard(["u", "w"]).fit(world(2500)))
    return _FITTED[0]


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_quantiles_are_where_survival_crosses(share):
    model, data = fitted(), world(60, seed=2)
    k = model.quantiles(data, share)[:, 0]
    stay = model.expected_probability_alive(data, np.arange(k.max() + 2))
    rows = np.flatnonzero(~data["churned"].to_numpy())
    assert (1 - stay[rows, k[rows] + 1] >= share - 1e-12).all()
    assert (1 - stay[rows, k[rows]] < share).all()
    assert (k[data["churned"]] == 0).all()


def test_possible_renewals_have_the_mean_of_the_formula():
    model, data = fitted(), world(6, seed=2).assign(churned=False)
    drawn = model.draw_remaining(data, {name: np.full(4000, each) for name, each in model.params_.items()}, 1)
    error = drawn.std(axis=1) / np.sqrt(4000)
    assert (np.abs(drawn.mean(axis=1) - model.expected_remaining(data)) < 4 * error).all()


def test_its_posterior_is_the_normal_law_of_the_estimates_where_subscribers_are_many():
    model = fitted()
    found = model.posterior(2000, random_state=1)
    assert found.k_hat < 0.5
    for name, values in found.values.items():
        mean = float(found.weight @ values)
        spread = np.sqrt(found.weight @ (values - mean) ** 2)
        assert mean == pytest.approx(model.params_[name], abs=0.25 * model.standard_errors_[name])
        assert spread == pytest.approx(model.standard_errors_[name], rel=0.15)


def test_leave_one_out_prefers_who_knows_the_covariates():
    data = world(1200, seed=9)
    told = {}
    for columns in ([], ["u", "w"]):
        model = DiscreteHazard(columns).fit(data)
        told[str(columns)] = leave_one_out(model, model.posterior(400, random_state=1))
        assert told[str(columns)].elpd == pytest.approx(model.log_likelihood_ - len(model.params_), abs=3.0)
    mixture = ShiftedBetaGeometric().fit(data)
    told["mixture"] = leave_one_out(mixture, mixture.posterior(400, random_state=1))
    table = compare(told)
    assert table["model"][0] == "['u', 'w']"
    assert (table["difference"][1:] < -3 * table["standard_error"][1:]).all()


def test_scikit_learn_clones_it_and_searches_its_settings():
    data = world(800, seed=4)
    search = GridSearchCV(DiscreteHazard(["u", "w"]), {"penalty": [1.0, 1e5]}, cv=3).fit(data)
    assert search.best_params_ == {"penalty": 1.0}  # the covariates tell something
    assert clone(search.best_estimator_).get_params() == search.best_estimator_.get_params()
    assert DiscreteHazard().set_params(penalty=2.0).penalty == 2.0
    with pytest.raises(UsageError):
        DiscreteHazard().set_params(ridge=2.0)


def test_weights_count_as_so_many_subscribers_and_columns_may_be_an_index(tmp_path):
    data = world(400)
    weight = np.random.default_rng(2).integers(1, 4, len(data))
    model = DiscreteHazard(data.columns[2:4]).fit(data, weight)
    assert model.log_likelihood(data, weight) == pytest.approx(model.log_likelihood_, rel=1e-12)
    model.save(tmp_path / "hazard.json")
    assert lw.load(tmp_path / "hazard.json").covariates == ["u", "w"]
    repeated = data.loc[data.index.repeat(weight)]
    assert model.score(data, sample_weight=weight) == pytest.approx(model.score(repeated), rel=1e-12)


def test_its_survival_can_be_drawn_beside_the_product_limit_curve():
    data = world(800, seed=4)
    model = DiscreteHazard(["u", "w"]).fit(data)
    plot = lw.plots.survival([model], data, periods=12, posterior=model.posterior(200, random_state=1))
    found = plot.frame
    assert np.abs(found["DiscreteHazard"] - found["observed"]).max() < 0.05
    assert (found["DiscreteHazard_low"] <= found["DiscreteHazard_high"]).all()


def test_intervals_hold_the_estimate_and_who_left_expects_nothing():
    model, data = fitted(), world(50, seed=2)
    low, high = model.survival_interval(data, [6, 12], draws=100, random_state=1)
    found = model.expected_probability_alive(data, [6, 12])
    here = ~data["churned"].to_numpy()
    assert (low[here] < found[here]).all()
    assert (found[here] < high[here]).all()
    assert found[~here].max() == 0
    assert model.discounted_expected_residual_lifetime(data, 0.01)[~here].max() == 0


def test_a_saved_model_answers_as_before(tmp_path):
    model = fitted()
    model.save(tmp_path / "hazard.json")
    back, data = lw.load(tmp_path / "hazard.json"), world(40, seed=3)
    assert back.get_params() == model.get_params()
    assert np.array_equal(back.hazard(data, [1, 30]), model.hazard(data, [1, 30]))
    assert np.array_equal(back.draw_parameters(3, 1), model.draw_parameters(3, 1))


def test_what_it_simulates_it_finds_again():
    model = fitted()
    people = world(20000, seed=11)
    drawn = model.simulate(people.assign(renewals=0, churned=False), 40, random_state=4)
    again = DiscreteHazard(["u", "w"]).fit(drawn.assign(u=people["u"], w=people["w"]))
    assert again.params_["u"] == pytest.approx(model.params_["u"], abs=0.05)
    assert drawn["churned"].mean() == pytest.approx(
        1 - model.survival(people.assign(renewals=0), 40).mean(), abs=0.015
    )


def test_a_category_without_leavers_stays_finite():
    data = world(800).assign(gold=0.0)
    data.loc[data["churned"].eq(False), "gold"] = (np.arange((~data["churned"]).sum()) % 3 == 0).astype(float)
    model = DiscreteHazard(["gold"]).fit(data)
    assert model.converged_
    assert np.isfinite(list(model.params_.values())).all()
    assert model.params_["gold"] < 0
    assert list(model.summary()["parameter"])[-1] == "gold"


def test_what_cannot_be_fitted_is_named():
    with pytest.raises(UsageError, match="MODEL-230"):
        DiscreteHazard(penalty=-1.0).fit(world(50))
    with pytest.raises(ModelError, match="MODEL-211"):
        DiscreteHazard().fit({"renewals": [3, 4], "churned": [0, 0]})
    with pytest.raises(ModelError, match="MODEL-212"):
        DiscreteHazard().fit({"renewals": [0, 0], "churned": [1, 1]})
    with pytest.raises(ModelError, match="MODEL-003"):
        DiscreteHazard(["u"]).fit({"renewals": [3, 4], "churned": [1, 0], "u": [np.nan, 1.0]})
    with pytest.raises(ModelError, match="MODEL-106"):
        DiscreteHazard().hazard({"renewals": [1]}, 1)
