"""The likelihood of models whose customers left after the last purchase or are still here, added up.

L = const (P(x, t_x) + Q(x, T)): P is the part of those who left after t_x, Q of those still here.
Each is computed once per different pair and looked up per customer; weights w = P/(P+Q) are added
up per pair and contracted once. With l = ln P or ln Q, its gradient and Hessian:

    d = w dP + (1-w) dQ,    dd = w ddP + (1-w) ddQ + w(1-w) v v',  v = dP - dQ

Source: methods.md 2.5.
"""

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import block_sums
from lifeworth.kernels.cells import Cells
from lifeworth.models.fitting.coefficients import Part

Floats = NDArray[np.float64]


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
