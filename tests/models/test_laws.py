"""What every purchase model obeys, whatever its story. Runs over the catalogue."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeworth.kernels.blocks import BLOCK
from lifeworth.kernels.newton import in_logs
from lifeworth.models.inputs import histories
from lifeworth.models.parameters import scales
from models.worlds import (
    HEAVY,
    MODELS,
    PURCHASE_MODELS,
    STAGES,
    TRUTH,
    customers,
    known,
    parameters,
    scaled,
    simulated,
)

pytestmark = pytest.mark.parametrize("name", MODELS)
ROUGH = {"ParetoAbe": 1e-4}  # derivatives of an integral, by a rule whose nodes move with the parameters
quick = settings(max_examples=25, deadline=None)
HORIZONS = st.floats(0.1, 2000.0)


def with_parameters(name, params, **settings):
    return PURCHASE_MODELS[name].with_parameters(settings, **params)


def in_unit(name, params, factor):
    grow = scales(PURCHASE_MODELS[name].parameters, factor).tolist()
    return {key: value * each for (key, value), each in zip(params.items(), grow, strict=True)}


@quick
@given(data=st.data())
def test_probabilities_lie_between_0_and_1(name, data):
    model = with_parameters(name, data.draw(parameters(name)))
    base, horizon = data.draw(customers()), data.draw(HORIZONS)
    alive = model.expected_probability_alive(base)
    assert ((alive >= 0) & (alive <= 1)).all()
    shares = model.purchase_probabilities(base, horizon, np.arange(6))
    assert (shares >= -1e-13).all()
    assert (shares.sum(axis=1) <= 1 + 1e-12).all()


@quick
@given(data=st.data())
def test_a_horizon_of_0_buys_0(name, data):
    model, base = with_parameters(name, data.draw(parameters(name))), data.draw(customers())
    assert (model.expected_purchases(base, 0) == 0).all()
    assert (model.quantiles(base, 0, [0.5, 0.99]) == 0).all()
    assert model.purchase_probabilities(base, 0, 0) == pytest.approx(1.0, abs=1e-12)
    assert model.expected_purchases_new_customer(0) == 0


@quick
@given(data=st.data())
def test_more_horizon_never_buys_less(name, data):
    model, base = with_parameters(name, data.draw(parameters(name))), data.draw(customers())
    horizon = data.draw(HORIZONS)
    sooner, later = (model.expected_purchases(base, each) for each in (horizon, 1.3 * horizon))
    assert (later >= sooner * (1 - 1e-12)).all()
    assert (model.quantiles(base, 1.3 * horizon, 0.7) >= model.quantiles(base, horizon, 0.7)).all()


@quick
@given(data=st.data())
def test_discounting_costs_something_and_no_discount_costs_nothing(name, data):
    model, base = with_parameters(name, data.draw(parameters(name))), data.draw(customers())
    horizon, rate = data.draw(HORIZONS), data.draw(st.floats(1e-5, 0.02))
    plain = model.expected_purchases(base, horizon)
    discounted = model.discounted_expected_purchases(base, rate, future_t=horizon)
    assert (discounted <= plain * (1 + 1e-12)).all()
    assert (discounted >= plain * np.exp(-rate * horizon) * (1 - 1e-12)).all()
    assert model.discounted_expected_purchases(base, 0.0, future_t=horizon) == pytest.approx(plain)


@quick
@given(data=st.data(), factor=st.sampled_from([1 / 7, 1 / 30.4375, 1 / 365.25, 86_400.0, 0.1234567]))
def test_the_unit_of_time_changes_nothing(name, data, factor):
    params, base = data.draw(parameters(name)), data.draw(customers())
    one, other = with_parameters(name, params), with_parameters(name, in_unit(name, params, factor))
    there = scaled(base, factor)
    assert other.expected_probability_alive(there) == pytest.approx(
        one.expected_probability_alive(base), rel=1e-10, abs=1e-14
    )
    assert other.expected_purchases(there, 40 * factor) == pytest.approx(
        one.expected_purchases(base, 40), rel=1e-10, abs=1e-14
    )


@quick
@given(data=st.data())
def test_the_mean_count_is_the_expected_number(name, data):
    params = data.draw(parameters(name))
    model, base = with_parameters(name, params), data.draw(customers(most=4))
    horizon = data.draw(st.floats(0.1, 60.0))
    counts = np.arange(800)
    shares = model.purchase_probabilities(base, horizon, counts)
    reached = shares.sum(axis=1) > 1 - 1e-9
    mean = shares @ counts
    expected = model.expected_purchases(base, horizon)
    assert mean[reached] == pytest.approx(expected[reached], rel=1e-5, abs=1e-9)


@quick
@given(data=st.data())
def test_predictions_do_not_depend_on_the_batch_or_its_order(name, data):
    model, base = with_parameters(name, data.draw(parameters(name))), data.draw(customers())
    order = np.array(data.draw(st.permutations(range(len(base["T"])))))
    shuffled = {key: column[order] for key, column in base.items()}
    whole = model.expected_purchases(base, 50)
    assert model.expected_purchases(shuffled, 50) == pytest.approx(whole[order], rel=1e-12, abs=1e-300)
    alone = [
        model.expected_purchases({key: column[i : i + 1] for key, column in base.items()}, 50)[0]
        for i in range(len(whole))
    ]
    assert alone == pytest.approx(whole, rel=1e-12, abs=1e-300)


def test_the_whole_future_is_the_end_of_ever_longer_ones(name):
    model, base = known(name), simulated(name, 60)
    whole = model.discounted_expected_purchases(base, 0.01)
    assert model.discounted_expected_purchases(base, 0.01, future_t=4000) == pytest.approx(whole, rel=1e-5)
    sooner, later = (model.discounted_expected_purchases(base, 0.01, future_t=each) for each in (50, 400))
    assert (sooner <= later).all()
    assert (later <= whole * (1 + 1e-6)).all()


@quick
@given(data=st.data())
def test_inputs_are_never_changed(name, data):
    model, base = with_parameters(name, data.draw(parameters(name))), data.draw(customers())
    before = {key: column.copy() for key, column in base.items()}
    for column in base.values():
        column.setflags(write=False)
    model.expected_probability_alive(base)
    model.expected_purchases(base, 30)
    model.quantiles(base, 30, 0.5)
    model.draw_purchases(base, 30, {key: [value] for key, value in model.params_.items()}, 1)
    assert all(np.array_equal(before[key], base[key]) for key in base)


@quick
@given(data=st.data())
def test_gradients_are_differences_and_hessians_those_of_gradients(name, data):
    params = np.log(np.array(list(data.draw(parameters(name)).values())))
    h = histories(data.draw(customers()))
    climb = in_logs(PURCHASE_MODELS[name]().objective(h.cells))
    value, gradient, hessian = climb(params)
    near = ROUGH.get(name, 1e-6) * max(1.0, abs(value))
    for i, step in enumerate(1e-5 * np.eye(len(params))):
        up, down = climb(params + step), climb(params - step)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-5, abs=near)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / 2e-5, abs=near)


def test_the_fast_likelihood_is_the_sum_of_the_plain_one(name):
    import importlib

    model, data = known(name), simulated(name, 3000)
    file = importlib.import_module(type(model).__module__)
    h = histories(data)
    fast = model.objective(h.cells)(np.array(list(TRUTH[name].values())))[0]
    stages = {"k": STAGES[name]} if name in STAGES else {}
    x, t_x, T = (data[key] for key in ("frequency", "recency", "T"))
    plain = file.log_likelihood(x, t_x, T, **TRUTH[name], **stages).sum()
    assert fast == pytest.approx(plain, rel=1e-13)
    several = {key: np.array([value, 1.1 * value]) for key, value in TRUTH[name].items()}
    assert model.log_likelihoods(h.cells, several)[0] == pytest.approx(plain, rel=1e-13)


def test_one_thread_or_three_give_the_same_bits(name):
    base = simulated(name, (1 if name in HEAVY else 6) * BLOCK + 17)
    real = {**scaled(base, 0.987654321), "T": base["T"]}
    for data in (base, real):
        fits = [PURCHASE_MODELS[name](threads=threads).fit(data) for threads in (1, 3)]
        assert fits[0].params_ == fits[1].params_
        assert fits[0].log_likelihood_ == fits[1].log_likelihood_
        one, other = (fit.expected_purchases(data, 90) for fit in fits)
        assert np.array_equal(one, other)


def test_the_fit_does_not_depend_on_the_order_of_customers(name):
    data = simulated(name, 4000)
    order = np.random.default_rng(5).permutation(4000)
    shuffled = {key: column[order] for key, column in data.items()}
    one, other = (PURCHASE_MODELS[name]().fit(each) for each in (data, shuffled))
    assert one.params_ == other.params_


def test_weights_count_as_many_customers(name):
    data = simulated(name, 1500)
    times = np.random.default_rng(6).integers(0, 4, 1500)
    repeated = {key: np.repeat(column, times) for key, column in data.items()}
    weighted = PURCHASE_MODELS[name]().fit(data, sample_weight=times)
    plain = PURCHASE_MODELS[name]().fit(repeated)
    assert list(weighted.params_.values()) == pytest.approx(list(plain.params_.values()), rel=1e-9)
    assert weighted.log_likelihood_ == pytest.approx(plain.log_likelihood_, rel=1e-12)
    assert weighted.n_customers_ == times.sum()


def test_a_model_fitted_in_other_units_is_the_same_model(name):
    data = simulated(name, 2000)
    one = PURCHASE_MODELS[name]().fit(data)
    for factor in (1 / 7, 1 / 30.4375, 86_400.0):
        other = PURCHASE_MODELS[name]().fit(scaled(data, factor))
        assert list(other.params_.values()) == pytest.approx(
            list(in_unit(name, one.params_, factor).values()), rel=1e-12
        )
        purchases = data["frequency"].sum()
        assert other.log_likelihood_ == pytest.approx(one.log_likelihood_ - purchases * np.log(factor))
        assert other.unit_days_ == pytest.approx(1 / factor)


def test_the_covariance_is_the_inverse_of_minus_the_hessian(name):
    data = simulated(name, 5000)
    model = PURCHASE_MODELS[name]().fit(data)
    values = np.array(list(model.params_.values()))
    _, gradient, hessian = model.objective(histories(data).cells)(values)
    assert np.abs(gradient * values).max() < 1e-6
    assert model.covariance_ == pytest.approx(np.linalg.inv(-hessian), rel=1e-4)
    errors = np.sqrt(np.diag(model.covariance_))
    assert list(model.standard_errors_.values()) == pytest.approx(errors)


def test_the_truth_is_recovered_from_its_own_simulation(name):
    model = PURCHASE_MODELS[name]().fit(known(name).simulate(6_000 if name in HEAVY else 60_000, 300.0, 12))
    assert model.converged_
    assert model.boundary_ == []
    for key, truth in TRUTH[name].items():
        assert abs(model.params_[key] - truth) < 4 * model.standard_errors_[key]


def test_forecasts_are_the_means_of_simulated_futures(name):
    """80,000 customers watched for 200 days; what they buy in the next 150 is what was forecast."""
    model, size = known(name), 80_000
    whole = model.simulate(size, 350.0, 13)
    data = simulated_cut(name, size)
    drawn = model.draw_purchases(data, 150, {key: [value] for key, value in TRUTH[name].items()}, 14)
    expected = model.expected_purchases(data, 150)
    error = np.sqrt(drawn[:, 0].var() / size)
    assert drawn.mean() == pytest.approx(expected.mean(), abs=4 * error)
    first = data["frequency"].mean()
    total = whole["frequency"].to_numpy()
    assert first + expected.mean() == pytest.approx(total.mean(), abs=5 * total.std() / np.sqrt(size))


def simulated_cut(name, size):
    table = known(name).simulate(size, 200.0, 15)
    return {key: table[key].to_numpy() for key in ("frequency", "recency", "T")}


def test_draws_follow_the_count_law(name):
    model = known(name)
    one = {"frequency": [4], "recency": [80], "T": [120]}
    many = {key: np.repeat(column, 40_000) for key, column in one.items()}
    drawn = model.draw_purchases(many, 90, {key: [value] for key, value in TRUTH[name].items()}, 16)[:, 0]
    shares = model.purchase_probabilities(one, 90, np.arange(9))[0]
    seen = np.bincount(drawn, minlength=9)[:9] / len(drawn)
    error = np.sqrt(shares * (1 - shares) / len(drawn))
    assert (np.abs(seen - shares) < 4.5 * error + 1e-9).all()
    level = model.quantiles(one, 90, 0.9)[0, 0]
    assert (drawn <= level).mean() >= 0.9 - 4.5 * np.sqrt(0.09 / len(drawn))
    assert (drawn <= level - 1).mean() < 0.9 + 4.5 * np.sqrt(0.09 / len(drawn))


def test_simulated_histories_are_possible_ones(name):
    ages = np.random.default_rng(7).uniform(0, 500, 20_000)
    table = known(name).simulate(20_000, ages, 8)
    x, t_x = table["frequency"].to_numpy(), table["recency"].to_numpy()
    assert (t_x <= ages).all()
    assert ((x > 0) == (t_x > 0)).all()
    assert len(histories(table)) == 20_000


def test_the_mean_of_simulated_newcomers_is_the_forecast_and_depends_on_T(name):
    model = known(name)
    for T in (50.0, 400.0):
        x = model.simulate(60_000, T, 9)["frequency"].to_numpy()
        wanted = model.expected_purchases_new_customer(T)
        assert x.mean() == pytest.approx(wanted, abs=4.5 * x.std() / np.sqrt(len(x)))


def test_the_same_seed_gives_the_same_customers_and_another_seed_others(name):
    one, same, other = (known(name).simulate(500, 300, seed)["frequency"].to_list() for seed in (1, 1, 2))
    assert one == same
    assert one != other
