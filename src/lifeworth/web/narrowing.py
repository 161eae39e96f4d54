"""What a list of customers is narrowed by beside the choices of its form: where cells of other pages lead.

`?group=REF` the members of a household or account, `?rfm=45` a cell of the grid (recency 4, frequency 5),
`?referral_class=`, `?satisfaction=` a class of two-way value, `?pattern=gold&repeats=2&profit=30` a pattern
under other cut lines than those of the run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lifeworth.base.errors import AppError
from lifeworth.results.cut_lines import Lines, moved_lines, used_lines
from lifeworth.results.memberships import GROUP, group_of
from lifeworth.results.question import Condition
from lifeworth.web.masking import mask_row
from lifeworth.web.page import Page
from lifeworth.web.scope import groups_for

NARROWED = ("rfm", GROUP, "referral_class", "satisfaction")
LINES = ("repeats", "profit")
SCORES = "12345"
_WORDS = {"referral_class": "referral.class.{}.name", "satisfaction": "satisfaction.class.{}"}


@dataclass(frozen=True)
class Chip:
    """One thing that narrows a list: what of the address asks for it, and what the reader sees."""

    asked: dict[str, str]
    text: str


def conditions(asked: Mapping[str, str]) -> tuple[Condition, ...]:
    found = []
    for name in NARROWED:
        value = asked.get(name)
        if value:
            is_cell = name == "rfm" and len(value) == 2
            values = tuple(value + money for money in SCORES) if is_cell else (value,)
            found.append(Condition(name, "in", values))
    return tuple(found)


def chips(page: Page) -> list[Chip]:
    """
    Raises:
        AppError: APP-003 for a group there is not.
    """
    asked = page.request.query_params
    found = [
        Chip({name: asked[name]}, _text(page, name, asked[name])) for name in NARROWED if asked.get(name)
    ]
    moved = lines(page) if asked.get("pattern") else None
    if moved:
        facts = {"repeats": page.form.short(moved.repeats), "profit": page.form.money(moved.profit)}
        found.append(
            Chip({name: asked[name] for name in LINES if asked.get(name)}, page.say("map.cut", **facts))
        )
    return found


def lines(page: Page) -> Lines | None:
    """The cut lines that the address asks for; None where they are those of the run.

    Raises:
        AppError: APP-019 for what is no number.
    """
    asked = {name: page.request.query_params.get(name, "").strip() for name in LINES}
    used = used_lines(page.entry.summary) if page.entry else None
    try:
        new = {name: float(text) for name, text in asked.items() if text and text != _own(used, name)}
    except ValueError:
        raise AppError("APP-019", seen=", ".join(asked.values())[:80], wanted=", ".join(LINES)) from None
    return moved_lines(page.entry.summary, new.get("repeats"), new.get("profit")) if page.entry else None


def asked_group(page: Page, ref: str) -> dict[str, Any] | None:
    """The group of a pseudonym, if the reader sees all its members."""
    if page.entry is None:
        return None
    seen = groups_for(page.request, page.actor, page.entry)
    return group_of(page.entry, page.workspace.secret, ref, seen)


def _own(used: Lines | None, name: str) -> str:
    """A line of the run as its field shows it: sent back as it stands it asks for nothing new."""
    return written(getattr(used, name)) if used else ""


def written(line: float) -> str:
    """A cut line as its field shows it."""
    return f"{line:.6g}"


def _text(page: Page, name: str, value: str) -> str:
    if name == "rfm" and 2 <= len(value) <= 3:
        return " ".join(letter + digit for letter, digit in zip("RFM", value, strict=False))
    if name == GROUP:
        group = asked_group(page, value)
        if group is None:
            raise AppError("APP-003", kind="group", seen=value[:40])
        return page.say("web.households.of", group=mask_row(group, page.actor)["group_id"])
    key = _WORDS[name].format(value) if name in _WORDS else ""
    return page.say(key) if key and page.words.has(key) else value[:40]
