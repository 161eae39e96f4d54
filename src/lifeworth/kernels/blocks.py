"""Work in fixed blocks of rows: arrays stay in cache, and sums do not depend on threads.

A block has 8,192 rows whatever the number of threads. Each block leaves its sums in its own row
of a (blocks x width) array, and the rows are added in index order when all are there: one thread
or eight, the same bits. BLAS stays single-threaded on vectors of this length.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

BLOCK = 8_192
THREADS_FROM = 500_000

Floats = NDArray[np.float64]


def each_block(rows: int, work: Callable[[slice], None], threads: int | None = None) -> None:
    """Call `work(block)` for every block of `rows`. `threads` None: one below 500,000 rows."""
    count = -(-rows // BLOCK)
    workers = min(thread_count(rows, threads), count)
    if workers <= 1:
        _span(work, rows, 0, count)
        return
    edges = [count * worker // workers for worker in range(workers + 1)]
    with ThreadPoolExecutor(workers) as pool:
        spans = itertools.pairwise(edges)
        for done in [pool.submit(_span, work, rows, first, last) for first, last in spans]:
            done.result()


def block_sums(rows: int, width: int, work: Callable[[slice], Floats], threads: int | None = None) -> Floats:
    """Sum over blocks of `work(block)`, each of shape (width,). Bit-identical for any thread count."""
    partial = np.zeros((-(-rows // BLOCK), width))

    def keep(block: slice) -> None:
        partial[block.start // BLOCK] = work(block)

    each_block(rows, keep, threads)
    return np.asarray(partial.sum(axis=0))


def tiles(rows: int, draws: int) -> Iterator[tuple[slice, slice]]:
    """Blocks of rows by blocks of draws, small enough to stay in cache together."""
    width = min(rows, BLOCK)
    height = max(1, 8 * BLOCK // max(width, 1))
    for row in range(0, rows, BLOCK):
        for draw in range(0, draws, height):
            yield slice(row, row + BLOCK), slice(draw, draw + height)


def thread_count(rows: int, threads: int | None) -> int:
    if threads is not None:
        return max(1, threads)
    return 1 if rows < THREADS_FROM else min(8, os.cpu_count() or 1)


def _span(work: Callable[[slice], None], rows: int, first: int, last: int) -> None:
    for block in range(first, last):
        work(slice(block * BLOCK, min((block + 1) * BLOCK, rows)))
