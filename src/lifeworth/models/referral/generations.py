"""Value of a recruit with all it brings: generations of recruits as a matrix.

K[a, b] is the number of type-b customers that one type-a customer brings in its life. Its spectral
radius is R0. Discounted by the delay between generations it sums up in closed form,

    W = (I - K / (1 + rate * delay))^-1 nu,

as long as the radius stays below 1. Above it a market must end the growth: then the same sum is
integrated to a horizon, with the share of the market still open falling as people are won.
Sources: methods.md 5.2 (b), (e); checks V5.2, V5.6; Hubbell (1965), Sociometry 28(4), 377-399.
"""

import math

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError

Floats = NDArray[np.float64]
STEPS_PER_DELAY = 40
MOST_STEPS = 20_000


def spectral_radius(K: Floats) -> float:
    """R0 of a next-generation matrix (k, k), or of a number."""
    return float(np.abs(np.linalg.eigvals(np.atleast_2d(np.asarray(K, np.float64)))).max())


def discounted_generations(K: Floats, delay_mean: float, discount_rate: float) -> Floats:
    """K with each recruit discounted by its delay, exponential with `delay_mean`; rate continuous."""
    return np.atleast_2d(np.asarray(K, np.float64)) / (1.0 + discount_rate * delay_mean)


def descendant_value(
    K: Floats, recruit_value: Floats, *, delay_mean: float = 0.0, discount_rate: float = 0.0
) -> Floats:
    """W (k,): value of one new recruit of each type and of all who descend from it, at its arrival.

    Raises ModelError MODEL-310 where the discounted radius reaches 1: use `value_within`.
    """
    return _summed(discounted_generations(K, delay_mean, discount_rate), recruit_value)


def recursive_influence(weights: Floats, values: Floats) -> Floats:
    """Hubbell's v = (I - W)^-1 m: own value and that of everyone influenced, (n,).

    weights[i, j] is the share of j's standing that i takes. Raises ModelError MODEL-310.
    """
    return _summed(np.asarray(weights, np.float64), values)


def descendants_only(K: Floats, worth: Floats, edge: Floats) -> Floats:
    """z = K (worth + edge z): what the descendants of one customer of each type bring, itself excluded.

    K: (k, k), discounted; worth, edge: (m, k) for m cases, what a type-b recruit brings and the
    weight its own recruits carry. Returns (m, k). Raises ModelError MODEL-310.
    """
    steps = K[None, :, :] * edge[:, None, :]
    radius = max(spectral_radius(step) for step in steps)
    if radius >= 1.0:
        raise ModelError("MODEL-310", radius=round(radius, 3))
    return np.asarray(np.linalg.solve(np.eye(len(K)) - steps, (worth @ K.T)[..., None])[..., 0])


def value_within(
    K: Floats,
    worth: Floats,
    edge: Floats,
    *,
    horizon: float,
    delay_mean: float,
    discount_rate: float = 0.0,
    open_share: Floats | None = None,
) -> Floats:
    """As `descendants_only`, for descendants who arrive within `horizon` of the customer's arrival.

    K: (k, k), not discounted; any radius is allowed.
    open_share: (s,) the share of the market still open, relative to the one K holds for, at even
    steps from 0 to the horizon; None: 1 throughout.
    """
    steps = steps_for(horizon, delay_mean)
    h = horizon / steps
    grid = np.linspace(0.0, horizon, 2 * steps + 1)
    open_at = np.ones(2 * steps + 1)
    if open_share is not None:
        open_at = np.interp(grid, np.linspace(0.0, horizon, len(open_share)), open_share)
    fading = discount_rate + 1.0 / delay_mean

    def slope(z: Floats, share: float) -> Floats:
        return (share / delay_mean) * ((worth + edge * z) @ K.T) - fading * z

    z = np.zeros(worth.shape)
    for step in range(steps, 0, -1):  # backwards: nothing more arrives at the horizon
        late, middle, early = open_at[2 * step], open_at[2 * step - 1], open_at[2 * step - 2]
        k1 = slope(z, late)
        k2 = slope(z + 0.5 * h * k1, middle)
        k3 = slope(z + 0.5 * h * k2, middle)
        z = z + (h / 6.0) * (k1 + 2.0 * k2 + 2.0 * k3 + slope(z + h * k3, early))
    return z


def open_share_path(
    K: Floats,
    pressure: Floats,
    *,
    horizon: float,
    delay_mean: float,
    exogenous_rate: Floats | float = 0.0,
    market_open: float,
) -> tuple[Floats, Floats]:
    """How the market fills: share still open relative to now, and arrivals so far by type.

    pressure: (k,) direct referrals still expected, by type, were the market to stay as open as now;
    exogenous_rate: arrivals per unit of time without referral, by type; market_open: prospects left.
    Returns (steps + 1,) and (steps + 1, k) at even steps over the horizon.
    """
    K = np.atleast_2d(np.asarray(K, np.float64))
    outside = np.broadcast_to(np.asarray(exogenous_rate, np.float64), (len(K),))
    steps = steps_for(horizon, delay_mean)
    h = horizon / steps

    def slope(state: Floats) -> Floats:
        waiting, arrived = state
        share = max(0.0, 1.0 - float(arrived.sum()) / market_open)
        arriving = share * (outside + waiting / delay_mean)
        return np.stack([arriving @ K - waiting / delay_mean, arriving])

    state = np.stack([np.asarray(pressure, np.float64), np.zeros(len(K))])
    arrived = np.zeros((steps + 1, len(K)))
    for step in range(steps):
        k1 = slope(state)
        k2 = slope(state + 0.5 * h * k1)
        k3 = slope(state + 0.5 * h * k2)
        state = state + (h / 6.0) * (k1 + 2.0 * k2 + 2.0 * k3 + slope(state + h * k3))
        arrived[step + 1] = state[1]
    return np.maximum(0.0, 1.0 - arrived.sum(axis=1) / market_open), arrived


def steps_for(horizon: float, delay_mean: float) -> int:
    return min(MOST_STEPS, max(50, math.ceil(STEPS_PER_DELAY * horizon / delay_mean)))


def _summed(K: Floats, value: Floats) -> Floats:
    radius = spectral_radius(K)
    if radius >= 1.0:
        raise ModelError("MODEL-310", radius=round(radius, 3))
    return np.asarray(np.linalg.solve(np.eye(len(K)) - K, np.asarray(value, np.float64)))
