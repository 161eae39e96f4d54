"""The audit log: only ever added to. Each entry holds the hash of the one before, so that a change
or a gap shows when the chain is checked.

A whole chain is checked by `broken_at`. `broken_lately` checks what was added since it last found all
well, and remembers how far that was: a log of millions is looked at in no time, and entries cut off at
its end are missed.
"""

import datetime
import hashlib
import json
from typing import Any

import sqlalchemy as sa

from lifeworth.store.rows import Row, many, one, take_turn
from lifeworth.store.tables import audit_events as events
from lifeworth.store.tables import settings

START = "0" * 64
_FIELDS = ("number", "at", "actor", "ip", "action", "entity", "detail", "request_id", "previous_hash")
_CHECKED = "_audit_checked"  # setting: number and hash of the last entry that was checked
_AT_ONCE = 1_000
_LOCK = 0x6C77  # of PostgreSQL: one writer of the chain at a time


def write_audit(
    connection: sa.Connection,
    action: str,
    *,
    now: datetime.datetime,
    actor: str,
    entity: str = "",
    ip: str = "",
    detail: dict[str, Any] | None = None,
    request_id: str = "",
) -> None:
    """Add one entry in the transaction of what it tells of. `detail` holds no personal data."""
    take_turn(connection, _LOCK)
    last = one(
        connection, sa.select(events.c.number, events.c.hash).order_by(events.c.number.desc()).limit(1)
    )
    entry = {
        "number": (last["number"] if last else 0) + 1,
        "at": now,
        "actor": actor,
        "ip": ip,
        "action": action,
        "entity": entity,
        "detail": json.loads(json.dumps(detail or {}, default=str)),
        "request_id": request_id,
        "previous_hash": last["hash"] if last else START,
    }
    connection.execute(sa.insert(events).values(**entry, hash=_hash(entry)))


def entries(
    connection: sa.Connection,
    *,
    actor: str = "",
    action: str = "",
    entity: str = "",
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
    before: int = 0,
    limit: int = 100,
) -> list[Row]:
    """Entries whose words begin like that, small or capital letters alike; newest first, below `before`."""
    query = sa.select(events).order_by(events.c.number.desc()).limit(limit)
    for column, start in ((events.c.actor, actor), (events.c.action, action), (events.c.entity, entity)):
        if start:
            query = query.where(column.istartswith(start, autoescape=True))
    if since is not None:
        query = query.where(events.c.at >= since)
    if until is not None:
        query = query.where(events.c.at < until)
    if 0 < before < 2**62:
        query = query.where(events.c.number < before)
    return many(connection, query)


def broken_at(connection: sa.Connection) -> int | None:
    """The number of the first entry that does not follow from the one before; None where all do."""
    broken, number, _ = _follow(connection, 0, START)
    last, _ = _checked(connection)
    return broken or (number + 1 if number < last else None)


def broken_lately(connection: sa.Connection) -> int | None:
    """The same, of what was added since it was last found whole. Keeps how far that was: needs a
    transaction that may write.
    """
    take_turn(connection, _LOCK)
    last, last_hash = _checked(connection)
    if last:
        query = sa.select(events).where(events.c.number == last)
        entry = one(connection, query)
        if entry is None or entry["hash"] != last_hash or _hash(entry) != last_hash:
            return broken_at(connection) or last
    broken, number, number_hash = _follow(connection, last, last_hash)
    if broken is None and number > last:
        _keep(connection, number, number_hash)
    return broken


def _follow(connection: sa.Connection, after: int, previous: str) -> tuple[int | None, int, str]:
    """(number of the first entry that does not follow, number and hash of the last that does)."""
    number = after
    while True:
        query = sa.select(events).where(events.c.number > number).order_by(events.c.number).limit(_AT_ONCE)
        rows = many(connection, query)
        for row in rows:
            follows = row["number"] == number + 1 and row["previous_hash"] == previous
            if not follows or row["hash"] != _hash(row):
                return number + 1, number, previous
            number, previous = row["number"], row["hash"]
        if len(rows) < _AT_ONCE:
            return None, number, previous


def _checked(connection: sa.Connection) -> tuple[int, str]:
    kept = connection.execute(sa.select(settings.c.value).where(settings.c.key == _CHECKED)).scalar()
    return (int(kept[0]), str(kept[1])) if kept else (0, START)


def _keep(connection: sa.Connection, number: int, number_hash: str) -> None:
    mine, value = settings.c.key == _CHECKED, [number, number_hash]
    if not connection.execute(sa.update(settings).where(mine).values(value=value)).rowcount:
        connection.execute(sa.insert(settings).values(key=_CHECKED, value=value, version=1))


def _hash(entry: Row) -> str:
    plain = {name: entry[name] for name in _FIELDS}
    plain["at"] = plain["at"].astimezone(datetime.UTC).isoformat()
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
