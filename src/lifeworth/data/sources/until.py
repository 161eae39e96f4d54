"""A day as people give it: a date, a timestamp, an ISO string, or a day number."""

import datetime
from typing import Any

import numpy as np

from lifeworth.base.clock import day_number
from lifeworth.base.errors import UsageError


def day_of(date: Any) -> int:
    """A day number from a date, a timestamp, an ISO string or a day number.

    Raises:
        UsageError: DATA-232.
    """
    if isinstance(date, int | np.integer):
        return int(date)
    try:
        if isinstance(date, datetime.date):
            return day_number(date)
        if isinstance(date, np.datetime64):
            return int(date.astype("datetime64[D]").astype(int))
        return day_number(datetime.date.fromisoformat(str(date).strip()[:10]))
    except ValueError:
        raise UsageError("DATA-232", seen=str(date)) from None
