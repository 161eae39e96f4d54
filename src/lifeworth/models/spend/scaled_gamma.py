"""The Gamma-Gamma likelihood where each customer's spend is on a scale of its own, in logs of v.

`pull` z makes the scale of a customer v e^(gamma z); with z = 0 it is the likelihood of
`gamma_gamma_likelihood`. Money is in units of the mean spend. Source: methods.md 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.newton import Objective
from lifeworth.kernels.special import digamma, log_gamma, trigamma

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScaledRepeaters:
    """Customers with n > 0 days of positive spend: n, total spend, pull and weight, each (m,)."""

    n: Floats
    total: Floats
    pull: Floats
    weight: Floats


def objective(seen: ScaledRepeaters) -> Objective:
    """Log-likelihood up to -sum ln(mean), gradient (4,) and Hessian (4, 4) in (p, q, v, gamma)."""
    counts, place = np.unique(seen.n, return_inverse=True)
    customers = np.bincount(place, seen.weight)
    everyone, one = float(customers.sum()), np.ones(1)
    z, w, n = seen.pull, seen.weight, seen.n

    def evaluate(params: Floats) -> tuple[float, Floats, Floats]:
        p, q, v, gamma = (float(each) for each in params)
        a, b = p * counts, p * counts + q
        share = seen.total / (v * np.exp(gamma * z))  # S over the own scale
        u, y = np.log1p(share), np.log1p(1.0 / share)
        h, g = share / (1.0 + share), 1.0 / (1.0 + share)
        constant = log_gamma(b) - log_gamma(a) - float(log_gamma(q * one)[0])
        value = float(customers @ constant) - q * float(w @ u) - p * float(w @ (n * y))
        by = w * (q * h - p * n * g)  # by ln of the own scale
        again = -w * (q + p * n) * h * g
        psi, tri = digamma(b), trigamma(b)
        gradient = np.array([
            customers @ (counts * (psi - digamma(a))) - w @ (n * y),
            customers @ psi - everyone * float(digamma(q * one)[0]) - w @ u,
            by.sum() / v,
            by @ z,
        ])  # fmt: skip
        pp = customers @ (counts**2 * (tri - trigamma(a)))
        pq = customers @ (counts * tri)
        qq = customers @ tri - everyone * float(trigamma(q * one)[0])
        p_v, q_v, p_z, q_z = -(w @ (n * g)) / v, (w @ h) / v, -(w @ (n * g * z)), w @ (h * z)
        v_v, v_z, z_z = (again.sum() - by.sum()) / v**2, (again @ z) / v, again @ z**2
        hessian = np.array([
            [pp, pq, p_v, p_z], [pq, qq, q_v, q_z], [p_v, q_v, v_v, v_z], [p_z, q_z, v_z, z_z]
        ])  # fmt: skip
        return value, gradient, hessian

    return evaluate


def log_likelihoods(seen: ScaledRepeaters, p: Mapping[str, Floats]) -> Floats:
    """The same value under S draws of p, q, v and gamma, each (S,): (S,)."""
    counts, place = np.unique(seen.n, return_inverse=True)
    customers = np.bincount(place, seen.weight)
    out = np.empty(len(p["p"]))
    for i, (one, q, v, gamma) in enumerate(zip(p["p"], p["q"], p["v"], p["gamma"], strict=True)):
        a = one * counts
        share = seen.total / (v * np.exp(gamma * seen.pull))
        constant = log_gamma(a + q) - log_gamma(a) - float(log_gamma(np.array([q]))[0])
        spent = q * np.log1p(share) + one * seen.n * np.log1p(1.0 / share)
        out[i] = customers @ constant - seen.weight @ spent
    return out
