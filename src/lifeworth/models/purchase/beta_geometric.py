"""What BG/NBD and MBG/NBD share: purchases at a gamma rate until a beta coin says leave.

The two differ in one thing, `first`: 1 where the coin is also tossed after the first purchase
(MBG/NBD), 0 where it is not (BG/NBD). After x repeat purchases survived, p ~ Beta(a, b + x + first)
and lambda ~ Gamma(r + x, alpha + T), independent; `stay` below is that b + x + first.
Sources: methods.md 2.3, 2.4, 2.6, 2.10.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import BLOCK, block_sums, each_block, tiles
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.counts import LogGrowth, exceeding, negative_binomial_tails
from lifeworth.kernels.fractions import scaled_exponential_integral
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.quadrature import beta_rules
from lifeworth.models.covariates import of_kind
from lifeworth.models.inputs import Histories
from lifeworth.models.purchase import nbd

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
LINKS = {
    "purchase": {"alpha": -1.0}, "dropout": {"a": 1.0, "b": 1.0}, "a": {"a": 1.0}, "b": {"b": 1.0},
    "both": {"alpha": -1.0, "a": 1.0, "b": 1.0},  # purchase and dropout by one coefficient
}  # fmt: skip
NO_BRANCH = -1e300  # log odds of having left, for whom the coin was never tossed
UNDERFLOW, MANY = 600.0, 30.0
FEW = 64  # rows of which the integral is found sooner than a sum with hundreds of short steps
SMALL = 0.01  # a or b below which the integral takes more nodes than that


def log_odds_left(
    x: Numbers, t_x: Numbers, T: Numbers, r: Any, alpha: Any, a: Any, b: Any, first: int
) -> Floats:
    """d = ln[P(left after the last purchase)/P(alive)], shape (n,)."""
    tossed = b + x - 1.0 + first
    coin = np.log(a) - np.log(np.where(tossed > 0, tossed, 1.0))
    since = (r + x) * np.log1p((np.asarray(T, np.float64) - t_x) / (alpha + t_x))
    return np.where((x == 0) & (first == 0), NO_BRANCH, coin + since)


def softplus(d: Floats) -> Floats:
    """ln(1 + e^d) without overflow."""
    out = smaller_part(d)
    np.log1p(out, out=out)
    out += np.maximum(d, 0.0)
    return out


def smaller_part(d: Floats) -> Floats:
    """e^-|d|, held above e^-100: nothing changes by it, and denormal numbers are slow."""
    size = np.abs(d)
    np.minimum(size, 100.0, out=size)
    np.negative(size, out=size)
    return np.exp(size, out=size)


def log_alive(h: Histories, r: float, alpha: Any, a: Any, b: Any, first: int, threads: int | None) -> Floats:
    """ln P(alive), shape (n,): finite where P(alive) itself underflows."""
    x, t_x, T = h.frequency, h.recency, h.T
    if h.kind is not None:
        own = of_kind({"alpha": alpha, "a": a, "b": b}, h.kind)
        return -softplus(log_odds_left(x, t_x, T, r, own["alpha"], own["a"], own["b"], first))
    coin = log_coin(int(x.max()), a, b, first)
    grown_T, grown_t = LogGrowth(alpha, T), LogGrowth(alpha, t_x)
    out = np.empty(len(x))

    def fill(block: slice) -> None:
        d = grown_T(T[block])
        d -= grown_t(t_x[block])
        at = x[block].astype(np.intp)
        d *= r + at
        d += coin.take(at, mode="clip")
        np.negative(softplus(d), out=out[block])

    each_block(len(x), fill, threads)
    return out


def objective(cells: Cells, first: int, threads: int | None = None) -> Objective:
    """Total log-likelihood with gradient (4,) and Hessian (4, 4) in (r, alpha, a, b).

    Per cell one softplus; everything else is a sum over counts. Times enter as u = ln(1 + t/alpha)
    and g = t/(alpha + t), which keep their digits where alpha is much larger than T.
    """
    x, t_x, T, weight = cells.x, cells.t_x, cells.T, cells.weight
    bought, tossed = _count_tables(cells, first)
    purchases = float(bought.sum())
    largest = int(x.max(initial=0))

    def evaluate(p: Floats) -> tuple[float, Floats, Floats]:
        r, alpha, a, b = (float(each) for each in p)
        grown_T, grown_t = LogGrowth(alpha, T), LogGrowth(alpha, t_x)
        coin, tosses = log_coin(largest, a, b, first), toss_slopes(largest, b, first)

        def sums(block: slice) -> Floats:
            at, w = x[block], weight[block]
            u_T, u_t, toss = grown_T(T[block]), grown_t(t_x[block]), tosses.take(at, mode="clip")
            q, gap = r + at, u_T - u_t
            d = coin.take(at, mode="clip") + q * gap
            tail = smaller_part(d)
            share = 1.0 / (1.0 + tail)
            left = w * np.where(d >= 0, share, tail * share)
            stay = w - left
            both = left * np.where(d >= 0, tail * share, share)
            value = np.maximum(d, 0.0) + np.log1p(tail) - q * u_T
            g_T, g_t = -np.expm1(-u_T), -np.expm1(-u_t)
            mix = stay * g_T + left * g_t
            bend = stay * (g_T * (2.0 - g_T)) + left * (g_t * (2.0 - g_t))
            slope = q * (g_t - g_T)
            dot, both_gap, both_slope, left_toss = np.dot, both * gap, both * slope, left * toss
            return np.array([
                dot(w, value), dot(left, gap) - dot(w, u_T), dot(q, mix), left.sum(), left_toss.sum(),
                mix.sum(), dot(q, bend), dot(left_toss, toss), both.sum(), dot(both, toss),
                dot(both_gap, gap), dot(both_gap, slope), both_gap.sum(), dot(both_gap, toss),
                dot(both_slope, slope), both_slope.sum(), dot(both_slope, toss),
                dot(both, toss * toss),
            ])  # fmt: skip

        (
            value, v_r, q_mix, left, left_toss, mix, q_bend, left_toss_toss, c, c_toss,
            c_gg, c_gs, c_g, c_gt, c_ss, c_s, c_st, c_tt,
        ) = block_sums(len(x), 18, sums, threads).tolist()  # fmt: skip
        gradient = np.array([v_r, (q_mix - purchases) / alpha, left / a, -left_toss])
        upper = np.array([
            [c_gg, (mix + c_gs) / alpha, c_g / a, -c_gt],
            [0.0, (purchases - q_bend + c_ss) / alpha**2, c_s / alpha / a, -c_st / alpha],
            [0.0, 0.0, (c - left) / a**2, -c_toss / a],
            [0.0, 0.0, 0.0, left_toss_toss + c_tt],
        ])  # fmt: skip
        hessian = upper + np.triu(upper, 1).T
        value -= purchases * float(np.log(alpha))
        return add_counts(value, gradient, hessian, bought, tossed, r, a, b)

    return evaluate


def log_likelihoods(cells: Cells, p: Mapping[str, Floats], first: int) -> Floats:
    """Total log-likelihood under each of S draws of the parameters, each (S,). Shape (S,).

    That of purchases alone, and what the coin adds for those who tossed it.
    """
    a, b, alpha = (p[name][:, None] for name in ("a", "b", "alpha"))
    _, tossed = _count_tables(cells, first)
    total = nbd.log_likelihoods(cells, p) - np.log1p(a / (b + np.arange(len(tossed)))) @ tossed
    some, largest = np.flatnonzero(cells.x >= 1 - first), int(cells.x.max(initial=0))
    x, weight = cells.x[some].astype(np.intp), cells.weight[some]
    T, t_x = cells.T[some], cells.t_x[some]
    for rows, draws in tiles(len(some), len(total)):
        if draws.start == 0:  # a new block of rows: their different times, once for all draws
            (ages, of_age), (lasts, of_last) = (np.unique(t[rows], return_inverse=True) for t in (T, t_x))
        d = np.log1p(ages / alpha[draws]).take(of_age, axis=1)
        d -= np.log1p(lasts / alpha[draws]).take(of_last, axis=1)
        d *= p["r"][draws, None] + x[rows]
        d += log_coins(largest, a[draws], b[draws], first).take(x[rows], axis=1)
        total[draws] += softplus(d) @ weight[rows]
    return total


def survival_if_alive(
    T: Numbers, x: Numbers, after: Any, r: float, alpha: Any, a: Any, stay: Floats
) -> Floats:
    """P(alive at T + after) given alive at T: E[(1-p)^K], K ~ NegBin(r + x) purchases due. Shape (m,).

    Who buys at rate lambda and leaves at a purchase with chance p lives Exp(lambda p): the same is
    E[(1 + p odds)^-(r+x)], the integral taken where `expected_if_alive` takes one.
    """
    odds = after / (alpha + np.asarray(T, np.float64))
    q = np.broadcast_to(r + np.asarray(x, np.float64), odds.shape)
    a, stay = np.broadcast_to(a, odds.shape), np.broadcast_to(stay, odds.shape)
    out = np.ones(len(odds))
    hard = (q * np.log1p(odds) > UNDERFLOW) | (odds > MANY)
    easy = np.flatnonzero(~hard)
    if len(easy):
        order = easy[np.argsort((q * odds + 8.0 * odds)[easy], kind="stable")]
        for block in np.array_split(order, -(-len(order) // BLOCK)):
            out[block] = _survival_by_counts(q[block], odds[block], a[block], stay[block])
    for rows in split(np.flatnonzero(hard)):
        p, w = beta_rules(a[rows], stay[rows])
        out[rows] = (np.exp(-q[rows, None] * np.log1p(p * odds[rows, None])) * w).sum(axis=1)
    return out


def expected_if_alive(
    T: Numbers, x: Numbers, horizon: Any, r: float, alpha: Any, a: Any, stay: Floats
) -> Floats:
    """E[N(horizon)] of customers known to be alive. Shape (m,); alpha and a numbers or (m,).

    Sum over k of P(K = k) E[min(k, G)], K ~ NegBin(r + x): all terms positive. Where P(K = 0)
    underflows, the sum is long or the rows are few, the same mean as an integral over p.
    """
    odds = horizon / (alpha + np.asarray(T, np.float64))
    q = np.broadcast_to(r + np.asarray(x, np.float64), odds.shape)
    a, stay = np.broadcast_to(a, odds.shape), np.broadcast_to(stay, odds.shape)
    out = np.zeros(len(odds))
    short = (len(odds) <= FEW) & (np.minimum(a, stay) > SMALL)
    hard = (q * np.log1p(odds) > UNDERFLOW) | (odds > MANY) | short
    easy = np.flatnonzero(~hard)
    if len(easy):
        order = easy[np.argsort((q * odds + 8.0 * odds)[easy], kind="stable")]
        for block in np.array_split(order, -(-len(order) // BLOCK)):
            out[block] = _expected_by_counts(q[block], odds[block], a[block], stay[block])
    for rows in split(np.flatnonzero(hard)):
        p, w = beta_rules(a[rows], stay[rows])
        out[rows] = (-np.expm1(-q[rows, None] * np.log1p(p * odds[rows, None])) / p * w).sum(axis=1)
    return out


def discounted_if_alive(
    x: Numbers, T: Numbers, rate: float, r: float, alpha: Any, a: Any, stay: Floats
) -> Floats:
    """Discounted purchases of the whole future, customers alive, rate > 0 per unit of time: (m,)."""
    q, scaled = r + np.asarray(x, np.float64), rate * (alpha + np.asarray(T, np.float64))
    a, stay = np.broadcast_to(a, q.shape), np.broadcast_to(stay, q.shape)
    out = np.empty(len(q))
    for rows in split(np.arange(len(q))):
        p, w = beta_rules(a[rows], stay[rows])
        share = scaled_exponential_integral(q[rows, None] + 1.0, scaled[rows, None] / p)
        out[rows] = q[rows] / scaled[rows] * (share * w).sum(axis=1)
    return out


def tails_if_alive(
    T: Numbers, x: Numbers, horizon: float, r: float, alpha: Any, a: Any, stay: Floats
) -> Iterator[Floats]:
    """P(N >= 1), P(N >= 2), ... over the horizon, customers alive: each of shape (m,)."""
    odds = horizon / (alpha + np.asarray(T, np.float64))
    survived = np.ones_like(odds)
    for k, tail in enumerate(negative_binomial_tails(r + np.asarray(x, np.float64), odds)):
        yield tail * survived
        survived = survived * ((stay + k) / (a + stay + k))


def _expected_by_counts(q: Floats, odds: Floats, a: Floats, stay: Floats) -> Floats:
    z = odds / (1.0 + odds)
    mass = np.exp(-q * np.log1p(odds))
    total, reached, survived = np.zeros_like(q), np.zeros_like(q), np.ones_like(q)
    past, k = float((q * odds).max()), 0
    while True:
        k += 1
        mass = mass * (z * (q + (k - 1.0)) / k)
        reached = reached + survived
        term = mass * reached
        total += term
        if k > past and k % 4 == 0 and (term <= 1e-18 * total).all():
            return total
        survived = survived * ((stay + (k - 1.0)) / (a + stay + (k - 1.0)))


def _survival_by_counts(q: Floats, odds: Floats, a: Floats, stay: Floats) -> Floats:
    z = odds / (1.0 + odds)
    mass = np.exp(-q * np.log1p(odds))
    total, survived = mass.copy(), np.ones_like(q)
    past, k = float((q * odds).max()), 0
    while True:
        k += 1
        mass = mass * (z * (q + (k - 1.0)) / k)
        survived = survived * ((stay + (k - 1.0)) / (a + stay + (k - 1.0)))
        term = mass * survived
        total += term
        if k > past and k % 4 == 0 and (term <= 1e-17 * total).all():
            return total


def log_coin(largest: int, a: float, b: float, first: int) -> Floats:
    """ln a - ln(b + x - 1 + first) for x = 0..largest."""
    return np.asarray(log_coins(largest, np.array([[a]]), np.array([[b]]), first)[0])


def log_coins(largest: int, a: Floats, b: Floats, first: int) -> Floats:
    counts = np.arange(1 - first, largest + 1)
    table = np.log(a) - np.log(b + (counts - 1 + first))
    return table if first else np.concatenate([np.full_like(a, NO_BRANCH), table], axis=1)


def _count_tables(cells: Cells, first: int) -> tuple[Floats, Floats]:
    """N_j of the gamma product and of the beta product."""
    bought = exceeding(cells.x, cells.weight)
    return bought, np.concatenate([[cells.weight.sum()], bought]) if first else bought


def toss_slopes(largest: int, b: float, first: int) -> Floats:
    """1/(b + x - 1 + first) for x = 0..largest; 0 where no coin was tossed."""
    counts = np.arange(1 - first, largest + 1)
    table = np.divide(1.0, b + (counts - 1.0 + first), dtype=np.float64)
    return table if first else np.concatenate([[0.0], table])


def add_counts(
    value: float, gradient: Floats, hessian: Floats,
    bought: Floats, tossed: Floats, r: float, a: float, b: float,
) -> tuple[float, Floats, Floats]:  # fmt: skip
    """Add the products over counts: sum_j N_j ln(r+j) and sum_j N_j [ln(b+j) - ln(a+b+j)]."""
    gamma, beta = r + np.arange(len(bought)), b + np.arange(len(tossed))
    both = a + beta
    i_g, i_b, i_ab = 1.0 / gamma, 1.0 / beta, 1.0 / both
    value += float((bought * np.log(gamma)).sum() - (tossed * np.log1p(a / beta)).sum())
    gradient += np.array([
        (bought * i_g).sum(), 0.0, -(tossed * i_ab).sum(), (tossed * (a * i_b * i_ab)).sum()
    ])  # fmt: skip
    shared = (tossed * i_ab * i_ab).sum()
    hessian[0, 0] -= (bought * i_g * i_g).sum()
    hessian[2, 2] += shared
    hessian[2, 3] += shared
    hessian[3, 2] += shared
    hessian[3, 3] -= (tossed * (a * i_b * i_ab) * (i_b + i_ab)).sum()
    return value, gradient, hessian


def split(rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    return [rows[start : start + 64] for start in range(0, len(rows), 64)]


def draw_until_left(
    due: NDArray[np.int64], a: Any, stay: Any, least: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Purchases made of those due: the smaller of `due` and a geometric number, `least` or more."""
    made = np.asarray(due, np.int64).copy()
    open_ = np.flatnonzero(made > least)
    leave, stay = (np.broadcast_to(each, made.shape)[open_] for each in (a, stay))
    p = np.maximum(rng.beta(leave, stay), 1e-15)
    made[open_] = np.minimum(made[open_], rng.geometric(p) - 1 + least)
    return made


def draw_lives(
    due: NDArray[np.int64], a: Any, stay: Any, times: Sequence[float], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Purchases made of those due, the first one certain, where coins say leave `times` as often: (k, m).

    One coin per purchase for all `times`: where they are above 1, who stayed may leave after all; where they
    are below 1, who left may have stayed, and has further coins to toss.
    """
    made = np.broadcast_to(due, (len(times), len(due))).copy()
    open_ = np.flatnonzero(due > 1)
    p = np.clip(rng.beta(*(np.broadcast_to(each, due.shape)[open_] for each in (a, stay))), 1e-15, 1 - 1e-15)
    coin = rng.geometric(p)
    for row, factor in zip(made, times, strict=True):
        stays = coin
        if factor > 1:
            stays = np.minimum(coin, rng.geometric(np.minimum((factor - 1) * p / (1 - p), 1.0)))
        elif factor < 1:
            further = rng.geometric(np.maximum(factor * p, 1e-15))
            stays = np.where(rng.random(len(p)) < factor, coin, coin + further)
        row[open_] = np.minimum(due[open_], stays)
    return made


def draw_last(made: NDArray[np.int64], due: NDArray[np.int64], T: Floats, rng: np.random.Generator) -> Floats:
    """Time of the last purchase made, where `due` purchases fall evenly at random on (0, T)."""
    last = np.zeros(len(T))
    some = np.flatnonzero(made > 0)
    share = rng.beta(made[some], due[some] - made[some] + 1.0)
    last[some] = T[some] * np.maximum(share, 1e-12)
    return last
