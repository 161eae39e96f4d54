"""Which rows of an index are selected, and which of them stand on one page of an order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.results.index import touched

STRETCH = 1 << 16  # of an order, looked through at once


def whole(order: NDArray[np.int32], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The rows of the order that the mask selects."""
    touched(length_bytes=order.nbytes)
    return order[mask[order]]


def stretch(order: NDArray[np.int32], mask: NDArray[np.bool_], offset: int, limit: int) -> NDArray[np.int32]:
    """Rows `offset` to `offset + limit` of those that the mask selects; the order is read no further down."""
    found, rows = 0, [order[:0]]
    for start in range(0, len(order), STRETCH):
        if found >= offset + limit:
            break
        some = order[start : start + STRETCH]
        rows.append(whole(some, mask))
        found += len(rows[-1])
    return np.concatenate(rows)[offset : offset + limit]


def among(column: pa.ChunkedArray, values: Sequence[str]) -> pa.ChunkedArray:
    """Which rows of a category have one of the values; the empty text is a missing one."""
    codes = column.combine_chunks()
    if not len(codes):
        return pa.chunked_array([], pa.bool_())
    words = codes.dictionary.to_pylist()
    wanted = pa.array([place for place, word in enumerate(words) if word in values], codes.indices.type)
    found = pc.is_in(codes.indices, wanted)
    return pa.chunked_array([pc.or_(found, pc.is_null(codes)) if "" in values else found])


def both(one: Any, other: Any) -> Any:
    return other if one is None else pc.and_(one, other)
