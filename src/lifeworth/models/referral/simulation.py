"""A world of referrals whose truth is known: who is contagious, who would have come anyway.

Customers arrive by themselves at an even rate; each refers others as the epidemic model says, and
those refer again, generation by generation, until nobody is left. What is observed is what came
before `days`; the rest is the future a forecast is held against. Everything hangs on one seed.
Source: methods.md 5.4.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.random import generator

Floats = NDArray[np.float64]
Delays = Callable[[np.random.Generator, int], Floats]
MOST = 5_000_000  # a world that explodes is cut off here, or at ten times its market


@dataclass(frozen=True)
class World:
    """The rules. Times in days; `would_have_joined` of the referred would have come by themselves.

    homophily: how far a recruit's loyalty and value follow the referrer's (0 to 1);
    leaving_rate: hazard of leaving, after which a customer talks no more;
    market_size: prospects and customers together, None: without end;
    recorded_share: share of referrals whose referrer's id was written down;
    delays: draws delays with mean `theta` unless exponential.
    """

    arrivals_per_day: float = 3.0
    days: float = 730.0
    intercept: float = float(np.log(0.55))
    slope: float = 0.5
    k: float = 0.4
    theta: float = 90.0
    would_have_joined: float = 0.25
    value_correlation: float = -0.2
    value_mean: float = 100.0
    value_sigma: float = 0.8
    homophily: float = 0.0
    leaving_rate: float = 0.0
    market_size: float | None = None
    recorded_share: float = 1.0
    answered_share: float = 1.0
    delays: Delays | None = None


@dataclass(frozen=True)
class History:
    """Everyone who ever came, sorted by day; the first `observed` came before the last day seen.

    parent: (n,) true referrer's row, -1 without; needed: (n,) whether the referral was needed;
    columns: what a company would see of the observed, as the epidemic model reads it.
    """

    day: Floats
    parent: NDArray[np.int64]
    loyalty: Floats
    value: Floats
    infectiousness: Floats
    reproduction: Floats
    needed: NDArray[np.bool_]
    observed: int
    columns: dict[str, NDArray] = field(repr=False)

    @property
    def future_referrals(self) -> NDArray[np.int64]:
        """Direct referrals after the last day seen, for each observed customer."""
        later = self.parent[self.observed :]
        return np.bincount(later[(later >= 0) & (later < self.observed)], minlength=self.observed)

    @property
    def future_descendants(self) -> int:
        """Everyone who will descend from the observed."""
        root = np.arange(len(self.day))
        comes_from = np.zeros(len(self.day), bool)
        comes_from[: self.observed] = True
        for row in range(self.observed, len(root)):
            parent = self.parent[row]
            comes_from[row] = parent >= 0 and comes_from[parent]
        return int(comes_from[self.observed :].sum())


def simulate(world: World, random_state: int | np.random.Generator = 0) -> History:
    """One history of the world; arrivals by themselves stop at the last day, referrals never do."""
    rng = generator(random_state)
    first = rng.poisson(world.arrivals_per_day * world.days)
    day = np.sort(rng.random(first) * world.days)
    parent = np.full(first, -1, np.int64)
    loyalty, value = _people(world, rng, first)
    parts: list[list[NDArray]] = [[] for _ in range(6)]
    count = 0
    most = MOST if world.market_size is None else min(MOST, int(10 * world.market_size))
    while len(day) and count < most:
        gamma = rng.gamma(world.k, 1.0 / world.k, len(day))
        mu = np.exp(world.intercept + world.slope * loyalty)
        for part, column in zip(parts, (day, parent, loyalty, value, gamma, gamma * mu), strict=True):
            part.append(column)
        rows = np.arange(count, count + len(day))
        count += len(day)
        day, parent, loyalty, value = _generation(world, rng, rows, day, gamma * mu, loyalty, value)
    columns = [np.concatenate(part) for part in parts]
    if world.market_size is not None:
        columns = _fill_market(world, rng, columns)
    return _observe(world, rng, columns)


def _people(world: World, rng: np.random.Generator, size: int) -> tuple[Floats, Floats]:
    loyalty = rng.standard_normal(size)
    rho = world.value_correlation
    z = rho * loyalty + np.sqrt(1.0 - rho * rho) * rng.standard_normal(size)
    scale = np.log(world.value_mean) - world.value_sigma**2 / 2.0
    return loyalty, np.exp(scale + world.value_sigma * z)


def _generation(
    world: World, rng: np.random.Generator, rows: NDArray, day: Floats, rate: Floats, loyalty: Floats,
    value: Floats,
) -> tuple[Floats, NDArray[np.int64], Floats, Floats]:  # fmt: skip
    """The recruits of these customers."""
    source = np.repeat(np.arange(len(rows)), rng.poisson(rate))
    size = len(source)
    delay = world.delays(rng, size) if world.delays else rng.exponential(world.theta, size)
    if world.leaving_rate > 0:
        stay = rng.exponential(1.0 / world.leaving_rate, len(rows))
        kept = delay < stay[source]
        source, delay = source[kept], delay[kept]
        size = len(source)
    fresh_loyalty, fresh_value = _people(world, rng, size)
    like = world.homophily
    if like:
        unlike = np.sqrt(1.0 - like * like)
        fresh_loyalty = like * loyalty[source] + unlike * fresh_loyalty
        fresh_value = value[source] ** like * fresh_value ** (1.0 - like)
    return day[source] + delay, rows[source], fresh_loyalty, fresh_value


def _fill_market(world: World, rng: np.random.Generator, columns: list[NDArray]) -> list[NDArray]:
    """In order of time each arrival finds a prospect still open with the share open; else it and its
    descendants never happen."""
    day, parent = columns[0], columns[1]
    alive = np.zeros(len(day), bool)
    luck, won = rng.random(len(day)), 0
    for row in np.argsort(day, kind="stable"):
        above = parent[row]
        if (above < 0 or alive[above]) and luck[row] < 1.0 - won / world.market_size:  # type: ignore[operator]
            alive[row] = True
            won += 1
    place = np.cumsum(alive) - 1
    kept = [column[alive] for column in columns]
    kept[1] = np.where(kept[1] >= 0, place[kept[1]], -1)
    return kept


def _observe(world: World, rng: np.random.Generator, columns: list[NDArray]) -> History:
    order = np.argsort(columns[0], kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    day, parent, loyalty, value, gamma, rate = (column[order] for column in columns)
    parent = np.where(parent >= 0, place[parent], -1)
    seen = int(np.searchsorted(day, world.days, side="right"))
    recorded = np.where(rng.random(len(day)) < world.recorded_share, parent, -1)[:seen]
    answered = rng.random(seen) < world.answered_share
    needed = rng.random(len(day)) >= world.would_have_joined
    ids = np.array([f"C{row:06d}" for row in range(seen)], object)
    table = {
        "customer_id": ids,
        "acquired_day": day[:seen],
        "referrer_id": np.array([ids[row] if row >= 0 else None for row in recorded], object),
        "loyalty": np.where(answered, loyalty[:seen], np.nan),
        "value": value[:seen],
    }
    return History(day, parent, loyalty, value, gamma, rate, needed, seen, table)
