"""The likelihood of models whose customers left after the last purchase or are still here, added up.

L = const (P(x, t_x) + Q(x, T)): P is the part of those who left after t_x, Q of those still here.
Each is computed once per different pair and looked up per customer; weights w = P/(P+Q) are added
up per pair and contracted once. With l = ln P or ln Q, its gradient and Hessian:

    d = w dP + (1-w) dQ,    dd = w ddP + (1-w) ddQ + w(1-w) v v',  v = dP - dQ

Source: methods.md 2.5.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import block_sums, each_block, tiles
from lifeworth.kernels.cells import Cells, pairs
from lifeworth.kernels.counts import exceeding
from lifeworth.kernels.newton import Objective
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories

Floats = NDArray[np.float64]
Side = tuple[Any, Floats]  # x and t of different pairs: of (x, t_x), or of (x, T)


def objective(
    cells: Cells, both: Callable[[Floats, Side, Side], tuple[Part, Part]], threads: int | None = None
) -> Objective:
    """Total log-likelihood, gradient and Hessian, where L = Gamma(r+x)/Gamma(r) alpha^-x (P + Q).

    Args:
        both: ln P and ln Q with derivatives under parameters (r, alpha, ...).
    """
    left, stayed = pairs(cells.x, cells.t_x), pairs(cells.x, cells.T)
    bought = exceeding(cells.x, cells.weight)
    j = np.arange(len(bought))
    gone, here = (left.x, left.t.astype(np.float64)), (stayed.x, stayed.t.astype(np.float64))

    def evaluate(p: Floats) -> tuple[float, Floats, Floats]:
        r, alpha = float(p[0]), float(p[1])
        value, gradient, hessian = add_up(cells, left.of_row, stayed.of_row, *both(p, gone, here), threads)
        steps = bought / (r + j)
        value += float((bought * np.log(r + j)).sum()) - float(bought.sum()) * np.log(alpha)
        gradient[0] += steps.sum()
        gradient[1] -= bought.sum() / alpha
        hessian[0, 0] -= (steps / (r + j)).sum()
        hessian[1, 1] += bought.sum() / alpha**2
        return value, gradient, hessian

    return evaluate


def log_likelihoods(
    cells: Cells,
    p: Mapping[str, Floats],
    names: Sequence[str],
    both: Callable[[Sequence[Floats], Side, Side], tuple[Floats, Floats]],
    at_once: int,
) -> Floats:
    """Total log-likelihood under each of S draws of the parameters, each (S,). Shape (S,).

    Args:
        both: ln P and ln Q, (draws, pairs), under parameters (draws, 1) in the order of `names`.
        at_once: how many numbers it may hold for its draws and pairs.
    """
    left, stayed = pairs(cells.x, cells.t_x), pairs(cells.x, cells.T)
    bought = exceeding(cells.x, cells.weight)
    columns = [p[name][:, None] for name in names]
    total = np.log(p["r"][:, None] + np.arange(len(bought))) @ bought - bought.sum() * np.log(p["alpha"])
    gone, here = (left.x, left.t.astype(np.float64)), (stayed.x, stayed.t.astype(np.float64))
    at_left, at_stayed = left.of_row.astype(np.intp), stayed.of_row.astype(np.intp)
    step = max(1, at_once // (len(left.x) + len(stayed.x)))
    for start in range(0, len(total), step):
        some = slice(start, start + step)
        P, Q = both([column[some] for column in columns], gone, here)
        for rows, draws in tiles(len(cells), len(P)):
            one, other = P[draws].take(at_left[rows], axis=1), Q[draws].take(at_stayed[rows], axis=1)
            total[some][draws] += log_sum(one, other) @ cells.weight[rows]
    return total


def add_up(
    cells: Cells, at_left: NDArray[np.int32], at_stayed: NDArray[np.int32],
    P: Part, Q: Part, threads: int | None,
) -> tuple[float, Floats, Floats]:  # fmt: skip
    """Sum of ln(P + Q) over the customers, its gradient (k,) and Hessian (k, k)."""
    count = len(P.first)
    upper = np.triu_indices(count)
    on_left = np.empty(len(cells))
    slope_P, slope_Q = np.ascontiguousarray(P.first.T), np.ascontiguousarray(Q.first.T)

    def sums(block: slice) -> Floats:
        i, j, w = at_left[block], at_stayed[block], cells.weight[block]
        high, gap = P.value.take(i, mode="clip"), Q.value.take(j, mode="clip")
        gap = high - gap
        tail = np.exp(-np.abs(gap))
        share = 1.0 / (1.0 + tail)
        value = high + np.maximum(-gap, 0.0) + np.log1p(tail)
        here = np.where(gap >= 0, share, tail * share)
        on_left[block] = w * here
        both = w * here * np.where(gap >= 0, tail * share, share)
        v = slope_P.take(i, axis=0, mode="clip") - slope_Q.take(j, axis=0, mode="clip")
        v = np.ascontiguousarray(v.T)
        cross = [np.dot(both * v[a], v[b]) for a, b in zip(*upper, strict=True)]
        return np.array([np.dot(w, value), *cross])

    total = block_sums(len(cells), 1 + len(upper[0]), sums, threads)
    pulled = np.bincount(at_left, on_left, len(P.value))
    kept = np.bincount(at_stayed, cells.weight - on_left, len(Q.value))
    hessian = np.zeros((count, count))
    hessian[upper] = P.second @ pulled + Q.second @ kept + total[1:]
    hessian += np.triu(hessian, 1).T
    return float(total[0]), P.first @ pulled + Q.first @ kept, hessian


def put_together(P: Part, Q: Part) -> Part:
    """ln(P + Q) of rows, with its derivatives."""
    gap = P.value - Q.value
    tail = np.exp(-np.minimum(np.abs(gap), 700.0))
    share = 1.0 / (1.0 + tail)
    left = np.where(gap >= 0, share, tail * share)
    v = P.first - Q.first
    upper = np.triu_indices(len(v))
    second = Q.second + left * (P.second - Q.second)
    second += tail * share * share * v[upper[0]] * v[upper[1]]
    return Part(np.maximum(P.value, Q.value) + np.log1p(tail), Q.first + left * v, second)


def different(kind: NDArray[np.int32], x: Any, t: Any) -> tuple[Any, Any]:
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


def log_alive(h: Histories, log_P: Floats, log_K: Floats, log_Q_K: Floats, threads: int | None) -> Floats:
    """ln P(alive) = -ln[P(x, t_x)/K(T) + Q(x, T)/K(T)], (n,), from ln P of the pairs `h.by_recency` and
    ln K, ln Q/K of the pairs `h.by_age`: finite where P(alive) underflows."""
    left, stayed = h.by_recency, h.by_age
    of_P, of_K, of_Q = left.by_code(log_P), stayed.by_code(log_K), stayed.by_code(log_Q_K)
    out = np.empty(len(h))

    def fill(block: slice) -> None:
        at_left, at_stayed = left.code[block], stayed.code[block].astype(np.intp)
        gone = of_P.take(at_left, mode="clip")
        gone -= of_K.take(at_stayed, mode="clip")
        here = of_Q.take(at_stayed, mode="clip")
        log_odds = log_sum(gone, here)
        np.negative(np.maximum(log_odds, 0.0, out=log_odds), out=out[block])  # P(alive) <= 1 to the bit

    each_block(len(h), fill, threads)
    return out


def log_sum(a: Floats, b: Floats) -> Floats:
    """ln(e^a + e^b); a difference of 100 decides, and keeps denormal numbers out."""
    gap = np.minimum(np.abs(a - b), 100.0)
    return np.maximum(a, b) + np.log1p(np.exp(-gap))
