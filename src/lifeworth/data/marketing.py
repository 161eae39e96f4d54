"""Marketing spend by channel and month, from a file of any grain, up to the as-of day.

A row is for a day, for a period (month, quarter, year) or from one day to another. What lies in several
months is spread over their days. Days after the as-of day are left out, with their share of the money.
"""

import datetime
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.cost_pools import EPOCH, month_of, period_days
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.tables.companions.marketing import MARKETING
from lifeworth.engines.protocol import Engine

Cell = tuple[str, str]  # channel in lower case ("" where none is named), month as "2024-03"
TIMES = ("day", "period", "from_day", "until_day")


@dataclass(frozen=True)
class Marketing:
    """spend, told: per cell; `names`: channel in lower case -> as it is spelled in the file.

    `told` has the customers won by the channels' own count, only for cells where they tell it.
    """

    spend: dict[Cell, float]
    told: dict[Cell, float]
    names: dict[str, str]
    has_channels: bool
    set_aside: float  # spent on days after the as-of day
    undated: float  # of rows whose time cannot be read
    rejected: pa.Table
    findings: list[Finding]


def read_marketing(source: Any, until_day: int, engine: Engine, zone: str) -> Marketing:
    """
    Raises:
        DataError: DATA-301 without an amount, DATA-331 without a column that says when.
    """
    read = read_companion(source, MARKETING, engine=engine, zone=zone)
    if not set(TIMES) & set(read.mapping):
        raise DataError("DATA-331", file=read.name, seen=", ".join(read.mapping.values()))
    found = Marketing({}, {}, {}, "channel" in read.mapping, 0.0, 0.0, read.rejected, list(read.findings))
    late = undated = 0.0
    for row in read.table.to_pylist():
        channel = (row["channel"] or "").strip()
        found.names.setdefault(channel.lower(), channel)
        amount, days = float(row["amount"]), _days(row)
        if days is None:
            undated += amount
            continue
        length = days[1] - days[0] + 1
        for month, first, last in _months(days):
            kept = max(0, min(last, until_day) - first + 1)
            late += amount * (last - first + 1 - kept) / length
            if kept:
                cell = (channel.lower(), month)
                found.spend[cell] = found.spend.get(cell, 0.0) + amount * kept / length
                if row["new_customers"] is not None:
                    told = row["new_customers"] * kept / length
                    found.told[cell] = found.told.get(cell, 0.0) + told
    if undated:
        found.findings.append(Finding("marketing_undated", "warn", {"amount": round(undated, 2)}))
    if late:
        found.findings.append(Finding("marketing_late", "info", {"amount": round(late, 2)}))
    return Marketing(
        found.spend, found.told, found.names, found.has_channels, late, undated, read.rejected, found.findings
    )


def month_name(day: int) -> str:
    return (EPOCH + datetime.timedelta(days=int(day))).strftime("%Y-%m")


def _days(row: dict[str, Any]) -> tuple[int, int] | None:
    """First and last day that a row is for; one day where it names a day only."""
    first, last = row["from_day"], row["until_day"]
    if first is not None or last is not None:
        first = month_of(last)[0] if first is None else first
        last = month_of(first)[1] if last is None else last
        return (first, last) if first <= last else None
    if row["period"] and (found := period_days(row["period"])):
        return found
    return None if row["day"] is None else (row["day"], row["day"])


def _months(days: tuple[int, int]) -> list[tuple[str, int, int]]:
    """The months that a stretch of days touches, each with its first and last day inside the stretch."""
    parts, first = [], days[0]
    while first <= days[1]:
        last = min(month_of(first)[1], days[1])
        parts.append((month_name(first), first, last))
        first = last + 1
    return parts
