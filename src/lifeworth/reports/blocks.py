"""What a document is made of, as plain data: sections of sentences, figures, tables and charts.

A document knows nothing of HTML, slides or workbooks; a format decides how each block looks.
Sentences are already in the reader's language; table cells are raw values, and their `kind`
tells a format how to write them.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from lifeworth.reports.charts import Chart
from lifeworth.text.format import Format

Kind = Literal[
    "text", "count", "money", "cents", "share", "number", "parameter", "estimate", "pattern", "date"
]


@dataclass(frozen=True)
class Field:
    """A column of a table. Cells of an "estimate" are (value, low, high); of a "pattern" (key, word)."""

    label: str
    kind: Kind = "text"
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of raw values; the first column names the row. `roomy` tables become cards on a phone.

    `opens`: what a list of customers is filtered by to show who stands behind each row, as the query of an
    address, or a whole address, which begins with "/"; "" for nobody. Pages make it a link
    (`Document.facts["customers"]`), files leave it out.
    """

    caption: str
    fields: tuple[Field, ...]
    rows: list[tuple[Any, ...]]
    name: str = "table"  # of the downloaded file
    roomy: bool = False
    total: bool = False  # the last row is a sum
    visible: bool = True  # shown at once, or folded under "as table"
    opens: tuple[str, ...] = ()
    block = "table"


@dataclass(frozen=True)
class Paragraph:
    """`to`: the section that the text leads to, of this document or, by its facts, of another page."""

    text: str
    tone: Literal["plain", "lead", "quiet"] = "plain"
    to: str = ""
    block = "paragraph"


@dataclass(frozen=True)
class Figure:
    """One key figure: large value, its interval, a line of context; `note` says what it is."""

    label: str
    value: str
    interval: str = ""
    context: str = ""
    exact: str = ""
    badge: str = ""
    note: str = ""


@dataclass(frozen=True)
class Figures:
    figures: tuple[Figure, ...]
    block = "figures"


@dataclass(frozen=True)
class Part:
    label: str
    text: str
    amount: float
    token: str
    forecast: bool = False


@dataclass(frozen=True)
class Whole:
    """Parts of one whole, in order, drawn as one bar."""

    label: str
    parts: tuple[Part, ...]
    block = "whole"


@dataclass(frozen=True)
class Grade:
    letter: str
    says: str
    means: str
    block = "grade"


@dataclass(frozen=True)
class Notice:
    """A finding: what is so, what it costs, what to do."""

    severity: Literal["info", "warn", "bad", "good"]
    word: str
    says: str
    costs: str = ""
    do: str = ""
    block = "notice"


@dataclass(frozen=True)
class Advice:
    """What to do about one group."""

    token: str
    shape: str
    title: str
    text: str
    figure: str = ""


@dataclass(frozen=True)
class Advices:
    advices: tuple[Advice, ...]
    block = "advices"


@dataclass(frozen=True)
class Terms:
    """Terms with their explanations: (term, text, unit)."""

    terms: tuple[tuple[str, str, str], ...]
    block = "terms"


@dataclass(frozen=True)
class Heading:
    text: str
    block = "heading"


@dataclass(frozen=True)
class Picture:
    chart: Chart
    table: Table
    block = "picture"


Block = (
    Table | Paragraph | Figures | Whole | Grade | Notice | Advices | Terms | Heading | Picture
)  # fmt: skip


@dataclass(frozen=True)
class Section:
    id: str
    title: str  # short, for the table of contents
    finding: str  # the sentence that answers the section's question; may be empty
    blocks: list[Block]


@dataclass(frozen=True)
class Document:
    title: str
    headline: str
    language: str
    form: Format
    qualifiers: tuple[tuple[str, str], ...]  # what qualifies every number: as of, horizon, basis, …
    words: dict[str, str]  # the few words a format needs: "as table", "download", …
    sections: list[Section]
    footer: str = ""
    badge: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
