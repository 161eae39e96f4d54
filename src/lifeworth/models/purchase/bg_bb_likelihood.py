"""The BG/BB likelihood over cells (x, t_x, n), with gradient and Hessian.

A customer with x purchases, the last at occasion t_x of n, was alive through occasion m for some m
of t_x..n and gone after it (or, m = n, is here):

    L = sum over m of A(x, m) W(m),   A(x, m) = B(alpha + x, beta + m - x)/B(alpha, beta),
    W(n) = B(gamma, delta + n)/B(gamma, delta),  W(m) = B(gamma + 1, delta + m)/B(gamma, delta).

All terms are positive; their logarithms are sums over counts, so tables replace gamma functions.
Source: Fader, Hardie & Shang (2010), Marketing Science 29(6), eq. 5; methods.md 2.7.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import Objective

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
MOST_TERMS = 65_536
NAMES = ("alpha", "beta", "gamma", "delta")


class Terms:
    """The terms m = t_x..n of some cells, one after the other; `first` is where each cell begins."""

    def __init__(self, x: Any, t_x: Any, n: Any) -> None:
        x, t_x, n = (np.asarray(each, np.int64) for each in (x, t_x, n))
        lengths = n - t_x + 1
        self.first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self.of = np.repeat(np.arange(len(lengths)), lengths)
        self.m = np.arange(int(lengths.sum())) - self.first[self.of] + t_x[self.of]
        self.x, ends = x[self.of], n[self.of]
        self.misses = self.m - self.x
        self.gone = self.m < ends
        self.tossed = self.m + self.gone  # how often the coin of leaving was tossed

    def logs(self, p: Mapping[str, Any]) -> Floats:
        """ln[A(x, m) W(m)], (terms,), or (S, terms) for parameters (S, 1)."""
        longest = int(self.tossed.max(initial=0))
        alpha, beta, gamma, delta = (np.asarray(p[name], np.float64) for name in NAMES)
        bought = _sums(np.log(alpha + np.arange(longest)) - np.log(alpha + beta + np.arange(longest)))
        missed = _sums(np.log(beta + np.arange(longest)))
        could = _sums(np.log(alpha + beta + np.arange(longest)))
        stayed = _sums(-np.log1p(gamma / (delta + np.arange(longest))))
        value = bought[..., self.x] + missed[..., self.misses]
        value -= could[..., self.m] - could[..., self.x]
        value += stayed[..., self.m]
        left = np.log(gamma) - np.log(gamma + delta + np.arange(longest + 1.0))
        return value + np.where(self.gone, left[..., self.m], 0.0)

    def total(self, logs: Floats) -> tuple[Floats, Floats]:
        """ln of the sum per cell, (..., cells), and the share of each term in it, (..., terms)."""
        highest = np.maximum.reduceat(logs, self.first, axis=-1)
        share = np.exp(logs - highest[..., self.of])
        summed = np.add.reduceat(share, self.first, axis=-1)
        return highest + np.log(summed), share / summed[..., self.of]

    def slopes(self, p: Mapping[str, Any]) -> tuple[Floats, Floats]:
        """First derivatives of the logs, (4, terms), and the second ones: aa, ab, bb, gg, gd, dd."""
        longest = int(self.tossed.max(initial=0))
        alpha, beta, gamma, delta = (float(p[name]) for name in NAMES)
        a, b, ab, d, gd = (
            _inverse_sums(scale, longest) for scale in (alpha, beta, alpha + beta, delta, gamma + delta)
        )
        could, tossed = ab[:, self.m], gd[:, self.tossed]
        bought, missed, stayed = a[:, self.x], b[:, self.misses], d[:, self.m]
        first = np.stack([
            bought[0] - could[0], missed[0] - could[0],
            self.gone / gamma - tossed[0], stayed[0] - tossed[0],
        ])  # fmt: skip
        second = np.stack([
            could[1] - bought[1], could[1], could[1] - missed[1],
            tossed[1] - self.gone / gamma**2, tossed[1], tossed[1] - stayed[1],
        ])  # fmt: skip
        return first, second


def parts(x: Any, t_x: Any, n: Any) -> Iterator[tuple[slice, Terms]]:
    """The cells in parts of bounded length, the same whatever the machine."""
    reached = np.cumsum(np.asarray(n, np.int64) - t_x + 1)
    start = 0
    while start < len(reached):
        before = int(reached[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(reached, before + MOST_TERMS, side="right")))
        span = slice(start, end)
        yield span, Terms(x[span], t_x[span], n[span])
        start = end


def objective(cells: Cells) -> Objective:
    """Total log-likelihood with gradient (4,) and Hessian (4, 4) in (alpha, beta, gamma, delta)."""
    pieces = list(parts(cells.x, cells.t_x, cells.T))

    def evaluate(values: Floats) -> tuple[float, Floats, Floats]:
        p = dict(zip(NAMES, values.tolist(), strict=True))
        total, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for span, terms in pieces:
            weight = cells.weight[span]
            value, share = terms.total(terms.logs(p))
            first, second = terms.slopes(p)
            mean = np.add.reduceat(first * share, terms.first, axis=1)
            mass = share * weight[terms.of]
            total += float(weight @ value)
            gradient += mean @ weight
            hessian += (first * mass) @ first.T - (mean * weight) @ mean.T
            aa, ab, bb, gg, gd, dd = (second @ mass).tolist()
            hessian += np.array([[aa, ab, 0, 0], [ab, bb, 0, 0], [0, 0, gg, gd], [0, 0, gd, dd]])
        return total, gradient, hessian

    return evaluate


def log_likelihoods(cells: Cells, p: Mapping[str, Floats]) -> Floats:
    """Total log-likelihood under each of S draws of the parameters, each (S,). Shape (S,)."""
    draws = len(p["alpha"])
    total = np.zeros(draws)
    for span, terms in parts(cells.x, cells.t_x, cells.T):
        step = max(1, 8 * MOST_TERMS // len(terms.m))
        for first in range(0, draws, step):
            some = {name: np.asarray(p[name])[first : first + step, None] for name in NAMES}
            total[first : first + step] += terms.total(terms.logs(some))[0] @ cells.weight[span]
    return total


def _sums(steps: Floats) -> Floats:
    """0 and the running sums along the last axis."""
    zero = np.zeros((*steps.shape[:-1], 1))
    return np.concatenate([zero, np.cumsum(steps, axis=-1)], axis=-1)


def _inverse_sums(scale: float, longest: int) -> Floats:
    """Sums over j < k of 1/(scale + j) and of its square, k = 0..longest: (2, longest + 1)."""
    inverse = 1.0 / (scale + np.arange(longest))
    return _sums(np.stack([inverse, inverse * inverse]))
