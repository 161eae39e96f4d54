"""Forests as arrays: each row names its parent's row, -1 where it has none. No recursion anywhere.

Depth comes by pointer doubling: after k passes a row has looked 2^k ancestors up, so a chain of
ten thousand takes fourteen passes. Rows that still look at somebody after that stand on a cycle
or below one. Sweeps up and down go level by level, siblings side by side.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def depths(parents: Rows) -> tuple[Rows, NDArray[np.bool_]]:
    """Ancestors of each row (n,), and whether the row is on a cycle (n,).

    The depth of a row on a cycle or below one is -1.
    """
    jump = parents.astype(np.int64, copy=True)
    depth = (jump >= 0).astype(np.int64)
    for _ in range(max(len(parents), 1).bit_length() + 1):
        rows = np.flatnonzero(jump >= 0)
        if not len(rows):
            return depth, np.zeros(len(parents), bool)
        ancestor = jump[rows]
        gained, onward = depth[ancestor], jump[ancestor]
        depth[rows] += gained
        jump[rows] = onward
    stuck = jump >= 0
    cyclic = np.zeros(len(parents), bool)
    cyclic[jump[stuck]] = True  # a cycle's rows, once around and on: exactly themselves
    return np.where(stuck, -1, depth), cyclic


@dataclass(frozen=True)
class Levels:
    """A forest sorted by depth, siblings contiguous.

    order: (n,) the row at each place; parent: (n,) the place of its parent, -1 for roots;
    edges: (levels + 1,) where levels begin; families: per level, where sibling groups begin.
    """

    order: Rows
    parent: Rows
    edges: Rows
    families: list[Rows]

    def below(self) -> Iterator[tuple[slice, Rows]]:
        """Levels 1, 2, ...: their places, and the place of each one's parent."""
        for level in range(1, len(self.edges) - 1):
            places = slice(int(self.edges[level]), int(self.edges[level + 1]))
            yield places, self.parent[places]

    def above(self) -> Iterator[tuple[slice, Rows, Rows]]:
        """The deepest level first, down to 1: places, where families begin in it, their parents."""
        for level in range(len(self.edges) - 2, 0, -1):
            places = slice(int(self.edges[level]), int(self.edges[level + 1]))
            begins = self.families[level]
            yield places, begins - places.start, self.parent[begins]


def levels(parents: Rows, depth: Rows) -> Levels:
    """Sort a forest without cycles into levels."""
    order = np.lexsort((parents, depth))
    place = np.empty(len(parents), np.int64)
    place[order] = np.arange(len(parents))
    above = parents[order]
    parent = np.where(above >= 0, place[above], -1)
    deepest = int(depth.max(initial=0))
    edges = np.searchsorted(depth[order], np.arange(deepest + 2))
    new_family = np.flatnonzero(np.diff(above, prepend=-2) != 0)
    cuts = np.searchsorted(new_family, edges)
    families = [new_family[cuts[level] : cuts[level + 1]] for level in range(deepest + 1)]
    return Levels(order, parent, edges, families)
