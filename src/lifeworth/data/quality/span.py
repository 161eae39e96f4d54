"""The stretch of time the orders cover: too short, too old, or with holes in it."""

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.finding import Finding
from lifeworth.base.history import DAYS_PER_MONTH

SHORT_DAYS, YEAR_DAYS = 183, 365
STALE_DAYS = 14
SILENT_ORDERS = 30  # so many missing orders are no chance: exp(-30)
GAP_DAYS, LONG_GAP_DAYS = 7, 21


def short_history(first_day: int, observation_end: int, horizon_days: float | None) -> Finding | None:
    """Less than half a year; worse where the horizon asks for more than that."""
    days = observation_end - first_day + 1
    if days >= SHORT_DAYS:
        return None
    asked = horizon_days is not None and horizon_days > days
    return Finding("quality_short_history", "warn" if asked else "info", {"months": days / DAYS_PER_MONTH})


def unseen_season(first_day: int, observation_end: int, horizon_days: float | None) -> Finding | None:
    """Half a year or more, but no whole one: months lie ahead that were never seen, and no test can tell."""
    days = observation_end - first_day + 1
    if horizon_days is None or not SHORT_DAYS <= days < YEAR_DAYS:
        return None
    return Finding("quality_unseen_season", "warn", {"months": days / DAYS_PER_MONTH})


def horizon_too_long(first_day: int, observation_end: int, horizon_days: float | None) -> Finding | None:
    """A forecast further ahead than twice what was seen of the oldest customer."""
    seen = observation_end - first_day
    if horizon_days is None or horizon_days <= 2 * seen:
        return None
    facts = {"horizon_months": horizon_days / DAYS_PER_MONTH, "seen_months": seen / DAYS_PER_MONTH}
    return Finding("quality_horizon", "warn", facts)


def stale(day: NDArray[np.integer], purchases: NDArray[np.integer], observation_end: int) -> Finding | None:
    """Silence before the as-of day that the usual pace cannot explain: the export ends earlier."""
    if len(day) == 0:
        return None
    silent = observation_end - int(day[-1])
    if silent < STALE_DAYS or silent * _usual_pace(day, purchases) < SILENT_ORDERS:
        return None
    facts = {
        "days": silent,
        "last_order": date_of(int(day[-1])).isoformat(),
        "as_of": date_of(observation_end).isoformat(),
    }
    return Finding("quality_stale", "warn", facts)


def gap(day: NDArray[np.integer], purchases: NDArray[np.integer]) -> Finding | None:
    """The longest stretch without any purchase, where many were to be expected: closed, or not exported."""
    if len(day) < 2:
        return None
    silent = np.diff(day) - 1
    longest = int(np.argmax(silent))
    days = int(silent[longest])
    if days < GAP_DAYS or days * _usual_pace(day, purchases) < SILENT_ORDERS:
        return None
    facts = {
        "days": days,
        "from": date_of(int(day[longest]) + 1).isoformat(),
        "to": date_of(int(day[longest + 1]) - 1).isoformat(),
    }
    return Finding("quality_gap", "warn" if days >= LONG_GAP_DAYS else "info", facts)


def _usual_pace(day: NDArray[np.integer], purchases: NDArray[np.integer]) -> float:
    """Purchases per calendar day, the median week's (a launch or a sale must not set the pace)."""
    weeks = (np.asarray(day, np.int64) - int(day[0])) // 7
    per_week = np.bincount(weeks, weights=purchases)
    return float(np.median(per_week[per_week > 0])) / 7
