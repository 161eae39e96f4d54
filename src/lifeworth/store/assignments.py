"""Whose customers are whose: each is assigned to one user or to nobody, in batches that can be undone.

A customer is known by pseudonym (`ref`, see `results.index`): these tables name nobody. A batch begins as a
draft, which says what would change; applied, it remembers who was there before.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from lifeworth.store.ids import new_id
from lifeworth.store.rows import Row, one, page, take_turn
from lifeworth.store.tables import assignment_batches as batches
from lifeworth.store.tables import assignment_changes as changes
from lifeworth.store.tables import assignments, idempotent_answers, users

SEES = ("all", "team", "own")  # which customers a user may be limited to
DRAFT_HOURS = 24
_LOCK = 7_021_954  # of PostgreSQL: two batches at once take turns


def draft_batch(
    connection: sa.Connection,
    wanted: Mapping[str, str | None],
    *,
    kind: str,
    by: str,
    now: datetime.datetime,
    unmatched: Sequence[Row] = (),
) -> Row:
    """What would happen if each `ref` went to this user, or to nobody; older drafts are dropped.

    `counts` of the batch: matched, changed, unmatched.
    """
    drop_drafts(connection, now)
    batch_id = new_id()
    row = {
        "id": batch_id, "kind": kind, "unmatched": list(unmatched) or None, "created_by": by,
        "created_at": now, "applied_at": None, "undone_at": None, "counts": None,
    }  # fmt: skip
    connection.execute(sa.insert(batches).values(**row))
    if wanted:
        rows = [
            {"batch_id": batch_id, "ref": ref, "after": user, "undone": False} for ref, user in wanted.items()
        ]
        connection.execute(sa.insert(changes), rows)
    _compare(connection, batch_id)
    counts = {"matched": len(wanted), "changed": _count(connection, _of(batch_id) & _moves())}
    counts["unmatched"] = len(unmatched)
    connection.execute(sa.update(batches).where(batches.c.id == batch_id).values(counts=counts))
    return {**row, "counts": counts}


def apply_batch(connection: sa.Connection, batch_id: str, now: datetime.datetime) -> Row | None:
    """Do what a draft says; None where there is none, or an old one. Who was there is looked up again."""
    take_turn(connection, _LOCK)
    oldest = now - datetime.timedelta(hours=DRAFT_HOURS)
    begun = (batches.c.id == batch_id) & batches.c.applied_at.is_(None) & (batches.c.created_at >= oldest)
    done = sa.update(batches).where(begun).values(applied_at=now, unmatched=None)
    if not connection.execute(done).rowcount:
        return None
    _compare(connection, batch_id)
    moved = _count(connection, _of(batch_id) & _moves())
    connection.execute(sa.delete(changes).where(_of(batch_id), ~_moves()))
    _replace(connection, _of(batch_id), changes.c.after)
    return _tell(connection, batch_id, changed=moved)


def undo_batch(connection: sa.Connection, batch_id: str, now: datetime.datetime) -> Row | None:
    """Give back whom the other batches say; None where nothing is to be undone.

    That is the newest batch that still stands, else who was there before the first one. `counts` tells of
    how many that changed the person (undone) and of how many not (kept), such as those given on since.
    """
    take_turn(connection, _LOCK)
    open_still = (
        (batches.c.id == batch_id) & batches.c.applied_at.is_not(None) & batches.c.undone_at.is_(None)
    )
    if not connection.execute(sa.update(batches).where(open_still).values(undone_at=now)).rowcount:
        return None
    holder = sa.select(assignments.c.user_id).where(assignments.c.ref == changes.c.ref).scalar_subquery()
    given = _without_undone()
    moves = sa.func.coalesce(holder, "") != sa.func.coalesce(given, "")
    undone = connection.execute(sa.update(changes).where(_of(batch_id), moves).values(undone=True)).rowcount
    _replace(connection, _of(batch_id) & changes.c.undone, given)
    return _tell(connection, batch_id, undone=undone, kept=_count(connection, _of(batch_id)) - undone)


def batch_of(connection: sa.Connection, batch_id: str) -> Row | None:
    return one(connection, sa.select(batches).where(batches.c.id == batch_id))


def applied_batches(connection: sa.Connection, *, after: str | None = None, limit: int = 50) -> list[Row]:
    """Newest first, without drafts."""
    return page(connection, batches, after=after, limit=limit, where=batches.c.applied_at.is_not(None))


def drop_draft(connection: sa.Connection, batch_id: str) -> bool:
    return _drop(connection, (batches.c.id == batch_id) & batches.c.applied_at.is_(None)) == 1


def drop_drafts(connection: sa.Connection, now: datetime.datetime) -> None:
    """Drop the drafts that nobody applied in `DRAFT_HOURS`."""
    oldest = now - datetime.timedelta(hours=DRAFT_HOURS)
    _drop(connection, batches.c.applied_at.is_(None) & (batches.c.created_at < oldest))


def assigned_to(connection: sa.Connection, ref: str) -> Row | None:
    """The user a customer is assigned to, or None: id, login, name, team."""
    query = sa.select(users.c.id, users.c.login, users.c.name, users.c.team).join(
        assignments, assignments.c.user_id == users.c.id
    )
    return one(connection, query.where(assignments.c.ref == ref))


def refs_of(connection: sa.Connection, user_id: str, team: str = "") -> list[str]:
    """Customers assigned to a user, and with `team` those of everybody in it."""
    query = sa.select(assignments.c.ref).join(users, users.c.id == assignments.c.user_id)
    mine = assignments.c.user_id == user_id
    return list(connection.execute(query.where(mine | (users.c.team == team) if team else mine)).scalars())


def counts_of(connection: sa.Connection) -> dict[str, int]:
    """User -> how many customers are assigned to them."""
    query = sa.select(assignments.c.user_id, sa.func.count()).group_by(assignments.c.user_id)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def state_of(connection: sa.Connection) -> tuple[int, ...]:
    """Numbers that change whenever `refs_of` may: batches applied and undone, and changes of users."""
    query = sa.select(
        sa.select(sa.func.count(batches.c.applied_at)).scalar_subquery(),
        sa.select(sa.func.count(batches.c.undone_at)).scalar_subquery(),
        sa.select(sa.func.sum(users.c.version)).scalar_subquery(),
    )
    return tuple(int(number or 0) for number in connection.execute(query).one())


def forget_customer(connection: sa.Connection, ref: str) -> None:
    """Take an erased customer out of all assignments, and what drafts could not match with it."""
    for table in (assignments, changes):
        connection.execute(sa.delete(table).where(table.c.ref == ref))
    connection.execute(sa.update(batches).values(unmatched=None))
    connection.execute(sa.delete(idempotent_answers))  # they may quote what did not match


def _of(batch_id: str) -> Any:
    return changes.c.batch_id == batch_id


def _moves() -> Any:
    return sa.func.coalesce(changes.c.before, "") != sa.func.coalesce(changes.c.after, "")


def _compare(connection: sa.Connection, batch_id: str) -> None:
    """Write beside each change who holds the customer now."""
    holder = sa.select(assignments.c.user_id).where(assignments.c.ref == changes.c.ref).scalar_subquery()
    connection.execute(sa.update(changes).where(_of(batch_id)).values(before=holder))


def _without_undone() -> Any:
    """Who holds the customer of a change by the batches that stand."""
    other, batch = changes.alias(), batches.alias()
    told = sa.select(other).join(batch, batch.c.id == other.c.batch_id)
    told = told.where(other.c.ref == changes.c.ref, batch.c.applied_at.is_not(None)).correlate(changes)
    stands = told.where(batch.c.undone_at.is_(None))
    newest = stands.with_only_columns(other.c.after).order_by(batch.c.applied_at.desc(), batch.c.id.desc())
    first = told.with_only_columns(other.c.before).order_by(batch.c.applied_at, batch.c.id)
    return sa.case(
        (stands.exists(), newest.limit(1).scalar_subquery()), else_=first.limit(1).scalar_subquery()
    )


def _count(connection: sa.Connection, which: Any) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(changes).where(which)).scalar_one())


def _tell(connection: sa.Connection, batch_id: str, **more: int) -> Row | None:
    """The batch, with more told in its counts."""
    row = batch_of(connection, batch_id) or {}
    counts = {**(row.get("counts") or {}), **more}
    connection.execute(sa.update(batches).where(batches.c.id == batch_id).values(counts=counts))
    return {**row, "counts": counts}


def _replace(connection: sa.Connection, which: Any, holder: Any) -> None:
    """Assign the customers of these changes to whom `holder` says."""
    refs = sa.select(changes.c.ref).where(which)
    connection.execute(sa.delete(assignments).where(assignments.c.ref.in_(refs)))
    given = sa.select(changes.c.ref, holder).where(which, holder.is_not(None))
    connection.execute(sa.insert(assignments).from_select(["ref", "user_id"], given))


def _drop(connection: sa.Connection, which: Any) -> int:
    gone = sa.select(batches.c.id).where(which)
    connection.execute(sa.delete(changes).where(changes.c.batch_id.in_(gone)))
    return connection.execute(sa.delete(batches).where(which)).rowcount
