"""Rows that are no purchases: totals and notes at the bottom, descriptions below the header.

They are moved to the rejected rows with their reason, so that the account of the file stays whole.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.data.sources.choice import Choice
from lifeworth.data.sources.grid import Grid
from lifeworth.data.sources.sniffers import looks_like_data

_TOTAL = (
    r"(?i)^\s*(?:合计|合計|总计|總計|小计|小計|总合计|汇总|彙總|共计|共計|总和|总额|本页合计|grand\s*total|sub\s*-?total|totals?|sum)"
    r"\s*(?:[:：(（].*)?$"
)
_NOTE = re.compile(
    r"^\s*(?:共\s*\d+|[-=*_#]{3,}|导出时间|注[:：]|说明[:：]|备注[:：]|exported|generated|note[:：])",
    re.IGNORECASE,
)
_OF_A_PURCHASE = ("placed_at", "paid_at", "amount", "unit_price", "quantity", "customer_id", "customer_email")
_BOTTOM_ROWS = 30
_LABEL_COLUMNS = 3


def drop_nonrows(grid: Grid, choice: Choice) -> None:
    """Reject the description row, total rows and footers of a grid whose columns are mapped."""
    if not grid.table.num_rows:
        return
    _drop_description(grid, choice)
    if not grid.table.num_rows:
        return
    undated = _undated(grid, choice)
    totals = _labelled(grid, undated) | {row for row in undated[-2:] if _is_bare_sum(grid, choice, row)}
    bottom = _from_bottom(undated, grid.table.num_rows)
    notes = {row for row in bottom if row not in totals and _is_note(grid, choice, row)}
    both = {"total_row": np.array(sorted(totals), np.int64), "footer_row": np.array(sorted(notes), np.int64)}
    both["footer_row"] -= np.searchsorted(
        both["total_row"], both["footer_row"]
    )  # positions after the first cut
    for reason, rows in both.items():
        grid.reject(rows, reason)
        if len(rows):
            choice.note(f"reading_{reason}s", "info", number=len(rows))


def _drop_description(grid: Grid, choice: Choice) -> None:
    """The first row describes the columns where its date and money are words while the others are not."""
    row = _row(grid, 0)
    checked = [name for name in ("placed_at", "amount", "quantity", "order_id") if name in choice.mapping]
    cells = {name: row[choice.mapping[name]] for name in checked}
    if not any(cells.values()):
        return
    is_prose = all(not _is_value(name, cell) for name, cell in cells.items() if cell)
    always = choice.rules is not None and choice.rules.description_row
    usually_dated = "placed_at" in checked and choice.columns[choice.mapping["placed_at"]].dates > 0.5
    if is_prose and (always or (usually_dated and len([c for c in cells.values() if c]) >= 2)):
        grid.reject(np.array([0]), "description_row")
        choice.note("reading_description_row", "info", number=1)


def _is_value(name: str, cell: str) -> bool:
    if name == "order_id":
        return bool(re.search(r"\d{3}", cell)) and " " not in cell.strip()
    return looks_like_data(cell)


def _undated(grid: Grid, choice: Choice) -> np.ndarray:
    """Positions of the rows without a date; where dates tell little, of the last rows."""
    rows = grid.table.num_rows
    dates = [choice.mapping[name] for name in ("placed_at", "paid_at", "refund_at") if name in choice.mapping]
    last = np.arange(max(0, rows - _BOTTOM_ROWS), rows)
    if not dates:
        return last
    dated = pc.fill_null(pc.match_substring_regex(grid.table.column(dates[0]), r"\d"), False)
    found = np.flatnonzero(~np.asarray(dated))
    return found if len(found) <= 0.5 * rows else np.intersect1d(found, last)


def _labelled(grid: Grid, undated: np.ndarray) -> set[int]:
    """Rows that say "total" in one of their first cells."""
    found = np.zeros(len(undated), dtype=bool)
    for name in grid.columns[:_LABEL_COLUMNS]:
        cells = grid.table.column(name).take(pa.array(undated))
        found |= np.asarray(pc.fill_null(pc.match_substring_regex(cells, _TOTAL), False))
    return {int(row) for row in undated[found]}


def _is_bare_sum(grid: Grid, choice: Choice, row: int) -> bool:
    """A row at the very end that has money and counts, but no date, key or product."""
    if row < grid.table.num_rows - 2 or (choice.rules and choice.rules.grain == "order_continuation"):
        return False
    filled = {name for name, cell in _row(grid, row).items() if cell}
    keys = [choice.mapping[n] for n in ("customer_id", "order_id", "product_id") if n in choice.mapping]
    sums = {choice.mapping[n] for n in ("amount", "quantity", "line_cost", "profit") if n in choice.mapping}
    return bool(keys) and bool(filled) and filled <= sums


def _is_note(grid: Grid, choice: Choice, row: int) -> bool:
    """A row at the bottom that says something, but nothing of a purchase."""
    filled = {name: cell for name, cell in _row(grid, row).items() if cell}
    telling = {column for name, column in choice.mapping.items() if name in _OF_A_PURCHASE}
    if not filled or len(grid.columns) < 3:
        return False
    return (bool(telling) and not telling & set(filled)) or bool(_NOTE.match(next(iter(filled.values()))))


def _from_bottom(undated: np.ndarray, rows: int) -> list[int]:
    """The undated rows that reach down to the last row without a gap."""
    wanted = range(rows - 1, max(-1, rows - 1 - _BOTTOM_ROWS), -1)
    present = set(undated[-_BOTTOM_ROWS:].tolist())
    bottom = []
    for row in wanted:
        if row not in present:
            break
        bottom.append(row)
    return bottom


def _row(grid: Grid, row: int) -> dict[str, str | None]:
    picked = grid.table.select(grid.columns).take(pa.array([row]))
    return {name: picked.column(name)[0].as_py() for name in grid.columns}
