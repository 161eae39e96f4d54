"""RFM scores: recency, frequency and money as three digits, 5 is best ("543").

R: days since the last purchase, fewer is better. F: purchase days, the first included.
M: total net spend over the window of the orders. Quintiles are independent by default (each
column over all customers); nested scores F within R, and M within both.

Equal values always share a score, which a plain quintile cannot promise: half of the customers
of a shop buy once. So the cut points run upwards through the distinct values: each score takes
an even share of the customers *left* for it and the scores above, to the nearest whole tie
group, and leaves at least one value for each score above. With five distinct values or more all
five scores are reached; with fewer, the scores spread out (two values score 1 and 5; one, 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.segments.columns import Array, Reason, checked

SCORES = 5
MEASURES = ("recency", "frequency", "monetary")
Scores = NDArray[np.int8]


@dataclass(frozen=True)
class RFM:
    """codes: (n,) strings such as "543"; recency, frequency, monetary: (n,) scores 1..5.

    cuts: per measure the four borders between scores 1|2|3|4|5: the most days since the last
    purchase, or the least purchase days or spend, that still reach scores 2, 3, 4, 5. A border
    is NaN where no customer reaches it, and cuts are empty for measures scored within groups.
    """

    codes: NDArray[np.str_]
    recency: Scores
    frequency: Scores
    monetary: Scores
    cuts: dict[str, tuple[float, ...]]
    scheme: Literal["independent", "nested"]
    given: tuple[str, ...]
    as_of_day: int | None
    values: tuple[Array, Array, Array]

    def reason(self, row: int) -> Reason:
        days, purchases, spend = (float(column[row]) for column in self.values)
        facts = {"code": str(self.codes[row]), "days": days, "purchases": purchases, "spend": spend}
        return Reason("segment.rfm.reason", facts, self.as_of_day)

    def rule(self) -> dict[str, Any]:
        """For the sentence that states the rule; plain JSON, unreached borders are None."""
        borders = {
            name: [None if np.isnan(cut) else cut for cut in borders] for name, borders in self.cuts.items()
        }
        return {"scheme": self.scheme, "money": "total", "given": list(self.given), "cuts": borders}


def score_rfm(
    days_since: Array,
    purchases: Array,
    spend: Array,
    *,
    cuts: Mapping[str, Sequence[float]] | None = None,
    nested: bool = False,
    as_of_day: int | None = None,
) -> RFM:
    """Scores of n customers.

    Args:
        days_since: days from the last purchase to the as-of day.
        purchases: purchase days, the first included (frequency + 1).
        spend: total net spend, any unit.
        cuts: own borders per measure ("recency", "frequency", "monetary"), four numbers each,
            from score 1|2 to score 4|5: days falling, purchases and spend rising.
        nested: score frequency within each recency score, and spend within both; measures
            with own borders are scored by these.
    Raises:
        UsageError VALUE-064, VALUE-065 (columns), VALUE-066 (borders).
    """
    values = checked(days_since=days_since, purchases=purchases, spend=spend)
    own = {name: _own_borders(name, borders) for name, borders in (cuts or {}).items()}
    group = np.zeros(len(values[0]), np.int64)
    scores: list[Scores] = []
    borders: dict[str, tuple[float, ...]] = {}
    for name, sign, column in zip(MEASURES, (-1.0, 1.0, 1.0), values, strict=True):
        if name in own:
            score = np.searchsorted(sign * own[name], sign * column, side="right").astype(np.int8) + np.int8(
                1
            )
            borders[name] = tuple(own[name].tolist())
        elif nested and scores:
            score, borders[name] = _score_within(group, sign * column), ()
        else:
            score, cuts_found = quintiles(sign * column)
            borders[name] = tuple((sign * cuts_found + 0.0).tolist())
        scores.append(score)
        group = group * 10 + score
    recency, frequency, monetary = scores
    return RFM(
        codes=group.astype("U3"),
        recency=recency,
        frequency=frequency,
        monetary=monetary,
        cuts=borders,
        scheme="nested" if nested else "independent",
        given=tuple(own),
        as_of_day=as_of_day,
        values=(values[0], values[1], values[2]),
    )


def quintiles(values: Array) -> tuple[Scores, Array]:
    """Scores 1..5, higher values higher, and the least value of scores 2..5 (NaN: not reached)."""
    cuts = np.full(SCORES - 1, np.nan)
    if len(values) == 0:
        return np.zeros(0, np.int8), cuts
    levels, level, customers = np.unique(values, return_inverse=True, return_counts=True)
    groups = min(SCORES, len(levels))
    starts = np.array(_even_starts(customers, groups))
    digits = np.array([3]) if groups == 1 else np.linspace(1, SCORES, groups).round().astype(np.int8)
    score = digits[np.searchsorted(starts, np.arange(len(levels)), side="right") - 1]
    reached = np.searchsorted(digits, np.arange(2, SCORES + 1))
    cuts[reached < groups] = levels[starts[reached[reached < groups]]]
    return score[level].astype(np.int8), cuts


def _even_starts(customers: NDArray[np.int64], groups: int) -> list[int]:
    """First level of each group: even shares of what is left, whole tie groups, none empty."""
    total = np.concatenate([[0], np.cumsum(customers)])
    starts = [0]
    for left in range(groups, 1, -1):
        start = starts[-1]
        wanted = total[start] + (total[-1] - total[start]) / left
        choices = np.arange(start + 1, len(customers) - left + 2)
        starts.append(int(choices[np.argmin(np.abs(total[choices] - wanted))]))
    return starts


def _score_within(group: NDArray[np.int64], values: Array) -> Scores:
    score = np.zeros(len(values), np.int8)
    for name in np.unique(group):
        rows = group == name
        score[rows] = quintiles(values[rows])[0]
    return score


def _own_borders(name: str, borders: Sequence[float]) -> Array:
    given = np.asarray(borders, np.float64)
    rising = -given if name == "recency" else given
    right = given.shape == (SCORES - 1,) and np.all(np.isfinite(given)) and np.all(np.diff(rising) > 0)
    if name not in MEASURES or not right:
        raise UsageError("VALUE-066", measure=name, seen=", ".join(f"{border:g}" for border in given.ravel()))
    return given
