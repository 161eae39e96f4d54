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
import zipfile
from collections.abc import Sequence
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
from lifeworth.results.contract import (
    CONTACTS,
    CUSTOMERS_CSV,
    CUSTOMERS_PARQUET,
    REJECTED_ROWS,
    REPORT_HTML,
    SUMMARY,
    TABLES,
    report_name,
)
from lifeworth.results.customers import customers_of
from lifeworth.results.index import drop_index, pseudonym
from lifeworth.results.publish import write_csv, write_rows
from lifeworth.results.read import read_run
from lifeworth.store import assignments
from lifeworth.store.rows import many
from lifeworth.store.tables import tombstones
from lifeworth.workflows.person_columns import PEOPLE
from lifeworth.workflows.person_contacts import Contacts, contacts_of
from lifeworth.workflows.person_files import (
    every_upload,
    leave_out,
    rows_of_people,
    take_out,
    unsearchable,
    whom,
)
from lifeworth.workflows.person_keys import Sought
from lifeworth.workflows.step import Progress
from lifeworth.workflows.uploads import sweep_orphans
from lifeworth.workflows.workspace import Workspace

NOTHING = {"rows": 0, "files": 0, "runs": 0}
LOOK = "person"  # kind of the jobs that count what is known of somebody
ERASE = "erase"
OF_A_PERSON = (LOOK, ERASE)  # their results say whom they are about: for those who may erase
OF_TWO = ("referrals", "relationships")  # kinds of files whose rows name two people


def person_hash(workspace: Workspace, customer_id: str) -> str:
    """What a tombstone keeps of a person."""
    name = customer_id.strip().lower().encode()
    return hmac.new(workspace.secret, b"person:" + name, hashlib.sha256).hexdigest()


def erase_person(workspace: Workspace, customer_id: str, *, by: str, reason: str) -> dict[str, Any]:
    """Take a person out of files and runs; how many rows went, and of how many files and runs.
    `not_searched` names the files that may hold the person all the same. Addresses and phones that are
    the person's alone are erased with them.

    The tombstone is set first: should this be cut off, doing it again finishes it.
    """
    contacts = contacts_of(workspace, customer_id)
    key, *others = [person_hash(workspace, person) for person in (customer_id, *contacts.own)]
    stone = {"person_hash": key, "erased_by": by, "reason": reason, "erased_at": now(), "counts": NOTHING}
    with workspace.database.begin() as connection:
        connection.execute(sa.delete(tombstones).where(tombstones.c.person_hash == key))
        connection.execute(sa.insert(tombstones).values(**stone))
        known = set(connection.execute(sa.select(tombstones.c.person_hash)).scalars())
        for other in [other for other in others if other not in known]:
            connection.execute(sa.insert(tombstones).values(**stone | {"person_hash": other, "counts": {}}))
        for person in (customer_id, *contacts.own):
            assignments.forget_customer(connection, pseudonym(person, workspace.secret))
    found = _everywhere(workspace, customer_id, contacts, look=False)
    counts = {name: found[name] for name in NOTHING}
    with workspace.database.begin() as connection:
        mine = tombstones.c.person_hash == key
        connection.execute(sa.update(tombstones).where(mine).values(counts=counts))
    workspace.database.forget_traces()
    return found


def known_of(workspace: Workspace, customer_id: str) -> dict[str, Any]:
    """The counts that `erase_person` would give; nothing is changed."""
    return _everywhere(workspace, customer_id, contacts_of(workspace, customer_id), look=True)


def _everywhere(workspace: Workspace, customer_id: str, contacts: Contacts, *, look: bool) -> dict[str, Any]:
    counts, unsure = dict(NOTHING), set(contacts.doubtful)
    keys = [customer_id, *contacts.own]
    for upload in every_upload(workspace):
        taken = take_out(workspace, upload, keys, look=look)
        counts["rows"] += taken.rows
        counts["files"] += taken.named
        if not taken.is_sure:
            unsure.add(upload["name"])
    if not look:
        sweep_orphans(workspace)  # an upload that was cut off may hold anybody
    for entry in reversed(workspace.runs()):
        counts["runs"] += _out_of_run(entry.folder, keys, look=look)
    return {**counts, "not_searched": sorted(unsure)}


def look_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind `LOOK`: how much is known of whom a pseudonym means."""
    progress("person", 0)
    person = person_of(workspace, job["payload"]["ref"])
    found = _nobody(workspace) if person is None else known_of(workspace, person)
    return {"ref": job["payload"]["ref"], "known": person is not None, **found}


def erase_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind `ERASE`. It knows the person by pseudonym only, so that the queue
    names nobody; files go first and the newest run last, so that a job cut off still finds whom it means.
    """
    progress("erase", 0)
    payload = job["payload"]
    person = person_of(workspace, payload["ref"])
    if person is None:
        with workspace.database.begin() as connection:
            assignments.forget_customer(connection, payload["ref"])
        return {"ref": payload["ref"], **_nobody(workspace)}
    counts = erase_person(workspace, person, by=job["created_by"], reason=payload["reason"])
    return {"ref": payload["ref"], **counts}


def _nobody(workspace: Workspace) -> dict[str, Any]:
    return {**NOTHING, "not_searched": unsearchable(workspace)}


def person_of(workspace: Workspace, ref: str) -> str | None:
    """Whom a pseudonym means: looked for in runs, then in files."""
    for entry in workspace.runs():
        row = customers_of(entry, workspace.secret).one(ref)
        if row is not None:
            return str(row["customer_id"])
    return whom(workspace, ref)


def erasures(workspace: Workspace) -> list[dict[str, Any]]:
    """Who erased, when, why and how much, newest first. Whom, nobody can read from it."""
    query = sa.select(tombstones).order_by(tombstones.c.erased_at.desc())
    with workspace.database.read() as connection:
        return [row for row in many(connection, query) if row["counts"]]  # contacts went with their person


def leave_out_erased(workspace: Workspace, row: dict[str, Any], options: dict[str, Any]) -> int:
    """Write the file of an import without rows of erased people; how many rows went."""
    with workspace.database.read() as connection:
        stones = {one["person_hash"] for one in many(connection, sa.select(tombstones.c.person_hash))}
    if not stones:
        return 0
    return leave_out(workspace, row, options, lambda person: person_hash(workspace, person) in stones)


def _out_of_run(folder: Path, keys: Sequence[str], *, look: bool) -> int:
    """1 when the run knew the person. Totals stay: they name nobody. `look`: so does everything else."""
    known, customers = 0, folder / CUSTOMERS_PARQUET
    people, has_households = [Sought(key) for key in keys], _has_households(folder)
    for path in [*sorted((folder / TABLES).glob("*.parquet")), customers]:
        table = pq.ParquetFile(path).read()
        kept = _without(table, people, has_households)
        is_same = kept.num_rows == table.num_rows
        if path.stem == CONTACTS:
            kept = _unreached(kept, people)
            is_same = kept.equals(table)
        if is_same:
            continue
        known = 1
        if look:
            break
        fresh = path.with_name(f".{path.name}.new")
        if path == customers:
            pq.write_table(kept, fresh, compression="zstd")
            write_csv(kept, folder / f".{CUSTOMERS_CSV}.new")
            os.replace(folder / f".{CUSTOMERS_CSV}.new", folder / CUSTOMERS_CSV)
        else:
            write_rows(kept, fresh)
        os.replace(fresh, path)
    if look:
        return known
    if known:
        os.utime(customers)  # by its moment, what was read meanwhile is known to be old and is read anew
        drop_index(folder)
    others = [path.name for path in folder.glob(report_name("*"))]
    for name in (REJECTED_ROWS, REPORT_HTML, *others):  # they quote rows and customers
        path = folder / name
        if path.exists() and (known or any(key.encode() in path.read_bytes() for key in keys)):
            path.unlink()
    if known:
        from lifeworth.reports import value_report

        run = read_run(folder)
        text = value_report(run, language=run.summary.get("language", "en"))
        (folder / REPORT_HTML).write_text(text, encoding="utf-8")
    return known


def _without(table: pa.Table, people: Sequence[Sought], has_households: bool) -> pa.Table:
    """The rows that name none of these people; a household's number or name means nobody."""
    for name in PEOPLE:
        if name in table.column_names and pa.types.is_string(table.schema.field(name).type):
            for sought in people:
                if name != "group_id" or sought.is_contact or not has_households:
                    table = table.filter(pc.invert(sought.named_in(table[name])))
    return table


def _unreached(contacts: pa.Table, people: Sequence[Sought]) -> pa.Table:
    """The contacts of others, without what is a key of the person's."""
    for at, name in enumerate(contacts.column_names):
        cells = contacts[name]
        for sought in people:
            cells = pc.if_else(sought.named_in(cells), pa.scalar(None, cells.type), cells)
        contacts = contacts.set_column(at, contacts.schema.field(name), cells)
    return contacts


def _has_households(folder: Path) -> bool:
    """Whether the groups of a run are households, whose names are of nobody."""
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    return bool((summary.get("relationships") or {}).get("are_households"))


def person_package(workspace: Workspace, customer_id: str, *, alone: bool = False) -> bytes:
    """Everything known about a person: a zip of JSON and CSV; `alone`: without what tells of others too, as
    households, referrers and their files do.

    Raises:
        AppError: APP-003 when no run and no file knows them.
    """
    runs: dict[str, Any] = {}
    for entry in workspace.runs():
        rows = {}
        for path in [entry.folder / CUSTOMERS_PARQUET, *sorted((entry.folder / TABLES).glob("*.parquet"))]:
            table = pq.ParquetFile(path).read()
            if alone:
                table = _of_one(table)
            if "customer_id" in table.column_names:
                mine = table.filter(pc.equal(table["customer_id"], customer_id)).to_pylist()
                if mine:
                    rows[path.stem] = mine
        if rows:
            runs[entry.id] = {"as_of": entry.summary.get("as_of"), **rows}
    files = [
        {"file": upload["name"], "rows": cells}
        for upload in every_upload(workspace)
        for row in upload["imports"]
        if not (alone and row["kind"] in OF_TWO)
        and (cells := _cells_of(workspace.folder / upload["file"], row, customer_id))
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


def _of_one(table: pa.Table) -> pa.Table:
    """The table without other people; empty where its figures are of several."""
    table = table.slice(0, 0) if "group_id" in table.column_names else table
    return table.drop_columns([name for name in PEOPLE[1:] if name in table.column_names])


def _cells_of(path: Path, row: dict[str, Any], customer_id: str) -> list[dict[str, Any]]:
    try:
        found = rows_of_people(path, row["kind"], row["options"] or {})
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
