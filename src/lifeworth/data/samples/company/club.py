"""The coffee club of the sample company: three plans and an add-on, pauses, leavers, some of whom return.

Story: each member leaves at a renewal date with a chance of his own, beta across members. Who stays moves
between plans, or pauses, as a Markov chain; a paused member resumes, leaves or waits. Who left comes back to
the old plan with a chance that falls after half a year. An add-on comes and goes by itself.
Renewal dates are the first day and each month after it.
"""

from dataclasses import dataclass

import numpy as np

from lifeworth.data.samples.company.world import FIRST_DAY, Floats, Whole

OUT, PAUSED = -1, 3  # states beside the plans 0, 1, 2


@dataclass(frozen=True)
class ClubParameters:
    """Chances per renewal date; money in minor units a month."""

    alpha: float = 1.2
    beta: float = 14.0
    fees: tuple[int, int, int] = (1200, 1900, 3100)
    first: tuple[float, float, float] = (0.5, 0.35, 0.15)
    # of those who stay on a plan: to each plan and to the pause
    moves: tuple[tuple[float, float, float, float], ...] = (
        (0.940, 0.030, 0.005, 0.025),
        (0.015, 0.940, 0.020, 0.025),
        (0.005, 0.020, 0.950, 0.025),
    )
    resumes: float = 0.45
    leaves_paused: float = 0.10
    returns: tuple[float, float] = (0.04, 0.01)  # in the first half year after leaving, and later
    extra: int = 400
    extra_first: float = 0.25
    extra_added: float = 0.01
    extra_dropped: float = 0.02


@dataclass(frozen=True)
class Club:
    """m members; state (m, months): plan 0..2, PAUSED or OUT at each renewal date from the first.

    extra: the add-on is paid for, too; day: of each renewal date, since 1970. Both (m, months).
    """

    parameters: ClubParameters
    start: Whole
    state: Whole
    extra: np.ndarray
    day: Whole
    chance: Floats  # to leave, of each member

    def fee(self) -> Whole:
        """Minor units that each member pays at each renewal date, (m, months)."""
        fees = np.array([*self.parameters.fees, 0, 0])  # PAUSED is 3, OUT is the last
        on = (self.state >= 0) & (self.state < PAUSED)
        return np.where(on, fees[self.state] + self.extra * self.parameters.extra, 0)


def simulate_club(rng: np.random.Generator, start: Whole, months: int, p: ClubParameters) -> Club:
    """Members who begin on days `start` (since 1970), followed for `months` renewal dates."""
    size = len(start)
    chance = rng.beta(p.alpha, p.beta, size)
    plan = rng.choice(3, size, p=p.first)
    state, extra = np.empty((size, months), np.int64), np.empty((size, months), bool)
    state[:, 0], extra[:, 0] = plan, rng.random(size) < p.extra_first
    gone = np.zeros(size, np.int64)
    moves = np.cumsum(p.moves, axis=1)
    for k in range(1, months):
        now, luck, turn = state[:, k - 1], rng.random(size), rng.random(size)
        on = (now >= 0) & (now < PAUSED)
        plan = np.where(on, now, plan)
        moved = (turn[:, None] >= moves[plan]).sum(axis=1)
        after = np.where(luck < chance, OUT, np.minimum(moved, PAUSED))
        waits = np.where(luck < p.resumes, plan, np.where(luck > 1 - p.leaves_paused, OUT, PAUSED))
        back = np.where(luck < np.where(gone < 6, *p.returns), plan, OUT)
        state[:, k] = np.where(on, after, np.where(now == PAUSED, waits, back))
        gone = np.where(state[:, k] == OUT, gone + (now == OUT), 0)
        turned = rng.random(size)
        extra[:, k] = np.where(extra[:, k - 1], turned >= p.extra_dropped, turned < p.extra_added)
    dates = start.astype("datetime64[D]")
    first = dates.astype("datetime64[M]")
    into = (dates - first.astype("datetime64[D]")).astype(np.int64)
    month = first[:, None] + np.arange(months)
    length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
    day = month.astype("datetime64[D]").astype(np.int64) + np.minimum(into[:, None], length - 1)
    return Club(p, start, state, extra, day, chance)


@dataclass(frozen=True)
class Period:
    """One row of the club's file; days since 1970, `end` -1: it goes on. extra: of the add-on."""

    member: int
    plan: int
    extra: bool
    start: int
    end: int
    fee: int


def club_periods(club: Club, last_day: int) -> list[Period]:
    """Periods that began up to `last_day`; what ends later goes on."""
    found: list[Period] = []
    p = club.parameters
    for member in range(len(club.start)):
        dates = int(np.searchsorted(club.day[member], last_day, side="right"))
        states, extras = club.state[member, :dates].tolist(), club.extra[member, :dates]
        with_extra = [bool(e) and 0 <= s < PAUSED for s, e in zip(states, extras, strict=True)]
        for row, fee_of, is_extra in ((states, (*p.fees, 0), False), (with_extra, (0, p.extra), True)):
            begin = 0
            for k in range(1, dates + 1):
                if k < dates and row[k] == row[begin]:
                    continue
                value = int(row[begin])
                if (value != OUT and not is_extra) or (value == 1 and is_extra):
                    end = int(club.day[member, k]) if k < dates else -1
                    plan = -1 if is_extra else value
                    start = int(club.day[member, begin])
                    found.append(Period(member, plan, is_extra, start, end, fee_of[value]))
                begin = k
    return found


def club_starts(joined: Floats) -> Whole:
    """Members begin a week after their first order, up to the 28th, so that each month has their day."""
    day = (FIRST_DAY + joined + 7).astype(np.int64)
    dates = day.astype("datetime64[D]")
    return day - np.maximum(
        (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(int) - 27, 0
    )
