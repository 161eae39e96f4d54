"""DuckDB, the embedded engine: one connection, a memory limit, spilling to disk.

Only what the wheel bundles is used: extensions are never installed or loaded by themselves, so
the same query works on a machine without a network. Answers do not depend on the number of
threads: money is DECIMAL, whose sums are exact, and every query that matters is ordered.
"""

import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import duckdb
import pyarrow as pa

# strings, quoted names, comments and casts are stepped over; what is left of `:name` is a parameter
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|::|:([A-Za-z_]\w*)")


def translate(sql: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """`:name` becomes DuckDB's `$name`; parameters the text does not mention are left out."""
    used: dict[str, Any] = {}

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group(0)
        used[name] = parameters[name]
        return f"${name}"

    return _TOKEN.sub(replace, sql), used


@final
class DuckDBEngine:
    """The `Engine` of one process. Close it, or use it in a `with` statement.

    Args:
        memory_limit: such as "4GB"; beyond it, tables spill to `temp_directory`. None: most of the machine.
        temp_directory: where to spill; a private folder that `close` removes where none is given.
        threads: None leaves the choice to DuckDB.
    """

    def __init__(
        self,
        memory_limit: str | None = "2GB",
        temp_directory: str | Path | None = None,
        threads: int | None = None,
    ) -> None:
        if temp_directory is None:
            temp_directory = tempfile.mkdtemp(prefix="lifeworth-")
            self._forget_spill = weakref.finalize(self, shutil.rmtree, temp_directory, ignore_errors=True)
        settings: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": str(temp_directory),
            "preserve_insertion_order": "false",
        }
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        if threads is not None:
            settings["threads"] = str(threads)
        self._registered: dict[str, pa.Table] = {}
        self._aliases: set[str] = set()
        self._connection = duckdb.connect(":memory:", config=settings)
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")
        # a table that was never registered is an error, not a Python variable of that name
        self._connection.execute("SET python_enable_replacements = false")

    def register(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        self.drop(name)
        self._connection.register(name, table)
        if isinstance(table, pa.Table):
            self._registered[name] = table
        else:  # a reader can be read once, a table again and again
            fresh = f"{name}__fresh"
            self._connection.execute(f'CREATE OR REPLACE TABLE "{fresh}" AS SELECT * FROM "{name}"')
            self._connection.unregister(name)
            self._connection.execute(f'ALTER TABLE "{fresh}" RENAME TO "{name}"')

    def query(self, sql: str, **parameters: Any) -> pa.Table:
        return _select(self._connection, sql, parameters).to_arrow_table()

    def batches(self, sql: str, rows: int = 131_072, **parameters: Any) -> Iterator[pa.RecordBatch]:
        # an open answer blocks its connection, so it gets one of its own; registered Arrow tables
        # belong to a connection and are made known to it
        with self._connection.cursor() as connection:
            for name, table in self._registered.items():
                connection.register(name, table)
            relation = _select(connection, sql, parameters)
            # DuckDB 1 calls it fetch_arrow_reader; DuckDB 2 warns of that name
            reader = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
            yield from reader(rows)

    def create(self, name: str, sql: str, **parameters: Any) -> None:
        # built under another name first: `sql` may read the table that it replaces
        text, used = translate(sql, parameters)
        fresh = f"{name}__fresh"
        self._connection.execute(f'CREATE OR REPLACE TABLE "{fresh}" AS {text}', used or None)
        self.drop(name)
        self._connection.execute(f'ALTER TABLE "{fresh}" RENAME TO "{name}"')

    def alias(self, name: str, existing: str) -> None:
        self.drop(name)
        self._connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM "{existing}"')
        self._aliases.add(name)

    def rename(self, name: str, existing: str) -> None:
        self.drop(name)
        self._connection.execute(f'ALTER TABLE "{existing}" RENAME TO "{name}"')

    def drop(self, name: str) -> None:
        if name in self._aliases:
            self._aliases.remove(name)
            self._connection.execute(f'DROP VIEW IF EXISTS "{name}"')
        elif self._registered.pop(name, None) is not None:
            self._connection.unregister(name)
        else:
            self._connection.execute(f'DROP TABLE IF EXISTS "{name}"')

    def close(self) -> None:
        self._connection.close()
        if hasattr(self, "_forget_spill"):
            self._forget_spill()

    def __enter__(self) -> "DuckDBEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _select(connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any]) -> Any:
    text, used = translate(sql, parameters)
    return connection.sql(text, params=used) if used else connection.sql(text)
