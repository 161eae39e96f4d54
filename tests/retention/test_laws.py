"""What every retention model obeys, whatever its story."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeworth.kernels.newton import in_logs
from lifeworth.models.retention import likelihood
from lifeworth.models.retention.inputs import renewal_counts
from retention.worlds import MODELS, TRUTH, known, parameters, simulated, subscribers

pytestmark = pytest.mark.parametrize("name", MODELS)
quick = settings(max_examples=25, deadline=None)


@quick
@given(data=st.data())
def test_survival_falls_from_1_and_everyone_leaves_some_day_or_is_still_here(name, data):
    model = MODELS[name].with_parameters(**data.draw(parameters(name)))
    t = np.arange(61)
    survival = model.survival(t)
    assert survival[0] == 1.0
    assert (np.diff(survival) <= 0).all()
    assert (survival >= 0).all()
    assert model.churn_probability(t[1:]).sum() + survival[-1] == pytest.approx(1, abs=1e-13)
    assert model.retention_rate(t[1:]) * survival[:-1] == pytest.approx(survival[1:], rel=1e-11)


@quick
@given(data=st.data())
def test_survival_is_the_product_of_retention_rates(name, data):
    p = data.draw(parameters(name))
    model = MODELS[name].with_parameters(**p)
    t = np.arange(1, 200)
    assert model.survival(t) == pytest.approx(np.cumprod(model.retention_rate(t)), rel=1e-11)


@quick
@given(data=st.data())
def test_residual_lifetimes_add_up_renewal_by_renewal(name, data):
    model = MODELS[name].with_parameters(**data.draw(parameters(name)))
    made, rate = data.draw(st.integers(0, 40)), data.draw(st.floats(1e-4, 0.5))
    now, after = model.discounted_expected_residual_lifetime([made, made + 1], rate)
    assert now == pytest.approx(model.retention_rate(made + 1) * (1 + after / (1 + rate)), rel=1e-12)
    near = model.discounted_expected_residual_lifetime([made], rate, horizon=300)[0]
    ahead = np.arange(1, 301)
    alive = [model.expected_probability_alive([made], int(t))[0] for t in ahead[:40]]
    assert near <= now * (1 + 1e-12)
    assert near >= np.dot(alive, (1 + rate) ** -(ahead[:40] - 1.0)) * (1 - 1e-12)
    assert model.discounted_expected_residual_lifetime([made], rate, horizon=0)[0] == 0
    assert model.expected_lifetime(rate) == pytest.approx(
        1 + model.discounted_expected_residual_lifetime([0], rate)[0] / (1 + rate), rel=1e-14
    )


@quick
@given(data=st.data())
def test_a_higher_discount_or_a_nearer_horizon_never_adds_value(name, data):
    model = MODELS[name].with_parameters(**data.draw(parameters(name)))
    tenure, rate = [data.draw(st.integers(0, 40))], data.draw(st.floats(0.001, 0.5))
    worth = model.discounted_expected_residual_lifetime(tenure, rate)
    assert model.discounted_expected_residual_lifetime(tenure, 1.1 * rate) <= worth
    assert model.discounted_expected_residual_lifetime(tenure, rate, horizon=9) <= worth * (1 + 1e-12)


@quick
@given(data=st.data())
def test_quantiles_are_where_survival_crosses(name, data):
    model = MODELS[name].with_parameters(**data.draw(parameters(name)))
    made, q = data.draw(st.integers(0, 20)), data.draw(st.floats(0.01, 0.9))
    k = int(model.quantiles([made], q)[0, 0])
    if k < 10**9:
        at_most = 1 - model.expected_probability_alive([made], k + 1)[0]
        assert at_most >= q * (1 - 1e-9)
        assert k == 0 or 1 - model.expected_probability_alive([made], k)[0] <= q * (1 + 1e-9)


@quick
@given(data=st.data())
def test_predictions_do_not_depend_on_the_batch_or_its_order(name, data):
    model, base = MODELS[name].with_parameters(**data.draw(parameters(name))), data.draw(subscribers())
    order = np.array(data.draw(st.permutations(range(len(base["entry"])))))
    shuffled = {key: column[order] for key, column in base.items()}
    for answer in (
        lambda rows: model.discounted_expected_residual_lifetime(rows, 0.1),
        lambda rows: model.expected_probability_alive(rows, 3),
        lambda rows: model.quantiles(rows, 0.4)[:, 0],
    ):
        whole = answer(base)
        assert answer(shuffled) == pytest.approx(whole[order], rel=1e-12)
        alone = [answer({key: each[i : i + 1] for key, each in base.items()})[0] for i in range(len(whole))]
        assert alone == pytest.approx(whole, rel=1e-12)
        assert (whole[base["churned"]] == 0).all()


@quick
@given(data=st.data())
def test_inputs_are_never_changed(name, data):
    model, base = MODELS[name].with_parameters(**data.draw(parameters(name))), data.draw(subscribers())
    before = {key: column.copy() for key, column in base.items()}
    for column in base.values():
        column.setflags(write=False)
    model.discounted_expected_residual_lifetime(base, 0.1)
    model.quantiles(base, 0.5)
    model.draw_remaining(base, {key: [value] for key, value in model.params_.items()}, 1)
    renewal_counts(base)
    assert all(np.array_equal(before[key], base[key]) for key in base)


@quick
@given(data=st.data())
def test_gradients_are_differences_and_hessians_those_of_gradients(name, data):
    params = np.log(np.array(list(data.draw(parameters(name)).values())))
    climb = in_logs(likelihood.objective(MODELS[name](), renewal_counts(data.draw(subscribers()))))
    value, gradient, hessian = climb(params)
    size = max(1.0, abs(value))
    for i, step in enumerate(1e-5 * np.eye(len(params))):
        up, down = climb(params + step), climb(params - step)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-5, abs=1e-6 * size)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / 2e-5, abs=1e-6 * size)


@quick
@given(data=st.data())
def test_draws_of_parameters_have_the_likelihood_of_each_alone(name, data):
    several = [data.draw(parameters(name)) for _ in range(3)]
    counts = renewal_counts(data.draw(subscribers()))
    together = {key: np.array([p[key] for p in several]) for key in several[0]}
    found = likelihood.log_likelihoods(MODELS[name](), counts, together)
    objective = likelihood.objective(MODELS[name](), counts)
    alone = [objective(np.array(list(p.values())))[0] for p in several]
    assert found == pytest.approx(alone, rel=1e-12)


def test_the_fit_does_not_depend_on_the_order_of_subscribers(name):
    data = simulated(name, 4000)
    order = np.random.default_rng(5).permutation(4000)
    shuffled = {key: column[order] for key, column in data.items()}
    assert MODELS[name]().fit(data).params_ == MODELS[name]().fit(shuffled).params_


def test_weights_count_as_many_subscribers(name):
    data = simulated(name, 1500)
    times = np.random.default_rng(6).integers(0, 4, 1500)
    repeated = {key: np.repeat(column, times) for key, column in data.items()}
    weighted, plain = MODELS[name]().fit(data, sample_weight=times), MODELS[name]().fit(repeated)
    assert weighted.params_ == pytest.approx(plain.params_, rel=1e-9)
    assert weighted.log_likelihood_ == pytest.approx(plain.log_likelihood_, rel=1e-12)
    assert weighted.n_customers_ == times.sum()


def test_a_larger_company_has_the_same_estimate_and_narrower_errors(name):
    data = simulated(name, 2000)
    one = MODELS[name]().fit(data)
    many = MODELS[name]().fit(data, sample_weight=np.full(2000, 100.0))
    assert many.params_ == pytest.approx(one.params_, rel=1e-5)
    for key, error in one.standard_errors_.items():
        assert many.standard_errors_[key] == pytest.approx(error / 10, rel=1e-4)


def test_the_covariance_is_the_inverse_of_minus_the_hessian(name):
    data = simulated(name, 5000)
    model = MODELS[name]().fit(data)
    values = np.array(list(model.params_.values()))
    _, gradient, hessian = likelihood.objective(model, renewal_counts(data))(values)
    assert np.abs(gradient * values).max() < 1e-6
    assert model.covariance_ == pytest.approx(np.linalg.inv(-hessian), rel=1e-4)
    assert list(model.standard_errors_.values()) == pytest.approx(np.sqrt(np.diag(model.covariance_)))


def test_simulated_subscribers_are_possible_ones(name):
    seen = np.random.default_rng(7).integers(0, 30, 20_000)
    table = known(name).simulate(20_000, seen, 8)
    renewals, churned, age = (table[key].to_numpy() for key in ("renewals", "churned", "T"))
    assert (age <= seen).all()
    assert (age == renewals + churned).all()
    assert (renewals[churned == 0] == seen[churned == 0]).all()


def test_simulated_survival_is_the_formula(name):
    model, size = known(name), 100_000
    renewals = model.simulate(size, 40, 9)["renewals"].to_numpy()
    for t in (1, 2, 5, 12, 40):
        wanted = model.survival(t)
        assert (renewals >= t).mean() == pytest.approx(wanted, abs=4.5 * np.sqrt(wanted / size))


def test_remaining_renewals_are_drawn_from_the_conditional_survival(name):
    model, size = known(name), 60_000
    p = {key: [value] for key, value in model.params_.items()}
    for made in (0, 4, 11):
        drawn = model.draw_remaining(np.full(size, made), p, 10)[:, 0]
        for ahead in (1, 3, 10):
            wanted = model.expected_probability_alive([made], ahead)[0]
            assert (drawn >= ahead).mean() == pytest.approx(wanted, abs=4.5 * np.sqrt(wanted / size))


def test_the_same_seed_gives_the_same_subscribers_and_another_seed_others(name):
    one, same, other = (known(name).simulate(500, 20, seed)["renewals"].to_list() for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_a_saved_model_forecasts_the_same(name, tmp_path):
    from lifeworth.models.saving import load

    model = MODELS[name]().fit(simulated(name, 800))
    model.save(tmp_path / "model.json")
    for again in (load(tmp_path / "model.json"), pickle.loads(pickle.dumps(model))):
        assert again.params_ == model.params_
        assert again.standard_errors_ == model.standard_errors_
        assert np.array_equal(
            again.discounted_expected_residual_lifetime([0, 3], 0.1),
            model.discounted_expected_residual_lifetime([0, 3], 0.1),
        )


def test_tables_come_back_as_the_kind_that_went_in(name):
    data = simulated(name, 500)
    for kind in (pd.DataFrame, pl.DataFrame):
        model = MODELS[name]().fit(kind(data))
        for table in (model.summary(), model.probability_table(6), model.simulate(5, 3, 1)):
            assert isinstance(table, kind)
        assert list(model.summary()["parameter"]) == list(TRUTH[name])
        table = model.probability_table(6)
        assert np.array_equal(np.asarray(table["survival"]), model.survival(np.arange(7)))
        assert np.isnan(np.asarray(table["retention_rate"], float)[0])
    assert len(MODELS[name]().fit(data).probability_table(0)) == 1


def test_scikit_learn_clones_it(name):
    from sklearn.base import clone

    assert isinstance(clone(known(name)), MODELS[name])
