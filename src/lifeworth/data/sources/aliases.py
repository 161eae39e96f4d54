"""The alias dictionary: what a header means by its words alone.

`MEANING` maps a plain header to (field, strength, rank); the words stand in `alias_words.py`.
Longer headers that contain a known phrase ("订单实付金额(含运费)") are read by `by_phrase`.
"""

from typing import NamedTuple

from lifeworth.data.sources import alias_words
from lifeworth.data.sources.headers import plain


class Meaning(NamedTuple):
    """A field (or "price"/"cost" where the scope is open), how sure, and the place in its list."""

    field: str
    strength: str  # "strong", "scoped", "weak", "phrase"
    rank: int


def _words(text: str) -> list[str]:
    return [plain(word) for word in text.split(",") if word.strip()]


MEANING: dict[str, Meaning] = {}
for _strength, _table in (
    ("strong", alias_words.STRONG),
    ("scoped", alias_words.SCOPED),
    ("weak", alias_words.WEAK),
):
    for _field, _text in _table.items():
        for _rank, _word in enumerate(_words(_text)):
            MEANING.setdefault(_word, Meaning(_field, _strength, _rank))

OTHER = frozenset(_words(alias_words.OTHER))
KNOWN = frozenset(MEANING) | OTHER

_PHRASED = {
    "customer_id",
    "order_id",
    "placed_at",
    "paid_at",
    "amount",
    "quantity",
    "unit_price",
    "refunded_amount",
}
_PHRASES = sorted(
    (
        (word, meaning)
        for word, meaning in MEANING.items()
        if meaning.strength == "strong"
        and meaning.field in _PHRASED
        and len(word) >= (9 if word.isascii() else 3)
    ),
    key=lambda entry: -len(entry[0]),
)
# Signs that a longer header is about a ratio, an aggregate or a part instead of the field.
_NOT_A_FIELD = (
    *(
        "率",
        "比例",
        "占比",
        "平均",
        "累计",
        "次数",
        "天数",
        "预计",
        "首次",
        "最近",
        "上次",
        "优惠",
        "折扣",
        "积分",
    ),
    *(
        "抵扣",
        "percent",
        "rate",
        "average",
        "avg",
        "cumulative",
        "lifetime",
        "ratio",
        "forecast",
        "estimated",
    ),
    *("last", "first", "next"),
)


def by_phrase(word: str) -> Meaning | None:
    """The field named by the longest known phrase inside a plain header, or None."""
    if any(sign in word for sign in _NOT_A_FIELD):
        return None
    for phrase, meaning in _PHRASES:
        if phrase in word:
            return Meaning(meaning.field, "phrase", meaning.rank)
    return None
