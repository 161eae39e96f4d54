"""From orders and dated covariates to periods: what each customer bought while what was known of them.

The table is that of `lifeworth.models.purchase.paths`, for DynamicParetoNBD. A row of covariates holds from
its day on, up to the day before the next row of the same customer; the last as long as the one before it. A
purchase on a day belongs to the period that holds that day. The period of the first purchase begins there,
and the one in which the observation ends is cut at that day: the rest of it, and what follows, is still to
come. Covariates without customers, such as a season, are everybody's.
"""

from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.errors import DataError
from lifeworth.data.sources.orders import Orders, kind_of, to_frame
from lifeworth.data.sources.until import day_of
from lifeworth.data.summary import as_given, as_orders, unit_days, until_day

Days = NDArray[np.int64]
SHOWN = 5
GAP = 1.9  # times the usual length; months differ by less
RESERVED = ("customer_id", "start", "stop", "purchases", "last_purchase")

BOUGHT = """
-- one row per customer and period that ends after the first purchase: repeat purchase days in it
WITH days AS (
  SELECT DISTINCT customer_id, day FROM orders WHERE customer_id IS NOT NULL AND counted AND day <= :until),
firsts AS (SELECT customer_id, MIN(day) AS first_day FROM days GROUP BY customer_id)
SELECT f.customer_id, f.first_day, p.place, p.begins, p.ends,
       COUNT(d.day) AS purchases, MAX(d.day) AS last_day
FROM firsts f JOIN periods p ON p.whose = f.customer_id AND p.ends > f.first_day
LEFT JOIN days d ON d.customer_id = f.customer_id AND d.day > f.first_day
                AND d.day >= p.begins AND d.day < p.ends
GROUP BY f.customer_id, f.first_day, p.place, p.begins, p.ends
ORDER BY f.customer_id, p.begins"""

EVERYBODY = """
-- the periods of covariates that are everybody's, once per customer
SELECT c.customer_id AS whose, p.place, p.begins, p.ends
FROM (SELECT DISTINCT customer_id FROM orders WHERE customer_id IS NOT NULL AND counted) c
CROSS JOIN common p"""


def covariate_periods(
    orders: Any,
    covariates: Any,
    observation_period_end: Any = None,
    time_unit: str = "D",
    period_start_col: str = "period_start",
    customer_id_col: str | None = None,
    datetime_col: str | None = None,
    monetary_value_col: str | Literal[False] | None = None,
) -> Any:
    """customer_id, start, stop, purchases, last_purchase and the covariates, a row per customer and period.

    Args:
        orders, observation_period_end, time_unit, and the last three: as `rfm_summary`.
        covariates: any dataframe with the day each period begins, the covariates, and customer_id, or the
            column of the orders that names customers, where they differ between customers. Rows in any
            order; those after the end are what is yet to come.
    Returns:
        The kind of dataframe given as covariates, sorted by customer and time; times in `time_unit` since
        the customer's first purchase.
    Raises:
        DataError: DATA-240, 241 for columns and dates, 242 for two rows of one period, 243 for missing
        periods, 244 for customers whose covariates do not cover their time.
    """
    unit = unit_days(time_unit)
    read = as_orders(orders, customer_id_col, datetime_col, monetary_value_col)
    until = until_day(read, observation_period_end)
    table = _arrow(covariates)
    who = _customer_column(table, read)
    periods = _periods(table, period_start_col, who)
    with read.workbench() as engine:
        read.offer(engine)
        if "whose" in periods.column_names:
            engine.register("periods", periods)
        else:
            engine.register("common", periods)
            engine.register("periods", engine.query(EVERYBODY))
        found = engine.query(BOUGHT, until=until)
        buyers = engine.query(
            "SELECT customer_id, MIN(day) AS first_day FROM orders WHERE customer_id IS NOT NULL AND counted "
            "AND day <= :until GROUP BY customer_id ORDER BY customer_id",
            until=until,
        )
    _demand_cover(buyers, found, until)
    rows = _cut(found, until, unit)
    keep = [name for name in table.column_names if name not in (*RESERVED, who, period_start_col)]
    for name in keep:
        rows = rows.append_column(name, table[name].take(rows["place"]))
    return to_frame(as_given(rows.drop_columns(["place"]), orders, read), kind_of(covariates))


def _arrow(covariates: Any) -> pa.Table:
    if isinstance(covariates, pa.Table):
        return covariates
    import narwhals as nw

    try:
        known: Any = nw.from_native(covariates)
    except TypeError:
        raise DataError("DATA-014", kind=type(covariates).__name__) from None
    frame = known.collect() if isinstance(known, nw.LazyFrame) else known
    return frame.to_arrow().select(frame.columns)  # without the index of a pandas frame


def _customer_column(table: pa.Table, read: Orders) -> str | None:
    """The column that says whose covariates they are; None: everybody's."""
    named = read.report.files[0].mapping.get("customer_id", {}).get("column")
    return next((name for name in ("customer_id", named) if name in table.column_names), None)


def _periods(table: pa.Table, column: str, who: str | None) -> pa.Table:
    """place (row of the table), begins and ends (days), and whose where they have customers."""
    if column not in table.column_names:
        raise DataError("DATA-240", column=column, seen=table.column_names)
    begins, wrong = np.zeros(table.num_rows, np.int64), np.zeros(table.num_rows, bool)
    for row, value in enumerate(table[column].to_pylist()):
        try:
            begins[row] = day_of(value)
        except ValueError:
            wrong[row] = True
    if wrong.any() or not len(begins):
        raise DataError("DATA-241", column=column, count=int(wrong.sum()), rows=_shown(wrong))
    whose = None if who is None else table[who].cast(pa.string()).to_numpy(zero_copy_only=False)
    codes = np.zeros(len(begins), np.int64)
    if whose is not None:
        codes = np.unique(np.array([str(each).strip() for each in whose]), return_inverse=True)[1]
    order = np.lexsort((begins, codes))
    same = np.diff(codes[order]) == 0
    gap = np.diff(begins[order])
    if (same & (gap == 0)).any():
        raise DataError("DATA-242", **_facts(order[1:][same & (gap == 0)]))
    usual = float(np.median(gap[same])) if same.any() else 1.0
    holes = same & (gap > GAP * usual)
    if holes.any():
        days = int(gap[holes].max())
        raise DataError("DATA-243", **_facts(order[:-1][holes]), days=days, usual=int(usual))
    lasts = np.append(np.where(same, gap, 0), 0)
    final = lasts == 0
    lasts[final] = np.where(np.append(False, same)[final], np.append(0, gap)[final], max(int(usual), 1))
    columns: dict[str, Any] = {"place": order, "begins": begins[order], "ends": begins[order] + lasts}
    if whose is not None:
        columns["whose"] = [str(each).strip() for each in whose[order]]
    return pa.table(columns)


def _demand_cover(buyers: pa.Table, found: pa.Table, until: int) -> None:
    """Every customer's periods reach from the first purchase to the end of the observation."""
    ids = found["customer_id"].to_numpy(zero_copy_only=False)
    begins, ends = found["begins"].to_numpy(), found["ends"].to_numpy()
    first: dict[Any, int] = {}
    last: dict[Any, int] = {}
    for who, begin, end in zip(ids.tolist(), begins.tolist(), ends.tolist(), strict=True):
        first.setdefault(who, begin)
        last[who] = end
    short = [
        who
        for who, day in zip(buyers["customer_id"].to_pylist(), buyers["first_day"].to_pylist(), strict=True)
        if first.get(who, until + 1) > day or last[who] < until
    ]
    if short:
        day = date_of(until).isoformat()
        raise DataError("DATA-244", count=len(short), customers=short[:SHOWN], until=day)


def _cut(found: pa.Table, until: int, unit: float) -> pa.Table:
    """Rows up to the end of the observation and after it, times counted from the first purchase."""
    begins, ends = found["begins"].to_numpy(), found["ends"].to_numpy()
    born = found["first_day"].to_numpy()
    begins = np.maximum(begins, born)
    known = np.flatnonzero(begins <= until)
    ahead = np.flatnonzero(ends > until)
    rows = np.concatenate([known, ahead])
    past = np.arange(len(rows)) < len(known)
    low = np.where(past, begins[rows], np.maximum(begins[rows], until)) - born[rows]
    high = np.where(past, np.minimum(ends[rows], until), ends[rows]) - born[rows]
    order = np.lexsort((~past, rows))
    order = order[(high > low)[order] | past[order]]
    rows, past = rows[order], past[order]
    made = found["purchases"].to_numpy()[rows].astype(np.float64)
    last = (found["last_day"].to_numpy(zero_copy_only=False)[rows] - born[rows]) / unit
    return pa.table(
        {
            "customer_id": found["customer_id"].take(rows),
            "start": low[order] / unit,
            "stop": high[order] / unit,
            "purchases": pa.array(made, mask=~past),
            "last_purchase": pa.array(last.astype(np.float64), mask=~(past & (made > 0))),
            "place": found["place"].take(rows),
        }
    )


def _facts(rows: NDArray[np.integer]) -> dict[str, Any]:
    return {"count": len(rows), "rows": sorted(rows.tolist())[:SHOWN]}


def _shown(wrong: NDArray[np.bool_]) -> list[int]:
    return np.flatnonzero(wrong)[:SHOWN].tolist()
