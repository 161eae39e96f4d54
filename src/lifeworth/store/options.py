"""Named settings of a workspace, each with the version that an editor saw."""

from typing import Any

import sqlalchemy as sa

from lifeworth.store.rows import many
from lifeworth.store.tables import settings

_VERSION = "_version"


def all_options(connection: sa.Connection) -> dict[str, Any]:
    ours = settings.c.key.startswith("_", autoescape=True)
    rows = many(connection, sa.select(settings).where(~ours))
    return {row["key"]: row["value"] for row in rows}


def options_version(connection: sa.Connection) -> int:
    found = connection.execute(sa.select(settings.c.version).where(settings.c.key == _VERSION)).scalar()
    return int(found or 0)


def set_options(connection: sa.Connection, values: dict[str, Any], version: int | None = None) -> bool:
    """Set some; False (and nothing set) where the settings are no longer at `version`."""
    if not _count_up(connection, version):
        return False
    for key, value in values.items():
        done = connection.execute(
            sa.update(settings)
            .where(settings.c.key == key)
            .values(value=value, version=settings.c.version + 1)
        )
        if not done.rowcount:
            connection.execute(sa.insert(settings).values(key=key, value=value, version=1))
    return True


def _count_up(connection: sa.Connection, version: int | None) -> bool:
    where = settings.c.key == _VERSION
    if version is not None and options_version(connection) != version:
        return False
    done = connection.execute(sa.update(settings).where(where).values(version=settings.c.version + 1))
    if not done.rowcount:
        connection.execute(sa.insert(settings).values(key=_VERSION, value=None, version=1))
    return True
