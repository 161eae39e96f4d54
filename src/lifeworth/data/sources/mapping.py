"""Columns to canonical names: asked, by preset, by header, by values; each with its reason.

The order of sureness is the order of the steps. What nothing decides stays unmapped, and what two
columns could be becomes a question (`Choice.questions`) instead of a guess.
"""

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.sources.amounts import map_money
from lifeworth.data.sources.choice import Choice, map_option
from lifeworth.data.sources.fields import CUSTOMER_KEYS, FIELDS
from lifeworth.data.sources.grid import Grid
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.recognise import apply_preset, name_by_shape, recognise
from lifeworth.data.sources.sniffers import Column

# decided with care of their own, below
_CAREFUL = {"customer_id", "placed_at", "amount"}
_PLAIN_FIELDS = [name for name in FIELDS if name not in _CAREFUL]
_RUINED_SHARE = 0.01


def map_columns(grid: Grid, asked: Mapping[str, str]) -> Choice:
    """The choice for one grid; `asked` holds canonical name -> existing column."""
    if not grid.has_header:
        name_by_shape(grid)
    columns = {name: Column(name, grid.table.column(name)) for name in grid.columns}
    choice = Choice(grid.name, columns, grid.has_header)
    for field, column in asked.items():
        choice.take(field, column, "asked")
    preset = recognise(grid.columns) if grid.has_header else None
    if preset:
        apply_preset(choice, preset)
    _map_by_header(choice)
    _map_dates(choice)
    _map_customers(choice)
    map_money(choice)
    _refuse_ruined_keys(choice)
    return choice


def resolve_asked(asked: Mapping[str, str] | None, grids: list[Grid]) -> list[dict[str, str]]:
    """What was asked, per grid, in the grid's own spelling.

    Raises DATA-105 for an unknown canonical name and DATA-104 for a column that no grid has.
    """
    wanted = dict(asked or {})
    for field in wanted:
        if field not in FIELDS:
            closest = get_close_matches(field, FIELDS, 3, 0.5) or list(FIELDS)
            raise UsageError("DATA-105", field=field, closest=closest)
    found: list[dict[str, str]] = [{} for _ in grids]
    for field, column in wanted.items():
        for grid, its in zip(grids, found, strict=True):
            name = _spelled(column, grid)
            if name is not None:
                its[field] = name
        if not any(field in its for its in found):
            names = [name for grid in grids for name in grid.columns]
            closest = get_close_matches(column, names, 3, 0.4) or names
            raise DataError(
                "DATA-104", file=grids[0].name, field=field, column=column, seen=names, closest=closest,
                option=map_option(field, closest[0]),
            )  # fmt: skip
    return found


def _spelled(column: str, grid: Grid) -> str | None:
    if column in grid.columns:
        return column
    same = [name for name in grid.columns if plain(name) == plain(column)]
    if len(same) == 1:
        return same[0]
    position = int(column) if column.isdigit() else 0
    if not grid.has_header and 1 <= position <= len(grid.columns):
        return grid.columns[position - 1]
    return None


def _map_by_header(choice: Choice) -> None:
    for field in _PLAIN_FIELDS:
        if field in choice.mapping:
            continue
        tiers = choice.candidates(field)
        if tiers:
            choice.take(field, tiers[0][0].name, "header")


def _map_dates(choice: Choice) -> None:
    if "placed_at" in choice.mapping:
        return
    tiers = choice.candidates("placed_at")
    if tiers:
        chosen = tiers[0][0]
        choice.take("placed_at", chosen.name, "header")
        others = [column.name for tier in tiers for column in tier if column is not chosen]
        if others:
            choice.note("reading_other_date", "info", column=chosen.name, others=others)
        return
    if "paid_at" in choice.mapping or "refund_at" in choice.mapping:
        return
    dated = [column for column in choice.free() if column.dates >= 0.9]
    if len(dated) == 1:
        choice.take("placed_at", dated[0].name, "values")
    elif dated:
        choice.ask("DATA-109", ["placed_at"], [column.name for column in dated])


def _map_customers(choice: Choice) -> None:
    if "customer_id" not in choice.mapping:
        tiers = choice.candidates("customer_id")
        if tiers:
            _take_customer(choice, tiers[0], "header")
    for field, share in (("customer_email", "emails"), ("customer_phone", "phones")):
        if field not in choice.mapping:
            found = [column for column in choice.free() if getattr(column, share) >= 0.9]
            if len(found) == 1:
                choice.take(field, found[0].name, "values")
    if any(key in choice.mapping for key in CUSTOMER_KEYS) or choice.questions:
        return
    if choice.rules is None and "customer_name" in choice.mapping:
        choice.take("customer_id", choice.mapping["customer_name"], "only_candidate")
        choice.note("reading_customer_by_name", "warn", column=choice.mapping["customer_name"])
    elif (
        choice.rules is None
        and _is_bare_id(choice)
        and _comes_back(choice, choice.columns[choice.mapping["order_id"]])
    ):
        choice.take("customer_id", choice.mapping.pop("order_id"), "values")
        del choice.why["order_id"]
    elif not choice.has_header:
        coming_back = [column for column in choice.free() if _comes_back(choice, column)]
        if coming_back:
            _take_customer(choice, coming_back, "values")


def _take_customer(choice: Choice, columns: list[Column], why: str) -> None:
    """The column, or the first of several that name the same people; else a question.

    A key that is new with every order names orders, not people, and gives way to another.
    """
    order = choice.column("order_id")
    if order is not None and len(columns) > 1:
        columns = [column for column in columns if not _same_groups(column, order)] or columns
    if all(_same_groups(columns[0], other) for other in columns[1:]):
        choice.take("customer_id", columns[0].name, why)
    else:
        choice.ask("DATA-103", ["customer_id"], [column.name for column in columns])


def _same_groups(one: Column, other: Column) -> bool:
    """Whether two columns split the sample's rows into the same groups."""
    pairs = len(np.unique(np.stack([one.keys, other.keys]), axis=1).T)
    return pairs == len(np.unique(one.keys)) == len(np.unique(other.keys))


def _is_bare_id(choice: Choice) -> bool:
    """A column taken for orders only because its header says "id", without saying of what."""
    column = choice.mapping.get("order_id")
    meaning = choice.meanings.get(column) if column and choice.why["order_id"] == "header" else None
    return meaning is not None and meaning.strength == "weak"


def _comes_back(choice: Choice, column: Column) -> bool:
    """Ids that occur on several dates, as customers do and orders do not."""
    date = choice.column("placed_at")
    if (
        date is None
        or column.ids < 0.95
        or column.dates >= 0.5
        or column.has_money_form
        or column.distinct < 20
    ):
        return False
    pairs = len(np.unique(np.stack([column.keys, date.keys]), axis=1).T)
    return column.distinct < 0.95 * len(column.sample) and pairs > 1.02 * len(np.unique(column.keys))


def _refuse_ruined_keys(choice: Choice) -> None:
    """Ids that Excel turned into 1.93068E+15 merge strangers: no keys, DATA-107 where it was the only one."""
    for field in ("customer_id", "customer_phone", "order_id", "line_id", "parent_order_id"):
        column = choice.column(field)
        if column is None or column.scientific < _RUINED_SHARE:
            continue
        others = [key for key in CUSTOMER_KEYS if key != field and key in choice.mapping]
        example = next((cell for cell in column.sample.to_pylist() if "e+" in cell.lower()), "1.93068E+15")
        if field == "customer_id" and not others:
            choice.questions.append(
                DataError("DATA-107", file=choice.file, column=column.name, example=example)
            )
            continue
        del choice.mapping[field], choice.why[field]
        choice.note("reading_ruined_ids", "bad", column=column.name, field=field, example=example)
