"""Lines for a terminal: labels left, figures right, Chinese counted as two columns wide."""

import unicodedata
from typing import Any

from lifeworth.monitoring.grade import A_GAIN, FAR_OFF, FORMULA, RANKS, TOTALS
from lifeworth.text.catalog import Catalog

LABEL_COLUMNS = 18


def padded(text: str, columns: int) -> str:
    """`text` with blanks behind it, one at least, up to `columns` columns of a terminal."""
    wide = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return text + " " * max(1, columns - wide)


def row(label: str, text: str) -> str:
    return padded(label, LABEL_COLUMNS) + text


def grade_sentence(record: dict[str, Any] | None, words: Catalog) -> str:
    """The grade of `results.summary.Backtest` in one sentence, with the model it is about."""
    if record is None:
        return words.text("cli.summary.no_backtest")
    models = [one for one in record["candidates"] if one["metrics"] and one["name"] != FORMULA]
    if not models:
        return words.text("cli.grade.none")
    best = min(models, key=lambda one: one["metrics"]["error"])
    bias = best["metrics"]["bias"]
    key = record["grade"]
    if key == "B" and record["gain"] >= A_GAIN:  # good enough for an A, but for one thing
        unreliable = best["metrics"]["spearman"] < RANKS and abs(bias) > TOTALS
        key = "B_far_off" if abs(bias) >= FAR_OFF else "B_unreliable" if unreliable else "B_ranks_worse"
    facts = {"percent": f"{abs(record['gain']) * 100:.0f} %", "bias": f"{abs(bias) * 100:.0f} %"}
    return words.text(f"cli.grade.{key}", name=best["name"], **facts)
