"""Customers of a run as a file to take away: who may take how many, marked, and telling what it is."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.reports.documents.reading import Reading
from lifeworth.reports.documents.value_statement import qualifiers
from lifeworth.results.columns import Columns, Shown, masked
from lifeworth.results.contract import CONTACT_FIELDS, Run
from lifeworth.results.customers import ASKABLE, Customers, customers_of
from lifeworth.results.export import AS_OF, MARK, About, Sheet, write_export
from lifeworth.results.question import Question
from lifeworth.results.runs import RunEntry
from lifeworth.results.visible import Visible
from lifeworth.store.ids import new_id

SIGNS = {"in": "=", "min": "≥", "max": "≤"}


@dataclass(frozen=True)
class Exported:
    """A file that was written; `mark` stands in each of its rows and in the audit log."""

    path: Path
    name: str
    rows: int
    mark: str


def export_customers(
    secret: bytes,
    entry: RunEntry,
    question: Question,
    kind: str,
    path: Path,
    *,
    by: str,
    language: str,
    fields: Sequence[str] = (),
    shown: Shown | None = None,
    most: int | None = None,
    bom: bool = True,
    visible: Visible | None = None,
) -> Exported:
    """Write the customers that a question selects.

    Args:
        secret: of the workspace.
        kind: "csv", "xlsx" or "parquet".
        by: who takes them, as the file shall say.
        fields: columns; without them all that a person wants of a customer.
        shown: how what names a person may be shown; as it is without it.
        most: how many customers may be taken.
        visible: whom the taker may see, if not everybody.
    Raises:
        AppError: APP-021 for more rows than that, APP-019 for a field or filter that there is not.
    """
    customers = customers_of(entry, secret, visible)
    fields = fields or _readable(customers)
    rows = customers.count(question)
    if most is not None and rows > most:
        raise AppError("APP-021", seen=rows, most=most)
    mark, moment = new_id(), now()
    reading = Reading(Run(entry.folder, Columns(customers, shown), entry.summary, {}), language)
    told = _filter(reading, question, narrowed=visible is not None)
    taken = _taken(reading, entry, question, told, rows, by, moment, mark, masked=shown is not None)
    about = About(
        as_of=datetime.date.fromisoformat(str(entry.summary["as_of"])),
        mark=mark,
        title=reading.say("export.sheet.customers"),
        sheets=(taken, _columns(reading, [*fields, AS_OF, MARK])),
    )
    parts = customers.parts(question, fields)
    if shown:
        parts = (masked(part, shown) for part in parts)
    write_export(kind, parts, path, about, bom=bom)
    return Exported(path, f"customers-{entry.id}-{about.as_of.isoformat()}.{kind}", rows, mark)


def _readable(customers: Customers) -> list[str]:
    left_out = ("reason_keys",) if customers.knows_contacts() else ("reason_keys", *CONTACT_FIELDS)
    return [name for name in ASKABLE if name not in left_out]


def _taken(
    reading: Reading, entry: RunEntry, question: Question, which: str, rows: int, by: str,
    moment: datetime.datetime, mark: str, *, masked: bool,
) -> Sheet:  # fmt: skip
    """Which customers these are, of which run, and who took them when."""
    say = reading.say
    facts = [
        (say("export.about.by"), by),
        (say("export.about.at"), moment.strftime("%Y-%m-%d %H:%M:%S UTC")),
        (say("export.about.mark"), mark),
        (say("export.about.run"), entry.id),
        (say("export.about.rows"), reading.form.count(rows)),
        (say("export.about.filter"), which),
        (say("export.about.sort"), question.sort),
        (say("export.about.names"), say("export.names.masked" if masked else "export.names.clear")),
        *qualifiers(reading),
    ]
    return Sheet(
        say("export.sheet.about"),
        (say("export.head.what"), say("export.head.is")),
        tuple((term, str(text)) for term, text in facts),
    )


def _filter(reading: Reading, question: Question, *, narrowed: bool) -> str:
    said = [reading.say("teams.exported")] if narrowed else []
    said += [
        f"{condition.column} {SIGNS[condition.op]} {', '.join(condition.values)}"
        for condition in question.conditions
    ]
    if question.lines:
        said.append(f"repeats = {question.lines.repeats}, profit = {question.lines.profit}")
    said += [f"{reading.say('export.about.search')}: {question.search}"] if question.search else []
    return "; ".join(said) or reading.say("export.everyone")


def _columns(reading: Reading, names: Sequence[str]) -> Sheet:
    def said(key: str, otherwise: str) -> str:
        return reading.say(key) if reading.words.has(key) else otherwise

    head = ("column", "label", "definition")
    return Sheet(
        reading.say("export.sheet.columns"),
        tuple(reading.say(f"export.head.{name}") for name in head),
        tuple((name, said(f"label.{name}", name), said(f"definition.{name}", "")) for name in names),
    )
