"""What a company knows of its customers beside their orders: a row per customer, columns asked for by name.

A column whose cells are all numbers is one of numbers; a customer without one gets the mean. Any other is a
category: a customer without a level is "unknown", and levels that few customers have go under "other".
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.errors import DataError
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.tables.companion import CompanionTable
from lifeworth.data.tables.companions.attributes import ATTRIBUTES, attributes_with
from lifeworth.engines.protocol import Engine

UNKNOWN, OTHER = "unknown", "other"
LEAST = 20  # customers of a level of its own


@dataclass(frozen=True)
class Known:
    """Cells by column and customer; `rejected`: rows that could not be used; `ids`: all the customers."""

    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    name: str = ""  # of the file
    rejected: pa.Table | None = None
    ids: tuple[str, ...] = ()


def read_attributes(
    source: Any, wanted: Sequence[str], engine: Engine, table: CompanionTable = ATTRIBUTES
) -> Known:
    """The columns `wanted` of a file of customers, or LEADS; of two rows of one of them the later counts.

    Raises:
        DataError: DATA-301 without a customer column, DATA-360 for a column that is not there.
    """
    read = read_companion(source, attributes_with(wanted, table), engine=engine)
    missing = [name for name in wanted if name not in read.mapping]
    if missing:
        raise DataError("DATA-360", file=read.name, columns=missing)
    rows = read.table.sort_by("source_row")
    ids = rows["customer_id"].to_pylist()
    cells = {
        name: {who: cell for who, cell in zip(ids, rows[name].to_pylist(), strict=True) if cell}
        for name in wanted
    }
    return Known(cells, read.name, read.rejected, tuple(dict.fromkeys(ids)))


def column_of(
    cells: dict[str, str], ids: Sequence[str], told_by: NDArray[np.bool_] | None = None
) -> NDArray[Any]:
    """One column for these customers, (n,): numbers, or words, whose levels are those of `told_by`."""
    found = [cells.get(who) for who in ids]
    numbers = [_number(cell) for cell in found if cell is not None]
    if numbers and None not in numbers:
        values = np.array([np.nan if cell is None else float(cell) for cell in found])
        return np.where(np.isnan(values), np.nanmean(values), values)
    heard = found if told_by is None else [found[row] for row in np.flatnonzero(told_by)]
    seen = Counter(cell for cell in heard if cell is not None)
    kept = {level for level, count in seen.items() if count >= LEAST}
    return np.array([UNKNOWN if cell is None else cell if cell in kept else OTHER for cell in found], object)


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
