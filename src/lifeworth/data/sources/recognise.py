"""Which platform wrote a file: header signatures, and cell shapes where there is no header."""

from dataclasses import replace

import pyarrow as pa

from lifeworth.data.sources.choice import Choice
from lifeworth.data.sources.grid import Grid
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.preset import Preset
from lifeworth.data.sources.presets import PRESETS
from lifeworth.data.sources.raw import ROW
from lifeworth.data.sources.sniffers import Column

JACCARD = 0.6


def recognise(columns: list[str]) -> Preset | None:
    """The layout that these headers belong to, or None.

    A layout fits where the overlap with its full header line is at least 0.6 (Jaccard), or where all
    its required headers are there. Of several, the one that explains most fields wins.
    """
    seen = {plain(column) for column in columns}
    best, best_score = None, (0, 0.0)
    for preset in PRESETS:
        known = {plain(header) for header in preset.signature}
        overlap = len(seen & known) / len(seen | known)
        complete = all(plain(header) in seen for header in preset.required)
        if overlap < JACCARD and not complete:
            continue
        explained = sum(any(plain(h) in seen for h in headers) for headers in preset.columns.values())
        if (explained, overlap) > best_score:
            best, best_score = preset, (explained, overlap)
    return best


def name_by_shape(grid: Grid) -> None:
    """Give a headerless table of a known layout the layout's column names."""
    for preset in PRESETS:
        shapes = preset.cell_shapes
        if len(shapes) != len(grid.columns) or not grid.table.num_rows:
            continue
        columns = [Column(name, grid.table.column(name)) for name in grid.columns]
        if all(column.share(f"^(?:{shape})$") >= 0.99 for column, shape in zip(columns, shapes, strict=True)):
            grid.table = pa.table(list(grid.table.columns), names=[*preset.signature, ROW])
            grid.has_header = True
            return


def apply_preset(choice: Choice, preset: Preset) -> None:
    """Take the columns that the layout names; of several headers for a field the first with cells."""
    by_word: dict[str, str] = {}
    for name in choice.columns:
        by_word.setdefault(plain(name), name)
    amount_asked = choice.why.get("amount") == "asked"
    for field, headers in preset.columns.items():
        present = [by_word[plain(header)] for header in headers if plain(header) in by_word]
        if field not in choice.mapping and present:
            filled = [name for name in present if not choice.columns[name].is_empty]
            choice.take(field, (filled or present)[0], "preset")
    choice.rules = replace(preset, amount_formula=()) if amount_asked else preset
    choice.amount_is = preset.amount_is
    for note in preset.notes:
        choice.note(note)
