"""The Pareto/NBD likelihood of customers whose covariates change, added up with its derivatives.

A customer buys at rate lambda A(t) and leaves at rate mu C(t), A = e^{c'z}, C = e^{d'z} constant within a
piece of time; a(t) and c(t) are their integrals from 0. With q = r + x, K(t) = (alpha+a)^-q (beta+c)^-s,

    L = Gamma(q)/Gamma(r) alpha^r beta^s  product of A(t_j)  S,
    S = K(T) + s * integral from t_x to T of C (alpha+a)^-q (beta+c)^-(s+1) du.

Were the covariates of a piece to last for ever, the integral from a time t on would be K(t) rho(g),
rho the share of `kernels.fractions` between scales whose ratio is e^g = (alpha+a)C / ((beta+c)A). So

    S = K(t_x) rho(g_first) + sum over changes K(t) [rho(g_after) - rho(g_before)] + K(T) [1 - rho(g_last)],

exact, and with covariates that never change the two terms of the plain model. No change of covariates
costs anything; each costs two fractions. Source: docs/theory/dynamic_pareto_nbd.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.counts import exceeding, log_rising
from lifeworth.kernels.newton import Objective
from lifeworth.kernels.shares import log_ratio_share, log_ratio_share_derivatives
from lifeworth.models.purchase.paths import Paths, Pieces, past

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
AT_ONCE = 100_000  # pieces
FARTHEST = 10.0  # no search leads to rates e^10 times the usual ones


@dataclass(frozen=True)
class Block:
    """Some customers' pieces, and the terms of S: where (a point), of which kind, with which sign.

    Points are the starts of all late pieces, then the ends of all customers. Terms come as those that
    begin at a late piece (+), those that end there (-), and what is left at T (+, of 1 - rho).
    """

    x: NDArray[np.int64]
    pieces: Pieces
    steps: list[Rows]  # rows whose sums go into those of the row behind: one step of time after another
    points: Rows  # the piece whose start each point is; for ends, the last piece
    owner: Rows  # of each term: the customer
    place: Rows  # of each term: the point
    kind: NDArray[np.int32]  # of each term
    sign: Floats
    ends: int  # how many terms, the last ones, are of 1 - rho

    def __len__(self) -> int:
        return len(self.x)


def blocks(paths: Paths) -> list[Block]:
    """All customers, in blocks that bound memory."""
    whole = past(paths)
    edges = np.searchsorted(whole.of, np.arange(len(paths) + 1))
    found, first = [], 0
    while first < len(paths):
        last = max(first + 1, int(np.searchsorted(edges, edges[first] + AT_ONCE, side="right")) - 1)
        span = slice(int(edges[first]), int(edges[last]))
        some = Pieces(whole.of[span] - first, whole.kind[span], whole.length[span], whole.late[span])
        found.append(_block(paths.x[first:last], some))
        first = last
    return found


def grown(pieces: Pieces, steps: list[Rows], rate: Floats) -> Floats:
    """What has come together at the start of each piece, rate (..., pieces) times length added up."""
    total, gains = np.zeros(rate.shape), rate * pieces.length
    for rows in steps:
        total[..., rows + 1] = total[..., rows] + gains[..., rows]
    return total


def in_steps(of: Rows) -> list[Rows]:
    """Rows that have another of the same customer behind them, by their place among that customer's."""
    first = np.searchsorted(of, np.arange(of[-1] + 1)) if len(of) else np.zeros(0, np.intp)
    if not len(of):
        return []
    place = np.arange(len(of)) - first[of]
    rows = np.flatnonzero(np.append(np.diff(of) == 0, False))
    order = rows[np.argsort(place[rows], kind="stable")]
    cuts = np.searchsorted(place[order], np.arange(1, place.max() + 1))
    return np.split(order, cuts)[:-1] if len(cuts) else []


@dataclass(frozen=True)
class State:
    """Where each customer of a block stands at T: a and c, and ln S alpha^q beta^s, ln K alpha^q beta^s."""

    a: Floats
    c: Floats
    log_sum: Floats
    log_stay: Floats


def stand(block: Block, A: Floats, C: Floats, p: Mapping[str, float]) -> State:
    """Without derivatives. A, C: rates of each kind, (kinds,)."""
    r, alpha, s, beta = (p[name] for name in ("r", "alpha", "s", "beta"))
    a, c = (_at_points(block, grown(block.pieces, block.steps, each[block.pieces.kind]), each)
            for each in (A, C))  # fmt: skip
    q: Floats = r + block.x.astype(np.float64)
    stays = -q[block.owner] * np.log1p(a / alpha)[block.place] - s * np.log1p(c / beta)[block.place]
    g = _gap(block, np.log(alpha + a) - np.log(beta + c), np.log(C) - np.log(A))
    n = len(g) - block.ends
    share = np.empty(len(g))
    life = np.full(len(g), s)
    share[:n] = log_ratio_share(q[block.owner[:n]], life[:n], g[:n])
    share[n:] = log_ratio_share(life[n:], q, -g[n:])
    log_sum, _ = _summed(block, stays + share)
    log_stay = stays[n:]
    return State(a[-block.ends :], c[-block.ends :], log_sum, log_stay)


def log_likelihoods(block: Block, counted: Floats, A: Floats, C: Floats, p: Mapping[str, float]) -> Floats:
    """ln L of each customer, (n,). `counted` (n,): the sum of ln A over their purchases."""
    bought = log_rising(p["r"], int(block.x.max(initial=0)))[block.x]
    return bought - block.x * np.log(p["alpha"]) + counted + stand(block, A, C, p).log_sum


def objective(parts: list[Block], z: Floats, at: list[list[int]], bought: Floats) -> Objective:
    """Total ln L with gradient and Hessian in (r, alpha, s, beta, purchase and dropout coefficients).

    z: features of each kind, (kinds, k); at: which of them move purchase and dropout; bought (k,): the
    features of all purchases added up.
    """
    exceeds = exceeding(np.concatenate([each.x for each in parts]))
    j, one, two = np.arange(len(exceeds)), *(z[:, each] for each in at)
    size = 4 + one.shape[1] + two.shape[1]
    own = slice(4, 4 + one.shape[1])

    def evaluate(theta: Floats) -> tuple[float, Floats, Floats]:
        push, pull = one @ theta[own], two @ theta[own.stop :]
        if max(np.abs(push).max(initial=0.0), np.abs(pull).max(initial=0.0)) > FARTHEST:
            return -np.inf, np.zeros(size), -np.eye(size)
        r, alpha = theta[:2]
        value = float(exceeds @ np.log(r + j)) - float(exceeds.sum()) * np.log(alpha)
        value += float(bought[at[0]] @ theta[own])
        gradient, hessian = np.zeros(size), np.zeros((size, size))
        gradient[own] = bought[at[0]]
        gradient[:2] += (exceeds / (r + j)).sum(), -exceeds.sum() / alpha
        hessian[0, 0] -= (exceeds / (r + j) ** 2).sum()
        hessian[1, 1] += exceeds.sum() / alpha**2
        for block in parts:
            here = _derivatives(block, theta, np.exp(push), np.exp(pull), one, two)
            value, gradient, hessian = value + here[0], gradient + here[1], hessian + here[2]
        return value, gradient, hessian

    return evaluate


def _block(x: NDArray[np.int64], pieces: Pieces) -> Block:
    count = len(x)
    late = np.flatnonzero(pieces.late)
    whose = pieces.of[late]
    follows = np.flatnonzero(np.diff(whose, prepend=-1) == 0)
    last = np.append(np.flatnonzero(np.diff(pieces.of)), len(pieces.of) - 1)
    point = np.arange(len(late))
    return Block(
        x=x,
        pieces=pieces,
        steps=in_steps(pieces.of),
        points=np.concatenate([late, last]),
        owner=np.concatenate([whose, whose[follows], np.arange(count)]),
        place=np.concatenate([point, point[follows], len(late) + np.arange(count)]),
        kind=np.concatenate([pieces.kind[late], pieces.kind[late[follows] - 1], pieces.kind[last]]),
        sign=np.concatenate([np.ones(len(late)), -np.ones(len(follows)), np.ones(count)]),
        ends=count,
    )


def _at_points(block: Block, at_start: Floats, of_kind: Floats) -> Floats:
    """A sum over time, (..., pieces) at their starts, at the points: the last ones at the pieces' ends."""
    found = at_start[..., block.points]
    last = block.points[-block.ends :]
    found[..., -block.ends :] += (of_kind[..., block.pieces.kind[last]]) * block.pieces.length[last]
    return found


def _gap(block: Block, of_point: Floats, of_kind: Floats) -> Floats:
    return of_point[block.place] + of_kind[block.kind]


def _summed(block: Block, log_terms: Floats) -> tuple[Floats, Floats]:
    """ln S of each customer, and the signed share of each term in S."""
    top = np.full(len(block), -np.inf)
    np.maximum.at(top, block.owner, log_terms)
    parts = block.sign * np.exp(log_terms - top[block.owner])
    total = np.bincount(block.owner, parts, len(block))
    return top + np.log(total), parts / total[block.owner]


def _derivatives(
    block: Block, theta: Floats, A: Floats, C: Floats, one: Floats, two: Floats
) -> tuple[float, Floats, Floats]:
    r, alpha, s, beta = theta[:4].tolist()
    k1, k2 = one.shape[1], two.shape[1]
    a, du, ddu = _scale(block, A, one)
    c, dv, ddv = _scale(block, C, two)
    u, v = alpha + a, beta + c
    p = (r + block.x)[block.owner]
    place, kind, n = block.place, block.kind, len(block.kind) - block.ends
    g = _gap(block, np.log(u) - np.log(v), np.log(C) - np.log(A))
    R, R1, R2 = _log_shares(p, s, g, n)
    log_u, log_v = np.log1p(a / alpha)[place], np.log1p(c / beta)[place]
    log_sum, share = _summed(block, R - p * log_u - s * log_v)
    Rp, Rs, Rg = R1
    Rpp, Rps, Rpg, Rss, Rsg, Rgg = R2
    # gradients in the order r, alpha, purchase coefficients, s, beta, dropout coefficients
    U, V = (du / u)[:, place], (dv / v)[:, place]
    slope = np.concatenate([U, -V])  # of g, but for the features of the kind
    slope[1 : 1 + k1] -= one[kind].T
    slope[2 + k1 :] += two[kind].T
    G = np.empty((4 + k1 + k2, len(p)))
    up, down = slice(1, 2 + k1), slice(3 + k1, 4 + k1 + k2)
    G[0], G[2 + k1] = Rp - log_u, Rs - log_v
    G[up] = -p * U + Rg * slope[: 1 + k1]
    G[down] = -s * V + Rg * slope[1 + k1 :]
    G[1] += p / alpha
    G[3 + k1] += s / beta
    first = np.zeros((len(G), len(block)))
    weighted = share * G
    for row, each in enumerate(weighted):
        first[row] = np.bincount(block.owner, each, len(block))
    H = weighted @ G.T - first @ first.T
    # second derivatives of the terms themselves
    both = np.r_[1 : 2 + k1, 3 + k1 : 4 + k1 + k2]
    H[np.ix_(both, both)] += (share * Rgg * slope) @ slope.T
    H[up, up] += _bent(share * (Rg - p), U, ddu, u, place)
    H[down, down] += _bent(-share * (Rg + s), V, ddv, v, place)
    H[0, 0] += share @ Rpp
    H[2 + k1, 2 + k1] += share @ Rss
    H[1, 1] -= share @ p / alpha**2
    H[3 + k1, 3 + k1] -= s * share.sum() / beta**2
    cross = np.zeros((2, len(G)))
    cross[0, both], cross[1, both] = slope @ (share * Rpg), slope @ (share * Rsg)
    cross[0, up] -= U @ share
    cross[0, 1] += share.sum() / alpha
    cross[1, down] -= V @ share
    cross[1, 3 + k1] += share.sum() / beta
    cross[0, 2 + k1] += share @ Rps
    for row, line in ((0, cross[0]), (2 + k1, cross[1])):
        H[row] += line
        H[:, row] += line
    order = np.r_[0, 1, 2 + k1, 3 + k1, 2 : 2 + k1, 4 + k1 : 4 + k1 + k2]
    return float(log_sum.sum()), first.sum(axis=1)[order], H[np.ix_(order, order)]


def _scale(block: Block, rate: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
    """The rate added up over time at the points, (m,); first derivatives of base + this in (base,
    coefficients), (1+k, m), and second ones in the coefficients, (k, k, m)."""
    kinds, k = z.shape
    first, second = z.T * rate, np.einsum("ni,nj,n->ijn", z, z, rate)
    per_kind = np.concatenate([rate[None], first, second.reshape(k * k, kinds)])
    total = _at_points(block, grown(block.pieces, block.steps, per_kind[:, block.pieces.kind]), per_kind)
    ones = np.ones((1, total.shape[1]))
    return total[0], np.concatenate([ones, total[1 : 1 + k]]), total[1 + k :].reshape(k, k, total.shape[1])


def _bent(weight: Floats, U: Floats, second: Floats, scale: Floats, place: Rows) -> Floats:
    """Sum over terms of weight times the Hessian of ln scale."""
    found = -(weight * U) @ U.T
    at_points = np.bincount(place, weight, len(scale)) / scale
    found[1:, 1:] += second @ at_points
    return found


def _log_shares(p: Floats, s: float, g: Floats, n: int) -> tuple[Floats, Floats, Floats]:
    """ln rho of the first n terms, ln(1 - rho) of the rest; derivatives as `log_ratio_share_derivatives`."""
    life = np.full(len(p), s)
    one = log_ratio_share_derivatives(p[:n], life[:n], g[:n])
    rest = log_ratio_share_derivatives(life[n:], p[n:], -g[n:])
    first = rest.first[[1, 0, 2]]
    first[2] *= -1.0
    second = rest.second[[3, 1, 4, 0, 2, 5]]
    second[[2, 4]] *= -1.0
    return (
        np.append(one.value, rest.value),
        np.concatenate([one.first, first], axis=1),
        np.concatenate([one.second, second], axis=1),
    )
