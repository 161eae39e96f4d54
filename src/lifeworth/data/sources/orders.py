"""Orders that passed the rules, with the report of how they were read.

The tables stay in the engine that made them, so that ten million orders need not stand in memory
twice; `table` and `lines` fetch them as Arrow when asked. Small imports are fetched at once and
do not need their engine any more.
"""

from contextlib import AbstractContextManager, nullcontext
from copy import copy
from functools import cached_property
from typing import Any

import pyarrow as pa

from lifeworth.base.finding import Finding
from lifeworth.data.report import ImportReport
from lifeworth.data.tables.order_lines import ORDER_LINES
from lifeworth.data.tables.orders import ORDERS
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.engines.protocol import Engine

FETCHED_AT_ONCE = 500_000  # rows

_FACTS = """
SELECT COUNT(*) AS orders, COUNT(customer_id) AS identified, COUNT(cogs) AS costed,
       MIN(day) AS first_day, MAX(day) AS last_day FROM {name}"""


class Orders:
    """One import. `table` and `lines` follow `data.tables`; money there is exact decimals."""

    def __init__(
        self, report: ImportReport, rejected: pa.Table, zone: str, kind: str, engine: Engine, name: str,
        lines_sql: str, contacts: str | None,
    ) -> None:  # fmt: skip
        self.report = report
        self.rejected = rejected  # file, row, reason, and the cells as they stood in the file
        self.zone = zone  # IANA zone that decides days
        self.scope: str | None = None  # the column of the files that `scope` holds
        self.kind = kind  # of dataframe that `frame` gives back
        self._engine, self._name, self._lines_sql, self._contacts = engine, name, lines_sql, contacts
        facts = engine.query(_FACTS.format(name=name)).to_pylist()[0]
        self.count: int = facts["orders"]
        self.identified: bool = facts["identified"] > 0  # some row names a customer
        self.has_cost: bool = facts["costed"] > 0  # cost of goods is known for some order
        self.first_day: int = facts["first_day"]
        self.last_day: int = facts["last_day"]  # observation ends here unless told otherwise
        if report.rows_used <= FETCHED_AT_ONCE:
            _ = self.table, self.lines, self.contacts

    def __repr__(self) -> str:
        return f"<Orders: {self.count} orders of {len(self.report.files)} files>"

    @property
    def findings(self) -> list[Finding]:
        return list(self.report.findings)

    @property
    def currency(self) -> str:
        return self.report.currency

    @cached_property
    def table(self) -> pa.Table:
        """`orders` as Arrow, in the order of the files."""
        return ORDERS.conform(self._engine.query(f"SELECT * FROM {self._name} ORDER BY sequence"))

    @cached_property
    def lines(self) -> pa.Table:
        """`order_lines` as Arrow, in the order of the files."""
        return ORDER_LINES.conform(self._engine.query(self._lines_sql))

    @cached_property
    def contacts(self) -> pa.Table | None:
        """customer_id, customer_name, customer_email, customer_phone, sorted by customer: the latest that is
        known, a row for each customer of whom something is; None where no file names people.
        """
        query = f"SELECT * FROM {self._contacts} ORDER BY customer_id"
        return self._engine.query(query) if self._contacts else None

    @cached_property
    def frame(self) -> Any:
        """The orders as a dataframe of the kind that was given; money as floats."""
        return to_frame(self.table, self.kind)

    def with_table(self, table: pa.Table) -> "Orders":
        """The same import with other orders; its report and its lines tell of those that were read."""
        changed = copy(self)
        held = {"table": ORDERS.conform(table), "lines": self.lines, "contacts": self.contacts}
        changed.__dict__ |= held
        changed.__dict__.pop("frame", None)  # of the other orders
        changed._engine = DuckDBEngine()  # none that holds the orders as they were read
        return changed

    def workbench(self) -> AbstractContextManager[Engine]:
        """An engine to compute in: the one that holds the orders, or a fresh one for orders in memory."""
        return DuckDBEngine() if "table" in self.__dict__ else nullcontext(self._engine)

    def offer(self, engine: Engine) -> None:
        """Make the orders readable in `engine` as the table `orders`."""
        if engine is self._engine:
            engine.alias("orders", self._name)
        else:
            engine.register("orders", self.table)


def kind_of(source: Any) -> str:
    """Which kind of dataframe goes back to a caller who gave `source`."""
    if isinstance(source, list | tuple):
        return kind_of(source[0]) if source else "pandas"
    if isinstance(source, Orders):
        return source.kind
    import narwhals as nw

    try:
        frame = nw.from_native(source)
    except TypeError:
        return "pandas"
    name = frame.implementation.name.lower()
    return "polars-lazy" if name == "polars" and isinstance(frame, nw.LazyFrame) else name


def is_frame(source: Any) -> bool:
    """`source` is a dataframe of some kind."""
    import narwhals as nw

    try:
        nw.from_native(source)
    except TypeError:
        return False
    return True


def to_frame(table: pa.Table, kind: str) -> Any:
    """An Arrow table as a dataframe; decimals become floats, which people calculate with."""
    plain = table.cast(
        pa.schema([(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type) for f in table.schema])
    )
    if kind == "pyarrow":
        return plain
    if kind.startswith("polars"):
        import polars

        frame = polars.DataFrame(plain)
        return frame.lazy() if kind == "polars-lazy" else frame
    if kind == "duckdb":
        import duckdb

        return duckdb.from_arrow(plain)
    return plain.to_pandas()


def holds_integers(source: Any, column: str) -> bool:
    """`source` is a dataframe whose `column` is of whole numbers."""
    import narwhals as nw

    try:
        schema = nw.from_native(source).collect_schema()
    except TypeError:
        return False
    return column in schema and schema[column].is_integer()
