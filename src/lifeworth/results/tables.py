"""Further tables of a run, a page or a customer at a time: only the row groups that hold them are read."""

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lifeworth.base.kept import Kept
from lifeworth.results.contract import TABLES

Bounds = list[tuple[str, str]] | None  # smallest and largest id of each row group
_narrowed: Kept[pa.Table] = Kept(4)
_maps: Kept[tuple[pq.FileMetaData, Bounds]] = Kept(24)


def table_names(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / TABLES).glob("*.parquet"))


def table_page(path: Path, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """(rows, how many there are in all)."""
    with pq.ParquetFile(path) as file:
        total, parts, start = file.metadata.num_rows, [], 0
        for number in range(file.metadata.num_row_groups):
            size = file.metadata.row_group(number).num_rows
            if start < offset + limit and start + size > offset:
                group = file.read_row_group(number)
                parts.append(group.slice(max(0, offset - start), offset + limit - max(start, offset)))
            start += size
    return (pa.concat_tables(parts).to_pylist() if parts else []), total


def visible_page(
    path: Path, offset: int, limit: int, mark: Hashable, visible: Callable[[pa.Table], pa.Table]
) -> tuple[list[dict[str, Any]], int]:
    """The same of the rows that `visible` leaves of the table; `mark` names who looks."""
    key = (path, path.stat().st_mtime_ns, mark)
    table = _narrowed.get(key, lambda: visible(pq.ParquetFile(path).read()))
    return table.slice(offset, limit).to_pylist(), len(table)


def rows_of_customer(path: Path, customer_id: str) -> list[dict[str, Any]]:
    """The rows of one customer; none where the table knows no customers."""
    facts, bounds = _maps.get((path, path.stat().st_mtime_ns), lambda: _map(path))
    if bounds is None:
        return []
    groups = [number for number, (low, high) in enumerate(bounds) if low <= customer_id <= high]
    with pq.ParquetFile(path, metadata=facts) as file:
        found = [_of(file.read_row_group(group), customer_id) for group in groups]
    return [one for part in found for one in part.to_pylist()]


def rows_where(path: Path, column: str, value: str, fields: Sequence[str]) -> list[dict[str, Any]]:
    """Some fields of the rows in which a column holds a value; the rest of the table is not read."""
    found: list[dict[str, Any]] = []
    with pq.ParquetFile(path) as file:
        for number in range(file.metadata.num_row_groups):
            held = file.read_row_group(number, columns=[column])[column]
            same = pc.equal(held, pa.scalar(value, held.type))
            if pc.any(same).as_py():
                found += file.read_row_group(number, columns=list(fields)).filter(same).to_pylist()
    return found


def _map(path: Path) -> tuple[pq.FileMetaData, Bounds]:
    """What a file says of itself, read once, and where its customers stand."""
    facts, bounds = pq.read_metadata(path), []
    names = facts.schema.names
    if "customer_id" not in names:
        return facts, None
    place = names.index("customer_id")
    for number in range(facts.num_row_groups):
        told = facts.row_group(number).column(place).statistics
        known = told is not None and told.has_min_max
        bounds.append((told.min, told.max) if known else ("", "\U0010ffff"))
    return facts, bounds


def _of(table: pa.Table, customer_id: str) -> pa.Table:
    column = table["customer_id"]
    return table.filter(pc.equal(column, pa.scalar(customer_id, column.type)))
