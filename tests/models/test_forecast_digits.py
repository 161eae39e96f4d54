"""P(alive), expected purchases and DERT against 60 digits over the boxes of methods.md 2.12."""

import mpmath as mp
import numpy as np
import pytest

from lifeworth.models import BGNBD, MBGNBD, ParetoNBD
from models.many_digits import (
    DIGITS,
    bg_log_likelihood,
    log_beta,
    log_uniform,
    pareto_log_likelihood,
    random_history,
)
from models.test_stability import BG_TYPICAL, BOXES, PARETO_EXTREME, PARETO_TYPICAL, PARETO_WIDE

BAR = 1e-11
SMALLEST = 1e-280  # below it a double has fewer digits


def alive_part(model, x, T, p):
    """ln of the likelihood that the customer bought x times and is still active at T."""
    x, T, *p = map(mp.mpf, (x, T, *p))
    if model is ParetoNBD:
        r, alpha, s, beta = p
        stayed = s * (mp.log(beta) - mp.log(beta + T))
    else:
        r, alpha, a, b = p
        stayed = log_beta(a, b + x + (model is MBGNBD)) - log_beta(a, b)
    return mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) - (r + x) * mp.log(alpha + T) + stayed


def whole(model, x, t_x, T, p):
    if model is ParetoNBD:
        return pareto_log_likelihood(x, t_x, T, *p)
    return bg_log_likelihood(x, t_x, T, *p, first=int(model is MBGNBD))


def points(box, number, seed):
    """(parameters, history) at random."""
    ranges, most, oldest, _ = box
    rng = np.random.default_rng(seed)
    return [
        (
            [log_uniform(rng, *each) for each in ranges],
            random_history(rng, most, oldest),
            rng.uniform(0.01, 3),
        )
        for _ in range(number)
    ]


def asked(model, p, x, t_x, T):
    fitted = model.with_parameters(**dict(zip((each.name for each in model.parameters), p, strict=True)))
    return fitted, {"frequency": [x], "recency": [t_x], "T": [T]}


@pytest.mark.parametrize(("model", "_", "box"), BOXES)
def test_the_probability_of_being_active_holds_its_digits(model, _, box):
    worst = 0.0
    for p, (x, t_x, T), _ in points(box, 60, 11):
        with mp.workdps(DIGITS):
            wanted = mp.exp(alive_part(model, x, T, p) - whole(model, x, t_x, T, p))
        fitted, data = asked(model, p, x, t_x, T)
        found = fitted.expected_probability_alive(data)[0]
        assert 0 <= found <= 1
        if wanted > SMALLEST:
            worst = max(worst, float(abs(found / wanted - 1)))
    assert worst < BAR


@pytest.mark.parametrize(
    ("model", "box"), [(model, box) for model, _, box in BOXES if model is not ParetoNBD]
)
def test_expected_purchases_of_those_who_leave_at_a_purchase_hold_their_digits(model, box):
    worst = 0.0
    for p, (x, t_x, T), share in points(box, 40, 13):
        r, alpha, a, b = map(mp.mpf, p)
        ahead = float(T * share)
        with mp.workdps(DIGITS):
            alive = mp.exp(alive_part(model, x, T, p) - whole(model, x, t_x, T, p))
            stays, z = b + x + (model is MBGNBD), ahead / (alpha + T + ahead)
            more = 1 - (1 - z) ** (r + x) * mp.hyp2f1(r + x, stays, a + stays - 1, z)
            wanted = alive * (a + stays - 1) / (a - 1) * more
        fitted, data = asked(model, p, x, t_x, T)
        if wanted > SMALLEST:
            found = fitted.expected_purchases(data, ahead)[0]
            worst = max(worst, float(abs(found / wanted - 1)))
    assert worst < BAR


@pytest.mark.parametrize("model", [BGNBD, MBGNBD])
def test_dert_of_those_who_leave_at_a_purchase_holds_its_digits(model):
    """P(alive) times the mean of lambda/(rate + lambda p): an exponential integral, averaged over p."""
    worst, rate = 0.0, 0.001
    for p, (x, t_x, T), _ in points(BG_TYPICAL, 8, 14):
        r, alpha, a, b = map(mp.mpf, p)
        with mp.workdps(25):
            alive = mp.exp(alive_part(model, x, T, p) - whole(model, x, t_x, T, p))
            q, age, stays = r + x, alpha + T, b + x + (model is MBGNBD)
            middle = mp.log(a / stays)
            edges = [middle - 90 / a, middle - 20 / a, *mp.linspace(middle - 12, middle + 8, 26), middle + 60]

            def inside(y, q=q, age=age, a=a, stays=stays):
                chance = 1 / (1 + mp.exp(-y))
                w = rate * age / chance
                return w * mp.exp(w) * mp.expint(q + 1, w) * chance**a * (1 - chance) ** stays

            mean = mp.quad(inside, sorted(edges), method="gauss-legendre", maxdegree=5) / mp.beta(a, stays)
            wanted = alive * q / (rate * age) * mean
        fitted, data = asked(model, p, x, t_x, T)
        if wanted > SMALLEST:
            found = fitted.discounted_expected_purchases(data, rate)[0]
            worst = max(worst, float(abs(found / wanted - 1)))
    assert worst < BAR


@pytest.mark.parametrize("box", [PARETO_TYPICAL, PARETO_WIDE, PARETO_EXTREME])
def test_expected_purchases_and_dert_of_pareto_hold_their_digits(box):
    worst = {"purchases": 0.0, "dert": 0.0}
    rate = 0.0002
    for p, (x, t_x, T), share in points(box, 40, 12):
        r, alpha, s, beta = map(mp.mpf, p)
        ahead = float(T * share)
        fitted, data = asked(ParetoNBD, p, x, t_x, T)
        with mp.workdps(DIGITS):
            alive = mp.exp(alive_part(ParetoNBD, x, T, p) - whole(ParetoNBD, x, t_x, T, p))
            pace, age = (r + x) / (alpha + T), beta + T
            purchases = alive * pace * age / (s - 1) * (1 - (age / (age + ahead)) ** (s - 1))
            z = mp.mpf(rate) * age
            dert = alive * pace * age * z ** (s - 1) * mp.hyperu(s, s, z)
        if alive < SMALLEST:
            continue
        for name, found, wanted in (
            ("purchases", fitted.expected_purchases(data, ahead)[0], purchases),
            ("dert", fitted.discounted_expected_purchases(data, rate)[0], dert),
        ):
            worst[name] = max(worst[name], float(abs(found / wanted - 1)))
    assert max(worst.values()) < BAR, worst
