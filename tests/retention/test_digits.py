"""Against 50-digit arithmetic on random parameters, ordinary to extreme."""

import mpmath as mp
import numpy as np
import pytest

from lifeworth.kernels import gamma_steps
from lifeworth.models.retention import likelihood
from lifeworth.models.retention.inputs import RenewalCounts
from models.many_digits import derivatives
from retention.worlds import MODELS

BAR = 1e-11
ORDINARY = {"alpha": (0.05, 20.0), "beta": (0.05, 50.0), "c": (0.3, 3.0)}
WIDE = {"alpha": (0.001, 300.0), "beta": (0.001, 1e4), "c": (0.1, 4.0)}


@pytest.fixture(autouse=True)
def fifty_digits():
    with mp.workdps(50):
        yield


def stays(p, since, until):
    """ln S(until)/S(since) in many digits, from the definition."""
    alpha, beta, c = mp.mpf(p["alpha"]), mp.mpf(p["beta"]), mp.mpf(p.get("c", 1.0))
    low, high = mp.mpf(since) ** c, mp.mpf(until) ** c
    return (
        mp.loggamma(beta + high) - mp.loggamma(alpha + beta + high)
        - mp.loggamma(beta + low) + mp.loggamma(alpha + beta + low)
    )  # fmt: skip


def log_term(p, renewals, churned):
    """ln L of one subscriber."""
    here = stays(p, 0, renewals)
    return here + mp.log(-mp.expm1(stays(p, renewals, renewals + 1))) if churned else here


def drawn(name, box, rng):
    return {
        each.name: float(np.exp(rng.uniform(*np.log(box[each.name])))) for each in MODELS[name].parameters
    }


def apart(found, wanted):
    """Relative distance, by the digits of the larger."""
    return float(abs(mp.mpf(float(found)) - wanted) / max(abs(wanted), mp.mpf("1e-290")))


@pytest.mark.parametrize("box", [ORDINARY, WIDE], ids=["ordinary", "wide"])
@pytest.mark.parametrize("name", MODELS)
def test_likelihood_and_survival_have_eleven_digits(name, box):
    rng, worst = np.random.default_rng(3), 0.0
    for _ in range(250):
        p, t = drawn(name, box, rng), int(np.exp(rng.uniform(0, np.log(400))))
        model = MODELS[name].with_parameters(**p)
        step = model.steps(np.arange(1.0, t + 2.0), p)
        stayed, left = -step[:t].sum(), -step[:t].sum() + likelihood.log_leave(step)[t]
        worst = max(worst, apart(stayed, log_term(p, t, False)), apart(left, log_term(p, t, True)))
        worst = max(worst, apart(model.log_stay(0.0, float(t), p), stays(p, 0, t)))
        worst = max(worst, apart(model.churn_probability(t + 1), mp.exp(log_term(p, t, True))))
        worst = max(worst, apart(model.retention_rate(t + 1), mp.exp(stays(p, t, t + 1))))
    assert worst < BAR


@pytest.mark.parametrize("name", MODELS)
def test_gradient_and_hessian_have_eleven_digits(name):
    rng, names = np.random.default_rng(4), [each.name for each in MODELS[name].parameters]
    for _ in range(3):
        p = drawn(name, ORDINARY, rng)
        counts = RenewalCounts(rng.uniform(0, 50, 9), rng.uniform(0, 20, 9), 500.0, "pandas")
        value, gradient, hessian = likelihood.objective(MODELS[name](), counts)(np.array(list(p.values())))

        def exact(*values, counts=counts):
            q = dict(zip(names, values, strict=True))
            return sum(
                mp.mpf(stayed) * stays(q, t, t + 1) + mp.mpf(left) * mp.log(-mp.expm1(stays(q, t, t + 1)))
                for t, (stayed, left) in enumerate(zip(counts.stayed, counts.left, strict=True))
            )

        at = tuple(mp.mpf(each) for each in p.values())
        assert apart(value, exact(*at)) < BAR
        size = np.array(list(p.values()))
        slopes, bends = derivatives(exact, at)
        assert np.abs((gradient - slopes) * size).max() < BAR * abs(value)
        assert np.abs((hessian - bends) * np.outer(size, size)).max() < BAR * abs(value)


@pytest.mark.parametrize("rate", [0.10, 0.02, 0.005, 1e-4, 1e-7])
def test_residual_lifetimes_of_any_discount_have_eleven_digits(rate):
    rng = np.random.default_rng(5)
    for _ in range(6):
        p = drawn("sBG", ORDINARY, rng)
        made = int(rng.integers(0, 60))
        alpha, beta, v = mp.mpf(p["alpha"]), mp.mpf(p["beta"]), 1 / (1 + mp.mpf(rate))
        wanted = (beta + made) / (alpha + beta + made)
        wanted *= mp.hyp2f1(1, beta + made + 1, alpha + beta + made + 1, v)
        model = MODELS["sBG"].with_parameters(**p)
        found = model.discounted_expected_residual_lifetime(made, rate)[0]
        assert apart(found, wanted) < BAR
        assert apart(
            model.expected_lifetime(rate), mp.hyp2f1(1, beta, alpha + beta, v)
        ) < BAR  # fmt: skip


def test_an_undiscounted_lifetime_is_a_quotient_where_it_exists():
    for alpha, beta in ((1.05, 0.3), (1.5, 4.0), (3.0, 0.1), (40.0, 70.0)):
        model = MODELS["sBG"].with_parameters(alpha=alpha, beta=beta)
        assert model.expected_lifetime() == pytest.approx((alpha + beta - 1) / (alpha - 1), rel=BAR)
    assert MODELS["sBG"].with_parameters(alpha=0.9, beta=2.0).expected_lifetime() == np.inf


def test_weibull_residual_lifetimes_have_eleven_digits():
    rng = np.random.default_rng(6)
    for rate in (0.3, 0.08, 0.05):
        p, made = drawn("BdW", ORDINARY, rng), int(rng.integers(0, 30))
        v, total, worth, t = 1 / (1 + mp.mpf(rate)), mp.mpf(0), mp.mpf(1), made
        with mp.workdps(25):
            while worth > mp.mpf(10) ** -16:
                t += 1
                total += mp.exp(stays(p, made, t)) * worth
                worth *= v
        model = MODELS["BdW"].with_parameters(**p)
        assert apart(model.discounted_expected_residual_lifetime(made, rate)[0], total) < BAR


def test_an_integral_stands_for_the_long_tail_of_a_small_discount():
    rng, ahead = np.random.default_rng(8), np.arange(60_000)
    for rate in (0.008, 0.001):
        p, made = drawn("BdW", ORDINARY, rng), int(rng.integers(0, 30))
        model = MODELS["BdW"].with_parameters(**p)
        stay = np.exp(model.log_stay(float(made), made + 1.0 + ahead, p))
        total = (stay * (1 + rate) ** -ahead.astype(float)).sum()
        found = model.discounted_expected_residual_lifetime(made, rate)[0]
        assert found == pytest.approx(total, rel=BAR)


def test_mixed_differences_of_gamma_functions_keep_their_digits():
    rng = np.random.default_rng(7)
    psi = {0: lambda z: mp.psi(0, z), 1: lambda z: mp.psi(1, z)}
    for _ in range(300):
        x, h, a = (
            float(np.exp(rng.uniform(*np.log(box)))) for box in ((1e-4, 1e5), (1e-3, 1e4), (1e-3, 1e3))
        )
        X, H, A = map(mp.mpf, (x, h, a))

        def mixed(f, X=X, H=H, A=A):
            return f(X) + f(X + H + A) - f(X + H) - f(X + A)

        assert apart(gamma_steps.log_gamma_mixed(x, h, a), mixed(mp.loggamma)) < 1e-14
        assert apart(gamma_steps.digamma_mixed(x, h, a), mixed(psi[0])) < BAR
        assert apart(gamma_steps.digamma_step(x, h), psi[0](X + H) - psi[0](X)) < 1e-14
        assert apart(gamma_steps.trigamma_step(x, h), psi[1](X + H) - psi[1](X)) < 1e-14
