"""What is known of customers from the start, for the model that lets it move their rates."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.attributes import OTHER, UNKNOWN, Known, column_of, read_attributes
from lifeworth.data.channels import first_words
from lifeworth.data.sources.orders import Orders
from lifeworth.data.sources.read import read_orders
from lifeworth.data.sources.scopes import demand_no_persons, scoped_by
from lifeworth.engines.protocol import Engine
from lifeworth.value.model import POOL_BY
from lifeworth.workflows.customers import Customers

CHANNEL = "channel"  # of the first order: known without a file
MOST_SEGMENTS = 30  # that get a model each; the smaller ones share one


@dataclass(frozen=True)
class Attributes:
    """Columns by name, for whichever customers are asked about."""

    names: tuple[str, ...]
    pool_by: str
    known: Known
    orders: Orders
    engine: Engine

    @property
    def rejected(self) -> list[pa.Table]:
        return [] if self.known.rejected is None else [self.known.rejected]

    def of(
        self, summary: pa.Table, day: int, told_by: NDArray[np.bool_] | None = None
    ) -> dict[str, NDArray[Any]]:
        """The columns of the customers of a summary as of a day, (n,) each; see `column_of`. Segments stand
        under POOL_BY, as words, those of few customers too; who has none is in a segment of its own."""
        ids = summary["customer_id"].to_pylist()
        found = {name: column_of(self._cells(name, summary, day), ids, told_by) for name in self.names}
        if self.pool_by:
            cells = _with_few_segments(self._cells(self.pool_by, summary, day))
            found[POOL_BY] = np.array([cells.get(who, UNKNOWN) for who in ids], object)
        return found

    def beside(self, customers: Customers) -> Customers:
        """The same customers with what is known of them."""
        history = replace(
            customers.base.history, covariates=self.of(customers.table, customers.day, customers.bought)
        )
        return replace(customers, base=replace(customers.base, history=history))

    def _cells(self, name: str, summary: pa.Table, day: int) -> dict[str, str]:
        if name in self.known.cells:
            return self.known.cells[name]
        ids, channels = (
            summary["customer_id"].to_pylist(),
            first_words(self.orders, summary, day, self.engine)["channel"],
        )
        return {who: one for who, one in zip(ids, channels.to_pylist(), strict=True) if one}


def _with_few_segments(cells: dict[str, str]) -> dict[str, str]:
    largest = {segment for segment, _ in Counter(cells.values()).most_common(MOST_SEGMENTS)}
    return {who: segment if segment in largest else OTHER for who, segment in cells.items()}


def read_scoped(
    source: Any, scope: str | None, attributes: Any | None, engine: Engine, **reading: Any
) -> Orders:
    """Orders with their scope, from the order files or else from the customer file.

    Raises:
        DataError: DATA-302 where neither has the column, DATA-303 where it names customers; as `read_orders`.
    """
    try:
        return read_orders(source, scope=scope, engine=engine, **reading)
    except DataError as error:
        if (
            scope is None
            or attributes is None
            or (error.code, error.facts.get("column")) != ("DATA-302", scope)
        ):
            raise
        orders = read_orders(source, engine=engine, **reading)
        found = scope_of(orders, scope, attributes, engine)
        if found is None:
            raise
        return found


def scope_of(orders: Orders, scope: str, attributes: Any, engine: Engine) -> Orders | None:
    """The orders with the scope that the customer file tells; None where it has no such column.

    Raises:
        DataError: as `read_attributes`; DATA-303 where the column names customers.
    """
    try:
        known = read_attributes(attributes, [scope], engine)
    except DataError as error:
        if error.code != "DATA-360":
            raise
        return None
    return scoped_by(orders, scope, known.cells[scope], known.name)


def attributes_of(
    names: Sequence[str], source: Any | None, orders: Orders, engine: Engine, pool_by: str = ""
) -> Attributes | None:
    """None where nothing that is known of customers is asked for.

    Raises:
        UsageError: VALUE-071 for columns that need a file, without one.
        DataError: as `read_attributes`; DATA-303 where the column of segments names customers.
    """
    wanted = tuple(dict.fromkeys(names))
    asked = tuple(dict.fromkeys([*wanted, *([pool_by] if pool_by else [])]))
    if not asked:
        return None
    own = [name for name in asked if name != CHANNEL]
    if own and source is None:
        raise UsageError("VALUE-071", columns=own)
    known = Known() if source is None else read_attributes(source, own, engine)
    if pool_by in known.cells:
        demand_no_persons(pool_by, known.cells[pool_by], known.name)
    return Attributes(wanted, pool_by, known, orders, engine)
