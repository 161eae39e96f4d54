"""What cleaning wants to know about one file: its columns, and the rules of its layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import pyarrow as pa

from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.date_forms import Order
from lifeworth.data.cleaning.dates import Zones


class Keep(Protocol):
    """Rows count only where the cell of `field` (lower case) is one of `values`."""

    @property
    def field(self) -> str: ...
    @property
    def values(self) -> tuple[str, ...]: ...
    @property
    def reason(self) -> str: ...


class Rules(Protocol):
    """The value rules of a layout; `data.sources.preset.Preset` explains each."""

    @property
    def zone(self) -> str | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def grain(self) -> Literal["line", "order", "order_continuation"]: ...
    @property
    def amount_is(self) -> Literal["line", "order"]: ...
    @property
    def amount_formula(self) -> tuple[tuple[Literal["+", "-"], str], ...]: ...
    @property
    def refund_is(self) -> Literal["line", "order"]: ...
    @property
    def keep(self) -> Sequence[Keep]: ...
    @property
    def duplicates(self) -> Literal["once", "keep"]: ...
    @property
    def zero_amounts(self) -> Literal["report", "count"]: ...
    @property
    def encrypted(self) -> tuple[str, ...]: ...
    @property
    def guest_ids(self) -> tuple[str, ...]: ...
    @property
    def order_id_dates(self) -> str | None: ...


@dataclass(frozen=True)
class File:
    """One file in the engine: `source` is its table, with every cell and `__row__`."""

    number: int
    name: str
    source: str
    columns: Mapping[str, str]  # canonical name -> column
    types: Mapping[str, pa.DataType]  # of the columns that are not text
    zones: Zones
    rules: Rules | None = None
    returns: bool = False
    keep_duplicates: bool = False
    dates: Order | None = None  # as asked
    dates_elsewhere: Order | None = None  # as found in another file
    until_day: int | None = None


@dataclass
class Cleaned:
    """What cleaning one file found out, beside its rows."""

    date_order: Order | None = None
    signs: dict[str, int] = field(default_factory=dict)  # currencies by sign in the amount column
    findings: list[Finding] = field(default_factory=list)
