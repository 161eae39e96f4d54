"""The donations of Fader, Hardie & Shang (2010), and 50-digit arithmetic."""

import itertools

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

from lifeworth.models import BGBB
from lifeworth.models.purchase import bg_bb, bg_bb_likelihood
from lifeworth.models.purchase.opportunities import opportunities
from models.many_digits import derivatives
from models_discrete.worlds import donors
from shared_data import needs_shared, shared

PUBLISHED = {"alpha": 1.2035224, "beta": 0.7497164, "gamma": 0.6567182, "delta": 2.7834421}
LOG_LIKELIHOOD = -33225.581274347
BAR = 1e-11


@pytest.fixture(autouse=True)
def fifty_digits():
    with mp.workdps(50):
        yield


def test_the_table_of_the_paper_gives_the_published_estimates():
    data, weight = donors()
    model = BGBB().fit(data, sample_weight=weight)
    assert model.n_customers_ == 11_104
    assert model.converged_
    assert model.boundary_ == []
    assert model.params_ == pytest.approx(PUBLISHED, abs=3e-7)
    assert [round(value, 3) for value in model.params_.values()] == [1.204, 0.75, 0.657, 2.783]
    assert model.log_likelihood_ == pytest.approx(LOG_LIKELIHOOD, abs=1e-8)


@needs_shared
def test_both_files_of_donations_give_the_published_estimates():
    weighted = pd.read_csv(shared("cdnow/donations.csv")).rename(columns={"periods": "T"})
    each = pd.read_csv(shared("pymc_marketing/bgbb_donations.csv"))
    for model in (BGBB().fit(weighted, sample_weight=weighted["weights"]), BGBB().fit(each)):
        assert model.params_ == pytest.approx(PUBLISHED, abs=3e-7)
        assert model.log_likelihood_ == pytest.approx(LOG_LIKELIHOOD, abs=1e-8)


def test_four_kinds_of_donors_are_forecast_as_known():
    model = BGBB.with_parameters(**PUBLISHED)
    rows = {"frequency": [6, 5, 1, 0], "recency": [6, 5, 1, 0], "T": [6] * 4}
    assert model.expected_probability_alive(rows) == pytest.approx(
        [0.930433578, 0.521975447, 0.069461812, 0.108133286], abs=2e-8
    )
    assert model.expected_purchases(rows, 5) == pytest.approx(
        [3.75254423, 1.81294222, 0.085695715, 0.072863344], abs=1e-7
    )
    assert model.discounted_expected_purchases(rows, 0.10) == pytest.approx(
        [5.90989431, 2.85520869, 0.134962464, 0.114752722], abs=2e-7
    )


def test_alive_at_the_last_occasion_is_more_than_alive_at_the_next():
    model = BGBB.with_parameters(**PUBLISHED)
    rows = {"frequency": [6, 0], "recency": [6, 0], "T": [6, 6]}
    now, following = (model.expected_probability_alive(rows, future_t) for future_t in (0, 1))
    assert now[0] == pytest.approx(1.0, rel=1e-14)  # who bought at the last occasion was there
    stay = (PUBLISHED["delta"] + 6) / (PUBLISHED["gamma"] + PUBLISHED["delta"] + 6)
    assert following == pytest.approx(now * stay, rel=1e-13)


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def exact(x, t_x, n, p):
    """ln L and P(alive at n) from the paper."""
    alpha, beta, gamma, delta = (mp.mpf(p[key]) for key in ("alpha", "beta", "gamma", "delta"))
    here = mp.exp(log_beta(alpha + x, beta + n - x) + log_beta(gamma, delta + n))
    gone = sum(
        mp.exp(log_beta(alpha + x, beta + t_x - x + i) + log_beta(gamma + 1, delta + t_x + i))
        for i in range(n - t_x)
    )
    scale = log_beta(alpha, beta) + log_beta(gamma, delta)
    return mp.log(here + gone) - scale, here / (here + gone)


def drawn(rng, low=0.02, high=50.0):
    p = {key: float(np.exp(rng.uniform(np.log(low), np.log(high)))) for key in bg_bb_likelihood.NAMES}
    n = int(np.exp(rng.uniform(0, np.log(80))))
    t_x = int(rng.integers(0, n + 1))
    return p, (int(rng.integers(1, t_x + 1)) if t_x else 0, t_x, n)


def apart(found, wanted):
    return float(abs(mp.mpf(float(found)) - wanted) / abs(wanted))


def test_likelihood_and_forecasts_have_eleven_digits():
    rng = np.random.default_rng(1)
    for _ in range(150):
        p, (x, t_x, n) = drawn(rng)
        rows = {"frequency": [x], "recency": [t_x], "T": [n]}
        model = BGBB.with_parameters(**p)
        log_l, alive = exact(x, t_x, n, p)
        found = bg_bb.log_likelihood(np.array([x]), np.array([t_x]), np.array([n]), p)[0]
        assert abs(found - float(log_l)) < BAR * max(abs(float(log_l)), 1e-2)
        assert apart(model.expected_probability_alive(rows, 0)[0], alive) < BAR
        alpha, beta, gamma, delta = (mp.mpf(p[key]) for key in bg_bb_likelihood.NAMES)
        life = [mp.exp(log_beta(gamma, delta + n + j) - log_beta(gamma, delta + n)) for j in range(1, 12)]
        chance = alive * (alpha + x) / (alpha + beta + n)
        assert apart(model.expected_purchases(rows, 11)[0], chance * sum(life)) < BAR
        v = mp.mpf(1) / mp.mpf("1.1")
        whole = life[0] * v * mp.hyp2f1(1, delta + n + 1, gamma + delta + n + 1, v)
        rate = 0.1
        assert apart(model.discounted_expected_purchases(rows, rate)[0], chance * whole) < BAR


def test_the_closed_form_of_the_paper_agrees_where_it_is_defined():
    """Its quotient by gamma - 1 loses digits near 1; the sum of positive terms does not."""
    rng = np.random.default_rng(2)
    for gamma in (0.5, 0.999999, 1.000001, 3.0):
        p, (x, t_x, n) = drawn(rng)
        p["gamma"] = gamma
        ahead, g, d = 7, mp.mpf(gamma), mp.mpf(p["delta"])
        _, alive = exact(x, t_x, n, p)
        chance = alive * (mp.mpf(p["alpha"]) + x) / (mp.mpf(p["alpha"]) + mp.mpf(p["beta"]) + n)
        bracket = mp.gamma(1 + d + n) / mp.gamma(g + d + n) - mp.gamma(1 + d + n + ahead) / mp.gamma(
            g + d + n + ahead
        )
        here = mp.exp(log_beta(g, d + n) - log_beta(g, d))
        closed = chance / here * d / (g - 1) * mp.gamma(g + d) / mp.gamma(1 + d) * bracket
        rows = {"frequency": [x], "recency": [t_x], "T": [n]}
        assert apart(BGBB.with_parameters(**p).expected_purchases(rows, ahead)[0], closed) < BAR


def test_gradient_and_hessian_have_eleven_digits():
    rng = np.random.default_rng(3)
    for _ in range(6):
        p, (x, t_x, n) = drawn(rng, 0.2, 10.0)
        n, t_x = min(n, 12), min(t_x, 12)
        x = min(x, t_x)
        cells = opportunities({"frequency": [x], "recency": [t_x], "T": [n]}).cells
        value, gradient, hessian = bg_bb_likelihood.objective(cells)(np.array(list(p.values())))
        at = tuple(mp.mpf(each) for each in p.values())
        size = max(abs(value), 1e-2)

        def log_l(*values, x=x, t_x=t_x, n=n):
            return exact(x, t_x, n, dict(zip(bg_bb_likelihood.NAMES, values, strict=True)))[0]

        slopes, bends = derivatives(log_l, at)
        scale = np.array([p[name] for name in bg_bb_likelihood.NAMES])
        assert np.abs((gradient - slopes) * scale).max() < BAR * size
        assert np.abs((hessian - bends) * np.outer(scale, scale)).max() < BAR * size


def test_all_possible_histories_have_probability_one():
    """Every string of buying and not buying over six occasions, told by its (x, t_x)."""
    p, total = PUBLISHED, 0.0
    for bought in itertools.product((0, 1), repeat=6):
        x, t_x = sum(bought), max((i + 1 for i in range(6) if bought[i]), default=0)
        total += np.exp(bg_bb.log_likelihood(np.array([x]), np.array([t_x]), np.array([6]), p)[0])
    assert total == pytest.approx(1.0, abs=1e-13)
