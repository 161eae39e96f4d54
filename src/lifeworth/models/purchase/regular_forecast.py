"""Forecasts of BG/CNBD-k and MBG/CNBD-k, exact: what living customers do who have passed s stages.

s = k x + j tells purchases and stages of the present gap at once. With q = r + s, the stages passed
within the horizon are negative binomial, K ~ NegBin(q), odds = horizon/(alpha + T), and

    P(N >= n) = P(K >= n k - j) (1 - p)^(n-1),   p ~ Beta(a, stay),   stay = b + x + first.

Forecasts for a customer are means over the stages, by `regular_gaps.stage_shares`.
Source: methods.md 2.7.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import BLOCK
from lifeworth.kernels.counts import negative_binomial_tails
from lifeworth.kernels.quadrature import beta_rule, gamma_rule
from lifeworth.models.purchase.beta_geometric import MANY, UNDERFLOW, split

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
SURE = 0.99  # above it, who buys leaves at once: ten terms tell all


def survival_if_alive(
    s: Numbers, T: Numbers, after: Any, k: int, r: float, alpha: float, a: float, stay: Floats
) -> Floats:
    """P(alive at T + after), (m,): E[(1-p)^M], M = (K + stage) // k purchases due."""
    odds = np.asarray(after / (alpha + np.asarray(T, np.float64)))
    s, stay = (np.broadcast_to(each, odds.shape) for each in (s, stay))
    q, stage, out = r + s.astype(np.float64), s % k, np.empty(len(odds))
    kinds, place = np.unique(stay, return_inverse=True)
    for kind, stays in enumerate(kinds):
        for rows in split(np.flatnonzero(place == kind)):
            out[rows] = _survival_by_chances(q[rows], odds[rows], stage[rows], k, a, float(stays))
    return out


def expected_if_alive(
    s: Numbers, T: Numbers, horizon: Any, k: int, r: float, alpha: float, a: float, stay: Floats
) -> Floats:
    """E[N(horizon)], (m,); horizon a number or (m,).

    Sum over c of P(K = c) E[purchases made of those due by stage c]: all terms positive. Where
    P(K = 0) underflows or the sum is long, the same mean as an integral over p.
    """
    odds = horizon / (alpha + np.asarray(T, np.float64))
    s, stay = (np.broadcast_to(each, odds.shape) for each in (s, stay))
    q, stage = r + s.astype(np.float64), s % k
    out = np.zeros(len(odds))
    hard = (q * np.log1p(odds) > UNDERFLOW) | (odds > MANY)
    easy = np.flatnonzero(~hard)
    if len(easy):
        order = easy[np.argsort((q * odds + 8.0 * odds)[easy], kind="stable")]
        for block in np.array_split(order, -(-len(order) // BLOCK)):
            out[block] = _by_counts(q[block], odds[block], stage[block], k, a, stay[block])
    hard_rows = np.flatnonzero(hard)
    kinds, place = np.unique(stay[hard_rows], return_inverse=True)
    for kind, stays in enumerate(kinds):
        for rows in split(hard_rows[place == kind]):
            out[rows] = _by_chances(q[rows], odds[rows], stage[rows], k, a, float(stays))
    return out


def discounted_if_alive(
    s: Numbers, T: Numbers, rate: float, k: int, r: float, alpha: float, a: float, stay: Floats
) -> Floats:
    """Discounted purchases of the whole future, rate > 0 per unit of time: (m,).

    With f = lambda/(lambda + rate), the worth of 1 after a stage: the mean of
    f^(k-j)/(1 - (1-p) f^k) over lambda and p.
    """
    different, place = np.unique(s, return_inverse=True)
    stay, age = np.broadcast_to(stay, place.shape), alpha + np.asarray(T, np.float64)
    out = np.empty(len(place))
    for index, passed in enumerate(different.tolist()):
        same = np.flatnonzero(place == index)
        p, w_p = beta_rule(float(a), float(stay[same[0]]))
        rates, w_rates = gamma_rule(r + float(passed))
        for rows in split(same):
            log_f = -np.log1p(rate * age[rows, None] / rates)
            never = -np.expm1(k * log_f)
            coins = 1.0 / (never[:, :, None] + np.exp(k * log_f)[:, :, None] * p)
            out[rows] = (np.exp((k - passed % k) * log_f) * (coins @ w_p)) @ w_rates
    return out


def tails_if_alive(
    s: Numbers, T: Numbers, horizon: float, k: int, r: float, alpha: float, a: float, stay: Floats
) -> Iterator[Floats]:
    """P(N >= 1), P(N >= 2), ... over the horizon: each of shape (m,)."""
    odds = horizon / (alpha + np.asarray(T, np.float64))
    passed = negative_binomial_tails(r + np.asarray(s, np.float64), odds)
    stage, survived, n = np.asarray(s) % k, np.ones_like(odds), 0
    while True:
        due = _next_purchase(passed, stage, k)
        yield due * survived
        survived = survived * ((stay + n) / (a + stay + n))
        n += 1


def draw_stages(
    s: Numbers, T: Numbers, horizon: float, k: int, r: float, alpha: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Purchases due within the horizon if no coin says leave: (m,)."""
    rate = rng.standard_gamma(r + s) / (alpha + T)
    return np.asarray((s % k + rng.poisson(rate * horizon)) // k, np.int64)


def draw_histories(
    T: Floats, k: int, r: float, alpha: float, a: float, b: float, first: int, rng: np.random.Generator
) -> dict[str, Any]:
    """New customers watched for T, purchase by purchase: frequency, recency, log_gaps, each (n,)."""
    n = len(T)
    scale, p = alpha / np.maximum(rng.standard_gamma(r, n), 1e-300), rng.beta(a, b, n)
    made, last, log_gaps = np.zeros(n, np.int64), np.zeros(n), np.zeros(n)
    here = np.flatnonzero(rng.random(n) >= p) if first else np.arange(n)
    while len(here):
        gap = np.maximum(rng.standard_gamma(k, len(here)) * scale[here], 1e-12 * T[here])
        fits = last[here] + gap <= T[here]
        here, gap = here[fits], gap[fits]
        made[here] += 1
        last[here] += gap
        log_gaps[here] += np.log(gap)
        here = here[rng.random(len(here)) >= p[here]]
    return {"frequency": made, "recency": last, "log_gaps": log_gaps}


def _next_purchase(passed: Iterator[Floats], stage: Numbers, k: int) -> Floats:
    """P(K >= n k - stage) of each row from the next k of P(K >= 1), P(K >= 2), ..."""
    tails = np.stack([next(passed) for _ in range(k)])
    return np.asarray(np.take_along_axis(tails, (k - 1 - stage)[None], axis=0)[0])


def _by_counts(q: Floats, odds: Floats, stage: Numbers, k: int, a: float, stay: Floats) -> Floats:
    z = odds / (1.0 + odds)
    mass = np.exp(-q * np.log1p(odds))
    total, reached, survived = np.zeros_like(q), np.zeros_like(q), np.ones_like(q)
    past, c = max(float((q * odds).max()), float(k)), 0
    while True:
        c += 1
        mass = mass * (z * (q + (c - 1.0)) / c)
        n, due = (c - 1) // k, (c + stage) % k == 0  # the purchase after n others falls due at c
        reached = reached + np.where(due, survived, 0.0)
        survived = np.where(due, survived * ((stay + n) / (a + stay + n)), survived)
        term = mass * reached
        total += term
        if c > past and c % 4 == 0 and (term <= 1e-18 * total).all():
            return total


def _by_chances(q: Floats, odds: Floats, stage: Numbers, k: int, a: float, stay: float) -> Floats:
    """E[N] = E_p[(1 - E (1-p)^M)/p], M = (K + stage) // k purchases due.

    E (1-p)^M is a mean over the k-th roots of 1 - p, u = (1-p)^(1/k) e^(2 pi i l/k), of values of the
    generating function (1 + odds (1-u))^-q; the real root carries the mean, the others the rhythm.
    For p near 1, where they cancel, the sum of the first ten P(M >= n) (1-p)^(n-1).
    """
    p, w = beta_rule(a, stay)
    sure = p > SURE
    q, odds, j = q[:, None], odds[:, None], stage[:, None].astype(np.float64)
    total = _few_purchases(q[:, 0], odds[:, 0], stage, k, p[sure], w[sure])
    p, w = p[~sure], w[~sure]
    log_root = np.log1p(-p) / k
    ahead = np.stack([np.expm1((stage - i)[:, None] * log_root) for i in range(k)]).mean(axis=0)
    none = np.log1p(ahead) - q * np.log1p(-odds * np.expm1(log_root))
    share = -np.expm1(none) / p
    for turn in range(1, k):
        u = np.exp(log_root + 2j * np.pi * turn / k)
        wave = u**j / ((1.0 - 1.0 / u) * (1.0 - p)) * np.exp(-q * np.log(1.0 + odds * (1.0 - u)))
        share = share + wave.real / k
    return np.asarray(total + share @ w)


def _survival_by_chances(q: Floats, odds: Floats, stage: Numbers, k: int, a: float, stay: float) -> Floats:
    """E (1-p)^M, by the means over roots that `_by_chances` takes; for p near 1 by P(M >= n)."""
    p, w = beta_rule(a, stay)
    sure = p > SURE
    q, odds, j = q[:, None], odds[:, None], stage[:, None].astype(np.float64)
    leaving = _few_purchases(q[:, 0], odds[:, 0], stage, k, p[sure], w[sure] * p[sure])
    total = w[sure].sum() - leaving
    p, w = p[~sure], w[~sure]
    log_root = np.log1p(-p) / k
    level = np.stack([np.exp((stage - i)[:, None] * log_root) for i in range(k)]).mean(axis=0)
    share = level * np.exp(-q * np.log1p(-odds * np.expm1(log_root)))
    for turn in range(1, k):
        u = np.exp(log_root + 2j * np.pi * turn / k)
        wave = u**j * -p / ((1.0 - 1.0 / u) * (1.0 - p)) * np.exp(-q * np.log(1.0 + odds * (1.0 - u)))
        share = share + wave.real / k
    return np.asarray(total + share @ w)


def _few_purchases(q: Floats, odds: Floats, stage: Numbers, k: int, p: Floats, w: Floats) -> Floats:
    total = np.zeros(len(q))
    if len(p):
        passed = negative_binomial_tails(q, odds)
        for n in range(10):
            total += _next_purchase(passed, stage, k) * float(w @ (1.0 - p) ** n)
    return total
