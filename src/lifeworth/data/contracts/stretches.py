"""From a file of subscriptions to stretches: from which day to which a plan or an add-on ran, at what price.

A file may tell periods, events or months (`data.tables.companions.subscriptions`); all three become the
same. Within a subscription a new row of the plan ends the one before it, and a gap of up to GAP_DAYS is
none, so that no month is paid for twice and no billing day makes a leaver.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.sources.companions import Companion, read_companion
from lifeworth.data.sources.headers import plain
from lifeworth.data.tables.companions.accounts import LEFT
from lifeworth.data.tables.companions.subscriptions import (
    ACTIVE,
    END,
    EVENTS,
    INTERVALS,
    PAUSE,
    PAUSED,
    STATES,
    SUBSCRIPTIONS,
    TRIAL,
)
from lifeworth.engines.protocol import Engine

Rows = NDArray[np.int64]
Names = NDArray[np.object_]
SPAN = 1_000_000  # more than days since 1970
FAR = SPAN - 1  # the end of what goes on
GAP_DAYS = 7
NO_PLAN = "-"  # the name of the plan where a file knows none
UNTOLD, NEGATIVE = -1, -2  # prices
_EVENT = {plain(word): event for event, words in EVENTS.items() for word in words.split(",")}
_STATE = {plain(word): state for state, words in STATES.items() for word in words.split(",")}
_INTERVAL = {plain(word): months for months, words in INTERVALS.items() for word in words.split(",")}
_LEFT = {plain(word) for word in LEFT.split(",")}


@dataclass(frozen=True)
class Stretches:
    """r stretches, sorted by subscription, add-on and start; days [start, end), FAR where it goes on.

    sub: place in `subscriptions`, pairs of customer and the file's own number; add_on: "" is the plan;
    mrr: cents a month; interval: months from one renewal to the next; row: of the companion table.
    """

    subscriptions: list[tuple[str, str]]
    sub: Rows
    add_on: Names
    plan: Names
    start: Rows
    end: Rows
    mrr: Rows
    interval: Rows
    state: Names
    row: Rows

    def part(self, chosen: NDArray[Any]) -> "Stretches":
        columns = {name: getattr(self, name)[chosen] for name in self.__annotations__ if name != FIRST}
        return Stretches(self.subscriptions, **columns)


FIRST = "subscriptions"


@dataclass(frozen=True)
class Told:
    """The file as it was read, and what could not be used of it."""

    read: Companion
    stretches: Stretches
    rejected: pa.Table
    findings: list[Finding]


def read_stretches(source: Any, engine: Engine, zone: str, columns: Mapping[str, str] | None = None) -> Told:
    """
    Raises:
        DataError: DATA-301 without a customer, a day or a price, DATA-341 where no row can be used, and as
        for companion files.
    """
    read = read_companion(source, SUBSCRIPTIONS, engine=engine, zone=zone, columns=columns)
    table = read.table
    size = table.num_rows
    reason = np.full(size, "", object)
    start, end, day = (_days(table, name) for name in ("start_day", "end_day", "day"))
    by_event = "start_day" not in read.mapping and "event" in read.mapping
    by_month = "start_day" not in read.mapping and not by_event
    start = np.where(start < 0, day, start)
    state, event = _words(table["status"], _STATE, ACTIVE), _words(table["event"], _EVENT, "")
    state = np.where((state == ACTIVE) & _flags(table, "trial"), TRIAL, state)
    interval = _intervals(table["interval"])
    reason[interval < 1] = "unknown_interval"
    if by_event:
        reason[event == ""] = "unknown_event"
        state = np.where(event == PAUSE, PAUSED, state)
        end = np.full(size, FAR)
    elif by_month:
        reason[_left(table)] = "month_after_the_end"
        end = np.where(end < 0, later(start, interval), end)
    else:
        reason[(end >= 0) & (end < start)] = "ends_before_it_starts"
        reason[(_left(table) | _flags(table, "churned")) & (end < 0)] = "no_end"
        end = np.where(end < 0, FAR, end)
    mrr = _monthly(table, interval)
    reason[mrr == NEGATIVE] = "negative_price"
    pairs = list(zip(table["customer_id"].to_pylist(), _text(table["subscription_id"]), strict=True))
    subscriptions = sorted(set(pairs))
    place = {pair: at for at, pair in enumerate(subscriptions)}
    found = Stretches(
        subscriptions,
        np.array([place[pair] for pair in pairs], np.int64),
        np.array(_text(table["add_on"]), object),
        np.array(_text(table["plan"]), object),
        start, end, np.asarray(mrr, np.int64), interval, state, np.arange(size),
    )  # fmt: skip
    fine = reason == ""
    if not fine.any():
        raise DataError("DATA-341", file=read.name, rows=read.rows_read)
    kept, repeated = _in_order(found.part(fine), event[fine] if by_event else None)
    findings = list(read.findings)
    if not fine.all():
        facts = {"file": read.name, "count": int((~fine).sum()), "rows": read.rows_read}
        findings.append(Finding("subscriptions_rejected", "warn", facts))
    if repeated:
        findings.append(Finding("subscriptions_repeated", "info", {"file": read.name, "count": repeated}))
    return Told(read, kept, read.rejected_with(reason), findings)


def _in_order(found: Stretches, event: Names | None) -> tuple[Stretches, int]:
    """Sorted, prices carried on, each ended by what follows it, without what only ends; rows repeated."""
    found = _plans_first(found)
    order = np.lexsort((found.row, found.start, found.add_on.astype(str), found.sub))
    found = found.part(order)
    first = np.append(True, (np.diff(found.sub) != 0) | (found.add_on[1:] != found.add_on[:-1]))
    again = np.append(~first[1:] & (np.diff(found.start) == 0), False)  # a later row of the day holds
    ends = np.zeros(len(order), bool) if event is None else event[order] == END
    price, plans = found.mrr.copy(), found.plan.copy()
    for at in np.flatnonzero(~first & ((price < 0) | (plans == ""))):  # few: a row that leaves them open
        price[at] = price[at - 1] if price[at] < 0 else price[at]
        plans[at] = plans[at] or plans[at - 1]
    plans[plans == ""] = NO_PLAN
    following = np.append(np.where(first[1:], FAR + GAP_DAYS + 1, found.start[1:]), FAR + GAP_DAYS + 1)
    end = np.where(following - found.end <= GAP_DAYS, np.minimum(following, FAR), found.end)
    if event is not None:  # nothing of a subscription goes on after its plan has ended
        stops = np.sort((found.sub * SPAN + found.start)[ends & (found.add_on == "")])
        next_stop = np.append(stops, np.iinfo(np.int64).max)[
            np.searchsorted(stops, found.sub * SPAN + found.start, side="right")
        ]
        end = np.minimum(end, np.minimum(next_stop - found.sub * SPAN, FAR))
    made = Stretches(
        found.subscriptions, found.sub, found.add_on, plans, found.start, end, np.maximum(price, 0),
        found.interval, found.state, found.row,
    )  # fmt: skip
    return made.part(~again & ~ends & (end > found.start)), int(again.sum())


def _plans_first(found: Stretches) -> Stretches:
    """A subscription that tells add-ons only has them for plans."""
    with_plan = np.zeros(len(found.subscriptions), bool)
    with_plan[found.sub[found.add_on == ""]] = True
    alone = ~with_plan[found.sub]
    plan = np.where(alone & (found.plan == ""), found.add_on, found.plan)
    add_on = np.where(alone, "", found.add_on)
    return Stretches(
        found.subscriptions, found.sub, add_on, plan, found.start, found.end, found.mrr, found.interval,
        found.state, found.row,
    )  # fmt: skip


def _days(table: pa.Table, name: str) -> Rows:
    """Days since 1970, -1 where there is none."""
    return np.asarray(table[name].fill_null(-1).to_numpy(), np.int64)


def _text(column: pa.ChunkedArray) -> list[str]:
    return [each or "" for each in column.to_pylist()]


def _words(column: pa.ChunkedArray, known: Mapping[str, str], otherwise: str) -> Names:
    return np.array([known.get(plain(each), otherwise) for each in _text(column)], object)


def _flags(table: pa.Table, name: str) -> NDArray[np.bool_]:
    return np.array(table[name].fill_null(False).to_pylist(), bool)


def _left(table: pa.Table) -> NDArray[np.bool_]:
    return np.array([plain(each) in _LEFT for each in _text(table["status"])], bool)


def _intervals(column: pa.ChunkedArray) -> Rows:
    """Months; 0 where what is said is no interval."""

    def months(word: str) -> int:
        if not word:
            return 1
        number = _INTERVAL.get(plain(word)) or word.removesuffix(".0")
        return int(number) if str(number).isdigit() and 1 <= int(number) <= 120 else 0

    read = {word: months(word) for word in set(_text(column))}
    return np.array([read[word] for word in _text(column)], np.int64)


def _monthly(table: pa.Table, interval: Rows) -> Rows:
    """Cents a month, UNTOLD or NEGATIVE."""
    mrr, price = (
        np.array([np.nan if each is None else float(each) for each in table[name].to_pylist()])
        for name in ("mrr", "price")
    )
    told = np.where(np.isfinite(mrr), mrr, price / np.maximum(interval, 1))
    cents = np.rint(np.nan_to_num(told) * 100)
    return np.where(np.isfinite(told), np.where(told < 0, NEGATIVE, cents), UNTOLD).astype(np.int64)


def later(day: Rows, months: Rows) -> Rows:
    """The same day of a later month, or that month's last."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    into = (date - month.astype("datetime64[D]")).astype(np.int64)
    then = month + months
    last = ((then + 1).astype("datetime64[D]") - then.astype("datetime64[D]")).astype(np.int64) - 1
    return (then.astype("datetime64[D]").astype(np.int64)) + np.minimum(into, last)
