"""Will it take off, and how far: extinction, final size, total progeny of a chain of referrals.

A customer brings a negative binomial number of others, mean R and dispersion k: small k means a
few customers bring most. Then most chains die at once, and the few that do not grow large.
Sources: Lloyd-Smith et al. (2005), Nature 438, 355-359; methods.md 5.2 (e); check V5.5.
"""

import math

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError

Floats = NDArray[np.float64]


def final_size(reproduction_number: float) -> float:
    """Share of a closed market that an epidemic of referrals reaches: z = 1 - e^(-R0 z). 0 for R0 <= 1."""
    R = _number("reproduction_number", reproduction_number)
    if R <= 1.0:
        return 0.0
    low, high = 1e-12, 1.0
    for _ in range(100):
        z = 0.5 * (low + high)
        low, high = (z, high) if -math.expm1(-R * z) > z else (low, z)
    return 0.5 * (low + high)


def extinction_probability(
    reproduction_number: float, dispersion: float = math.inf, chains: int = 1
) -> float:
    """Chance that chains started by so many customers all die out: q = (1 + R (1 - q)/k)^-k, smallest root.

    `dispersion` k: infinite for Poisson, 1 for geometric.
    """
    R, k = _number("reproduction_number", reproduction_number), _number("dispersion", dispersion)
    if R <= 1.0 or k == 0.0:
        return 1.0

    def chance(q: float) -> float:
        return math.exp(-R * (1.0 - q)) if math.isinf(k) else (1.0 + R * (1.0 - q) / k) ** -k

    low, high = 0.0, 1.0 - 1e-12
    for _ in range(200):  # chance(q) - q is positive below the root and negative between it and 1
        q = 0.5 * (low + high)
        low, high = (q, high) if chance(q) > q else (low, q)
    return (0.5 * (low + high)) ** chains


def total_progeny(reproduction_number: float) -> float:
    """Expected size of a chain with the customer who started it, 1/(1 - R); infinite for R >= 1."""
    R = _number("reproduction_number", reproduction_number)
    return 1.0 / (1.0 - R) if R < 1.0 else math.inf


def progeny_probabilities(reproduction_number: float, dispersion: float, largest: int) -> Floats:
    """P(the chain ends with j customers in all), j = 1..largest; shape (largest,).

    For R > 1 they sum to the extinction probability. Source: Blumberg & Lloyd-Smith (2013),
    PLoS Computational Biology 9(5), e1002993.
    """
    R, k = _number("reproduction_number", reproduction_number), _number("dispersion", dispersion)
    if R == 0.0:
        return np.eye(1, largest)[0]
    chances = []
    for j in range(1, largest + 1):
        if math.isinf(k):  # Borel
            log_chance = -R * j + (j - 1) * math.log(R * j) - math.lgamma(j + 1)
        else:
            log_chance = (
                math.lgamma(k * j + j - 1) - math.lgamma(k * j) - math.lgamma(j + 1)
                + (j - 1) * math.log(R / k) - (k * j + j - 1) * math.log1p(R / k)
            )  # fmt: skip
        chances.append(math.exp(log_chance))
    return np.array(chances)


def _number(name: str, value: float) -> float:
    if not value >= 0.0:
        raise UsageError("MODEL-315", name=name, seen=str(value))
    return float(value)
