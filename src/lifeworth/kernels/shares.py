"""The share rho of `fractions` by the ratio e^g of its two scales, for any ratio.

    rho(p, s, g) = s * integral over u > 0 of (1 + u)^-(s+1) (1 + u e^-g)^-p,

by the continued fraction where the scales are alike, which takes about 19 e^{|g|/2} levels, and beyond by
the trapezoidal rule in y = ln u: the integrand is analytic within |Im y| < pi and falls off exponentially
to both sides, so steps of a quarter give all digits. 1 - rho(p, s, g) = rho(s, p, -g).
"""

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.fractions import LogShare, log_share, log_share_derivatives

Floats = NDArray[np.float64]
FAR, STEP, ROWS, NEGLIGIBLE = 5.5, 0.25, 256, 40.0  # e^-40 of the whole
SLOW = 0.08  # p + s below it: the integrand falls off too slowly, the fraction is taken


def log_ratio_share(p: Floats, s: Floats, g: Floats) -> Floats:
    """ln rho, (m,); all arguments (m,)."""
    out, far = np.empty(len(g)), _far(p, s, g)
    near = ~far
    out[near] = log_share(p[near], s[near], np.exp(g[near]), 1.0, np.zeros(int(near.sum())))
    for rows in _groups(far, g):
        out[rows] = np.log(s[rows]) + np.log(_weights(p[rows], s[rows], g[rows])[0].sum(axis=1) * STEP)
    return out


def log_ratio_share_derivatives(p: Floats, s: Floats, g: Floats) -> LogShare:
    """ln rho with first (3, m) and second (6, m) derivatives: p, s, g; pp, ps, pg, ss, sg, gg."""
    far = _far(p, s, g)
    out = LogShare(np.empty(len(g)), np.empty((3, len(g))), np.empty((6, len(g))))
    near = np.flatnonzero(~far)
    if len(near):
        ratio = np.exp(g[near])
        part = log_share_derivatives(p[near], s[near], ratio, 1.0, np.zeros(len(near)))
        out.value[near] = part.value
        out.first[:, near] = part.first[0], part.first[1], part.first[2] * ratio
        bent = (part.second[7] * ratio + part.first[2]) * ratio
        a = part.second  # pp, ps, pa, pb, ss, sa, sb, aa, ab, bb
        out.second[:, near] = a[0], a[1], a[2] * ratio, a[4], a[5] * ratio, bent
    for rows in _groups(far, g):
        out.value[rows], out.first[:, rows], out.second[:, rows] = _moments(p[rows], s[rows], g[rows])
    return out


def _far(p: Floats, s: Floats, g: Floats) -> NDArray[np.bool_]:
    return (np.abs(g) > FAR) & (p + s > SLOW)


def _groups(far: NDArray[np.bool_], g: Floats) -> list[NDArray[np.intp]]:
    """Rows of similar g, some at a time."""
    rows = np.flatnonzero(far)
    rows = rows[np.argsort(g[rows], kind="stable")]
    return [rows[first : first + ROWS] for first in range(0, len(rows), ROWS)]


def _weights(p: Floats, s: Floats, g: Floats) -> tuple[Floats, Floats, Floats]:
    """The integrand in y at even steps, (rows, nodes), and there ln(1 + u e^-g) and ln(1 + u)."""
    low = np.min(np.minimum(g, 0.0) - np.log1p(p + s)) - NEGLIGIBLE
    high = np.max(np.maximum(g, 0.0) + NEGLIGIBLE / (p + s))
    y = np.arange(low, high + STEP, STEP)
    one, other = np.logaddexp(0.0, y - g[:, None]), np.logaddexp(0.0, y)
    return np.exp(y - (s[:, None] + 1.0) * other - p[:, None] * one), one, np.broadcast_to(other, one.shape)


def _moments(p: Floats, s: Floats, g: Floats) -> tuple[Floats, Floats, Floats]:
    """Value and derivatives: means and covariances of those of the logarithm of the integrand."""
    weight, A, B = _weights(p, s, g)
    total = weight.sum(axis=1)
    weight /= total[:, None]
    D = -np.expm1(-A)  # u e^-g / (1 + u e^-g)

    def mean(of: Floats) -> Floats:
        return np.einsum("ij,ij->i", weight, of)

    a, b, d = mean(A), mean(B), mean(D)
    A, B, E = A - a[:, None], B - b[:, None], D - d[:, None]
    first = np.stack([-a, 1.0 / s - b, p * d])
    second = np.stack([
        mean(A * A), mean(A * B), d - p * mean(A * E),
        mean(B * B) - 1.0 / s**2, -p * mean(B * E), p * (p * mean(E * E) - mean(D * (1.0 - D))),
    ])  # fmt: skip
    return np.log(s) + np.log(total * STEP), first, second
