"""BG/CNBD-k: regular buyers who may leave after any repeat purchase.

Story: as the BG/NBD, but purchases keep a rhythm. A gap between purchases has k stages, each passed at
random at rate lambda, so that gaps vary by 1/sqrt(k) of their mean; lambda is Gamma(r, alpha) across
customers. After each repeat purchase the customer leaves with probability p, Beta(a, b).
Fails when: rhythms differ between customers, as one k holds for all; and, as in the BG/NBD, where
one-time buyers dominate: they never tossed the coin. Nothing is gained where k = 1 is chosen.
Sources: Platzer & Reutterer (2016), Marketing Science 35(5), 779-799; Reutterer, Platzer & Schroeder
(2021), International Journal of Research in Marketing 38(1), 194-215; forecasts of methods.md 2.7.
"""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.purchase import regular_gaps
from lifeworth.models.purchase.regular_model import RegularPurchaseModel

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
FIRST = 0  # no coin after the first purchase


def log_likelihood(
    x: Numbers, t_x: Numbers, T: Numbers, r: float, alpha: float, a: float, b: float,
    k: int = 1, log_gaps: Any = 0.0,
) -> Floats:  # fmt: skip
    """ln L of each customer (n,): x repeat purchases, the last at t_x, watched until T. With q = r + k x,

    (k-1) log_gaps - x ln Gamma(k) + ln Gamma(q)/Gamma(r) + ln B(a,b+x)/B(a,b) + r ln alpha
    - q ln(alpha+T) + ln W + ln(1 + e^d),   d = ln a - ln(b+x-1) + q ln[(alpha+T)/(alpha+t_x)] - ln W

    for x > 0, e^d = 0 for x = 0; W as in `regular_gaps`. `fit` adds the same terms up by counts.
    """
    return regular_gaps.log_likelihood(
        x, t_x, T, log_gaps, k, {"r": r, "alpha": alpha, "a": a, "b": b}, FIRST
    )


@final
class BGCNBD(RegularPurchaseModel):
    """Regular buyers who may leave after any repeat purchase. Parameters r, alpha (a time), a, b; and k.

    Fit: `lifeworth.models.purchase.regular_model.RegularPurchaseModel`; forecasts:
    `lifeworth.models.purchase.model.RepeatPurchases`.
    """

    first = FIRST
