"""From a table, a dict of arrays or a PurchaseHistory to checked arrays.

Times are put on a lattice where they have one: whole days come as days, days/7, days/30.4375,
days/365.25 or seconds, and become the same integers again. So the unit of time changes nothing,
and tables over days replace logarithms per customer. Times without a lattice stay as they are.

Every refusal names the rows at fault, counted from 0, and their customers where ids are there.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.history import DAYS_PER_MONTH, DAYS_PER_YEAR, PurchaseHistory
from lifeworth.kernels.blocks import block_sums
from lifeworth.kernels.cells import Cells, Pairs, cells, pairs
from lifeworth.models.covariates import Traits
from lifeworth.models.tables import Table, table

Floats = NDArray[np.float64]
SECONDS_PER_DAY = 86_400
TICKS_PER_UNIT = (1.0, 7.0, DAYS_PER_MONTH, DAYS_PER_YEAR, 10.0, 100.0, 1000.0)
DAYS_PER_UNIT = (1.0, 7.0, DAYS_PER_MONTH, DAYS_PER_YEAR)
MOST_TICKS = 1_000_000
AT_ONCE = 65_536


@dataclass(frozen=True)
class Histories:
    """n checked customers: frequency (n,), recency and T (n,) in ticks of `tick` data time units.

    `days_per_unit` is the length of the data's time unit where the lattice tells it, else None.
    """

    frequency: NDArray[np.int32]
    recency: NDArray[Any]
    T: NDArray[Any]
    tick: float
    days_per_unit: float | None
    weight: Floats | None
    backend: str
    traits: Traits | None = None

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def kind(self) -> NDArray[np.int32] | None:
        return None if self.traits is None else self.traits.kind

    @cached_property
    def cells(self) -> Cells:
        """Different histories with their number of customers."""
        return cells(self.frequency, self.recency, self.T, self.weight, self.kind)

    @cached_property
    def by_recency(self) -> Pairs:
        return pairs(self.frequency, self.recency, kind=self.kind)

    @cached_property
    def by_age(self) -> Pairs:
        return pairs(self.frequency, self.T, kind=self.kind)

    def rows(self, span: slice) -> "Histories":
        return Histories(
            self.frequency[span], self.recency[span], self.T[span],
            self.tick, self.days_per_unit, None, self.backend,
            None if self.traits is None else self.traits.rows(span),
        )  # fmt: skip

    def parts(self) -> "list[Histories]":
        """All at once, or where covariates tell customers apart, some at a time: memory stays bounded."""
        if self.traits is None or len(self) <= AT_ONCE:
            return [self]
        return [self.rows(slice(first, first + AT_ONCE)) for first in range(0, len(self), AT_ONCE)]


@dataclass(frozen=True)
class Spends:
    """n checked customers: repeat purchase days and mean spend on them (0 where there are none)."""

    frequency: NDArray[np.int32]
    mean: Floats
    weight: Floats | None
    backend: str

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def again(self) -> NDArray[np.bool_]:
        """Who bought again, and counts."""
        repeat = self.frequency > 0
        return repeat if self.weight is None else repeat & (self.weight > 0)


def histories(data: Any, sample_weight: Any = None, threads: int | None = None) -> Histories:
    """Checked purchase histories of shape (n,).

    Raises ModelError: MODEL-001 column missing, 002 no customers, 003 not finite, 004 negative,
    005 frequency not whole, 006 recency > T, 007 and 008 frequency and recency disagree,
    009 weights, 011 lengths, 012 not a table, 013 not a number.
    """
    rows = table(data, ("frequency", "recency", "T"))
    ticks, days = _lattice(rows.columns[1], rows.columns[2], isinstance(data, PurchaseHistory))
    counts, last, old, fine, on_lattice = _admit(rows.columns, ticks, threads)
    if not fine:
        _explain_numbers(rows)
        counts, recency, age = _whole(rows.columns[0], rows), rows.columns[1], rows.columns[2]
        recency = _explain_agreement(rows, counts, recency, age)
        *_, last, old, _, on_lattice = _admit([counts, recency, age], ticks, threads)
    if not on_lattice:
        last, old = (column.astype(np.float64) for column in rows.columns[1:])
        last, ticks, days = np.minimum(last, old), 1.0, None
    weight = weights(sample_weight, len(counts))
    return Histories(counts, last, old, 1.0 / ticks, days, weight, rows.backend)


def spends(data: Any, sample_weight: Any = None) -> Spends:
    """Checked spends of shape (n,). Raises as `histories`; MODEL-010: repeat spend not positive."""
    rows = table(data, ("frequency", "monetary_value"))
    frequency, mean = rows.columns
    if not (frequency.min() >= 0 and frequency.max() < np.inf):
        _explain_numbers(rows)
    counts = _whole(frequency, rows)
    again = counts > 0
    unfit = again & ~(np.isfinite(mean) & (mean > 0))
    if unfit.any():
        raise rows.error("MODEL-010", unfit)
    mean = np.where(again, mean, 0.0).astype(np.float64)
    return Spends(counts, mean, weights(sample_weight, len(counts)), rows.backend)


def _admit(
    columns: list[NDArray[Any]], ticks: float, threads: int | None
) -> tuple[NDArray[np.int32], NDArray[Any], NDArray[Any], bool, bool]:
    """One pass: counts and times in ticks, whether all rows are fine, whether all are on the lattice.

    NaN fails every comparison, so it is never fine.
    """
    placed = [np.empty(len(columns[0]), np.int32) for _ in columns]

    def place(block: slice) -> Floats:
        x, t_x, T = (column[block] for column in columns)
        fine = x.min() >= 0 and x.max() < 2**31 and t_x.min() >= 0 and T.max() < np.inf
        if not (fine and (t_x <= T).all()):
            return np.array([1.0, 0.0])
        placed[0][block] = x
        fine = np.array_equal(x > 0, t_x > 0) and (x.dtype.kind == "i" or (placed[0][block] == x).all())
        largest = float(T.max()) * ticks
        if largest > MOST_TICKS:
            return np.array([float(not fine), 1.0])
        off = _to_ticks(t_x, ticks, placed[1][block], largest) + _to_ticks(
            T, ticks, placed[2][block], largest
        )
        return np.array([float(not fine), off])

    wrong, off = block_sums(len(columns[0]), 2, place, threads)
    return placed[0], placed[1], placed[2], not wrong, not off


def _to_ticks(times: NDArray[Any], ticks: float, out: NDArray[np.int32], largest: float) -> float:
    """Write times as whole ticks; 1 where one of them is off the lattice, else 0."""
    if times.dtype.kind == "i" and ticks == 1.0:
        out[:] = times
        return 0.0
    steps = times * ticks
    near = np.rint(steps)
    out[:] = near
    steps -= near
    return float(max(steps.max(), -steps.min()) > _slack(largest))


def _explain_numbers(rows: Table) -> None:
    for name, column in zip(rows.names, rows.columns, strict=True):
        if not np.isfinite(column).all():
            raise rows.error("MODEL-003", ~np.isfinite(column), column=name)
    for name, column in zip(rows.names, rows.columns, strict=True):
        if (column < 0).any() and name != "monetary_value":
            raise rows.error("MODEL-004", column < 0, column=name)


def _whole(frequency: NDArray[Any], rows: Table) -> NDArray[np.int32]:
    if frequency.max() >= 2**31:
        raise rows.error("MODEL-005", frequency >= 2**31)
    counts = frequency.astype(np.int32)
    if frequency.dtype.kind == "f" and (counts != frequency).any():
        raise rows.error("MODEL-005", counts != frequency)
    return counts


def _explain_agreement(rows: Table, x: NDArray[np.int32], t_x: NDArray[Any], T: NDArray[Any]) -> NDArray[Any]:
    """Raise for the rows that disagree; forgive recency > T by less than rounding."""
    if (t_x > T * (1 + 1e-9)).any():
        raise rows.error("MODEL-006", t_x > T)
    if ((x == 0) & (t_x > 0)).any():
        raise rows.error("MODEL-007", (x == 0) & (t_x > 0))
    if ((x > 0) & (t_x == 0)).any():
        raise rows.error("MODEL-008", (x > 0) & (t_x == 0))
    return np.minimum(t_x, T)


def _lattice(recency: NDArray[Any], age: NDArray[Any], days: bool) -> tuple[float, float | None]:
    """Ticks per unit of time and days per unit, guessed from some hundred rows; proved by all later."""
    some = slice(None, None, max(1, len(age) // 300))
    sample = np.concatenate([recency[some], age[some]]).astype(np.float64)
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return 1.0, None
    for ticks in TICKS_PER_UNIT:
        steps = sample * ticks
        if np.abs(steps - np.rint(steps)).max() <= _slack(steps.max()):
            break
    if ticks == 1.0 and not days and sample.max() > MOST_TICKS:
        whole_days = [not (column % SECONDS_PER_DAY).any() for column in (age, recency)]
        if all(whole_days):
            return 1.0 / SECONDS_PER_DAY, 1.0 / SECONDS_PER_DAY
    return ticks, ticks if ticks in DAYS_PER_UNIT else None


def _slack(largest: float) -> float:
    return 1e-12 * max(1.0, float(largest))


def weights(sample_weight: Any, rows: int) -> Floats | None:
    """Checked weights (rows,), or None. Raises ModelError MODEL-009, 011."""
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, np.float64)
    if weight.shape != (rows,):
        raise ModelError("MODEL-011", column="sample_weight", rows=len(weight), wanted=rows)
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
        at = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
        raise ModelError("MODEL-009", count=len(at), rows=at[:5].tolist())
    return weight
