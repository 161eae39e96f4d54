"""A shop whose truth is known: gamma buying rates, some customers gone, log-normal spend."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Shop:
    """actual: money of each customer over the holdout; truth: its expectation given the past;
    past: what the formula would say (past spend carried forward)."""

    actual: np.ndarray
    truth: np.ndarray
    past: np.ndarray


def shop(seed: int, *, mean_purchases: float, customers: int = 4000, alive: float = 0.6) -> Shop:
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.5, mean_purchases / 0.5, customers)
    bought = rng.poisson(rate)
    spend = rng.lognormal(3, 0.5, customers)
    stays = rng.random(customers) < alive
    noise = rng.lognormal(0, 0.2, customers)
    truth = alive * (0.5 + bought) / (0.5 / mean_purchases + 1) * spend * np.exp(0.02)
    return Shop(rng.poisson(rate * stays) * spend * noise, truth, bought * spend)
