"""Static covariates: they change a customer's parameters, never a formula."""

import importlib
import io
import itertools
import pickle

import mpmath as mp
import numpy as np
import pytest
from sklearn.base import clone

import lifeworth
from lifeworth.kernels.newton import in_logs
from lifeworth.models import covariates as columns_
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.models.fitting import coefficients
from lifeworth.models.fitting.priors import Normal
from lifeworth.models.inputs import histories
from models.covariate_worlds import KINDS, MODELS, TRUTH, drawn, few, known, named, simulated
from models.many_digits import derivatives

every_model = pytest.mark.parametrize("name", MODELS)
WANTED = ["age", "channel"]


def objective_of(model, data):
    """The likelihood in (parameters, coefficients of scaled features), and its cells."""
    from dataclasses import replace

    h = histories(data)
    traits = columns_.learn(data, model.columns, None, False, model.links)
    cells = replace(h, traits=traits).cells
    moved = coefficients.moves([each.name for each in model.parameters], traits.design, model.links)
    return coefficients.objective(cells, traits.z, moved, model.terms, 1), moved, traits, cells


@pytest.mark.parametrize(("name", "seed"), [*itertools.product(PURCHASE_MODELS, [1, 2, 3]), ("GGomNBD", 1)])
def test_the_truth_is_recovered_within_three_standard_errors(name, seed):
    fit = KINDS[name](covariates=WANTED).fit(drawn(name, few(name, 20_000), seed))
    assert fit.converged_
    assert fit.boundary_ == []
    found, errors = named(fit.params_), named(fit.standard_errors_)
    assert set(found) == set(TRUTH[name])
    for key, truth in TRUTH[name].items():
        assert abs(found[key] - truth) < 3 * errors[key], key


@every_model
def test_gradients_are_differences_and_hessians_those_of_gradients(name):
    model = KINDS[name](covariates=WANTED)
    objective, moved, _, _ = objective_of(model, simulated(name, few(name, 1500, 100)))
    count = len(moved.names)
    climb = in_logs(objective, count)
    rng = np.random.default_rng(4)
    for _ in range(4):
        theta = rng.normal(0.0, 0.4, moved.size)
        theta[:count] += np.log(list(TRUTH[name].values())[:count])
        value, gradient, hessian = climb(theta)
        for i, step in enumerate(1e-5 * np.eye(moved.size)):
            up, down = climb(theta + step), climb(theta - step)
            assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-5, abs=1e-6 * abs(value))
            assert hessian[i] == pytest.approx((up[1] - down[1]) / 2e-5, abs=1e-6 * abs(value))


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_slopes_and_bends_of_a_customer_agree_with_forty_digits(name):
    judge = JUDGES[name]
    model = KINDS[name](covariates=WANTED)
    rng = np.random.default_rng(9)
    base = list(TRUTH[name].values())[: len(model.parameters)]
    with mp.workdps(40):
        for x, t_x, T in [(0, 0, 200), (3, 150, 200), (12, 40, 300), (1, 1, 365)]:
            p = np.array(base) * np.exp(rng.normal(0.0, 0.7, len(base)))
            rows = {each.name: np.array([value]) for each, value in zip(model.parameters, p, strict=True)}
            at = (np.array([x]), np.array([t_x]), np.array([T]))
            part = model.terms(*at, np.zeros(1, np.int32), rows)
            steps = [mp.mpf(each) for each in p]
            value = judge(x, t_x, T)(*steps)
            assert part.value[0] == pytest.approx(float(value), rel=1e-13)
            assert model.log_terms(*at, rows)[0] == pytest.approx(float(value), rel=1e-13)
            slopes, bends = derivatives(judge(x, t_x, T), steps)
            assert part.first[:, 0] == pytest.approx(slopes, rel=1e-10, abs=1e-13)
            assert part.second[:, 0] == pytest.approx(bends[np.triu_indices(len(p))], rel=1e-9, abs=1e-13)


def many_digits_pareto(x, t_x, T):
    from models.many_digits import pareto_log_likelihood

    def value(r, alpha, s, beta):
        bought = mp.loggamma(r + x) - mp.loggamma(r)
        return pareto_log_likelihood(x, t_x, T, r, alpha, s, beta) - bought

    return value


def many_digits_beta_geometric(first):
    from models.many_digits import bg_log_likelihood

    def judge(x, t_x, T):
        def value(r, alpha, a, b):
            bought = mp.loggamma(r + x) - mp.loggamma(r)
            return bg_log_likelihood(x, t_x, T, r, alpha, a, b, first) - bought

        return value

    return judge


JUDGES = {
    "ParetoNBD": many_digits_pareto,
    "BGNBD": many_digits_beta_geometric(0),
    "MBGNBD": many_digits_beta_geometric(1),
}


@every_model
def test_the_likelihood_is_the_plain_formula_at_each_customers_parameters(name):
    data, model = simulated(name, few(name, 3000)), known(name)
    objective, _moved, traits, cells = objective_of(model, data)
    theta = list(TRUTH[name].values())
    count, design = len(model.parameters), traits.design
    c = np.array(theta[count:]) * np.concatenate([design.scales[at] for at in design.blocks.values()])
    p = traits.placed(TRUTH[name], model.links)
    file = importlib.import_module(type(model).__module__)
    plain = 0.0
    for row in range(len(data["T"])):
        own = {key: each[traits.kind[row]] if np.ndim(each) else each for key, each in p.items()}
        columns = (data[key][row : row + 1] for key in ("frequency", "recency", "T"))
        plain += float(file.log_likelihood(*columns, **own)[0])
    matrix = coefficients.to_columns(_moved, design)
    logs = np.log(theta[:count]) - (matrix @ np.concatenate([np.zeros(count), c]))[:count]
    standard = np.concatenate([np.exp(logs), c])
    assert objective(standard)[0] == pytest.approx(plain, rel=1e-12)
    draws = {str(i): np.array([each, each]) for i, each in enumerate(standard)}
    fast = coefficients.log_likelihoods(cells, traits.z, _moved, model.log_terms, draws)
    assert fast == pytest.approx(plain, rel=1e-12)


@every_model
def test_without_coefficients_all_is_as_in_the_plain_model(name):
    data = simulated(name, few(name, 2000))
    params = {key: value for key, value in TRUTH[name].items() if "." not in key}
    plain = KINDS[name].with_parameters(**params)
    zero = {key: 0.0 for key in TRUTH[name] if "." in key}
    moved = type(known(name)).with_parameters({"covariates": ["age", "web", "shop"]}, **params, **zero)
    for ask in (
        lambda model: model.expected_probability_alive(data),
        lambda model: model.expected_purchases(data, 90),
        lambda model: model.discounted_expected_purchases(data, 1e-3),
        lambda model: model.discounted_expected_purchases(data, 1e-3, future_t=90),
        lambda model: model.purchase_probabilities(data, 90, range(5)),
    ):
        assert ask(moved) == pytest.approx(ask(plain), rel=1e-12, abs=1e-15)
    assert np.array_equal(moved.quantiles(data, 90, [0.1, 0.9]), plain.quantiles(data, 90, [0.1, 0.9]))
    objective, _, _, _ = objective_of(moved, data)
    count = len(params)
    theta = np.concatenate([list(params.values()), np.zeros(len(zero))])
    value, gradient, hessian = objective(theta)
    wanted = plain.objective(histories(data).cells)(theta[:count])
    assert value == pytest.approx(wanted[0], rel=1e-13)
    assert gradient[:count] == pytest.approx(wanted[1], rel=1e-9, abs=1e-7)
    assert hessian[:count, :count] == pytest.approx(wanted[2], rel=1e-8, abs=1e-6)


@every_model
def test_each_customer_is_forecast_as_by_a_plain_model_with_their_own_parameters(name):
    model, data = known(name), simulated(name, few(name, 400))
    traits = model.design.read(data)
    p = traits.placed(TRUTH[name], model.links)
    whole = {
        "alive": model.expected_probability_alive(data), "log": model.log_probability_alive(data),
        "expected": model.expected_purchases(data, 70),
        "dert": model.discounted_expected_purchases(data, 1e-3),
        "discounted": model.discounted_expected_purchases(data, 1e-3, future_t=70),
        "shares": model.purchase_probabilities(data, 70, [0, 1, 2]),
        "levels": model.quantiles(data, 70, [0.5, 0.9]),
        "new": model.expected_purchases_new_customer([30, 200], covariates=data),
    }  # fmt: skip
    for row in range(0, 400, 23):
        own = {key: float(each[traits.kind[row]]) if np.ndim(each) else each for key, each in p.items()}
        plain = type(model).with_parameters(**own)
        one = {key: data[key][row : row + 1] for key in ("frequency", "recency", "T")}
        found = {
            "alive": plain.expected_probability_alive(one), "log": plain.log_probability_alive(one),
            "expected": plain.expected_purchases(one, 70),
            "dert": plain.discounted_expected_purchases(one, 1e-3),
            "discounted": plain.discounted_expected_purchases(one, 1e-3, future_t=70),
            "shares": plain.purchase_probabilities(one, 70, [0, 1, 2])[0],
            "levels": plain.quantiles(one, 70, [0.5, 0.9])[0],
            "new": plain.expected_purchases_new_customer([30, 200]),
        }  # fmt: skip
        for key, each in found.items():
            assert whole[key][row] == pytest.approx(np.squeeze(each), rel=1e-11, abs=1e-14), key


@every_model
def test_shifting_and_stretching_a_number_changes_its_coefficient_and_the_scales_only(name):
    data = simulated(name, few(name, 5000))
    other = {**data, "age": 10.0 * data["age"] + 2000.0}
    one, two = (KINDS[name](covariates=WANTED).fit(each) for each in (data, other))
    assert two.log_likelihood_ == pytest.approx(one.log_likelihood_, rel=1e-12)
    for key, value in one.params_.items():
        if "." in key:
            factor = 10.0 if key.endswith("age") else 1.0
            assert factor * two.params_[key] == pytest.approx(value, rel=1e-7, abs=1e-9)
            assert factor * two.standard_errors_[key] == pytest.approx(one.standard_errors_[key], rel=1e-6)
        elif not any(key in moves for moves in one.links.values()):
            assert two.params_[key] == pytest.approx(value, rel=1e-7)
    assert two.params_["alpha"] == pytest.approx(
        one.params_["alpha"] * np.exp(200.0 * one.params_["purchase.age"]), rel=1e-4
    )
    assert two.expected_purchases(other, 60) == pytest.approx(one.expected_purchases(data, 60), rel=1e-8)


@every_model
def test_the_covariance_is_the_inverse_of_minus_the_hessian_per_unit(name):
    """By differences of the plain formula, far from the standardised coordinates of the search."""
    data = simulated(name, few(name, 2500))
    model = KINDS[name](covariates=WANTED).fit(data)
    objective, moved, traits, _ = objective_of(model, data)
    matrix = np.linalg.inv(coefficients.to_columns(moved, traits.design))
    count = len(model.parameters)

    def total(values):
        theta = matrix @ np.concatenate([np.log(values[:count]), values[count:]])
        return objective(np.concatenate([np.exp(theta[:count]), theta[count:]]))[0]

    at = np.array(list(model.params_.values()))
    assert total(at) == pytest.approx(model.log_likelihood_, rel=1e-13)
    steps = np.diag(0.02 * np.sqrt(np.diag(model.covariance_)))
    inverse = np.linalg.inv(model.covariance_)
    for i in range(len(at)):
        up, down = total(at + steps[i]), total(at - steps[i])
        bend = (up - 2.0 * total(at) + down) / steps[i, i] ** 2
        assert -bend == pytest.approx(inverse[i, i], rel=2e-2)


@every_model
def test_the_unit_of_time_the_order_and_weights_change_nothing(name):
    data = simulated(name, few(name, 3000))
    one = KINDS[name](covariates=WANTED).fit(data)
    weeks = {**data, "recency": data["recency"] / 7, "T": data["T"] / 7}
    other = KINDS[name](covariates=WANTED).fit(weeks)
    for parameter in one.all_parameters:
        grow = {"time": 7.0, "rate": 1.0 / 7.0}.get(parameter.grows_with, 1.0)
        assert grow * other.params_[parameter.name] == pytest.approx(one.params_[parameter.name], rel=1e-9)
    order = np.random.default_rng(5).permutation(len(data["T"]))
    shuffled = {key: column[order] for key, column in data.items()}
    assert KINDS[name](covariates=WANTED).fit(shuffled).params_ == one.params_
    times = np.random.default_rng(6).integers(0, 4, len(data["T"]))
    weighted = KINDS[name](covariates=WANTED).fit(data, sample_weight=times)
    repeated = {key: np.repeat(column, times) for key, column in data.items()}
    plain = KINDS[name](covariates=WANTED).fit(repeated)
    assert list(weighted.params_.values()) == pytest.approx(list(plain.params_.values()), rel=1e-6)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_one_thread_or_three_give_the_same_bits(name):
    data = simulated(name, 20_000)
    one, three = (KINDS[name](covariates=WANTED, threads=each).fit(data) for each in (1, 3))
    assert one.params_ == three.params_
    assert one.log_likelihood_ == three.log_likelihood_


@every_model
def test_newcomers_buy_as_was_forecast_for_their_covariates(name):
    model = known(name)
    for web in (0.0, 1.0):
        who = {"age": np.full(60_000, 0.5), "web": np.full(60_000, web), "shop": np.zeros(60_000)}
        x = model.simulate(60_000, 200.0, 9, covariates=who)["frequency"].to_numpy()
        wanted = model.expected_purchases_new_customer(200.0, covariates={k: v[:1] for k, v in who.items()})
        assert wanted.shape == (1,)
        assert x.mean() == pytest.approx(wanted[0], abs=4.5 * x.std() / np.sqrt(len(x)))


@every_model
def test_forecasts_are_the_means_of_drawn_futures(name):
    model, data = known(name), simulated(name, few(name, 40_000), 3)
    bought = model.draw_purchases(data, 100, {key: [value] for key, value in TRUTH[name].items()}, 14)[:, 0]
    expected = model.expected_purchases(data, 100)
    for some in (data["web"] == 1, data["age"] > 1, data["age"] < -1):
        error = np.sqrt(bought[some].var() / some.sum())
        assert bought[some].mean() == pytest.approx(expected[some].mean(), abs=4.5 * error)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_the_posterior_is_centred_on_the_estimate_and_forecasts(name):
    data = simulated(name, 4000)
    fit = KINDS[name](covariates=WANTED).fit(data)
    posterior = fit.posterior(1000, random_state=3)
    assert posterior.k_hat < 0.7
    assert list(posterior.values) == list(fit.params_)
    table = posterior.summary().set_index("parameter")
    for key in fit.params_:
        if "." in key:
            assert table["mean"][key] == pytest.approx(fit.params_[key], abs=0.5 * fit.standard_errors_[key])
            assert table["standard_deviation"][key] == pytest.approx(fit.standard_errors_[key], rel=0.25)
    some = {key: column[:50] for key, column in data.items()}
    mean = fit.expected_purchases(some, 60, posterior=posterior)
    assert mean == pytest.approx(fit.expected_purchases(some, 60), rel=0.25)
    assert fit.quantiles(some, 60, 0.9, posterior=posterior).shape == (50, 1)
    assert fit.draw_purchases(some, 60, posterior.parameters(20), 1).shape == (50, 20)
    tight = fit.posterior(500, random_state=3, priors={"purchase.age": Normal(0.0, 1e-3)})
    assert abs(tight.mode["purchase.age"]) < 0.2 * abs(fit.params_["purchase.age"])


def test_those_who_age_have_a_posterior_too():
    fit = KINDS["GGomNBD"](covariates={"purchase": ["age"], "both": ["web"]}).fit(simulated("GGomNBD", 400))
    posterior = fit.posterior(200, random_state=3)
    assert posterior.k_hat < 0.7
    mean = posterior.summary().set_index("parameter")["mean"]
    for key in ("purchase.age", "both.web"):
        assert mean[key] == pytest.approx(fit.params_[key], abs=0.7 * fit.standard_errors_[key])


@every_model
def test_a_saved_model_forecasts_as_before(name, tmp_path):
    data = simulated(name, few(name, 800))
    model = KINDS[name](covariates={"purchase": ["channel"], "dropout": WANTED}).fit(data)
    model.save(tmp_path / "m.json")
    for back in (lifeworth.load(tmp_path / "m.json"), pickle.loads(pickle.dumps(model))):
        assert back.params_ == model.params_
        assert back.get_params() == model.get_params()
        assert np.array_equal(back.expected_purchases(data, 30), model.expected_purchases(data, 30))
        assert back.summary().equals(model.summary())
    stream = io.BytesIO()
    pickle.dump(clone(model), stream)
    assert not hasattr(clone(model), "params_")
