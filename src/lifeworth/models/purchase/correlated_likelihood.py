"""The likelihood of the correlated Pareto/NBD added up over many customers.

The joint density of the two rates is that of the Pareto/NBD times 1 + kappa (2 e1 - 1)(2 e2 - 1), with
e1 = exp(-lambda alpha (2^(1/r) - 1)), e2 likewise of mu: half of all customers are slow, half last. As
2 e1 turns Gamma(r, alpha) into Gamma(r, alpha 2^(1/r)), every quantity of the Pareto/NBD becomes

    V = V(alpha, beta) (1 + kappa G)
    G = 1 + [V(alpha', beta') - V(alpha', beta) - V(alpha, beta')] / V(alpha, beta)

where V stands for P, Q or K of `pareto_likelihood` with their factors alpha^r beta^s.
Source: docs/theory/correlated_pareto_nbd.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import BLOCK
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import Objective
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories
from lifeworth.models.purchase import two_parts
from lifeworth.models.purchase.pareto_likelihood import log_part, log_part_swapped, log_parts, swapped
from lifeworth.models.purchase.two_parts import Side

Floats = NDArray[np.float64]
HALF, MOST = np.log(2.0), 600.0
UPPER = np.triu_indices(4)
SHIFTS = ((1, 1, 1.0), (1, 0, -1.0), (0, 1, -1.0))  # of alpha, of beta, and the sign of the part


def agreement(odds: Any) -> Any:
    """kappa = (odds - 1)/(odds + 1), in (-1, 1)."""
    return (odds - 1.0) / (odds + 1.0)


def slower(shape: Any, scale: Any) -> Any:
    """The scale of the slow half: scale 2^(1/shape)."""
    return scale * np.exp(np.minimum(HALF / shape, MOST))


def objective(cells: Cells, threads: int | None = None) -> Objective:
    """Total log-likelihood with gradient (5,) and Hessian (5, 5) in (r, alpha, s, beta, odds)."""

    def both(p: Floats, left: Side, stayed: Side) -> tuple[Part, Part]:
        at = p.tolist()
        return _part(*left, *at, swap=False), _part(*stayed, *at, swap=True)

    return two_parts.objective(cells, both, threads)


def log_likelihoods(cells: Cells, p: Mapping[str, Floats]) -> Floats:
    """Total log-likelihood under each of S draws of the parameters, each (S,). Shape (S,)."""

    def both(at: Sequence[Floats], left: Side, stayed: Side) -> tuple[Floats, Floats]:
        return _log_mixed(*left, *at, swap=False), _log_mixed(*stayed, *at, swap=True)

    return two_parts.log_likelihoods(cells, p, ("r", "alpha", "s", "beta", "odds"), both, BLOCK)


def log_alive(
    h: Histories, r: float, alpha: float, s: float, beta: float, odds: float, threads: int | None
) -> Floats:
    """ln P(alive), (n,)."""
    left, stayed, at = h.by_recency, h.by_age, (r, alpha, s, beta, odds)
    T = stayed.t.astype(np.float64)
    log_P = log_mixed(left.x, left.t.astype(np.float64), *at, swap=False)
    log_Q = log_mixed(stayed.x, T, *at, swap=True)
    slow, last = slow_share(stayed.x, T, r, alpha), slow_share(0, T, s, beta)
    log_K = -(r + stayed.x) * np.log1p(T / alpha) - s * np.log1p(T / beta)
    log_K += np.log1p(agreement(odds) * (2.0 * slow - 1.0) * (2.0 * last - 1.0))
    return two_parts.log_alive(h, log_P, log_K, log_Q - log_K, threads)


def slow_share(x: Any, t: Floats, shape: float, scale: float) -> Floats:
    """The chance to be of the slow half, for Gamma(shape + x, scale + t): E e1, or E e2 with x = 0."""
    more = slower(shape, scale) - scale
    return np.asarray(np.exp(-(shape + x) * np.log1p(more / (scale + t))))


def log_mixed(
    x: Any, t: Floats, r: float, alpha: float, s: float, beta: float, odds: float, *, swap: bool
) -> Floats:
    """ln P, or with `swap` ln Q, of m pairs, times alpha^(r+x) beta^s. Shape (m,)."""
    at = [np.full((1, 1), each) for each in (r, alpha, s, beta, odds)]
    return _log_mixed(x, t, *at, swap=swap)[0]


def _log_mixed(
    x: Any, t: Floats, r: Floats, alpha: Floats, s: Floats, beta: Floats, odds: Floats, *, swap: bool
) -> Floats:
    """`log_mixed` for S draws, (S, m)."""
    plain = log_parts(x, t, r, alpha, s, beta, swap=swap)
    share = np.ones(plain.shape)
    for of_alpha, of_beta, sign in SHIFTS:
        near, far = (slower(r, alpha) if of_alpha else alpha), (slower(s, beta) if of_beta else beta)
        moved = log_parts(x, t, r, near, s, far, swap=swap) - plain
        share += sign * np.exp(moved - of_alpha * x * np.minimum(HALF / r, MOST))
    return np.asarray(plain + np.log1p(agreement(odds) * share))


def _part(
    x: Any, t: Floats, r: float, alpha: float, s: float, beta: float, odds: float, *, swap: bool
) -> Part:
    """`log_mixed` with first (5, m) and second (15, m) derivatives."""
    plain = _moved(x, t, r, alpha, s, beta, 0, 0, swap)
    share, slope, bend = np.ones(len(t)), np.zeros((4, len(t))), np.zeros((4, 4, len(t)))
    for of_alpha, of_beta, sign in SHIFTS:
        value, first, second = _moved(x, t, r, alpha, s, beta, of_alpha, of_beta, swap)
        size, d = sign * np.exp(value - plain[0]), first - plain[1]
        share += size
        slope += size * d
        bend += size * (second - plain[2] + d[:, None] * d[None, :])
    kappa, tilt = agreement(odds), 2.0 / (odds + 1.0) ** 2
    whole = 1.0 + kappa * share
    first, second = np.empty((5, len(t))), np.empty((5, 5, len(t)))
    push, of_odds = kappa * slope / whole, tilt * share / whole
    first[:4], first[4] = plain[1] + push, of_odds
    second[:4, :4] = plain[2] + kappa * bend / whole - push[:, None] * push[None, :]
    second[:4, 4] = tilt * slope / whole - push * of_odds
    second[4, :4] = second[:4, 4]
    second[4, 4] = -2.0 / (odds + 1.0) * of_odds - of_odds**2
    return Part(plain[0] + np.log1p(kappa * share), first, second[np.triu_indices(5)])


def _moved(
    x: Any, t: Floats, r: float, alpha: float, s: float, beta: float, of_alpha: int, of_beta: int, swap: bool
) -> tuple[Floats, Floats, Floats]:
    """One part with its scales moved to the slow half or not: value, first (4, m), second (4, 4, m) in
    the parameters as they are."""
    near, far = (slower(r, alpha) if of_alpha else alpha), (slower(s, beta) if of_beta else beta)
    made = swapped(log_part_swapped(x, t, r, near, s, far)) if swap else log_part(x, t, r, near, s, far)
    value, first, second = made.value, made.first, np.empty((4, 4, len(t)))
    second[UPPER] = made.second
    second[UPPER[::-1]] = made.second
    if of_alpha:
        first, second = _from_scale(first, second, 0, r, near, near / alpha)
        value = value - x * min(HALF / r, MOST)
        first[0] += x * HALF / r**2
        second[0, 0] -= 2.0 * x * HALF / r**3
    if of_beta:
        first, second = _from_scale(first, second, 2, s, far, far / beta)
    return value, first, second


def _from_scale(
    first: Floats, second: Floats, at: int, shape: float, scale: float, grown: float
) -> tuple[Floats, Floats]:
    """Chain rule from the scale of the slow half, scale = grown * own, grown = 2^(1/shape)."""
    change = np.eye(4)
    lost = HALF / shape**2
    change[at + 1, at], change[at + 1, at + 1] = -scale * lost, grown
    bent = np.einsum("ia,ijm,jb->abm", change, second, change)
    of_scale = first[at + 1]
    bent[at, at] += of_scale * scale * (lost**2 + 2.0 * HALF / shape**3)
    bent[at, at + 1] -= of_scale * grown * lost
    bent[at + 1, at] -= of_scale * grown * lost
    return np.einsum("ia,im->am", change, first), bent
