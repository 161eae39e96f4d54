"""Cohorts: customers by the calendar period of their first purchase, and what each did in later periods.

Periods are months, or quarters or years where a history is long. A customer is active in a period with a
counted order; money is all of the customer's money, as in `data.summary`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.clock import date_of, day_number
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine

Period = Literal["month", "quarter", "year"]
Array = NDArray[np.float64]
MONTHS: dict[Period, int] = {"month": 1, "quarter": 3, "year": 12}
MOST = 24  # periods of a calendar, unless it is of years

CELLS = """
-- one row per cohort and period: customers who bought, their net sales, and what of these is value;
-- money before the first counted order belongs to the first period
SELECT m.cohort, CASE WHEN c.period > m.cohort THEN c.period ELSE m.cohort END AS period,
       COUNT(DISTINCT CASE WHEN o.counted THEN o.customer_id END) AS active,
       CAST(SUM(o.net_sales) AS DOUBLE) AS net_sales,
       CAST(SUM(CAST(CAST(o.net_sales AS DOUBLE) * m.rate AS DECIMAL(18, 4))) AS DOUBLE) AS value
FROM orders o JOIN members m ON o.customer_id = m.customer_id LEFT JOIN calendar c ON o.day = c.day
WHERE o.day <= :until
GROUP BY m.cohort, CASE WHEN c.period > m.cohort THEN c.period ELSE m.cohort END
ORDER BY 1, 2"""


@dataclass(frozen=True)
class Calendar:
    """Consecutive periods: `starts` holds the first day of each, and the day after the last."""

    period: Period
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, days: Array) -> NDArray[np.int64]:
        """The period of each day."""
        return np.searchsorted(self.starts, days, side="right").astype(np.int64) - 1

    def name(self, number: int) -> str:
        """`2024-03`, `2024-Q1`, `2024`."""
        day = date_of(int(self.starts[number]))
        if self.period == "year":
            return str(day.year)
        return (
            f"{day.year}-Q{(day.month + 2) // 3}"
            if self.period == "quarter"
            else f"{day.year}-{day.month:02d}"
        )


@dataclass(frozen=True)
class Cells:
    """Arrays (cohorts, periods): customers active, net sales, and the value of these."""

    active: NDArray[np.int64]
    net_sales: Array
    value: Array


def calendar(first_day: int, last_day: int) -> Calendar:
    """The finest periods of which at most `MOST` cover the days, or years."""
    found = [_periods(period, date_of(first_day), last_day) for period in MONTHS]
    return next((one for one in found if len(one) <= MOST), found[-1])


def _periods(period: Period, first: date, last_day: int) -> Calendar:
    length = MONTHS[period]
    month = (first.year * 12 + first.month - 1) // length * length
    starts = []
    while True:
        starts.append(day_number(date(month // 12, month % 12 + 1, 1)))
        if starts[-1] > last_day:
            return Calendar(period, np.array(starts, np.int64))
        month += length


def cohort_cells(
    orders: Orders, ids: pa.ChunkedArray, cohort: NDArray[np.int64], rate: Array, periods: Calendar,
    until_day: int, engine: Engine,
) -> Cells:  # fmt: skip
    """What the customers of each cohort did up to a day.

    Args:
        cohort: period of the first purchase of each of n customers.
        rate: value per unit of net sales, (n,).
    """
    days = np.arange(periods.starts[0], periods.starts[-1])
    orders.offer(engine)
    engine.register("members", pa.table({"customer_id": ids, "cohort": cohort, "rate": rate}))
    engine.register("calendar", pa.table({"day": days.astype(np.int32), "period": periods.of(days)}))
    found = engine.query(CELLS, until=until_day)
    for name in ("members", "calendar"):
        engine.drop(name)
    rows, columns = (found[name].to_numpy() for name in ("cohort", "period"))
    shape = (len(periods), len(periods))

    def grid(name: str, kind: Any) -> NDArray[Any]:
        cells: NDArray[Any] = np.zeros(shape, kind)
        cells[rows, columns] = found[name].to_numpy()
        return cells

    return Cells(grid("active", np.int64), grid("net_sales", np.float64), grid("value", np.float64))
