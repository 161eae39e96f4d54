"""Orders that passed the rules, with the report of how they were read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.base.finding import Finding
from lifeworth.data.report import ImportReport


@dataclass(frozen=True)
class Orders:
    """One import. `table` and `lines` follow `data.tables`; money there is exact decimals."""

    table: pa.Table
    report: ImportReport
    rejected: pa.Table  # file, row, reason, and the cells as they stood in the file
    zone: str  # IANA zone that decides days
    identified: bool  # some row names a customer
    kind: str = "pandas"  # of dataframe that `frame` gives back
    fetch_lines: Callable[[], pa.Table] | None = field(default=None, repr=False)

    @property
    def findings(self) -> list[Finding]:
        return list(self.report.findings)

    @property
    def currency(self) -> str:
        return self.report.currency

    @property
    def has_cost(self) -> bool:
        """Cost of goods is known for some order."""
        return self.table["cogs"].null_count < self.table.num_rows

    @property
    def first_day(self) -> int:
        return int(pc.min(self.table["day"]).as_py())

    @property
    def last_day(self) -> int:
        """Day of the last order or refund: where observation ends unless told otherwise."""
        return int(pc.max(self.table["day"]).as_py())

    @cached_property
    def lines(self) -> pa.Table:
        """`order_lines`, fetched when first asked for."""
        assert self.fetch_lines is not None
        return self.fetch_lines()

    @cached_property
    def frame(self) -> Any:
        """The orders as a dataframe of the kind that was given; money as floats."""
        return to_frame(self.table, self.kind)


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
