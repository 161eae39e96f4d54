"""Cells of the sample company's files: headers, days, money."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

Rows = Iterable[Sequence[object]]
START = date(2022, 1, 1)


def columns(text: str) -> tuple[str, ...]:
    """Headers from one line; a header that ends with ~ keeps a space there, as some exports have it."""
    return tuple(word.strip().replace("~", " ") for word in text.split(","))


def day_text(days: float) -> str:
    """A day, counted from the company's first."""
    return (START + timedelta(int(days))).isoformat()


def money_text(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
