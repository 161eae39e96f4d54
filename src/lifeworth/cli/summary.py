"""Results as lines for a terminal: labels left, figures right, Chinese counted as two columns wide."""

import unicodedata
from typing import Any

from lifeworth.results.contract import (
    CUSTOMERS_CSV,
    IMPORT_REPORT,
    PATTERNS,
    REJECTED_ROWS,
    REPORT_HTML,
    SUMMARY,
    Run,
)
from lifeworth.text.catalog import Catalog
from lifeworth.text.format import Format, formats

TOP = 10
SHAPES = {"gold": "●", "comet": "◆", "stream": "▬", "burden": "▼"}


def summary_lines(run: Run, words: Catalog) -> list[str]:
    """The short summary of a run: customers, money, value, grade, patterns, top ten, notes, files."""
    summary = run.summary
    form = formats(words.language, summary["currency"])
    rows = [
        _row(words, "customers", _customers(summary, words, form)),
        _row(words, "net_sales", _net_sales(summary, words, form)),
        *_values(summary, words, form),
        _row(words, "basis", words.text(f"cli.summary.{summary['basis']}", as_of=summary["as_of"])),
        _row(words, "grade", _grade(summary, words)),
    ]
    lines = ["", *rows]
    if summary["individual"]:
        lines += ["", words.text("cli.summary.patterns"), *_patterns(summary, words, form)]
    lines += ["", *_top(run, words, form)]
    if summary["warnings"]:
        lines += ["", words.text("cli.summary.notes"), *(f"  - {warning}" for warning in summary["warnings"])]
    files = [REPORT_HTML, CUSTOMERS_CSV, SUMMARY, IMPORT_REPORT, REJECTED_ROWS]
    there = [str(run.folder / name) for name in files if (run.folder / name).exists()]
    return [*lines, "", words.text("cli.summary.files"), *(f"  {path}" for path in there), ""]


def check_lines(result: dict[str, Any], words: Catalog) -> list[str]:
    """What `lifeworth check` found: files, reconciliation, findings, and whether the data suffice."""
    form = formats(words.language, result["currency"])
    lines: list[str] = []
    for file in result["import_report"]["files"]:
        layout = ", ".join(str(file[part]) for part in ("preset", "encoding", "delimiter") if file.get(part))
        columns = ", ".join(f"{name} = {found['column']}" for name, found in file["mapping"].items())
        lines += [
            "",
            file["name"],
            _row(words, "layout", layout, "check"),
            _row(words, "columns", columns, "check"),
        ]
        lines += _reconciliation(file, words, form)
    if len(result["import_report"]["files"]) > 1:
        lines += ["", *_reconciliation(result["import_report"], words, form)]
    if result["findings"]:
        lines += ["", words.text("cli.summary.notes")]
        for finding in result["findings"]:
            lines += [
                f"  - {finding['says']}",
                *(f"    {finding[part]}" for part in ("costs", "do") if finding[part]),
            ]
    return [*lines, "", words.text("cli.check.fit" if result["individual"] else "cli.check.unfit"), ""]


def backtest_lines(result: dict[str, Any], words: Catalog) -> list[str]:
    """Every candidate beside the formula, then the grade and what to know before believing it."""
    record = result["backtest"]
    lines = [f"- {finding['says']}" for finding in result["findings"]]
    if record is None:
        return [*lines, words.text("cli.summary.no_backtest"), ""]
    form = formats(words.language, result["currency"])
    title = words.text(
        "cli.backtest.title",
        months=form.number(record["months"], 1),
        cutoff=record["cutoff"],
        customers=form.count(record["customers"]),
    )
    table = [_candidate(candidate, form) for candidate in record["candidates"]]
    return [title, "", words.text("cli.backtest.head"), *table, "", _grade(result, words), *lines, ""]


def _candidate(candidate: dict[str, Any], form: Format) -> str:
    figures = candidate["metrics"]
    if figures is None:
        return f"{candidate['name']:<12} {candidate['declined']['says']}"
    cells = (
        (form.percent(figures["bias"], 1), 8),
        (form.number(figures["mae"], 2), 8),
        (form.number(figures["spearman"], 3), 11),
        (form.percent(figures["top_10_capture"]), 10),
        ("-" if figures["coverage"] is None else form.percent(figures["coverage"]), 12),
    )
    return f"{candidate['name']:<12} " + " ".join(f"{cell:>{width}}" for cell, width in cells)


def _customers(summary: dict[str, Any], words: Catalog, form: Format) -> str:
    return words.text(
        "cli.summary.customers_line",
        customers=form.count(summary["customers"]),
        repeat=form.count(summary["repeat_customers"]),
        orders=form.count(summary["orders"]),
        first=summary["period"]["first"],
        last=summary["period"]["last"],
    )


def _net_sales(summary: dict[str, Any], words: Catalog, form: Format) -> str:
    net, refunds = form.money(summary["net_sales"]), form.money(summary["refunds"])
    return words.text("cli.summary.refunded", net=net, refunds=refunds) if summary["refunds"] else net


def _values(summary: dict[str, Any], words: Catalog, form: Format) -> list[str]:
    lines = [_row(words, "historical", form.money(summary["totals"]["historical_value"]))]
    if not summary["individual"]:
        return [*lines, _row(words, "current", words.text("cli.summary.declined"))]
    current, lifetime = summary["intervals"]["current_value"], summary["intervals"]["lifetime_value"]
    sentence = words.text(
        "cli.summary.current_line",
        interval=form.money_interval(**current),
        months=form.number(summary["horizon_months"], 0),
        rate=form.percent(summary["discount_rate"]),
    )
    return [
        *lines,
        _row(words, "current", sentence),
        _row(words, "lifetime", form.money_interval(**lifetime)),
    ]


def _grade(summary: dict[str, Any], words: Catalog) -> str:
    record = summary["backtest"]
    if record is None:
        return words.text("cli.summary.no_backtest")
    best = min(
        (c for c in record["candidates"] if c["metrics"] and c["name"] != "formula"), key=_error, default=None
    )
    name = best["name"] if best else "formula"
    return words.text(f"cli.grade.{record['grade']}", name=name, percent=f"{abs(record['gain']) * 100:.0f} %")


def _error(candidate: dict[str, Any]) -> float:
    return candidate["metrics"]["error"]


def _patterns(summary: dict[str, Any], words: Catalog, form: Format) -> list[str]:
    groups = {group["key"]: group for group in summary["segments"] if group["scheme"] == "pattern"}
    return [
        "  "
        + words.text(
            "cli.summary.pattern_line",
            name=f"{SHAPES[key]} {words.text(f'pattern.{key}')}",
            customers=form.count(groups[key]["customers"]),
            value=form.money_interval(**groups[key]["current_value"]),
        )
        for key in PATTERNS
        if key in groups
    ]


def _top(run: Run, words: Catalog, form: Format) -> list[str]:
    by = "lifetime_value" if run.summary["individual"] else "historical_value"
    rows = run.customers.sort_by([(by, "descending")]).slice(0, TOP).to_pylist()
    title = words.text("cli.summary.top", count=len(rows))
    return [
        title,
        *(f"  {row['customer_id']:<12} {form.money(float(row[by])):>12}  {row['reasons']}" for row in rows),
    ]


def _reconciliation(figures: dict[str, Any], words: Catalog, form: Format) -> list[str]:
    rejected = figures["rows_rejected"]
    rows = words.text(
        "cli.check.rows_line",
        read=form.count(figures["rows_read"]),
        used=form.count(figures["rows_used"]),
        rejected=form.count(sum(rejected.values())),
    )
    money = words.text(
        "cli.check.money_line",
        gross=form.money(float(figures["gross"]), 2),
        refunds=form.money(float(figures["refunds"]), 2),
        net=form.money(float(figures["net"]), 2),
    )
    reasons = [
        "    "
        + words.text(
            "cli.check.rejected_line", reason=words.text(f"rejected.{reason}"), count=form.count(count)
        )
        for reason, count in rejected.items()
    ]
    return [_row(words, "rows", rows, "check"), *reasons, _row(words, "money", money, "check")]


def _row(words: Catalog, key: str, text: str, area: str = "summary") -> str:
    label = words.text(f"cli.{area}.{key}")
    wide = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in label)
    return f"{label}{' ' * max(1, 18 - wide)}{text}"
