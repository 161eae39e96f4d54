"""One database: SQLite (WAL) by default, PostgreSQL by URL; one request or job is one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lifeworth.base.errors import AppError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30


class Database:
    """An engine and its transactions. `url`: `sqlite:///FILE` or `postgresql+psycopg://...`."""

    def __init__(self, url: str) -> None:
        self.url = url if "://" in url else f"sqlite:///{url}"
        if self.url.startswith("postgresql://"):
            self.url = self.url.replace("postgresql://", "postgresql+psycopg://", 1)
        self.is_sqlite = self.url.startswith("sqlite")
        options: dict[str, Any] = {"pool_size": 10, "max_overflow": 30}
        if self.is_sqlite:
            options["connect_args"] = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        else:
            options["pool_pre_ping"] = True  # a server may have hung up; a file does not
        self.engine = sa.create_engine(self.url, **options)
        self._reading = self.engine.execution_options(reading=True)
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _on_connect)
            sa.event.listen(self.engine, "begin", _on_begin)

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction that may write: committed whole, or not at all."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A look without writing; on SQLite it never waits for a writer."""
        with self._reading.connect() as connection:
            yield connection

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables up to this version of the program, or to an earlier revision of them.

        Raises:
            AppError: APP-024 when the database cannot be opened, or is of a newer version.
        """
        from alembic import command
        from alembic.config import Config
        from alembic.util.exc import CommandError

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            with self.engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
        except (CommandError, sa.exc.OperationalError) as reason:
            raise AppError("APP-024", reason=str(reason).splitlines()[0]) from reason

    def forget_traces(self) -> None:
        """Empty the write-ahead log of SQLite, in which erased rows still stand until it is written over."""
        if self.is_sqlite:
            with self.engine.connect() as connection:
                connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]

    def close(self) -> None:
        self.engine.dispose()


def _on_connect(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _on_begin
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased leaves no trace in free pages
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()


def _on_begin(connection: sa.Connection) -> None:
    """A writer takes its turn at once, so that no transaction has to be repeated half-way."""
    reading = connection.get_execution_options().get("reading")
    connection.connection.cursor().execute("BEGIN" if reading else "BEGIN IMMEDIATE")
