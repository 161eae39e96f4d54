"""Draws by walkers that stretch towards each other: what is left where importance weights fail.

Each half of the walkers moves along lines through members of the other half, so that scales and
correlations, however strong, make no difference; many coordinates do: beyond ten they mix too slowly.
Source: Goodman & Weare (2010), Communications in Applied Mathematics and Computational Science 5(1), 65-80.
"""

from collections.abc import Callable
from time import process_time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.fitting.chains import effective_draws, split_r_hat

Floats = NDArray[np.float64]
WALKERS, ROUNDS = 64, (1000, 2000, 4000, 8000, 16_000)  # steps
STRETCH, MIXED, MOST_COORDINATES = 2.0, 1.01, 10
PATIENCE = 60.0  # CPU seconds, by what the first densities took


class Walk(NamedTuple):
    """draws (S, k); r_hat, the largest, and ess, the smallest, of the k coordinates."""

    draws: Floats
    r_hat: float
    ess: float


def walk(
    log_density: Callable[[Floats], Floats], start: Floats, wanted: int, rng: np.random.Generator
) -> Walk | None:
    """Draws worth `wanted` independent ones, or None where the walkers do not get there.

    Args:
        log_density: (S, k) -> (S,), up to a constant.
        start: where the walkers stand first, (walkers, k), an even number of them.
    """
    if start.shape[1] > MOST_COORDINATES:
        return None
    began = process_time()
    here, density = start, _density(log_density, start)
    cost, spent = process_time() - began, 0.0
    for steps in ROUNDS:  # what was walked so far only brought the walkers to where they belong
        spent += steps * cost
        if spent > PATIENCE:
            return None
        path = np.empty((len(start), steps, start.shape[1]))
        for step in range(steps):
            here, density = _stretched(log_density, here, density, rng)
            path[:, step] = here
        r_hat = max(split_r_hat(each) for each in path.transpose(2, 0, 1))
        ess = min(effective_draws(each) for each in path.transpose(2, 0, 1))
        if r_hat < MIXED and ess >= wanted:
            return Walk(path.reshape(-1, start.shape[1]), r_hat, ess)
    return None


def _stretched(
    log_density: Callable[[Floats], Floats], here: Floats, density: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    here, density = here.copy(), density.copy()
    half, k = len(here) // 2, here.shape[1]
    for mine, others in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
        factor = ((STRETCH - 1.0) * rng.random(half) + 1.0) ** 2 / STRETCH
        anchors = here[others][rng.integers(half, size=half)]
        tried = anchors + factor[:, None] * (here[mine] - anchors)
        found = _density(log_density, tried)
        taken = np.log(rng.random(half)) < (k - 1) * np.log(factor) + found - density[mine]
        here[mine] = np.where(taken[:, None], tried, here[mine])
        density[mine] = np.where(taken, found, density[mine])
    return here, density


def _density(log_density: Callable[[Floats], Floats], theta: Floats) -> Floats:
    with np.errstate(all="ignore"):  # far out a density may be no number: nobody goes there
        found = log_density(theta)
    return np.where(np.isfinite(found), found, -np.inf)
