"""Dataframes and Parquet files as grids of strings.

Any frame that narwhals knows (pandas, Polars, PyArrow, DuckDB relations) becomes an Arrow table, and
its typed columns become the texts that the same cleaning reads from files.
"""

import json
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather, parquet

from lifeworth.base.errors import DataError
from lifeworth.data.sources.contents import Content
from lifeworth.data.sources.grid import Grid
from lifeworth.data.sources.headers import unique_names
from lifeworth.data.sources.raw import ROW
from lifeworth.data.sources.workbooks import cell_text


def read_columnar(content: Content) -> Grid:
    """A Parquet or Feather file. Raises DATA-004 where it is damaged."""
    try:
        source = pa.BufferReader(content.data)
        table = parquet.read_table(source) if content.kind == "parquet" else feather.read_table(source)
    except (pa.ArrowException, OSError) as error:
        raise DataError("DATA-004", file=content.name, reason=str(error)[:200]) from error
    return _grid(content.name, table)


def read_frame(frame: Any, name: str = "dataframe") -> Grid:
    """Any dataframe. Raises DATA-014 for something else, DATA-012 where it has no rows."""
    if isinstance(frame, pa.Table):
        return _grid(name, frame)
    if isinstance(frame, pa.RecordBatch):
        return _grid(name, pa.Table.from_batches([frame]))
    try:
        known = nw.from_native(frame)
    except TypeError:
        raise DataError("DATA-014", kind=type(frame).__name__) from None
    if isinstance(known, nw.LazyFrame):
        known = known.collect("pyarrow")
    try:
        return _grid(name, known.to_arrow())
    except (pa.ArrowException, TypeError, ValueError):
        return _grid(name, _mixed(known))


def _mixed(frame: nw.DataFrame) -> pa.Table:
    """A frame whose object columns mix types, cell by cell."""
    columns = {str(name): frame.get_column(name).to_list() for name in frame.columns}
    return pa.table(
        {name: pa.array([_plain(cell) for cell in cells], pa.string()) for name, cells in columns.items()}
    )


def _plain(cell: Any) -> str | None:
    if cell is None or cell is not cell or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, np.generic):
        cell = cell.item()
    text = cell_text(cell)
    return None if text in ("NaT", "<NA>") else text


def _grid(name: str, table: pa.Table) -> Grid:
    if not table.num_columns or not table.num_rows:
        raise DataError("DATA-012", file=name)
    named = [column for column in table.column_names if not column.startswith("__index_level_")]
    names = unique_names([str(column) for column in named], len(named))
    texts = [as_text(table.column(column)) for column in named] if len(set(named)) == len(named) else [
        as_text(table.column(position)) for position in range(table.num_columns)
    ]  # fmt: skip
    numbers = pa.array(np.arange(1, table.num_rows + 1))
    return Grid(name, pa.table([*texts, numbers], names=[*names, ROW]), has_header=True)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A typed column as the texts a file would hold; empty texts are null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_large_string(kind) or pa.types.is_string(kind) or pa.types.is_string_view(kind):
        texts = column.cast(pa.string())
        return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    if pa.types.is_floating(kind):
        return _floats(column.cast(pa.float64()))
    if pa.types.is_timestamp(kind):
        return _moments(column)
    if pa.types.is_decimal(kind):
        texts = column.cast(pa.string())
        return pc.replace_substring_regex(texts, pattern=r"(\.\d*?)0+$", replacement=r"\1").cast(pa.string())
    if pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_time(kind):
        return column.cast(pa.date32() if pa.types.is_date(kind) else kind).cast(pa.string())
    if pa.types.is_boolean(kind):
        return column.cast(pa.string())
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    return pa.chunked_array([pa.array([_any_text(cell) for cell in column.to_pylist()], pa.string())])


def _floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole columns at once where all are whole numbers; else number by number, each distinct one once."""
    column = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
    small = pc.less(pc.abs(column), 1e15)
    if pc.all(pc.and_(pc.equal(pc.floor(column), column), small)).as_py():
        return column.cast(pa.int64()).cast(pa.string())
    coded = column.combine_chunks().dictionary_encode()
    texts = pa.array([cell_text(value) for value in coded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([texts.take(coded.indices)])


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """ISO dates where all times are midnight, else ISO moments to the second (with offset if zoned)."""
    zoned = column.type.tz is not None
    seconds = column.cast(pa.timestamp("s", tz=column.type.tz), safe=False)
    local = pc.local_timestamp(seconds) if zoned else seconds
    if not zoned and pc.all(pc.equal(pc.floor_temporal(local, unit="day"), local)).as_py():
        return local.cast(pa.date32()).cast(pa.string())
    if not zoned:
        return pc.strftime(seconds, format="%Y-%m-%d %H:%M:%S")
    texts = pc.strftime(seconds, format="%Y-%m-%d %H:%M:%S%z")
    return pc.replace_substring_regex(texts, pattern=r"(\d\d)$", replacement=r":\1")


def _any_text(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bytes):
        return cell.decode(errors="replace")
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return _plain(cell)
