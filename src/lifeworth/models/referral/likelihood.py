"""Formulas of the epidemic model: what a customer's referrals say about its infectiousness.

Customer i refers as a Poisson process of rate  s(t) gamma_i mu_i g(u) S_i(u),  u after its own
arrival: mu = exp(b0 + x'b), gamma ~ Gamma(k, k) across customers, g the exponential density of
mean theta, S_i(u) = exp(-c_i u) the chance to be a customer still, s(t) the share of the market
not won yet, constant between given days. With A(u) the integral of g S from 0 to u,

    A(u) = (1 - e^{-y}) / (1 + c theta),   y = u (c + 1/theta),

everything is closed, with first and second derivatives in ln theta.
Source: methods.md 5.2 (a); check V5.1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.counts import exceeding

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats, Floats]]
Three = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Susceptible:
    """Share of the market still to be won: shares[m] from days[m] on, the last one for ever."""

    days: Floats
    shares: Floats

    @property
    def last(self) -> float:
        return float(self.shares[-1])


EVERYBODY = Susceptible(np.array([-np.inf]), np.array([1.0]))


@dataclass(frozen=True)
class Watched:
    """n customers for the likelihood: arrival day, time watched, direct referrals and their delays."""

    acquired: Floats
    exposure: Floats
    count: NDArray[np.int64]
    delay_sum: Floats
    design: Floats  # (n, 1 + features), the first column ones
    leaving: Floats  # c, per unit of time
    susceptible: Susceptible
    recorded: float  # share of referrals that left an id


def reach(u: Floats, theta: float, leaving: Floats) -> Three:
    """A(u), its first and second derivative in ln theta; u = inf allowed."""
    c = 1.0 / (1.0 + leaving * theta)
    y, x = u * (leaving + 1.0 / theta), u / theta
    stay = np.exp(-y)
    with np.errstate(invalid="ignore"):
        slope = np.where(stay > 0, x * stay, 0.0)  # x e^{-y}, 0 at infinity
        bend = np.where(stay > 0, x * (1.0 - x) * stay, 0.0)
    c1 = -c * (1.0 - c)
    c2 = -c1 * (1.0 - 2.0 * c)
    done = -np.expm1(-y)
    return c * done, c1 * done - c * slope, c2 * done - 2.0 * c1 * slope + c * bend


def exposure(watched: Watched, theta: float) -> Three:
    """G_i(tau_i): the integral of s S g until the customer's last day seen, with derivatives."""
    steps = watched.susceptible
    if len(steps.shares) == 1:
        parts = reach(watched.exposure, theta, watched.leaving)
        return tuple(steps.last * part for part in parts)  # type: ignore[return-value]
    total = [np.zeros_like(watched.exposure) for _ in range(3)]
    before = [np.zeros_like(watched.exposure) for _ in range(3)]
    for share, until in zip(steps.shares, [*steps.days[1:], np.inf], strict=True):
        u = np.clip(until - watched.acquired, 0.0, watched.exposure)
        here = reach(u, theta, watched.leaving)
        for order in range(3):
            total[order] += share * (here[order] - before[order])
            before[order] = here[order]
    return total[0], total[1], total[2]


def log_likelihoods(watched: Watched, mu: Floats, k: float, theta: float) -> Floats:
    """ln L_i, (n,), without the constant of retention and susceptible share at the referrals."""
    G = watched.recorded * exposure(watched, theta)[0]
    n = watched.count
    rising = np.concatenate([[0.0], np.cumsum(np.log(k + np.arange(int(n.max(initial=0)))))])[n]
    log_delays = -n * np.log(theta) - watched.delay_sum / theta
    scale = n * np.log(watched.recorded * mu)
    return scale + log_delays + rising + k * np.log(k) - (k + n) * np.log(k + mu * G)


def objective(watched: Watched) -> Objective:
    """ln L as a function of (b0, b, ln k, ln theta), with exact gradient and Hessian."""
    design, n = watched.design, watched.count.astype(np.float64)
    above = exceeding(watched.count)
    steps = np.arange(len(above))
    total, delays = float(n.sum()), float(watched.delay_sum.sum())
    width = design.shape[1]

    def at(point: Floats) -> tuple[float, Floats, Floats]:
        linear = design @ point[:width]
        mu, k, theta = np.exp(linear), float(np.exp(point[width])), float(np.exp(point[width + 1]))
        G, G1, G2 = (watched.recorded * part for part in exposure(watched, theta))
        D = k + mu * G
        value = (
            float(n @ linear) + total * np.log(watched.recorded) - total * np.log(theta) - delays / theta
            + float(above @ np.log(k + steps)) + len(n) * k * np.log(k) - float((k + n) @ np.log(D))
        )  # fmt: skip
        expected = (k + n) / D
        by_linear = n - expected * mu * G
        rising1, rising2 = float((above / (k + steps)).sum()), -float((above / (k + steps) ** 2).sum())
        by_k = rising1 + len(n) * (np.log(k) + 1.0) - float(np.log(D).sum()) - float(expected.sum())
        by_theta = -total + delays / theta - float(expected @ (mu * G1))
        gradient = np.concatenate([design.T @ by_linear, [k * by_k, by_theta]])
        open_ = expected * k / D  # what the own referrals leave open of gamma
        k_slope = (n - mu * G) / D**2  # minus the derivative of `expected` in k
        hessian = np.zeros((width + 2, width + 2))
        hessian[:width, :width] = -(design.T * (open_ * mu * G)) @ design
        hessian[:width, width] = k * (design.T @ (k_slope * mu * G))
        hessian[:width, width + 1] = -design.T @ (open_ * mu * G1)
        by_kk = rising2 + len(n) / k - float((1.0 / D).sum()) + float(k_slope.sum())
        hessian[width, width] = k * by_k + k * k * by_kk
        hessian[width, width + 1] = k * float((k_slope * mu * G1).sum())
        hessian[width + 1, width + 1] = -delays / theta - float(
            (expected * mu * G2 - expected * (mu * G1) ** 2 / D).sum()
        )
        lower = np.tril_indices(width + 2, -1)
        hessian[lower] = hessian.T[lower]
        return value, gradient, hessian

    return at


def infectiousness(watched: Watched, mu: Floats, k: float, theta: float) -> tuple[Floats, Floats]:
    """Shape and rate of gamma_i given its referrals: Gamma(k + n_i, k + mu_i G_i), both (n,)."""
    G = watched.recorded * exposure(watched, theta)[0]
    return np.asarray(k + watched.count, np.float64), k + mu * G


def remaining(watched: Watched, theta: float, horizon: float | None = None) -> Floats:
    """G(tau + H) - G(tau) per customer, for a customer still there: the last share goes on.

    The chance to be still there, e^{-c tau}, is inside, since nobody said who left.
    """
    span = np.full_like(watched.exposure, np.inf if horizon is None else horizon)
    fresh = reach(span, theta, watched.leaving)[0]
    survived = np.exp(-watched.exposure * (watched.leaving + 1.0 / theta))
    return watched.susceptible.last * survived * fresh
