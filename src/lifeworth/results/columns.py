"""The customers of a run as documents read them: a column or a few rows at a time, from the index.

It offers what documents use of a `pa.Table`, without a million rows in memory; rows are those of the
index, who is worth most first. `shown` says how what stands in a column may be shown: who sees masks gets
masks, whatever is asked for.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.results.contract import CONTACT_FIELDS
from lifeworth.results.customers import MONEY_FIELDS, Customers

ID = "customer_id"
PERSONAL = (ID, *CONTACT_FIELDS)
Shown = Callable[[str, str], str]  # (what stands in a column, its name)


class Columns:
    """Columns of a run's customers; money as floating-point numbers, rows as they were published."""

    def __init__(self, customers: Customers, shown: Shown | None = None) -> None:
        self._customers, self._shown = customers, shown
        self.column_names = customers.names

    @property
    def num_rows(self) -> int:
        return len(self._customers)

    def column(self, name: str) -> pa.ChunkedArray:
        found = self._customers.column(name)
        if name in MONEY_FIELDS:
            return pc.divide(found.cast(pa.float64()), 100.0)
        if name == ID and self._shown:
            return pa.chunked_array([_shown(found, self._shown, name)], pa.string())
        return found

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        return self.column(name)

    def select(self, names: Sequence[str]) -> "Selected":
        return Selected(self._customers, list(names), self._shown)


class Selected:
    """Some columns, of which rows may be taken."""

    def __init__(self, customers: Customers, names: list[str], shown: Shown | None) -> None:
        self._customers, self._names, self._shown = customers, names, shown

    def take(self, places: pa.Array) -> pa.Table:
        rows = np.frombuffer(places.buffers()[1], np.int64, len(places), 8 * places.offset)
        found = self._customers.take(rows, self._names)
        if self._shown:
            found = masked(found, self._shown)
        return found


def masked(table: pa.Table, shown: Shown, names: Sequence[str] = PERSONAL) -> pa.Table:
    """The table with its columns of these names as they may be shown."""
    for name in names:
        if name in table.column_names:
            column = _shown(table[name], shown, name)
            table = table.set_column(table.column_names.index(name), name, column)
    return table


def _shown(held: Any, shown: Shown, column: str) -> pa.Array:
    return pa.array([one and shown(one, column) for one in held.to_pylist()], pa.string())
