"""From a file of relationships to one group per customer: the household, or the account at the top.

Only what holds on the as-of day counts. A group that belongs to another one is followed to the top. A
customer in two groups on one day, and groups that belong to one another in a circle, are refused: no
roll-up is right then.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.sources.headers import plain
from lifeworth.data.tables.companions.relationships import HOUSEHOLD, RELATIONSHIPS
from lifeworth.engines.protocol import Engine
from lifeworth.kernels.graph import depths

Rows = NDArray[np.int64]
SHOWN = 5


@dataclass(frozen=True)
class Groups:
    """Groups with a customer of the run, and where each of n customers belongs.

    names: the groups, sorted; code: (n,) place in `names`, -1 for those who belong nowhere; level: (n,)
    steps up to the top; role: (n,) as the file says it; are_households: the file calls the groups so.
    """

    names: list[str]
    code: Rows
    level: Rows
    role: list[str | None]
    counts: dict[str, int]
    rejected: pa.Table
    findings: list[Finding]
    are_households: bool


def names_households(header: str) -> bool:
    """Whether a column of groups, by its header, names households and no customer."""
    return plain(header) in {plain(word) for word in HOUSEHOLD.split(",")}


def read_groups(source: Any, ids: pa.Array, day: int, engine: Engine, zone: str = "UTC") -> Groups:
    """
    Raises:
        DataError: DATA-301 without a customer or a group, DATA-350 for groups in a circle, DATA-351 for
        who belongs to two groups on one day, and as for companion files.
    """
    read = read_companion(source, RELATIONSHIPS, engine=engine, zone=zone)
    table = read.table.sort_by("source_row")
    child, parent, role = (table[name].to_pylist() for name in ("customer_id", "group_id", "role"))
    begins = pc.fill_null(table["from_day"], -(2**31)).to_numpy()
    ends = pc.fill_null(table["until_day"], 2**31 - 1).to_numpy()
    holds = (begins <= day) & (day <= ends)
    above: dict[str, str] = {}
    roles: dict[str, str | None] = {}
    several: dict[str, set[str]] = {}
    counts = dict.fromkeys(("not_now", "itself", "repeated", "not_customers"), 0)
    for place, (who, group) in enumerate(zip(child, parent, strict=True)):
        if not holds[place]:
            counts["not_now"] += 1
        elif who == group:
            counts["itself"] += 1
        elif above.get(who) == group:
            counts["repeated"] += 1
        elif who in above:
            several.setdefault(who, {above[who]}).add(group)
        else:
            above[who], roles[who] = group, role[place]
    if several:
        raise _refused("DATA-351", read.name, sorted(several))
    nodes = sorted({*above, *above.values()})
    place_of = {name: place for place, name in enumerate(nodes)}
    up = np.array([place_of[above[name]] if name in above else -1 for name in nodes], np.int64)
    depth, cyclic = depths(up)
    if cyclic.any():
        raise _refused("DATA-350", read.name, [nodes[at] for at in np.flatnonzero(cyclic)])
    top = _tops(up, int(depth.max(initial=0)))
    known = ids.to_pylist()
    node = np.array([place_of.get(name, -1) for name in known], np.int64)
    there = node >= 0
    root = np.where(there, top[np.maximum(node, 0)] if len(nodes) else -1, -1)
    used, code = np.unique(root[there], return_inverse=True)
    codes = np.full(len(known), -1, np.int64)
    codes[there] = code
    needed = _needed(up, node[there])
    counts["not_customers"] = len(above) - sum(place_of[name] in needed for name in above)
    counts |= {"rows": read.rows_read, "rejected": read.rejected.num_rows}
    counts["used"] = len(above) - counts["not_customers"]
    findings = list(read.findings)
    for name in ("not_customers", "not_now"):
        if counts[name]:
            findings.append(Finding(f"relationships_{name}", "info", {"count": counts[name]}))
    if not there.any():
        findings.append(Finding("relationships_nobody", "warn", {"rows": counts["rows"]}))
    return Groups(
        [nodes[at] for at in used.tolist()],
        codes,
        np.where(there, depth[np.maximum(node, 0)] if len(nodes) else 0, 0),
        [roles.get(name) for name in known],
        counts,
        read.rejected,
        findings,
        names_households(read.mapping["group_id"]),
    )


def _tops(up: Rows, deepest: int) -> Rows:
    """The top above each node."""
    top = np.arange(len(up))
    for _ in range(deepest):
        top = np.where(up[top] >= 0, up[top], top)
    return top


def _needed(up: Rows, nodes: Rows) -> set[int]:
    """The nodes of customers and everything above them."""
    found: set[int] = set()
    while len(nodes):
        found |= set(nodes.tolist())
        nodes = np.unique(up[nodes])
        nodes = nodes[nodes >= 0]
    return found


def _refused(code: str, file: str, names: list[str]) -> DataError:
    return DataError(code, file=file, count=len(names), customers=names[:SHOWN])
