"""Costs that name nobody, shared out among those they were spent on, by a stated rule.

A pool is what was spent on one kind, in one channel (or all), on one segment or by one department, which are
cells of the orders' scope (or all), over one stretch of days, and shared out by one driver: counted orders,
their net sales, customers active, or customers acquired in those days. A pool without a stretch of days, or
with nobody in it, stays unallocated: it is spread over nobody.
"""

import calendar
import datetime
import re

import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.data.sources.headers import plain
from lifeworth.data.tables.companions.costs import (
    DEFAULT_DRIVER,
    DRIVER_WORDS,
    KIND_WORDS,
)
from lifeworth.engines.protocol import Engine

EPOCH = datetime.date(1970, 1, 1)
_PERIOD = re.compile(
    r"(\d{4})(?:年)?[-/. ]?(?:(?:Q|第)?([1-4])(?:季度|季|Q)|Q([1-4])|(\d{1,2})(?:月)?)?", re.IGNORECASE
)

SHARED = """
-- one row per kind and customer: their share of each pool they have a part in
WITH firsts AS (
  SELECT customer_id, day AS first_day, channel AS first_channel, scope AS first_scope FROM (
    SELECT customer_id, day, channel, scope,
           ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day, order_id) AS place
    FROM orders WHERE counted AND customer_id IS NOT NULL AND day <= :until) AS ranked
  WHERE place = 1),
parts AS (
  SELECT p.pool, o.customer_id, CAST(1 AS DOUBLE) AS part
  FROM cost_pools p JOIN orders o ON o.day BETWEEN p.from_day AND p.until_day
  WHERE p.driver = 'orders' AND o.counted AND o.customer_id IS NOT NULL AND o.day <= :until
    AND (p.channel IS NULL OR LOWER(o.channel) = p.channel)
    AND (p.cell IS NULL OR LOWER(o.scope) = p.cell)
  UNION ALL
  SELECT p.pool, o.customer_id, CAST(GREATEST(o.net_sales, 0) AS DOUBLE)
  FROM cost_pools p JOIN orders o ON o.day BETWEEN p.from_day AND p.until_day
  WHERE p.driver = 'net_sales' AND o.counted AND o.customer_id IS NOT NULL AND o.day <= :until
    AND (p.channel IS NULL OR LOWER(o.channel) = p.channel)
    AND (p.cell IS NULL OR LOWER(o.scope) = p.cell)
  UNION ALL
  SELECT DISTINCT p.pool, o.customer_id, CAST(1 AS DOUBLE)
  FROM cost_pools p JOIN orders o ON o.day BETWEEN p.from_day AND p.until_day
  WHERE p.driver = 'customers' AND o.counted AND o.customer_id IS NOT NULL AND o.day <= :until
    AND (p.channel IS NULL OR LOWER(o.channel) = p.channel)
    AND (p.cell IS NULL OR LOWER(o.scope) = p.cell)
  UNION ALL
  SELECT p.pool, f.customer_id, CAST(1 AS DOUBLE)
  FROM cost_pools p JOIN firsts f ON f.first_day BETWEEN p.from_day AND p.until_day
  WHERE p.driver = 'new_customers' AND (p.channel IS NULL OR LOWER(f.first_channel) = p.channel)
    AND (p.cell IS NULL OR LOWER(f.first_scope) = p.cell)),
shares AS (
  SELECT pool, customer_id, SUM(part) AS part FROM parts GROUP BY pool, customer_id),
wholes AS (
  SELECT pool, SUM(part) AS whole FROM shares GROUP BY pool)
SELECT p.kind, s.customer_id, SUM(CAST(p.amount AS DOUBLE) * s.part / w.whole) AS amount
FROM cost_pools p JOIN wholes w ON w.pool = p.pool JOIN shares s ON s.pool = p.pool
WHERE w.whole > 0
GROUP BY p.kind, s.customer_id
ORDER BY p.kind, s.customer_id"""


def _lookup(words: dict[str, str]) -> dict[str, str]:
    return {plain(word): name for name, text in words.items() for word in (name, *text.split(","))}


_KINDS, _DRIVERS = _lookup(KIND_WORDS), _lookup(DRIVER_WORDS)


def kinds(words: pa.ChunkedArray) -> tuple[list[str], list[str]]:
    """(kind of each entry, words that are none of ours and count as "other")."""
    texts = [word or "other" for word in words.to_pylist()]
    unknown = sorted({text for text in texts if plain(text) not in _KINDS})
    return [_KINDS.get(plain(text), "other") for text in texts], unknown


def period_days(text: str) -> tuple[int, int] | None:
    """First and last day of "2024", "2024-03", "2024年3月" or "2024Q1"; None where it is none of these."""
    match = _PERIOD.fullmatch(text.strip())
    if not match:
        return None
    year, quarter, month = int(match[1]), match[2] or match[3], match[4]
    first, last = (1, 12) if not (quarter or month) else (int(month or 0),) * 2
    if quarter:
        first, last = 3 * int(quarter) - 2, 3 * int(quarter)
    if not (1 <= first <= 12 and 1900 <= year <= 2200):
        return None
    begin = datetime.date(year, first, 1)
    end = datetime.date(year, last, calendar.monthrange(year, last)[1])
    return (begin - EPOCH).days, (end - EPOCH).days


def month_of(day: int) -> tuple[int, int]:
    """First and last day of the month that a day lies in."""
    date = EPOCH + datetime.timedelta(days=day)
    found = period_days(f"{date.year}-{date.month}")
    assert found is not None
    return found


def pools(entries: pa.Table, until_day: int, departments: frozenset[str] = frozenset()) -> pa.Table:
    """Entries that name neither customer nor order, as pools; those that begin after the as-of day are left.

    Args:
        entries: `kind` and the columns of COSTS.
        departments: cells of the orders' scope that are departments, in lower case: what one of them spent
            is shared out among its own orders.
    Returns:
        pool, kind, channel and cell of the scope (lower case), from_day, until_day (null: no stretch),
        driver, amount.
    """
    rows = []
    for number, entry in enumerate(entries.to_pylist()):
        stretch = _stretch(entry)
        cell = _lower(entry["segment"])
        if cell is None and _lower(entry["department"]) in departments:
            cell = _lower(entry["department"])
        driver = _DRIVERS.get(plain(entry["allocation"] or ""), DEFAULT_DRIVER[entry["kind"]])
        rows.append(
            {
                "pool": number,
                "kind": entry["kind"],
                "channel": _lower(entry["channel"]),
                "cell": cell,
                "from_day": None if stretch is None else stretch[0],
                "until_day": None if stretch is None else min(stretch[1], until_day),
                "driver": "none" if stretch is None else driver,
                "amount": entry["amount"],
            }
        )
    schema = pa.schema(
        [
            ("pool", pa.int64()), ("kind", pa.string()), ("channel", pa.string()), ("cell", pa.string()),
            ("from_day", pa.int32()),
            ("until_day", pa.int32()), ("driver", pa.string()), ("amount", pa.decimal128(18, 4)),
        ]
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def _lower(word: str | None) -> str | None:
    return word.strip().lower() or None if word else None


def share_out(engine: Engine, until_day: int) -> pa.Table:
    """kind, customer_id, amount: the shares of the registered `cost_pools` of the orders' customers."""
    return engine.query(SHARED, until=until_day)


def begins(entries: pa.Table) -> pa.Array:
    """First day that each entry is for; null where it names no time."""
    return pa.array(
        [
            None if (found := _stretch(entry)) is None else (entry["day"] if entry["day"] else found[0])
            for entry in entries.to_pylist()
        ],
        pa.int32(),
    )


def _stretch(entry: dict) -> tuple[int, int] | None:
    if entry["from_day"] is not None or entry["until_day"] is not None:
        first = entry["from_day"] if entry["from_day"] is not None else month_of(entry["until_day"])[0]
        last = entry["until_day"] if entry["until_day"] is not None else month_of(entry["from_day"])[1]
        return (first, last) if first <= last else None
    if entry["period"] and (found := period_days(entry["period"])):
        return found
    return None if entry["day"] is None else month_of(entry["day"])


def none_of(table: pa.Table, names: tuple[str, ...]) -> pa.ChunkedArray:
    """Rows in which all the named columns are null."""
    found = pc.is_null(table[names[0]])
    for name in names[1:]:
        found = pc.and_(found, pc.is_null(table[name]))
    return found
