"""What is asked of the customers of a run: whom, and in which order."""

import hashlib
from dataclasses import dataclass

from lifeworth.results.cut_lines import Lines

DEFAULT_SORT = "-lifetime_value"


@dataclass(frozen=True)
class Condition:
    """`column` is one of `values` ("in"), or at least ("min") or at most ("max") its one value.

    A column of a customer, or one of `MEMBERSHIPS`, which only knows "in".
    """

    column: str
    op: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """Which customers, in which order. `search`: part of an id, a name or its pinyin, an e-mail address or a
    phone, or a whole id where `exact`; `lines`: where patterns are cut, if not as in the run.
    """

    conditions: tuple[Condition, ...] = ()
    search: str = ""
    exact: bool = False
    sort: str = DEFAULT_SORT
    lines: Lines | None = None


def question_key(question: Question) -> str:
    """Short and stable, so that a cursor can say which list it belongs to."""
    return hashlib.sha256(repr(question).encode()).hexdigest()[:12]
