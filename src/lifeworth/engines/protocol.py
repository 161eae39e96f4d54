"""What every engine does: take Arrow tables, run portable SQL, give Arrow back.

Portable SQL: ANSI, integer days, parameters written `:name`, no engine's own functions. The
same text runs on DuckDB (the embedded default) and, later, on Spark SQL.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import pyarrow as pa


class Engine(Protocol):
    def register(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        """Make `table` readable under `name`; a table of that name is replaced."""

    def query(self, sql: str, **parameters: Any) -> pa.Table:
        """Run one SELECT and give the whole answer."""

    def batches(self, sql: str, rows: int = 131_072, **parameters: Any) -> Iterator[pa.RecordBatch]:
        """Run one SELECT and stream the answer."""

    def create(self, name: str, sql: str, **parameters: Any) -> None:
        """Keep the answer of one SELECT as a table under `name`."""

    def alias(self, name: str, existing: str) -> None:
        """Make a table that `create` or `rename` made readable under a second name too."""

    def rename(self, name: str, existing: str) -> None:
        """Give a table that `create` made another name."""

    def drop(self, name: str) -> None:
        """Forget a table; nothing happens where there is none."""

    def close(self) -> None: ...
