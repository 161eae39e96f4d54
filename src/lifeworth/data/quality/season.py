"""Seasons and peaks: purchase models believe that customers buy at a steady pace.

Repeat purchases are compared, not all purchases: a campaign that wins newcomers is no season.
The first two months are left out, since a young base has few who can repeat.
"""

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.finding import Finding

MONTHS_NEEDED = 10  # whole months after the first two: a year of orders
RUN_IN_DAYS = 60
FEWEST_PURCHASES = 30  # in the middle month or week; below, chance swings as much
STRONG_MONTH = 1.75
STRONG_WEEK = 2.5
NEIGHBOURS = 4
CLOSED_SHARE = 0.10


def repeat_purchases(
    day: NDArray[np.integer], purchases: NDArray[np.integer], first_day: NDArray[np.integer], end: int
) -> tuple[int, NDArray[np.float64]]:
    """Repeat purchases of every calendar day: the first day, and a count per day up to `end`."""
    start = int(min(day[0], first_day.min()))
    length = end - start + 1
    every = np.bincount(np.asarray(day, np.int64) - start, weights=purchases, minlength=length)[:length]
    new = np.bincount(np.asarray(first_day, np.int64) - start, minlength=length)[:length]
    return start, np.maximum(every - new, 0.0)


def is_closed(first_day: NDArray[np.integer], end: int) -> bool:
    """Hardly anybody joined after the first third of the time: one group followed over time."""
    start = int(first_day.min())
    return float(np.mean(first_day > start + (end - start) / 3)) < CLOSED_SHARE


def strong_season(start: int, repeats: NDArray[np.float64], *, closed: bool = False) -> Finding | None:
    """The strongest month against the middle month, per day; needs about a year.

    From two years on a steady trend is taken out first; with one year, season and growth
    cannot be told apart, and both spoil a forecast in the same way. In a closed group repeat
    purchases ebb as its members leave, which models expect: there the trend always goes out.
    """
    days = np.arange(start + RUN_IN_DAYS, start + len(repeats))
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    names, month, lengths = np.unique(months, return_inverse=True, return_counts=True)
    whole = lengths >= 20
    if np.count_nonzero(whole) < MONTHS_NEEDED:
        return None
    counts = np.bincount(month, weights=repeats[RUN_IN_DAYS:])
    if np.median(counts[whole]) < FEWEST_PURCHASES:
        return None
    rate = counts[whole] / lengths[whole]
    if closed or len(rate) >= 24:
        rate = rate / _trend(rate)
    times = float(rate.max() / max(np.median(rate), 1e-12))
    if times < STRONG_MONTH:
        return None
    strongest = str(names[whole][np.argmax(rate)])
    return Finding("quality_season", "warn", {"month": strongest, "times": min(times, 999.0)})


def peak_week(start: int, repeats: NDArray[np.float64]) -> Finding | None:
    """One week far above its neighbours: a sale or a shopping festival (双11)."""
    weekly = repeats[RUN_IN_DAYS:]
    weekly = weekly[: len(weekly) // 7 * 7].reshape(-1, 7).sum(axis=1)
    if len(weekly) < 2 * NEIGHBOURS + 1:
        return None
    near = np.lib.stride_tricks.sliding_window_view(
        np.pad(weekly, NEIGHBOURS, mode="reflect"), 2 * NEIGHBOURS + 1
    )
    usual = np.median(near, axis=1)
    times = np.where(usual >= FEWEST_PURCHASES, weekly / np.maximum(usual, 1.0), 0.0)
    week = int(np.argmax(times))
    if times[week] < STRONG_WEEK:
        return None
    monday = np.datetime64(start + RUN_IN_DAYS + 7 * week, "D")
    return Finding("quality_peak_week", "info", {"week": str(monday), "times": float(times[week])})


def _trend(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Robust exponential trend: the median slope between all pairs of months (Theil-Sen)."""
    level = np.log(np.maximum(rate, rate[rate > 0].min() if np.any(rate > 0) else 1.0))
    month = np.arange(len(rate))
    one, other = np.triu_indices(len(rate), 1)
    slope = np.median((level[other] - level[one]) / (month[other] - month[one]))
    return np.exp(slope * (month - month.mean()))
