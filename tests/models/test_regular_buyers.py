"""BG/CNBD-k and MBG/CNBD-k: buyers with a rhythm. Their laws are those of `test_laws.py`."""

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

from lifeworth.kernels.quadrature import gamma_rule
from lifeworth.models import BGCNBD, BGNBD, MBGCNBD, MBGNBD
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.models.inputs import histories
from lifeworth.models.purchase import bg_cnbd_k, mbg_cnbd_k
from models.many_digits import derivatives
from models.worlds import scaled

PARAMS = {"r": 1.3, "alpha": 8.5, "a": 0.7, "b": 2.1}
KINDS = [(BGCNBD, bg_cnbd_k), (MBGCNBD, mbg_cnbd_k)]
PAIRS = [(BGCNBD, BGNBD), (MBGCNBD, MBGNBD)]
SOME = {
    "frequency": np.array([0, 0, 1, 4, 30, 300]),
    "recency": np.array([0, 0, 12, 200, 210, 900]),
    "T": np.array([0, 272, 272, 272, 217, 960]),
}


def arrays(table):
    return {name: table[name].to_numpy() for name in table.columns}


def simulated(model, k, size, T, seed=1, **params):
    return arrays(model.with_parameters({"k": k}, **(params or PARAMS)).simulate(size, T, seed))


# --- 50 digits, straight from the story: one integral over lambda, one over p ---


def exact_likelihood(gaps, T, k, first):
    """The density of the gaps and of none until T, alive or gone, in the mean over lambda and p."""
    r, alpha, a, b = map(mp.mpf, PARAMS.values())
    x, t_x = len(gaps), sum(gaps)

    def rates(power, time):  # the mean of lambda^power e^(-lambda time)
        return mp.gamma(r + power) / mp.gamma(r) * alpha**r / (alpha + time) ** (r + power)

    def coins(stay, leave):
        return mp.beta(a + leave, b + stay) / mp.beta(a, b)

    shape = mp.fprod(mp.mpf(gap) ** (k - 1) / mp.gamma(k) for gap in gaps)
    quiet = T - t_x
    silent = mp.fsum(mp.mpf(quiet) ** j / mp.factorial(j) * rates(k * x + j, T) for j in range(k))
    alive = coins(x + first, 0) * silent
    left = coins(x - 1 + first, 1) * rates(k * x, t_x) if x + first > 0 else 0
    return shape * (alive + left), alive / (alive + left)


def exact_tails(x, t_x, T, horizon, k, first):
    """P(N >= n), n = 1, 2, ..., given alive, for a customer at the end of observation."""
    r, alpha, a, b = map(mp.mpf, PARAMS.values())
    q, A = r + k * x, alpha + T
    weights = [mp.rf(q, j) / mp.factorial(j) * (mp.mpf(T - t_x) / A) ** j for j in range(k)]
    z, survived, n = horizon / (A + horizon), mp.mpf(1), 0
    while True:
        n += 1
        due = mp.fsum(w * mp.betainc(n * k - j, q + j, 0, z, regularized=True) for j, w in enumerate(weights))
        yield due / mp.fsum(weights) * survived
        survived *= (b + x + first + n - 1) / (a + b + x + first + n - 1)


@pytest.mark.parametrize(("model", "file"), KINDS)
@pytest.mark.parametrize("k", [1, 2, 3, 6])
@pytest.mark.parametrize(
    ("gaps", "T"), [([], 90), ([], 0), ([31], 45), ([12, 9, 15, 11], 62), ([5] * 40, 209)]
)
def test_likelihood_alive_and_forecast_have_a_dozen_digits(model, file, k, gaps, T):
    x, t_x, first = len(gaps), sum(gaps), file.FIRST
    history = {"frequency": [x], "recency": [t_x], "T": [T]}
    known = model.with_parameters({"k": k}, **PARAMS)
    with mp.workdps(50):
        likelihood, alive = exact_likelihood(gaps, T, k, first)
        log_gaps = float(mp.fsum(mp.log(gap) for gap in gaps))
        tails, reached, mean = [], exact_tails(x, t_x, T, 120, k, first), mp.mpf(0)
        for tail in reached:
            tails.append(tail)
            mean += tail
            if tail < mean * mp.mpf(10) ** -16:
                break
        found = file.log_likelihood(
            *(np.array(each) for each in history.values()), **PARAMS, k=k, log_gaps=log_gaps
        )
        assert found[0] == pytest.approx(float(mp.log(likelihood)), rel=1e-12, abs=1e-12)
        assert known.expected_probability_alive(history)[0] == pytest.approx(float(alive), rel=1e-12)
        assert known.expected_purchases(history, 120)[0] == pytest.approx(float(alive * mean), rel=1e-12)
        wanted = [
            float(1 - alive * tails[0]),
            float(alive * (tails[0] - tails[1])),
            float(alive * (tails[1] - tails[2])),
        ]
    assert known.purchase_probabilities(history, 120, [0, 1, 2])[0] == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("k", [2, 3, 6])
def test_gradient_and_hessian_have_nine_digits(k):
    data = {"frequency": [4], "recency": [47], "T": [62]}
    climb = BGCNBD(k=k).objective(histories(data).cells)
    value, gradient, hessian = climb(np.array(list(PARAMS.values())))

    def plain(r, alpha, a, b):
        q, x, t_x, T = r + 4 * k, 4, mp.mpf(47), mp.mpf(62)
        silent = mp.fsum(mp.rf(q, j) / mp.factorial(j) * ((T - t_x) / (alpha + T)) ** j for j in range(k))
        alive = mp.beta(a, b + x) * silent * (alpha + T) ** -q
        left = mp.beta(a + 1, b + x - 1) * (alpha + t_x) ** -q
        rest = mp.loggamma(q) - mp.loggamma(r) + r * mp.log(alpha) - mp.log(mp.beta(a, b))
        return rest - x * mp.loggamma(k) + mp.log(alive + left)

    with mp.workdps(50):
        at = tuple(mp.mpf(each) for each in PARAMS.values())
        assert value == pytest.approx(float(plain(*at)), rel=1e-13)
        slopes, bends = derivatives(plain, at)
    assert gradient == pytest.approx(slopes, rel=1e-11)
    assert hessian == pytest.approx(bends, rel=1e-9)


def test_likelihoods_stay_finite_at_extremes():
    rng = np.random.default_rng(2)
    extreme = {"frequency": [0, 1, 5000, 5000], "recency": [0, 1, 20, 4990], "T": [5000, 5000, 5000, 5000]}
    for _ in range(25):
        p = np.exp(rng.uniform(np.log([1e-4, 1e-3, 1e-4, 1e-4]), np.log([1e3, 1e6, 1e3, 1e4])))
        known = MBGCNBD(k=6)
        value, gradient, hessian = known.objective(histories(extreme).cells)(p)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()
        assert np.isfinite(hessian).all()
        known = MBGCNBD.with_parameters({"k": 6}, **dict(zip(PARAMS, p.tolist(), strict=True)))
        assert np.isfinite(known.log_probability_alive(extreme)).all()
        assert np.isfinite(known.expected_purchases(extreme, 500)).all()


def test_means_over_a_gamma_distribution_have_a_dozen_digits():
    for shape in (0.02, 0.7, 3.0, 40.0, 2500.0):
        v, w = gamma_rule(shape)
        assert w.sum() == pytest.approx(1, abs=1e-14)
        assert w @ v == pytest.approx(shape, rel=1e-12)
        assert w @ np.exp(-v / shape) == pytest.approx((1 + 1 / shape) ** -shape, rel=1e-12)


# --- k = 1 is the model at random times ---


@pytest.mark.parametrize(("regular", "random"), PAIRS)
def test_one_stage_is_the_model_at_random_times(regular, random):
    one, other = regular.with_parameters({"k": 1}, **PARAMS), random.with_parameters(**PARAMS)
    at = np.array(list(PARAMS.values()))
    for ask in (
        lambda model: model.expected_probability_alive(SOME),
        lambda model: model.log_probability_alive(SOME),
        lambda model: model.expected_purchases(SOME, 90),
        lambda model: model.expected_purchases(SOME, 90_000),
        lambda model: model.expected_purchases_new_customer([30, 500]),
        lambda model: model.discounted_expected_purchases(SOME, 0.0003),
        lambda model: model.discounted_expected_purchases(SOME, 0.0003, future_t=365),
        lambda model: model.purchase_probabilities(SOME, 90, [0, 1, 2, 9]),
        lambda model: model.quantiles(SOME, 90, [0.05, 0.5, 0.95]),
        lambda model: model.objective(histories(SOME).cells)(at)[0],
        lambda model: model.objective(histories(SOME).cells)(at)[1],
        lambda model: model.objective(histories(SOME).cells)(at)[2],
    ):
        assert np.asarray(ask(one)) == pytest.approx(np.asarray(ask(other)), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("regular", "random"), PAIRS)
def test_one_stage_is_fitted_as_the_model_at_random_times(regular, random):
    data = simulated(regular, 1, 2_000, 300.0)
    one, other = regular(k=1).fit({key: data[key] for key in SOME}), random().fit(data)
    assert one.params_ == pytest.approx(other.params_, rel=1e-12)
    assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, rel=1e-12)
    assert one.log_likelihoods_by_k_ == {1: one.log_likelihood_}


# --- choosing k ---


@pytest.mark.parametrize("model", [BGCNBD, MBGCNBD])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_the_number_of_stages_and_the_parameters_are_found_again(model, k):
    fitted = model().fit(simulated(model, k, 8_000, 400.0, r=1.3, alpha=34.0 / k, a=0.7, b=2.1))
    assert fitted.k_ == k
    assert sorted(fitted.log_likelihoods_by_k_) == [1, 2, 3, 4, 5, 6]
    assert fitted.log_likelihood_ == max(fitted.log_likelihoods_by_k_.values())
    truth = {"r": 1.3, "alpha": 34.0 / k, "a": 0.7, "b": 2.1}
    for name, value in truth.items():
        assert abs(fitted.params_[name] - value) < 4 * fitted.standard_errors_[name]
    assert fitted.findings_ == []


def test_the_profile_is_that_of_each_k_alone_in_any_unit_of_time():
    data = simulated(BGCNBD, 3, 1_500, 300.0)
    whole = BGCNBD().fit(data)
    weeks = BGCNBD().fit(scaled(data, 1 / 7))
    shift = data["frequency"].sum() * np.log(7)
    assert weeks.k_ == whole.k_ == 3
    for k, value in whole.log_likelihoods_by_k_.items():
        alone = BGCNBD(k=k).fit(data)
        assert value == pytest.approx(alone.log_likelihood_, rel=1e-12)
        assert weeks.log_likelihoods_by_k_[k] == pytest.approx(value + shift, rel=1e-10)
    x, t_x, T, log_gaps = (data[key] for key in (*SOME, "log_gaps"))
    plain = bg_cnbd_k.log_likelihood(x, t_x, T, **whole.params_, k=3, log_gaps=log_gaps).sum()
    assert whole.log_likelihood_ == pytest.approx(plain, rel=1e-12)


def test_the_largest_k_tried_is_reported():
    data = simulated(BGCNBD, 12, 1_500, 300.0, r=2.0, alpha=4.0, a=0.7, b=2.1)
    fitted = BGCNBD().fit(data)
    assert fitted.k_ == 6
    assert [each.code for each in fitted.findings_] == ["model.k_at_limit"]
    assert BGCNBD(k=12).fit(data).log_likelihood_ > fitted.log_likelihood_


def test_customers_who_never_leave_push_a_parameter_to_a_reported_boundary():
    rng = np.random.default_rng(1)
    rows = []
    for rate in rng.gamma(2.0, 1 / 10.0, 1_500):
        times = np.cumsum(rng.gamma(3, 1 / rate, 2000))
        made = times[times <= 200.0]
        gaps = np.diff(made, prepend=0.0)
        rows.append((len(made), made[-1] if len(made) else 0.0, 200.0, np.log(gaps).sum()))
    fitted = MBGCNBD().fit(pd.DataFrame(rows, columns=["frequency", "recency", "T", "log_gaps"]))
    assert fitted.k_ == 3
    assert fitted.boundary_
    assert "model.boundary" in [each.code for each in fitted.findings_]


# --- forecasts ---


def events(size, k, T, later, seed):
    """Customers of the BG/CNBD-k, event by event: history until T, and purchases in (T, T + later]."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((size, 4))
    for row in rows:
        rate, p = rng.gamma(PARAMS["r"]) / PARAMS["alpha"], rng.beta(PARAMS["a"], PARAMS["b"])
        time, told = 0.0, 0.0
        while True:
            gap = rng.gamma(k) / rate
            time += gap
            if time > T + later:
                break
            if time <= T:
                told += np.log(gap)
                row[:2] = row[0] + 1, time
            else:
                row[3] += 1
            if rng.random() < p:
                break
        row[2] = told
    return {
        "frequency": rows[:, 0],
        "recency": rows[:, 1],
        "T": np.full(size, T),
        "log_gaps": rows[:, 2],
    }, rows[:, 3]


def test_forecasts_are_the_means_of_events_in_every_group_of_customers():
    data, later = events(40_000, 3, 150.0, 100.0, 5)
    known = BGCNBD.with_parameters({"k": 3}, **PARAMS)
    expected = known.expected_purchases(data, 100.0)
    none = known.purchase_probabilities(data, 100.0, 0)[:, 0]
    silence = data["T"] - data["recency"]
    groups = [
        (data["frequency"] == x) & (low <= silence) & (silence < high)
        for x in (0, 1, 2, 3, 5)
        for low, high in ((0, 15), (15, 40), (40, 151))
    ]
    for group in [*groups, data["frequency"] > 8, data["frequency"] >= 0]:
        many = group.sum()
        if many < 100:
            continue
        error = later[group].std() / np.sqrt(many) + 1e-9
        assert later[group].mean() == pytest.approx(expected[group].mean(), abs=4.5 * error)
        share = none[group].mean()
        assert (later[group] == 0).mean() == pytest.approx(share, abs=4.5 * np.sqrt(0.25 / many))


def test_regular_buyers_are_forecast_better_than_by_random_times():
    data, later = events(6_000, 4, 200.0, 100.0, 6)
    regular, random = BGCNBD().fit(data), BGNBD().fit(data)
    assert regular.k_ == 4
    assert regular.log_likelihood_ > random.log_likelihood_ + 1000
    errors = [np.abs(each.expected_purchases(data, 100.0) - later).mean() for each in (regular, random)]
    assert errors[0] < 0.95 * errors[1]
    squares = [((each.expected_purchases(data, 100.0) - later) ** 2).mean() for each in (regular, random)]
    assert squares[0] < squares[1]


def test_a_forecast_does_not_depend_on_who_else_is_there():
    known = MBGCNBD.with_parameters({"k": 3}, **PARAMS)
    me = {key: column[3:4] for key, column in SOME.items()}
    crowd = {key: np.concatenate([me[key], np.tile(column, 50)]) for key, column in SOME.items()}
    for ask in (
        lambda data: known.expected_purchases(data, 120)[0],
        lambda data: known.expected_purchases(data, 1e6)[0],
        lambda data: known.discounted_expected_purchases(data, 0.001)[0],
        lambda data: known.discounted_expected_purchases(data, 0.001, future_t=300)[0],
        lambda data: known.purchase_probabilities(data, 120, 2)[0, 0],
    ):
        assert ask(crowd) == pytest.approx(ask(me), rel=1e-14)


def test_the_whole_future_has_eleven_digits():
    """The mean over p and lambda of the worth of a renewal process, integrated by mpmath."""
    k, x, T, rate = 3, 2, 80, 0.004
    known = MBGCNBD.with_parameters({"k": k}, **PARAMS)
    found = known.discounted_expected_purchases({"frequency": [x], "recency": [T], "T": [T]}, rate)[0]
    r, alpha, a, b = PARAMS.values()
    q, A, stay = r + k * x, alpha + T, b + x + 1

    def over_chances(y):  # the mean over p is a hypergeometric function
        f = mp.exp(y) / (mp.exp(y) + rate * A)
        return mp.exp(q * y - mp.exp(y)) * f**k * mp.hyp2f1(1, stay, a + stay, f**k)

    with mp.workdps(20):
        wanted = mp.quad(over_chances, [-12, -6, -3, -1, 0, 1, 2, 3, 5]) / mp.gamma(q)
    alive = known.expected_probability_alive({"frequency": [x], "recency": [T], "T": [T]})[0]
    assert found == pytest.approx(alive * float(wanted), rel=1e-11)


def test_regular_buyers_do_not_compete_for_the_value_of_customers():
    assert not {"BGCNBD", "MBGCNBD"} & set(PURCHASE_MODELS)
