"""The Pareto/NBD likelihood added up over many customers, quickly.

ln L needs ln P(x, t_x) and ln Q(x, T), each a continued fraction, computed once per different pair;
`two_parts` puts them together.
Scales enter as ln(1 + t/alpha), so that nothing cancels where they are much larger than T.
Source: methods.md 2.5.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import BLOCK, each_block, tiles
from lifeworth.kernels.cells import Cells, pairs
from lifeworth.kernels.counts import exceeding
from lifeworth.kernels.fractions import log_share, log_share_derivatives, scaled_exponential_integral
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.quadrature import legendre
from lifeworth.models.inputs import Histories
from lifeworth.models.purchase.two_parts import Part, add_up

Floats = NDArray[np.float64]
UPPER = np.triu_indices(4)
SWAPPED = [2, 3, 0, 1]  # (r, alpha, s, beta) seen from the other side


def objective(cells: Cells, threads: int | None = None) -> Objective:
    """Total log-likelihood with gradient (4,) and Hessian (4, 4) in (r, alpha, s, beta)."""
    left = pairs(cells.x, cells.t_x)
    stayed = pairs(cells.x, cells.T)
    bought = exceeding(cells.x, cells.weight)
    j = np.arange(len(bought))
    left_t, stayed_t = left.t.astype(np.float64), stayed.t.astype(np.float64)

    def evaluate(p: Floats) -> tuple[float, Floats, Floats]:
        r, alpha, s, beta = (float(each) for each in p)
        P = _log_part(left.x, left_t, r, alpha, s, beta)
        Q = _swapped(_log_part_swapped(stayed.x, stayed_t, r, alpha, s, beta))
        value, gradient, hessian = add_up(cells, left.of_row, stayed.of_row, P, Q, threads)
        steps = bought / (r + j)
        value += float((bought * np.log(r + j)).sum()) - float(bought.sum()) * np.log(alpha)
        gradient[0] += steps.sum()
        gradient[1] -= bought.sum() / alpha
        hessian[0, 0] -= (steps / (r + j)).sum()
        hessian[1, 1] += bought.sum() / alpha**2
        return value, gradient, hessian

    return evaluate


def log_likelihoods(cells: Cells, p: Mapping[str, Floats]) -> Floats:
    """Total log-likelihood under each of S draws of the parameters, each (S,). Shape (S,)."""
    left, stayed = pairs(cells.x, cells.t_x), pairs(cells.x, cells.T)
    bought = exceeding(cells.x, cells.weight)
    j = np.arange(len(bought))
    r, alpha, s, beta = (p[name][:, None] for name in ("r", "alpha", "s", "beta"))
    total = np.log(r + j) @ bought - bought.sum() * np.log(alpha[:, 0])
    left_t, stayed_t = left.t.astype(np.float64), stayed.t.astype(np.float64)
    at_left, at_stayed = left.of_row.astype(np.intp), stayed.of_row.astype(np.intp)
    step = max(1, 4 * BLOCK // (len(left.x) + len(stayed.x)))
    for start in range(0, len(total), step):
        some = slice(start, start + step)
        P = _log_parts(left.x, left_t, r[some], alpha[some], s[some], beta[some], swap=False)
        Q = _log_parts(stayed.x, stayed_t, r[some], alpha[some], s[some], beta[some], swap=True)
        for rows, draws in tiles(len(cells), len(P)):
            one, other = P[draws].take(at_left[rows], axis=1), Q[draws].take(at_stayed[rows], axis=1)
            total[some][draws] += _log_sum(one, other) @ cells.weight[rows]
    return total


def log_alive(h: Histories, r: float, alpha: float, s: float, beta: float, threads: int | None) -> Floats:
    """ln P(alive) = -ln[P(x, t_x)/K(T) + Q(x, T)/K(T)], shape (n,): finite where P(alive) underflows."""
    left, stayed = h.by_recency, h.by_age
    left_t, T = left.t.astype(np.float64), stayed.t.astype(np.float64)
    q = r + left.x
    log_P = -q * np.log1p(left_t / alpha) - s * np.log1p(left_t / beta) + log_share(q, s, alpha, beta, left_t)
    log_K = -(r + stayed.x) * np.log1p(T / alpha) - s * np.log1p(T / beta)
    log_Q = log_share(s, r + stayed.x, beta, alpha, T)
    of_P, of_K, of_Q = left.by_code(log_P), stayed.by_code(log_K), stayed.by_code(log_Q)
    out = np.empty(len(h))

    def fill(block: slice) -> None:
        at_left, at_stayed = left.code[block], stayed.code[block].astype(np.intp)
        gone = of_P.take(at_left, mode="clip")
        gone -= of_K.take(at_stayed, mode="clip")
        here = of_Q.take(at_stayed, mode="clip")
        log_odds = _log_sum(gone, here)
        np.negative(np.maximum(log_odds, 0.0, out=log_odds), out=out[block])  # P(alive) <= 1 to the bit

    each_block(len(h), fill, threads)
    return out


def discounted_life(s: float, z: Floats) -> Floats:
    """e^z E_s(z): discounted time still active in units of beta + T, z = rate (beta + T) > 0.

    By the positive fraction; where z is small, as the integral of e^((1-s)y - z(e^y - 1)) over y.
    """
    out = np.empty(len(z))
    large = z >= 0.02
    out[large] = scaled_exponential_integral(np.full(1, s), z[large]) / z[large]
    x, w = legendre(96)
    small = z[~large][:, None]
    reach = np.log1p(45.0 / small)
    if s > 1.0:
        reach = np.minimum(reach, 45.0 / (s - 1.0))
    y = x * reach
    out[~large] = (np.exp((1.0 - s) * y - small * np.expm1(y)) * reach) @ w
    return out


def _log_sum(a: Floats, b: Floats) -> Floats:
    """ln(e^a + e^b); a difference of 100 decides, and keeps denormal numbers out."""
    gap = np.minimum(np.abs(a - b), 100.0)
    return np.maximum(a, b) + np.log1p(np.exp(-gap))


def _log_part(x: Any, t: Floats, r: float, alpha: float, s: float, beta: float) -> Part:
    """ln P(x, t) alpha^q beta^s, q = r + x, with first (4, m) and second (10, m) derivatives."""
    q = r + x
    share = log_share_derivatives(q, s, alpha, beta, t)
    u, v = np.log1p(t / alpha), np.log1p(t / beta)
    g, h = t / (alpha + t), t / (beta + t)
    value = share.value - q * u - s * v
    first = share.first[[0, 2, 1, 3]]  # to the order r, alpha, s, beta
    first += np.stack([-u, q * g / alpha, -v, s * h / beta])
    second = share.second[[0, 2, 1, 3, 7, 5, 8, 4, 6, 9]]
    second[1] += g / alpha
    second[4] -= q * g * (2.0 - g) / alpha**2
    second[8] += h / beta
    second[9] -= s * h * (2.0 - h) / beta**2
    return Part(value, first, second)


def _log_part_swapped(x: Any, t: Floats, r: float, alpha: float, s: float, beta: float) -> Part:
    """ln Q(x, t) alpha^q beta^s: the same with (q, alpha) and (s, beta) exchanged; derivatives too."""
    return _log_part(s, t, 0.0, beta, r + x, alpha)


def _swapped(part: Part) -> Part:
    """Derivatives back in the order r, alpha, s, beta."""
    place = {pair: k for k, pair in enumerate(zip(*(index.tolist() for index in UPPER), strict=True))}
    seen = [tuple(sorted((SWAPPED[i], SWAPPED[j]))) for i, j in place]
    return Part(part.value, part.first[SWAPPED], part.second[[place[pair] for pair in seen]])  # type: ignore[index]


def _log_parts(x: Any, t: Floats, r: Floats, alpha: Floats, s: Floats, beta: Floats, *, swap: bool) -> Floats:
    """ln P alpha^q beta^s (or Q) for S draws and m pairs, (S, m)."""
    q = r + x
    share = np.empty(q.shape)
    larger = (alpha >= beta)[:, 0]
    for rows in (np.flatnonzero(larger), np.flatnonzero(~larger)):
        if len(rows):
            one, two = (s, q) if swap else (q, s)
            near, far = (beta, alpha) if swap else (alpha, beta)
            share[rows] = _flat_share(one[rows], two[rows], near[rows], far[rows], t)
    return share - q * np.log1p(t / alpha) - s * np.log1p(t / beta)


def _flat_share(p: Floats, s: Floats, alpha: Floats, beta: Floats, t: Floats) -> Floats:
    shape = np.broadcast_shapes(p.shape, s.shape, (len(p), len(t)))
    flat = [np.broadcast_to(each, shape).ravel() for each in (p, s, alpha, beta, t)]
    return log_share(*flat).reshape(shape)
