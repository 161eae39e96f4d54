"""Likelihoods, gradients and Hessians against 60 digits over the boxes of methods.md 2.12.

Errors are relative to the larger of 1 and the value. The slow tests take 500 points per box.
"""

import mpmath as mp
import numpy as np
import pytest

from lifeworth.kernels.cells import Cells
from lifeworth.models import BGNBD, MBGNBD, ParetoNBD
from lifeworth.models.purchase import bg_nbd, mbg_nbd, pareto_nbd
from lifeworth.models.purchase.beta_geometric import FEW, discounted_if_alive, expected_if_alive
from models.many_digits import (
    DIGITS,
    bg_log_likelihood,
    derivatives,
    log_uniform,
    pareto_log_likelihood,
    random_history,
)

BG_TYPICAL = ([(0.05, 5), (1, 300), (0.05, 5), (0.05, 20)], 100, 5000, 1e-13)
BG_EXTREME = ([(1e-4, 1e3), (1e-3, 1e6), (1e-4, 1e3), (1e-4, 1e4)], 5000, 5000, 1e-12)
PARETO_TYPICAL = ([(0.05, 5), (1, 300), (0.05, 5), (1, 300)], 100, 1500, 1e-13)
PARETO_WIDE = ([(0.01, 50), (0.1, 2000), (0.01, 50), (0.1, 2000)], 1000, 5000, 1e-13)
PARETO_EXTREME = ([(1e-4, 500), (0.01, 1e5), (1e-4, 500), (0.01, 1e5)], 5000, 5000, 1e-12)
BOXES = [
    (BGNBD, bg_nbd, BG_TYPICAL),
    (BGNBD, bg_nbd, BG_EXTREME),
    (MBGNBD, mbg_nbd, BG_TYPICAL),
    (MBGNBD, mbg_nbd, BG_EXTREME),
    (ParetoNBD, pareto_nbd, PARETO_TYPICAL),
    (ParetoNBD, pareto_nbd, PARETO_WIDE),
    (ParetoNBD, pareto_nbd, PARETO_EXTREME),
]


def reference(model, history, p):
    if model is ParetoNBD:
        return pareto_log_likelihood(*history, *p)
    return bg_log_likelihood(*history, *p, first=int(model is MBGNBD))


def one_cell(x, t_x, T):
    x, t_x, T = (np.array([each], np.int32) for each in (x, t_x, T))
    return Cells(x, t_x, T, np.ones(1))


def worst_error(model, file, box, points, seed):
    ranges, most, oldest, bar = box
    rng, worst = np.random.default_rng(seed), 0.0
    with mp.workdps(DIGITS):
        for _ in range(points):
            p = [log_uniform(rng, *each) for each in ranges]
            history = random_history(rng, most, oldest)
            wanted = reference(model, history, p)
            fast = model().objective(one_cell(*history))(np.array(p))
            plain = file.log_likelihood(*(np.array([each]) for each in history), *p)[0]
            assert np.isfinite(fast[1]).all()
            assert np.isfinite(fast[2]).all()
            scale = max(1, abs(wanted))
            worst = max(worst, float(abs(fast[0] - wanted) / scale), float(abs(plain - wanted) / scale) / 10)
    return worst, bar


@pytest.mark.parametrize(("model", "file", "box"), BOXES)
def test_likelihoods_hold_their_digits_over_the_boxes(model, file, box):
    worst, bar = worst_error(model, file, box, 50, 1)
    assert worst < bar


@pytest.mark.slow
@pytest.mark.parametrize(("model", "file", "box"), BOXES)
def test_likelihoods_hold_their_digits_over_many_points(model, file, box):
    worst, bar = worst_error(model, file, box, 500, 2)
    assert worst < bar


@pytest.mark.parametrize(
    ("model", "box"),
    [(model, box) for model, _, box in BOXES],
)
def test_gradients_and_hessians_are_the_derivatives(model, box):
    derivatives_hold_their_digits(model, box, points=2, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "box"), [(model, box) for model, _, box in BOXES])
def test_gradients_and_hessians_are_the_derivatives_at_many_points(model, box):
    derivatives_hold_their_digits(model, box, points=12, seed=31)


def derivatives_hold_their_digits(model, box, points, seed):
    ranges, most, oldest, _ = box
    rng = np.random.default_rng(seed)
    with mp.workdps(DIGITS):
        for _ in range(points):
            p = [log_uniform(rng, *each) for each in ranges]
            history = random_history(rng, most, oldest)
            _, gradient, hessian = model().objective(one_cell(*history))(np.array(p))

            def in_logs(*theta, history=history):
                return reference(model, history, [mp.exp(each) for each in theta])

            slope, bend = derivatives(in_logs, [mp.log(each) for each in p])
            assert np.abs(np.array(p) * gradient - slope).max() < 1e-12 * max(np.abs(slope).max(), 1.0)
            curved = hessian * np.outer(p, p) + np.diag(np.array(p) * gradient)
            assert np.abs(curved - bend).max() < 1e-11 * max(np.abs(bend).max(), 1.0)


@pytest.mark.parametrize("rows", [1, FEW + 1])
def test_expected_purchases_equal_the_closed_form_in_60_digits(rows):
    rng = np.random.default_rng(4)
    with mp.workdps(DIGITS):
        for _ in range(40):
            r, alpha = log_uniform(rng, 1e-2, 50), log_uniform(rng, 0.1, 1e4)
            a, b = log_uniform(rng, 0.01, 100), log_uniform(rng, 1.1, 1000)
            x, _, T = random_history(rng, 5000, 5000)
            horizon = log_uniform(rng, 0.01, 20_000)
            age, count, stay = np.full(rows, T), np.full(rows, x), np.full(rows, b + x)
            found = expected_if_alive(age, count, horizon, r, alpha, a, stay)
            q, A, B = mp.mpf(r) + x, mp.mpf(alpha) + T, mp.mpf(b) + x
            z = horizon / (A + horizon)
            whole = (a + B - 1) / (mp.mpf(a) - 1)
            wanted = whole * (1 - (1 - z) ** q * mp.hyp2f1(q, B, a + B - 1, z))
            assert found[0] == pytest.approx(float(wanted), rel=1e-11)


@pytest.mark.parametrize(("x", "T", "rate"), [(0, 30, 0.002), (2, 272, 0.0003), (26, 217, 0.0003)])
def test_discounted_purchases_equal_the_integral_over_the_posterior(x, T, rate):
    r, alpha, a, b = 0.243, 30.898, 0.793, 2.426
    q, A, stay = r + x, mp.mpf(alpha) + T, mp.mpf(b) + x

    def at(y):
        p = 1 / (1 + mp.exp(-y))
        w = rate * A / p
        return w * mp.exp(w) * mp.expint(q + 1, w) * p**a * (1 - p) ** stay

    with mp.workdps(25):
        edges = [-60, -40, -25, -15, -10, -8, -6, -5, -4, -3, -2, -1, 0, 1, 2, 4, 8, 20]
        wanted = q / (rate * A) * mp.quad(at, edges) / mp.beta(a, stay)
    found = discounted_if_alive(np.array([x]), np.array([T]), rate, r, alpha, a, np.array([b + x]))
    assert found[0] == pytest.approx(float(wanted), rel=1e-11)
