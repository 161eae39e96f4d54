"""The e-mail addresses and phones that are one person's alone, so that whoever is erased by an id goes as a
guest too.

What is known of the person stands in their own rows of order files and in the contacts of runs. An address or
phone that any other customer's row has as well is left where it is, for it may be the other's; the files in
which it stands are told. Neither masked phones nor dummies count, and only what is known directly: not the
phone of a guest who shares an address with the person.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.cleaning.identity import DUMMY_MAILS, DUMMY_PHONES
from lifeworth.data.sources.cells import EMPTY_WORDS
from lifeworth.data.sources.fields import CUSTOMER_KEYS
from lifeworth.data.sources.files import read_raw
from lifeworth.data.sources.raw import RawTable
from lifeworth.data.sources.records import Record
from lifeworth.data.sources.stream import open_stream
from lifeworth.results.contract import CONTACTS, TABLES
from lifeworth.workflows.person_files import encoding_of, every_upload, ways_of
from lifeworth.workflows.person_keys import Sought, contact
from lifeworth.workflows.person_rows import EDGES, copy_rows
from lifeworth.workflows.recognition import ORDERS
from lifeworth.workflows.workspace import Workspace

REACHED_BY = ("customer_email", "customer_phone")
Places = dict[str, int]  # which of CUSTOMER_KEYS stands in which column


class Contacts(NamedTuple):
    """What is the person's alone, and names of files with what is known of others, too."""

    own: list[str]
    doubtful: set[str]


def contacts_of(workspace: Workspace, person: str) -> Contacts:
    """The contacts of a person beside the key itself."""
    sought = Sought(person)
    found: set[str] = set()
    for table in _contacts(workspace):
        mine = table.filter(pc.equal(table["customer_id"], person))
        found.update(cell for name in REACHED_BY for cell in mine[name].to_pylist() if cell)
    uploads = every_upload(workspace)
    for upload in uploads:
        for record, places in _rows(workspace, upload):
            if sought.is_named(record, places.values()) and _is_of(record, places, [sought]):
                found.update(_cell(record, places, name) for name in REACHED_BY)
    keys = {key for key in map(contact, found) if key and key != contact(person) and _tells(key)}
    if not keys:
        return Contacts([], set())
    known = {key: Sought(key) for key in keys}
    people = [sought, *known.values()]
    others: set[str] = set()
    for table in _contacts(workspace):
        for key, one in known.items():
            has = pc.or_(*(one.named_in(table[name]) for name in REACHED_BY))
            if not {person, *keys} >= set(table["customer_id"].filter(has).to_pylist()):
                others.add(key)
    stands: dict[str, set[str]] = {key: set() for key in keys}
    for upload in uploads:
        for record, places in _rows(workspace, upload):
            there = [key for key, one in known.items() if one.is_named(record)]
            if not there or _is_of(record, places, [sought]):
                continue
            for key in there:
                stands[key].add(upload["name"])
            if _key_place(record, places) is not None and not _is_of(record, places, people):
                others.update(there)
    return Contacts(sorted(keys - others), {name for key in others for name in stands[key]})


def _contacts(workspace: Workspace) -> Iterator[pa.Table]:
    for run in workspace.runs():
        path = run.folder / TABLES / f"{CONTACTS}.parquet"
        if path.exists():
            yield pq.ParquetFile(path).read()


def _tells(key: str) -> bool:
    """No mask, and nothing that cashiers type when they have to type something."""
    is_dummy = key in DUMMY_PHONES or re.fullmatch(DUMMY_MAILS.strip("'"), key) is not None
    return "*" not in key and not is_dummy


def _rows(workspace: Workspace, upload: dict[str, Any]) -> Iterator[tuple[Record, Places]]:
    """The rows of a file of orders, or of one that nobody has told about, with where customers are named."""
    path, encoding = workspace.folder / upload["file"], encoding_of(upload)
    options = next((options for kind, options in ways_of(upload) if kind == ORDERS), None)
    if options is None or not path.exists():
        return
    columns = options.get("columns") or None
    try:
        stream = open_stream(path, encoding)
        if stream is None:
            raws = read_raw(path, columns=columns, encoding=encoding)
        else:
            with TemporaryDirectory() as folder:
                copy_rows(Path(folder) / path.name, stream, set())
                raws = read_raw(Path(folder) / path.name, columns=columns)[:1]
    except (DataError, UsageError):
        return
    for raw in raws:
        places = {name: raw.columns.index(raw.mapping[name]) for name in CUSTOMER_KEYS if name in raw.mapping}
        if places:
            for record in _records(raw) if stream is None else stream:
                if stream is None or record.number >= stream.first:
                    yield record, places


def _records(raw: RawTable) -> Iterator[Record]:
    for batch in raw.table.select(raw.columns).to_batches(max_chunksize=50_000):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            cells = [cell or "" for cell in row]
            yield Record(0, "\t".join(cells), cells, 0)


def _is_of(record: Record, places: Places, people: Iterable[Sought]) -> bool:
    """The row is of one of these, as the reader of orders tells."""
    place = _key_place(record, places)
    return place is not None and any(one.is_named(record, [place]) for one in people)


def _key_place(record: Record, places: Places) -> int | None:
    for name in CUSTOMER_KEYS:
        cell = _cell(record, places, name)
        if cell and not (name == "customer_id" and "*" in cell):
            return places[name]
    return None


def _cell(record: Record, places: Places, name: str) -> str:
    at = places.get(name, len(record.cells))
    cell = record.cells[at].strip(EDGES) if at < len(record.cells) else ""
    return "" if cell.lower() in EMPTY_WORDS else cell
