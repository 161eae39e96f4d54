"""Left-truncated history: the file begins in the middle of a running business.

Then the first order in the file is not the customer's first ever. Old customers look new, so
the model sees an early crowd that repeats unusually often, and expects as much of true newcomers.

Two signs together, since either alone has innocent causes (a launch, a campaign):
the first weeks have far more "new" customers per day than later, and those early ones buy more
often over their whole age than the later ones - true newcomers of a young shop would, being
older by now, buy less often. Where hardly anybody is new later (a panel), the sign is that the
early customers repeat at once and that their purchases do not fade.
"""

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.finding import Finding

CROWD = 2.0
LIVELIER = 1.3
FEWEST = 30  # customers on each side of a comparison
AT_ONCE = 0.5  # repeat purchases per early customer within the first window
NOT_FADING = 0.9


def left_truncated(
    first_day: NDArray[np.integer],
    frequency: NDArray[np.integer],
    T: NDArray[np.integer],
    *,
    day: NDArray[np.integer] | None = None,
    purchases: NDArray[np.integer] | None = None,
) -> Finding | None:
    """None also where the file is too short or too small to tell."""
    if len(first_day) < 2 * FEWEST:
        return None
    start = int(first_day.min())
    end = int((first_day + T).max())
    window = int(np.clip((end - start) // 8, 14, 45))
    if end - start < 5 * window:
        return None
    early = first_day < start + window
    later = (first_day >= start + 2 * window) & (first_day <= end - window)
    if np.count_nonzero(early) < FEWEST:
        return None
    facts = {
        "customers": int(np.count_nonzero(early)),
        "share": float(np.mean(early)),
        "days": window,
        "start": date_of(start).isoformat(),
    }
    if np.count_nonzero(later) < FEWEST:
        panel = (
            day is not None and purchases is not None and _panel(day, purchases, early, start, end, window)
        )
        return Finding("quality_panel", "warn", facts) if panel else None
    later_days = end - window - (start + 2 * window) + 1
    crowd = np.count_nonzero(early) / window / (np.count_nonzero(later) / later_days)
    livelier = _pace(frequency[early], T[early]) / max(_pace(frequency[later], T[later]), 1e-12)
    if crowd < CROWD or livelier < LIVELIER:
        return None
    return Finding("quality_left_truncated", "warn", {**facts, "crowd": float(min(crowd, 999.0))})


def _pace(frequency: NDArray[np.integer], T: NDArray[np.integer]) -> float:
    return float(frequency.sum()) / max(float(T.sum()), 1.0)


def _panel(
    day: NDArray[np.integer],
    purchases: NDArray[np.integer],
    early: NDArray[np.bool_],
    start: int,
    end: int,
    window: int,
) -> bool:
    """Nearly everybody is there from the start, repeats at once, and goes on as before."""
    if early.mean() < 0.8:
        return False

    def bought(since: int) -> float:
        return float(purchases[(day >= since) & (day < since + window)].sum())

    at_once = bought(start) / np.count_nonzero(early) - 1
    fading = bought(end - window + 1) / max(bought(start + window), 1.0)
    return bool(at_once >= AT_ONCE and fading >= NOT_FADING)
