"""Further tables of a run, a page at a time: only the row groups that hold the page are read."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lifeworth.results.contract import TABLES


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
