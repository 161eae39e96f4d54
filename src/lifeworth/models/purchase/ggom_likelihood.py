"""The Gamma-Gompertz/NBD likelihood added up over many customers.

With q = r + x and S(u) = (beta / (beta - 1 + e^{bu}))^s, the chance to be still active at age u,

    P(x, t) = integral from t of (alpha+u)^-q f(u) du,  f = -S'          left after t
    Q(x, t) = integral from t of q (alpha+u)^-(q+1) S(u) du              still here at t

have no closed form. Both are means of smooth positive functions over ln(u - t): the trapezoidal rule
in z, ln(u - t) = scale + z - e^{-z}, converges exponentially (double exponential quadrature, Takahasi
& Mori 1974). First and second derivatives are means of those of the logarithm under the same weights.
Source: Bemmaor & Glady (2012); the quadrature is ours.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import each_block
from lifeworth.kernels.cells import Cells, pairs
from lifeworth.kernels.counts import exceeding
from lifeworth.kernels.newton import Objective
from lifeworth.models.covariates import of_kind
from lifeworth.models.inputs import Histories
from lifeworth.models.purchase import two_parts
from lifeworth.models.purchase.two_parts import Part, Side

Floats = NDArray[np.float64]
FIRST_NODE, FORGOTTEN = -3.65, 45.0  # e^-e^3.65 and e^-45 are nothing beside 1
LARGEST = 600.0  # e^600 is all of D, whatever beta, and still a double over it
AT_ONCE = 512  # pairs whose nodes are held together: what a cache takes
NAMES = ("r", "alpha", "b", "s", "beta")
COUNT = len(NAMES)
UPPER = [(i, k) for i in range(COUNT) for k in range(i, COUNT)]


class Life(NamedTuple):
    """What the law of the active life says at ages u: -ln S / s, e^{bu}/D and 1/D, D = beta - 1 + e^{bu}."""

    wear: Floats
    grown: Floats
    inverse: Floats


def life(u: Floats, b: Any, beta: Any) -> Life:
    aged = b * u
    more = np.expm1(np.minimum(aged, LARGEST))
    inverse = 1.0 / (beta + more)
    wear = np.log1p(more / beta) + np.maximum(aged - LARGEST, 0.0)
    return Life(wear, (1.0 + more) * inverse, inverse)


def objective(cells: Cells, threads: int | None = None) -> Objective:
    """Total log-likelihood with gradient (5,) and Hessian (5, 5) in (r, alpha, b, s, beta)."""

    def both(p: Floats, left: Side, stayed: Side) -> tuple[Part, Part]:
        at = p.tolist()
        return part(*left, *at, gone=True, threads=threads), part(*stayed, *at, gone=False, threads=threads)

    return two_parts.objective(cells, both, threads)


def log_likelihoods(cells: Cells, p: Mapping[str, Floats]) -> Floats:
    """Total log-likelihood under each of S draws of the parameters, each (S,). Shape (S,)."""
    left, stayed = pairs(cells.x, cells.t_x), pairs(cells.x, cells.T)
    bought = exceeding(cells.x, cells.weight)
    j = np.arange(len(bought))
    left_t, stayed_t = left.t.astype(np.float64), stayed.t.astype(np.float64)
    total = np.empty(len(p["r"]))
    for index in range(len(total)):
        r, alpha, b, s, beta = (float(p[name][index]) for name in NAMES)
        P = log_part(left.x, left_t, r, alpha, b, s, beta, gone=True)[left.of_row]
        Q = log_part(stayed.x, stayed_t, r, alpha, b, s, beta, gone=False)[stayed.of_row]
        total[index] = np.logaddexp(P, Q) @ cells.weight
        total[index] += np.log(r + j) @ bought - bought.sum() * np.log(alpha)
    return total


def log_alive(
    h: Histories, r: float, alpha: Any, b: float, s: float, beta: Any, threads: int | None = None
) -> Floats:
    """ln P(alive) = -ln[P(x, t_x)/K(T) + Q(x, T)/K(T)], K = (alpha+T)^-q S(T); shape (n,)."""
    left, stayed, moved = h.by_recency, h.by_age, {"alpha": alpha, "beta": beta}
    T, own = stayed.t.astype(np.float64), of_kind(moved, stayed.kind)
    Q = log_part(stayed.x, T, r, own["alpha"], b, s, own["beta"], gone=False)
    K = -(r + stayed.x) * np.log1p(T / own["alpha"]) - s * life(T, b, own["beta"]).wear
    own = of_kind(moved, left.kind)
    P = log_part(left.x, left.t.astype(np.float64), r, own["alpha"], b, s, own["beta"], gone=True)
    return two_parts.log_alive(h, P, K, Q - K, threads)


def terms(x: Any, t_x: Any, T: Any, kind: NDArray[np.int32], p: Mapping[str, Any]) -> Part:
    """ln L of rows with parameters of their own, but for the product of r + j, and its derivatives.

    Rows of one kind have the same parameters: equal (kind, x, t) are computed once.
    """
    rows = [p[name] for name in NAMES]

    def once(t: Any, gone: bool) -> Part:
        first, place = two_parts.different(kind, x, t)
        at = [each[first] for each in rows]
        found = part(x[first], t[first].astype(np.float64), *at, gone=gone, threads=1)
        return Part(*(each[..., place] for each in found))

    value, first, second = two_parts.put_together(once(t_x, True), once(T, False))
    alpha = p["alpha"]
    first[1] -= x / alpha
    second[COUNT] += x / alpha**2
    return Part(value - x * np.log(alpha), first, second)


def log_terms(x: Any, t_x: Any, T: Any, p: Mapping[str, Any]) -> Floats:
    """The value of `terms` alone; arguments of shape (m,)."""
    rows = [p[name] for name in NAMES]
    left = log_part(x, np.asarray(t_x, np.float64), *rows, gone=True)
    stayed = log_part(x, np.asarray(T, np.float64), *rows, gone=False)
    return two_parts.log_sum(left, stayed) - x * np.log(p["alpha"])


def log_part(x: Any, t: Floats, r: Any, alpha: Any, b: Any, s: Any, beta: Any, *, gone: bool) -> Floats:
    """ln P(x, t) alpha^q (`gone`) or ln Q(x, t) alpha^q, (m,); each parameter a number or (m,)."""
    out = np.empty(len(t))

    def fill(block: slice) -> None:
        for first in range(block.start, block.stop, AT_ONCE):
            some = slice(first, min(first + AT_ONCE, block.stop))
            own = _of_rows(some, r, alpha, b, s, beta)
            q = (own[0] + x[some]).astype(np.float64)
            log_height = _heights(q, t[some], *own[1:], gone)[0]
            out[some] = _log_total(log_height)[0]

    each_block(len(t), fill, 1)
    return out


def part(
    x: Any, t: Floats, r: Any, alpha: Any, b: Any, s: Any, beta: Any, *, gone: bool, threads: int | None
) -> Part:
    """`log_part` with its first and second derivatives in (r, alpha, b, s, beta)."""
    out = Part(np.empty(len(t)), np.empty((COUNT, len(t))), np.empty((len(UPPER), len(t))))

    def fill(block: slice) -> None:
        for first in range(block.start, block.stop, AT_ONCE):
            some = slice(first, min(first + AT_ONCE, block.stop))
            own = _of_rows(some, r, alpha, b, s, beta)
            q = (own[0] + x[some]).astype(np.float64)
            log_height, u, at = _heights(q, t[some], *own[1:], gone)
            value, weight = _log_total(log_height)
            slopes, bends = _derivatives(q, u, at, *own[1:], gone)
            mean = [(weight * each).sum(axis=0) for each in slopes]
            out.value[some] = value
            out.first[:, some] = mean
            for row, (i, k) in enumerate(UPPER):
                product = slopes[i] * slopes[k]
                bend = bends.get((i, k))
                curved = (weight * (product if bend is None else product + bend)).sum(axis=0)
                out.second[row, some] = curved - mean[i] * mean[k]

    each_block(len(t), fill, threads)
    return out


def _of_rows(rows: slice, *p: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Parameters of some rows, from numbers or (m,)."""
    r, alpha, b, s, beta = (each[rows] if np.ndim(each) else each for each in p)
    return r, alpha, b, s, beta


def _heights(
    q: Floats, t: Floats, alpha: Any, b: Any, s: Any, beta: Any, gone: bool
) -> tuple[Floats, Floats, Life]:
    """ln of the integrand times the weight of its node, the ages u, and the law there; (nodes, m)."""
    start = life(t, b, beta)
    pace = q / (alpha + t) + s * b * start.grown  # at which what is left shrinks, at t
    # the longest it may take: until ageing sets in, at ln(beta)/b, and then at the pace of leaving in the end
    onset = np.maximum(np.log(beta) / b - t, 0.0)
    reach = np.log(np.maximum(FORGOTTEN, pace * (onset + FORGOTTEN / (s * b))))
    step = 0.15 * min(1.0, _clearance(t, pace, alpha, b, beta))
    nodes = int(np.ceil((float(reach.max()) - FIRST_NODE) / step)) + 1
    width = (float(reach.max()) - FIRST_NODE) / (nodes - 1)
    z = FIRST_NODE + np.arange(nodes)[:, None] * width
    inner = np.exp(-z)
    log_gap = z - inner
    u = t + np.exp(log_gap) / pace
    at = life(u, b, beta)
    log_weight = log_gap + np.log1p(inner) + np.log(width / pace)
    height = log_weight - q * np.log1p(u / alpha) - s * at.wear
    return height + np.log(s * b * at.grown if gone else q / (alpha + u)), u, at


def _clearance(t: Floats, pace: Floats, alpha: Any, b: Any, beta: Any) -> float:
    """How far from the real line of z all integrands are smooth: the rule's error is e^(-2 pi that/step).

    They are singular at ages where D = 0 and at -alpha. There z - e^{-z} = low + i angle, low + i angle
    being ln((age - t) pace). With z = x + iy: e^{-x} = (angle - y) / sin y, and y, between 0 and the angle,
    makes the real parts agree: found by bisection, from below, among those that may still be the nearest.
    """
    gone = 1.0 - np.asarray(beta, np.float64)
    ages = np.log(np.where(gone == 0.0, 1e-300, gone).astype(complex)) / b, -np.asarray(alpha, complex)
    far = np.log(np.concatenate([(age - t) * pace for age in ages]))
    low, angle = far.real, np.abs(far.imag)
    least, most = np.zeros_like(angle), angle
    for _ in range(14):
        y = 0.5 * (least + most)
        shrunk = (angle - y) / np.sin(y)
        short = -np.log(shrunk) - shrunk * np.cos(y) < low
        least, most = np.where(short, y, least), np.where(short, most, y)
        near = least <= most.min()
        low, angle, least, most = low[near], angle[near], least[near], most[near]
    return max(float(least.min()), 1e-3)


def _log_total(log_height: Floats) -> tuple[Floats, Floats]:
    """ln of the sum over nodes (m,), and each node's share (nodes, m)."""
    top = log_height.max(axis=0)
    share = np.exp(log_height - top)
    total = share.sum(axis=0)
    return top + np.log(total), share / total


def _derivatives(
    q: Floats, u: Floats, at: Life, alpha: Any, b: Any, s: Any, beta: Any, gone: bool
) -> tuple[list[Floats], dict[tuple[int, int], Floats]]:
    """First derivatives of ln of the integrand by (r, alpha, b, s, beta), and the second that are not 0.

    gone:   -q ln(1+u/alpha) + ln(s b / beta) + b u - (s+1) wear
    stayed: -(q+1) ln(1+u/alpha) + ln(q/alpha) - s wear
    """
    times, power = (s + 1.0, q) if gone else (s, q + 1.0)
    aged, by_alpha = np.log1p(u / alpha), u / (alpha * (alpha + u))
    by_beta = at.inverse - 1.0 / beta
    slopes = [-aged, power * by_alpha, -times * u * at.grown, -at.wear, -times * by_beta]
    bends = {
        (0, 1): by_alpha,
        (1, 1): -power * u * (2.0 * alpha + u) / (alpha * (alpha + u)) ** 2,
        (2, 2): -times * u**2 * at.grown * (1.0 - at.grown),
        (2, 3): -u * at.grown,
        (2, 4): times * u * at.grown * at.inverse,
        (3, 4): -by_beta,
        (4, 4): times * (at.inverse**2 - 1.0 / beta**2),
    }
    if gone:
        slopes[2], slopes[3], slopes[4] = slopes[2] + u + 1.0 / b, slopes[3] + 1.0 / s, slopes[4] - 1.0 / beta
        bends[2, 2], bends[4, 4] = bends[2, 2] - 1.0 / b**2, bends[4, 4] + 1.0 / beta**2
        bends[3, 3] = np.full_like(u, -1.0 / s**2)
    else:
        slopes[0], slopes[1] = slopes[0] + 1.0 / q, slopes[1] - 1.0 / alpha
        bends[0, 0] = np.broadcast_to(-1.0 / q**2, u.shape)
        bends[1, 1] = bends[1, 1] + 1.0 / alpha**2
    return slopes, bends
