"""The Pareto/NBD likelihood added up over many customers, quickly.

ln L needs ln P(x, t_x) and ln Q(x, T), each a continued fraction, computed once per different pair;
`two_parts` puts them together.
Scales enter as ln(1 + t/alpha), so that nothing cancels where they are much larger than T.
Source: methods.md 2.5.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import BLOCK
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.fractions import log_share, log_share_derivatives, scaled_exponential_integral
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.quadrature import legendre
from lifeworth.models.covariates import of_kind
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories
from lifeworth.models.purchase import two_parts
from lifeworth.models.purchase.two_parts import Side, different, log_sum

Floats = NDArray[np.float64]
UPPER = np.triu_indices(4)
SWAPPED = [2, 3, 0, 1]  # (r, alpha, s, beta) seen from the other side


def objective(cells: Cells, threads: int | None = None) -> Objective:
    """Total log-likelihood with gradient (4,) and Hessian (4, 4) in (r, alpha, s, beta)."""

    def both(p: Floats, left: Side, stayed: Side) -> tuple[Part, Part]:
        at = p.tolist()
        return log_part(*left, *at), swapped(log_part_swapped(*stayed, *at))

    return two_parts.objective(cells, both, threads)


def log_likelihoods(cells: Cells, p: Mapping[str, Floats]) -> Floats:
    """Total log-likelihood under each of S draws of the parameters, each (S,). Shape (S,)."""

    def both(at: Sequence[Floats], left: Side, stayed: Side) -> tuple[Floats, Floats]:
        return log_parts(*left, *at, swap=False), log_parts(*stayed, *at, swap=True)

    return two_parts.log_likelihoods(cells, p, ("r", "alpha", "s", "beta"), both, 4 * BLOCK)


def terms(
    x: Any, t_x: Any, T: Any, kind: NDArray[np.int32], r: Any, alpha: Floats, s: Any, beta: Floats
) -> Part:
    """ln L of rows with scales of their own, but for the product of r + j, and its derivatives.

    Rows of one kind have the same parameters: equal (kind, x, t) are computed once.
    """

    def once(t: Any, swap: bool) -> Part:
        first, place = different(kind, x, t)
        u, at = t[first].astype(np.float64), (r[first], alpha[first], s[first], beta[first])
        part = log_part(x[first], u, *at) if not swap else swapped(log_part_swapped(x[first], u, *at))
        return Part(*(each[..., place] for each in part))

    value, first, second = two_parts.put_together(once(t_x, False), once(T, True))
    first[1] -= x / alpha
    second[4] += x / alpha**2
    return Part(value - x * np.log(alpha), first, second)


def log_terms(x: Any, t_x: Any, T: Any, r: Any, alpha: Any, s: Any, beta: Any) -> Floats:
    """The value of `terms` alone; arguments of shape (m,)."""
    q, t_x, T = r + x, np.asarray(t_x, np.float64), np.asarray(T, np.float64)
    left = log_share(q, s, alpha, beta, t_x) - q * np.log1p(t_x / alpha) - s * np.log1p(t_x / beta)
    stayed = log_share(s, q, beta, alpha, T) - q * np.log1p(T / alpha) - s * np.log1p(T / beta)
    return log_sum(left, stayed) - x * np.log(alpha)


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
    return two_parts.log_alive(h, log_P, log_K, log_Q, threads)


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


def log_part(x: Any, t: Floats, r: Any, alpha: Any, s: Any, beta: Any) -> Part:
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


def log_part_swapped(x: Any, t: Floats, r: Any, alpha: Any, s: Any, beta: Any) -> Part:
    """ln Q(x, t) alpha^q beta^s: the same with (q, alpha) and (s, beta) exchanged; derivatives too."""
    return log_part(s, t, 0.0, beta, r + x, alpha)


def swapped(part: Part) -> Part:
    """Derivatives back in the order r, alpha, s, beta."""
    place = {pair: k for k, pair in enumerate(zip(*(index.tolist() for index in UPPER), strict=True))}
    seen = [tuple(sorted((SWAPPED[i], SWAPPED[j]))) for i, j in place]
    return Part(part.value, part.first[SWAPPED], part.second[[place[pair] for pair in seen]])  # type: ignore[index]


def log_parts(x: Any, t: Floats, r: Floats, alpha: Floats, s: Floats, beta: Floats, *, swap: bool) -> Floats:
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
