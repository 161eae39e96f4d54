"""What BG/CNBD-k and MBG/CNBD-k share: gaps of k stages each, until a beta coin says leave.

Stages pass at rate lambda, Gamma(r, alpha) across customers; every k-th is a purchase, so gaps are
Erlang-k and more even the larger k. With q = r + k x and y = (T - t_x)/(alpha + T), a living customer
has passed j = 0..k-1 stages of the present gap with chances in proportion to

    t_j = q (q+1)...(q+j-1)/j! y^j,    W = t_0 + ... + t_{k-1},

and lambda ~ Gamma(q + j, alpha + T) then. `first` is 1 where the coin is also tossed after the first
purchase (MBG), else 0, as in `beta_geometric`, which k = 1 gives back. Source: methods.md 2.7.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import block_sums, each_block, tiles
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.counts import LogGrowth, exceeding, log_rising
from lifeworth.kernels.newton import Objective
from lifeworth.models.inputs import Histories
from lifeworth.models.purchase.beta_geometric import (
    add_counts,
    log_coin,
    log_coins,
    smaller_part,
    softplus,
    toss_slopes,
)

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]


def log_likelihood(
    x: Numbers, t_x: Numbers, T: Numbers, log_gaps: Any, k: int, p: Values, first: int
) -> Floats:
    """ln L of each customer (n,), straight from methods.md 2.7; `log_gaps` is sum ln(gap)."""
    r, alpha, a, b = (p[name] for name in ("r", "alpha", "a", "b"))
    largest, q = int(np.max(x, initial=0)), r + k * x
    passed = log_rising(r, k * largest)[k * x]
    tossed = largest + first
    stayed = (log_rising(b, tossed) - log_rising(a + b, tossed))[x + first]
    waited = -r * np.log1p(T / alpha) - k * x * np.log(alpha + T)
    stages = np.log1p(_beyond_first(q, (T - t_x) / (alpha + T), k))
    d = log_coin(largest, a, b, first)[x] + q * np.log1p((T - t_x) / (alpha + t_x)) - stages
    return (k - 1) * log_gaps - x * math.lgamma(k) + passed + stayed + waited + stages + softplus(d)


def log_alive(h: Histories, k: int, p: Values, first: int, threads: int | None) -> Floats:
    """ln P(alive), shape (n,): finite where P(alive) itself underflows."""
    alpha, coin = p["alpha"], log_coin(int(h.frequency.max()), p["a"], p["b"], first)
    grown_T, grown_t = LogGrowth(alpha, h.T), LogGrowth(alpha, h.recency)
    out = np.empty(len(h))

    def fill(block: slice) -> None:
        T, t_x, at = h.T[block], h.recency[block], h.frequency[block].astype(np.intp)
        q = p["r"] + k * at
        d = q * (grown_T(T) - grown_t(t_x)) - np.log1p(_beyond_first(q, (T - t_x) / (alpha + T), k))
        d += coin.take(at, mode="clip")
        np.negative(softplus(d), out=out[block])

    each_block(len(h), fill, threads)
    return out


def stage_shares(h: Histories, k: int, p: Values, threads: int | None) -> Floats:
    """Chances of the stages 0..k-1, given alive: (k, n)."""
    out = np.ones((k, len(h)))

    def fill(block: slice) -> None:
        shares = out[:, block]
        q = p["r"] + k * h.frequency[block].astype(np.int64)
        y = (h.T[block] - h.recency[block]) / (p["alpha"] + h.T[block])
        for j in range(1, k):
            shares[j] = shares[j - 1] * (y * (q + (j - 1.0)) / j)
        shares /= shares.sum(axis=0)

    each_block(len(h), fill, threads)
    return out


def objective(cells: Cells, k: int, first: int, threads: int | None = None) -> Objective:
    """Total log-likelihood with gradient (4,) and Hessian (4, 4) in (r, alpha, a, b).

    Without (k - 1) sum log_gaps, which no parameter changes. Per cell it is ln(e^A + e^B), A alive
    and B left; derivatives by alpha go through D = alpha d/d alpha, which keeps their digits.
    """
    x, t_x, T, weight = cells.x, cells.t_x, cells.T, cells.weight
    passed, tossed = _count_tables(cells, k, first)
    stages, largest = float(passed.sum()), int(x.max(initial=0))
    constant = -math.lgamma(k) * float((weight * x).sum())

    def evaluate(p: Floats) -> tuple[float, Floats, Floats]:
        r, alpha, a, b = (float(each) for each in p)
        grown_T, grown_t = LogGrowth(alpha, T), LogGrowth(alpha, t_x)
        coin, tosses = log_coin(largest, a, b, first), toss_slopes(largest, b, first)

        def sums(block: slice) -> Floats:
            at, w, late = x[block], weight[block], T[block]
            u_T, u_t, toss = grown_T(late), grown_t(t_x[block]), tosses.take(at, mode="clip")
            q, y = r + k * at.astype(np.int64), (late - t_x[block]) / (alpha + late)
            logs, by_q, by_qq, by_y, by_yy, by_qy = _stages(q, y, k)
            d = coin.take(at, mode="clip") + q * (u_T - u_t) - logs
            tail = smaller_part(d)
            larger = 1.0 / (1.0 + tail)
            left = w * np.where(d >= 0, larger, tail * larger)
            stay, both = w - left, left * np.where(d >= 0, tail * larger, larger)
            g_T, g_t, h_T = -np.expm1(-u_T), -np.expm1(-u_t), np.exp(-u_T)
            A_r, A_D = by_q - u_T, q * g_T - h_T * by_y
            A_DD = -h_T * (g_T * (q + by_y) - h_T * by_yy)
            v_r, v_D = -u_t - A_r, q * g_t - A_D  # of B - A; by a 1/a, by b -toss
            dot = np.dot
            return np.array([
                dot(w, np.maximum(d, 0.0) + np.log1p(tail) + logs - q * u_T),
                dot(stay, A_r) - dot(left, u_t), dot(stay, A_D) + dot(left, q * g_t),
                left.sum(), dot(left, toss),
                dot(stay, by_qq) + dot(both, v_r * v_r),
                dot(stay, g_T - h_T * by_qy) + dot(left, g_t) + dot(both, v_r * v_D),
                dot(both, v_r), dot(both, v_r * toss),
                dot(stay, A_DD) - dot(left, q * g_t * (1.0 - g_t)) + dot(both, v_D * v_D),
                dot(both, v_D), dot(both, v_D * toss),
                both.sum(), dot(both, toss), dot(left + both, toss * toss),
            ])  # fmt: skip

        (
            value, by_r, by_D, left, left_toss, rr, rD, ra, rb, DD, Da, Db, c, c_toss, bb,
        ) = block_sums(len(x), 15, sums, threads).tolist()  # fmt: skip
        by_D -= stages
        value += constant - stages * math.log(alpha)
        gradient = np.array([by_r, by_D / alpha, left / a, -left_toss])
        upper = np.array([
            [rr, rD / alpha, ra / a, -rb],
            [0.0, (DD - by_D) / alpha**2, Da / alpha / a, -Db / alpha],
            [0.0, 0.0, (c - left) / a**2, -c_toss / a],
            [0.0, 0.0, 0.0, bb],
        ])  # fmt: skip
        hessian = upper + np.triu(upper, 1).T
        return add_counts(value, gradient, hessian, passed, tossed, r, a, b)

    return evaluate


def log_likelihoods(cells: Cells, k: int, p: Mapping[str, Floats], first: int) -> Floats:
    """The same total under each of S draws of the parameters, each (S,). Shape (S,)."""
    passed, tossed = _count_tables(cells, k, first)
    i, j, largest = np.arange(len(passed)), np.arange(len(tossed)), int(cells.x.max(initial=0))
    r, alpha, a, b = (p[name][:, None] for name in ("r", "alpha", "a", "b"))
    total = np.log(r + i) @ passed - np.log1p(a / (b + j)) @ tossed - passed.sum() * np.log(alpha[:, 0])
    total -= math.lgamma(k) * float((cells.weight * cells.x).sum())
    for rows, draws in tiles(len(cells), len(r)):
        x, T, t_x = cells.x[rows].astype(np.intp), cells.T[rows], cells.t_x[rows]
        u_T, q = np.log1p(T / alpha[draws]), r[draws] + k * x
        logs = np.log1p(_beyond_first(q, (T - t_x) / (alpha[draws] + T), k))
        d = q * (u_T - np.log1p(t_x / alpha[draws])) - logs
        d += log_coins(largest, a[draws], b[draws], first).take(x, axis=1)
        total[draws] += (softplus(d) + logs - q * u_T) @ cells.weight[rows]
    return total


def _beyond_first(q: Numbers, y: Numbers, k: int) -> Floats:
    """W - 1 = t_1 + ... + t_{k-1}: all terms positive."""
    term, total = np.ones(np.broadcast_shapes(np.shape(q), np.shape(y))), np.zeros(1)
    for j in range(1, k):
        term = term * (y * (q + (j - 1.0)) / j)
        total = total + term
    return np.broadcast_to(total, term.shape)


def _stages(q: Numbers, y: Numbers, k: int) -> tuple[Floats, ...]:
    """ln W; by q, twice by q; by ln y, twice by ln y; by both. Moments of the stage j.

    d ln t_j/dq = S_j = 1/q + ... + 1/(q+j-1), and d ln t_j/d ln y = j.
    """
    term, slope, bend = np.ones(len(q)), np.zeros(len(q)), np.zeros(len(q))
    total, by_q, by_qq, by_y, by_yy, by_qy = (np.zeros(len(q)) for _ in range(6))
    for j in range(1, k):
        step = 1.0 / (q + (j - 1.0))
        slope, bend = slope + step, bend + step * step
        term = term * (y * (q + (j - 1.0)) / j)
        total += term
        by_q += term * slope
        by_qq += term * (slope * slope - bend)
        by_y += j * term
        by_yy += j * j * term
        by_qy += j * slope * term
    for each in (by_q, by_qq, by_y, by_yy, by_qy):
        each /= 1.0 + total
    return np.log1p(total), by_q, by_qq - by_q**2, by_y, by_yy - by_y**2, by_qy - by_y * by_q


def _count_tables(cells: Cells, k: int, first: int) -> tuple[Floats, Floats]:
    """N_j of the gamma product, over stages, and of the beta product, over purchases."""
    passed = exceeding(k * cells.x.astype(np.int64), cells.weight)
    bought = passed[::k]
    return passed, np.concatenate([[cells.weight.sum()], bought]) if first else bought
