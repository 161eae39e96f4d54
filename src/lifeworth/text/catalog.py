"""The catalogue: keys in, sentences out, in 简体中文, 繁體中文 and English.

A key is `area.thing` (`report.title`); its sentence stands in `locales/<lang>/<area>.po` with
`{fact}` placeholders. Keys with a count (`count=`) may have plural forms. A missing key is an
error: parity of the three languages is proved by a test.
"""

import gettext
from functools import cache
from pathlib import Path
from typing import Any

from lifeworth.base.errors import UsageError

LANGUAGES = {"zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant", "en": "en"}
_ALIASES = {
    "zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-hans": "zh-Hans",
    "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "zh-hant": "zh-Hant", "en": "en",
}  # fmt: skip
_FOLDER = Path(__file__).parent / "catalogues"


def language_tag(asked: str) -> str:
    """One of "zh-Hans", "zh-Hant", "en" for a BCP-47 or POSIX name such as "zh-CN" or "zh_TW.UTF-8"."""
    plain = asked.split(".")[0].replace("_", "-").lower()
    for length in (len(plain), plain.find("-", plain.find("-") + 1), plain.find("-")):
        if length > 0 and plain[:length] in _ALIASES:
            return _ALIASES[plain[:length]]
    raise UsageError("USE-001", asked=asked, known=", ".join(LANGUAGES))


class Catalog:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        self.language = language_tag(language)
        with (_FOLDER / f"{LANGUAGES[self.language]}.mo").open("rb") as stream:
            self._messages = gettext.GNUTranslations(stream)

    def has(self, key: str) -> bool:
        return self._messages.gettext(key) != key

    def text(self, key: str, **facts: Any) -> str:
        """The sentence of `key` with its facts filled in; facts are formatted by the caller."""
        count = facts.get("count")
        found = self._messages.ngettext(key, key, count) if isinstance(count, int) else key
        if found == key:  # no count, or no plural forms of this sentence
            found = self._messages.gettext(key)
        if found == key:
            raise KeyError(f"no sentence for {key!r} in {self.language}")
        return found.format(**facts) if facts else found


@cache
def catalog(language: str = "en") -> Catalog:
    return Catalog(language)
