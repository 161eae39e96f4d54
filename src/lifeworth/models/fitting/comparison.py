"""Whether a larger model earns its extra parameters: the likelihood-ratio test of nested models.

Twice the gain in log-likelihood is chi-squared, one degree of freedom per extra parameter, where
the smaller model is true and lies inside the larger one's parameter space.
"""

import math
from dataclasses import dataclass
from typing import Any

from lifeworth.base.errors import UsageError


@dataclass(frozen=True)
class LikelihoodRatio:
    """statistic = 2 (lnL larger - lnL smaller), its degrees of freedom, and the chance of as much."""

    statistic: float
    degrees: int
    p_value: float


def likelihood_ratio(larger: Any, smaller: Any) -> LikelihoodRatio:
    """Test a fitted model against one nested in it, fitted to the same customers.

    Raises UsageError MODEL-216 where `larger` has no more parameters or saw other customers.
    """
    big, small = larger.require_fit(), smaller.require_fit()
    degrees = len(big) - len(small)
    same = math.isclose(larger.n_customers_, smaller.n_customers_, rel_tol=1e-9)
    if degrees < 1 or not same:
        raise UsageError(
            "MODEL-216",
            larger=f"{type(larger).__name__} ({len(big)}, {larger.n_customers_:g})",
            smaller=f"{type(smaller).__name__} ({len(small)}, {smaller.n_customers_:g})",
        )
    return ratio_test(larger.log_likelihood_, smaller.log_likelihood_, degrees)


def ratio_test(larger: float, smaller: float, degrees: int) -> LikelihoodRatio:
    """The test from two log-likelihoods. A search that ended a hair early gives 0, never less."""
    statistic = max(0.0, 2.0 * (larger - smaller))
    return LikelihoodRatio(statistic, degrees, chi_squared_above(statistic, degrees))


def chi_squared_above(statistic: float, degrees: int) -> float:
    """P(chi-squared > statistic), by the recurrence in steps of two degrees."""
    half = statistic / 2.0
    if half == 0.0:
        return 1.0
    total = math.erfc(math.sqrt(half)) if degrees % 2 else math.exp(-half)
    for k in range(4 - degrees % 2, degrees + 1, 2):
        total += math.exp((k / 2.0 - 1.0) * math.log(half) - half - math.lgamma(k / 2.0))
    return min(total, 1.0)
