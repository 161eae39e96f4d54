"""Where to cut a file in two: the part a model may see, and the months it is judged by.

A third of the span is held out: enough future to judge by, enough past to learn from. Never
more than the horizon asked for, never less than four weeks, always whole weeks, so that both
parts hold each weekday equally often. Where repeat purchases are scarce the holdout grows up
to half of the span; without enough in both parts there is no honest backtest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.finding import Finding

WEEK = 7
SHORTEST_HOLDOUT = 28
SHORTEST_PAST = 56
ENOUGH_REPEATS = 50  # the standard error of a total of 50 purchases is 14 %: less cannot grade 5 %


@dataclass(frozen=True)
class Cutoff:
    """day: the last day a model may see; the holdout is the `holdout_days` days after it.

    `day` is None where the file cannot be cut, with the finding that says why.
    """

    day: int | None
    holdout_days: int = 0
    finding: Finding | None = None


def choose_cutoff(
    first_day: int,
    last_day: int,
    *,
    horizon_days: float,
    repeat_days: NDArray[np.integer] | None = None,
    repeat_counts: NDArray[np.integer] | None = None,
) -> Cutoff:
    """The cut of a file that runs from first_day to last_day (both included).

    Args:
        horizon_days: longest holdout wanted, > 0.
        repeat_days, repeat_counts: day numbers with repeat purchases and how many (1 each if
            None), in any order; without them only the length of the file counts.
    """
    span = last_day - first_day + 1
    if span < SHORTEST_HOLDOUT + SHORTEST_PAST:
        return Cutoff(None, finding=_too_short(span))
    longest = _weeks(min(span / 2, span - SHORTEST_PAST))
    wanted = _weeks(max(SHORTEST_HOLDOUT, min(span / 3, horizon_days)))
    if repeat_days is None:
        return Cutoff(last_day - wanted, wanted)
    return _with_enough_repeats(last_day, wanted, longest, repeat_days, repeat_counts)


def _with_enough_repeats(
    last_day: int,
    wanted: int,
    longest: int,
    repeat_days: NDArray[np.integer],
    repeat_counts: NDArray[np.integer] | None,
) -> Cutoff:
    days = np.asarray(repeat_days, np.int64)
    counts = np.ones(len(days)) if repeat_counts is None else np.asarray(repeat_counts, np.float64)
    total = counts.sum()
    # nearest to the wanted length first, longer before shorter
    lengths = range(SHORTEST_HOLDOUT, longest + 1, WEEK)
    for length in sorted(lengths, key=lambda length: (abs(length - wanted), -length)):
        held_out = counts[days > last_day - length].sum()
        if held_out >= ENOUGH_REPEATS and total - held_out >= ENOUGH_REPEATS:
            return Cutoff(last_day - length, length)
    facts = {"repeats": int(total), "wanted": ENOUGH_REPEATS}
    return Cutoff(None, finding=Finding("backtest_few_repeats", "warn", facts))


def _weeks(days: float) -> int:
    return int(days // WEEK) * WEEK


def _too_short(span: int) -> Finding:
    facts = {"days": int(max(span, 0)), "wanted_days": SHORTEST_HOLDOUT + SHORTEST_PAST}
    return Finding("backtest_short", "warn", facts)
