"""What customers are found by: id, name, e-mail address and phone in one text of small letters, and Chinese
names as they are typed: whole (zhangwei) and by initials (zw), in each usual reading of a character.
"""

import re
from functools import lru_cache
from itertools import islice, product

import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.results.contract import CONTACT_FIELDS

_HAN = "[\u3400-\u9fff]"
_READINGS, _SPELLINGS = 3, 8  # of a character, of a name
_LONGEST = 4  # characters of a name of a person; longer ones are read as phrases


def searched(table: pa.Table) -> pa.ChunkedArray:
    """One text per customer. `table`: with `customer_id` and the columns of `CONTACT_FIELDS`."""
    names = table["customer_name"]
    parts = (*(table[name] for name in ("customer_id", *CONTACT_FIELDS)), _closed(names), _spelled(names))
    kind = pa.large_string()
    texts = [part.cast(kind) for part in parts]
    joined = pc.binary_join_element_wise(*texts, pa.scalar("\n", kind), null_handling="skip")
    return pc.utf8_lower(joined)


def _closed(names: pa.ChunkedArray) -> pa.ChunkedArray:
    """Names without their spaces; null where they have none."""
    closed = pc.replace_substring_regex(names, r"[\s\p{Z}]+", "")
    return pc.if_else(pc.equal(closed, names), None, closed)


def _spelled(names: pa.ChunkedArray) -> pa.ChunkedArray:
    """How each name is typed in pinyin; null where it has no Chinese character."""
    known = pc.unique(names)
    known = known.filter(pc.fill_null(pc.match_substring_regex(known, _HAN), False))
    spellings = pa.array([spellings_of(name) for name in known.to_pylist()], pa.large_string())
    return pc.take(spellings, pc.index_in(names, value_set=known))


def spellings_of(name: str) -> str:
    """All spellings of a name, one per line: `张伟` gives zhangwei and zw."""
    from pypinyin import lazy_pinyin  # takes a moment, and only indexing needs it

    name = "".join(name.split())
    if len(name) > _LONGEST:
        combined = [tuple(lazy_pinyin(name))]
    else:
        combined = list(islice(product(*map(_readings, name)), _SPELLINGS))
    whole = dict.fromkeys("".join(each) for each in combined)
    initials = dict.fromkeys("".join(each[:1] for each in one) for one in combined)
    return "\n".join([*whole, *initials])


def typed(search: str) -> list[str]:
    """What somebody typed, and what was meant: pinyin without spaces, a phone without signs and country."""
    text = search.lower()
    meant = "".join(text.split())
    if re.fullmatch(r"[\d().+-]{5,}", meant):
        meant = re.sub(r"^(?:00)?86(?=1\d{10}$)", "", re.sub(r"\D", "", meant))
    return [each for each in dict.fromkeys([text, meant]) if each]


@lru_cache(maxsize=30_000)
def _readings(character: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
    return tuple(islice(dict.fromkeys(found), _READINGS))
