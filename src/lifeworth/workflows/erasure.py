"""One person: taken out of everything, never to come back; or everything about them, given out.

Erasing rewrites each file that names the person (the rows go, the rest stays as it stood), takes
the person's rows out of every published run, drops indexes and reports that were made with them,
and leaves a tombstone: a keyed hash, by which a later import of an old file is recognised and the
rows left out again. The log says who erased, when and why, and not whom.
"""

import csv
import hashlib
import hmac
import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError, DataError
from lifeworth.data.sources.files import read_grids
from lifeworth.data.sources.raw import ROW
from lifeworth.data.sources.read import read_orders
from lifeworth.results.contract import (
    CUSTOMERS_CSV,
    CUSTOMERS_PARQUET,
    REJECTED_ROWS,
    REPORT_HTML,
    TABLES,
    report_name,
)
from lifeworth.results.customers import customers_of
from lifeworth.results.index import drop_index, ref_of
from lifeworth.results.publish import write_csv
from lifeworth.results.read import read_run
from lifeworth.store.ids import new_id
from lifeworth.store.rows import many
from lifeworth.store.tables import imports, tombstones, uploads
from lifeworth.workflows.recognition import OPTIONS, ORDERS, companion_table, read_kind
from lifeworth.workflows.step import Progress
from lifeworth.workflows.uploads import replace_file, save_upload
from lifeworth.workflows.workspace import Workspace

PEOPLE = ("customer_id", "group_id", "parent_id", "referrer_id", "referee_id", "from_customer", "to_customer")


def person_hash(workspace: Workspace, customer_id: str) -> str:
    """What a tombstone keeps of a person."""
    name = customer_id.strip().lower().encode()
    return hmac.new(workspace.secret, b"person:" + name, hashlib.sha256).hexdigest()


def erase_person(workspace: Workspace, customer_id: str, *, by: str, reason: str) -> dict[str, int]:
    """Take a person out of files and runs; how many rows went, and of how many files and runs.

    The tombstone is set first: should this be cut off, doing it again finishes it.
    """
    counts = {"rows": 0, "files": 0, "runs": 0}
    key = person_hash(workspace, customer_id)
    stone = {"person_hash": key, "erased_by": by, "reason": reason, "erased_at": now(), "counts": counts}
    with workspace.database.begin() as connection:
        connection.execute(sa.delete(tombstones).where(tombstones.c.person_hash == key))
        connection.execute(sa.insert(tombstones).values(**stone))
    for row in _every_import(workspace):
        gone = leave_out_erased(workspace, row, row["options"] or {}, only=customer_id)
        counts["rows"] += gone
        counts["files"] += gone > 0
    for entry in reversed(workspace.runs()):
        counts["runs"] += _out_of_run(entry.folder, customer_id)
    with workspace.database.begin() as connection:
        mine = tombstones.c.person_hash == key
        connection.execute(sa.update(tombstones).where(mine).values(counts=counts))
    workspace.database.forget_traces()
    return counts


def erase_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind "erase". It knows the person by pseudonym only, so that the queue
    names nobody; files go first and the newest run last, so that a job cut off still finds whom it means.
    """
    progress("erase", 0)
    payload = job["payload"]
    person = person_of(workspace, payload["ref"])
    if person is None:
        return {"ref": payload["ref"], "rows": 0, "files": 0, "runs": 0}
    counts = erase_person(workspace, person, by=job["created_by"], reason=payload["reason"])
    return {"ref": payload["ref"], **counts}


def person_of(workspace: Workspace, ref: str) -> str | None:
    """Whom a pseudonym means: looked for in runs, then in files."""
    for entry in workspace.runs():
        row = customers_of(entry, workspace.secret).one(ref)
        if row is not None:
            return str(row["customer_id"])
    for row in _every_import(workspace):
        try:
            found = _rows_of_people(workspace.folder / row["file"], row["kind"], row["options"] or {})
        except DataError:
            continue
        for person in {one[2] for one in found}:
            if f"{ref_of(person, workspace.secret):016x}" == ref:
                return person
    return None


def erasures(workspace: Workspace) -> list[dict[str, Any]]:
    """Who erased, when, why and how much, newest first. Whom, nobody can read from it."""
    query = sa.select(tombstones).order_by(tombstones.c.erased_at.desc())
    with workspace.database.read() as connection:
        return many(connection, query)


def leave_out_erased(
    workspace: Workspace, row: dict[str, Any], options: dict[str, Any], *, only: str | None = None
) -> int:
    """Rewrite the file of an import without rows of erased people; how many rows went."""
    with workspace.database.read() as connection:
        stones = {one["person_hash"] for one in many(connection, sa.select(tombstones.c.person_hash))}
    if not stones:
        return 0
    path = workspace.folder / row["file"]
    try:
        found = _rows_of_people(path, row["kind"], options)
    except DataError:
        found = []  # no customer can be told in it; `_named_anywhere` still looks at each cell
    if only is not None:
        gone = {(file, number) for file, number, person in found if person == only}
    else:
        hashed = {person: person_hash(workspace, person) for person in {one[2] for one in found}}
        gone = {(file, number) for file, number, person in found if hashed[person] in stones}
    return _rewritten(workspace, row, path, gone, only, options)


def _every_import(workspace: Workspace) -> list[dict[str, Any]]:
    query = sa.select(imports, uploads.c.name, uploads.c.file).join(
        uploads, uploads.c.id == imports.c.upload_id
    )
    with workspace.database.read() as connection:
        return many(connection, query)


def _rows_of_people(path: Path, kind: str, options: dict[str, Any]) -> list[tuple[str, int, str]]:
    """(file or sheet, row, customer) of each row that names a customer."""
    if kind == ORDERS:
        reading = {name: value for name, value in options.items() if name in OPTIONS and value}
        lines = read_orders(str(path), require_customer=False, **reading).lines
        table = lines.select(["source_file", "source_row", "customer_id"])
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        return [row for row in rows if row[2] is not None]
    if companion_table(kind) is None:
        return []
    read = read_kind(path, kind, options)
    names = [name for name in PEOPLE if name in read.table.column_names]
    return [
        (read.name, number, person)
        for name in names
        for number, person in zip(
            read.table["source_row"].to_pylist(), read.table[name].to_pylist(), strict=True
        )
        if person is not None
    ]


def _rewritten(
    workspace: Workspace,
    row: dict[str, Any],
    path: Path,
    gone: set[tuple[str, int]],
    only: str | None,
    options: dict[str, Any],
) -> int:
    """Write what stays as CSV, sheet by sheet, in place of the file; the cells are as they stood."""
    grids = read_grids(path, options.get("encoding") or None, None, None)
    count, sheets = 0, []
    for grid in grids:
        numbers = grid.table[ROW].to_pylist()
        named = _named_anywhere(grid.table.select(grid.columns), only)
        stays = [
            (grid.name, number) not in gone and not name for number, name in zip(numbers, named, strict=True)
        ]
        lost = [text for text in grid.rejected if only is not None and only in text.text]
        count += len(stays) - sum(stays) + len(lost)
        sheets.append((grid, grid.table.select(grid.columns).filter(pa.array(stays, pa.bool_()))))
    if not count:
        return 0
    (grid, table), *others = sorted(sheets, key=lambda sheet: -sheet[1].num_rows)
    stem = Path(row["name"]).stem
    for other, cells in others:  # a sheet of its own becomes a file of its own
        if cells.num_rows:
            name = f"{stem} {other.sheet or other.name}.csv"
            _add_sheet(workspace, row, re.sub(r'[<>:"|?*/\\]', "_", name), b"".join(_as_csv(other, cells)))
    fresh = path.parent / f".{row['id']}.new"
    with fresh.open("wb") as stream:
        stream.writelines(_as_csv(grid, table))
    replace_file(workspace, row | {"id": row["upload_id"]}, f"{stem}.csv", fresh)
    kept = {name: value for name, value in options.items() if name != "encoding"}
    values = {"report": _without_preview(row.get("report")), "options": kept}
    with workspace.database.begin() as connection:
        connection.execute(sa.update(imports).where(imports.c.id == row["id"]).values(**values))
    return count


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


def _add_sheet(workspace: Workspace, row: dict[str, Any], name: str, content: bytes) -> None:
    made = save_upload(workspace, name, [content], by=row["created_by"])
    copied = {
        part: row[part] for part in ("kind", "status", "options", "created_by", "activated_at", "undone_at")
    }
    with workspace.database.begin() as connection:
        connection.execute(
            sa.insert(imports).values(
                id=new_id(), upload_id=made["id"], sha256=made["sha256"], header_hash="", report=None,
                created_at=now(), version=1, **copied,
            )
        )  # fmt: skip


def _named_anywhere(table: pa.Table, person: str | None) -> list[bool]:
    """Rows with a cell that is the person's id and nothing else."""
    if person is None or not table.num_rows:
        return [False] * table.num_rows
    found = None
    for column in table.columns:
        same = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), person), False)
        found = same if found is None else pc.or_(found, same)
    return found.to_pylist() if found is not None else [False] * table.num_rows


def _without_preview(report: Any) -> Any:
    if not isinstance(report, dict):
        return report
    return report | {"sheets": [{**sheet, "preview": []} for sheet in report.get("sheets", [])]}


def _out_of_run(folder: Path, person: str) -> int:
    """1 when the run knew the person. Totals stay: they name nobody."""
    known = 0
    for path in [folder / CUSTOMERS_PARQUET, *sorted((folder / TABLES).glob("*.parquet"))]:
        table = pq.ParquetFile(path).read()
        kept = table
        for name in PEOPLE:
            if name in table.column_names and pa.types.is_string(table.schema.field(name).type):
                kept = kept.filter(pc.invert(pc.fill_null(pc.equal(kept[name], person), False)))
        if kept.num_rows == table.num_rows:
            continue
        known = 1
        fresh = path.with_name(f".{path.name}.new")
        pq.write_table(kept, fresh, compression="zstd", row_group_size=50_000)
        os.replace(fresh, path)
        if path.name == CUSTOMERS_PARQUET:
            fresh = folder / f".{CUSTOMERS_CSV}.new"
            write_csv(kept, fresh)
            os.replace(fresh, folder / CUSTOMERS_CSV)
    if known:
        drop_index(folder)
    others = [path.name for path in folder.glob(report_name("*"))]
    for name in (
        REJECTED_ROWS,
        REPORT_HTML,
        *others,
    ):  # they quote rows and customers; the report is made again
        path = folder / name
        if path.exists() and (known or person.encode() in path.read_bytes()):
            path.unlink()
    if known:
        from lifeworth.reports import value_report

        run = read_run(folder)
        text = value_report(run, language=run.summary.get("language", "en"))
        (folder / REPORT_HTML).write_text(text, encoding="utf-8")
    return known


def person_package(workspace: Workspace, customer_id: str) -> bytes:
    """Everything known about a person: a zip of JSON and CSV.

    Raises:
        AppError: APP-003 when no run and no file knows them.
    """
    runs: dict[str, Any] = {}
    for entry in workspace.runs():
        rows = {}
        for path in [entry.folder / CUSTOMERS_PARQUET, *sorted((entry.folder / TABLES).glob("*.parquet"))]:
            table = pq.ParquetFile(path).read()
            if "customer_id" in table.column_names:
                mine = table.filter(pc.equal(table["customer_id"], customer_id)).to_pylist()
                if mine:
                    rows[path.stem] = mine
        if rows:
            runs[entry.id] = {"as_of": entry.summary.get("as_of"), **rows}
    files = [
        {"file": row["name"], "rows": cells}
        for row in _every_import(workspace)
        if (cells := _cells_of(workspace.folder / row["file"], row, customer_id))
    ]
    if not runs and not files:
        raise AppError("APP-003", kind="customer", seen="")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "person.json",
            json.dumps({"runs": runs, "files": files}, ensure_ascii=False, indent=2, default=str),
        )
        for number, file in enumerate(files, 1):
            text = io.StringIO()
            writer = csv.DictWriter(text, list(file["rows"][0]))
            writer.writeheader()
            writer.writerows(file["rows"])
            archive.writestr(f"rows-{number}.csv", "\ufeff" + text.getvalue())
    return packed.getvalue()


def _cells_of(path: Path, row: dict[str, Any], customer_id: str) -> list[dict[str, Any]]:
    try:
        found = _rows_of_people(path, row["kind"], row["options"] or {})
        mine = {(file, number) for file, number, person in found if person == customer_id}
        grids = read_grids(path, (row["options"] or {}).get("encoding") or None, None, None)
    except (DataError, FileNotFoundError):
        return []
    return [
        {name: cell for name, cell in cells.items() if name != ROW}
        for grid in grids
        for cells in grid.table.filter(
            pa.array([(grid.name, number) in mine for number in grid.table[ROW].to_pylist()], pa.bool_())
        ).to_pylist()
    ]
