"""Time value of money: one annual, effective rate; compounding is continuous inside the year.

A sum received after t days is worth (1 + rate) ** (-t / 365.25) today.
"""

import math

from lifeworth.base.errors import UsageError
from lifeworth.base.history import DAYS_PER_MONTH, DAYS_PER_YEAR


def rate_per_day(annual_rate: float) -> float:
    """Continuous rate per day of an annual effective rate (0.10 = 10 % a year).

    Raises:
        UsageError: VALUE-001 outside [0, 10).
    """
    if not 0 <= annual_rate < 10:
        raise UsageError("VALUE-001", seen=annual_rate)
    return math.log1p(annual_rate) / DAYS_PER_YEAR


def horizon_days(months: float) -> float:
    """Days of a horizon in months of 30.4375 days.

    Raises:
        UsageError: VALUE-002 unless 0 < months <= 600.
    """
    if not 0 < months <= 600:
        raise UsageError("VALUE-002", seen=months)
    return months * DAYS_PER_MONTH


def average_discount(annual_rate: float, days: float) -> float:
    """Mean discount factor of an even stream over (0, days]."""
    delta = rate_per_day(annual_rate)
    return -math.expm1(-delta * days) / (delta * days) if delta else 1.0
