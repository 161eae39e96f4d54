"""MBG/CNBD-k: regular buyers who may leave after any purchase, the first included.

Story: as the BG/CNBD-k, and the coin is also tossed after the first purchase, so one-time buyers may
have left: a new customer is active with probability b/(a+b). k = 1 is the MBG/NBD.
Fails when: rhythms differ between customers, as one k holds for all; leaving follows purchases only.
Source: Reutterer, Platzer & Schroeder (2021), International Journal of Research in Marketing 38(1),
194-215; forecasts of methods.md 2.7.
"""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.purchase import regular_gaps
from lifeworth.models.purchase.regular_model import RegularPurchaseModel

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
FIRST = 1  # a coin after the first purchase too


def log_likelihood(
    x: Numbers, t_x: Numbers, T: Numbers, r: float, alpha: float, a: float, b: float,
    k: int = 1, log_gaps: Any = 0.0,
) -> Floats:  # fmt: skip
    """ln L of each customer (n,): x repeat purchases, the last at t_x, watched until T. With q = r + k x,

    (k-1) log_gaps - x ln Gamma(k) + ln Gamma(q)/Gamma(r) + ln B(a,b+x+1)/B(a,b) + r ln alpha
    - q ln(alpha+T) + ln W + ln(1 + e^d),   d = ln a - ln(b+x) + q ln[(alpha+T)/(alpha+t_x)] - ln W.
    """
    return regular_gaps.log_likelihood(
        x, t_x, T, log_gaps, k, {"r": r, "alpha": alpha, "a": a, "b": b}, FIRST
    )


@final
class MBGCNBD(RegularPurchaseModel):
    """Regular buyers who may leave after any purchase. Parameters r, alpha (a time), a, b; and k.

    Fit: `lifeworth.models.purchase.regular_model.RegularPurchaseModel`; forecasts:
    `lifeworth.models.purchase.model.RepeatPurchases`.
    """

    first = FIRST
