"""Likelihoods of the spend models: against plain formulas, differences, and many digits."""

import mpmath as mp
import numpy as np
import pytest

from lifeworth.kernels.newton import in_logs
from lifeworth.models.parameters import scales
from lifeworth.models.spend import dependent_gamma_gamma, log_normal, zero_inflated
from models.many_digits import DIGITS, log_beta, log_uniform
from models.spend_worlds import gathered, made, newer


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
