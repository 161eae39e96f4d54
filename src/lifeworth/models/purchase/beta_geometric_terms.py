"""ln L of BG/NBD and MBG/NBD for rows with parameters of their own, and its derivatives.

With n = x + first coins tossed and d the log odds of having left (see `beta_geometric`),

    ln L = ... - (r+x) ln(1 + T/alpha) - x ln alpha + sum over j < n of ln[(b+j)/(a+b+j)] + ln(1 + e^d).

The sum over j is a loop over counts, each for the rows that reach it: no gamma function, nothing cancels.
Source: methods.md 2.4.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.purchase.beta_geometric import log_odds_left, smaller_part, softplus

Floats = NDArray[np.float64]


def terms(x: Any, t_x: Any, T: Any, r: Floats, alpha: Floats, a: Floats, b: Floats, first: int) -> Part:
    """Value (m,), gradient (4, m) and Hessian (10, m) in (r, alpha, a, b), but for the product of r + j."""
    q = r + x
    u_T, u_t, g_T, g_t = _grown(t_x, T, alpha)
    tossed = x + first > 0
    toss = np.where(tossed, 1.0 / np.where(tossed, b + x - 1.0 + first, 1.0), 0.0)
    gap, slope = u_T - u_t, (g_t - g_T) / alpha
    d = log_odds_left(x, t_x, T, r, alpha, a, b, first)
    tail = smaller_part(d)
    share = 1.0 / (1.0 + tail)
    left = np.where(d >= 0, share, tail * share)
    left[~tossed] = 0.0
    both = tail * share * share
    both[~tossed] = 0.0
    value, beta_first, beta_second = _survived(x + first, a, b)
    value += softplus(d) - q * u_T - x * np.log(alpha)
    bend_T, bend_t = (g * (2.0 - g) / alpha**2 for g in (g_T, g_t))
    v = np.stack([gap, q * slope, 1.0 / a, -toss])
    gradient = left * v
    gradient[0] -= u_T
    gradient[1] += (q * g_T - x) / alpha
    gradient[2:] += beta_first
    hessian = both * v[np.triu_indices(4)[0]] * v[np.triu_indices(4)[1]]
    hessian[1] += left * slope + g_T / alpha
    hessian[4] += left * q * (bend_T - bend_t) - q * bend_T + x / alpha**2
    hessian[7] -= left / a**2
    hessian[9] += left * toss * toss
    hessian[7:] += beta_second
    return Part(value, gradient, hessian)


def log_terms(x: Any, t_x: Any, T: Any, r: Floats, alpha: Floats, a: Floats, b: Floats, first: int) -> Floats:
    """The value of `terms` alone."""
    q = r + x
    d = log_odds_left(x, t_x, T, r, alpha, a, b, first)
    return _survived_value(x + first, a, b) + softplus(d) - q * np.log1p(T / alpha) - x * np.log(alpha)


def _grown(t_x: Any, T: Any, alpha: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    return np.log1p(T / alpha), np.log1p(t_x / alpha), T / (alpha + T), t_x / (alpha + t_x)


def _survived(n: Any, a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum over j < n of ln[(b+j)/(a+b+j)]: (m,), its slopes in a and b, (2, m), and aa, ab, bb, (3, m)."""
    order = np.argsort(-n, kind="stable")
    a, b, reach = a[order], b[order], _reach(n)
    out = np.zeros((6, len(n)))
    for j, rows in enumerate(reach):
        stay = b[:rows] + j
        both = a[:rows] + stay
        i_b, i_ab = 1.0 / stay, 1.0 / both
        lost = a[:rows] * i_b * i_ab
        out[0, :rows] -= np.log1p(a[:rows] * i_b)
        out[1, :rows] -= i_ab
        out[2, :rows] += lost
        out[3, :rows] += i_ab * i_ab
        out[5, :rows] -= lost * (i_b + i_ab)
    out[4] = out[3]
    back = np.empty_like(out)
    back[:, order] = out
    return back[0], back[1:3], back[3:]


def _survived_value(n: Any, a: Floats, b: Floats) -> Floats:
    order = np.argsort(-n, kind="stable")
    a, b, out, back = a[order], b[order], np.zeros(len(n)), np.empty(len(n))
    for j, rows in enumerate(_reach(n)):
        out[:rows] -= np.log1p(a[:rows] / (b[:rows] + j))
    back[order] = out
    return back


def _reach(n: Any) -> list[int]:
    """How many rows have n > j, for j = 0, 1, ... max(n) - 1."""
    counts = np.bincount(n)
    return (len(n) - np.cumsum(counts)[:-1]).tolist()
