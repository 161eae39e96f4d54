"""Every sentence of `locales/`, in three languages: there, alike in facts, in its own script and words."""

import re
import string
from functools import cache
from pathlib import Path

import opencc
import pytest
from babel.messages.pofile import read_po

from lifeworth.base.errors import DataError
from lifeworth.text.glossary import TERMS, WRONG, misused, term
from lifeworth.text.messages import error_text

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"en": "en", "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant"}
AREAS = sorted(path.stem for path in (ROOT / "locales" / "en").glob("*.po"))
# A whole string literal that looks like a key of the catalogue
KEY = re.compile(r"""(?:say|text|label|in_prose)\(\s*"([a-z_]+(?:\.[A-Za-z0-9_-]+)+)"\s*[,)]""")


@cache
def sentences(language: str, area: str) -> dict[str, tuple[str, ...]]:
    """Key to its forms (one, or one per plural)."""
    path = ROOT / "locales" / FOLDERS[language] / f"{area}.po"
    with path.open("rb") as stream:
        messages = [message for message in read_po(stream, locale=FOLDERS[language]) if message.id]
    return {
        (message.id[0] if isinstance(message.id, tuple) else message.id): (
            message.string if isinstance(message.string, tuple) else (message.string,)
        )
        for message in messages
    }


@cache
def everything(language: str) -> dict[str, tuple[str, ...]]:
    return {key: forms for area in AREAS for key, forms in sentences(language, area).items()}


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_step_of_a_workflow_can_be_told():
    files = (ROOT / "src" / "lifeworth" / "workflows").glob("*.py")
    steps = {name for path in files for name in re.findall(r'progress\("(\w+)"', path.read_text("utf-8"))}
    assert {"read", "index", "erase"} <= steps
    assert [name for name in sorted(steps) if f"step.{name}" not in everything("en")] == []


@pytest.mark.parametrize("language", FOLDERS)
def test_every_language_has_the_same_areas(language):
    assert sorted(path.stem for path in (ROOT / "locales" / FOLDERS[language]).glob("*.po")) == AREAS


@pytest.mark.parametrize("area", AREAS)
def test_every_key_stands_in_every_language(area):
    english = set(sentences("en", area))
    assert english
    for language in ("zh-Hans", "zh-Hant"):
        assert set(sentences(language, area)) == english, language


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", FOLDERS)
def test_no_sentence_is_empty(area, language):
    assert [key for key, forms in sentences(language, area).items() if not all(forms)] == []


@pytest.mark.parametrize("area", AREAS)
def test_placeholders_are_the_same_in_every_language(area):
    # plural forms of one language may leave a fact out; together they name the same facts
    for key, forms in sentences("en", area).items():
        wanted = set().union(*(places(form) for form in forms)) - {"count"}
        for language in ("zh-Hans", "zh-Hant"):
            found = set().union(*(places(form) for form in sentences(language, area)[key])) - {"count"}
            assert found == wanted, (key, language)


@pytest.mark.parametrize("area", AREAS)
def test_traditional_chinese_has_no_simplified_glyph(area):
    converter = opencc.OpenCC("s2t")
    # written so in Taiwan as well; OpenCC prefers another form
    accepted = set("台占群")
    wrong = {}
    for key, forms in sentences("zh-Hant", area).items():
        for form in forms:
            glyphs = {sign for sign in form if converter.convert(sign) != sign and sign not in accepted}
            if glyphs:
                wrong[key] = "".join(sorted(glyphs))
    assert wrong == {}


@pytest.mark.parametrize("area", AREAS)
def test_simplified_chinese_has_no_traditional_glyph(area):
    converter = opencc.OpenCC("t2s")
    wrong = {}
    for key, forms in sentences("zh-Hans", area).items():
        for form in forms:
            glyphs = {sign for sign in form if converter.convert(sign) != sign}
            if glyphs:
                wrong[key] = "".join(sorted(glyphs))
    assert wrong == {}


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("language", FOLDERS)
def test_no_sentence_uses_a_wrong_word_or_shouts(area, language):
    wrong = {
        key: found
        for key, forms in sentences(language, area).items()
        if (found := [pair for form in forms for pair in misused(form, language)])
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("label.lifetime_value", "customer_lifetime_value"),
        ("label.historical_value", "historical_value"),
        ("label.current_value", "current_value"),
        ("label.discount_rate", "discount_rate"),
        ("pattern.gold", "gold"),
        ("pattern.comet", "comet"),
        ("pattern.stream", "stream"),
        ("pattern.burden", "burden"),
        ("tier.high", "high"),
        ("tier.potential", "potential"),
        ("tier.low", "low"),
    ],
)
@pytest.mark.parametrize("language", FOLDERS)
def test_names_of_things_are_the_glossary_s(key, name, language):
    assert everything(language)[key][0].lower() == term(name, language)


def test_no_term_of_the_glossary_is_a_wrong_word():
    for key, words in TERMS.items():
        for language, word in zip(FOLDERS, words, strict=True):
            assert list(misused(word, language)) == [], key


def test_the_glossary_finds_the_words_it_forbids():
    for language, pairs in WRONG.items():
        for wrong, right in pairs.items():
            assert (wrong, right) in list(misused(f"…{wrong}…", language))
            assert list(misused(right, language)) == []
    assert list(misused("Buy now!", "en")) == [("!", ".")]


def test_every_key_written_in_code_has_a_sentence():
    known = set(everything("en"))
    missing = {
        (str(path.relative_to(ROOT)), key)
        for path in (ROOT / "src").rglob("*.py")
        for key in KEY.findall(path.read_text(encoding="utf-8"))
        if key not in known
    }
    assert missing == set()


def test_every_coded_error_of_the_code_has_a_sentence():
    known = set(everything("en"))
    raised = re.compile(r'(?:DataError|ModelError|UsageError)\(\s*"([A-Z]+-\d+)"')
    missing = {
        (str(path.relative_to(ROOT)), code)
        for path in (ROOT / "src").rglob("*.py")
        for code in raised.findall(path.read_text(encoding="utf-8"))
        if f"error.{code}.says" not in known
    }
    assert missing == set()


AT_THE_TERMINAL_ONLY = {"error.VALUE-072.click", "error.VALUE-313.click"}  # leads, files of vehicles
TYPED = re.compile(r"(?<![\w-])--[a-z]|recorded_share|\blifeworth [a-z]+ |\{options?\}")


@pytest.mark.parametrize("language", FOLDERS)
def test_whoever_clicks_is_told_what_to_click_and_not_what_to_type(language):
    """What a page may say: every finding, and errors of files and of values. Their remedy for the terminal
    has one for pages beside it.
    """
    known = everything(language)
    remedies = [key for key in known if re.match(r"(finding|error\.(DATA|VALUE))\b.*\.do$", key)]
    typed = {key[: -len("do")] + "click" for key in remedies if TYPED.search(known[key][0])}
    clicked = {key for key in known if key.endswith(".click")}
    assert typed - clicked <= AT_THE_TERMINAL_ONLY
    assert {key for key in clicked if TYPED.search(known[key][0])} == set()
    assert {key[: -len("click")] + "says" for key in clicked} <= set(known)


def test_a_page_goes_by_the_remedy_for_pages():
    error = DataError("DATA-210", file="a.csv", column="when", example="03/04/2024", rows=9)
    assert "--dates" in error_text(error, "en")
    told = error_text(error, "en", clicks=True)
    assert "--dates" not in told
    assert "Choose the date order below" in told
    mute = DataError("DATA-002", file="a.csv")
    assert error_text(mute, "en", clicks=True) == error_text(mute, "en")
