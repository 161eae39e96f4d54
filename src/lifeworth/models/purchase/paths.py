"""Customers followed through periods in which what is known of them stays the same.

A table with a row per customer and period, the rows of a customer together and in order of time:

customer_id     of any kind
start, stop     of the period, in time since the customer's first purchase; the first starts at 0
purchases       repeat purchases in [start, stop); missing (null, NaN) in periods yet to come
last_purchase   when the last of them was made; missing, or anything, where there are none

and the covariates. T is where the known periods end. `lifeworth.covariate_periods` makes such a table
from orders and dated covariates. Every refusal names the rows, counted from 0, and their customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.covariates import Design, Links, Traits, columns_of, learn
from lifeworth.models.tables import Table, customer_ids, raw, table

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
TIMES, COUNTS = ("start", "stop"), ("purchases", "last_purchase")
JOINED = 1e-9  # of the age: two periods join where less lies between them


@dataclass(frozen=True)
class Paths:
    """n customers with m rows. `of_row` (m,): whose row; `known` (m,): purchases are known.

    x, t_x, T (n,): repeat purchases, when the last one was made, age; kind (m,): covariates of the row.
    """

    customers: list[Any]
    first: Rows
    of_row: Rows
    start: Floats
    stop: Floats
    purchases: Floats
    known: NDArray[np.bool_]
    x: NDArray[np.int64]
    t_x: Floats
    T: Floats
    kind: NDArray[np.int32]
    traits: Traits | None
    backend: str

    def __len__(self) -> int:
        return len(self.customers)


@dataclass(frozen=True)
class Pieces:
    """Stretches of constant covariates: whose, which kind, how long, and whether after the last purchase."""

    of: Rows
    kind: NDArray[np.int32]
    length: Floats
    late: NDArray[np.bool_]


def read(data: Any, design: Design | None, observed: bool = True) -> Paths:
    """Checked rows. `observed=False`: periods alone, all of them yet to come.

    Raises ModelError MODEL-001, 002, 003, 011 to 013; 160 to 166 for periods that do not fit together;
    130 and 131 for covariates.
    """
    times = table(data, TIMES)
    ids, rows = _customers(data, times)
    start, stop = (column.astype(np.float64) for column in times.columns)
    for name, column in zip(TIMES, (start, stop), strict=True):
        if not np.isfinite(column).all():
            raise times.error("MODEL-003", ~np.isfinite(column), column=name)
    begins = np.diff(rows, prepend=-1) != 0
    _demand_order(times, rows, begins, start, stop)
    first = np.flatnonzero(begins)
    if observed:
        counts = table(data, COUNTS)
        known, purchases, last = _purchases(counts, begins, start, stop)
    else:
        known = np.zeros(len(start), bool)
        purchases, last = np.zeros(len(start)), np.zeros(len(start))
    traits = None if design is None else design.read(data)
    kind = np.zeros(len(start), np.int32) if traits is None else traits.kind
    return Paths(
        ids, first, rows, start, stop, purchases, known,
        np.add.reduceat(purchases, first).astype(np.int64),
        np.maximum.reduceat(last, first),
        np.maximum.reduceat(np.where(known, stop, 0.0), first),
        kind, traits, times.backend,
    )  # fmt: skip


def learned(data: Any, paths: Paths, columns: Mapping[str, Any], ties: bool, links: Links) -> Traits:
    """The covariates of the known rows, with means and spreads over the time they lasted. Raises as
    `covariates.learn`; rows are counted among the known ones."""
    names = tuple(columns_of(columns))
    given = raw(data, names)
    kept = {name: column[paths.known] for name, column in zip(names, given.columns, strict=True)}
    kept["customer_id"] = np.array(paths.customers, object)[paths.of_row[paths.known]]
    lasted = (paths.stop - paths.start)[paths.known]
    return learn(kept, columns, np.maximum(lasted, 1e-12 * lasted.max(initial=1e-300)), ties, links)


def past(paths: Paths) -> Pieces:
    """The known time, cut at the last purchase; at least one piece after it, perhaps of no length."""
    rows = np.flatnonzero(paths.known)
    whose = paths.of_row[rows]
    cut = paths.t_x[whose]
    start, stop = paths.start[rows], paths.stop[rows]
    inside = (start < cut) & (cut < stop)
    last = np.append(np.flatnonzero(np.diff(whose)), len(rows) - 1)
    missing = last[(start[last] < cut[last]) & ~inside[last]]  # bought on the last day: nothing after it
    extra = np.concatenate([np.flatnonzero(inside), missing])
    order = np.argsort(np.concatenate([np.arange(len(rows)), extra + 0.5]), kind="stable")
    at = np.concatenate([np.arange(len(rows)), extra])[order]
    second = np.concatenate([np.zeros(len(rows), bool), np.ones(len(extra), bool)])[order]
    low = np.where(second, cut[at], start[at])
    high = np.where(~second & inside[at], cut[at], stop[at])
    late = second | (start[at] >= cut[at])
    return _merged(whose[at], paths.kind[rows][at], np.maximum(high - low, 0.0), late)


def future(paths: Paths, limit: float | None) -> Pieces:
    """The time to come, up to `limit` after T; None: as far as it is given."""
    rows = np.flatnonzero(~paths.known)
    whose = paths.of_row[rows]
    origin = paths.T[whose]
    low, high = paths.start[rows] - origin, paths.stop[rows] - origin
    if limit is not None:
        high = np.minimum(high, limit)
    some = high > low
    return _merged(whose[some], paths.kind[rows][some], (high - low)[some], np.ones(int(some.sum()), bool))


def reach(paths: Paths) -> Floats:
    """How far beyond T each customer's covariates are given, (n,)."""
    return np.maximum.reduceat(paths.stop, paths.first) - paths.T


def _merged(of: Rows, kind: NDArray[np.int32], length: Floats, late: NDArray[np.bool_]) -> Pieces:
    if not len(of):
        return Pieces(of, kind, length, late)
    new = np.ones(len(of), bool)
    new[1:] = (np.diff(of) != 0) | (np.diff(kind) != 0) | (late[1:] != late[:-1])
    first = np.flatnonzero(new)
    return Pieces(of[first], kind[first], np.add.reduceat(length, first), late[first])


def _customers(data: Any, times: Table) -> tuple[list[Any], Rows]:
    """Customers in order of appearance, and whose each row is. Raises MODEL-163 for rows torn apart."""
    index: dict[Any, int] = {}
    rows = np.array([index.setdefault(each, len(index)) for each in customer_ids(data).tolist()], np.intp)
    torn = np.diff(rows, prepend=0) < 0
    if torn.any():
        raise times.error("MODEL-163", torn)
    return list(index), rows


def _demand_order(times: Table, rows: Rows, begins: NDArray[np.bool_], start: Floats, stop: Floats) -> None:
    if (stop < start).any():
        raise times.error("MODEL-160", stop < start)
    late = begins & (start != 0)
    if late.any():
        raise times.error("MODEL-164", late)
    ended = np.append(0.0, stop[:-1])
    began = np.append(0.0, start[:-1])
    slack = JOINED * np.maximum.accumulate(stop)
    back = ~begins & (start < began)
    if back.any():
        raise times.error("MODEL-163", back)
    for code, wrong in (("MODEL-161", start > ended + slack), ("MODEL-162", start < ended - slack)):
        if (wrong & ~begins).any():
            raise times.error(code, wrong & ~begins)


def _purchases(
    counts: Table, begins: NDArray[np.bool_], start: Floats, stop: Floats
) -> tuple[NDArray[np.bool_], Floats, Floats]:
    made, last = (column.astype(np.float64) for column in counts.columns)
    known = ~np.isnan(made)
    again = known & ~begins & ~np.append(True, known[:-1])
    if (again | (begins & ~known)).any():
        raise counts.error("MODEL-166", again | (begins & ~known))
    made = np.where(known, made, 0.0)
    odd = ~np.isfinite(made) | (made < 0) | (made != np.floor(made))
    if odd.any():
        raise counts.error("MODEL-005", odd)
    some = made > 0
    slack = JOINED * stop
    with np.errstate(invalid="ignore"):
        fine = (last > 0) & (last >= start - slack) & (last <= stop + slack)
    if (some & ~fine).any():
        raise counts.error("MODEL-165", some & ~fine)
    return known, made, np.where(some, np.clip(last, start, stop), 0.0)
