"""Chance is an argument: generators from a seed, and independent streams for blocks of rows."""

import numpy as np


def generator(random_state: int | np.random.Generator | None) -> np.random.Generator:
    """A generator from a seed, a generator (returned as it is) or None (entropy of the system)."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    return np.random.default_rng(random_state)


def stream(seed: int, *keys: int) -> np.random.Generator:
    """The generator of one named part, the same whatever the order in which parts are computed."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=keys))
