"""How long a customer is still one, within the horizon.

    expected time alive = integral over t in (0, horizon) of P(alive at T + t | data)

Its interval is that of the time itself, not of its mean: with P(alive at T + t) averaged over draws of the
posterior, the 5 % quantile is the t at which it falls to 95 %, the 95 % quantile that at which it falls
to 5 %; who is alive at the end of the horizon has the horizon. Read off a curve of `STEPS` points.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.history import PurchaseHistory
from lifeworth.value.intervals import HIGH, LOW

Array = NDArray[np.float64]
STEPS = 17  # of the curve, closer together at its beginning, where it falls fastest; odd, for Simpson
AT_ONCE = 50_000
MOST_DRAWS, CUSTOMER_DRAWS = 40, 400_000  # a large base tells its parameters so well that few draws do


class Survivors(Protocol):
    """The part of a purchase model that lifetimes need; time in days."""

    def probability_alive_after(
        self, data: PurchaseHistory, times: Any, parameters: Mapping[str, Any] | None = None
    ) -> Array: ...
    def expected_active_time(self, data: PurchaseHistory, future_t: float) -> Array: ...


@dataclass(frozen=True)
class ActiveTime:
    """Days still alive within the horizon, (n,); `means`: of all customers, one per draw."""

    expected: Array
    low: Array
    high: Array
    means: Array

    def among(self, chosen: NDArray[np.bool_]) -> "ActiveTime":
        """The same for a base of which these are the `chosen`; NaN for the others."""

        def placed(days: Array) -> Array:
            out = np.full(len(chosen), np.nan)
            out[chosen] = days
            return out

        return replace(self, **{name: placed(getattr(self, name)) for name in ("expected", "low", "high")})

    def total(self) -> dict[str, float]:
        """The mean of all customers in days with its 90 % interval, by the draws of the parameters."""
        value = float(np.nanmean(self.expected))
        low, high = np.quantile(self.means, (LOW, HIGH))
        return {"value": value, "low": float(min(low, value)), "high": float(max(high, value))}


def draws_of(customers: int) -> int:
    return int(np.clip(CUSTOMER_DRAWS // max(customers, 1), 4, MOST_DRAWS))


def active_time(
    model: Survivors, history: PurchaseHistory, days: float, parameters: Mapping[str, Array]
) -> ActiveTime:
    """Time alive within `days` of n customers, under the estimate; interval under draws of `parameters`."""
    n, draws = len(history), len(next(iter(parameters.values())))
    places = np.linspace(0.0, 1.0, STEPS)
    times, weights = days * places**2, days * 2.0 * places * _simpson()
    expected, low, high, means = np.empty(n), np.empty(n), np.empty(n), np.zeros(draws)
    for start in range(0, n, AT_ONCE):
        rows = slice(start, min(start + AT_ONCE, n))
        part, curve = history[rows], np.zeros((rows.stop - start, STEPS))
        for draw in range(draws):
            one = {name: values[draw : draw + 1] for name, values in parameters.items()}
            alive = model.probability_alive_after(part, times, one)
            means[draw] += float((alive @ weights).sum()) / n
            curve += alive / draws
        expected[rows] = model.expected_active_time(part, days)
        low[rows], high[rows] = (falls_to(1.0 - level, curve, times) for level in (LOW, HIGH))
    return ActiveTime(expected, np.minimum(low, expected), np.maximum(high, expected), means)


def _simpson() -> Array:
    """Weights of STEPS points evenly over (0, 1)."""
    weights = np.ones(STEPS)
    weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
    return weights / weights.sum()


def falls_to(level: float, curve: Array, times: Array) -> Array:
    """When each falling curve, (n, k), reaches the level: 0 where it begins below, the end where it never
    does."""
    above = (curve > level).sum(axis=1)
    after, row = np.clip(above, 1, len(times) - 1), np.arange(len(curve))
    one, other = curve[row, after - 1], curve[row, after]
    share = np.divide(one - level, one - other, out=np.zeros(len(curve)), where=one > other)
    met = times[after - 1] + np.clip(share, 0.0, 1.0) * (times[after] - times[after - 1])
    return np.where(above == 0, 0.0, np.where(above == len(times), times[-1], met))
