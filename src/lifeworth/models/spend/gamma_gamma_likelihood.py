"""The Gamma-Gamma likelihood added up over many customers, quickly.

Gamma functions are needed once per different x; per customer one ln(1 + S/v). Money is in units of
the mean spend. Source: methods.md 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import block_sums, tiles
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.special import digamma, log_gamma, trigamma

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Repeaters:
    """Customers with x > 0: counts, total spend S = x * mean, weights. Each (n,)."""

    x: NDArray[np.int32]
    total: Floats
    weight: Floats


def objective(repeaters: Repeaters) -> Objective:
    """Log-likelihood, up to -sum ln(mean), with gradient (3,) and Hessian (3, 3) in (p, q, v)."""
    x, total, weight = repeaters.x.astype(np.float64), repeaters.total, repeaters.weight
    counts, customers = _histogram(repeaters)
    everyone = float(customers.sum())

    def evaluate(params: Floats) -> tuple[float, Floats, Floats]:
        p, q, v = (float(each) for each in params)

        def sums(block: slice) -> Floats:
            S, w, n = total[block], weight[block], x[block]
            wx, u, y = w * n, np.log1p(S / v), np.log1p(v / S)
            h, g = S / (v + S), v / (v + S)
            dot = np.dot
            return np.array([
                dot(w, u), dot(wx, y), dot(w, h), dot(wx, g), dot(w, h * (1.0 + g)), dot(wx, g * g)
            ])  # fmt: skip

        u, xy, h, xg, hg, xgg = block_sums(len(x), 6, sums, 1).tolist()
        a, b = p * counts, p * counts + q
        one_q = np.array([q])
        psi_a, psi_b, psi_q = digamma(a), digamma(b), float(digamma(one_q)[0])
        tri_a, tri_b, tri_q = trigamma(a), trigamma(b), float(trigamma(one_q)[0])
        constant = log_gamma(b) - log_gamma(a) - float(log_gamma(one_q)[0])
        value = float(customers @ constant) - q * u - p * xy
        gradient = np.array([
            customers @ (counts * (psi_b - psi_a)) - xy,
            customers @ psi_b - everyone * psi_q - u,
            (q * h - p * xg) / v,
        ])  # fmt: skip
        pq, pv, qv = customers @ (counts * tri_b), -xg / v, h / v
        hessian = np.array([
            [customers @ (counts**2 * (tri_b - tri_a)), pq, pv],
            [pq, customers @ tri_b - everyone * tri_q, qv],
            [pv, qv, (p * xgg - q * hg) / v**2],
        ])  # fmt: skip
        return value, gradient, hessian

    return evaluate


def log_likelihoods(repeaters: Repeaters, p: Mapping[str, Floats]) -> Floats:
    """The same value under each of S draws of the parameters, each (S,). Shape (S,)."""
    counts, customers = _histogram(repeaters)
    one, two, v = (p[name][:, None] for name in ("p", "q", "v"))
    a = one * counts
    total = (log_gamma(a + two) - log_gamma(a) - log_gamma(two)) @ customers
    log_total = np.log(repeaters.total)
    for rows, draws in tiles(len(repeaters.x), len(total)):
        px = one[draws] * repeaters.x[rows]
        each = (px + two[draws]) * np.log1p(repeaters.total[rows] / v[draws])
        each += px * (np.log(v[draws]) - log_total[rows])
        total[draws] -= each @ repeaters.weight[rows]
    return total


def _histogram(repeaters: Repeaters) -> tuple[Floats, Floats]:
    """Different counts and the number of customers of each."""
    table = np.bincount(repeaters.x, repeaters.weight)
    counts = np.flatnonzero(np.bincount(repeaters.x))
    return counts.astype(np.float64), np.asarray(table[counts], np.float64)
