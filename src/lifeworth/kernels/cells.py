"""Equal rows are computed once: histories into cells, (x, t) into pairs.

CDNOW's 2,357 customers have 1,016 different histories; a million have some hundred thousand.
Cells come sorted, so a fit does not depend on the order of the customers.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import each_block

Floats = NDArray[np.float64]
Numbers = NDArray[Any]


@dataclass(frozen=True)
class Cells:
    """Different histories (x, t_x, T), each standing for `weight` customers. Arrays of shape (m,).

    `kind` tells customers with different covariates apart (the number of their row); None: all alike.
    """

    x: NDArray[np.int32]
    t_x: Numbers
    T: Numbers
    weight: Floats
    kind: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.x)


def cells(
    x: NDArray[np.int32], t_x: Numbers, T: Numbers, weight: Floats | None = None,
    kind: NDArray[np.int32] | None = None,
) -> Cells:  # fmt: skip
    """Count equal histories once, kind by kind. Integer times are packed into one key and sorted."""
    if kind is not None:
        rank, counts, kinds = _joined(kind, x)
        found = cells(rank, t_x, T, weight)
        return replace(found, x=counts[found.x], kind=kinds[found.x])
    if t_x.dtype.kind != "i" or T.dtype.kind != "i":
        return _cells_of_real_times(x, t_x, T, weight)
    ages, latest = int(T.max(initial=0)) + 1, int(t_x.max(initial=0)) + 1
    if (int(x.max(initial=0)) + 1) * ages * latest >= 2**62:
        return _cells_of_real_times(x, t_x.astype(np.float64), T.astype(np.float64), weight)
    key = (x.astype(np.int64) * latest + t_x) * ages + T
    if weight is None:
        key.sort()
        first = _starts(key)
        counted = np.diff(first, append=len(key)).astype(np.float64)
    else:
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = _starts(key)
        counted = np.add.reduceat(weight[order], first) if len(key) else np.zeros(0)
    different, age = np.divmod(key[first], ages)
    count, last = np.divmod(different, latest)
    return Cells(count.astype(np.int32), last.astype(np.int32), age.astype(np.int32), counted)


@dataclass(frozen=True)
class Pairs:
    """Different pairs (x, t) of shape (m,); each of n rows has the pair at `place[code]`.

    `kind` is that of `Cells`: pairs of customers with different covariates are different.
    """

    x: NDArray[np.integer]
    t: Numbers
    code: NDArray[np.int32]
    present: NDArray[np.intp]
    codes: int
    kind: NDArray[np.int32] | None = None

    @cached_property
    def of_row(self) -> NDArray[np.int32]:
        """Which pair each row has, (n,)."""
        place = np.zeros(self.codes, np.int32)
        place[self.present] = np.arange(len(self.present), dtype=np.int32)
        return np.asarray(place.take(self.code, mode="clip"), np.int32)

    def by_code(self, values: Floats) -> Floats:
        """Values per pair (m,) as a table for `take(code[block])`."""
        table = np.zeros(self.codes)
        table[self.present] = values
        return table


def pairs(
    x: NDArray[np.int32], t: Numbers, threads: int | None = None, kind: NDArray[np.int32] | None = None
) -> Pairs:
    """The different pairs among the rows. Grids of (x, t) are marked; where too large, ranked, sorted."""
    if kind is not None:
        rank, kept, kinds = _joined(kind, x)
        found = pairs(rank, t, threads)
        return replace(found, x=kept[found.x], kind=kinds[found.x])
    room = 4 * len(x) + 65_536
    if t.dtype.kind == "i":
        width = int(t.max(initial=0)) + 1
        codes = (int(x.max(initial=0)) + 1) * width
        if codes <= min(room, 2**31 - 1):
            code, present = _marked(x, t, width, codes, threads)
            counts, times = np.divmod(present, width)
            return Pairs(counts.astype(np.int32), times.astype(np.int32), code, present, codes)
    counts, x_rank = np.unique(x, return_inverse=True)
    times, t_rank = np.unique(t, return_inverse=True)
    key = x_rank.astype(np.int64) * len(times) + t_rank
    different, rank = np.unique(key, return_inverse=True)
    present, m = np.arange(len(different)), len(different)
    chosen = np.divmod(different, len(times))
    return Pairs(counts[chosen[0]].astype(np.int32), times[chosen[1]], rank.astype(np.int32), present, m)


def _marked(
    x: NDArray[np.int32], t: Numbers, width: int, codes: int, threads: int | None
) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    code, seen = np.empty(len(x), np.int32), np.zeros(codes, bool)

    def encode(block: slice) -> None:
        part = code[block]
        np.multiply(x[block], np.int32(width), out=part)
        part += t[block]
        seen[part] = True

    each_block(len(x), encode, threads)
    return code, np.flatnonzero(seen)


def _joined(
    kind: NDArray[np.int32], x: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Ranks (n,) of the different (kind, x), and what x and kind each rank stands for."""
    width = int(x.max(initial=0)) + 1
    joint, rank = np.unique(kind.astype(np.int64) * width + x, return_inverse=True)
    kinds, counts = np.divmod(joint, width)
    return rank.astype(np.int32), counts.astype(np.int32), kinds.astype(np.int32)


def _starts(key: NDArray[np.int64]) -> NDArray[np.intp]:
    return np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, int)


def _cells_of_real_times(x: NDArray[np.int32], t_x: Numbers, T: Numbers, weight: Floats | None) -> Cells:
    """Customers without a repeat purchase (t_x = 0) are equal when x, or what it stands for, and their ages
    are; the others stay as they are."""
    weight = np.ones(len(x)) if weight is None else weight
    once = t_x == 0
    ages, rank = np.unique(T[once].astype(np.float64), return_inverse=True)
    key, place = np.unique(x[once].astype(np.int64) * max(len(ages), 1) + rank, return_inverse=True)
    counts, at = np.divmod(key, max(len(ages), 1))
    again = np.flatnonzero(~once)
    found = Cells(
        np.concatenate([counts.astype(np.int32), x[again]]),
        np.concatenate([np.zeros(len(key)), t_x[again].astype(np.float64)]),
        np.concatenate([ages[at], T[again]]).astype(np.float64),
        np.concatenate([np.bincount(place.ravel(), weight[once], len(key)), weight[again]]),
    )
    order = np.lexsort((found.T, found.t_x, found.x))
    return Cells(found.x[order], found.t_x[order], found.T[order], found.weight[order])
