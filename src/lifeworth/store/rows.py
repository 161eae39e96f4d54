"""Rows as dictionaries, pages of them, and changes that know which version they change.

A query that every request asks is composed once, with `sa.bindparam` in it: composing it takes longer than
asking it.
"""

from typing import Any

import sqlalchemy as sa

Row = dict[str, Any]


def one(connection: sa.Connection, query: Any, **given: Any) -> Row | None:
    found = connection.execute(query, given).mappings().first()
    return dict(found) if found is not None else None


def many(connection: sa.Connection, query: Any, **given: Any) -> list[Row]:
    return [dict(row) for row in connection.execute(query, given).mappings()]


def take_turn(connection: sa.Connection, what: int) -> None:
    """Wait until nobody else is at `what`, a number of ours, and keep it until the end of the transaction;
    on SQLite there is one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(what)))


def page(
    connection: sa.Connection, table: sa.Table, *, key: str = "id", after: Any = None, limit: int = 50,
    where: Any = None,
) -> list[Row]:  # fmt: skip
    """Newest first: up to `limit` rows whose `key` is below `after`."""
    query = sa.select(table).order_by(table.c[key].desc()).limit(limit)
    if where is not None:
        query = query.where(where)
    return many(connection, query if after is None else query.where(table.c[key] < after))


def changed(connection: sa.Connection, table: sa.Table, where: Any, version: int | None, values: Row) -> bool:
    """Update a row and count its version up; False where it is gone or no longer at `version`."""
    query = sa.update(table).where(where)
    if version is not None:
        query = query.where(table.c.version == version)
    return connection.execute(query.values(**values, version=table.c.version + 1)).rowcount == 1
