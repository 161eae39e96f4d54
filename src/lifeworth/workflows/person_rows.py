"""The rows of one person in a text of any size, found in memory that does not grow with it.

The text is read record by record. The rows that name the person, the rows that share an order, an e-mail
address or a phone with those, and the head of the text are copied to a small file; the reader of imports
then says which of them are the person's, exactly as it would of the whole.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.sources.cells import EMPTY_WORDS
from lifeworth.data.sources.files import read_raw
from lifeworth.data.sources.records import Record
from lifeworth.data.sources.stream import Stream, as_read
from lifeworth.workflows.person_columns import Told, Ways, told_columns
from lifeworth.workflows.person_keys import Sought, phone
from lifeworth.workflows.recognition import ORDERS

Named = tuple[str, int, str]  # file or sheet, row, customer
Read = Callable[[Path], list[Named]]
HEAD_ROWS = 20_000  # enough to tell columns and the order of dates
EDGES = " \t\r\n\"'=`"
_LINKS = {
    "order_id": "order", "parent_order_id": "order", "customer_email": "mail", "customer_phone": "phone",
}  # fmt: skip


class Found(NamedTuple):
    """The numbers of the person's rows, and whether no other row may be theirs."""

    rows: set[int]
    is_sure: bool


def rows_of_person(
    stream: Stream,
    name: str,
    keys: Sequence[str],
    readings: Sequence[Read],
    ways: Ways,
    *,
    is_told: bool = True,
) -> Found:
    """The rows of the person.

    Args:
        name: of the file; it may say what the file holds.
        keys: each means the person.
        readings: who is named by which row of a file, one for each of the `ways` in which it is read.
        is_told: somebody said what kind of file it is.
    """
    people, ways = [Sought(key) for key in keys], list(ways)
    held = {
        record.number: whose
        for record in stream
        if record.number != stream.header and (whose := _who(stream, record, people))
    }
    if not held:
        return Found(set(), True)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        copy_rows(path, stream, set())
        told = next(iter(told_columns(path, ways).values()), None)
        named, is_sure = _named(stream, held, told, is_told=is_told)
        links = sorted({link for kind, options in ways if kind == ORDERS for link in _links(path, options)})
        near = _near(stream, named, links) if links else named
        numbers = copy_rows(path, stream, near)
        for read in readings:
            try:
                found = read(path)
            except (DataError, UsageError):
                continue  # no customer can be told in it: the cells have spoken
            named |= {numbers[row - 1] for _, row, customer in found if customer in keys}
    return Found(named, is_sure)


def _who(stream: Stream, record: Record, people: list[Sought]) -> list[Sought]:
    """Whose key the record holds."""
    return [
        one
        for one in people
        if one.is_named(record) or (one.is_in_text(record.text) and stream.is_odd(record))
    ]


def _named(
    stream: Stream, held: dict[int, list[Sought]], told: Told | None, *, is_told: bool
) -> tuple[set[int], bool]:
    """The rows, of those that hold a key, in which it names somebody; whether that is sure of all."""
    named, is_sure = set(), True
    for record in stream:
        for sought in held.get(record.number, ()):
            if told is not None and sought.is_named(record, told.people):
                named.add(record.number)
            elif told is None or stream.is_odd(record):  # any cell, if the key can mean nothing else
                if sought.is_sure:
                    named.add(record.number)
                else:
                    is_sure = False
            elif sought.is_named(record, told.unknown):
                if sought.is_contact:
                    named.add(record.number)
                else:
                    is_sure = is_sure and is_told and not sought.is_sure
    return named, is_sure


def _near(stream: Stream, named: set[int], links: list[tuple[int, str]]) -> set[int]:
    """The rows that share an order, an address or a phone with the named ones, or with one that does."""
    known: set[tuple[str, str]] = set()
    while True:
        before, near = len(known), set(named)
        for record in stream:
            mine = set(_linked(record, links))
            if record.number in named or not known.isdisjoint(mine):
                known |= mine
                near.add(record.number)
        if len(known) == before:
            return near


def copy_rows(path: Path, stream: Stream, chosen: set[int]) -> list[int]:
    """Copy the head and the chosen records; their numbers in the text, in order."""
    numbers, last = [], max(chosen, default=0)
    with path.open("w", encoding="utf-8-sig", newline="") as copy:
        for record in stream:
            if record.number < stream.first + HEAD_ROWS or record.number in chosen:
                copy.write(as_read(record))
                numbers.append(record.number)
            elif record.number > last:
                break
    return numbers


def _links(path: Path, options: dict[str, Any]) -> list[tuple[int, str]]:
    """Where the cells stand by which the reader knows rows of one person: (position, what it is)."""
    try:
        table = read_raw(path, columns=options.get("columns") or None)[0]
    except (DataError, UsageError):
        return []
    return [
        (table.columns.index(table.mapping[name]), what)
        for name, what in _LINKS.items()
        if name in table.mapping
    ]


def _linked(record: Record, links: list[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    for position, what in links:
        cell = record.cells[position].strip(EDGES) if position < len(record.cells) else ""
        if cell.lower() in EMPTY_WORDS:
            continue
        key = cell.lower() if what == "mail" else phone(cell) if what == "phone" else cell
        if key:
            yield what, key
