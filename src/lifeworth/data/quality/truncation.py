"""Left-truncated history: the file begins in the middle of a running business.

Then the first order in the file is not the customer's first ever. Old customers look new, so
the model sees an early crowd that repeats unusually often, and expects as much of true newcomers.

Two signs together, since either alone has innocent causes (a launch, a campaign):
the first weeks have far more "new" customers per day than later, and in those weeks they repeat
faster than the newcomers of the last weeks do, seen for just as long. Where hardly anybody is new
later (a panel), the sign is that the early customers repeat at once and do not fade.
"""

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.finding import Finding
from lifeworth.data.quality.facts import Customers, Days

CROWD = 2.0
LIVELIER = 1.1  # above the newcomers' pace and its standard error
FEWEST = 30  # customers on each side of a comparison
PANEL_SHARE = 0.8
AT_ONCE = 0.5  # repeat purchases per early customer within the first window
NOT_FADING = 0.9


def left_truncated(customers: Customers, days: Days, end: int) -> Finding | None:
    """None also where the file is too short or too small to tell.

    Args:
        end: the as-of day, to which the ages T of the customers run.
    """
    if len(customers) < 2 * FEWEST or len(days.day) == 0:
        return None
    start = int(customers.first_day.min())
    window = int(np.clip((end - start) // 8, 14, 45))
    early = customers.first_day < start + window
    if end - start < 5 * window or np.count_nonzero(early) < FEWEST:
        return None
    crowd_size = int(np.count_nonzero(early))
    facts = {
        "customers": crowd_size,
        "share": float(np.mean(early)),
        "days": window,
        "start": date_of(start).isoformat(),
    }
    later = customers.first_day >= start + 2 * window
    if np.count_nonzero(later) < FEWEST:
        panel = np.mean(early) >= PANEL_SHARE and _goes_on(days, crowd_size, start, end, window)
        return Finding("quality_panel", "warn", facts) if panel else None
    crowd = crowd_size / window / (np.count_nonzero(later) / (end - start - 2 * window + 1))
    if crowd < CROWD or not _livelier_than_newcomers(customers, days, early, start, end, window):
        return None
    return Finding("quality_left_truncated", "warn", {**facts, "crowd": float(crowd)})


def _livelier_than_newcomers(
    customers: Customers, days: Days, early: NDArray[np.bool_], start: int, end: int, window: int
) -> bool:
    """Repeat purchases per customer and day, both within `window` days of the first purchase seen."""
    newest = customers.first_day > end - window
    repeats = _bought(days, start, window) - np.count_nonzero(early)
    pace = repeats / max(float((start + window - 1 - customers.first_day[early]).sum()), 1.0)
    newcomers_repeats = float(customers.frequency[newest].sum())
    at_most = newcomers_repeats + np.sqrt(newcomers_repeats) + 1  # few newcomers may be slow by chance
    newcomers_pace = at_most / max(float(customers.T[newest].sum()), 1.0)
    return bool(repeats >= FEWEST and pace >= LIVELIER * newcomers_pace)


def _goes_on(days: Days, customers: int, start: int, end: int, window: int) -> bool:
    """The early customers repeat at once, and buy as much at the end as after the first weeks."""
    at_once = _bought(days, start, window) / customers - 1
    fading = _bought(days, end - window + 1, window) / max(_bought(days, start + window, window), 1.0)
    return bool(at_once >= AT_ONCE and fading >= NOT_FADING)


def _bought(days: Days, since: int, length: int) -> float:
    return float(days.purchases[(days.day >= since) & (days.day < since + length)].sum())
