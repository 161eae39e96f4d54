"""The Chinese eight classes: recency, frequency and money each high (1) or low (0).

"111" is recent, frequent and big (重要价值), "000" lapsed, rare and small. The names stand in
the catalogue in both usual sets: `segment.rfm_class.<code>.name` and `.shop_name`.

High means better than the border: the median by default, or the mean, or business values.
Where many customers stand exactly on the median (half of them bought once), the border moves to
the one side or the other of that value, whichever splits the base more evenly; the border
reported is the least value that counts as high, so it can be read as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.segments.columns import Array, Reason, checked

Method = Literal["median", "mean", "given"]
CODES = np.array([f"{number:03b}" for number in range(8)])
BORDERS = ("days_since_at_most", "purchases_at_least", "spend_at_least")


@dataclass(frozen=True)
class RFMClasses:
    """codes: (n,) three digits "111" ... "000"; thresholds: the values that just count as high."""

    codes: NDArray[np.str_]
    thresholds: dict[str, float]
    method: dict[str, Method]
    as_of_day: int | None
    values: tuple[Array, Array, Array]

    def reason(self, row: int) -> Reason:
        days, purchases, spend = (float(column[row]) for column in self.values)
        facts = {"days": days, "purchases": purchases, "spend": spend, **self.thresholds}
        return Reason("segment.rfm_class.reason", facts, self.as_of_day)

    def rule(self) -> dict[str, Any]:
        return {"thresholds": self.thresholds, "method": self.method, "money": "total"}


def rfm_classes(
    days_since: Array,
    purchases: Array,
    spend: Array,
    *,
    by: Literal["median", "mean"] = "median",
    given: Mapping[str, float] | None = None,
    as_of_day: int | None = None,
) -> RFMClasses:
    """Classes of n customers; columns as in `rfm.score_rfm`.

    Args:
        by: how a border is found that is not given.
        given: business values, by the names in `BORDERS`.
    Raises:
        UsageError VALUE-064, VALUE-065 (columns), VALUE-067 (unknown or unusable border).
    """
    values = checked(days_since=days_since, purchases=purchases, spend=spend)
    own = dict(given or {})
    if by not in ("median", "mean") or set(own) - set(BORDERS) or not all(map(np.isfinite, own.values())):
        raise UsageError("VALUE-067", seen=f"{by}, {own}", known=", ".join(BORDERS))
    code = np.zeros(len(values[0]), np.int64)
    thresholds, method = {}, {}
    for name, sign, column in zip(BORDERS, (-1.0, 1.0, 1.0), values, strict=True):
        border = sign * own[name] if name in own else _border(sign * column, by)
        code = code * 2 + (sign * column >= border)
        thresholds[name] = float(sign * border) + 0.0
        method[name] = "given" if name in own else by
    return RFMClasses(CODES[code], thresholds, method, as_of_day, (values[0], values[1], values[2]))


def _border(values: Array, by: str) -> float:
    """The least value that counts as high."""
    if len(values) == 0:
        return float("nan")
    return (
        median_split(values) if by == "median" else float(np.clip(values.mean(), values.min(), values.max()))
    )


def median_split(values: Array) -> float:
    """The least value of the upper half, where the whole tie group at the median goes to the side
    that leaves the halves more even. All values equal: that value, so everybody counts as high.
    """
    median = np.quantile(values, 0.5, method="higher")
    above = values[values > median]
    at_least = np.mean(values >= median)
    if len(above) and abs(len(above) / len(values) - 0.5) < abs(at_least - 0.5):
        return float(above.min())
    return float(median)
