"""Headers as keys: one spelling for comparison, unique names for the table.

`plain` makes "订单付款时间 ", "訂單付款時間" and "订单_付款时间" the same word; the names shown to
people keep their own spelling, trimmed.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from lifeworth.data.cleaning.characters import FOLD

_UNIT = r"元|人民币|rmb|cny|usd|eur|gbp|twd|nt\$|us\$|hkd|[$¥€£]|件|个|份|kg|%"
_UNITS_IN_BRACKETS = re.compile(rf"[(\[【「]\s*(?:{_UNIT})\s*[)\]】」]", re.IGNORECASE)
_NUMBERED = re.compile(r"^q?\d{1,3}\s*[、.):]\s*(?=[^\W\d])")
_DROPPED = re.compile(r"[\s_\-.:;,/\\#*'\"`()\[\]{}【】「」《》<>|?!、。:·\u200b\u200c\u200d\u2060\ufeff]+")


@lru_cache(maxsize=4096)
def plain(header: str) -> str:
    """The header for comparison: NFKC, lower case, no spaces, signs, bracketed units or number of a question
    ("3、", "Q3."), folded to 简体."""
    text = unicodedata.normalize("NFKC", header).strip().lower().translate(FOLD)
    text = _NUMBERED.sub("", text)
    return _DROPPED.sub("", _UNITS_IN_BRACKETS.sub("", text))


def shown(header: str) -> str:
    """The header as people see it: trimmed, without guards and marks that cannot be seen."""
    text = header.strip(" \t\r\n\u3000\xa0\ufeff\u200b")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return " ".join(text.split()) if "\n" in text or "\r" in text else text


def unique_names(headers: Sequence[str | None], width: int) -> list[str]:
    """`width` names, each once: empty ones by position, repeated ones numbered from 2."""
    names: list[str] = []
    taken: set[str] = {"__row__"}
    for position in range(width):
        given = shown(headers[position] or "") if position < len(headers) else ""
        base = given or f"column_{position + 1}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        names.append(name)
    return names
