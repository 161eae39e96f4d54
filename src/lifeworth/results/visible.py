"""Which customers somebody may see, where these are not all: their pseudonyms, and the rows of an index."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.results.index import REF


@dataclass(frozen=True)
class Visible:
    """`refs`: pseudonyms, sorted. `mark` tells one such choice from another: equal marks, equal refs."""

    mark: Hashable
    refs: NDArray[np.uint64] = field(compare=False)

    @classmethod
    def of(cls, mark: Hashable, refs: Iterable[str]) -> "Visible":
        """Of pseudonyms as addresses have them: 16 hexadecimal digits each."""
        return cls(mark, np.sort(np.frombuffer(bytes.fromhex("".join(refs)), ">u8").astype(np.uint64)))

    def __contains__(self, ref: str) -> bool:
        if not REF.fullmatch(ref):
            return False
        wanted = np.uint64(int(ref, 16))
        place = int(np.searchsorted(self.refs, wanted))
        return place < len(self.refs) and bool(self.refs[place] == wanted)


def rows_of_refs(
    known: NDArray[np.uint64], order: NDArray[Any], refs: NDArray[np.uint64]
) -> NDArray[np.int32]:
    """Rows of `known` that are among `refs`, sorted; `order` sorts `known`."""
    if not len(known):
        return np.zeros(0, np.int32)
    places = np.minimum(np.searchsorted(known, refs, sorter=order), len(known) - 1)
    rows = order[places]
    return np.sort(rows[known[rows] == refs]).astype(np.int32)
