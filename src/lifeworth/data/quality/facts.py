"""What the rules look at: the customer summary, totals per day, and counts of lines.

All of it comes from aggregates, so ten million lines cost one pass in the engine. Whatever is
None was not counted, and its rule keeps silent.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Customers:
    """n customers with a counted purchase. Days since 1970-01-01; net_sales in any one unit."""

    first_day: NDArray[np.integer]
    frequency: NDArray[np.integer]
    T: NDArray[np.integer]
    net_sales: NDArray[np.floating]

    def __len__(self) -> int:
        return len(self.first_day)

    @property
    def repeaters(self) -> int:
        return int(np.count_nonzero(self.frequency > 0))


@dataclass(frozen=True)
class Days:
    """Days with purchases, rising; purchases: distinct customers on each (purchase days)."""

    day: NDArray[np.integer]
    purchases: NDArray[np.integer]


@dataclass(frozen=True)
class Orders:
    """Counted orders: how many, the middle and the largest amount, their sum, and the share of
    orders with the single most frequent amount.
    """

    orders: int
    median: float
    largest: float
    total: float
    same_amount_share: float | None = None


@dataclass(frozen=True)
class Lines:
    """Rows of the files. `with_cost`: lines whose cost is known; `below_cost`: sold for less."""

    rows_read: int
    rows_rejected: int = 0
    duplicates: int = 0
    without_customer: int = 0
    unknown_status: int = 0
    with_cost: int = 0
    below_cost: int = 0


@dataclass(frozen=True)
class UsabilityFacts:
    """observation_end: the as-of day; horizon_days: of the forecast asked for, None if none is."""

    customers: Customers
    observation_end: int
    horizon_days: float | None = None
    days: Days | None = None
    orders: Orders | None = None
    lines: Lines | None = None
