"""What was asked under an Idempotency-Key: reserved before it is done, kept for a day once it is.

A reservation is a row of the status `RESERVED` whose body is the token of the request that holds it. The
holder renews it; one that was not renewed for `HELD` is of a request that died, and gives way.
"""

import datetime
from typing import Any

import sqlalchemy as sa

from lifeworth.store.rows import Row, one
from lifeworth.store.tables import idempotent_answers as answers

RESERVED = 0
KEPT = datetime.timedelta(hours=24)
HELD = datetime.timedelta(seconds=30)


def reserve(
    connection: sa.Connection, key: str, request_hash: str, token: str, now: datetime.datetime
) -> Row | None:
    """None when the key is the caller's from now on; else the answer or reservation in its way.

    Raises:
        IntegrityError: another request reserved the key at the same moment; look again.
    """
    dead = (answers.c.key == key) & (answers.c.status == RESERVED) & (answers.c.at < now - HELD)
    connection.execute(sa.delete(answers).where(dead | (answers.c.at < now - KEPT)))
    known = one(connection, sa.select(answers).where(answers.c.key == key))
    if known is None:
        row = {"key": key, "request_hash": request_hash, "status": RESERVED, "body": token, "at": now}
        connection.execute(sa.insert(answers).values(**row, headers={}))
    return known


def renew(connection: sa.Connection, key: str, token: str, now: datetime.datetime) -> None:
    """Hold a reservation for longer."""
    connection.execute(sa.update(answers).where(_held(key, token)).values(at=now))


def keep(connection: sa.Connection, key: str, token: str, **answer: Any) -> None:
    """Put the answer in place of the reservation, if the caller still holds it."""
    connection.execute(sa.update(answers).where(_held(key, token)).values(**answer))


def release(connection: sa.Connection, key: str, token: str) -> None:
    """Give the key free: what was asked was not done."""
    connection.execute(sa.delete(answers).where(_held(key, token)))


def _held(key: str, token: str) -> Any:
    return (answers.c.key == key) & (answers.c.status == RESERVED) & (answers.c.body == token)
