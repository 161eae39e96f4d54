"""Saved views: an address of a page under a name, for oneself or for everybody in the workspace."""

import datetime

import sqlalchemy as sa

from lifeworth.store.ids import new_id
from lifeworth.store.rows import Row, many, one
from lifeworth.store.tables import saved_views, users

_THEIRS = (
    sa.select(saved_views, users.c.name.label("owner"))
    .join(users, users.c.id == saved_views.c.user_id)
    .where((saved_views.c.user_id == sa.bindparam("asks")) | saved_views.c.shared)
    .order_by(sa.func.lower(saved_views.c.name), saved_views.c.id)
)
_OF_PAGE = _THEIRS.where(saved_views.c.page == sa.bindparam("of"))


def views_for(connection: sa.Connection, user_id: str, page: str | None = None) -> list[Row]:
    """One's own views and those that others share, by name; `owner` is the name of whose it is."""
    if page is None:
        return many(connection, _THEIRS, asks=user_id)
    return many(connection, _OF_PAGE, asks=user_id, of=page)


def save_view(
    connection: sa.Connection,
    *,
    user_id: str,
    page: str,
    name: str,
    query: str,
    shared: bool,
    now: datetime.datetime,
) -> Row:
    """Keep a view; one of the same person, page and name takes its place."""
    same = (saved_views.c.user_id == user_id) & (saved_views.c.page == page) & (saved_views.c.name == name)
    connection.execute(sa.delete(saved_views).where(same))
    row = {
        "id": new_id(), "user_id": user_id, "page": page, "name": name, "query": query, "shared": shared,
        "created_at": now,
    }  # fmt: skip
    connection.execute(sa.insert(saved_views).values(**row))
    return row


def share_view(connection: sa.Connection, view_id: str, user_id: str, shared: bool) -> Row | None:
    """Show one's own view to everybody, or to oneself alone again; None where one has no such view."""
    mine = (saved_views.c.id == view_id) & (saved_views.c.user_id == user_id)
    connection.execute(sa.update(saved_views).where(mine).values(shared=shared))
    return one(connection, sa.select(saved_views).where(mine))


def forget_view(connection: sa.Connection, view_id: str, user_id: str, *, shared_too: bool = False) -> bool:
    """Forget one's own view, with `shared_too` also one that somebody else shares."""
    may = saved_views.c.user_id == user_id
    if shared_too:
        may = may | saved_views.c.shared
    gone = sa.delete(saved_views).where((saved_views.c.id == view_id) & may)
    return connection.execute(gone).rowcount == 1
