"""Options that several commands share, each written once."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from lifeworth.base.errors import UsageError
from lifeworth.cli.output import words

_words = words()


def _help(key: str) -> str:
    return _words.text(f"cli.option.{key}")


Orders = Annotated[list[Path], typer.Argument(metavar="ORDERS...", help=_help("orders"), show_default=False)]
Map = Annotated[list[str], typer.Option("--map", metavar="CANONICAL=COLUMN", help=_help("map"))]
Lang = Annotated[
    str, typer.Option("--lang", metavar="zh-Hans|zh-Hant|en", help=_help("lang"), show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help=_help("json"))]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help=_help("until"), show_default=False)]
Encoding = Annotated[str, typer.Option("--encoding", help=_help("encoding"), show_default=False)]
Dates = Annotated[
    str, typer.Option("--dates", metavar="dmy|mdy|ymd", help=_help("dates"), show_default=False)
]
Currency = Annotated[str, typer.Option("--currency", help=_help("currency"), show_default=False)]
Rates = Annotated[
    Path | None, typer.Option("--rates", metavar="FILE", help=_help("rates"), show_default=False)
]
Zone = Annotated[str, typer.Option("--zone", help=_help("zone"), show_default=False)]
Duplicates = Annotated[
    str, typer.Option("--duplicates", metavar="once|keep", help=_help("duplicates"), show_default=False)
]


def mapping(pairs: list[str]) -> dict[str, str]:
    """`["amount=总金额"]` as a dictionary.

    Raises:
        UsageError: USE-002 for a pair without "=".
    """
    parted = [pair.partition("=") for pair in pairs]
    for name, sign, column in parted:
        if not (sign and name and column):
            raise UsageError("USE-002", seen=f"{name}{sign}{column}")
    return {name: column for name, _, column in parted}


def iso_date(text: str, option: str) -> date | None:
    """A date option, or None when it was not given.

    Raises:
        UsageError: USE-003 unless ISO (YYYY-MM-DD).
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError("USE-003", seen=text, option=option) from None


def reading(**options: Any) -> dict[str, Any]:
    """The options of reading that were given, as keywords of `read_orders`."""
    given = {name: option for name, option in options.items() if option}
    if "columns" in given:
        given["columns"] = mapping(given["columns"])
    return given
