"""Groups of customers that further tables of a run tell: what a list is filtered by beside its own columns.

A household is addressed by the pseudonym of its name, as a customer is: names of groups name persons.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lifeworth.base.kept import Kept
from lifeworth.results.contract import TABLES
from lifeworth.results.index import pseudonym
from lifeworth.results.runs import RunEntry

MEMBERSHIPS = {
    "group": ("group_members", "group_id"),
    "referral_class": ("referrals", "class"),
    "satisfaction": ("surveys", "class"),
}
GROUP = "group"
Names = frozenset[str]
_groups: Kept[pa.Table] = Kept(8)


def members(folder: Path, name: str, values: Collection[str], secret: bytes) -> pa.Array:
    """Ids of the customers whom a table of the run counts to one of these groups; none without the table."""
    table, column = MEMBERSHIPS[name]
    path = folder / TABLES / f"{table}.parquet"
    if not path.exists():
        return pa.array([], pa.large_string())
    found = pq.read_table(path, columns=["customer_id", column])
    wanted = list(values)
    if name == GROUP:
        wanted = [
            one for one in pc.unique(found[column]).to_pylist() if one and pseudonym(one, secret) in values
        ]
    rows = found.filter(pc.is_in(found[column], pa.array(wanted, pa.string())))
    return rows["customer_id"].cast(pa.large_string()).combine_chunks()


def whole_groups(run: RunEntry, ids: Collection[str]) -> Names:
    """The groups all of whose members are among these customers."""
    path = run.folder / TABLES / "group_members.parquet"
    if not path.exists():
        return frozenset()
    table = pq.read_table(path, columns=["customer_id", "group_id"])
    known = pc.is_in(table["customer_id"], pa.array(list(ids), pa.string()))
    broken = pc.unique(table["group_id"].filter(pc.invert(known))).to_pylist()
    return frozenset(table["group_id"].to_pylist()) - frozenset(broken)


def groups_page(
    run: RunEntry, secret: bytes, sort: str, offset: int, limit: int, only: Names | None = None
) -> tuple[list[dict[str, Any]], int]:
    """(groups with `ref`, how many there are in all); `sort` with - in front the largest first, `only`: of
    these names.
    """
    table = _table(run, only)
    if table is None:
        return [], 0
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    keys = [(name, "descending" if falling else "ascending"), ("group_id", "ascending")]
    rows = table.take(pc.sort_indices(table, sort_keys=keys).slice(offset, limit)).to_pylist()
    return [{**row, "ref": pseudonym(row["group_id"], secret)} for row in rows], len(table)


def group_of(run: RunEntry, secret: bytes, ref: str, only: Names | None = None) -> dict[str, Any] | None:
    """The group of a pseudonym, or None."""
    table = _table(run, only)
    if table is None:
        return None
    for place, name in enumerate(table["group_id"].to_pylist()):
        if pseudonym(name, secret) == ref:
            return {**table.slice(place, 1).to_pylist()[0], "ref": ref}
    return None


def count_of(run: RunEntry, only: Names | None = None) -> int:
    """How many groups the run has, those of erased persons no longer."""
    table = _table(run, only)
    return 0 if table is None else len(table)


def sorts_of(run: RunEntry) -> list[str]:
    """What groups can be ranked by: their numbers."""
    table = _table(run)
    ends = ("_low", "_high")
    return [] if table is None else [one for one in table.column_names[1:] if not one.endswith(ends)]


def _table(run: RunEntry, only: Names | None = None) -> pa.Table | None:
    path = run.folder / TABLES / "groups.parquet"
    if not path.exists():
        return None
    table = _groups.get((path, path.stat().st_mtime_ns), lambda: pq.read_table(path))
    if only is None:
        return table
    return table.filter(pc.is_in(table["group_id"], pa.array(list(only), pa.string())))
