"""Customer bases to segment: CDNOW parsed plainly, and a simulated one that looks like it."""

from dataclasses import dataclass

import numpy as np

from lifeworth.base.clock import day_number
from shared_data import shared


@dataclass(frozen=True)
class Base:
    """Per customer; forecasts are BG/NBD in rough form, good enough to sort customers by."""

    days_since: np.ndarray
    purchases: np.ndarray
    spend: np.ndarray
    age: np.ndarray

    def repeats(self, horizon_days: float) -> np.ndarray:
        """Posterior rate x chance to be still there (CDNOW estimates in days), fading over the horizon."""
        r, alpha, a, b = 0.2426, 30.895, 0.7929, 2.4259
        x, recency = self.purchases - 1, self.age - self.days_since
        odds = a / (b + np.maximum(x, 1) - 1) * ((alpha + self.age) / (alpha + recency)) ** (r + x)
        alive = 1 / (1 + np.where(x > 0, odds, 0))
        return alive * (r + x) / (alpha + self.age) * horizon_days * 0.75

    def profit(self) -> np.ndarray:
        """Mean spend per purchase day, drawn towards that of all (Gamma-Gamma over all purchases)."""
        p, q, v = 9.881, 3.399, 7.929
        return (v + self.spend) * p / (p * self.purchases + q - 1)


def cdnow(until: str = "1998-06-30") -> Base:
    rows = [line.split() for line in shared("cdnow/CDNOW_master.txt").read_text().splitlines()]
    rows = [row for row in rows if row and row[1].isdigit()]
    dates = {text: day_number(f"{text[:4]}-{text[4:6]}-{text[6:]}") for text in {row[1] for row in rows}}
    customer = np.array([int(row[0]) for row in rows])
    day = np.array([dates[row[1]] for row in rows])
    spend = np.array([float(row[3]) for row in rows])
    seen = (spend > 0) & (day <= day_number(until))
    return _base(customer[seen], day[seen], spend[seen], day_number(until))


def simulated(seed: int, customers: int = 3000) -> Base:
    rng = np.random.default_rng(seed)
    age = rng.integers(150, 273, customers)
    leaves = rng.exponential(200, customers)
    bought = rng.poisson(rng.gamma(0.3, 0.05, customers) * np.minimum(age, leaves))
    who = np.repeat(np.arange(customers), bought + 1)
    after = (rng.random(len(who)) * np.minimum(age, leaves)[who]).astype(int)
    after[np.concatenate([[0], np.cumsum(bought + 1)[:-1]])] = 0  # the first purchase opens the age
    return _base(who, 272 - age[who] + after, rng.lognormal(3.2, 0.6, len(who)), 272)


def _base(customer: np.ndarray, day: np.ndarray, spend: np.ndarray, end: int) -> Base:
    days, row = np.unique(np.column_stack([customer, day]), axis=0, return_inverse=True)
    per_day = np.bincount(row.ravel(), weights=spend)
    _, who, purchases = np.unique(days[:, 0], return_inverse=True, return_counts=True)
    first, last = np.full(len(purchases), end), np.zeros(len(purchases), int)
    np.minimum.at(first, who, days[:, 1])
    np.maximum.at(last, who, days[:, 1])
    return Base(end - last, purchases, np.bincount(who, weights=per_day), end - first)
