"""What a canonical table is: named, typed columns with unit and privacy class, and a key.

Money is DECIMAL(18,4) in major units of one currency: sums are exact, so they do not depend on
the order of rows or the number of threads. Days are int32, days since 1970-01-01 in the
workspace zone, so that every summary is plain SQL.
"""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

MONEY = pa.decimal128(18, 4)
QUANTITY = pa.decimal128(18, 4)
DAY = pa.int32()
INSTANT = pa.timestamp("us", tz="UTC")

# "key": names a person together with other tables; "personal": says something about one person;
# "business": says nothing about anybody
Privacy = Literal["key", "personal", "business"]


@dataclass(frozen=True)
class Column:
    """One column. `unit` is empty for names and keys."""

    name: str
    type: pa.DataType
    unit: str
    privacy: Privacy
    meaning: str


@dataclass(frozen=True)
class Table:
    """One canonical table: `key` names the columns that identify a row."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(column.name, column.type) for column in self.columns])

    def conform(self, table: pa.Table) -> pa.Table:
        """The same rows with exactly these columns, in this order and of these types."""
        return table.select(self.names).cast(self.schema)
