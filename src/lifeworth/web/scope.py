"""Which customers somebody sees: the one gate of pages and API, beside what their role may do.

Owners, administrators and analysts see everybody. A marketer, service or a viewer can be limited to the
customers assigned to them ("own") or to anybody in their team ("team"); everybody else is then as if not
there: in lists, counts, files, households, trees and further tables. Figures of the whole company stay: they
name nobody. `customers_for` is `customers_of` for an actor; who sees everybody pays nothing for it.
"""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import Request

from lifeworth.base.errors import AppError
from lifeworth.base.kept import Kept
from lifeworth.results.columns import Shown
from lifeworth.results.customers import Customers, customers_of
from lifeworth.results.memberships import Names, whole_groups
from lifeworth.results.runs import RunEntry
from lifeworth.results.visible import Visible
from lifeworth.store import assignments
from lifeworth.web.access import Actor, workspace_of
from lifeworth.web.masking import mask

_visible: Kept[Visible] = Kept(40)
_names: Kept[tuple[Names, Names]] = Kept(16)


def visible_to(request: Request, actor: Actor) -> Visible | None:
    """The customers that the actor sees; None: everybody. Looked up once per request."""
    if actor.sees == "all":
        return None
    if not hasattr(request.state, "visible"):
        workspace = workspace_of(request)
        team = actor.user["team"] if actor.sees == "team" else ""
        with workspace.database.read() as connection:
            mark = (workspace.folder, actor.id, team, *assignments.state_of(connection))
            request.state.visible = _visible.get(
                mark, lambda: Visible.of(mark, assignments.refs_of(connection, actor.id, team))
            )
    return request.state.visible


def customers_for(request: Request, actor: Actor, run: RunEntry) -> Customers:
    """The customers of a run that the actor sees."""
    return customers_of(run, workspace_of(request).secret, visible_to(request, actor))


def demand_seen(request: Request, actor: Actor, ref: str) -> None:
    """Raises: AppError APP-003, as for nobody, for a customer that the actor does not see."""
    visible = visible_to(request, actor)
    if visible is not None and ref not in visible:
        raise AppError("APP-003", kind="customer", seen=ref[:40])


def names_for(request: Request, actor: Actor, run: RunEntry) -> tuple[Names, Names] | None:
    """(ids of the customers, names of the groups) that the actor sees, a group only with all its members;
    None: everybody.
    """
    visible = visible_to(request, actor)
    if visible is None:
        return None

    def make() -> tuple[Names, Names]:
        ids = frozenset(customers_for(request, actor, run).visible_ids())
        return ids, whole_groups(run, ids)

    return _names.get((run.folder, visible), make)


def groups_for(request: Request, actor: Actor, run: RunEntry) -> Names | None:
    """The groups that the actor sees; None: all."""
    names = names_for(request, actor, run)
    return names and names[1]


def shown_rows(
    request: Request, actor: Actor, run: RunEntry
) -> tuple[Visible, Callable[[pa.Table], pa.Table]] | None:
    """How a further table of a run is narrowed for the actor, and a mark of it; None: not at all.

    Rows of customers or groups that are not seen go, a parent that is not seen is left empty. A table that
    tells of no customer stays as it is.
    """
    visible = visible_to(request, actor)
    if visible is None:
        return None

    def narrow(table: pa.Table) -> pa.Table:
        names = names_for(request, actor, run) or (frozenset(), frozenset())
        ids, groups = (pa.array(list(each), pa.string()) for each in names)
        for name, known in (("customer_id", ids), ("group_id", groups)):
            if name in table.column_names:
                table = table.filter(pc.is_in(table[name], known))
        if "parent_id" in table.column_names:
            parents = pc.if_else(pc.is_in(table["parent_id"], ids), table["parent_id"], None)
            table = table.set_column(table.column_names.index("parent_id"), "parent_id", parents)
        return table

    return visible, narrow


def shown_to(request: Request, actor: Actor, run: RunEntry) -> Shown | None:
    """How names of customers and groups stand in documents: masked without `pii:view`, empty where they are
    not seen; None: as they are.
    """
    masked = None if actor.may("pii:view") else mask
    if visible_to(request, actor) is None:
        return masked

    def shown(name: str, column: str) -> str:
        ids, groups = names_for(request, actor, run) or (frozenset(), frozenset())
        if name not in ids and name not in groups:
            return ""
        return masked(name, column) if masked else name

    return shown


def without_others(
    request: Request, actor: Actor, run: RunEntry, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """A customer's groups without those of which somebody is not seen: their sums would tell of them."""
    groups = groups_for(request, actor, run) if rows else None
    return rows if groups is None else [row for row in rows if row["group_id"] in groups]
