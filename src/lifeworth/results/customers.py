"""Customers of a published run, a page at a time: sorted, filtered and searched among millions.

Beside the run stands an index (`results.index`): the customers as a memory map, so that a page touches
fifty rows and not a million, and the orders that were asked for. Selections once worked out are kept, for
a run never changes. `ref` is the pseudonym of a customer, a keyed hash of the id: it may stand in
addresses and logs, the id may not.
"""

import copy
import datetime
import json
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.errors import AppError
from lifeworth.base.kept import Kept
from lifeworth.results.contract import (
    CONTACT_FIELDS,
    CUSTOMER_COLUMNS,
    CUSTOMER_SCHEMA,
    CUSTOMERS_PARQUET,
    LISTED_SCHEMA,
    PATTERNS,
    SUMMARY,
    TABLES,
)
from lifeworth.results.cut_lines import NOWHERE, Lines, kinds, quadrants
from lifeworth.results.index import REF, Index, pseudonym, touched
from lifeworth.results.memberships import MEMBERSHIPS, members
from lifeworth.results.question import DEFAULT_SORT, Condition, Question
from lifeworth.results.runs import RunEntry
from lifeworth.results.searched import typed
from lifeworth.results.selection import among, both, stretch, whole
from lifeworth.results.tables import rows_of_customer
from lifeworth.results.visible import Visible, rows_of_refs

FIELDS = tuple(CUSTOMER_SCHEMA.names)
ASKABLE = tuple(LISTED_SCHEMA.names)
MONEY_FIELDS = frozenset(column.name for column in CUSTOMER_COLUMNS if pa.types.is_decimal(column.type))
USUAL_SORTS = (
    *("customer_grade", "pattern", "last_purchase", "orders", "net_sales", "historical_value"),
    *("current_value", "future_value", "lifetime_value", "probability_alive"),
)
_OPS = ("in", "min", "max")
KEPT_OPEN = 12  # runs
_readers = threading.BoundedSemaphore(4)  # scattered rows map much for a moment
_orders: Kept[NDArray[np.int32]] = Kept(60)  # mapped
_masks: Kept[NDArray[np.bool_]] = Kept(40)  # one byte per customer; the same whatever the order
_selections: Kept[NDArray[np.int32]] = Kept(60)  # of few customers
_visible_rows: Kept[NDArray[np.int32]] = Kept(40)
_FEW = 64  # selections of less than one in so many are kept; others are found again on the way down the order


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


def customers_of(run: RunEntry, secret: bytes, visible: Visible | None = None) -> "Customers":
    """The customers of a run, or those of them who are `visible`; opened once and kept."""
    known = _opened(run.folder, (run.folder / CUSTOMERS_PARQUET).stat().st_mtime_ns, secret)
    return known if visible is None else known.within(visible)


@lru_cache(maxsize=KEPT_OPEN)
def _opened(folder: Path, changed_ns: int, secret: bytes) -> "Customers":
    return Customers(folder, secret)


class Customers:
    """Safe to ask from many threads. `only`: the rows one may see, sorted, where these are not all: lists,
    counts, single customers and their further rows are of them; whole columns and `take` are not narrowed.
    """

    only: NDArray[np.int32] | None = None

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder, self._secret = folder, secret
        self._index = Index(folder, secret)
        self._key: tuple[Any, ...] = (folder, self._index.name)
        self._whole, self._table = self._key, self._index.table
        there = set(self._table.column_names)
        self.names = [name for name in FIELDS if name in there]  # a run of an older version may lack some
        self._refs = self._table["ref"].chunk(0).to_numpy() if len(self._table) else np.zeros(0, np.uint64)

    def __len__(self) -> int:
        return self._table.num_rows

    def within(self, visible: Visible) -> "Customers":
        """The same, as if there were nobody beside those who are visible."""
        narrowed = copy.copy(self)
        narrowed._key = (*self._whole, visible)
        order = self._index.ref_order
        narrowed.only = _visible_rows.get(
            narrowed._key, lambda: rows_of_refs(self._refs, order, visible.refs)
        )
        return narrowed

    def refs(self, question: Question) -> list[str]:
        """The pseudonyms of all that the question selects."""
        return [f"{ref:016x}" for ref in self._refs[self._rows(question)].tolist()]

    def known(self, refs: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which of these pseudonyms are customers of the run."""
        return np.isin(refs, self._refs)

    def visible_ids(self) -> list[str]:
        """Ids of those one may see."""
        column = self.column("customer_id")
        return (column if self.only is None else column.take(pa.array(self.only))).to_pylist()

    def page(
        self, question: Question, *, offset: int = 0, limit: int = 50, fields: Sequence[str] = FIELDS
    ) -> Page:
        """
        Raises:
            AppError: APP-019 for a field, condition or order that there is not.
        """
        order, mask = self._order(question.sort), self._mask(question)
        total = self._total(mask)
        if mask is None or total * _FEW < len(self):
            part = self._rows(question)[offset : offset + limit]
        else:
            part = stretch(order, mask, offset, limit)
        return Page(self._read(part, fields), total, offset)

    def count(self, question: Question) -> int:
        return self._total(self._mask(question))

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
        return pa.table(columns, names=names).cast(pa.schema([LISTED_SCHEMA.field(name) for name in names]))

    def knows_contacts(self) -> bool:
        """Whether a name, e-mail address or phone of somebody is known."""
        return any(self._table[name].null_count < len(self) for name in CONTACT_FIELDS)

    def column(self, name: str) -> pa.ChunkedArray:
        """A column as the index has it: money in cents, categories as codes."""
        found = self._table[name]
        touched(length_bytes=found.nbytes)
        return found

    def values(self, name: str) -> list[str]:
        """The different values of a category, sorted."""
        words = self._table[name].chunks[:1]
        return sorted(word for each in words for word in each.dictionary.to_pylist() if word is not None)

    def kinds(self, lines: Lines) -> NDArray[np.int64]:
        """Place in `PATTERNS` of every customer under other cut lines, in the order of the index."""
        summary = json.loads((self._folder / SUMMARY).read_text(encoding="utf-8"))
        return kinds(self._numbers, summary, lines)

    def quadrants(self, lines: Lines) -> list[dict[str, Any]]:
        """See `cut_lines.quadrants`."""
        return quadrants(self._numbers, self.kinds(lines))

    def warm(self) -> None:
        """Make the orders that pages ask for, so that nobody has to wait for them."""
        for name in USUAL_SORTS:
            self._order(name)
            self._order(f"-{name}")

    def one(self, ref: str, fields: Sequence[str] = ASKABLE) -> dict[str, Any] | None:
        """One customer with these columns, or None."""
        row = self._row_of(ref)
        return None if row is None else self._read(np.array([row]), fields)[0]

    def ref_of(self, customer_id: str) -> str:
        return pseudonym(customer_id, self._secret)

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
        if not REF.fullmatch(ref):
            return None
        wanted = int(ref, 16)
        order, refs = self._index.ref_order, self._refs
        place = bisect_left(order, wanted, key=lambda row: int(refs[row]))  # NumPy's would copy the order
        if place == len(order) or int(refs[order[place]]) != wanted:
            return None
        row = int(order[place])
        return row if self.only is None or _holds(self.only, row) else None

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
        order, mask = self._order(question.sort), self._mask(question)
        if mask is None:
            return order
        if self._total(mask) * _FEW < len(self):
            return _selections.get((*self._key, question), lambda: whole(order, mask))
        return whole(order, mask)

    def _mask(self, question: Question) -> NDArray[np.bool_] | None:
        """Whom the question selects, in the order of the index; None for everybody."""
        if not (question.conditions or question.search) and self.only is None:
            return None
        key = (*self._key, replace(question, sort=DEFAULT_SORT))
        return _masks.get(key, lambda: self._select(question))

    def _total(self, mask: NDArray[np.bool_] | None) -> int:
        return len(self) if mask is None else int(np.count_nonzero(mask))

    def _order(self, sort: str) -> NDArray[np.int32]:
        (name,), falling = _known([sort.removeprefix("-")]), sort.startswith("-")
        return _orders.get((*self._whole, sort), lambda: self._index.order(name, falling))

    def _select(self, question: Question) -> NDArray[np.bool_]:
        chosen: Any = None
        for condition in question.conditions:
            if condition.column == "pattern" and question.lines:
                chosen = both(chosen, self._falls(condition, question.lines))
            else:
                chosen = both(chosen, self._meets(condition))
        if question.search:
            chosen = both(chosen, self._matches(question.search, question.exact))
        mask = np.ones(len(self), bool)
        if chosen is not None:
            mask = pc.fill_null(chosen, False).combine_chunks().to_numpy(zero_copy_only=False)
        if self.only is not None:
            seen = np.zeros(len(self), bool)
            seen[self.only] = mask[self.only]
            mask = seen
        return mask

    def _falls(self, condition: Condition, lines: Lines) -> pa.ChunkedArray:
        """Whose pattern under other lines is one of the values."""
        if condition.op != "in":
            raise _unknown(condition.op, "in")
        wanted = [place for place, pattern in enumerate(PATTERNS) if pattern in condition.values]
        wanted += [NOWHERE] if "" in condition.values else []
        return pa.chunked_array([pa.array(np.isin(self.kinds(lines), wanted))])

    def _numbers(self, name: str) -> NDArray[np.float64]:
        found = self.column(name).cast(pa.float64()).to_numpy()
        return found / 100 if name in MONEY_FIELDS else found

    def _meets(self, condition: Condition) -> pa.ChunkedArray:
        if condition.column in MEMBERSHIPS:
            if condition.op != "in":
                raise _unknown(condition.op, "in")
            ids = members(self._folder, condition.column, condition.values, self._secret)
            return pc.is_in(self.column("customer_id"), ids)
        (name,) = _known([condition.column])
        column = self.column(name)
        if pa.types.is_dictionary(column.type):
            if condition.op == "in":
                return among(column, condition.values)
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
        return reduce(pc.or_, (pc.match_substring(self.column("searched"), each) for each in typed(search)))


def _holds(rows: NDArray[np.int32], row: int) -> bool:
    place = int(np.searchsorted(rows, row))
    return place < len(rows) and int(rows[place]) == row


def _known(fields: Sequence[str]) -> list[str]:
    for name in fields:
        if name not in ASKABLE:
            raise _unknown(name, ", ".join(ASKABLE))
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
