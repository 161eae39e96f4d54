"""The files of a workspace, and who is named in them: taken out row by row; the rest stays as it stood.

Every upload is looked at, imported or not. A text is read in memory that does not grow with it
(`person_rows`), and written anew only where somebody is taken out; workbooks and columnar files are read
whole. A file that is no table but holds the person goes as a whole. A key so short that it may be an amount
counts only in columns that name people; what could not be searched surely is told by the file's name.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.sources.cells import strip_guards
from lifeworth.data.sources.files import read_grids
from lifeworth.data.sources.raw import ROW
from lifeworth.data.sources.read import read_orders
from lifeworth.data.sources.stream import Stream, as_read, open_stream
from lifeworth.results.index import pseudonym
from lifeworth.store.ids import new_id
from lifeworth.store.rows import many
from lifeworth.store.tables import imports, uploads
from lifeworth.workflows.person_columns import PEOPLE, Told, of_households, told_columns
from lifeworth.workflows.person_keys import Sought, contact, everybody
from lifeworth.workflows.person_packed import holds, is_archive, members, people_in
from lifeworth.workflows.person_rows import Named, rows_of_person
from lifeworth.workflows.recognition import ORDERS, as_utf8, companion_table, read_kind, reading_of
from lifeworth.workflows.uploads import drop_upload, replace_file, save_upload
from lifeworth.workflows.workspace import Workspace

ACTIVE = "active"


def every_upload(workspace: Workspace) -> list[dict[str, Any]]:
    """The uploads with their `imports`, that which is active or newest first."""
    with workspace.database.read() as connection:
        found = {row["id"]: row | {"imports": []} for row in many(connection, sa.select(uploads))}
        for row in many(connection, sa.select(imports).order_by(imports.c.id.desc())):
            found[row["upload_id"]]["imports"].append(row)
    for one in found.values():
        one["imports"].sort(key=lambda row: row["status"] != ACTIVE)
    return list(found.values())


class Taken(NamedTuple):
    """How many rows name the person, whether the file does, and whether nothing more may be in it."""

    rows: int
    named: bool
    is_sure: bool


def take_out(workspace: Workspace, upload: dict[str, Any], keys: Sequence[str], *, look: bool) -> Taken:
    """Take a person, by all the keys that mean them, out of a file. `look`: change nothing."""
    path, encoding = workspace.folder / upload["file"], encoding_of(upload)
    people = [Sought(key) for key in keys]
    if not path.exists():
        return Taken(0, False, True)
    try:
        stream = open_stream(path, encoding)
        grids = [] if stream else read_grids(path, encoding, None, None)
    except (DataError, UsageError):
        held = [holds(path, sought) for sought in people]
        if True in held and not look:
            drop_upload(workspace, upload["id"])
        return Taken(0, True in held, True in held or None not in held)
    ways, is_told = ways_of(upload), bool(upload["imports"])
    if stream is None:
        gone = {
            (file, row)
            for kind, options in ways
            for file, row, customer in _named(path, kind, options)
            if customer in keys
        }
        told = told_columns(path, ways)
        marked = [
            _marked(grid, told.get(grid.name), sought, is_told=is_told) for grid in grids for sought in people
        ]
        gone |= {row for rows, _ in marked for row in rows}
        count = _without_cells(workspace, upload, grids, gone, look=look)
        return Taken(count, count > 0, all(is_sure for _, is_sure in marked))
    plain = [(kind, as_utf8(options)) for kind, options in ways]
    readings = [partial(rows_of_people, kind=kind, options=options) for kind, options in plain]
    found = rows_of_person(stream, path.name, keys, readings, plain, is_told=is_told)
    if found.rows and not look:
        _put(workspace, upload, _texts(stream, found.rows))
    return Taken(len(found.rows), bool(found.rows), found.is_sure)


def unsearchable(workspace: Workspace) -> list[str]:
    """Names of files in which nobody can be looked for."""
    names = set()
    for upload in every_upload(workspace):
        path = workspace.folder / upload["file"]
        try:
            if path.exists() and open_stream(path, encoding_of(upload)) is None:
                read_grids(path, encoding_of(upload), None, None)
        except (DataError, UsageError):
            if holds(path, None) is None:
                names.add(upload["name"])
    return sorted(names)


def leave_out(workspace: Workspace, row: dict[str, Any], options: dict[str, Any], is_erased: Any) -> int:
    """Write the file of an import without the rows of whom `is_erased` names; how many rows went."""
    path = workspace.folder / row["file"]
    found = _named(path, row["kind"], options)
    erased = {person for person in {one[2] for one in found} if is_erased(person)}
    gone = {(file, number) for file, number, person in found if person in erased}
    if not gone:
        return 0
    (upload,) = (one for one in every_upload(workspace) if one["id"] == row["upload_id"])
    grids = read_grids(path, options.get("encoding") or None, None, None)
    return _without_cells(workspace, upload, grids, gone, look=False)


def whom(workspace: Workspace, ref: str) -> str | None:
    """Whom a pseudonym means, as some cell of some file spells it."""
    for upload in every_upload(workspace):
        for people in _people(workspace.folder / upload["file"], encoding_of(upload)):
            for person in people:
                if pseudonym(person, workspace.secret) == ref:
                    return person
    return None


def rows_of_people(path: Path, kind: str, options: dict[str, Any]) -> list[Named]:
    """(file or sheet, row, customer) of each row that names a customer."""
    if kind == ORDERS:
        lines = read_orders(str(path), require_customer=False, **reading_of(options)).lines
        table = lines.select(["source_file", "source_row", "customer_id"])
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        return [row for row in rows if row[2] is not None]
    if companion_table(kind) is None:
        return []
    read = read_kind(path, kind, options)
    numbers, found = read.table["source_row"].to_pylist(), []
    for name in PEOPLE:
        if name not in read.table.column_names:
            continue
        people = read.table[name].to_pylist()
        if of_households(name, read.mapping.get(name)):
            people = [person and contact(person) for person in people]
        found += [
            (read.name, number, person)
            for number, person in zip(numbers, people, strict=True)
            if person is not None
        ]
    return found


def _named(path: Path, kind: str, options: dict[str, Any]) -> list[Named]:
    try:
        return rows_of_people(path, kind, options)
    except (DataError, UsageError):
        return []  # no customer can be told in it: each cell is looked at all the same


def _people(path: Path, encoding: str | None) -> Iterator[set[str]]:
    try:
        stream = open_stream(path, encoding)
        if stream is not None:
            yield from everybody(stream)
        else:
            yield from people_in(path, encoding)
    except (DataError, UsageError):
        if is_archive(path):
            for member in members(path):
                if member is not None and not is_archive(member):
                    yield from _people(member, None)


def ways_of(upload: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """How the file was read: (kind, options); as orders, if it never was."""
    return [(row["kind"], row["options"] or {}) for row in upload["imports"]] or [(ORDERS, {})]


def encoding_of(upload: dict[str, Any]) -> str | None:
    return next((row["options"]["encoding"] for row in upload["imports"] if _says(row, "encoding")), None)


def _says(row: dict[str, Any], option: str) -> bool:
    return bool((row["options"] or {}).get(option))


# --- writing anew -------------------------------------------------------------------------------------
def _texts(stream: Stream, gone: set[int]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"
    for record in stream:
        if record.number not in gone:
            yield as_read(record).encode()


def _marked(
    grid: Any, told: Told | None, sought: Sought, *, is_told: bool
) -> tuple[set[tuple[str, int]], bool]:
    """(file or sheet, row) of what names the person by a cell, and whether that is all."""
    everywhere = range(len(grid.columns))
    found = _rows_with(grid, told.people if told else everywhere if sought.is_sure else (), sought)
    odd = {row.row for row in grid.rejected if sought.is_in_text(row.text)}
    is_sure = sought.is_sure or not odd
    if sought.is_sure:
        found |= odd
    if told is None:
        return _of(grid, found), is_sure and (sought.is_sure or not _rows_with(grid, everywhere, sought))
    more = _rows_with(grid, told.unknown, sought)
    if sought.is_contact:
        found |= more
    elif more and (sought.is_sure or not is_told):
        is_sure = False
    return _of(grid, found), is_sure


def _of(grid: Any, rows: set[int]) -> set[tuple[str, int]]:
    return {(grid.name, row) for row in rows}


def _rows_with(grid: Any, positions: Iterable[int], sought: Sought) -> set[int]:
    """Rows with a cell, at these positions, that is the person's key and nothing else."""
    found: set[int] = set()
    for position in positions:
        cells = strip_guards(grid.table[grid.columns[position]])
        found.update(grid.table[ROW].filter(sought.named_in(cells)).to_pylist())
    return found


def _without_cells(
    workspace: Workspace, upload: dict[str, Any], grids: list[Any], gone: set[tuple[str, int]], *, look: bool
) -> int:
    """Write what stays as CSV, sheet by sheet, in place of the file; the cells are as they stood."""
    count, sheets = 0, []
    for grid in grids:
        stays = [(grid.name, number) not in gone for number in grid.table[ROW].to_pylist()]
        lost = [row for row in grid.rejected if (grid.name, row.row) in gone]
        count += len(stays) - sum(stays) + len(lost)
        sheets.append((grid, grid.table.select(grid.columns).filter(pa.array(stays, pa.bool_()))))
    if not count or look:
        return count
    (grid, table), *others = sorted(sheets, key=lambda sheet: -sheet[1].num_rows)
    for other, cells in others:  # a sheet of its own becomes a file of its own
        if cells.num_rows:
            name = f"{Path(upload['name']).stem} {other.sheet or other.name}.csv"
            _add_sheet(workspace, upload, re.sub(r'[<>:"|?*/\\]', "_", name), _as_csv(other, cells))
    _put(workspace, upload, _as_csv(grid, table))
    return count


def _put(workspace: Workspace, upload: dict[str, Any], content: Iterator[bytes]) -> None:
    fresh = workspace.folder / Path(upload["file"]).parent / f".{upload['id']}.new"
    with fresh.open("wb") as stream:
        stream.writelines(content)
    replace_file(workspace, upload, f"{Path(upload['name']).stem}.csv", fresh)
    with workspace.database.begin() as connection:
        for row in upload["imports"]:
            values = {"report": _without_preview(row["report"]), "options": as_utf8(row["options"] or {})}
            connection.execute(sa.update(imports).where(imports.c.id == row["id"]).values(**values))


def _as_csv(grid: Any, table: pa.Table) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"
    head = [grid.columns] if grid.has_header else []
    batches = (
        zip(*(column.to_pylist() for column in batch.columns), strict=True)
        for batch in table.to_batches(max_chunksize=50_000)
    )
    for rows in (head, *batches):
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        yield text.getvalue().encode()


def _add_sheet(workspace: Workspace, upload: dict[str, Any], name: str, content: Iterator[bytes]) -> None:
    made = save_upload(workspace, name, content, by=upload["created_by"])
    with workspace.database.begin() as connection:
        for row in upload["imports"]:
            changed = {
                "id": new_id(), "upload_id": made["id"], "sha256": made["sha256"], "header_hash": "",
                "options": as_utf8(row["options"] or {}), "report": None, "created_at": now(), "version": 1,
            }  # fmt: skip
            connection.execute(sa.insert(imports).values(**row | changed))


def _without_preview(report: Any) -> Any:
    if not isinstance(report, dict):
        return report
    return report | {"sheets": [{**sheet, "preview": []} for sheet in report.get("sheets", [])]}
