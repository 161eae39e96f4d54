"""What the sample company keeps beside its orders: answers, complaints, a coffee club, who lives together.

Story: each customer has a mood, hidden and steady. Those who leave soon are in a worse one (their share of
the mood is `mood_weight`), and mood shows in the answers to four yearly-half questionnaires, sent to
everybody who is there, and in how often they complain. A coffee club (`club`) takes a share of customers,
some own a van (`vehicles`), some share a household.
Its own stream of chance, so that the orders stay what they are, byte for byte.
"""

from dataclasses import dataclass, field

import numpy as np

from lifeworth.data.samples.company.club import Club, ClubParameters, club_starts, simulate_club
from lifeworth.data.samples.company.vehicles import VehicleParameters, Vehicles, simulate_vehicles
from lifeworth.data.samples.company.world import DAYS, Company, Floats, Whole

MONTHS = 37  # renewal dates of a club member from the company's first day to its last
MEASURES = ("nps", "csat", "economic", "functional", "emotional", "recommend")


@dataclass(frozen=True)
class BesideParameters:
    """Days are the unit of time; shares are 0..1; money is in minor units."""

    wave_days: tuple[int, ...] = (360, 540, 720, 900)
    response_share: float = 0.35
    mood_weight: float = 0.6  # correlation of mood with the rank of the exit rate
    cases_per_day: float = 0.004
    case_mood: float = -0.5  # complaints grow by exp(case_mood x mood)
    minute_cost: int = 90
    club_share: float = 0.3
    club: ClubParameters = field(default_factory=ClubParameters)
    vehicles: VehicleParameters = field(default_factory=VehicleParameters)
    household_share: float = 0.25


@dataclass(frozen=True)
class Beside:
    """Columns of each file, in the order of its rows; customers are rows of the company."""

    parameters: BesideParameters
    mood: Floats  # of each customer
    who: Whole  # answered
    day: Whole
    answers: dict[str, Whole]
    case_of: Whole
    case_day: Whole
    case_minutes: Whole
    case_topic: Whole  # 0 late, 1 broken, 2 wrong, 3 question
    member: Whole  # the customer that each member of `club` is
    club: Club
    vehicles: Vehicles
    household: Whole  # of each customer, or -1


def simulate_beside(c: Company, seed: int, parameters: BesideParameters | None = None) -> Beside:
    p = parameters or BesideParameters()
    rng = np.random.default_rng([seed, 11])
    size = len(c)
    rank = np.argsort(np.argsort(c.exit_rate, kind="stable"), kind="stable") / max(size - 1, 1)
    noise = rng.standard_normal(size)
    mood = p.mood_weight * np.sqrt(12.0) * (0.5 - rank) + np.sqrt(1 - p.mood_weight**2) * noise
    end = c.joined + c.lifetime
    who, day = [], []
    for wave in p.wave_days:
        there = (c.joined + 30 <= wave) & (end > wave) & (rng.random(size) < p.response_share)
        who.append(np.flatnonzero(there))
        day.append(np.full(int(there.sum()), wave))
    asked = np.concatenate(who)
    cases = rng.poisson(
        p.cases_per_day * np.exp(p.case_mood * mood) * np.minimum(np.minimum(end, DAYS) - c.joined, DAYS)
    )
    case_of = np.repeat(np.arange(size), cases)
    lived = (np.minimum(end, DAYS) - c.joined)[case_of]
    case_day = np.minimum(c.joined[case_of] + rng.random(len(case_of)) * lived, DAYS - 1).astype(np.int64)
    order = np.argsort(case_day, kind="stable")
    joining = np.random.default_rng([seed, 12])
    member = np.flatnonzero((joining.random(size) < p.club_share) & (c.joined < DAYS - 40))
    return Beside(
        p,
        mood,
        asked,
        np.concatenate(day),
        {name: _answers(rng, name, mood[asked], c.referral_mean[asked]) for name in MEASURES},
        case_of[order],
        case_day[order],
        (5 + rng.gamma(2.0, 6.0, len(case_of))).astype(np.int64),
        rng.integers(0, 4, len(case_of)),
        member,
        simulate_club(joining, club_starts(c.joined[member]), MONTHS, p.club),
        simulate_vehicles(c, seed, p.vehicles),
        _households(rng, size, p.household_share),
    )


def _answers(rng: np.random.Generator, name: str, mood: Floats, referring: Floats) -> Whole:
    """Mood with noise of its own, in steps of the scale; who refers much also says so."""
    felt = 0.75 * mood + 0.66 * rng.standard_normal(len(mood))
    if name in ("nps", "recommend"):
        felt = felt + 0.5 * (referring > np.median(referring)) - 0.25 if len(referring) else felt
    if name == "nps":
        return np.clip(np.rint(7.5 + 2.0 * felt), 0, 10).astype(np.int64)
    return np.clip(np.rint(3.6 + 1.0 * felt), 1, 5).astype(np.int64)


def _households(rng: np.random.Generator, size: int, share: float) -> Whole:
    """Households of two to four, drawn by lot; -1 for those who live alone."""
    chosen = rng.permutation(size)[: int(share * size)]
    found = np.full(size, -1, np.int64)
    number, start = 0, 0
    while start + 1 < len(chosen):
        many = int(rng.integers(2, 5))
        found[chosen[start : start + many]] = number
        number, start = number + 1, start + many
    if start < len(chosen):
        found[chosen[start:]] = -1
    return found
