"""Exports as platforms write them: real headers of the presets over synthetic rows."""

import csv
import io

from lifeworth.data.sources.headers import FOLD
from lifeworth.data.sources.preset import Preset

_TO_TRADITIONAL = {simple: chr(other) for other, simple in FOLD.items()} | {
    ord(a): b for a, b in zip("猫团拼标单卖买宝", "貓團拼標單賣買寶", strict=True)
}
_CELLS = {
    "id": lambda i: f"K{1000 + i % 7}",
    "email": lambda i: f"buyer{i % 7}@example.com",
    "phone": lambda i: f"1391234{5600 + i % 7}",
    "text": lambda i: ("北京", "上海", "廣州")[i % 3],
    "status": lambda i: "paid",
    "flag": lambda i: "true",
    "currency": lambda i: "CNY",
    "date": lambda i: f"2024-0{1 + i % 6}-1{i % 9} 10:0{i % 6}:00",
    "money": lambda i: f"{10 + i * 1.25:.2f}",
    "number": lambda i: str(1 + i % 3),
}


def traditional(text: str) -> str:
    return text.translate(_TO_TRADITIONAL)


def rows_of(preset: Preset, count: int = 24) -> list[list[str]]:
    """Header line as exported, then `count` rows with a plausible cell under each mapped header."""
    from lifeworth.data.sources.fields import FIELDS

    kinds = {}
    for name, headers in preset.columns.items():
        for header in headers:
            kinds.setdefault(header, (name, FIELDS[name].kind))
    rows = [list(preset.signature)]
    for i in range(count):
        row = []
        for header in preset.signature:
            name, kind = kinds.get(header.strip(), ("", ""))
            if name in ("order_id", "line_id"):
                row.append(f"2024010{1 + i % 9}-{880000 + i}")
            else:
                row.append(_CELLS[kind](i) if kind else "")
        rows.append(row)
    return rows


def delimited(rows: list[list[str]], delimiter: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()
