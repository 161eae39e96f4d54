"""Every error and finding of reading has its sentence in three languages, with its facts."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import lifeworth.data.sources
from lifeworth.data.sources.headers import FOLD

SOURCES = Path(lifeworth.data.sources.__file__).parent
MINE = [*SOURCES.glob("*.py"), *SOURCES.glob("presets/*.py")]
LOCALES = Path(__file__).parents[2] / "locales"
CODE = "\n".join(path.read_text(encoding="utf-8") for path in MINE)


def sentences(language: str) -> dict[str, str]:
    with (LOCALES / language / "reading.po").open("rb") as stream:
        return {message.id: message.string for message in read_po(stream) if message.id}


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_every_code_has_its_sentence(language):
    known = sentences(language)
    errors = set(re.findall(r'"(DATA-[01]\d\d)"', CODE))
    findings = set(re.findall(r'"(reading_[a-z_]+)"', CODE)) | {"reading_total_rows", "reading_footer_rows"}
    assert len(errors) > 20
    assert {f"error.{code}.says" for code in errors} <= set(known)
    assert {f"finding.{code}.says" for code in findings} <= set(known)
    assert all(known.values())


def test_the_languages_say_the_same_with_the_same_facts():
    english, hans, hant = (sentences(language) for language in ("en", "zh_Hans", "zh_Hant"))
    assert set(english) == set(hans) == set(hant)
    for key in english:
        facts = [set(re.findall(r"{(\w+)", catalogue[key])) for catalogue in (english, hans, hant)]
        assert facts[0] == facts[1] == facts[2], key


def test_traditional_chinese_has_no_simplified_characters():
    simplified = {chr(code) for code in FOLD.values()} - {chr(code) for code in FOLD} - set("系准占")
    assert not simplified & set("".join(sentences("zh_Hant").values()))
