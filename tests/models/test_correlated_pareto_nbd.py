"""Correlated Pareto/NBD: against double integration, its two neighbours, and its own simulation."""

import mpmath as mp
import numpy as np
import pytest
from scipy import optimize, stats

import lifeworth
from lifeworth.models import CorrelatedParetoNBD, ParetoNBD, bootstrap, leave_one_out, likelihood_ratio
from lifeworth.models.purchase import pareto_nbd
from lifeworth.models.purchase.correlated_pareto_nbd import correlation, log_likelihood
from models.cdnow_customers import cdnow
from shared_data import needs_shared

TRUTH = {"r": 0.9, "alpha": 35.0, "s": 0.8, "beta": 90.0, "odds": 4.0}
PLAIN = {name: TRUTH[name] for name in ("r", "alpha", "s", "beta")}
SOME = {"frequency": [0, 0, 3, 12, 1], "recency": [0, 0, 80, 199, 4], "T": [200, 3, 200, 200, 700]}


def plain(frame):
    return {name: frame[name].to_numpy() for name in frame.columns}


def by_grid(p, x, t_x, T, horizon):
    """L, P(alive) and E[N] by the trapezoidal rule over (ln lambda, ln mu): it converges exponentially."""
    one = np.linspace(-42.0 / p["r"] ** 0.5, 3.0, 1600)
    other = np.linspace(-42.0 / p["s"] ** 0.5, 3.0, 1600)
    rate, leave = np.exp(one)[:, None], np.exp(other)[None, :]
    spans = [p[scale] * (2.0 ** (1.0 / p[shape]) - 1.0) for scale, shape in (("alpha", "r"), ("beta", "s"))]
    kappa = (p["odds"] - 1.0) / (p["odds"] + 1.0)
    density = np.exp(stats.gamma(p["r"], scale=1 / p["alpha"]).logpdf(rate) + one[:, None] * (1 + x))
    density = density * np.exp(stats.gamma(p["s"], scale=1 / p["beta"]).logpdf(leave) + other[None, :])
    density *= 1 + kappa * (2 * np.exp(-rate * spans[0]) - 1) * (2 * np.exp(-leave * spans[1]) - 1)
    both, cell = rate + leave, (one[1] - one[0]) * (other[1] - other[0])
    here = density * np.exp(-both * T)
    gone = density * leave * np.exp(-both * t_x) * -np.expm1(-both * (T - t_x)) / both
    total = here.sum() + gone.sum()
    bought = (here * rate * -np.expm1(-leave * horizon) / leave).sum()
    return np.log(total * cell), here.sum() / total, bought / total


@pytest.mark.parametrize("odds", [0.02, 0.3, 4.0, 60.0])
@pytest.mark.parametrize(("r", "s"), [(0.9, 0.8), (2.5, 0.5), (0.4, 1.0)])
def test_it_is_what_double_integration_says(r, s, odds):
    p = {"r": r, "alpha": 35.0, "s": s, "beta": 90.0, "odds": odds}
    model = CorrelatedParetoNBD.with_parameters(**p)
    columns = [np.array(SOME[name], float) for name in ("frequency", "recency", "T")]
    told = log_likelihood(columns[0].astype(int), columns[1], columns[2], **p)
    alive, bought = model.expected_probability_alive(SOME), model.expected_purchases(SOME, 150.0)
    for row in range(len(told)):
        wanted = by_grid(p, *(column[row] for column in columns), 150.0)
        assert told[row] == pytest.approx(wanted[0], rel=1e-10, abs=1e-10)
        assert alive[row] == pytest.approx(wanted[1], rel=1e-10)
        assert bought[row] == pytest.approx(wanted[2], rel=1e-10)


def test_many_digits_say_the_same():
    """L of one customer from the density itself, 20 digits."""
    x, t_x, T, r, alpha, s, beta, odds = 2, 30, 50, 2, 35, 3, 90, 5
    with mp.workdps(20):
        spans = alpha * (mp.sqrt(2) - 1), beta * (mp.mpf(2) ** (mp.mpf(1) / 3) - 1)
        kappa = mp.mpf(odds - 1) / (odds + 1)

        def integrand(rate, leave):
            tilt = (2 * mp.exp(-rate * spans[0]) - 1) * (2 * mp.exp(-leave * spans[1]) - 1)
            density = mp.exp(-alpha * rate - beta * leave) * rate ** (r - 1) * leave ** (s - 1)
            both = rate + leave
            seen = (leave * mp.exp(-both * t_x) + rate * mp.exp(-both * T)) / both
            return density * (1 + kappa * tilt) * rate**x * seen

        whole = mp.quad(integrand, [0, 0.1, 0.6], [0, 0.1, 0.4], maxdegree=5)
        wanted = mp.log(whole * alpha**r / mp.gamma(r) * beta**s / mp.gamma(s))
        found = log_likelihood(np.array([x]), np.array([t_x]), np.array([T]), r, alpha, s, beta, odds)[0]
        assert found == pytest.approx(float(wanted), rel=1e-9)


def test_odds_of_one_are_the_pareto_nbd():
    model = CorrelatedParetoNBD.with_parameters(**PLAIN, odds=1.0)
    other = ParetoNBD.with_parameters(**PLAIN)
    for ask in (
        lambda one: one.expected_probability_alive(SOME),
        lambda one: one.expected_purchases(SOME, 150.0),
        lambda one: one.discounted_expected_purchases(SOME, 0.001),
        lambda one: one.discounted_expected_purchases(SOME, 0.001, future_t=90.0),
        lambda one: one.purchase_probabilities(SOME, 150.0, np.arange(5)),
        lambda one: one.expected_purchases_new_customer([10.0, 400.0]),
    ):
        assert ask(model) == pytest.approx(ask(other), rel=1e-12, abs=1e-14)
    columns = [np.array(SOME[name]) for name in ("frequency", "recency", "T")]
    assert log_likelihood(*columns, **PLAIN, odds=1.0) == pytest.approx(
        pareto_nbd.log_likelihood(*columns, **PLAIN), rel=1e-12
    )


def test_the_discounted_future_is_a_sum_of_short_ones():
    model, rate = CorrelatedParetoNBD.with_parameters(**TRUTH), 0.003
    edges = np.concatenate([np.arange(0, 400, 4.0), np.geomspace(400, 9000, 300)])
    until = np.array([model.expected_purchases(SOME, each) for each in edges])
    middle = np.exp(-rate * 0.5 * (edges[1:] + edges[:-1]))
    assert model.discounted_expected_purchases(SOME, rate) == pytest.approx(
        middle @ np.diff(until, axis=0), rel=1e-3
    )


@pytest.mark.parametrize("odds", [0.2, 5.0])
def test_the_correlation_is_that_of_the_rates_and_is_recovered(odds):
    p = {**TRUTH, "odds": odds}
    y = np.linspace(-60, 4, 3001)
    spans, moments = (p["alpha"] * (2 ** (1 / 0.9) - 1), p["beta"] * (2 ** (1 / 0.8) - 1)), []
    for shape, scale, span in zip((0.9, 0.8), (35.0, 90.0), spans, strict=True):
        weight = np.exp(stats.gamma(shape, scale=1 / scale).logpdf(np.exp(y)) + y) * (y[1] - y[0])
        tilt = 2 * np.exp(-np.exp(y) * span) - 1
        moments.append((weight * np.exp(y) * tilt).sum() / np.sqrt(shape) * scale)
    wanted = (odds - 1) / (odds + 1) * moments[0] * moments[1]
    assert correlation(0.9, 0.8, odds) == pytest.approx(wanted, rel=1e-8)
    data = plain(CorrelatedParetoNBD.with_parameters(**p).simulate(30_000, 400.0, 4))
    fitted = CorrelatedParetoNBD().fit(data)
    found = fitted.correlation()
    assert abs(found.estimate - wanted) < 4 * found.standard_error < 0.3
    assert found.lowest < found.estimate < found.highest
    test = likelihood_ratio(fitted, ParetoNBD().fit(data))
    assert (test.degrees, test.p_value < 1e-4) == (1, True)


def test_the_test_is_silent_where_rates_are_independent():
    found = []
    for seed in range(6):
        data = plain(ParetoNBD.with_parameters(**PLAIN).simulate(4000, 300.0, seed))
        found.append(likelihood_ratio(CorrelatedParetoNBD().fit(data), ParetoNBD().fit(data)).p_value)
    assert stats.kstest(found, "uniform").pvalue > 0.01


@needs_shared
def test_cdnow():
    """At the end of the family's reach: quick buyers leave sooner, and the forecast gains."""
    data, later = cdnow(unit_days=7.0)
    wide, narrow = CorrelatedParetoNBD().fit(data), ParetoNBD().fit(data)
    assert wide.log_likelihood_ == pytest.approx(-9585.0266, abs=2e-3)
    assert wide.boundary_ == ["odds"]
    assert wide.correlation().estimate == pytest.approx(0.2262, abs=2e-3)
    miss = [abs(model.expected_purchases(data, 39).sum() - later.sum()) for model in (wide, narrow)]
    assert miss[0] < miss[1]


@needs_shared
def test_what_clvtools_maximises_is_a_sum_of_the_same_pieces():
    """Spans of one week for both coins in place of the medians: CLVTools 0.12.1 reaches -9591.66576."""
    data, _ = cdnow(unit_days=7.0)
    rows, times = np.unique(
        np.stack([data["frequency"], data["recency"], data["T"]]), axis=1, return_counts=True
    )
    x, t_x, T = rows[0].astype(int), rows[1], rows[2]

    def loss(theta):
        r, alpha, s, beta = np.exp(theta[:4])
        one, other = (alpha / (1 + alpha)) ** r, (beta / (1 + beta)) ** s
        high = 1 / max(one * (1 - other), other * (1 - one))
        low = -1 / max(one * other, (1 - one) * (1 - other))
        m = low + (high - low) / (1 + np.exp(-theta[4]))
        parts = [
            np.exp(pareto_nbd.log_likelihood(x, t_x, T, r, alpha + i, s, beta + j))
            for i, j in ((0, 0), (1, 1), (1, 0), (0, 1))
        ]
        whole = parts[0] + m * one * other * (parts[0] + parts[1] - parts[2] - parts[3])
        return -float(times @ np.log(whole))

    near, exact = [-0.6, 2.3, -0.7, 2.2, 20.0], {"xatol": 1e-7, "fatol": 1e-8}
    found = optimize.minimize(loss, near, method="Nelder-Mead", options={**exact, "maxfev": 1500})
    found = optimize.minimize(loss, found.x, method="Nelder-Mead", options={**exact, "maxfev": 1500})
    assert found.fun == pytest.approx(9591.66576, abs=2e-5)


def test_posterior_bootstrap_saving_and_frames(tmp_path):
    import polars as pl

    table = pl.DataFrame(plain(CorrelatedParetoNBD.with_parameters(**TRUTH).simulate(700, 400.0, 6)))
    model = CorrelatedParetoNBD(time_unit="D").fit(table)
    post = model.posterior(400, random_state=1)
    assert isinstance(post.frame, pl.DataFrame)
    assert post.k_hat < 0.7
    wide, tight = (
        float(np.diff(np.quantile(model.draw_purchases(table[:50], 200, p, 2).sum(axis=0), [0.05, 0.95]))[0])
        for p in (post.parameters(300), {k: np.repeat(v, 300) for k, v in model.params_.items()})
    )
    assert 0.8 * tight < wide < 2.0 * tight
    assert model.expected_purchases(table, 90, posterior=post).sum() == pytest.approx(
        model.expected_purchases(table, 90).sum(), rel=0.05
    )
    model.save(tmp_path / "m.json")
    back = lifeworth.load(tmp_path / "m.json")
    assert np.array_equal(back.expected_purchases(table, 90), model.expected_purchases(table, 90))
    assert back.correlation().estimate == model.correlation().estimate
    again = bootstrap(model, table, draws=20, random_state=3).frame["r"].to_numpy()
    assert again.std() == pytest.approx(model.standard_errors_["r"], rel=0.5)
    assert leave_one_out(model, post).elpd < model.log_likelihood_
