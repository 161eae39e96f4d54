"""The index of a run's customers: made once beside the run, opened as a memory map.

    .index/<made of>-<key>.arrow      the customers in one piece; money in cents, the pseudonym `ref`,
                                      and the id in small letters, to be searched
    .index/<made of>-<key>.npy        rows in the order of `ref`

It is a cache: erased with the folder, made again when wanted, swapped in by a rename.
"""

import hashlib
import os
import shutil
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lifeworth.results.contract import CUSTOMERS_PARQUET

INDEX = ".index"
_lock = threading.Lock()


def ref_of(customer_id: str, secret: bytes) -> int:
    """The pseudonym of a customer: 64 bits of a keyed hash."""
    return int.from_bytes(hashlib.blake2b(customer_id.encode(), key=secret[:64], digest_size=8).digest())


def open_index(folder: Path, secret: bytes) -> tuple[pa.Table, NDArray[Any]]:
    """The customers as a memory map, and the rows in the order of their pseudonyms."""
    source = folder / CUSTOMERS_PARQUET
    name = f"{source.stat().st_mtime_ns}-{hashlib.sha256(secret).hexdigest()[:8]}"
    table_path, order_path = (folder / INDEX / f"{name}.{kind}" for kind in ("arrow", "npy"))
    with _lock:
        if not (table_path.exists() and order_path.exists()):
            _build(source, table_path, order_path, secret)
    with pa.memory_map(str(table_path)) as stream:
        table = pa.ipc.open_file(stream).read_all()
    return table, np.load(order_path, mmap_mode="r")


def _narrow(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As the index keeps it: money in cents, which is half the size; text that may be long as a whole."""
    if pa.types.is_decimal(column.type):
        return pc.multiply(column, pa.scalar(Decimal(100))).cast(pa.int64())
    return column.cast(pa.large_string()) if pa.types.is_string(column.type) else column


def drop_index(folder: Path) -> None:
    """Forget the index of a run; it is made again when wanted."""
    shutil.rmtree(folder / INDEX, ignore_errors=True)


def _build(source: Path, table_path: Path, order_path: Path, secret: bytes) -> None:
    with pq.ParquetFile(source) as file:
        table = file.read()
    ids = table["customer_id"].to_pylist()
    refs = np.fromiter((ref_of(one, secret) for one in ids), np.uint64, len(ids))
    columns = {name: _narrow(table[name]) for name in table.column_names}
    columns |= {"ref": pa.array(refs), "searched": pc.utf8_lower(columns["customer_id"])}
    table = pa.table(columns).combine_chunks()
    table_path.parent.mkdir(exist_ok=True)
    mark = f".{os.getpid()}"
    fresh = table_path.with_name(table_path.name + mark)
    with pa.OSFile(str(fresh), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    order = order_path.with_name(order_path.name + mark)
    with order.open("wb") as stream:
        np.save(stream, np.argsort(refs, kind="stable").astype(np.int32))
    order.rename(order_path)
    fresh.rename(table_path)
