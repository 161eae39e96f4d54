"""Customers of a published run, a page at a time: sorted, filtered and searched among millions.

Beside the run stands an index (`results.index`): the customers as a memory map, so that a page touches
fifty rows and not a million, and the orders that were asked for. Selections once worked out are kept, for
a run never changes. `ref` is the pseudonym of a customer, a keyed hash of the id: it may stand in
addresses and logs, the id may not.
"""

import datetime
import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.errors import AppError
from lifeworth.base.kept import Kept
from lifeworth.results.contract import CUSTOMER_COLUMNS, CUSTOMER_SCHEMA, CUSTOMERS_PARQUET, TABLES
from lifeworth.results.index import Index, ref_of, touched
from lifeworth.results.runs import RunEntry
from lifeworth.results.tables import rows_of_customer

FIELDS = tuple(CUSTOMER_SCHEMA.names)
MONEY_FIELDS = frozenset(column.name for column in CUSTOMER_COLUMNS if pa.types.is_decimal(column.type))
DEFAULT_SORT = "-lifetime_value"
USUAL_SORTS = (
    *("customer_grade", "pattern", "last_purchase", "orders", "net_sales", "historical_value"),
    *("current_value", "future_value", "lifetime_value", "probability_alive"),
)
_OPS = ("in", "min", "max")
_readers = threading.BoundedSemaphore(4)  # scattered rows map much for a moment
_orders: Kept[NDArray[np.int32]] = Kept(60)  # mapped
_selections: Kept[NDArray[np.int32]] = Kept(24)  # four bytes per customer


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
        self._index = Index(folder, secret)
        self._key, self._table = (folder, self._index.name), self._index.table
        there = set(self._table.column_names)
        self.names = [name for name in FIELDS if name in there]  # a run of an older version may lack some
        self._refs = self._table["ref"].chunk(0).to_numpy() if len(self._table) else np.zeros(0, np.uint64)

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
        return {name: _as_money(name, pc.sum(self.column(name).take(rows)).as_py()) for name in fields}

    def parts(
        self, question: Question, fields: Sequence[str] = FIELDS, size: int = 20_000
    ) -> Iterator[pa.Table]:
        """Every selected customer in order, for exports, a part at a time; one empty part for nobody."""
        rows = self._rows(question)
        for start in range(0, max(1, len(rows)), size):
            yield self.take(rows[start : start + size], fields)

    def take(self, rows: NDArray[Any], fields: Sequence[str]) -> pa.Table:
        """Some rows as they were published."""
        names = _known(fields)
        found = self._cells(rows, names)
        columns = [
            pc.divide(found[name].cast(pa.decimal128(22, 2)), pa.scalar(Decimal(100)))
            if name in MONEY_FIELDS
            else found[name]
            for name in names
        ]
        return pa.table(columns, names=names).cast(pa.schema([CUSTOMER_SCHEMA.field(name) for name in names]))

    def column(self, name: str) -> pa.ChunkedArray:
        """A column as the index has it: money in cents, categories as codes."""
        found = self._table[name]
        touched(length_bytes=found.nbytes)
        return found

    def values(self, name: str) -> list[str]:
        """The different values of a category, sorted."""
        words = self._table[name].chunks[:1]
        return sorted(word for each in words for word in each.dictionary.to_pylist() if word is not None)

    def warm(self) -> None:
        """Make the orders that pages ask for, so that nobody has to wait for them."""
        for name in USUAL_SORTS:
            self._order(name)
            self._order(f"-{name}")

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
        return rows_of_customer(path, self._table["customer_id"][row].as_py())

    # --- inside ---------------------------------------------------------------------------------------
    def _row_of(self, ref: str) -> int | None:
        try:
            wanted = np.uint64(int(ref, 16)) if len(ref) == 16 else None
        except ValueError:
            wanted = None
        if wanted is None:
            return None
        order = self._index.ref_order
        place = int(np.searchsorted(self._refs, wanted, sorter=order))
        if place == len(self._refs) or self._refs[order[place]] != wanted:
            return None
        return int(order[place])

    def _read(self, rows: NDArray[Any], fields: Sequence[str]) -> list[dict[str, Any]]:
        found = self._cells(rows, ["ref", *_known(fields)]).to_pylist()
        for row in found:
            row["ref"] = f"{row['ref']:016x}"
            for name in MONEY_FIELDS & row.keys():
                row[name] = _as_money(name, row[name])
        return found

    def _cells(self, rows: NDArray[Any], names: list[str]) -> pa.Table:
        with _readers:
            found = self._table.select(names).take(pa.array(rows, pa.int64()))
            touched(cells=len(rows) * len(names))
        return found

    def _rows(self, question: Question) -> NDArray[np.int32]:
        order = self._order(question.sort)
        if not (question.conditions or question.search):
            return order
        return _selections.get((*self._key, question), lambda: self._select(question, order))

    def _order(self, sort: str) -> NDArray[np.int32]:
        (name,), falling = _known([sort.removeprefix("-")]), sort.startswith("-")
        return _orders.get((*self._key, sort), lambda: self._index.order(name, falling))

    def _select(self, question: Question, order: NDArray[np.int32]) -> NDArray[np.int32]:
        chosen: Any = None
        for condition in question.conditions:
            chosen = _both(chosen, self._meets(condition))
        if question.search:
            chosen = _both(chosen, self._matches(question.search, question.exact))
        mask = pc.fill_null(chosen, False).combine_chunks().to_numpy(zero_copy_only=False)
        touched(length_bytes=order.nbytes)
        return order[mask[order]]

    def _meets(self, condition: Condition) -> pa.ChunkedArray:
        (name,) = _known([condition.column])
        column = self.column(name)
        if pa.types.is_dictionary(column.type):
            if condition.op == "in":
                return _among(column, condition.values)
            column = column.cast(pa.string())
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
            column = self.column("customer_id")
            return pc.equal(column, pa.scalar(search, column.type))
        return pc.match_substring(self.column("searched"), search.lower())


def _among(column: pa.ChunkedArray, values: Sequence[str]) -> pa.ChunkedArray:
    """Which rows of a category have one of the values; the empty text is a missing one."""
    codes = column.combine_chunks()
    if not len(codes):
        return pa.chunked_array([], pa.bool_())
    words = codes.dictionary.to_pylist()
    wanted = pa.array([place for place, word in enumerate(words) if word in values], codes.indices.type)
    found = pc.is_in(codes.indices, wanted)
    return pa.chunked_array([pc.or_(found, pc.is_null(codes)) if "" in values else found])


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
    return Decimal(cents).scaleb(-2) if name in MONEY_FIELDS and cents is not None else cents


def _as_type(text: str, kind: pa.DataType, name: str) -> Any:
    """A value of an address as the column has it; the empty text is null."""
    if text == "":
        return None
    if name in MONEY_FIELDS:
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


def question_key(question: Question) -> str:
    """Short and stable, so that a cursor can say which list it belongs to."""
    return hashlib.sha256(repr(question).encode()).hexdigest()[:12]
