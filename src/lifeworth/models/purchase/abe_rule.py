"""Double integrals over two rates whose logarithms are jointly normal.

    I(a, b, c, t) = E[lambda^a mu^b (lambda + mu)^-c e^{-(lambda + mu) t}]

All the model by Abe needs is of this form, and its integrand is log-concave in (ln lambda, ln mu): it
has one mode, found by Newton, and falls off on all sides at least as fast as the normal law. A product of
sinh-spaced trapezoidal rules around the mode, scaled by the curvature there, converges exponentially.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEP, REACH, LINEAR = 0.5, 6.5, 3.0  # 27 nodes each way, 13 curvatures out
FINEST, SHORTEST = 0.65, 0.2
STEPS, LONGEST, STEEPEST = 60, 2.5, 1e12


class Normals(NamedTuple):
    """The law of (ln lambda, ln mu): means, standard deviations, correlation. Numbers or (m,)."""

    rate: Any
    leave: Any
    rate_spread: Any
    leave_spread: Any
    rho: Any


class Rule(NamedTuple):
    """Standardised logarithms (nodes, m), their weights (sum to 1 per column), and ln I (m,)."""

    a: Floats
    b: Floats
    weight: Floats
    log_integral: Floats


@np.errstate(all="ignore")
def rule(a: Any, b: float, c: float, t: Floats, law: Normals) -> Rule:
    """Nodes for means under the integrand of I(a, b, c, t), for m columns a and t.

    ln I is no number where a law is so wide that its mode cannot be found.
    """
    shape = np.broadcast_shapes(np.shape(a), np.shape(t))
    a, t = (np.broadcast_to(np.asarray(each, np.float64), shape) for each in (a, t))
    mode, root = _peak(a, b, c, t, law)
    (z, thin), (z_leave, thin_leave) = _line(law.rate_spread), _line(law.leave_spread)
    first, second = (each.ravel()[:, None] for each in np.meshgrid(z, z_leave, indexing="ij"))
    width = (thin[:, None] + thin_leave[None, :]).ravel()[:, None]
    one = mode[0] + root[0] * first
    other = mode[1] + root[1] * first + root[2] * second
    value = _log_integrand(one, other, a, b, c, t, law)[0] + width
    top = value.max(axis=0)
    weight = np.exp(value - top)
    total = weight.sum(axis=0)
    weight /= total
    log_integral = top + np.log(total) + np.log(root[0] * root[2]) - np.log(2.0 * np.pi)
    return Rule(one, law.rho * one + np.sqrt(1.0 - law.rho**2) * other, weight, log_integral)


def _line(spread: Any) -> tuple[Floats, Floats]:
    """Nodes on one axis and the logarithms of their weights: in ln lambda or ln mu at most `FINEST` apart,
    as e^{-lambda t} falls within about 1."""
    count = round(REACH / min(STEP, max(FINEST / float(np.max(spread)), SHORTEST)))
    y = np.arange(-count, count + 1) * (REACH / count)
    return LINEAR * np.sinh(y / LINEAR), np.log(np.cosh(y / LINEAR) * (REACH / count))


def rates(found: Rule, law: Normals) -> tuple[Floats, Floats]:
    """lambda and mu at the nodes, each (nodes, m)."""
    buying = np.exp(law.rate + law.rate_spread * found.a)
    return buying, np.exp(law.leave + law.leave_spread * found.b)


def _log_integrand(one: Any, other: Any, a: Any, b: float, c: float, t: Any, law: Normals) -> tuple[Any, ...]:
    """In independent standard normals: ln of the integrand but for constants, and what its slopes need."""
    apart = np.sqrt(1.0 - law.rho**2)
    v = law.rate + law.rate_spread * one
    u = law.leave + law.leave_spread * (law.rho * one + apart * other)
    buying, leaving = np.exp(np.minimum(v, 700.0)), np.exp(np.minimum(u, 700.0))
    both = buying + leaving
    value = a * v + b * u - both * t - 0.5 * (one * one + other * other)
    if c:
        value = value - c * np.log(both)
    return value, buying, leaving, both


def _peak(a: Floats, b: float, c: float, t: Floats, law: Normals) -> tuple[Floats, Floats]:
    """The mode (2, m) in independent standard normals, and the lower root (3, m) of the inverse curvature.

    Newton with steps of bounded length: the function is concave, and strongly.
    """
    apart, s1, s2 = np.sqrt(1.0 - law.rho**2), law.rate_spread, law.leave_spread
    at = np.zeros((2, *t.shape))
    usual = np.log((a + 0.5) / np.maximum(t, 1e-300))
    at[0] = np.where(t > 0, np.clip((usual - law.rate) / s1, -30.0, np.where(a > 0, 30.0, 0.0)), 0.0)
    for _ in range(STEPS):
        _, buying, leaving, both = _log_integrand(at[0], at[1], a, b, c, t, law)
        share = buying / both
        g1, g2 = a - c * share - buying * t, b - c * (1.0 - share) - leaving * t
        h12 = c * share * (1.0 - share)
        h11, h22 = (np.maximum(-h12 - each * t, -STEEPEST) for each in (buying, leaving))
        x1, y1, y2 = s1, s2 * law.rho, s2 * apart
        slope1, slope2 = x1 * g1 + y1 * g2 - at[0], y2 * g2 - at[1]
        c11 = 1.0 - (x1 * x1 * h11 + 2.0 * x1 * y1 * h12 + y1 * y1 * h22)
        c12 = -(x1 * y2 * h12 + y1 * y2 * h22)
        c22 = 1.0 - y2 * y2 * h22
        size = c11 * c22 - c12 * c12
        step = np.stack([(c22 * slope1 - c12 * slope2) / size, (c11 * slope2 - c12 * slope1) / size])
        length = np.sqrt((step * step).sum(axis=0))
        at = at + step * np.minimum(1.0, LONGEST / np.maximum(length, 1e-300))
        if (length < 1e-9 * (1.0 + np.abs(at).sum(axis=0))).all():
            break
    d1 = np.sqrt(c22 / size)
    d2 = -c12 / size / d1
    return at, np.stack([d1, d2, np.sqrt(np.maximum(c11 / size - d2 * d2, 1e-300))])
