"""Segments that share strength: an estimate for each, drawn towards what segments have in common.

Logarithms of a segment's parameters are taken for normal around a centre with a covariance between
segments, both estimated (empirical Bayes). EM with each segment's posterior taken for normal at its mode:

    mode      max of ln L_g(theta) - (theta - centre)' Sigma^-1 (theta - centre)/2, by Newton
    centre    the mean of the modes
    Sigma     the mean of (mode - centre)(mode - centre)' + the covariance of the posterior

Between two searches for the modes each segment's log-likelihood is taken for the quadratic it is there, and
centre and Sigma are carried on under it: the same place in the end, a tenth of the searches.

with k + 1 segments of deviations `EXPECTED` counted in (an inverse-Wishart prior), so that a few
segments do not look all alike or all different by chance.
Source: Gelman & Hill (2007), chapters 12 and 18, for the idea.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.newton import ROUNDING, Objective, maximise

Floats = NDArray[np.float64]
ROUNDS, SETTLED, EXPECTED, FIRST = 300, 1e-4, 0.3, 0.5
CARRIED, BOLD = 50, 40  # steps under the quadratics, in so many first rounds


class Pooled(NamedTuple):
    """Centre (k,), covariance between segments (k, k), modes (G, k) with covariances (G, k, k) and
    log-likelihoods (G,)."""

    centre: Floats
    between: Floats
    modes: Floats
    within: Floats
    values: Floats
    converged: bool


def pool(
    objectives: Sequence[Objective], customers: Sequence[float], start: Floats, between: float | None = None,
    accuracy: float = ROUNDING,
) -> Pooled:  # fmt: skip
    """Estimate G segments together.

    Args:
        objectives: log-likelihood of each segment with its derivatives, in logarithms of parameters (k,).
        customers: in each segment.
        start: where all begin, (k,), such as the estimate for all customers together.
        between: the standard deviation of logarithms between segments, where it is not to be estimated.
        accuracy: of the objectives, relative.
    """
    count, k = len(objectives), len(start)
    centre, modes = start.copy(), np.tile(start, (count, 1))
    spread = np.eye(k) * (FIRST if between is None else between) ** 2
    for turn in range(ROUNDS):
        precision = np.asarray(np.linalg.inv(spread), np.float64)
        found = [
            maximise(_drawn(each, centre, precision), mode, max(size, 1.0), origin=centre, accuracy=accuracy)
            for each, mode, size in zip(objectives, modes, customers, strict=True)
        ]
        modes = np.array([each.theta for each in found])
        curved = np.array([_curvature(-each.hessian - precision) for each in found])
        before, pull = (centre, spread), (modes - centre) @ precision
        at, within = modes, np.linalg.inv(curved + precision)
        for _ in range(CARRIED if turn < BOLD else 1):
            last = centre, spread
            centre = at.mean(axis=0)
            if between is None:
                away = at - centre
                seen = away.T @ away + within.sum(axis=0)
                spread = (seen + (k + 1.0) * EXPECTED**2 * np.eye(k)) / (count + k + 1.0)
            if _moved(last, (centre, spread)) < 0.1 * SETTLED:
                break
            held = np.asarray(np.linalg.inv(spread), np.float64)
            within = np.linalg.inv(curved + held)
            drawn = np.einsum("gij,gj->gi", curved, modes) + pull + held @ centre
            at = np.einsum("gij,gj->gi", within, drawn)
        if settled := _moved(before, (centre, spread)) < SETTLED:
            break
    away = modes - before[0]
    lost = 0.5 * np.einsum("gi,ij,gj->g", away, precision, away)
    values = np.array([each.value for each in found]) + lost
    known = np.asarray(np.linalg.inv(curved + precision), np.float64)
    return Pooled(centre, spread, modes, known, values, settled)


def _moved(before: tuple[Floats, Floats], now: tuple[Floats, Floats]) -> float:
    """How far centre and relative variances went."""
    apart = np.abs(np.diag(now[1]) / np.diag(before[1]) - 1.0).max()
    return float(np.abs(now[0] - before[0]).max() + apart)


def _drawn(objective: Objective, centre: Floats, precision: Floats) -> Objective:
    """The objective less the distance from the centre."""

    def evaluate(theta: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = objective(theta)
        pull = precision @ (theta - centre)
        return value - 0.5 * float((theta - centre) @ pull), gradient - pull, hessian - precision

    return evaluate


def _curvature(of_likelihood: Floats) -> Floats:
    """Of the log-likelihood, none where it curves the wrong way: a segment knows no less than all others."""
    values, axes = np.linalg.eigh(of_likelihood)
    return np.asarray((axes * np.maximum(values, 0.0)) @ axes.T)
