"""A person by the key that the reader gives them, sought in cells and in texts."""

import re
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.data.sources.cells import half_width, strip_guards
from lifeworth.data.sources.records import Record

SHORTEST_SURE = 6  # letters and digits; what is shorter is an amount or a number of something else, too
_GUARDS = 12  # characters around an id: ="…", an apostrophe, +86 and hyphens of a phone
_CHINA = r"^(?:00)?86(1[0-9*]{10})$"
_WORD = "0-9A-Za-z_"
_MAIL = "A-Za-z0-9_%+"


class Sought:
    """A person by the key that the reader gives: an id, an e-mail address, or a phone."""

    def __init__(self, person: str) -> None:
        self.person = person
        # a masked phone takes name and region with it
        self._first, *self._rest = person.split("|") if "*" in person else [person]
        self._is_mail = re.fullmatch(r"[^@\s]+@[^@\s]+", person) is not None
        self._is_phone = re.fullmatch(r"[0-9*]{6,15}", self._first) is not None
        self.mail = person.lower() if self._is_mail else None
        self._seen = self._first.lower() if self._is_mail else self._first
        self._as_word = self._word()
        # whatever the column, the key means the person: an address, or a phone
        self.is_contact = self._is_mail or re.fullmatch(r"\+?[0-9*]{8,15}", self._first) is not None
        self.is_sure = self._is_mail or len(re.sub(r"[\W_]", "", person)) >= SHORTEST_SURE
        self.is_sure_in_text = self.is_sure and not self._rest and "*" not in person

    def is_named(self, record: Record, positions: Iterable[int] | None = None) -> bool:
        """Some cell (of those at `positions`) is the person's key, however a platform wrote it."""
        if '"' not in self._seen and not self._may_hold(record.text):
            return False
        cells = record.cells
        if positions is not None:
            cells = [cells[at] for at in positions if at < len(cells)]
        if self.person in cells:
            return True
        longest = len(self._first) + _GUARDS
        near = [cell for cell in cells if len(cell) <= longest and self._may_hold(cell)]
        if not near or self._first not in spellings(near):
            return False
        return not self._rest or set(self._rest) <= spellings(record.cells)

    def named_in(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """For each cell, whether it is the person's key and nothing else."""
        same = pc.equal(column, self.person)
        if self.mail:
            same = pc.or_(same, pc.equal(pc.utf8_lower(column), self.mail))
        elif self.is_contact:
            digits = pc.replace_substring_regex(column, r"[+() -]", "")
            digits = pc.replace_substring_regex(digits, _CHINA, r"\1")
            same = pc.or_(same, pc.equal(digits, self.person))
        return pc.fill_null(same, False)

    def is_in_text(self, text: str) -> bool:
        """The key stands in the text as a word of its own."""
        return self._as_word.search(text) is not None

    def _word(self) -> re.Pattern[str]:
        key = re.escape(self._first)
        if self._is_mail:
            return re.compile(rf"(?<![{_MAIL}])(?<![{_MAIL}][.-]){key}(?![{_MAIL}@-])(?!\.[{_WORD}])", re.I)
        start = rf"(?<![{_WORD}])(?<![{_WORD}][-.])"
        if self._is_phone:
            start = rf"(?:{start}|(?<!\d)86[- ]?)"
        return re.compile(rf"{start}{key}(?![{_WORD}])(?![-.][{_WORD}])")

    def _may_hold(self, text: str) -> bool:
        text = half_width(text)
        if self._is_mail:
            text = text.lower()
        return self._seen in text or (self._is_phone and self._seen in re.sub(r"[^0-9*]", "", text))


def spellings(cells: Iterable[str]) -> set[str]:
    """The keys that the reader may make of these cells."""
    texts = [text for text in strip_guards(pa.array(list(cells), pa.string())).to_pylist() if text]
    found = set(texts)
    for text in texts:
        if text.endswith("0"):
            found.add(re.sub(r"^(\d+)\.0+$", r"\1", text))
        if "@" in text:
            found.add(text.lower())
        elif text[-1] in "0123456789*":
            found.add(phone(text))
    return found


def everybody(records: Iterable[Record], most_cells: int = 200_000) -> Iterator[set[str]]:
    """Whoever the cells of a text may name, some at a time."""
    cells: set[str] = set()
    for record in records:
        cells.update(record.cells)
        if len(cells) >= most_cells:
            yield spellings(cells)
            cells.clear()
    yield spellings(cells)


def contact(text: str) -> str | None:
    """The address or phone that a cell is, as the reader writes it; None where it is something else."""
    key = text.lower() if "@" in text else phone(text) if re.fullmatch(r"[+0-9*() -]+", text) else text
    return key if Sought(key).is_contact else None


def phone(text: str) -> str:
    """As the reader writes it: digits and stars, without the code of China."""
    return re.sub(_CHINA, r"\1", re.sub(r"[^0-9*]", "", half_width(text)))
