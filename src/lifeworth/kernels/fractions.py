"""Continued fractions whose every term is positive: no cancellation, whatever the parameters.

Gauss: the share rho = P/(P+Q) of the Pareto/NBD, s/(p+s) * 2F1(1,p;p+s+1;z), with first and second
derivatives carried backwards through the fraction. Source: methods.md 2.5.
Stieltjes: the exponential integral e^w E_q(w). Source: methods.md 2.6; NIST DLMF 8.19.17.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CHUNK, PAYS = 2_048, 1_000
FEW, AT_ONCE = 1_024, 1 << 17  # rows and numbers that are prepared together: a call costs more than they do


@dataclass(frozen=True)
class LogShare:
    """ln rho for m pairs with its derivatives in (p, s, alpha, beta): (m,), (4, m), (10, m).

    Second derivatives in the order pp, ps, pa, pb, ss, sa, sb, aa, ab, bb.
    """

    value: Floats
    first: Floats
    second: Floats


def log_share(p: Any, s: Any, alpha: Any, beta: Any, t: Floats) -> Floats:
    """ln rho, rho = (alpha+t)^p (beta+t)^s * s * integral from t of (alpha+u)^-p (beta+u)^-(s+1) du.

    ln(1 - rho) is the same function with (p, alpha) and (s, beta) exchanged. Shape (m,); the other
    arguments are numbers or (m,).
    """
    out, larger = np.empty(len(t)), np.asarray(alpha >= beta)
    plus = bool(larger.all())
    if larger.any() and not plus:
        for some in (np.flatnonzero(larger), np.flatnonzero(~larger)):
            out[some] = log_share(*_rows((p, s, alpha, beta, t), some))
        return out
    near, far = (beta, alpha) if plus else (alpha, beta)
    p, s = np.broadcast_to(p, t.shape), np.broadcast_to(s, t.shape)
    m = (far - near) / (near + t)
    for rows, depth in _chunks(m):
        y, z = (s[rows], p[rows]) if plus else (p[rows], s[rows])
        out[rows] = np.log(s[rows]) - np.log(_gauss(y, z, m[rows], depth, plus))
    return out + np.log1p(m) if plus else out


def log_share_derivatives(p: Any, s: Any, alpha: Any, beta: Any, t: Floats) -> LogShare:
    """`log_share` with all first and second derivatives."""
    larger = np.asarray(alpha >= beta)
    plus = bool(larger.all())
    if larger.any() and not plus:
        whole = LogShare(np.empty(len(t)), np.empty((4, len(t))), np.empty((10, len(t))))
        for some in (np.flatnonzero(larger), np.flatnonzero(~larger)):
            part = log_share_derivatives(*_rows((p, s, alpha, beta, t), some))
            whole.value[some], whole.first[:, some] = part.value, part.first
            whole.second[:, some] = part.second
        return whole
    p, s = np.broadcast_to(p, t.shape), np.broadcast_to(s, t.shape)
    near = beta if plus else alpha
    m = np.abs(alpha - beta) / (near + t)
    log_e = np.empty((10, len(t)))
    for rows, depth in _chunks(m):
        y, z = (s[rows], p[rows]) if plus else (p[rows], s[rows])
        log_e[:, rows] = _log_gauss_derivatives(y, z, m[rows], depth, plus)
    value, y1, z1, m1, yy, yz, ym, zz, zm, mm = -log_e
    p1, s1, pp, ss, pm, sm = (z1, y1, zz, yy, zm, ym) if plus else (y1, z1, yy, zz, ym, zm)
    value = value + np.log(s)
    s1, ss = s1 + 1.0 / s, ss - 1.0 / (s * s)
    if plus:
        value, m1, mm = value + np.log1p(m), m1 + 1.0 / (1.0 + m), mm - 1.0 / (1.0 + m) ** 2
    # m = (far - near)/(near + t): chain rule from m to the two scales
    f = 1.0 / (near + t)
    n = -(1.0 + m) * f
    ff, fn, nn = mm * f * f, mm * f * n - m1 * f * f, mm * n * n - 2.0 * m1 * n * f
    if plus:  # alpha is far, beta near
        first = np.stack([p1, s1, m1 * f, m1 * n])
        second = np.stack([pp, yz, pm * f, pm * n, ss, sm * f, sm * n, ff, fn, nn])
    else:
        first = np.stack([p1, s1, m1 * n, m1 * f])
        second = np.stack([pp, yz, pm * n, pm * f, ss, sm * n, sm * f, nn, fn, ff])
    return LogShare(value, first, second)


def _rows(arguments: tuple[Any, ...], some: NDArray[np.intp]) -> list[Any]:
    """Numbers as they are, arrays at these rows."""
    return [each if np.ndim(each) == 0 else each[some] for each in arguments]


def scaled_exponential_integral(q: Floats, w: Floats) -> Floats:
    """w e^w E_q(w) for q > 0, w > 0: 1 where w is large, 0 where it is small. Same shape as w."""
    shape, flat = w.shape, np.empty(w.size)
    q, w = np.broadcast_to(q, shape).ravel(), w.ravel()
    order = np.argsort(-w, kind="stable")
    depth = _depth_of_exponential(w[order])
    for rows, levels in _by_depth(depth):
        at = order[rows]
        flat[at] = _stieltjes(q[at], w[at], levels)
    return flat.reshape(shape)


def _stieltjes(q: Floats, w: Floats, levels: int) -> Floats:
    value = w + q
    for k in range(levels, 0, -1):
        value = w + (q + k - 1.0) / (1.0 + k / value)
    return w / value


def _depth_of_exponential(w: Floats) -> NDArray[np.int64]:
    return np.minimum(20 + 90.0 / np.maximum(w, 1e-7), 2e6).astype(np.int64)


def _chunks(m: Floats) -> list[tuple[NDArray[np.intp], int]]:
    """Rows of similar m, each group with the depth its largest m needs."""
    order = np.argsort(m, kind="stable")
    root = np.sqrt(1.0 + m[order])
    rate = np.maximum(m[order] / (root + 1.0) ** 2, 1e-300)
    depth = (6.0 + 38.0 / -np.log(rate)).astype(np.int64)
    return [(order[rows], levels) for rows, levels in _by_depth(depth)]


def _by_depth(depth: NDArray[np.int64]) -> list[tuple[slice, int]]:
    """Cut ascending depths into groups of at most CHUNK rows whose depths differ by a third at most.

    A few rows more than they need cost less than a group of their own: PAYS rows' worth per level.
    """
    groups, first = [], 0
    while first < len(depth):
        some = depth[first : first + CHUNK]
        wasted = np.arange(1, len(some) + 1) * (some - some[0])
        reach = int(np.searchsorted(some, 1 + some[0] * 4 // 3, side="right"))
        last = first + max(reach, int(np.searchsorted(wasted, PAYS * some[0], side="right")))
        groups.append((slice(first, last), int(depth[last - 1])))
        first = last
    return groups


def _gauss(y: Floats, z: Floats, m: Floats, depth: int, plus: bool) -> Floats:
    """E_0 of methods.md 2.5. y is the parameter of the odd numerators, z of the even ones."""
    total = y + z
    a, e = (y + 1.0, z - 1.0) if plus else (y, z)
    value = (total + depth) * (1.0 + np.sqrt(1.0 + m)) / 2.0

    def odd(k: Any) -> Floats:
        return k * (e + k) * m

    def even(k: Any) -> Floats:
        return (a + k) * (total + k) * m

    if len(m) <= FEW and depth * len(m) <= AT_ONCE:
        k = np.arange(depth // 2 + 1.0)[:, None]
        numerators = np.stack([even(k), odd(k + 1.0)], axis=1).reshape(-1, len(m))[:depth]
        addends = total + np.arange(float(depth))[:, None]
        for addend, numerator in zip(addends[::-1], numerators[::-1], strict=True):
            np.divide(numerator, value, out=value)
            value += addend
        return value
    for n in range(depth - 1, -1, -1):
        value = (total + n) + (odd if n % 2 else even)((n + 1) // 2) / value
    return value


def _log_gauss_derivatives(y: Floats, z: Floats, m: Floats, depth: int, plus: bool) -> Floats:
    """ln E_0 and its derivatives: value, y, z, m, yy, yz, ym, zz, zm, mm. Shape (10, rows).

    Carried as E and the ratios d_i = E_i/E, d_ij = E_ij/E, so that nothing overflows.
    """
    total = y + z
    a, e = (y + 1.0, z - 1.0) if plus else (y, z)
    root = np.sqrt(1.0 + m)
    value = (total + depth) * (1.0 + root) / 2.0
    dy = dz = 1.0 / (total + depth)
    dm = 0.5 / (root * (1.0 + root))
    dyy = dyz = dzz = np.zeros_like(m)
    dym = dzm = dm * dy
    dmm = -0.25 / (root**3 * (1.0 + root))
    gy: Any
    gyy: Any
    gyz: Any
    gym: Any
    for n in range(depth - 1, -1, -1):
        k = (n + 1) // 2
        b = 1.0 / value
        # G = u m over E: its derivatives relative to E, then minus those of 1/E
        if n % 2:
            u = k * (e + k)
            gy, gz, gm = 0.0, k * m * b, u * b
            gyy = gyz = gym = 0.0
            gzm = k * b
        else:
            left, right = a + k, total + k
            u = left * right
            mb = m * b
            gy, gz, gm = (left + right) * mb, left * mb, u * b
            gyy, gyz, gym, gzm = 2.0 * mb, mb, (left + right) * b, left * b
        ratio = u * m * b
        qy, qz, qm = gy - ratio * dy, gz - ratio * dz, gm - ratio * dm
        nyy = gyy - gy * dy - qy * dy - ratio * (dyy - dy * dy)
        nyz = gyz - gy * dz - qz * dy - ratio * (dyz - dy * dz)
        nym = gym - gy * dm - qm * dy - ratio * (dym - dy * dm)
        nzz = -gz * dz - qz * dz - ratio * (dzz - dz * dz)
        nzm = gzm - gz * dm - qm * dz - ratio * (dzm - dz * dm)
        nmm = -gm * dm - qm * dm - ratio * (dmm - dm * dm)
        value = (total + n) + ratio
        c = 1.0 / value
        dy, dz, dm = (1.0 + qy) * c, (1.0 + qz) * c, qm * c
        dyy, dyz, dym = nyy * c, nyz * c, nym * c
        dzz, dzm, dmm = nzz * c, nzm * c, nmm * c
    return np.stack([
        np.log(value), dy, dz, dm,
        dyy - dy * dy, dyz - dy * dz, dym - dy * dm,
        dzz - dz * dz, dzm - dz * dm, dmm - dm * dm,
    ])  # fmt: skip
