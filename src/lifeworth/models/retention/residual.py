"""Residual lifetimes: how many renewals are still to come, discounted or not, and their quantiles.

For a subscriber who made s renewals and is about to face the next,

    DERL(s) = sum over t > s of S(t)/S(s) v^(t-s-1),   v = 1/(1 + d)

obeys DERL(s) = r_(s+1) [1 + v DERL(s+1)], all terms positive, so one pass backwards serves every
tenure. It begins far out with the rest of the sum: nothing where v has died away; else, because a
beta mixture falls only like a power of t, an integral in ln t with Gregory's end correction.
Source: Fader & Hardie (2010); methods.md 4.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.quadrature import legendre
from lifeworth.models.retention.formulas import Formulas, Values

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
SLOW = 0.01  # per-period rates below it are summed by integral beyond the first thousand periods
GREGORY = (1 / 2, -1 / 12, 1 / 24, -19 / 720, 3 / 160, -863 / 60480)
PANEL, NODES, FARTHEST_LOG = 0.5, 20, 700.0
MOST_RENEWALS = 2**53


def residual(model: Formulas, made: Counts, rate: float, p: Values) -> Floats:
    """DERL of tenures (n,), `rate` the discount rate per period, >= 0. inf where the sum diverges."""
    force, power = math.log1p(rate), model.tail_power(p)
    if force == 0.0 and power <= 1.0:
        return np.full(len(made), np.inf)
    last = int(made.max())
    beyond = min(math.ceil(45.0 / force), 5_000) if force > SLOW else 1_000 + min(int(100 * power), 100_000)
    ages = last + beyond
    stay = np.exp(-model.steps(np.arange(1.0, ages + 1.0), p)).tolist()
    value = 0.0 if force > SLOW else _rest(model, ages, force, p)
    v, found = math.exp(-force), np.empty(last + 1)
    for s in range(ages - 1, -1, -1):
        value = stay[s] * (1.0 + v * value)
        if s <= last:
            found[s] = value
    return found[made]


def residual_within(model: Formulas, made: Counts, rate: float, horizon: int, p: Values) -> Floats:
    """The same for the next `horizon` renewal dates only."""
    tenures, place = np.unique(made, return_inverse=True)
    if horizon == 0:
        return np.zeros(len(made))
    ahead = np.arange(horizon)
    worth = np.exp(-math.log1p(rate) * ahead)
    reached = np.cumsum(model.steps(np.arange(1.0, int(tenures[-1]) + horizon + 1.0), p))
    reached = np.concatenate([[0.0], reached])
    found = np.empty(len(tenures))
    for index, s in enumerate(tenures.tolist()):
        found[index] = np.exp(reached[s] - reached[s + 1 : s + 1 + horizon]) @ worth
    return found[place]


def quantiles(model: Formulas, made: Counts, q: Floats, several: list[Any]) -> Counts:
    """Smallest k with P(K <= k) >= q for K further renewals, (n, len(q)), mean over `several` p."""
    tenures, place = np.unique(made, return_inverse=True)
    s = tenures[:, None].astype(np.float64)
    share = np.broadcast_to((1.0 - q) * (1.0 + 1e-13), (len(tenures), len(q)))

    def too_few(k: Counts) -> NDArray[np.bool_]:
        """P(K > k) = S(s + k + 1)/S(s) > 1 - q."""
        stay = sum(np.exp(model.log_stay(s, s + k + 1.0, p)) for p in several)
        return np.asarray(stay / len(several) > share)

    low, high = np.full(share.shape, -1, np.int64), np.zeros(share.shape, np.int64)
    while (short := too_few(high) & (high < MOST_RENEWALS)).any():
        low = np.where(short, high, low)
        high = np.where(short, np.minimum(2 * high + 1, MOST_RENEWALS), high)
    while (open_ := high - low > 1).any():
        middle = (low + high) // 2
        short = too_few(middle)
        low, high = np.where(open_ & short, middle, low), np.where(open_ & ~short, middle, high)
    return high[place]


def _rest(model: Formulas, s: int, force: float, p: Values) -> float:
    """DERL at a large tenure s: integral of S(t)/S(s) v^(t-s-1) over t > s + 1, corrected to a sum."""
    near: Floats = np.exp(-np.cumsum(model.steps(np.arange(s + 1.0, s + 1.0 + len(GREGORY)), p)))
    worth = near * np.exp(-force * np.arange(len(GREGORY)))
    differences = [float(np.diff(worth, order)[0]) for order in range(len(GREGORY))]
    edge = float(np.dot(GREGORY, differences))
    x, w = legendre(NODES)
    total, start = 0.0, math.log(s + 1.0)
    while start < FARTHEST_LOG:
        y = start + PANEL * x
        t = np.exp(y)
        height = np.exp(model.log_stay(float(s), t, p) + y - force * (t - s - 1.0))
        part = PANEL * float(height @ w)
        total += part
        start += PANEL
        if part < 1e-18 * total:
            return total + edge
        if force == 0.0 and _is_power(model, s, start, p):
            break
    last = math.exp(min(start, FARTHEST_LOG))
    tail = float(np.exp(model.log_stay(float(s), last, p))) * last / (model.tail_power(p) - 1.0)
    return total + edge + (tail if force == 0.0 else 0.0)


def _is_power(model: Formulas, s: int, log_t: float, p: Values) -> bool:
    """Whether S is a pure power of t from here on, to the last digits."""
    t = math.exp(log_t)
    fall = float(model.log_stay(float(s), t * math.e, p) - model.log_stay(float(s), t, p))
    return abs(fall + model.tail_power(p)) < 1e-13 * model.tail_power(p)
