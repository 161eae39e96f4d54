"""The state of mapping one table: candidates by header, choices taken, questions left open."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from shlex import quote
from typing import Literal

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.sources.aliases import MEANING, OTHER, Meaning, by_phrase
from lifeworth.data.sources.fields import FIELDS
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.preset import Preset
from lifeworth.data.sources.sniffers import Column

_TIERS = {"strong": 0, "phrase": 1, "scoped": 1, "weak": 2}
_FIT = 0.5
_REPEATED = re.compile(r"(.+)[._]\d+")  # a header that stands twice: ours and pandas' numbering


@dataclass
class Choice:
    """Columns of one table and what has been decided about them so far."""

    file: str
    columns: dict[str, Column]
    has_header: bool
    mapping: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    rules: Preset | None = None
    amount_is: Literal["line", "order"] = "line"
    questions: list[DataError] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    meanings: dict[str, Meaning | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.columns:
            repeated = _REPEATED.fullmatch(name)
            word = plain(repeated[1] if repeated and repeated[1] in self.columns else name)
            known = MEANING.get(word)
            self.meanings[name] = known or (None if word in OTHER else by_phrase(word))

    def take(self, name: str, column: str, why: str) -> None:
        self.mapping.setdefault(name, column)
        self.why.setdefault(name, why)

    def note(self, code: str, severity: Literal["info", "warn", "bad"] = "info", **facts: object) -> None:
        self.findings.append(Finding(code, severity, {"file": self.file, **facts}))

    def ask(self, code: str, fields: Iterable[str], columns: Iterable[str]) -> None:
        """Leave a question open: these columns fit these fields, and only a person can tell."""
        names = list(columns)
        options = [map_option(name, column) for name in fields for column in names]
        self.questions.append(DataError(code, file=self.file, candidates=names, options=options))

    def column(self, name: str) -> Column | None:
        return self.columns[self.mapping[name]] if name in self.mapping else None

    def free(self) -> list[Column]:
        """Columns that no field has taken and whose headers say nothing known."""
        taken = set(self.mapping.values())
        return [
            column
            for name, column in self.columns.items()
            if name not in taken and self.meanings[name] is None and plain(name) not in OTHER
        ]

    def candidates(self, name: str) -> list[list[Column]]:
        """Columns whose headers name the field and whose cells agree, best first, by tiers of sureness."""
        taken = set(self.mapping.values())
        tiers: dict[int, list[tuple[int, Column]]] = {}
        for header, meaning in self.meanings.items():
            if meaning and meaning.field == name and header not in taken:
                column = self.columns[header]
                if fits(name, column):
                    tiers.setdefault(_TIERS[meaning.strength], []).append((meaning.rank, column))
        return [[column for _, column in sorted(tiers[t], key=lambda entry: entry[0])] for t in sorted(tiers)]


def map_option(name: str, column: str) -> str:
    """The option that maps a column, quoted for a shell only where it must be."""
    pair = f"{name}={column}"
    return f"--map {pair}" if re.fullmatch(r"[\w\-=.,:@%+]+", pair) else f"--map {quote(pair)}"


def fits(name: str, column: Column) -> bool:
    """Whether the cells can be what the field needs; a table without rows cannot object."""
    if not len(column.cells):
        return True
    if column.is_empty or not len(column.sample):
        return False
    kind = FIELDS[name].kind if name in FIELDS else "money"
    if kind == "date":
        return column.dates + column.serials >= _FIT
    if kind in ("money", "number"):
        return (
            column.numbers >= _FIT and column.dates < _FIT and not (name == "discount" and _is_rate(column))
        )
    if kind == "email":
        return column.emails >= 0.2
    is_key = name in ("order_id", "customer_id")
    return not (is_key and column.dates >= _FIT and column.integers < _FIT)


def _is_rate(column: Column) -> bool:
    """Discounts as shares of one, or with a per cent sign, are not money."""
    values = column.values[column.values == column.values]
    if column.share("%$") > 0.2:
        return True
    return bool(len(values)) and bool((values >= 0).all() and (values <= 1).all() and (values % 1 != 0).any())
