"""What a companion table is: named columns of one kind each, and the header words that mean them.

A companion file is anything a company keeps beside its orders. Its columns are found by their
headers alone; `data.sources.companions` reads it. A column that is `needed` must have a readable
cell in every row; of `one_of`, a row needs at least one.
"""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from lifeworth.data.tables.table import DAY, MONEY, Privacy

Kind = Literal["text", "money", "number", "day", "flag"]
TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "money": MONEY,
    "number": pa.float64(),
    "day": DAY,
    "flag": pa.bool_(),
}


@dataclass(frozen=True)
class CompanionColumn:
    """One column. `words`: headers that mean it, comma-separated, in English and 简体 (繁體 folds to it)."""

    name: str
    kind: Kind
    privacy: Privacy
    meaning: str
    words: str
    needed: bool = False


@dataclass(frozen=True)
class CompanionTable:
    """One companion table. `one_of`: groups of columns of which each row fills at least one."""

    name: str
    grain: str
    columns: tuple[CompanionColumn, ...]
    one_of: tuple[tuple[str, ...], ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The columns, then `source_row`, the row number in the file (the header being row 1)."""
        fields = [(column.name, TYPES[column.kind]) for column in self.columns]
        return pa.schema([*fields, ("source_row", pa.int64())])
