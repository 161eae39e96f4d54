"""The index of a run's customers: made once beside the run, opened as a memory map.

    .index/<made of>-<key>.arrow        the customers in one piece, those worth most first, so that a page of
                                        them lies together; money in cents, categories as codes, the
                                        pseudonym `ref`, how each is called and reached, and what finds them
    .index/<made of>-<key>.npy          rows in the order of `ref`
    .index/<made of>-<key>.<sort>.npy   rows in the order of a column, made when first asked for

It is a cache: erased with the folder, made again when wanted, swapped in by a rename. What stands in
it is mapped, so that it takes memory only where it is read; `touched` gives that back from time to time,
for a page of scattered rows maps far more than it shows.
"""

import contextlib
import hashlib
import mmap
import os
import re
import shutil
import threading
import weakref
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lifeworth.results.contract import CONTACT_FIELDS, CONTACTS, CUSTOMERS_PARQUET, TABLES
from lifeworth.results.searched import searched

INDEX = ".index"
REF = re.compile("[0-9a-f]{16}")  # a pseudonym, as it stands in addresses
CATEGORIES = ("channel", "rfm", "rfm_class", "pattern", "trend", "tier", "customer_grade", "decision")
_FORM = 8  # counted up whenever the index is built otherwise
_WINDOW_BYTES = 1 << 16  # what the system maps around a byte that is read
_MOST_WINDOWS = 1_000
_ATTEMPTS = 5
_lock = threading.Lock()
Made = TypeVar("Made")


def ref_of(customer_id: str, secret: bytes) -> int:
    """The pseudonym of a customer: 64 bits of a keyed hash."""
    return int.from_bytes(hashlib.blake2b(customer_id.encode(), key=secret[:64], digest_size=8).digest())


def pseudonym(customer_id: str, secret: bytes) -> str:
    """`ref_of` as it stands in addresses: see REF."""
    return f"{ref_of(customer_id, secret):016x}"


class Index:
    """The index of one run, opened; built first where there is none."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        source = folder / CUSTOMERS_PARQUET
        self.name = f"{source.stat().st_mtime_ns}-{hashlib.sha256(secret).hexdigest()[:8]}-{_FORM}"
        self._folder = folder / INDEX
        self._maps: dict[Path, mmap.mmap] = {}
        self.table, self.ref_order = _though_dropped(lambda: self._open(source, secret))
        _opened.add(self)

    def order(self, column: str, falling: bool) -> NDArray[Any]:
        """Rows in the order of a column; equal ones by what they are worth, missing ones last."""
        path = self._path(f"{'-' if falling else ''}{column}.npy")

        def order() -> NDArray[Any]:
            if not path.exists():
                _save(path, _sorted(self.table[column], falling))
            return self._rows(path)

        return _though_dropped(order)

    def _open(self, source: Path, secret: bytes) -> tuple[pa.Table, NDArray[Any]]:
        table_path, refs_path = self._path("arrow"), self._path("npy")
        with _lock:
            if not (table_path.exists() and refs_path.exists()):
                _build(source, table_path, refs_path, secret)
        whole = pa.BufferReader(pa.py_buffer(self._map(table_path)))
        return pa.ipc.open_file(whole).read_all(), self._rows(refs_path)

    def _rows(self, path: Path) -> NDArray[Any]:
        found: Any = np.load(path, mmap_mode="r")
        if isinstance(found, np.memmap) and len(found):
            self._maps[path] = found._mmap  # type: ignore[attr-defined]
        return np.asarray(found)

    def _map(self, path: Path) -> mmap.mmap:
        with path.open("rb") as stream:
            self._maps[path] = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        return self._maps[path]

    def give_back(self) -> None:
        """Unmap what was read; it is mapped again where it is read again."""
        for each in list(self._maps.values()):
            if hasattr(mmap, "MADV_DONTNEED"):
                each.madvise(mmap.MADV_DONTNEED)

    def _path(self, kind: str) -> Path:
        return self._folder / f"{self.name}.{kind}"


_opened: "weakref.WeakSet[Index]" = weakref.WeakSet()
_windows = 0


def touched(cells: int = 0, length_bytes: int = 0) -> None:
    """Count what was read: single cells, or a stretch; give back what all indexes hold when it is much."""
    global _windows
    with _lock:
        _windows += cells + length_bytes // _WINDOW_BYTES
        if _windows < _MOST_WINDOWS:
            return
        _windows, opened = 0, list(_opened)
    for each in opened:
        each.give_back()


def _though_dropped(make: Callable[[], Made]) -> Made:
    """What `make` gives. An erasure may take the index away between its being made and its being opened."""
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(FileNotFoundError):
            return make()
    return make()


def drop_index(folder: Path) -> None:
    """Forget the index of a run; it is made again when wanted."""
    shutil.rmtree(folder / INDEX, ignore_errors=True)


def _build(source: Path, table_path: Path, refs_path: Path, secret: bytes) -> None:
    with pq.ParquetFile(source) as file:
        table = _with_contacts(_by_worth(file.read()), source.parent / TABLES / f"{CONTACTS}.parquet")
    ids = table["customer_id"].to_pylist()
    refs = np.fromiter((ref_of(one, secret) for one in ids), np.uint64, len(ids))
    columns = {name: _narrow(name, table[name]) for name in table.column_names}
    columns |= {"ref": pa.array(refs), "searched": searched(table)}
    table = pa.table(columns).combine_chunks()
    table_path.parent.mkdir(exist_ok=True)
    fresh = table_path.with_name(f"{table_path.name}.{os.getpid()}")
    with pa.OSFile(str(fresh), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    _save(refs_path, np.argsort(refs, kind="stable"))
    fresh.rename(table_path)
    for path in table_path.parent.iterdir():
        if path.suffix in (".arrow", ".npy") and not path.name.startswith(table_path.stem):
            path.unlink(missing_ok=True)  # of an earlier form, or of what the run was before


def _by_worth(table: pa.Table) -> pa.Table:
    for name in ("lifetime_value", "net_sales"):
        if name in table.column_names and table[name].null_count < len(table):
            return table.take(pa.array(_sorted(table[name], falling=True)))
    return table


def _with_contacts(table: pa.Table, path: Path) -> pa.Table:
    """The customers with `CONTACT_FIELDS`, null where nothing is known."""
    nobody = pa.table({name: pa.array([], pa.string()) for name in ("customer_id", *CONTACT_FIELDS)})
    told = pq.ParquetFile(path).read() if path.exists() else nobody
    places = pc.index_in(table["customer_id"], value_set=told["customer_id"].combine_chunks())
    for name in CONTACT_FIELDS:
        table = table.append_column(name, pc.take(told[name].combine_chunks(), places))
    return table


def _narrow(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As the index keeps it: money in cents, which is half the size; text as codes, or as a whole."""
    if pa.types.is_decimal(column.type):
        return pc.multiply(column, pa.scalar(Decimal(100))).cast(pa.int64())
    if name in CATEGORIES:
        return column.dictionary_encode().unify_dictionaries()
    return column.cast(pa.large_string()) if pa.types.is_string(column.type) else column


def _sorted(column: pa.ChunkedArray, falling: bool) -> NDArray[Any]:
    keys = pa.table({"key": _ranks(column), "row": np.arange(len(column), dtype=np.int32)})
    orders = [("key", "descending" if falling else "ascending"), ("row", "ascending")]
    return pc.sort_indices(keys, sort_keys=orders).to_numpy()


def _ranks(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The places of categories among each other; other columns as they are."""
    if not pa.types.is_dictionary(column.type) or not len(column):
        return column
    codes = column.combine_chunks()
    ranks = pc.rank(codes.dictionary, sort_keys="ascending", tiebreaker="dense")
    return ranks.take(codes.indices)


def _save(path: Path, rows: NDArray[Any]) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    path.parent.mkdir(exist_ok=True)  # an erasure may have taken it from under an open index
    with fresh.open("wb") as stream:
        np.save(stream, rows.astype(np.int32))
    fresh.rename(path)
