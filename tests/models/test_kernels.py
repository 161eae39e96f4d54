"""The arithmetic below the models, each piece against an independent answer."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special as scipy_special
from scipy import stats

from lifeworth.kernels.blocks import BLOCK, block_sums, each_block, tiles
from lifeworth.kernels.cells import cells, pairs
from lifeworth.kernels.counts import LogGrowth, exceeding, log_rising, negative_binomial_tails
from lifeworth.kernels.fractions import FEW, log_share, scaled_exponential_integral
from lifeworth.kernels.newton import in_logs, maximise
from lifeworth.kernels.psis import effective_size, fit_generalised_pareto, smooth_weights
from lifeworth.kernels.quadrature import beta_rule, log_time_rule
from lifeworth.kernels.special import (
    beta_quantile,
    digamma,
    gamma_median,
    incomplete_beta,
    log_gamma,
    trigamma,
)

WIDE = np.array([1e-4, 0.1, 1.0, 5.0, 9.99, 10.0, 50.0, 1e4, 1e8])


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_block_sums_have_the_same_bits_for_any_number_of_threads(threads):
    values = np.random.default_rng(1).normal(size=11 * BLOCK + 5)

    def work(block):
        return np.array([values[block].sum(), np.square(values[block]).sum()])

    assert np.array_equal(block_sums(len(values), 2, work, threads), block_sums(len(values), 2, work, 1))


def test_blocks_cover_every_row_once_and_errors_come_through():
    seen = np.zeros(3 * BLOCK + 1)

    def count(block):
        seen[block] += 1

    each_block(len(seen), count, 2)
    assert (seen == 1).all()

    def fail(block):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        each_block(len(seen), fail, 2)


def test_tiles_cover_every_row_and_draw_once():
    seen = np.zeros((2 * BLOCK + 3, 7))
    for rows, draws in tiles(*seen.shape):
        seen[rows, draws] += 1
    assert (seen == 1).all()


def test_count_tables_replace_gamma_functions():
    x = np.random.default_rng(2).poisson(4, 500)
    table = exceeding(x)
    direct = (log_gamma(0.3 + x) - log_gamma(np.full(500, 0.3))).sum()
    assert (table * np.log(0.3 + np.arange(len(table)))).sum() == pytest.approx(direct, rel=1e-13)
    assert log_rising(0.3, 20)[x].sum() == pytest.approx(direct, rel=1e-13)


def test_a_table_of_ticks_gives_the_logarithm_itself():
    ticks = np.arange(0, 900, 7, dtype=np.int32)
    assert np.array_equal(LogGrowth(31.4, ticks)(ticks), np.log1p(ticks / 31.4))
    assert np.array_equal(LogGrowth(31.4, ticks + 0.5)(ticks + 0.5), np.log1p((ticks + 0.5) / 31.4))


def test_equal_histories_are_counted_once():
    x, t_x, T = (np.array(each, np.int32) for each in ([1, 0, 1, 0], [5, 0, 5, 0], [9, 9, 9, 8]))
    found = cells(x, t_x, T)
    rows = zip(found.x, found.t_x, found.T, found.weight, strict=True)
    assert [tuple(map(int, row)) for row in rows] == [(0, 0, 8, 1), (0, 0, 9, 1), (1, 5, 9, 2)]
    weighted = cells(x, t_x, T, np.array([0.5, 1.0, 2.0, 4.0]))
    assert weighted.weight.tolist() == [4.0, 1.0, 2.5]


@pytest.mark.parametrize("kind", [np.int32, np.float64])
@pytest.mark.parametrize("most", [4, 60_000])
def test_pairs_lead_back_to_every_row(kind, most):
    rng = np.random.default_rng(3)
    x, t = rng.integers(0, most, 300).astype(np.int32), rng.integers(0, most, 300).astype(kind)
    found = pairs(x, t)
    assert np.array_equal(found.x[found.of_row], x)
    assert np.array_equal(found.t[found.of_row], t)
    assert len({(int(a), float(b)) for a, b in zip(found.x, found.t, strict=True)}) == len(found.x)
    worth = rng.normal(size=len(found.x))
    assert np.array_equal(found.by_code(worth)[found.code], worth[found.of_row])


@pytest.mark.parametrize(("odds", "q"), [(0.3, 2.0), (8.0, 40.0), (30.0, 900.0)])
def test_negative_binomial_tails_hold_where_the_first_mass_underflows(odds, q):
    tails = negative_binomial_tails(np.array([q]), np.array([odds]))
    wanted = stats.nbinom.sf(np.arange(int(q * odds) + 50) - 0.0, q, 1 / (1 + odds))
    found = np.array([next(tails)[0] for _ in range(len(wanted))])
    assert found == pytest.approx(wanted, abs=1e-11)


def test_gamma_functions_agree_with_scipy():
    assert log_gamma(WIDE) == pytest.approx(scipy_special.gammaln(WIDE), rel=1e-15)
    assert digamma(WIDE) == pytest.approx(scipy_special.digamma(WIDE), rel=3e-15)
    assert trigamma(WIDE) == pytest.approx(scipy_special.polygamma(1, WIDE), rel=1e-15)


def test_the_incomplete_beta_agrees_with_scipy():
    rng = np.random.default_rng(4)
    x, a, b = rng.random(300), np.exp(rng.uniform(-3, 7, 300)), np.exp(rng.uniform(-3, 7, 300))
    assert incomplete_beta(x, a, b) == pytest.approx(scipy_special.betainc(a, b, x), abs=1e-11)


@pytest.mark.parametrize("q", [0.001, 0.05, 0.5, 0.95])
def test_quantiles_of_a_beta_agree_with_scipy(q):
    a, b = np.exp(np.random.default_rng(5).uniform(-2, 8, (2, 300)))
    assert beta_quantile(q, a, b) == pytest.approx(stats.beta.ppf(q, a, b), rel=1e-10)


@pytest.mark.parametrize("shape", [0.02, 0.5, 1.0, 30.0])
def test_half_of_a_gamma_lies_below_its_median(shape):
    assert scipy_special.gammainc(shape, gamma_median(shape)) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(("a", "b"), [(0.05, 0.3), (0.8, 2.4), (0.8, 5002.0), (300.0, 20.0)])
def test_means_over_a_beta_are_exact(a, b):
    p, w = beta_rule(a, b)
    assert w.sum() == pytest.approx(1, rel=1e-13)
    assert w @ p == pytest.approx(a / (a + b), rel=1e-11)
    assert w @ p**2 == pytest.approx(a * (a + 1) / ((a + b) * (a + b + 1)), rel=1e-11)


def test_integrals_over_time_are_exact():
    times, weights = log_time_rule(np.array([3.0, 50.0]), 400.0, 32)
    found = (weights / (3.0 + times) ** 2).sum(axis=0)[0]
    assert found == pytest.approx(1 / 3 - 1 / 403, rel=1e-12)


@pytest.mark.parametrize(("alpha", "beta"), [(50.0, 3.0), (3.0, 50.0), (7.0, 7.0)])
def test_shares_obey_their_recurrence_and_sum_to_one(alpha, beta):
    """rho_p = (s + p z rho_(p+1)) / (p + s)."""
    p, t, s = np.linspace(0.1, 80, 200), np.linspace(0, 300, 200), 0.6
    rho, up = (np.exp(log_share(each, s, alpha, beta, t)) for each in (p, p + 1))
    z = (alpha - beta) / (alpha + t)
    assert rho == pytest.approx((s + p * z * up) / (p + s), rel=1e-12)
    assert rho + np.exp(log_share(s, p, beta, alpha, t)) == pytest.approx(1, rel=1e-13)


@pytest.mark.parametrize(("alpha", "beta"), [(4.0, 900.0), (900.0, 4.0)])
def test_few_rows_have_the_same_bits_as_many_of_one_depth(alpha, beta):
    t = np.linspace(9.0, 9.5, FEW + 1)
    many = log_share(0.8, 2.5, alpha, beta, t)
    few = [log_share(0.8, 2.5, alpha, beta, np.array([t[0], each]))[1] for each in t[1::50]]
    assert np.array_equal(few, many[1::50])


def test_the_exponential_integral_agrees_with_50_digits():
    for q, w in ((0.3, 0.05), (1.0, 0.7), (1.5, 3.0), (27.0, 0.4), (300.0, 12.0), (0.05, 400.0)):
        with mp.workdps(50):
            wanted = float(
                mp.mpf(w)
                * mp.quad(lambda u, q=q, w=w: mp.exp(-w * u) * (1 + u) ** -q, [0, 1, 10, 100, mp.inf])
            )
        assert scaled_exponential_integral(np.array([q]), np.array([w]))[0] == pytest.approx(
            wanted, rel=1e-13
        )


def test_newton_climbs_out_of_the_wrong_curvature():
    def bump(p):
        x, y = p - np.array([2.0, 0.5])
        value = np.exp(-0.5 * (x * x + y * y))
        slope = -value * np.array([x, y])
        bend = value * np.array([[x * x - 1, x * y], [x * y, y * y - 1]])
        return value, slope, bend

    found = maximise(in_logs(bump), np.log([6.0, 4.0]), 1.0)
    assert found.converged
    assert np.exp(found.theta) == pytest.approx([2.0, 0.5], rel=1e-6)


def test_newton_reports_a_ridge_instead_of_walking_for_ever():
    def ridge(p):
        return -1.0 / p[0], np.array([p[0] ** -2]), np.array([[-2 * p[0] ** -3]])

    found = maximise(in_logs(ridge), np.array([0.0]), 1.0)
    assert found.converged
    assert found.theta[0] > np.log(1e3)
    assert 1 / np.sqrt(-found.hessian[0, 0]) > np.log(100)  # open by more than a factor of a hundred


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4, 0.9])
def test_generalised_pareto_fits_recover_the_shape(shape):
    excess = np.sort(stats.genpareto.rvs(shape, scale=2.0, size=20_000, random_state=5))
    found, scale = fit_generalised_pareto(excess)
    assert found == pytest.approx(shape, abs=0.03)
    assert scale == pytest.approx(2.0, rel=0.05)


def test_smooth_weights_tell_a_good_proposal_from_a_bad_one():
    rng = np.random.default_rng(6)
    normal = rng.standard_normal(4000)
    weight, k_hat = smooth_weights(-0.5 * (normal - 0.1) ** 2 + 0.5 * normal**2)
    assert weight.sum() == pytest.approx(1)
    assert k_hat < 0.3
    assert effective_size(weight) > 3800
    assert smooth_weights(np.exp(normal * 2))[1] > 0.7
    even, low = smooth_weights(np.zeros(4000))
    assert low < 0
    assert effective_size(even) == pytest.approx(4000)


def test_a_search_that_begins_on_a_ridge_stops_there_when_it_knows_where_it_came_from():
    def ridge(theta):  # grows for ever, ever less
        slope = np.exp(-theta)
        return -float(slope[0]), slope, -np.diag(slope)

    begun = np.array([8.0])
    blind = maximise(ridge, begun, scale=1.0)
    aware = maximise(ridge, begun, scale=1.0, origin=np.zeros(1))
    assert (aware.passes, aware.converged) == (2, True)  # one step, then it sees how little that won
    assert blind.passes > aware.passes
    assert blind.value - aware.value < 1e-3


def test_customers_of_one_age_off_the_lattice_are_one_cell():
    """Those without a repeat purchase, by (x, T); the others stay as they are."""
    rng = np.random.default_rng(2)
    x, T = rng.poisson(0.5, 400).astype(np.int32), np.round(rng.uniform(1, 30, 400), 1) + 1e-5
    t_x, weight = np.where(x > 0, rng.uniform(0, 1, 400) * T, 0.0), rng.random(400)
    found = cells(x, t_x, T, weight)
    wanted = {}
    for i in range(400):
        key = (x[i], t_x[i], T[i])
        wanted[key] = wanted.get(key, 0.0) + weight[i]
    told = dict(zip(zip(found.x, found.t_x, found.T, strict=True), found.weight, strict=True))
    assert len(found) == len(wanted) < 400
    assert list(told) == sorted(wanted)
    assert told == pytest.approx(wanted)
