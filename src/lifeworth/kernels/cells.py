"""Equal rows are computed once: histories into cells, (x, t) into pairs.

CDNOW's 2,357 customers have 1,016 different histories; a million have some hundred thousand.
Cells come sorted, so a fit does not depend on the order of the customers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import each_block

Floats = NDArray[np.float64]
Numbers = NDArray[Any]


@dataclass(frozen=True)
class Cells:
    """Different histories (x, t_x, T), each standing for `weight` customers. Arrays of shape (m,)."""

    x: NDArray[np.int32]
    t_x: Numbers
    T: Numbers
    weight: Floats

    def __len__(self) -> int:
        return len(self.x)


def cells(x: NDArray[np.int32], t_x: Numbers, T: Numbers, weight: Floats | None = None) -> Cells:
    """Count equal histories once. Integer times are packed into one key and sorted."""
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


def thin(x: NDArray[np.int32], t_x: Numbers, T: Numbers, stride: int) -> tuple[NDArray[np.int32], ...]:
    """Every `stride`-th row."""
    return x[::stride], t_x[::stride], T[::stride]  # type: ignore[return-value]


@dataclass(frozen=True)
class Pairs:
    """Different pairs (x, t) of shape (m,) and, for each of n rows, which pair it has: (n,)."""

    x: NDArray[np.int32]
    t: Numbers
    of_row: NDArray[np.int32]


def pairs(x: NDArray[np.int32], t: Numbers, threads: int | None = None) -> Pairs:
    """The different pairs among the rows. Small grids of (x, t) are marked, others sorted."""
    counts, x_rank = _ranks(x)
    times, t_rank = _ranks(t)
    rows, width = len(x), len(times)
    code: NDArray[Any] = np.empty(rows, np.int32 if len(counts) * width < 2**31 else np.int64)

    def encode(block: slice) -> None:
        left = x_rank.take(x[block], mode="clip")
        right = t_rank[block] if t.dtype.kind != "i" else t_rank.take(t[block], mode="clip")
        code[block] = left * width + right

    each_block(rows, encode, threads)
    if len(counts) * width > 4 * rows + 65_536:
        present, found = np.unique(code, return_inverse=True)
        of_row = found.astype(np.int32)
    else:
        seen = np.zeros(len(counts) * width, bool)
        seen[code] = True
        present = np.flatnonzero(seen)
        place = np.zeros(len(seen), np.int32)
        place[present] = np.arange(len(present), dtype=np.int32)
        of_row = np.asarray(place.take(code, mode="clip"), np.int32)
    return Pairs(counts[present // width].astype(np.int32), times[present % width], of_row)


def _ranks(values: Numbers) -> tuple[Numbers, NDArray[Any]]:
    """Sorted different values; and a table value -> rank (integers) or the rank of each row (reals)."""
    if values.dtype.kind == "i":
        present = np.flatnonzero(np.bincount(values))
        rank = np.zeros(int(present[-1]) + 1 if len(present) else 1, np.int64)
        rank[present] = np.arange(len(present))
        return present.astype(np.int32), rank
    different, rank = np.unique(values, return_inverse=True)
    return different, rank.astype(np.int64)


def _starts(key: NDArray[np.int64]) -> NDArray[np.intp]:
    return np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, int)


def _cells_of_real_times(x: NDArray[np.int32], t_x: Numbers, T: Numbers, weight: Floats | None) -> Cells:
    """Customers without a repeat purchase are equal when their ages are; the others stay as they are."""
    weight = np.ones(len(x)) if weight is None else weight
    once = x == 0
    ages, place = np.unique(T[once], return_inverse=True)
    again = np.flatnonzero(~once)
    again = again[np.lexsort((T[again], t_x[again], x[again]))]
    return Cells(
        np.concatenate([np.zeros(len(ages), np.int32), x[again]]),
        np.concatenate([np.zeros(len(ages)), t_x[again].astype(np.float64)]),
        np.concatenate([ages, T[again]]).astype(np.float64),
        np.concatenate([np.bincount(place, weight[once], len(ages)), weight[again]]),
    )
