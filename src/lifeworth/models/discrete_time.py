"""What models in discrete time (renewal dates, occasions) ask of columns and settings.

Discount rates here are periodic, as in the papers: worth falls by 1/(1 + d) per period.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.models.tables import Table

Counts = NDArray[np.int64]
LARGEST = 2.0**53


def finite(rows: Table, index: int) -> NDArray[Any]:
    """Column `index`. Raises ModelError MODEL-003 missing or infinite, 004 negative."""
    values, name = rows.columns[index], rows.names[index]
    if not np.isfinite(values).all():
        raise rows.error("MODEL-003", ~np.isfinite(values), column=name)
    if (values < 0).any():
        raise rows.error("MODEL-004", values < 0, column=name)
    return values


def whole(rows: Table, index: int) -> Counts:
    """Column `index` as integers. Raises also ModelError MODEL-202 for fractions."""
    values = finite(rows, index)
    if (values != np.floor(values)).any():
        raise rows.error("MODEL-202", values != np.floor(values), column=rows.names[index])
    return np.minimum(values, LARGEST).astype(np.int64)


def periods(value: Any, name: str) -> int:
    """A number of periods: whole, 0 or more. Raises UsageError MODEL-215."""
    if np.ndim(value) != 0 or not np.isfinite(value) or value != int(value) or value < 0:
        raise UsageError("MODEL-215", name=name, least=0, seen=str(value))
    return int(value)


def periodic_rate(value: Any) -> float:
    """A discount rate per period, 0 or more. Raises UsageError MODEL-217."""
    if not (np.ndim(value) == 0 and np.isfinite(value) and value >= 0):
        raise UsageError("MODEL-217", seen=str(value))
    return float(value)
