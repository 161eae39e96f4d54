"""Subscribers as of a day: where each subscription stands, what it has paid, what models learn from.

A file may tell histories (`data.contracts.stretches`) or one row per account (`data.contracts.accounts`),
which knows no days: then there is no bridge of monthly revenue and nobody is seen to pause or come back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.contracts.accounts import Accounts, covariates_of, read_accounts
from lifeworth.data.contracts.covariates import Covariates
from lifeworth.data.contracts.histories import DAYS_PER_MONTH, LEFT, Dates, Runs, Timeline
from lifeworth.data.contracts.stretches import FAR, later, read_stretches
from lifeworth.data.tables.companions.subscriptions import ACTIVE, PAUSED, TRIAL
from lifeworth.engines.protocol import Engine

Rows = NDArray[np.int64]
Names = NDArray[np.object_]
STATES = (ACTIVE, PAUSED, LEFT)
SLACK = 0.1  # months of 28 and of 31 days are months


@dataclass(frozen=True)
class Learning:
    """What models learn from.

    tenures: pieces of runs in the coding T, churned, entry of the retention models; interval: of each;
    covariates: of each piece, as they were while it lasted.
    moves: interval -> (states before, states after) of all subscriptions at all renewal dates.
    again: whether a piece is of a run after a return. extras: counts of renewals without and with add-ons, in
    rows, that had none or some at the next one, in columns. gone, back: months since somebody left, to the
    return or to the as-of day, and whether it was a return.
    """

    tenures: dict[str, Rows]
    interval: Rows
    covariates: Covariates
    again: NDArray[np.bool_]
    moves: dict[int, tuple[list[str], list[str]]]
    extras: Rows
    gone: Rows
    back: NDArray[np.bool_]


@dataclass(frozen=True)
class Bills:
    """What was charged at renewal dates: cents, the subscription and the day (-1 where it is not known)."""

    sub: Rows
    day: Rows
    cents: Rows


@dataclass(frozen=True)
class Subscribers:
    """s subscriptions, in the order of customer and number; arrays (s,).

    charge: cents a month now, or when it last paid; extra: of it add-ons; age: renewals paid before the last;
    renewal: day of the next one; gone: months since it left; piece: of `learning`, for its covariates.
    monthly: cents (customers, months), None where the file knows no days; customers: in order.
    """

    name: str
    day: int
    customer: list[str]
    number: list[str]
    plan: list[str]
    add_ons: list[list[str]]
    state: Names
    since: Rows
    age: Rows
    interval: Rows
    charge: Rows
    extra: Rows
    renewal: Rows
    gone: Rows
    piece: Rows
    learning: Learning
    bills: Bills
    customers: list[str]
    months: list[str]
    monthly: Rows | None
    rejected: pa.Table
    counts: dict[str, int]
    findings: list[Finding]

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def account(self) -> Rows:
        """The place in `customers` of each subscription."""
        place = {name: at for at, name in enumerate(self.customers)}
        return np.array([place[name] for name in self.customer], np.int64)


def read_subscribers(
    source: Any, day: int, engine: Engine, zone: str = "UTC", columns: Mapping[str, str] | None = None
) -> Subscribers:
    """
    Raises:
        DataError: DATA-301 where the file is neither of histories nor of accounts, DATA-340, DATA-341 where
        no row can be used, and as for companion files.
    """
    try:
        told = read_stretches(source, engine, zone, columns)
    except DataError as error:
        if error.code != "DATA-301":
            raise
        try:
            return _of_accounts(read_accounts(source, columns=columns), day)
        except DataError as other:
            raise (error if other.code == "DATA-301" else other) from None
    line = Timeline(told.stretches, day)
    runs = line.runs()
    dates = line.dates(runs)
    last_run = np.flatnonzero(np.append(np.diff(runs.sub) != 0, True)) if len(runs.sub) else np.zeros(0, int)
    if not len(last_run):
        raise DataError("DATA-341", file=told.read.name, rows=told.read.rows_read)
    last_date = np.searchsorted(dates.run, last_run, side="right") - 1
    sub = runs.sub[last_run]
    now = line.stretch(sub, day)
    ended = runs.ended[last_run]
    paused = ~ended & (now >= 0) & (line.base.state[now] == PAUSED)
    pieces, of_date = _pieces(runs, dates)
    paid_at = _last_paid(dates)[last_date]
    charge = np.where(ended | paused, dates.mrr[paid_at], line.mrr(sub, day))
    interval = runs.interval[last_run]
    following = later(runs.start[last_run], (dates.age[last_date] + 1) * interval)
    plan = line.base.plan[np.where(ended | paused, dates.stretch[paid_at], np.maximum(now, 0))]
    names = [line.subscriptions[at] for at in sub.tolist()]
    customers = sorted({customer for customer, _ in names})
    place = {name: at for at, name in enumerate(customers)}
    account = np.full(len(line.subscriptions), -1)
    account[sub] = [place[customer] for customer, _ in names]
    extras = line.add_ons(day)
    row = line.base.row[dates.stretch[pieces["date"]]]
    tenures = {name: pieces[name] for name in ("T", "churned", "entry")}
    covariates = covariates_of(source, told.read, row, tenures, line.base.plan[dates.stretch[pieces["date"]]])
    covariates.numbers["monthly_charge"] = dates.mrr[pieces["date"]] / 100.0
    gone, back = _returns(runs, account, day)
    findings = [*told.findings]
    last_row = line.base.row[dates.stretch[last_date]]
    differ = ended & np.array([each is False for each in told.read.table["churned"].to_pylist()])[last_row]
    if differ.any():
        facts = {"file": told.read.name, "count": int(differ.sum()), "rows": len(sub)}
        findings.append(Finding("contracts.ended_but_here", "warn", facts))
    if covariates.leaks():
        facts = {"file": told.read.name, "columns": covariates.leaks()}
        findings.append(Finding("contracts.leakage", "warn", facts))
    paying = np.flatnonzero(dates.mrr > 0)
    spans = runs.interval[dates.run[paying]]
    renumbered = np.full(len(line.subscriptions), -1)
    renumbered[sub] = np.arange(len(sub))
    months, grid = line.monthly(np.maximum(account, 0), len(customers))
    counts = {
        "rows": told.read.rows_read, "rejected": told.rejected.num_rows,
        "trials": int(np.count_nonzero(told.stretches.state == TRIAL)),
    }  # fmt: skip
    return Subscribers(
        told.read.name, day, [customer for customer, _ in names], [number for _, number in names],
        plan.tolist(), [extras[at] for at in sub.tolist()],
        np.where(ended, LEFT, np.where(paused, PAUSED, ACTIVE)).astype(object),
        runs.start[last_run], dates.paid[paid_at], interval, charge, dates.extra[paid_at],
        np.maximum(following, day + 1),
        ((day - runs.end[last_run]) / DAYS_PER_MONTH * ended + SLACK).astype(np.int64),
        of_date[paid_at],
        Learning(tenures, runs.interval[dates.run[pieces["date"]]], covariates,
                 _returned(runs)[dates.run[pieces["date"]]], _moves(runs, dates, line), _extras(dates),
                 gone, back),
        Bills(renumbered[runs.sub[dates.run[paying]]], dates.day[paying], dates.mrr[paying] * spans),
        customers, months, grid, told.rejected, counts, findings,
    )  # fmt: skip


def _pieces(runs: Runs, dates: Dates) -> tuple[dict[str, Rows], Rows]:
    """Stretches of a plan between renewal dates, without pauses; and the piece of each date, -1 of pauses."""
    pays = ~dates.paused
    same = np.append(False, (np.diff(dates.run) == 0) & (np.diff(dates.stretch) == 0))
    begins = pays & ~(same & np.append(False, pays[:-1]))
    piece = np.where(pays, np.cumsum(begins) - 1, -1)
    first = np.flatnonzero(begins)
    last = np.searchsorted(np.where(pays, piece, 0)[pays], np.arange(len(first)), side="right") - 1
    last = np.flatnonzero(pays)[last] if len(first) else first
    left = dates.next_state[last] == LEFT
    told = dates.next_state[last] != ""
    return {
        "T": dates.paid[last] + told,
        "churned": left.astype(np.int64),
        "entry": dates.paid[first],
        "date": first,
    }, piece


def _last_paid(dates: Dates) -> Rows:
    """For each date, the last one up to it at which the run paid; itself where it never did."""
    at = np.arange(len(dates.run))
    paid = np.maximum.accumulate(np.where(~dates.paused, at, -1))
    return np.where((paid >= 0) & (dates.run[np.maximum(paid, 0)] == dates.run), paid, at)


def _returned(runs: Runs) -> NDArray[np.bool_]:
    """Whether a run follows one of the same subscription that had ended."""
    return np.append(False, (np.diff(runs.sub) == 0) & runs.ended[:-1])[: len(runs.sub)]


def _extras(dates: Dates) -> Rows:
    """Renewals without and with add-ons, by whether the next one of the run, paid for as well, had some."""
    follows = (np.diff(dates.run) == 0) & ~dates.paused[1:] & ~dates.paused[:-1]
    some = dates.extra > 0
    table = np.zeros((2, 2), np.int64)
    np.add.at(table, (some[:-1][follows].astype(int), some[1:][follows].astype(int)), 1)
    return table


def _moves(runs: Runs, dates: Dates, line: Timeline) -> dict[int, tuple[list[str], list[str]]]:
    before = np.where(dates.paused, PAUSED, line.base.plan[dates.stretch])
    known, interval = dates.next_state != "", runs.interval[dates.run]
    return {
        int(each): (
            before[known & (interval == each)].tolist(),
            dates.next_state[known & (interval == each)].tolist(),
        )
        for each in np.unique(interval)
    }


def _returns(runs: Runs, account: Rows, day: int) -> tuple[Rows, NDArray[np.bool_]]:
    """For each time a customer had left: months until the return or the as-of day, and whether it was one."""
    who = account[runs.sub]
    order = np.lexsort((runs.start, who))
    who, start = who[order], runs.start[order]
    end = np.where(runs.ended[order], runs.end[order], FAR)
    for at in range(1, len(who)):  # still here by another subscription
        if who[at] == who[at - 1]:
            end[at] = max(end[at], end[at - 1])
    following = np.append(np.where(np.diff(who) == 0, start[1:], FAR), FAR)
    left = end < np.minimum(following, day + 1)
    back = following[left] < FAR
    passed = (np.minimum(following[left], day) - end[left]) / DAYS_PER_MONTH
    return np.where(back, np.maximum(np.rint(passed), 1), np.floor(passed + SLACK)).astype(np.int64), back


def _of_accounts(accounts: Accounts, day: int) -> Subscribers:
    size = len(accounts)
    charge = np.nan_to_num(accounts.charge).astype(np.int64)
    tenures = {name: np.asarray(each, np.int64) for name, each in accounts.tenures().items()}
    months = np.maximum(accounts.months, 0)
    sub = np.repeat(np.arange(size), months)
    state = np.where(accounts.churned, LEFT, ACTIVE).astype(object)
    return Subscribers(
        accounts.name, day, accounts.customer_id, [""] * size, accounts.plan, [[] for _ in range(size)],
        state,
        np.full(size, -1), months, np.ones(size, np.int64), charge, np.zeros(size, np.int64),
        np.full(size, day + int(DAYS_PER_MONTH / 2)),
        np.zeros(size, np.int64), np.arange(size),
        Learning(tenures, np.ones(size, np.int64), accounts.covariates, np.zeros(size, bool), {},
                 np.zeros((2, 2), np.int64), np.zeros(0, np.int64), np.zeros(0, bool)),
        Bills(sub, np.full(len(sub), -1), charge[sub]),
        sorted(set(accounts.customer_id)), [], None, accounts.rejected,
        {"rows": accounts.rows_read, "rejected": accounts.rejected.num_rows, "trials": 0}, accounts.findings,
    )  # fmt: skip
