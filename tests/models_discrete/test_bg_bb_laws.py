"""What the BG/BB obeys; the defects of rivals are among them."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.kernels.newton import in_logs
from lifeworth.models import BGBB, load
from lifeworth.models.fitting.priors import LogNormal
from lifeworth.models.purchase import bg_bb, bg_bb_likelihood
from lifeworth.models.purchase.opportunities import opportunities
from lifeworth.text.messages import error_text
from models_discrete.worlds import TRUTH, customers, donors, known, parameters, simulated

quick = settings(max_examples=25, deadline=None)


@quick
@given(p=parameters(), base=customers(), ahead=st.integers(0, 12))
def test_the_count_law_is_one_and_its_mean_the_forecast(p, base, ahead):
    model, counts = BGBB.with_parameters(**p), np.arange(ahead + 3)
    shares = model.purchase_probabilities(base, ahead, counts)
    assert (shares >= 0).all()
    assert (shares[:, ahead + 1 :] == 0).all()
    assert shares.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert shares @ counts == pytest.approx(model.expected_purchases(base, ahead), rel=1e-11, abs=1e-15)
    for q in (0.05, 0.5, 0.9):
        k = model.quantiles(base, ahead, q)[:, 0]
        reached = shares.cumsum(axis=1)
        rows = np.arange(len(k))
        assert (reached[rows, k] >= q - 1e-12).all()
        assert (np.where(k > 0, reached[rows, k - 1], 0.0) <= q + 1e-12).all()


@quick
@given(p=parameters(), base=customers())
def test_more_occasions_never_buy_less_and_none_buy_nothing(p, base):
    model = BGBB.with_parameters(**p)
    assert (model.expected_purchases(base, 0) == 0).all()
    assert (model.quantiles(base, 0, [0.5, 0.99]) == 0).all()
    assert model.purchase_probabilities(base, 0, 0) == pytest.approx(1.0, abs=1e-12)
    assert model.expected_purchases_new_customer(0) == 0
    alive = [model.expected_probability_alive(base, ahead) for ahead in (0, 1, 5)]
    assert ((alive[0] <= 1 + 1e-14) & (alive[2] >= 0)).all()
    assert (np.diff(alive, axis=0) <= 0).all()
    assert (model.expected_purchases(base, 6) >= model.expected_purchases(base, 5)).all()
    near, whole = (model.discounted_expected_purchases(base, 0.1, future_t=t) for t in (9, None))
    assert (near <= whole * (1 + 1e-12)).all()
    assert model.discounted_expected_purchases(base, 0.0, future_t=9) == pytest.approx(
        model.expected_purchases(base, 9), rel=1e-13
    )


@quick
@given(p=parameters(), base=customers(), data=st.data())
def test_predictions_do_not_depend_on_the_batch_or_its_order(p, base, data):
    model = BGBB.with_parameters(**p)
    order = np.array(data.draw(st.permutations(range(len(base["T"])))))
    shuffled = {key: column[order] for key, column in base.items()}
    whole = model.expected_purchases(base, 4)
    assert model.expected_purchases(shuffled, 4) == pytest.approx(whole[order], rel=1e-13)
    alone = [
        model.expected_purchases({key: each[i : i + 1] for key, each in base.items()}, 4)[0]
        for i in range(len(whole))
    ]
    assert alone == pytest.approx(whole, rel=1e-12)


@quick
@given(p=parameters(), base=customers())
def test_inputs_are_never_changed(p, base):
    model = BGBB.with_parameters(**p)
    before = {key: column.copy() for key, column in base.items()}
    for column in base.values():
        column.setflags(write=False)
    model.expected_probability_alive(base)
    model.quantiles(base, 5, 0.5)
    model.draw_purchases(base, 5, {key: [value] for key, value in p.items()}, 1)
    frame = pd.DataFrame(base)
    model.discounted_expected_purchases(frame, 0.1)
    assert list(frame.columns) == ["frequency", "recency", "T"]
    assert all(np.array_equal(before[key], base[key]) for key in base)


@quick
@given(p=parameters(), base=customers())
def test_gradients_are_differences_and_hessians_those_of_gradients(p, base):
    theta = np.log(np.array(list(p.values())))
    climb = in_logs(bg_bb_likelihood.objective(opportunities(base).cells))
    value, gradient, hessian = climb(theta)
    size = max(1.0, abs(value))
    for i, step in enumerate(1e-5 * np.eye(4)):
        up, down = climb(theta + step), climb(theta - step)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-5, abs=1e-6 * size)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / 2e-5, abs=1e-6 * size)


@quick
@given(several=st.lists(parameters(), min_size=3, max_size=3), base=customers())
def test_draws_of_parameters_keep_their_own_likelihoods(several, base):
    """PyMC-Marketing's draws collapse into one value here."""
    together = {key: np.array([p[key] for p in several]) for key in several[0]}
    found = bg_bb_likelihood.log_likelihoods(opportunities(base).cells, together)
    x, t_x, n = (base[key] for key in ("frequency", "recency", "T"))
    alone = [bg_bb.log_likelihood(x, t_x, n, p).sum() for p in several]
    assert found == pytest.approx(alone, rel=1e-12, abs=1e-12)


def test_long_histories_are_worked_through_in_parts():
    data = simulated(3000, seed=2, T=np.random.default_rng(2).integers(150, 400, 3000))
    cells = opportunities(data).cells
    assert len(list(bg_bb_likelihood.parts(cells.x, cells.t_x, cells.T))) > 2
    fast = bg_bb_likelihood.objective(cells)(np.array(list(TRUTH.values())))[0]
    plain = bg_bb.log_likelihood(data["frequency"], data["recency"], data["T"], TRUTH).sum()
    assert fast == pytest.approx(plain, rel=1e-12)


def test_simulated_customers_are_possible_ones():
    """PyMC-Marketing's simulator gives recency > T."""
    seen = np.random.default_rng(3).integers(0, 40, 30_000)
    data = simulated(30_000, seed=4, T=seen)
    x, t_x = data["frequency"], data["recency"]
    assert (t_x <= seen).all()
    assert (x <= t_x).all()
    assert ((x == 0) == (t_x == 0)).all()
    assert len(opportunities(data)) == 30_000


def test_simulated_histories_have_the_likelihood_of_the_formula():
    size, data = 200_000, simulated(200_000, seed=5, T=4)
    seen = pd.Series(list(zip(data["frequency"], data["recency"], strict=True))).value_counts() / size
    ways = {(x, t): 1 if x < 2 else int(np.round(np.prod([(t - 1 - i) / (i + 1) for i in range(x - 1)])))
            for t in range(5) for x in range(t + 1) if (x == 0) == (t == 0)}  # fmt: skip
    total = 0.0
    for (x, t_x), count in ways.items():
        wanted = count * np.exp(bg_bb.log_likelihood(np.array([x]), np.array([t_x]), np.array([4]), TRUTH)[0])
        total += wanted
        assert seen.get((x, t_x), 0.0) == pytest.approx(wanted, abs=4.5 * np.sqrt(wanted / size))
    assert total == pytest.approx(1, abs=1e-12)


def test_the_truth_is_recovered_from_its_own_simulation():
    model = BGBB().fit(simulated(60_000, seed=6))
    assert model.converged_
    assert model.boundary_ == []
    for key, truth in TRUTH.items():
        assert abs(model.params_[key] - truth) < 3 * model.standard_errors_[key]


def test_forecasts_are_the_means_of_what_was_drawn_and_of_what_came():
    size, model = 80_000, known()
    first = simulated(size, seed=7, T=6)
    drawn = model.draw_purchases(first, 5, {key: [value] for key, value in TRUTH.items()}, 8)[:, 0]
    expected = model.expected_purchases(first, 5)
    assert drawn.mean() == pytest.approx(expected.mean(), abs=4 * drawn.std() / np.sqrt(size))
    whole = simulated(size, seed=9, T=11)["frequency"]
    assert first["frequency"].mean() + expected.mean() == pytest.approx(
        whole.mean(), abs=5 * whole.std() / np.sqrt(size)
    )
    assert model.expected_purchases_new_customer(11) == pytest.approx(
        whole.mean(), abs=4.5 * whole.std() / np.sqrt(size)
    )


def test_draws_follow_the_count_law_whatever_the_others_in_the_batch():
    one = {"frequency": [3], "recency": [5], "T": [6]}
    many = {key: np.repeat(column, 50_000) for key, column in one.items()}
    drawn = known().draw_purchases(many, 6, {key: [value] for key, value in TRUTH.items()}, 10)[:, 0]
    shares = known().purchase_probabilities(one, 6, np.arange(7))[0]
    seen = np.bincount(drawn, minlength=7) / len(drawn)
    assert (np.abs(seen - shares) < 4.5 * np.sqrt(shares * (1 - shares) / len(drawn))).all()


def test_weights_and_order_count_as_customers_do():
    data = simulated(1500, seed=11)
    times = np.random.default_rng(12).integers(0, 4, 1500)
    repeated = {key: np.repeat(column, times) for key, column in data.items()}
    weighted, plain = BGBB().fit(data, sample_weight=times), BGBB().fit(repeated)
    assert weighted.params_ == pytest.approx(plain.params_, rel=1e-9)
    assert weighted.log_likelihood_ == pytest.approx(plain.log_likelihood_, rel=1e-12)
    order = np.random.default_rng(13).permutation(1500)
    assert (
        BGBB().fit({key: column[order] for key, column in data.items()}).params_ == BGBB().fit(data).params_
    )


def test_the_covariance_is_the_inverse_of_minus_the_hessian():
    data, weight = donors()
    model = BGBB().fit(data, sample_weight=weight)
    values = np.array(list(model.params_.values()))
    _, gradient, hessian = bg_bb_likelihood.objective(opportunities(data, weight).cells)(values)
    assert np.abs(gradient * values).max() < 1e-6
    assert model.covariance_ == pytest.approx(np.linalg.inv(-hessian), rel=1e-5)
    assert list(model.standard_errors_.values()) == pytest.approx(np.sqrt(np.diag(model.covariance_)))


def test_the_posterior_of_donations_is_near_its_normal_shape():
    """11,104 donors: the mean lies near the estimate, the spread near its standard error."""
    data, weight = donors()
    model = BGBB().fit(data, sample_weight=weight)
    posterior = model.posterior(random_state=1)
    assert posterior.k_hat < 0.5
    assert posterior.ess > 3000
    table = posterior.summary().set_index("parameter")
    for key, value in model.params_.items():
        error = model.standard_errors_[key]
        assert table["mean"][key] == pytest.approx(value, abs=0.15 * error)
        assert table["standard_deviation"][key] == pytest.approx(error, rel=0.08)
    rows = {"frequency": [6, 0], "recency": [6, 0], "T": [6, 6]}
    averaged = model.expected_purchases(rows, 5, posterior=posterior)
    assert averaged == pytest.approx(model.expected_purchases(rows, 5), rel=0.01)
    held = model.posterior(random_state=1, priors={"kappa_dropout": LogNormal(3.0, 0.001)})
    strength = held.values["gamma"] + held.values["delta"]
    assert held.weight @ strength == pytest.approx(3.0, abs=0.01)


def test_predictive_intervals_cover_nine_in_ten_customers():
    """Counts are discrete: the 5 to 95 % interval covers at least 90 %, and without its ends less."""
    data = simulated(20_000, seed=14, T=12)
    model = BGBB().fit(simulated(6_000, seed=15, T=12))
    future = known().draw_purchases(data, 8, {key: [value] for key, value in TRUTH.items()}, 16)[:, 0]
    low, high = model.quantiles(data, 8, [0.05, 0.95], posterior=model.posterior(random_state=17)).T
    assert ((low <= future) & (future <= high)).mean() > 0.9
    assert ((low < future) & (future < high)).mean() < 0.9
    total = model.draw_purchases(data, 8, model.posterior(random_state=18).parameters(300), 19).sum(axis=0)
    low, high = np.quantile(total, [0.005, 0.995])
    assert low < future.sum() < high


@pytest.mark.parametrize(
    ("code", "row"),
    [
        ("MODEL-003", (1, np.nan, 6)),
        ("MODEL-004", (-1, 3, 6)),
        ("MODEL-202", (2.7, 3, 6)),
        ("MODEL-202", (2, 3, 6.5)),
        ("MODEL-214", (2, 7, 6)),
        ("MODEL-214", (4, 3, 6)),
        ("MODEL-214", (0, 3, 6)),
        ("MODEL-214", (2, 0, 6)),
        ("MODEL-210", (2, 3, 10**6)),
    ],
)
def test_impossible_customers_are_refused_by_row(code, row):
    frame = pd.DataFrame([(1, 2, 6), row, (0, 0, 6)], columns=["frequency", "recency", "T"], index=[7, 8, 9])
    frame["customer_id"] = ["a", "b", "c"]
    with pytest.raises(ModelError) as caught:
        BGBB().fit(frame)
    assert caught.value.code == code
    assert caught.value.facts["rows"] == [1]
    assert caught.value.facts["customers"] == ["b"]
    for language in ("en", "zh-Hans", "zh-Hant"):
        assert "{" not in error_text(caught.value, language)


def test_what_cannot_be_learned_or_asked_is_refused():
    nobody = {"frequency": [0, 0], "recency": [0, 0], "T": [6, 6]}
    alone = {"frequency": [2], "recency": [3], "T": [6]}
    for code, data in {"MODEL-101": nobody, "MODEL-102": alone}.items():
        with pytest.raises(ModelError) as caught:
            BGBB().fit(data)
        assert caught.value.code == code
    for code, call in {
        "MODEL-215": lambda: known().expected_purchases(alone, 2.5),
        "MODEL-217": lambda: known().discounted_expected_purchases(alone, -0.1),
        "MODEL-023": lambda: known().purchase_probabilities(alone, 3, -1),
    }.items():
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.code == code
    with pytest.raises(ModelError) as caught:
        known().posterior()
    assert caught.value.code == "MODEL-107"


def test_it_is_saved_pickled_and_returned_in_the_callers_kind_of_table(tmp_path):
    data, weight = donors()
    model = BGBB().fit(pl.DataFrame(data), sample_weight=weight)
    assert isinstance(model.summary(), pl.DataFrame)
    assert isinstance(model.simulate(10, 5, 1), pl.DataFrame)
    model.save(tmp_path / "model.json")
    for again in (load(tmp_path / "model.json"), pickle.loads(pickle.dumps(model))):
        assert again.params_ == model.params_
        assert np.array_equal(again.expected_purchases(data, 5), model.expected_purchases(data, 5))


def test_looking_far_beyond_the_oldest_customer_is_said():
    data, weight = donors()
    model = BGBB().fit(data, sample_weight=weight)
    assert model.horizon_findings(12) == []
    assert [finding.code for finding in model.horizon_findings(13)] == ["model.horizon"]
