"""Which columns of a file name people, by what its readings take them for."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.relationships import names_households
from lifeworth.data.sources.fields import CUSTOMER_KEYS
from lifeworth.data.sources.files import read_grids
from lifeworth.data.sources.grid import Grid
from lifeworth.data.sources.mapping import map_columns, resolve_asked
from lifeworth.workflows.recognition import ORDERS, companion_table, read_kind

PEOPLE = ("customer_id", "group_id", "parent_id", "referrer_id", "referee_id", "from_customer", "to_customer")
NAMING = frozenset({*PEOPLE, *CUSTOMER_KEYS, "customer_name", "given_name", "family_name", "recipient_name"})
_DAYS = frozenset({"placed_at", "paid_at", "refund_at"})
Ways = Iterable[tuple[str, dict[str, Any]]]  # kind and options


class Told(NamedTuple):
    """Positions of columns: of those that name people, and of those that no reading knows."""

    people: frozenset[int]
    unknown: frozenset[int]


def told_columns(path: Path, ways: Ways) -> dict[str, Told]:
    """By file or sheet, for those that some reading understands."""
    found: dict[str, Told] = {}
    for kind, options in ways:
        try:
            told = _of_orders(path, options) if kind == ORDERS else _of_companion(path, kind, options)
        except (DataError, UsageError):
            continue
        for name, one in told.items():
            other = found.get(name, one)
            people = one.people | other.people
            found[name] = Told(people, (one.unknown & other.unknown) - people)
    return found


def _of_orders(path: Path, options: dict[str, Any]) -> dict[str, Told]:
    """Columns that stand open to a question are asked about elsewhere: who bought is known all the same."""
    grids = read_grids(path, options.get("encoding") or None, None, None)
    found = {}
    for grid, asked in zip(grids, resolve_asked(options.get("columns") or None, grids), strict=True):
        choice = map_columns(grid, asked)
        keys = [name for name in CUSTOMER_KEYS if name in choice.mapping]
        by_name = any(choice.why[name] in ("header", "asked", "preset") for name in keys)
        if keys and (by_name or not _DAYS.isdisjoint(choice.mapping)):
            found[grid.name] = _told(grid, choice.mapping)
    return found


def _of_companion(path: Path, kind: str, options: dict[str, Any]) -> dict[str, Told]:
    if companion_table(kind) is None:
        return {}
    read = read_kind(path, kind, options)
    grids = read_grids(path, options.get("encoding") or None, None, None)
    mapping = {name: column for name, column in read.mapping.items() if not of_households(name, column)}
    return {grid.name: _told(grid, mapping) for grid in grids if grid.name == read.name}


def of_households(name: str, header: str | None) -> bool:
    """Whether a column names households: what equals somebody's key there is the number of a house, unless it
    is an address or a phone.
    """
    return name == "group_id" and header is not None and names_households(header)


def _told(grid: Grid, mapping: dict[str, str]) -> Told:
    at = {column: position for position, column in enumerate(grid.columns)}
    known = frozenset(at[column] for column in mapping.values())
    people = frozenset(at[column] for name, column in mapping.items() if name in NAMING)
    return Told(people, frozenset(at.values()) - known)
