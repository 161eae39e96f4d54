"""What the terminal sees: answers on stdout, progress and errors on stderr, in the reader's language."""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from lifeworth.base.errors import LifeworthError, UsageError
from lifeworth.text.catalog import Catalog, catalog, language_tag

LANGUAGE_VARIABLES = ("LIFEWORTH_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def asked_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The language of this call: `--lang`, else LIFEWORTH_LANG and the locale, else English."""
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            return language_tag(arguments[position + 1])
        if argument.startswith("--lang="):
            return language_tag(argument.removeprefix("--lang="))
    for variable in LANGUAGE_VARIABLES:
        try:
            return language_tag(environment[variable])
        except (KeyError, UsageError):
            continue
    return "en"


def words() -> Catalog:
    """The catalogue of this process's language; a wrong `--lang` is reported by `main`."""
    try:
        return catalog(asked_language(sys.argv[1:], os.environ))
    except UsageError:
        return catalog("en")


def answer(text: str) -> None:
    sys.stdout.write(text + "\n")


def answer_json(content: Any) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n")


def note(text: str) -> None:
    sys.stderr.write(text + "\n")


def report_error(error: LifeworthError, as_json: bool) -> None:
    from lifeworth.text.messages import error_text

    if as_json:
        answer_json(
            {"error": {"code": error.code, "facts": error.facts, "text": error_text(error, words().language)}}
        )
    note(error_text(error, words().language))


class Progress:
    """One line per step on stderr, redrawn in place at a terminal, silent in a pipe.

    Used in a `with` statement, so that the line is wiped however the work ends.
    """

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._live = sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        return self

    def __call__(self, step: str, share: float = 0.0) -> None:
        if not self._live:
            return
        bar = "█" * round(share * 20)
        seconds = time.monotonic() - self._started
        sys.stderr.write(f"\r\x1b[2K{words().text(f'step.{step}')} {bar} {seconds:.0f} s")
        sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
