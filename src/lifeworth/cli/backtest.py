"""What `lifeworth backtest` answers: every candidate beside the formula, then the grade."""

from typing import Any

from lifeworth.cli.lines import grade_sentence, padded
from lifeworth.text.catalog import Catalog
from lifeworth.text.format import Format, formats

NAME_COLUMNS = 13


def backtest_lines(result: dict[str, Any], words: Catalog) -> list[str]:
    """The table of candidates, the grade, and what to know before believing it."""
    record = result["backtest"]
    notes = [f"- {finding['says']}" for finding in result["findings"]]
    if record is None:
        return [*notes, grade_sentence(record, words), ""]
    form = formats(words.language, result["currency"])
    title = words.text(
        "cli.backtest.title",
        months=form.number(record["months"], 1),
        cutoff=record["cutoff"],
        customers=form.count(record["customers"]),
    )
    table = [_candidate(candidate, form) for candidate in record["candidates"]]
    return [
        *(title, "", words.text("cli.backtest.head"), *table),
        *("", grade_sentence(record, words), *notes, ""),
    ]


def _candidate(candidate: dict[str, Any], form: Format) -> str:
    name, figures = padded(candidate["name"], NAME_COLUMNS), candidate["metrics"]
    if figures is None:
        return name + candidate["declined"]["says"]
    cells = (
        (form.percent(figures["bias"], 1), 8),
        (form.number(figures["mae"], 2), 8),
        (form.number(figures["spearman"], 3), 11),
        (form.percent(figures["top_10_capture"]), 10),
        ("-" if figures["coverage"] is None else form.percent(figures["coverage"]), 12),
    )
    return name + " ".join(f"{cell:>{width}}" for cell, width in cells)
