"""One score of a customer from what they buy, whether they stay and whom they bring, by weights of one's own.

    score = sum of w_k P_k / sum of w_k

over the parts that are known of the customer: `transaction` (historical and current value), `loyalty`
(expected time as a customer) and `referral` (net value through others, brought and to come). P_k is the place
of the part among all customers, 0 the lowest and 100 the highest, ties in the middle: so that money, months
and outliers do not decide by their unit. The ends are those of the parts at the ends of their intervals, all
erring together, against the expected parts of the others: wider than if parts erred each for itself.
The weights are a judgement and no estimate: whoever sets them says what counts. In money nothing of it is
needed, for lifetime value adds all of it up.
Source: percentile ranks as for RFM, Hughes (2005), Strategic Database Marketing; weights as in mission A21.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError

Array = NDArray[np.float64]
PARTS = ("transaction", "loyalty", "referral")
_WEIGHT = re.compile(r"(\w+)\s*[=:：]\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class ScoreWeights:
    """How much each part counts; only their proportions matter."""

    transaction: float = 0.6
    loyalty: float = 0.2
    referral: float = 0.2

    def told(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True)
class Part:
    """Of n customers, (n,) each, NaN where it is not known: expected, and the ends of its 90 % interval."""

    value: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Score:
    """(n,) each, 0 to 100, NaN where no part is known; record: `summary.value_score`."""

    value: Array
    low: Array
    high: Array
    record: dict[str, Any]


def score_weights(told: str | Mapping[str, float] | None) -> ScoreWeights:
    """ "transaction=0.5, loyalty=0.3" or a mapping; a part that is not named counts nothing.

    Raises UsageError VALUE-074 for what names no part, a part twice or a weight below 0, and where none is
    above 0.
    """
    if not told:
        return ScoreWeights()
    if isinstance(told, Mapping):
        pairs = list(told.items())
    else:
        parts = [part.strip() for part in re.split(r"[,，;；、]", told) if part.strip()]
        read = [(part, _WEIGHT.fullmatch(part)) for part in parts]
        pairs = [(found[1], float(found[2])) if found else (part, -1.0) for part, found in read]
    found = dict(pairs)
    good = len(found) == len(pairs) and set(found) <= set(PARTS)
    if not (good and min(found.values(), default=0) >= 0 and max(found.values(), default=0) > 0):
        raise UsageError("VALUE-074", seen=str(told), known=", ".join(PARTS))
    return ScoreWeights(**dict.fromkeys(PARTS, 0.0) | {name: float(each) for name, each in found.items()})


def composite(weights: ScoreWeights, parts: Mapping[str, Part]) -> Score:
    """The score of n customers from the parts that the run knows."""
    given = weights.told()
    used = [name for name in PARTS if name in parts and given[name] > 0]
    n = len(next(iter(parts.values())).value)
    sums, whole = np.zeros((3, n)), np.zeros(n)
    for name in used:
        part = parts[name]
        known = np.isfinite(part.value)
        places = np.stack(
            [_places(part.value[known], each[known]) for each in (part.value, part.low, part.high)]
        )
        sums[:, known] += given[name] * places
        whole[known] += given[name]
    value, low, high = np.divide(sums, whole, out=np.full((3, n), np.nan), where=whole > 0)
    return Score(value, np.minimum(low, value), np.maximum(high, value), {"weights": given, "used": used})


def _places(among: Array, asked: Array) -> Array:
    """Places of the asked among the others, 0 to 100, ties in the middle; what differs by rounding ties."""
    unit = float(np.abs(among).max(initial=0.0)) or 1.0
    order, these = np.sort(np.round(among / unit, 10)), np.round(asked / unit, 10)
    below, upto = np.searchsorted(order, these, "left"), np.searchsorted(order, these, "right")
    return 50.0 * (below + upto) / max(len(order), 1)
