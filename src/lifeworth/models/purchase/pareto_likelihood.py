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
from lifeworth.models.covariates import of_kind
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories
from lifeworth.models.purchase.two_parts import add_up

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


def terms(
    x: Any, t_x: Any, T: Any, kind: NDArray[np.int32], r: Any, alpha: Floats, s: Any, beta: Floats
) -> Part:
    """ln L of rows with scales of their own, but for the product of r + j, and its derivatives.

    Rows of one kind have the same parameters: equal (kind, x, t) are computed once.
    """

    def once(t: Any, swap: bool) -> Part:
        first, place = _different(kind, x, t)
        u, at = t[first].astype(np.float64), (r[first], alpha[first], s[first], beta[first])
        part = _log_part(x[first], u, *at) if not swap else _swapped(_log_part_swapped(x[first], u, *at))
        return Part(*(each[..., place] for each in part))

    P, Q = once(t_x, False), once(T, True)
    gap = P.value - Q.value
    tail = np.exp(-np.minimum(np.abs(gap), 700.0))
    share = 1.0 / (1.0 + tail)
    left = np.where(gap >= 0, share, tail * share)
    v = P.first - Q.first
    first = Q.first + left * v
    second = Q.second + left * (P.second - Q.second)
    second += tail * share * share * v[UPPER[0]] * v[UPPER[1]]
    first[1] -= x / alpha
    second[4] += x / alpha**2
    value = np.maximum(P.value, Q.value) + np.log1p(tail) - x * np.log(alpha)
    return Part(value, first, second)


def log_terms(x: Any, t_x: Any, T: Any, r: Any, alpha: Any, s: Any, beta: Any) -> Floats:
    """The value of `terms` alone; arguments of shape (m,)."""
    q, t_x, T = r + x, np.asarray(t_x, np.float64), np.asarray(T, np.float64)
    left = log_share(q, s, alpha, beta, t_x) - q * np.log1p(t_x / alpha) - s * np.log1p(t_x / beta)
    stayed = log_share(s, q, beta, alpha, T) - q * np.log1p(T / alpha) - s * np.log1p(T / beta)
    return _log_sum(left, stayed) - x * np.log(alpha)


def log_alive(h: Histories, r: float, alpha: Any, s: float, beta: Any, threads: int | None) -> Floats:
    """ln P(alive) = -ln[P(x, t_x)/K(T) + Q(x, T)/K(T)], shape (n,): finite where P(alive) underflows."""
    left, stayed = h.by_recency, h.by_age
    left_t, T = left.t.astype(np.float64), stayed.t.astype(np.float64)
    q, p = r + left.x, of_kind({"alpha": alpha, "beta": beta}, left.kind)
    log_P = -q * np.log1p(left_t / p["alpha"]) - s * np.log1p(left_t / p["beta"])
    log_P += log_share(q, s, p["alpha"], p["beta"], left_t)
    p = of_kind({"alpha": alpha, "beta": beta}, stayed.kind)
    log_K = -(r + stayed.x) * np.log1p(T / p["alpha"]) - s * np.log1p(T / p["beta"])
    log_Q = log_share(s, r + stayed.x, p["beta"], p["alpha"], T)
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


def _different(kind: NDArray[np.int32], x: Any, t: Any) -> tuple[Any, Any]:
    """A row of each different (kind, x, t), and which of them each row has. Rows come sorted by kind."""
    apart = np.flatnonzero(np.diff(kind, prepend=kind[:1] - 1))
    if 2 * len(apart) > len(kind):
        return slice(None), slice(None)
    order = np.lexsort((t, x, kind))
    new = np.zeros(len(x), bool)
    new[0] = True
    for column in (kind, x, t):
        new[1:] |= np.diff(column[order]) != 0
    place = np.empty(len(x), np.intp)
    place[order] = np.cumsum(new) - 1
    return order[new], place


def _log_sum(a: Floats, b: Floats) -> Floats:
    """ln(e^a + e^b); a difference of 100 decides, and keeps denormal numbers out."""
    gap = np.minimum(np.abs(a - b), 100.0)
    return np.maximum(a, b) + np.log1p(np.exp(-gap))


def _log_part(x: Any, t: Floats, r: Any, alpha: Any, s: Any, beta: Any) -> Part:
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


def _log_part_swapped(x: Any, t: Floats, r: Any, alpha: Any, s: Any, beta: Any) -> Part:
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
