"""Gamma-Gompertz/NBD: its integrals to many digits, and what it says where nobody ages."""

import mpmath as mp
import numpy as np
import pytest

from lifeworth.kernels.cells import Cells
from lifeworth.models import GGomNBD, ParetoNBD
from lifeworth.models.purchase.ggom_nbd import log_likelihood, time_active
from models.cdnow_customers import cdnow
from models.many_digits import derivatives
from shared_data import needs_shared

CASES = [
    # r, alpha, b, s, beta, x, t_x, T
    (0.7, 20.0, 0.02, 0.6, 8.0, 0, 0, 300),
    (0.7, 20.0, 0.02, 0.6, 8.0, 7, 90, 300),
    (1.1, 1.9, 0.0076, 0.8, 0.05, 33, 368, 662),
    (8.4, 0.55, 0.078, 9.05, 324.0, 21, 104, 259),
    (0.07, 0.57, 0.011, 0.14, 390.0, 58, 76, 301),
    (2.0, 150.0, 0.18, 4.4, 1.0, 18, 685, 881),
    (0.5, 10.0, 0.15, 3.0, 1e5, 3, 10, 140),
    # ageing sets in late, or close to the real line of the rule
    (0.165, 28.2, 0.514, 2.51, 464.0, 0, 0, 36),
    (0.121, 2.0428, 0.0107, 4.6302, 912.0, 0, 0, 26),
    (4.14, 2.4055, 0.0147, 8.5238, 982.0, 2, 39, 73),
]
PIECES = 25


def survival(u, b, s, beta):
    return (beta / (beta - 1 + mp.exp(b * u))) ** s


def parts(r, alpha, b, s, beta, x, t_x, T):
    """Leaving before T, and being here: likelihoods over constants, (alpha + t_x)^-(r + x) and S(t_x).

    So the integrand begins near 1: `quad` knows absolute errors only.
    """
    begun = survival(t_x, b, s, beta)

    def fallen(u):
        return ((alpha + u) / (alpha + t_x)) ** -(r + x) * survival(u, b, s, beta) / begun

    def leaving(u):
        grown = mp.exp(b * u)
        return fallen(u) * s * b * grown / (beta - 1 + grown)

    left = mp.quad(leaving, mp.linspace(t_x, T, PIECES), method="gauss-legendre", maxdegree=5)
    return left, fallen(T)


def exact_likelihood(r, alpha, b, s, beta, x, t_x, T):
    constant = mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) - (r + x) * mp.log(alpha + t_x)
    constant += mp.log(survival(t_x, b, s, beta))
    return constant + mp.log(sum(parts(r, alpha, b, s, beta, x, t_x, T)))


@pytest.mark.parametrize("case", CASES)
def test_the_likelihood_and_alive_agree_with_integration_to_thirty_digits(case):
    *p, x, t_x, T = case
    with mp.workdps(30):
        left, here = parts(*map(mp.mpf, p), x, t_x, T)
        exact = float(exact_likelihood(*map(mp.mpf, p), x, t_x, T))
        alive = float(here / (left + here))
    found = log_likelihood(np.array([x]), np.array([t_x]), np.array([T]), *p)
    assert found[0] == pytest.approx(exact, rel=1e-12)
    model = GGomNBD.with_parameters(**dict(zip(("r", "alpha", "b", "s", "beta"), p, strict=True)))
    rows = {"frequency": [x], "recency": [t_x], "T": [T]}
    assert model.expected_probability_alive(rows)[0] == pytest.approx(alive, rel=1e-11)


@pytest.mark.parametrize("case", [CASES[each] for each in (1, 2, 5, 8)])
def test_gradient_and_hessian_are_the_derivatives_of_the_integrals(case):
    *p, x, t_x, T = case
    one = Cells(np.array([x], np.int32), np.array([t_x]), np.array([T]), np.ones(1))
    _, gradient, hessian = GGomNBD().objective(one)(np.array(p))
    with mp.workdps(40):

        def in_logs(*at):
            return exact_likelihood(*(mp.exp(each) for each in at), x, t_x, T)

        slope, bend = derivatives(in_logs, [mp.log(each) for each in p])
    curved = hessian * np.outer(p, p) + np.diag(np.array(p) * gradient)
    assert np.abs(np.array(p) * gradient - slope).max() < 1e-11 * max(np.abs(slope).max(), 1.0)
    assert np.abs(curved - bend).max() < 1e-10 * max(np.abs(bend).max(), 1.0)


@pytest.mark.parametrize("case", CASES)
def test_the_time_still_active_agrees_with_integration(case):
    _, _, b, s, beta, *_, T = case
    with mp.workdps(30):
        stays = survival(T, b, s, beta)
        edges = mp.linspace(0, 365, PIECES)
        still = mp.quad(lambda u: survival(T + u, b, s, beta) / stays, edges, method="gauss-legendre")
        exact = float(still)
    assert time_active(np.array([float(T)]), 365.0, 0.0, b, s, beta)[0] == pytest.approx(exact, rel=1e-11)


@needs_shared
def test_on_cdnow_it_falls_back_on_pareto_as_in_the_source():
    data, _ = cdnow(unit_days=7.0)
    plain, aging = ParetoNBD().fit(data), GGomNBD().fit(data)
    assert aging.boundary_ == ["b", "beta"]
    assert aging.log_likelihood_ == pytest.approx(plain.log_likelihood_, abs=2e-3)
    assert aging.params_["r"] == pytest.approx(0.553, abs=5e-4)
    assert aging.params_["alpha"] == pytest.approx(10.578, abs=5e-3)
    assert aging.expected_purchases(data, 39).sum() == pytest.approx(1665.5, abs=0.5)


def test_where_customers_age_it_beats_pareto():
    truth = GGomNBD.with_parameters(r=1.5, alpha=10.0, b=0.03, s=1.0, beta=400.0)
    made = truth.simulate(6_000, 400, 5)
    data = {
        **{name: made[name].to_numpy() for name in ("frequency", "T")},
        "recency": np.ceil(made["recency"]),
    }
    plain, aging = ParetoNBD().fit(data), GGomNBD().fit(data)
    assert aging.log_likelihood_ > plain.log_likelihood_ + 15
    assert abs(aging.params_["b"] - 0.03) < 4 * aging.standard_errors_["b"]
