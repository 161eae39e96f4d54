"""Gamma-Gompertz/NBD: its integrals to many digits, and what it says where nobody ages."""

import mpmath as mp
import numpy as np
import pytest

from lifeworth.models import GGomNBD, ParetoNBD
from lifeworth.models.purchase.ggom_nbd import log_likelihood, time_active
from models.cdnow_customers import cdnow
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


def survival(u, b, s, beta):
    return (beta / (beta - 1 + mp.e ** (b * u))) ** s


@pytest.mark.parametrize("case", CASES)
def test_the_likelihood_agrees_with_integration_to_thirty_digits(case):
    r, alpha, b, s, beta, x, t_x, T = case
    with mp.workdps(30):
        left = mp.quad(
            lambda u: (
                (alpha + u) ** -(r + x)
                * survival(u, b, s, beta)
                * (s * b * mp.e ** (b * u) / (beta - 1 + mp.e ** (b * u)))
            ),
            mp.linspace(t_x, T, 120),
        )
        here = (alpha + T) ** -(r + x) * survival(T, b, s, beta)
        exact = float(mp.log(mp.gamma(r + x) / mp.gamma(r) * mp.mpf(alpha) ** r * (left + here)))
    found = log_likelihood(np.array([x]), np.array([t_x]), np.array([T]), r, alpha, b, s, beta)
    assert found[0] == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_the_time_still_active_agrees_with_integration(case):
    _, _, b, s, beta, *_, T = case
    with mp.workdps(30):
        stays = survival(T, b, s, beta)
        exact = float(mp.quad(lambda u: survival(T + u, b, s, beta) / stays, mp.linspace(0, 365, 60)))
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
