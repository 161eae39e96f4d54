"""Who brought whom: the tree below one customer, and those with the most referrals of their own.

Customers are rows of the published table `referrals`; names are left to whoever shows them.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

COLUMNS = ("customer_id", "parent_id", "day", "referrals", "own")
MOST, FIRST = 200, 12


@dataclass
class Node:
    """One customer of a tree: its row, and those it brought, the earliest first."""

    row: dict[str, Any]
    children: list["Node"] = field(default_factory=list)


@dataclass(frozen=True)
class Tree:
    """root; chain: those above it, from the first to its own referrer; shown of `size` customers below."""

    root: Node
    chain: list[dict[str, Any]]
    shown: int
    size: int


def recruiters(table: pa.Table, most: int = FIRST) -> list[dict[str, Any]]:
    """The customers with the most direct referrals, ties in the order of the table."""
    counts = np.asarray(table["referrals"])
    best = np.argsort(-counts, kind="stable")[:most]
    return [row for row in _rows(table, best) if row["referrals"]]


def tree_of(table: pa.Table, customer_id: str) -> Tree | None:
    """The tree of one customer, the nearest `MOST` first; None where the table has no such customer."""
    ids = table["customer_id"].combine_chunks()
    place = pc.index(ids, customer_id).as_py()
    if place < 0:
        return None
    parents = np.asarray(pc.fill_null(pc.index_in(table["parent_id"].combine_chunks(), value_set=ids), -1))
    order = np.argsort(parents, kind="stable")
    below = _below(parents[order], order, place)
    rows = _rows(table, np.array([place, *below[:MOST]]))
    nodes = {where: Node(row) for where, row in zip([place, *below[:MOST]], rows, strict=True)}
    for where in below[:MOST]:
        nodes[int(parents[where])].children.append(nodes[where])
    for node in nodes.values():
        node.children.sort(key=lambda child: (child.row["day"], child.row["customer_id"]))
    return Tree(nodes[place], _rows(table, _above(parents, place)), min(len(below), MOST), len(below))


def _below(sorted_parents: NDArray[Any], order: NDArray[Any], place: int) -> list[int]:
    """Rows of all descendants, generation by generation."""
    found: list[int] = []
    level = np.array([place])
    while len(level):
        starts, ends = (np.searchsorted(sorted_parents, level, side=side) for side in ("left", "right"))
        spans = [order[start:end] for start, end in zip(starts, ends, strict=True)]
        level = np.concatenate(spans)
        found += level.tolist()
    return found


def _above(parents: NDArray[Any], place: int) -> NDArray[np.int64]:
    chain: list[int] = []
    above = int(parents[place])
    while above >= 0:
        chain.insert(0, above)
        above = int(parents[above])
    return np.array(chain, np.int64)


def _rows(table: pa.Table, places: NDArray[Any]) -> list[dict[str, Any]]:
    return table.select(list(COLUMNS)).take(pa.array(places, pa.int64())).to_pylist()
