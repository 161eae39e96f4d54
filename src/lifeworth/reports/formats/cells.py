"""Table cells as text: one decision per column, so that figures align and can be compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lifeworth.reports.blocks import Field, Table
from lifeworth.reports.theme import SHAPES
from lifeworth.text.format import NOTHING, Format

NUMERIC = frozenset({"count", "money", "cents", "share", "number", "parameter", "estimate"})
KINDS = {"date": "date", "pattern": "kind"}


@dataclass(frozen=True)
class Cell:
    text: str
    raw: str  # for the download: full precision, plain digits
    token: str = ""  # colour of a pattern
    shape: str = ""


@dataclass(frozen=True)
class Cells:
    rows: list[list[Cell]]
    kinds: list[str]  # of each column: how it is set, "" like prose


def table_cells(table: Table, form: Format) -> Cells:
    columns = [
        _column(field, [row[place] for row in table.rows], form) for place, field in enumerate(table.fields)
    ]
    rows = [list(row) for row in zip(*columns, strict=True)] if table.rows else []
    return Cells(
        rows, ["number" if field.kind in NUMERIC else KINDS.get(field.kind, "") for field in table.fields]
    )


def _column(field: Field, values: list[Any], form: Format) -> list[Cell]:
    if field.kind == "pattern":
        return [_pattern(value) for value in values]
    if field.kind == "estimate":
        return [_estimate(value, form) for value in values]
    if field.kind in ("text", "date"):
        return [Cell(NOTHING if value in (None, "") else str(value), _raw(value)) for value in values]
    write = _writer(field.kind, values, form)
    return [Cell(write(value), _raw(value)) for value in values]


def _writer(kind: str, values: Iterable[Any], form: Format) -> Any:
    if kind == "count":
        return form.count
    if kind == "cents":
        return lambda value: form.money(value, form.cents)
    if kind == "share":
        return lambda value: form.percent(value, 1)
    if kind == "parameter":
        return lambda value: form.significant(value, 4)
    if kind == "number":
        return lambda value: form.significant(value, 3)
    largest = max((abs(float(value)) for value in values if value is not None), default=0.0)
    decimals = 0 if largest >= 1000 else form.cents
    return lambda value: form.money(value, decimals)


def _estimate(value: Any, form: Format) -> Cell:
    if value is None or value[0] is None:
        return Cell(NOTHING, "")
    return Cell(form.money_interval(*value), _raw(value[0]))


def _pattern(value: Any) -> Cell:
    if not value or not value[0]:
        return Cell(NOTHING, "")
    key, word = value
    return Cell(word, word, key, SHAPES.get(key, ""))


def _raw(value: Any) -> str:
    """Plain text for a spreadsheet: floats shortest, nothing as empty."""
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)
