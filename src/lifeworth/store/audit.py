"""The audit log: only ever added to. Each entry holds the hash of the one before, so that a change
or a gap shows when the chain is checked.
"""

import datetime
import hashlib
import json
from typing import Any

import sqlalchemy as sa

from lifeworth.store.rows import Row, one
from lifeworth.store.tables import audit_events as events

START = "0" * 64
_FIELDS = ("number", "at", "actor", "ip", "action", "entity", "detail", "request_id", "previous_hash")
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
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
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


def broken_at(connection: sa.Connection) -> int | None:
    """The number of the first entry that does not follow from the one before; None where all do."""
    previous, expected = START, 1
    for row in connection.execute(sa.select(events).order_by(events.c.number)).mappings():
        if row["number"] != expected or row["previous_hash"] != previous or row["hash"] != _hash(dict(row)):
            return expected
        previous, expected = row["hash"], expected + 1
    return None


def _hash(entry: Row) -> str:
    plain = {name: entry[name] for name in _FIELDS}
    plain["at"] = plain["at"].astimezone(datetime.UTC).isoformat()
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
