"""The bridge between tables and arrays: a query's answer flows through an array function.

Nothing else loops over customers. Batches are worked on by a few threads at once and come out
in the order in which they went in, so the answer is the same for any number of threads.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from lifeworth.engines.protocol import Engine

ArrayFunction = Callable[[pa.RecordBatch], pa.RecordBatch]


def stream(
    engine: Engine,
    sql: str,
    function: ArrayFunction,
    *,
    rows: int = 131_072,
    threads: int = 2,
    **parameters: object,
) -> Iterator[pa.RecordBatch]:
    """`function` of each batch of the answer, in order; at most `threads` + 1 batches are held.

    Args:
        sql: one SELECT; give it an ORDER BY where the order of rows matters.
        function: pure; one batch in, one batch out. NumPy frees the interpreter lock in it.
    """
    source = engine.batches(sql, rows, **parameters)
    if threads <= 1:
        yield from map(function, source)
        return
    waiting: deque[Future[pa.RecordBatch]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for batch in source:
            waiting.append(pool.submit(function, batch))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def collect(
    engine: Engine,
    sql: str,
    function: ArrayFunction,
    *,
    schema: pa.Schema,
    rows: int = 131_072,
    threads: int = 2,
    **parameters: object,
) -> pa.Table:
    """The whole of `stream` as one table of `schema`; an empty answer gives an empty table."""
    batches = stream(engine, sql, function, rows=rows, threads=threads, **parameters)
    return pa.Table.from_batches(batches, schema=schema)
