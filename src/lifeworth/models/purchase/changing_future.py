"""What customers whose covariates change are expected to do, from where they stand at T on.

Given alive at T: lambda ~ Gamma(q, alpha+a), mu ~ Gamma(s, beta+c), independent. Ahead of each customer lie
pieces of constant A and C, on which a and c grow evenly. With B = beta+c at T and b that at a time to come,
nobody has left by then with chance (B/b)^s, and the expected purchases are q/(alpha+a) times the integral
of A (B/b)^s. Source: docs/theory/dynamic_pareto_nbd.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.counts import negative_binomial_tails
from lifeworth.kernels.quadrature import legendre
from lifeworth.models.purchase.changing_likelihood import grown
from lifeworth.models.purchase.pareto_likelihood import discounted_life
from lifeworth.models.purchase.paths import Pieces

Floats = NDArray[np.float64]
FORGOTTEN = 45.0  # e^-45: discounted away


@dataclass(frozen=True)
class Ahead:
    """n customers at T with their chance to be alive, q, alpha+a, beta+c, and s; and the pieces ahead:

    whose, A, C, length, since (time from T to its start), a and c (what they have grown from T to its start).
    """

    alive: Floats
    q: Floats
    rate_scale: Floats
    life_scale: Floats
    s: float
    of: NDArray[np.intp]
    A: Floats
    C: Floats
    length: Floats
    since: Floats
    a: Floats
    c: Floats

    def totals(self, of_pieces: Floats) -> Floats:
        """Added up per customer, (n,)."""
        return np.bincount(self.of, of_pieces, len(self.q)).astype(np.float64)

    @property
    def life_scales(self) -> Floats:
        """beta + c at the start of each piece."""
        return self.life_scale[self.of] + self.c

    @property
    def log_stay(self) -> Floats:
        """ln of the chance, given alive at T, not to have left by the start of each piece."""
        return -self.s * np.log1p(self.c / self.life_scale[self.of])


def ahead(
    alive: Floats, x: Any, a: Floats, c: Floats, pieces: Pieces, steps: list[NDArray[np.intp]],
    A: Floats, C: Floats, p: Mapping[str, float],
) -> Ahead:  # fmt: skip
    """A, C: rates of each kind; a, c: what they have grown to at T, (n,); steps: `in_steps` of the pieces."""
    own = A[pieces.kind], C[pieces.kind]
    since, more, gone = grown(pieces, steps, np.stack([np.ones(len(own[0])), *own]))
    return Ahead(
        alive, p["r"] + x, p["alpha"] + a, p["beta"] + c, p["s"],
        pieces.of, *own, pieces.length, since, more, gone,
    )  # fmt: skip


def expected(h: Ahead) -> Floats:
    """E[N] over the pieces ahead, (n,)."""
    at = h.life_scales
    growth, power = np.log1p(h.C * h.length / at), 1.0 - h.s
    active = growth if power == 0.0 else np.expm1(power * growth) / power
    return h.alive * h.q / h.rate_scale * h.totals(h.A / h.C * at * np.exp(h.log_stay) * active)


def discounted(h: Ahead, rate: float) -> Floats:
    """The same, a purchase at time t after T counting e^(-rate t)."""
    at = h.life_scales
    length = np.minimum(h.length, FORGOTTEN / rate) if rate > 0 else h.length
    growth = np.log1p(h.C * length / at)
    nodes, weights = legendre(24 if rate * length.max(initial=0.0) < 10.0 else 64)
    total = np.zeros(len(at))
    for node, weight in zip(nodes, weights, strict=True):
        y = node * growth
        total += weight * np.exp((1.0 - h.s) * y - rate * at / h.C * np.expm1(y))
    worth = h.A / h.C * at * np.exp(h.log_stay - rate * h.since) * growth * total
    return h.alive * h.q / h.rate_scale * h.totals(worth)


def discounted_for_ever(
    h: Ahead, rate: float, A: Floats, C: Floats, since: Floats, c: Floats
) -> Floats:  # fmt: skip
    """What comes from `since` on, with rates A and C for ever; c is what has grown until then, (n,)."""
    at = h.life_scale + c
    left = np.exp(-h.s * np.log1p(c / h.life_scale) - rate * since)
    life = discounted_life(h.s, rate * at / C)
    return h.alive * h.q / h.rate_scale * A / C * at * left * life


def tails(h: Ahead) -> Iterator[Floats]:
    """P(N >= 1), P(N >= 2), ... over the pieces ahead, each (n,).

    A customer leaves after the last piece, or at a time within one: a Gauss rule on each.
    """
    n, each = len(h.q), max(len(h.of) / max(len(h.q), 1), 1.0)
    x, w = legendre(64 if each <= 2 else 24 if each <= 8 else 12)
    at = h.life_scales
    growth = np.log1p(h.C * h.length / at)
    y = x[:, None] * growth
    leaves = w[:, None] * growth * h.s * np.exp(h.log_stay - h.s * y)
    bought = h.a + h.A / h.C * at * np.expm1(y)
    own = h.of
    inside = negative_binomial_tails(
        np.broadcast_to(h.q[own], y.shape), bought / h.rate_scale[own]
    )  # fmt: skip
    whole = h.totals(h.A * h.length)
    staying = np.exp(-h.s * np.log1p(h.totals(h.C * h.length) / h.life_scale))
    outside = negative_binomial_tails(h.q, whole / h.rate_scale)
    for tail, within in zip(outside, inside, strict=False):
        yield h.alive * (tail * staying + np.bincount(own, (within * leaves).sum(axis=0), n))


def draw(h: Ahead, rng: np.random.Generator) -> NDArray[np.int64]:
    """One possible N over the pieces ahead, (n,)."""
    n = len(h.q)
    mu = np.maximum(rng.standard_gamma(h.s, n), 1e-290) / h.life_scale
    leaves = rng.standard_exponential(n) / mu  # in the time that c measures
    spent = np.clip(leaves[h.of] - h.c, 0.0, h.C * h.length)
    bought = h.totals(h.A / h.C * spent)
    made = rng.poisson(rng.standard_gamma(h.q) / h.rate_scale * bought)
    return np.where(rng.random(n) < h.alive, made, 0)
