"""Pareto/NBD with covariates that change: exact, plain where nothing changes, and truth recovered."""

import itertools

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.kernels import shares
from lifeworth.models import DynamicParetoNBD, ParetoNBD, compare, leave_one_out
from lifeworth.models.densities import customers_of
from models.changing_worlds import COLUMNS, TRUTH, exact, known, random_case, simulated, weeks

STATIC = {"r": 0.8, "alpha": 9.0, "s": 0.6, "beta": 11.0, "purchase.z": 0.4, "dropout.z": -0.3}
H = 40.0


def constant(size=60, seed=5):
    """Customers of a static model, and the same cut into periods that change nothing."""
    rng = np.random.default_rng(seed)
    age, z = rng.uniform(20, 90, size), rng.normal(size=size)
    static = ParetoNBD.with_parameters({"covariates": ["z"]}, **STATIC)
    table = static.simulate(size, age, seed, covariates={"z": z}).assign(T=age, z=z)
    rows = []
    for i, each in enumerate(table.itertuples()):
        times = np.sort(np.append(rng.uniform(0, each.recency, max(each.frequency - 1, 0)), each.recency))
        times = times if each.frequency else times[:0]
        edges = np.concatenate([[0.0], np.sort(rng.uniform(0, each.T, 6)), [each.T]])
        for low, high in itertools.pairwise(edges):
            inside = times[(times >= low) & (times < high)]
            rows.append((i, low, high, len(inside), inside.max() if len(inside) else np.nan, each.z))
        rows.append((i, each.T, each.T + 15, np.nan, np.nan, each.z))
        rows.append((i, each.T + 15, each.T + H, np.nan, np.nan, each.z))
    columns = ["customer_id", "start", "stop", "purchases", "last_purchase", "z"]
    return static, table, pd.DataFrame(rows, columns=columns)


def close(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-13)


def test_with_covariates_that_never_change_it_is_the_static_model():
    static, table, rows = constant()
    changing = known(["z"], **STATIC)
    close(changing.expected_probability_alive(rows), static.expected_probability_alive(table))
    close(changing.expected_purchases(rows, H), static.expected_purchases(table, H))
    for end in (H, None):
        close(
            changing.discounted_expected_purchases(rows, 0.01, end),
            static.discounted_expected_purchases(table, 0.01, end),
        )
    n = [0, 1, 2, 7]
    close(changing.purchase_probabilities(rows, H, n), static.purchase_probabilities(table, H, n))
    q = [0.05, 0.5, 0.95]
    np.testing.assert_array_equal(changing.quantiles(rows, H, q), static.quantiles(table, H, q))
    leads = {"customer_id": [1, 1, 2], "start": [0, 20, 0], "stop": [20, 50, 40], "z": [0.5, 0.5, -1.0]}
    close(
        changing.expected_purchases_new_customer(H, leads),
        static.expected_purchases_new_customer(H, covariates={"z": [0.5, -1.0]}),
    )


def test_its_fit_is_then_the_static_fit():
    _, table, rows = constant()
    one, other = DynamicParetoNBD(["z"]).fit(rows), ParetoNBD(covariates=["z"]).fit(table)
    assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, abs=1e-8)
    for name, value in other.params_.items():
        assert one.params_[name] == pytest.approx(value, rel=1e-4)
        assert one.standard_errors_[name] == pytest.approx(other.standard_errors_[name], rel=1e-3)


def test_with_coefficients_of_zero_it_is_the_plain_model():
    plain = {name: TRUTH[name] for name in ("r", "alpha", "s", "beta")}
    rows = simulated(50, 3)
    model = known(COLUMNS, **{**dict.fromkeys(TRUTH, 0.0), **plain})
    other = ParetoNBD.with_parameters(**plain)
    table = model.predict(rows, 0.0)
    close(table["probability_alive"], other.expected_probability_alive(table))
    nothing = DynamicParetoNBD.with_parameters(**plain)
    close(model.log_likelihoods(rows), nothing.log_likelihoods(rows))
    assert DynamicParetoNBD().fit(rows).log_likelihood_ == pytest.approx(
        ParetoNBD().fit(table).log_likelihood_, abs=1e-7
    )


def test_likelihood_and_chance_to_be_alive_agree_with_numeric_integration():
    rng = np.random.default_rng(8)
    with mp.workdps(50):
        for _ in range(8):
            p = {name: float(np.exp(rng.uniform(-1, 3))) for name in ("r", "alpha", "s", "beta")}
            p |= {f"{way}.{name}": rng.normal(0, 0.7) for way in ("purchase", "dropout") for name in "uv"}
            rows, times = random_case(rng)
            value, alive = exact(rows, times, p)
            model = known(["u", "v"], **p)
            assert model.log_likelihoods(rows)[0] == pytest.approx(value, rel=1e-10)
            assert model.expected_probability_alive(rows)[0] == pytest.approx(alive, rel=1e-10)


def test_the_share_of_two_scales_agrees_with_many_digits_for_any_ratio():
    rng = np.random.default_rng(0)
    p, s = np.exp(rng.uniform(-2, 8, 40)), np.exp(rng.uniform(-2, 4, 40))
    g = rng.uniform(-12, 12, 40)
    with mp.workdps(30):
        wanted = [
            float(mp.log(b / (a + b) * mp.hyp2f1(1, a, a + b + 1, 1 - mp.exp(-mp.mpf(each)))))
            for a, b, each in zip(map(mp.mpf, p), map(mp.mpf, s), g, strict=True)
        ]
    found = shares.log_ratio_share_derivatives(p, s, g)
    np.testing.assert_allclose(found.value, wanted, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(shares.log_ratio_share(p, s, g), wanted, rtol=1e-13, atol=1e-15)
    step = 1e-5
    for i, (up, down) in enumerate(
        [((p * (1 + step), s, g), (p * (1 - step), s, g)), ((p, s * (1 + step), g), (p, s * (1 - step), g)),
         ((p, s, g + step), (p, s, g - step))]
    ):  # fmt: skip
        wide = 2 * step * (p, s, np.ones(40))[i]
        high, low = (shares.log_ratio_share_derivatives(*each) for each in (up, down))
        np.testing.assert_allclose(found.first[i], (high.value - low.value) / wide, rtol=1e-6, atol=1e-8)
        rows = ([0, 1, 2], [1, 3, 4], [2, 4, 5])[i]
        np.testing.assert_allclose(found.second[rows], (high.first - low.first) / wide, rtol=2e-5, atol=1e-7)


def test_gradient_and_hessian_are_those_of_differences():
    rows = simulated(40, 4)
    model = DynamicParetoNBD(COLUMNS).fit(rows)
    objective = model._objective()
    theta = np.array([1.1, 11.0, 0.8, 18.0, 0.1, 0.2, -0.1, 0.15, -0.2, 0.1])
    _, gradient, hessian = objective(theta)
    for i in range(len(theta)):
        step = 1e-5 * max(1.0, abs(theta[i])) * np.eye(len(theta))[i]
        high, low = objective(theta + step), objective(theta - step)
        assert gradient[i] == pytest.approx((high[0] - low[0]) / 2 / step[i], rel=1e-5, abs=1e-6)
        wanted = (high[1] - low[1]) / 2 / step[i]
        np.testing.assert_allclose(hessian[i], wanted, rtol=1e-5, atol=1e-6 * np.abs(hessian[i]).max())


def test_six_hundred_customers_over_two_years_of_weeks_give_back_the_truth():
    rows = simulated(600, 7)
    model = DynamicParetoNBD(COLUMNS).fit(rows)
    assert model.converged_
    assert not model.boundary_
    for name, value in TRUTH.items():
        assert abs(model.params_[name] - value) < 3 * model.standard_errors_[name], name


@pytest.mark.slow
def test_truth_comes_back_from_many_worlds():
    off = []
    for seed in range(8):
        model = DynamicParetoNBD(COLUMNS).fit(simulated(600, 100 + seed))
        off.append([(model.params_[k] - v) / model.standard_errors_[k] for k, v in TRUTH.items() if "." in k])
    off = np.array(off)
    assert np.abs(off).mean() == pytest.approx(0.8, abs=0.3)  # of a standard normal: 0.798
    assert np.abs(off.mean(axis=0)).max() < 3.5 / np.sqrt(8)


def test_forecasts_are_the_means_of_simulated_futures():
    model, plan = known(), weeks(400, 11)
    first = pd.DataFrame(plan)
    made = [
        model.simulate(plan, seed).groupby("customer_id").purchases.sum().to_numpy() for seed in range(60)
    ]
    within = first.groupby("customer_id").stop.max().min()
    whole = model.simulate(plan, 99)
    assert list(whole.columns) == ["customer_id", "start", "stop", "purchases", "last_purchase", *COLUMNS]
    ages = first.groupby("customer_id").stop.max().to_numpy()
    expected = np.array([
        model.expected_purchases_new_customer(age, first[first.customer_id == who])[0]
        for who, age in zip(sorted(set(plan["customer_id"]))[:60], ages[:60], strict=True)
    ])  # fmt: skip
    drawn = np.array(made)[:, :60]
    error = drawn.sum(axis=1).std() / np.sqrt(60)
    assert abs(drawn.sum(axis=1).mean() - expected.sum()) < 4 * error
    assert within >= 52


def test_draws_of_the_future_agree_with_its_law():
    _, _, rows = constant()
    model = known(["z"], **STATIC)
    draws = {name: np.repeat(value, 2000) for name, value in model.params_.items()}
    made = model.draw_purchases(rows, H, draws, 3)
    chance = model.purchase_probabilities(rows, H, 0)[:, 0]
    error = np.sqrt(chance * (1 - chance) / 2000)
    assert (np.abs((made == 0).mean(axis=1) - chance) < 4.5 * error + 1e-9).all()
    assert made.mean() == pytest.approx(model.expected_purchases(rows, H).mean(), rel=0.05)


def test_the_posterior_agrees_with_that_of_the_static_model():
    _, table, rows = constant(size=150)
    one = DynamicParetoNBD(["z"], time_unit="W").fit(rows)
    other = ParetoNBD(covariates=["z"], time_unit="W").fit(table)
    mine, theirs = (each.posterior(1000, 1).summary().set_index("parameter") for each in (one, other))
    for name in ("purchase.z", "dropout.z", "r"):
        assert abs(mine["mean"][name] - theirs["mean"][name]) < 0.2 * theirs.standard_deviation[name]
    averaged = one.expected_purchases(rows, H, posterior=one.posterior(300, 2))
    assert averaged.shape == (150,)
    assert averaged.sum() == pytest.approx(one.expected_purchases(rows, H).sum(), rel=0.15)


def test_units_of_time_change_nothing(tmp_path):
    rows = simulated(80, 5)
    days = rows.assign(start=rows.start * 7, stop=rows.stop * 7, last_purchase=rows.last_purchase * 7)
    one, other = DynamicParetoNBD(COLUMNS).fit(rows), DynamicParetoNBD(COLUMNS).fit(days)
    assert other.params_["alpha"] == pytest.approx(7 * one.params_["alpha"], rel=1e-4)
    assert other.log_likelihood_ == pytest.approx(
        one.log_likelihood_ - rows.purchases.sum() * np.log(7), abs=1e-6
    )
    one.save(tmp_path / "model.json")
    again = lw.load(tmp_path / "model.json")
    np.testing.assert_array_equal(
        again.expected_probability_alive(rows), one.expected_probability_alive(rows)
    )


ROWS = {
    "customer_id": ["a", "a", "b"], "start": [0.0, 5.0, 0.0], "stop": [5.0, 9.0, 7.0],
    "purchases": [1.0, 0.0, 2.0], "last_purchase": [3.0, np.nan, 6.0], "z": [0.1, 0.4, 0.2],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "change", "rows"),
    [
        ("MODEL-160", {"stop": [5.0, 4.0, 7.0]}, [1]),
        ("MODEL-161", {"start": [0.0, 6.0, 0.0]}, [1]),
        ("MODEL-162", {"start": [0.0, 4.0, 0.0]}, [1]),
        ("MODEL-163", {"customer_id": ["a", "b", "a"], "start": [0.0, 0.0, 5.0]}, [2]),
        ("MODEL-164", {"start": [0.0, 5.0, 1.0]}, [2]),
        ("MODEL-165", {"last_purchase": [6.0, np.nan, 6.0]}, [0]),
        ("MODEL-165", {"last_purchase": [3.0, np.nan, np.nan]}, [2]),
        ("MODEL-166", {"purchases": [np.nan, 0.0, 2.0]}, [0, 1]),
        ("MODEL-005", {"purchases": [1.0, 0.5, 2.0]}, [1]),
        ("MODEL-003", {"start": [0.0, np.nan, 0.0]}, [1]),
        ("MODEL-130", {"z": [0.1, np.nan, 0.2]}, [1]),
    ],
)
def test_rows_at_fault_are_named(code, change, rows):
    with pytest.raises(lw.errors.ModelError) as error:
        known(["z"], **STATIC).expected_probability_alive({**ROWS, **change})
    assert error.value.code == code
    assert error.value.facts["rows"] == rows
    assert code in str(error.value)


def test_a_forecast_needs_covariates_as_far_as_it_looks():
    ahead = {**ROWS, "purchases": [1.0, np.nan, 2.0]}
    with pytest.raises(lw.errors.ModelError) as error:
        known(["z"], **STATIC).expected_purchases(ahead, 3.0)
    assert (error.value.code, error.value.facts["customers"]) == ("MODEL-167", ["b"])
    with pytest.raises(lw.errors.UsageError, match="MODEL-168"):
        DynamicParetoNBD(["z"]).fit(ROWS, sample_weight=[1, 1, 1])


def test_somebody_who_came_on_the_last_day_counts():
    rows = {
        "customer_id": [1], "start": [0.0], "stop": [0.0], "purchases": [0.0], "last_purchase": [np.nan],
        "z": [0.0],
    }  # fmt: skip
    model = known(["z"], **STATIC)
    assert model.log_likelihoods(rows)[0] == pytest.approx(0.0, abs=1e-14)
    assert model.expected_probability_alive(rows)[0] == pytest.approx(1.0)


def test_leave_one_out_prefers_who_knows_the_covariates():
    data = simulated(80, 5)
    told = {}
    for columns in (None, COLUMNS):
        model = DynamicParetoNBD(columns, time_unit="W").fit(data)
        drawn = {name: np.array([value]) for name, value in model.params_.items()}
        _, _, each = customers_of(model, drawn)
        assert sum(float(one[0]) for one in each) == pytest.approx(model.log_likelihood_, rel=1e-9)
        told[str(columns)] = leave_one_out(model, model.posterior(200, random_state=1))
        expected = model.log_likelihood_ - len(model.params_)  # AIC
        assert told[str(columns)].elpd == pytest.approx(expected, abs=4.0)
    assert compare(told)["model"][0] == str(COLUMNS)
