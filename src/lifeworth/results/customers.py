"""Customers of a published run, a page at a time: sorted, filtered and searched among millions.

Beside the run stands an index (`.index/`, made when first asked for): the customers as a memory
map, so that a page touches fifty rows and not a million, and the order of their pseudonyms. Orders
and selections once worked out are kept, for a run never changes. `ref` is the pseudonym of a
customer, a keyed hash of the id: it may stand in addresses and logs, the id may not.
"""

import datetime
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lifeworth.base.errors import AppError
from lifeworth.results.contract import CUSTOMER_COLUMNS, CUSTOMER_SCHEMA, CUSTOMERS_PARQUET, TABLES
from lifeworth.results.index import open_index, ref_of
from lifeworth.results.runs import RunEntry

FIELDS = tuple(CUSTOMER_SCHEMA.names)
DEFAULT_SORT = "-lifetime_value"
_KEPT_ORDERS, _KEPT_SELECTIONS = 12, 12
_OPS = ("in", "min", "max")
_heavy = threading.BoundedSemaphore(2)
_MONEY = frozenset(column.name for column in CUSTOMER_COLUMNS if pa.types.is_decimal(column.type))


@dataclass(frozen=True)
class Condition:
    """`column` is one of `values` ("in"), or at least ("min") or at most ("max") its one value."""

    column: str
    op: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """Which customers, in which order. `search`: part of an id, or the whole of it where `exact`."""

    conditions: tuple[Condition, ...] = ()
    search: str = ""
    exact: bool = False
    sort: str = DEFAULT_SORT


@dataclass(frozen=True)
class Page:
    """Rows as dictionaries with `ref`; `total` counts all that the question selects."""

    rows: list[dict[str, Any]]
    total: int
    offset: int

    @property
    def next_offset(self) -> int | None:
        end = self.offset + len(self.rows)
        return end if end < self.total else None


def customers_of(run: RunEntry, secret: bytes) -> "Customers":
    """The customers of a run; opened once and kept."""
    return _opened(run.folder, (run.folder / CUSTOMERS_PARQUET).stat().st_mtime_ns, secret)


@lru_cache(maxsize=12)
def _opened(folder: Path, changed_ns: int, secret: bytes) -> "Customers":
    return Customers(folder, secret)


class Customers:
    """Safe to ask from many threads."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder, self._secret = folder, secret
        self._table, self._ref_order = open_index(folder, secret)
        self._refs = self._table["ref"].chunk(0).to_numpy() if len(self._table) else np.zeros(0, np.uint64)
        self._orders: OrderedDict[str, NDArray[np.int32]] = OrderedDict()
        self._selections: OrderedDict[Question, NDArray[np.int32]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._table.num_rows

    def page(
        self, question: Question, *, offset: int = 0, limit: int = 50, fields: Sequence[str] = FIELDS
    ) -> Page:
        """
        Raises:
            AppError: APP-019 for a field, condition or order that there is not.
        """
        rows = self._rows(question)
        part = rows[offset : offset + limit]
        return Page(self._read(part, fields), len(rows), offset)

    def count(self, question: Question) -> int:
        return len(self._rows(question))

    def totals(self, question: Question, fields: Sequence[str]) -> dict[str, Any]:
        """Sums of money columns over the selected customers."""
        rows = pa.array(self._rows(question))
        return {name: _as_money(name, pc.sum(self._column(name).take(rows)).as_py()) for name in fields}

    def table(self, question: Question, fields: Sequence[str] = FIELDS) -> pa.Table:
        """Every selected customer in order, for exports."""
        names = _known(fields)
        found = self._table.select(names).take(pa.array(self._rows(question)))
        columns = [
            pc.divide(found[name].cast(pa.decimal128(22, 2)), pa.scalar(Decimal(100)))
            if name in _MONEY
            else found[name]
            for name in names
        ]
        return pa.table(columns, names=names).cast(pa.schema([CUSTOMER_SCHEMA.field(name) for name in names]))

    def one(self, ref: str) -> dict[str, Any] | None:
        """One customer with every column, or None."""
        row = self._row_of(ref)
        return None if row is None else self._read(np.array([row]), FIELDS)[0]

    def ref_of(self, customer_id: str) -> str:
        return f"{ref_of(customer_id, self._secret):016x}"

    def timeline(self, ref: str) -> list[dict[str, Any]]:
        """What happened with a customer, oldest first; empty where the run has no timeline."""
        return self.rows_of(ref, "timeline")

    def rows_of(self, ref: str, table: str) -> list[dict[str, Any]]:
        """The rows of a further table of the run that belong to one customer."""
        row = self._row_of(ref)
        path = self._folder / TABLES / f"{table}.parquet"
        if row is None or not path.exists():
            return []
        customer_id = self._column("customer_id")[row].as_py()
        with pq.ParquetFile(path) as file:
            if "customer_id" not in file.schema_arrow.names:
                return []
            groups = _groups_with(file, customer_id)
            found = [_of(file.read_row_group(group), customer_id) for group in groups]
        return [one for part in found for one in part.to_pylist()]

    # --- inside ---------------------------------------------------------------------------------------
    def _row_of(self, ref: str) -> int | None:
        try:
            wanted = np.uint64(int(ref, 16)) if len(ref) == 16 else None
        except ValueError:
            wanted = None
        if wanted is None:
            return None
        place = int(np.searchsorted(self._refs, wanted, sorter=self._ref_order))
        if place == len(self._refs) or self._refs[self._ref_order[place]] != wanted:
            return None
        return int(self._ref_order[place])

    def _read(self, rows: NDArray[Any], fields: Sequence[str]) -> list[dict[str, Any]]:
        part = self._table.select(["ref", *_known(fields)]).take(pa.array(rows, pa.int64()))
        found = part.to_pylist()
        for row in found:
            row["ref"] = f"{row['ref']:016x}"
            for name in _MONEY & row.keys():
                row[name] = _as_money(name, row[name])
        return found

    def _column(self, name: str) -> pa.ChunkedArray:
        return self._table[name]

    def _rows(self, question: Question) -> NDArray[np.int32]:
        order = self._order(question.sort)  # first: whoever makes something must not wait for another
        return self._kept(self._selections, question, _KEPT_SELECTIONS, lambda: self._select(question, order))

    def _order(self, sort: str) -> NDArray[np.int32]:
        return self._kept(self._orders, sort, _KEPT_ORDERS, lambda: self._sorted(sort))

    def _kept(self, store: OrderedDict[Any, Any], key: Any, most: int, make: Any) -> NDArray[np.int32]:
        with self._lock:
            if key in store:
                store.move_to_end(key)
                return store[key]
        with _heavy:  # a few at a time, so that many readers do not need much memory
            with self._lock:
                if key in store:  # someone else made it meanwhile
                    return store[key]
            made = make()
        with self._lock:
            store[key] = made
            while len(store) > most:
                store.popitem(last=False)
        return made

    def _sorted(self, sort: str) -> NDArray[np.int32]:
        name, falling = sort.removeprefix("-"), sort.startswith("-")
        (name,) = _known([name])
        column = self._column(name)
        keys = pa.table({"key": column, "row": np.arange(len(column), dtype=np.int32)})
        orders = [("key", "descending" if falling else "ascending"), ("row", "ascending")]
        return pc.sort_indices(keys, sort_keys=orders).to_numpy().astype(np.int32)

    def _select(self, question: Question, order: NDArray[np.int32]) -> NDArray[np.int32]:
        chosen: Any = None
        for condition in question.conditions:
            chosen = _both(chosen, self._meets(condition))
        if question.search:
            chosen = _both(chosen, self._matches(question.search, question.exact))
        if chosen is None:
            return order
        mask = pc.fill_null(chosen, False).combine_chunks().to_numpy(zero_copy_only=False)
        return order[mask[order]]

    def _meets(self, condition: Condition) -> pa.ChunkedArray:
        (name,) = _known([condition.column])
        column = self._column(name)
        try:
            if condition.op == "in":
                values = [_as_type(value, column.type, name) for value in condition.values]
                wanted = pa.array([value for value in values if value is not None], column.type)
                found = pc.is_in(column, wanted)
                return pc.or_(found, pc.is_null(column)) if None in values else found
            bound = pa.scalar(_as_type(condition.values[0], column.type, name), column.type)
        except (ValueError, ArithmeticError, pa.ArrowException):
            raise _unknown(f"{name}={','.join(condition.values)}", str(column.type)) from None
        compare = {"min": pc.greater_equal, "max": pc.less_equal}.get(condition.op)
        if compare is None:
            raise _unknown(condition.op, ", ".join(_OPS))
        return compare(column, bound)

    def _matches(self, search: str, exact: bool) -> pa.ChunkedArray:
        if exact:
            column = self._column("customer_id")
            return pc.equal(column, pa.scalar(search, column.type))
        return pc.match_substring(self._column("searched"), search.lower())


def _both(one: Any, other: Any) -> Any:
    return other if one is None else pc.and_(one, other)


def _known(fields: Sequence[str]) -> list[str]:
    for name in fields:
        if name not in FIELDS:
            raise _unknown(name, ", ".join(FIELDS))
    return list(dict.fromkeys(fields))


def _unknown(seen: str, wanted: str) -> AppError:
    return AppError("APP-019", seen=seen, wanted=wanted)


def _as_money(name: str, cents: int | None) -> Any:
    return Decimal(cents).scaleb(-2) if name in _MONEY and cents is not None else cents


def _as_type(text: str, kind: pa.DataType, name: str) -> Any:
    """A value of an address as the column has it; the empty text is null."""
    if text == "":
        return None
    if name in _MONEY:
        number = Decimal(text)
        if not number.is_finite() or abs(number) > 10**15:
            raise ValueError(text)
        return round(number * 100)
    if pa.types.is_integer(kind):
        return int(text)
    if pa.types.is_floating(kind):
        return float(text)
    if pa.types.is_date(kind):
        return datetime.date.fromisoformat(text)
    return text


def _groups_with(file: pq.ParquetFile, customer_id: str) -> list[int]:
    """The row groups that may hold a customer, by their smallest and largest id."""
    place = file.schema_arrow.names.index("customer_id")
    found = []
    for number in range(file.metadata.num_row_groups):
        facts = file.metadata.row_group(number).column(place).statistics
        if facts is None or not facts.has_min_max or facts.min <= customer_id <= facts.max:
            found.append(number)
    return found


def _of(table: pa.Table, customer_id: str) -> pa.Table:
    column = table["customer_id"]
    return table.filter(pc.equal(column, pa.scalar(customer_id, column.type)))


def question_key(question: Question) -> str:
    """Short and stable, so that a cursor can say which list it belongs to."""
    return hashlib.sha256(repr(question).encode()).hexdigest()[:12]
