"""Tables in and tables out, of whatever kind the caller uses; through narwhals, loaded when needed.

In: a dataframe (pandas, Polars, PyArrow, DuckDB relation), a dict of arrays or a PurchaseHistory.
Out: the kind of dataframe given to fit; pandas where that was no dataframe.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.history import PurchaseHistory

DEFAULT_BACKEND = "pandas"
SHOWN = 5
OF_HISTORIES = ("customer_id", "frequency", "recency", "T", "monetary_value")


@dataclass(frozen=True)
class Table:
    """Columns of numbers of one length, and what is needed to name rows in an error."""

    names: tuple[str, ...]
    columns: list[NDArray[Any]]
    customers: Sequence[Any] | None
    backend: str

    def error(self, code: str, wrong: NDArray[np.bool_], **facts: Any) -> ModelError:
        """The error `code`, naming the first rows where `wrong` is true."""
        at = np.flatnonzero(wrong)
        shown = at[:SHOWN].tolist()
        ids = [] if self.customers is None else [str(self.customers[row]) for row in shown]
        return ModelError(code, count=len(at), rows=shown, customers=ids or ["-"], **facts)


def table(data: Any, names: tuple[str, ...]) -> Table:
    """The named columns as arrays. Raises ModelError MODEL-001, 002, 011, 012, 013."""
    found, customers, backend = _source(data, names)
    columns = [_numbers(found[name], name) for name in names]
    _demand_lengths(names, columns)
    return Table(names, columns, customers, backend)


def raw(data: Any, names: tuple[str, ...]) -> Table:
    """The named columns as they are, numbers or not; categories as text. Raises ModelError as `table`."""
    found, customers, backend = _source(data, names)
    columns = [_plain(found[name], name) for name in names]
    _demand_lengths(names, columns)
    return Table(names, columns, customers, backend)


def customer_ids(data: Any) -> NDArray[Any]:
    """Column customer_id as it is given; whole numbers kept as floats are whole. Raises as `table`."""
    found, *_ = _source(data, ("customer_id",))
    ids = np.asarray(found["customer_id"])
    _plain(ids, "customer_id")
    whole = ids.dtype.kind == "f" and bool((ids == np.floor(ids)).all())
    return ids.astype(np.int64) if whole else ids


def frame(columns: Mapping[str, Any], backend: str) -> Any:
    """A dataframe of the given kind from equally long columns."""
    import narwhals as nw

    return nw.from_dict(dict(columns), backend=backend).to_native()  # type: ignore[arg-type]


def _source(data: Any, names: tuple[str, ...]) -> tuple[Mapping[str, Any], Sequence[Any] | None, str]:
    if isinstance(data, PurchaseHistory):
        known = {name: getattr(data, name) for name in OF_HISTORIES} | dict(data.covariates)
        _demand(names, list(known))
        return known, data.customer_id, DEFAULT_BACKEND
    if isinstance(data, Mapping):
        _demand(names, list(data))
        return data, data.get("customer_id"), DEFAULT_BACKEND
    import narwhals as nw

    try:
        given: Any = nw.from_native(data)
    except TypeError:
        raise ModelError("MODEL-012", seen=type(data).__name__) from None
    eager: Any = given.collect() if isinstance(given, nw.LazyFrame) else given
    _demand(names, list(eager.columns))
    ids: Any = eager["customer_id"] if "customer_id" in eager.columns else None
    text = {name for name in names if eager[name].dtype in (nw.Categorical, nw.Enum)}
    found = {name: (eager[name].cast(nw.String) if name in text else eager[name]) for name in names}
    return {name: each.to_numpy() for name, each in found.items()}, ids, str(eager.implementation.value)


def _demand_lengths(names: tuple[str, ...], columns: list[NDArray[Any]]) -> None:
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        odd = next(index for index, length in enumerate(lengths) if length != lengths[0])
        raise ModelError("MODEL-011", column=names[odd], rows=lengths[odd], wanted=lengths[0])
    if lengths[0] == 0:
        raise ModelError("MODEL-002")


def _demand(names: tuple[str, ...], seen: list[str]) -> None:
    missing = [name for name in names if name not in seen]
    if missing:
        raise ModelError("MODEL-001", missing=missing, seen=[str(name) for name in seen])


def _numbers(column: Any, name: str) -> NDArray[Any]:
    """Signed integers or doubles, one-dimensional; missing values become NaN."""
    values = np.asarray(column)
    if values.ndim != 1:
        raise ModelError("MODEL-012", seen=f"{name}: {values.shape}")
    if values.dtype.kind == "u":
        return values.astype(np.int64)
    if values.dtype.kind in "if":
        return values if values.dtype.kind == "i" else values.astype(np.float64, copy=False)
    try:
        return np.array([np.nan if missing(v) else v for v in values.tolist()], np.float64)
    except (TypeError, ValueError):
        wrong = next(v for v in values.tolist() if not isinstance(v, int | float) and not missing(v))
        raise ModelError("MODEL-013", column=name, seen=str(wrong)) from None


def _plain(column: Any, name: str) -> NDArray[Any]:
    """Numbers, where all but missing values are; else the values as objects. One-dimensional."""
    values = np.asarray(column)
    if values.ndim != 1:
        raise ModelError("MODEL-012", seen=f"{name}: {values.shape}")
    if values.dtype.kind in "bifu":
        return values.astype(np.float64)
    listed = values.astype(object)
    kinds = {type(value) for value in listed.tolist() if not missing(value)}
    if kinds and all(issubclass(kind, int | float | bool | np.number | np.bool_) for kind in kinds):
        return np.array([np.nan if missing(v) else float(v) for v in listed.tolist()])
    unfit = next((kind for kind in kinds if kind.__hash__ is None), None)
    if unfit is not None:
        raise ModelError("MODEL-013", column=name, seen=unfit.__name__)
    return listed


def missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType")
