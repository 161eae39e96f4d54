"""From stretches to what each subscription did at each of its renewal dates, up to the as-of day.

A run goes from a start to an end with nothing paid for behind it; pauses lie inside a run, trials outside.
Its renewal dates are its first day and each `interval` months after it. At a renewal date a subscription is
on a plan, and pays, or paused; where a run ends, the renewal date that did not come is where it left.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.data.contracts.stretches import FAR, SPAN, Stretches, later
from lifeworth.data.tables.companions.subscriptions import ACTIVE, PAUSED, TRIAL

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
Names = NDArray[np.object_]
LEFT = "churned"
DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class Runs:
    """One row per run, sorted by subscription and start; `end` is FAR where it goes on after the as-of day.

    ended: nothing followed (a change of interval starts another run without an end).
    """

    sub: Rows
    start: Rows
    end: Rows
    interval: Rows
    ended: Flags


@dataclass(frozen=True)
class Dates:
    """One row per renewal date that came, in the order of the runs.

    age: dates of the run before it; paid: those of them that were paid for; stretch: of the plan in force, a
    row of `Timeline.base`; mrr: cents a month, 0 when paused; extra: of it that of add-ons; next_state: at
    the date after it, LEFT, or "" where it has not come.
    """

    run: Rows
    age: Rows
    paid: Rows
    day: Rows
    stretch: Rows
    paused: Flags
    mrr: Rows
    extra: Rows
    next_state: Names


class Timeline:
    """What a subscription is on any day: the plan's stretch, and what is paid a month."""

    def __init__(self, stretches: Stretches, day: int) -> None:
        known = stretches.part(stretches.start <= day)
        plans = known.add_on == ""
        self.subscriptions = known.subscriptions
        self.day = day
        self.base, self.extras = known.part(plans), known.part(~plans)
        self._begin = self.base.sub * SPAN + self.base.start
        keys = np.concatenate(
            [self.extras.sub * SPAN + each for each in (self.extras.start, self.extras.end)]
        )
        change = np.concatenate([self.extras.mrr, -self.extras.mrr])
        order = np.argsort(keys, kind="stable")
        self._keys, self._paid = keys[order], np.append(0, np.cumsum(change[order]))

    def stretch(self, sub: Rows, day: Rows | int) -> Rows:
        """The row of `base` in force, -1 where there is none."""
        if not len(self._begin):
            return np.full(len(sub), -1, np.int64)
        at = np.searchsorted(self._begin, sub * SPAN + day, side="right") - 1
        there = (at >= 0) & (self.base.sub[at] == sub) & (day < self.base.end[at])
        return np.where(there, at, -1)

    def mrr(self, sub: Rows, day: Rows | int) -> Rows:
        """Cents a month of the plan and its add-ons; 0 while paused, on trial or not there."""
        at = self.stretch(sub, day)
        pays = (at >= 0) & (self.base.state[at] == ACTIVE) if len(self.base.sub) else np.zeros(len(sub), bool)
        extra = self._paid[np.searchsorted(self._keys, sub * SPAN + day, side="right")]
        plan = self.base.mrr[at] if len(self.base.sub) else 0
        return np.where(pays, plan + extra, 0)

    def runs(self) -> Runs:
        base = self.base.part(self.base.state != TRIAL)
        same = np.append(False, np.diff(base.sub) == 0)
        joined = same & (base.start <= np.append(FAR, base.end[:-1]))
        begins = np.flatnonzero(~joined | np.append(False, np.diff(base.interval) != 0))
        last = np.append(begins[1:], len(base.sub)) - 1 if len(begins) else begins
        followed = np.append(joined[begins[1:]], False) if len(begins) else np.zeros(0, bool)
        end = np.where(base.end[last] > self.day, FAR, base.end[last])
        return Runs(base.sub[begins], base.start[begins], end, base.interval[begins], (end < FAR) & ~followed)

    def dates(self, runs: Runs) -> Dates:
        stop = np.minimum(runs.end, self.day + 1)
        months = (stop - runs.start) / DAYS_PER_MONTH
        room = (months / runs.interval).astype(np.int64) + 2
        run = np.repeat(np.arange(len(room)), room)
        age = np.arange(len(run)) - np.repeat(np.cumsum(room) - room, room)
        day = later(runs.start[run], age * runs.interval[run])
        came = day < stop[run]
        run, age, day = run[came], age[came], day[came]
        sub = runs.sub[run]
        stretch = self.stretch(sub, day)
        paused = self.base.state[stretch] == PAUSED
        names = np.where(paused, PAUSED, self.base.plan[stretch])
        last = np.append(np.diff(run) != 0, True) if len(run) else np.zeros(0, bool)
        following = np.append(names[1:], "")
        next_state = np.where(last, np.where(runs.ended[run], LEFT, ""), following)
        before = np.append(0, np.cumsum(~paused))[:-1]
        paid = before - before[np.searchsorted(run, run)] if len(run) else before
        mrr = self.mrr(sub, day)
        extra = np.where(paused, 0, mrr - self.base.mrr[stretch])
        return Dates(run, age, paid, day, stretch, paused, mrr, extra, next_state)

    def monthly(self, account: Rows, accounts: int) -> tuple[list[str], Rows]:
        """Names of the months, and MRR (accounts, months) at the end of each, the last at the as-of day.

        account: of each subscription.
        """
        if not len(self.base.sub):
            return [], np.zeros((accounts, 0), np.int64)
        span = np.array([self.base.start.min(), self.day]).astype("datetime64[D]").astype("datetime64[M]")
        months = np.arange(span[0], span[1] + 1)
        ends = np.minimum((months + 1).astype("datetime64[D]").astype(np.int64) - 1, self.day)
        subs, grid = np.arange(len(self.subscriptions)), np.zeros((accounts, len(months)), np.int64)
        for at, day in enumerate(ends.tolist()):
            grid[:, at] = np.bincount(account, self.mrr(subs, day), accounts)
        return [str(month) for month in months], grid

    def add_ons(self, day: int) -> list[list[str]]:
        """Names of the add-ons that each subscription has on a day."""
        found: list[list[str]] = [[] for _ in self.subscriptions]
        here = (self.extras.start <= day) & (day < self.extras.end)
        for sub, name in zip(self.extras.sub[here].tolist(), self.extras.add_on[here], strict=True):
            found[sub].append(str(name))
        return found
