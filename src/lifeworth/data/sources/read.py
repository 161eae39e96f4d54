"""`read_orders`: files or dataframes in, orders that passed the rules out."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.sources.files import read_raw
from lifeworth.data.sources.importing import Settings, import_orders
from lifeworth.data.sources.needs import NEEDED, require
from lifeworth.data.sources.orders import Orders, kind_of
from lifeworth.data.sources.raw import RawTable
from lifeworth.data.sources.scopes import with_scope
from lifeworth.data.sources.until import day_of
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.engines.protocol import Engine


def read_orders(
    source: Any,
    *,
    columns: Mapping[str, str] | Sequence[Mapping[str, str]] | None = None,
    until: Any | None = None,
    zone: str | None = None,
    currency: str | None = None,
    rates: Any | None = None,
    encoding: str | Sequence[str | None] | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    returns: Any | None = None,
    duplicates: str | Sequence[str | None] | None = None,
    dates: str | Sequence[str | None] | None = None,
    engine: Engine | None = None,
    require_customer: bool = True,
    scope: str | None = None,
) -> Orders:
    """Read, clean and fold orders.

    Args:
        source: one path or dataframe, or a list of them; any kind that narwhals knows.
        columns: canonical name -> column of the file; goes before all detection. A list of them holds one
            for each source.
        until: last day to use (date, ISO string or day number); later rows are set aside as
            "after_until", so nothing that happened after it is known.
        zone: IANA zone that decides days. None: the zone that the files' layout is written in, else
            UTC. Timestamps without a zone are in the layout's zone, else in this one; those with a zone
            are converted to it; plain dates keep their day.
        currency: ISO 4217 code to report in. None: the one currency of the files.
        rates: value of one unit of each other currency in `currency`: a mapping, a CSV file
            (currency, rate, optional date) or a table. Without rates, several currencies are refused.
        returns: path(s) or dataframe(s) of returned goods, netted against the orders.
        duplicates: "once" counts identical rows once (the default), "keep" counts them all.
        dates: "dmy", "mdy" or "ymd", where the column itself cannot tell.
        encoding, duplicates, dates: a list of them holds one for each source.
        engine: where to compute; a private DuckDB otherwise.
        scope: a column of the files, or a canonical name such as "country", by which customer equity is told
            and costs by segment are shared out; kept as `scope`. Files without it leave it unknown.
        require_customer: False gives totals of files that name no customer (`identified` is False).
    Raises:
        DataError: the files cannot be used as they are; the message says what to do.
        UsageError: an option is out of range.
    """
    if (other := _other_than(("once", "keep"), duplicates)) is not None:
        raise UsageError("DATA-223", seen=other)
    if (other := _other_than(("dmy", "mdy", "ymd"), dates)) is not None:
        raise UsageError("DATA-224", seen=other)
    if isinstance(source, list | tuple) and not source:
        raise UsageError("DATA-225")
    raws = read_raw(
        source,
        columns=columns,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        dates=dates,
        duplicates=duplicates,
    )
    if returns is not None:
        shared: dict[str, Any] = {
            name: asked if isinstance(asked, str) else None
            for name, asked in (("encoding", encoding), ("dates", dates), ("duplicates", duplicates))
        }
        raws += [_as_returns(raw) for raw in read_raw(returns, delimiter=delimiter, **shared)]
    if scope:
        raws = with_scope(raws, scope)
    require((raw for raw in raws if raw.role == "orders"), tuple(f for f in NEEDED if f != "customer_id"))
    settings = Settings(
        until_day=None if until is None else day_of(until),
        zone=zone,
        currency=currency.upper() if currency else None,
        rates=rates,
    )
    orders = import_orders(raws, settings, engine or DuckDBEngine(), kind=kind_of(source))
    orders.scope = scope or None
    if require_customer and not orders.identified:
        raise _nobody(raws, orders)
    return orders


def _other_than(known: tuple[str, ...], asked: str | Sequence[str | None] | None) -> str | None:
    """The first of what was asked that is none of these."""
    each = [asked] if isinstance(asked, str) else asked or []
    return next((one for one in each if one is not None and one not in known), None)


def _as_returns(raw: RawTable) -> RawTable:
    return raw if raw.role == "returns" else dataclasses.replace(raw, role="returns")


def _nobody(raws: Sequence[RawTable], orders: Orders) -> DataError:
    """No row names a customer: why, and the totals, which are right all the same."""
    tables = [raw for raw in raws if raw.role == "orders"]
    report = orders.report
    totals = {
        "orders": orders.count,
        "gross": float(report.gross),
        "discounts": float(report.discounts),
        "refunds": float(report.refunds),
        "net": float(report.net),
        "currency": orders.currency,
    }
    try:
        require(tables, ("customer_id",))
    except DataError as error:
        error.facts.update(totals)
        return error
    seen = list(dict.fromkeys(column for raw in tables for column in raw.columns))
    return DataError("DATA-201", file=tables[0].name, seen=seen, **totals)
