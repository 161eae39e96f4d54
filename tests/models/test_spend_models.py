"""What every spend model of the catalogue obeys, and what each of them knows alone."""

import mpmath as mp
import numpy as np
import pytest

import lifeworth as lw
from lifeworth.base.errors import LifeworthError
from lifeworth.data.samples import CDNOW
from lifeworth.kernels.newton import in_logs
from lifeworth.models import DependentGammaGamma, GammaGamma, LogNormalSpend, ZeroInflatedSpend
from lifeworth.models.catalog import SPEND_MODELS
from lifeworth.models.parameters import scales
from lifeworth.models.spend import dependent_gamma_gamma, log_normal, zero_inflated
from models.many_digits import DIGITS, log_beta, log_uniform

TRUTH = {
    "GammaGamma": {"p": 6.0, "q": 4.7, "v": 15.0},
    "DependentGammaGamma": {"p": 6.0, "q": 4.7, "v": 12.0, "g": 1.3},
    "LogNormalSpend": {"median": 27.0, "sigma": 0.6, "tau": 0.5},
    "ZeroInflatedSpend": {"a": 0.6, "b": 3.0, "p": 6.0, "q": 4.7, "v": 15.0},
}
every = pytest.mark.parametrize("name", SPEND_MODELS)
newer = pytest.mark.parametrize("name", [name for name in SPEND_MODELS if name != "GammaGamma"])


def known(name):
    return SPEND_MODELS[name].with_parameters(**TRUTH[name])


def made(name, size, seed=1, x=None):
    """Customers of the known model, a quarter without a repeat purchase, as a dict of arrays."""
    rng = np.random.default_rng(seed)
    counts = rng.geometric(0.3, size) - (rng.random(size) < 0.4) if x is None else np.full(size, x)
    table = known(name).simulate(np.maximum(counts, 0), seed)
    return {key: table[key].to_numpy() for key in table.columns}


def in_money(data, factor):
    """The same spends in another currency."""
    out = dict(data)
    for key in ("monetary_value", "positive_spend"):
        if key in out:
            out[key] = out[key] * factor
    if "log_spend" in out:
        out["log_spend"] = np.where(out["frequency"] > 0, out["log_spend"] + np.log(factor), 0.0)
    return out


def gathered(name, data):
    model = SPEND_MODELS[name]().fit(data)
    return model, model._gathered


def test_every_spend_model_is_in_the_catalogue_and_here():
    assert set(SPEND_MODELS) == set(TRUTH)


@every
def test_the_truth_is_recovered_from_its_own_simulation(name):
    away = []
    for seed in range(20):
        model = SPEND_MODELS[name]().fit(made(name, 6000, seed))
        assert model.converged_
        assert model.boundary_ == []
        away.append(
            [(model.params_[key] - truth) / model.standard_errors_[key] for key, truth in TRUTH[name].items()]
        )
    away = np.array(away)
    assert (np.abs(away) < 3).all(axis=1).mean() >= 0.9
    assert (np.abs(away.mean(axis=0)) < 4 / np.sqrt(20)).all()
    assert np.sqrt((away**2).mean()) == pytest.approx(1, abs=0.3)


@newer
def test_gradients_are_differences_and_hessians_those_of_gradients(name):
    model, cells = gathered(name, made(name, 400))
    climb = in_logs(model.objective(cells))
    at = np.log(np.array(model.start)) + 0.2
    value, gradient, hessian = climb(at)
    for i, step in enumerate(1e-5 * np.eye(len(at))):
        up, down = climb(at + step), climb(at - step)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / 2e-5, abs=1e-6 * abs(value))
        assert hessian[i] == pytest.approx((up[1] - down[1]) / 2e-5, abs=1e-6 * abs(value))


@newer
def test_the_fast_likelihood_is_the_sum_of_the_plain_one(name):
    data = made(name, 700)
    model, cells = gathered(name, data)
    again = data["frequency"] > 0
    rows = {key: column[again] for key, column in data.items()}
    p = model.params_
    if name == "LogNormalSpend":
        plain = log_normal.log_likelihood(
            rows["frequency"], rows["log_spend"], rows["log_spend_squares"], **p
        )
    elif name == "ZeroInflatedSpend":
        plain = zero_inflated.log_likelihood(
            rows["frequency"], rows["zero_days"], rows["positive_spend"], **p
        )
    else:
        plain = dependent_gamma_gamma.log_likelihood(rows["frequency"], rows["monetary_value"], **p)
    assert model.log_likelihood_ == pytest.approx(plain.sum(), rel=1e-12)
    scaled = np.array(list(p.values())) / scales(model.parameters, model.unit(cells))
    several = {key: np.array([value, value]) for key, value in zip(p, scaled, strict=True)}
    fast = model.log_likelihoods(cells, several)
    assert model.in_money(fast[1], cells) == pytest.approx(plain.sum(), rel=1e-12)


@every
@pytest.mark.parametrize("factor", [1e6, 100.0, 1e-3])
def test_money_in_other_units_scales_money_only(name, factor):
    data = made(name, 3000)
    one, other = SPEND_MODELS[name]().fit(data), SPEND_MODELS[name]().fit(in_money(data, factor))
    grow = scales(one.parameters, factor)
    assert list(other.params_.values()) == pytest.approx(
        list(np.array(list(one.params_.values())) * grow), rel=1e-7
    )
    there, here = (
        model.expected_customer_spend(each) for model, each in ((other, in_money(data, factor)), (one, data))
    )
    assert there == pytest.approx(factor * here, rel=1e-7)
    posts = [model.posterior(400, random_state=1).mode for model in (one, other)]
    assert list(posts[1].values()) == pytest.approx(list(np.array(list(posts[0].values())) * grow), rel=1e-5)


@every
def test_weights_count_as_many_customers_and_order_does_not_matter(name):
    data = made(name, 1500)
    times = np.random.default_rng(2).integers(0, 4, 1500)
    repeated = {key: np.repeat(column, times) for key, column in data.items()}
    order = np.random.default_rng(3).permutation(times.sum())
    shuffled = {key: column[order] for key, column in repeated.items()}
    one = SPEND_MODELS[name]().fit(data, sample_weight=times)
    for other in (SPEND_MODELS[name]().fit(repeated), SPEND_MODELS[name]().fit(shuffled)):
        assert list(one.params_.values()) == pytest.approx(list(other.params_.values()), rel=1e-6)
        assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, rel=1e-10)
    assert one.n_customers_ == times[data["frequency"] > 0].sum()


@every
def test_draws_have_the_expected_mean_and_nothing_without_purchases(name):
    model = known(name)
    data = {key: column[:4] for key, column in made(name, 50, 4, x=3).items()}
    data = {key: np.append(column, 0) for key, column in data.items()}  # and one without a repeat purchase
    many = {key: np.repeat(column, 60_000) for key, column in data.items()}
    bought = np.full((300_000, 2), 2)
    bought[:, 1] = 0
    drawn = model.draw_spend(many, bought, {key: [value] * 2 for key, value in TRUTH[name].items()}, 6)
    assert (drawn[:, 1] == 0).all()
    expected = model.expected_customer_spend(data)
    for part, mean in zip(np.split(drawn[:, 0], 5), expected, strict=True):
        assert part.mean() == pytest.approx(2 * mean, abs=4.5 * part.std() / np.sqrt(60_000))


@pytest.mark.parametrize("name", [name for name in SPEND_MODELS if name != "LogNormalSpend"])
def test_quantiles_of_total_spend_are_those_of_draws(name):
    model, shares = known(name), np.array([0.2, 0.3, 0.25, 0.15, 0.1])
    data = {key: column[:3] for key, column in made(name, 40, 5, x=3).items()}
    found = model.spend_quantiles(data, np.tile(shares, (3, 1)), [0.1, 0.5, 0.9])
    rng, size = np.random.default_rng(6), 60_000
    for i in range(3):
        many = {key: np.repeat(column[i], size) for key, column in data.items()}
        days = rng.choice(5, (size, 1), p=shares)
        drawn = model.draw_spend(many, days, {key: [value] for key, value in TRUTH[name].items()}, rng)[:, 0]
        for level, value in zip((0.1, 0.5, 0.9), found[i], strict=True):
            below = (drawn <= value).mean()
            assert below == pytest.approx(max(level, (drawn == 0).mean()), abs=4.5 * 0.5 / np.sqrt(size))


@every
def test_on_average_customers_spend_what_is_expected_of_those_nobody_knows(name):
    """The mean over customers of the expectation given their past is the expectation without any."""
    model = known(name)
    x = 0 if name == "DependentGammaGamma" else 3  # there the expectation moves with x
    found = model.expected_customer_spend(made(name, 200_000, 7, x=x))
    nobody = {key: np.zeros(1, int) for key in made(name, 2)}
    wanted = model.expected_customer_spend(nobody)[0]
    assert found.mean() == pytest.approx(wanted, abs=4 * found.std() / np.sqrt(200_000) + 1e-12)


@every
def test_a_posterior_holds_the_estimate_and_forecasts(name):
    data = made(name, 5000)
    model = SPEND_MODELS[name]().fit(data)
    post = model.posterior(2000, random_state=3)
    assert post.k_hat < 0.7
    told = post.summary().set_index("parameter")
    for key, error in model.standard_errors_.items():
        assert abs(told.loc[key, "mean"] - model.params_[key]) < 0.5 * error
        assert told.loc[key, "standard_deviation"] == pytest.approx(error, rel=0.25)
    assert model.expected_customer_spend(data, posterior=post) == pytest.approx(
        model.expected_customer_spend(data), rel=0.05
    )


@every
def test_a_saved_model_forecasts_as_before(name, tmp_path):
    data = made(name, 900)
    model = SPEND_MODELS[name]().fit(data)
    model.save(tmp_path / "m.json")
    back = lw.load(tmp_path / "m.json")
    assert type(back) is type(model)
    assert np.array_equal(back.expected_customer_spend(data), model.expected_customer_spend(data))
    assert back.summary().equals(model.summary())
    assert refused(back.posterior) == "MODEL-107"


@every
def test_inputs_are_never_changed_and_values_follow_the_customer(name):
    data = made(name, 600)
    before = {key: column.copy() for key, column in data.items()}
    for column in data.values():
        column.setflags(write=False)
    whole = SPEND_MODELS[name]().fit(data).expected_customer_spend(data)
    assert all(np.array_equal(before[key], data[key]) for key in data)
    order = np.random.default_rng(5).permutation(600)
    model = SPEND_MODELS[name]().fit(data)
    assert np.array_equal(model.expected_customer_spend({k: c[order] for k, c in data.items()}), whole[order])


@every
def test_the_same_seed_gives_the_same_customers(name):
    one, same, other = (
        known(name).simulate([1, 2, 3] * 20, seed)["monetary_value"].tolist() for seed in (1, 1, 2)
    )
    assert one == same != other


# --- many digits ---


def test_the_log_normal_likelihood_agrees_with_an_integral_in_many_digits():
    rng = np.random.default_rng(1)
    with mp.workdps(50):
        for _ in range(12):
            n = int(rng.integers(1, 6))
            logs = [mp.mpf(float(each)) for each in rng.normal(3, 1, n)]
            median, sigma, tau = (log_uniform(rng, low, high) for low, high in ((1, 100), (0.2, 2), (0.2, 2)))
            mu, s, t = mp.log(median), mp.mpf(sigma), mp.mpf(tau)

            def density(own, logs=logs, mu=mu, s=s, t=t):
                return mp.npdf(own, mu, t) * mp.fprod(mp.npdf(each, own, s) for each in logs)

            centre = mp.fsum(logs) / n
            edges = [centre - 12 * s, *sorted((centre, mu)), centre + 12 * s]
            exact = mp.log(mp.quad(density, edges)) - mp.fsum(logs)
            mean = float(mp.fsum(logs) / n)
            squares = float(mp.fsum((each - mp.fsum(logs) / n) ** 2 for each in logs))
            found = log_normal.log_likelihood(
                np.array([n]), np.array([mean]), np.array([squares]), median, sigma, tau
            )[0]
            assert found == pytest.approx(float(exact), rel=1e-12)


def box(rng):
    p, q, v = (log_uniform(rng, low, high) for low, high in ((0.05, 50), (0.05, 50), (0.01, 1e4)))
    return p, q, v, int(log_uniform(rng, 1, 500)), log_uniform(rng, 1e-2, 1e4)


def gamma_gamma_in_digits(x, m, p, q, v):
    total = x * mp.mpf(m)
    return (
        mp.loggamma(p * x + q) - mp.loggamma(p * x) - mp.loggamma(q) + q * mp.log(v)
        + p * x * mp.log(total) - mp.log(m) - (p * x + q) * mp.log(v + total)
    )  # fmt: skip


def test_the_dependent_likelihood_agrees_in_fifty_digits():
    rng = np.random.default_rng(2)
    with mp.workdps(DIGITS):
        for _ in range(300):
            p, q, v, x, m = box(rng)
            g = log_uniform(rng, 0.2, 5)
            exact = gamma_gamma_in_digits(x, m, mp.mpf(p), mp.mpf(q), mp.mpf(v) * mp.mpf(g) ** mp.log(1 + x))
            found = dependent_gamma_gamma.log_likelihood(np.array([x]), np.array([m]), p, q, v, g)[0]
            assert found == pytest.approx(float(exact), rel=1e-11, abs=1e-11)


def test_the_two_part_likelihood_agrees_in_fifty_digits():
    rng = np.random.default_rng(3)
    with mp.workdps(DIGITS):
        for _ in range(300):
            p, q, v, x, m = box(rng)
            a, b = log_uniform(rng, 0.01, 50), log_uniform(rng, 0.01, 50)
            zeros = int(rng.integers(0, x + 1))
            exact = log_beta(mp.mpf(a) + zeros, mp.mpf(b) + x - zeros) - log_beta(mp.mpf(a), mp.mpf(b))
            if zeros < x:
                exact += gamma_gamma_in_digits(x - zeros, m, mp.mpf(p), mp.mpf(q), mp.mpf(v))
            seen = (np.array([x]), np.array([zeros]), np.array([m]))
            found = zero_inflated.log_likelihood(*seen, a, b, p, q, v)[0]
            assert found == pytest.approx(float(exact), rel=1e-11, abs=1e-11)


# --- each alone ---


def test_with_no_dependence_the_dependent_model_is_gamma_gamma():
    data = made("GammaGamma", 300)
    p = {"p": 5.0, "q": 3.0, "v": 12.0}
    one, other = GammaGamma.with_parameters(**p), DependentGammaGamma.with_parameters(**p, g=1.0)
    assert other.expected_customer_spend(data) == pytest.approx(one.expected_customer_spend(data), rel=1e-12)
    assert other.share_below(data, [10, 50]) == pytest.approx(one.share_below(data, [10, 50]), rel=1e-12)


def test_the_test_of_independence_has_its_size_and_finds_dependence():
    """Chances of chi-squared are uniform where spend is independent: their 5 % and 50 % points hold."""
    chances = []
    for seed in range(300):
        data = made("GammaGamma", 300, seed)
        chances.append(DependentGammaGamma().fit(data).test_against(GammaGamma().fit(data)).p_value)
    chances = np.array(chances)
    for level in (0.05, 0.5):
        assert (chances < level).mean() == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 300))
    found = [
        DependentGammaGamma().fit(data).test_against(GammaGamma().fit(data)).p_value
        for data in (made("DependentGammaGamma", 2000, seed) for seed in range(10))
    ]
    assert max(found) < 0.01


def test_the_remedy_is_nearer_to_what_customers_spend_than_independence():
    data = made("DependentGammaGamma", 20_000, 9)
    truth = known("DependentGammaGamma").expected_customer_spend(data)
    one, other = GammaGamma().fit(data), DependentGammaGamma().fit(data)
    missed = [np.abs(model.expected_customer_spend(data) - truth).mean() for model in (one, other)]
    assert missed[1] < 0.15 * missed[0]
    new = {"frequency": [0], "monetary_value": [0.0]}
    assert other.expected_customer_spend(new) < 0.9 * one.expected_customer_spend(new)


def test_cdnow_spend_goes_with_frequency():
    """946 repeat buyers: correlation .11, and no chance worth a word that it is luck (chi-squared 30.5)."""
    rfm = lw.rfm_summary(lw.read_orders(CDNOW), observation_period_end="1997-09-30")
    larger, smaller = DependentGammaGamma().fit(rfm), GammaGamma().fit(rfm)
    assert smaller.params_["p"] == pytest.approx(6.2496, abs=1e-4)
    assert larger.test_against(smaller).statistic == pytest.approx(30.48, abs=0.01)
    assert larger.params_["g"] == pytest.approx(1.2529, abs=1e-4)


def test_the_parts_of_two_part_spend_are_fitted_apart():
    data = made("ZeroInflatedSpend", 4000)
    model = ZeroInflatedSpend().fit(data)
    n = data["frequency"] - data["zero_days"]
    gamma = GammaGamma().fit({"frequency": n, "monetary_value": data["positive_spend"]})
    assert [model.params_[key] for key in "pqv"] == pytest.approx(list(gamma.params_.values()), rel=1e-6)
    assert model.covariance_[:2, 2:] == pytest.approx(np.zeros((2, 3)), abs=1e-9)
    assert model.covariance_[2:, 2:] == pytest.approx(gamma.covariance_, rel=1e-5)


def test_log_normal_parameters_are_moments_where_everybody_buys_as_often():
    """Balanced one-way layout: the maximum has the textbook form."""
    data = made("LogNormalSpend", 500, x=4)
    model = LogNormalSpend().fit(data)
    within = data["log_spend_squares"].sum() / (500 * 3)
    between = data["log_spend"].var()
    assert model.params_["median"] == pytest.approx(np.exp(data["log_spend"].mean()), rel=1e-8)
    assert model.params_["sigma"] == pytest.approx(np.sqrt(within), rel=1e-8)
    assert model.params_["tau"] == pytest.approx(np.sqrt(between - within / 4), rel=1e-8)


def refused(call):
    with pytest.raises(LifeworthError) as caught:
        call()
    assert str(caught.value).startswith(caught.value.code)
    return caught.value.code


def test_data_that_cannot_tell_are_refused_with_a_code():
    logs = {"frequency": [2, 2, 0], "log_spend": [3.0, 2.0, 0.0], "log_spend_squares": [0.1, 0.2, 0.0]}
    tossed = {"frequency": [2, 2, 3], "zero_days": [1, 0, 1], "positive_spend": [4.0, 9.0, 5.0]}
    plain = {"frequency": [2, 2], "monetary_value": [5.0, 8.0]}
    fit_log, fit_two, fit_one = LogNormalSpend().fit, ZeroInflatedSpend().fit, DependentGammaGamma().fit
    assert refused(lambda: fit_log({**logs, "frequency": [2, 0, 0]})) == "MODEL-103"
    assert refused(lambda: fit_log({**logs, "log_spend_squares": [0.0, 0.0, 0.0]})) == "MODEL-111"
    assert refused(lambda: fit_log({**logs, "log_spend": [np.nan, 2.0, 0.0]})) == "MODEL-114"
    assert refused(lambda: fit_log({**logs, "frequency": [1, 2, 0]})) == "MODEL-114"
    assert refused(lambda: fit_log({**logs, "zero_days": [1, 0, 0]})) == "MODEL-116"
    assert refused(lambda: fit_log({**logs, "frequency": [2.5, 2, 0]})) == "MODEL-005"
    assert refused(lambda: fit_two({**tossed, "zero_days": [0, 0, 0]})) == "MODEL-112"
    assert refused(lambda: fit_two({**tossed, "zero_days": [3, 0, 0]})) == "MODEL-113"
    assert refused(lambda: fit_two({**tossed, "positive_spend": [-4.0, 9.0, 5.0]})) == "MODEL-010"
    assert refused(lambda: fit_two({**tossed, "positive_spend": [4.0, 4.0, 4.0]})) == "MODEL-109"
    assert refused(lambda: fit_two({**tossed, "zero_days": [2, 2, 1]})) == "MODEL-103"
    assert refused(lambda: fit_one(plain)) == "MODEL-115"
    assert refused(lambda: fit_one({**plain, "monetary_value": [5.0, 5.0]})) == "MODEL-109"
    assert refused(lambda: fit_one({**plain, "frequency": [0, 2]})) == "MODEL-103"
    spend = known("LogNormalSpend")
    assert (
        refused(lambda: spend.draw_spend(logs, np.ones((2, 1)), {k: [v] for k, v in spend.params_.items()}))
        == "MODEL-011"
    )


def test_a_customer_without_any_spend_yet_may_be_asked_about():
    model = known("ZeroInflatedSpend")
    found = model.expected_customer_spend(
        {"frequency": [0, 5], "zero_days": [0, 5], "positive_spend": [0, np.nan]}
    )
    assert 0 < found[1] < found[0]


# --- from orders ---


def test_spend_days_are_those_of_the_orders(tmp_path):
    rng = np.random.default_rng(11)
    rows = ["customer,date,quantity,unit_price,discount"]
    for _ in range(900):
        amount = round(float(rng.lognormal(3, 1)), 2)
        off = amount if rng.random() < 0.15 else 0.0
        day = np.datetime64("2024-01-01") + int(rng.integers(0, 300))
        rows.append(f"c{rng.integers(0, 90)},{day},1,{amount},{off}")
    (tmp_path / "orders.csv").write_text("\n".join(rows))
    orders = lw.read_orders(tmp_path / "orders.csv")
    rfm = lw.rfm_summary(orders, spend_days=True).set_index("customer_id")
    frame = orders.frame[orders.frame["counted"]]
    days = frame.groupby(["customer_id", "day"])["net_sales"].sum().reset_index()
    assert rfm["zero_days"].sum() > 50
    for customer, each in days.groupby("customer_id"):
        spent = each.sort_values("day")["net_sales"].to_numpy()[1:]
        row = rfm.loc[customer]
        logs = np.log(spent[spent > 0])
        assert row["frequency"] == len(spent)
        assert row["zero_days"] == (spent <= 0).sum()
        assert row["positive_spend"] == pytest.approx(spent[spent > 0].mean() if len(logs) else 0)
        assert row["log_spend"] == pytest.approx(logs.mean() if len(logs) else 0, abs=1e-10)
        assert row["log_spend_squares"] == pytest.approx(logs.var() * len(logs) if len(logs) else 0, abs=1e-8)
    model = ZeroInflatedSpend().fit(rfm)
    share = model.params_["a"] / (model.params_["a"] + model.params_["b"])
    assert share == pytest.approx(0.15, abs=0.05)
