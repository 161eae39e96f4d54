"""What `lifeworth value` and `lifeworth demo` answer: a run in thirty lines, and where its files are."""

from typing import Any

from lifeworth.cli.lines import grade_sentence, padded, row
from lifeworth.monitoring.grade import FORMULA
from lifeworth.results.contract import (
    CUSTOMERS_CSV,
    CUSTOMERS_PARQUET,
    DECISIONS,
    IMPORT_REPORT,
    PATTERNS,
    REJECTED_ROWS,
    REPORT_HTML,
    SUMMARY,
    TABLES,
    Run,
)
from lifeworth.text.catalog import Catalog
from lifeworth.text.format import Format, formats

TOP = 10
SHAPES = {"gold": "●", "comet": "◆", "stream": "▬", "burden": "▼"}
FILES = (REPORT_HTML, CUSTOMERS_CSV, CUSTOMERS_PARQUET, SUMMARY, IMPORT_REPORT, REJECTED_ROWS, TABLES)


def summary_lines(run: Run, words: Catalog) -> list[str]:
    """Customers, money, value, grade, patterns, top ten, notes, files."""
    summary = run.summary
    form = formats(words.language, summary["currency"])
    lines = ["", *_headline(summary, words, form)]
    if summary["individual"]:
        lines += ["", words.text("cli.summary.patterns"), *_patterns(summary, words, form)]
    if summary.get("decisions"):
        lines += ["", words.text("decision.title"), *_decisions(summary, words, form)]
    if summary.get("campaigns"):
        lines += ["", words.text("cli.summary.campaigns"), *_campaigns(summary, words, form)]
    lines += ["", *_top(run, words, form)]
    if summary["warnings"]:
        lines += ["", words.text("cli.summary.notes"), *(f"  - {warning}" for warning in summary["warnings"])]
    there = [str(run.folder / name) for name in FILES if (run.folder / name).exists()]
    return [*lines, "", words.text("cli.summary.files"), *(f"  {path}" for path in there), ""]


def _headline(summary: dict[str, Any], words: Catalog, form: Format) -> list[str]:
    basis = words.text(f"cli.summary.{summary['basis']}", as_of=summary["as_of"])
    figures = {
        "customers": _customers(summary, words, form),
        "net_sales": _net_sales(summary, words, form),
        **_values(summary, words, form),
        **_remaining(summary, words, form),
        **_window(summary, words, form),
        "basis": basis,
        **({"model": _model(summary, words)} if summary["model"] else {}),
        "grade": grade_sentence(summary["backtest"], words),
    }
    return [row(words.text(f"cli.summary.{key}"), text) for key, text in figures.items()]


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


def _values(summary: dict[str, Any], words: Catalog, form: Format) -> dict[str, str]:
    historical = form.money(summary["totals"]["historical_value"])
    if not summary["individual"]:
        return {"historical": historical, "current": words.text("cli.summary.declined")}
    current, lifetime = summary["intervals"]["current_value"], summary["intervals"]["lifetime_value"]
    months, rate = summary["horizon_months"], summary["discount_rate"]
    sentence = words.text(
        "cli.summary.current_line",
        interval=form.money_interval(**current),
        months=form.number(months, 0 if float(months).is_integer() else 1),
        rate=form.percent(rate, 0 if round(rate * 100, 6).is_integer() else 1),
    )
    return {"historical": historical, "current": sentence, "lifetime": form.money_interval(**lifetime)}


def _remaining(summary: dict[str, Any], words: Catalog, form: Format) -> dict[str, str]:
    found = summary["intervals"].get("remaining_months")
    if found is None:
        return {}
    said = words.text(
        "cli.summary.remaining_line",
        months=form.number(found["value"], 1),
        horizon=form.short(summary["horizon_months"], 3),
        range=form.range(found["low"], found["high"], 1),
    )
    return {"remaining": said}


def _window(summary: dict[str, Any], words: Catalog, form: Format) -> dict[str, str]:
    found = summary.get("active_window")
    if found is None:
        return {}
    days = found["window_days"]
    said = words.text(
        "cli.summary.window_line",
        days=form.count(days["value"]),
        range=form.range(days["low"], days["high"], 0),
        gap=form.count(found["median_gap_days"]["value"]),
    )
    return {"window": said}


def _model(summary: dict[str, Any], words: Catalog) -> str:
    model = summary["model"]
    if model["name"] == FORMULA:
        return words.text("cli.summary.formula")
    return f"{model['name']}, {model['spend']['name']}"


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


def _decisions(summary: dict[str, Any], words: Catalog, form: Format) -> list[str]:
    told = summary["decisions"]["costs_known"]
    groups = {group["key"]: group for group in summary["segments"] if group["scheme"] == "decision"}
    lines = [
        "  "
        + words.text(
            "cli.summary.pattern_line",
            name=words.text(f"decision.{key}"),
            customers=form.count(groups[key]["customers"]),
            value=form.money_interval(**groups[key]["current_value"]),
        )
        for key in DECISIONS
        if key in groups and (told or key in ("keep", "grow"))
    ]
    return lines if told else [*lines, "  " + words.text("decision.no_costs")]


def _campaigns(summary: dict[str, Any], words: Catalog, form: Format) -> list[str]:
    lines = []
    key = (
        "cli.summary.campaign_revenue_line" if summary["basis"] == "revenue" else "cli.summary.campaign_line"
    )
    for told in summary["campaigns"]:
        name = told["campaign"] or words.text("campaigns.nameless")
        if not told["effects"]:
            lines.append(f"  {name}: {words.text('campaigns.use.' + told['use'])}")
        for arm, effect in zip(told["arms"][1:], told["effects"], strict=False):
            control = told["arms"][0]
            said = words.text(
                key,
                name=name if len(told["effects"]) == 1 else f"{name}, {arm['arm']}",
                customers=form.count(arm["customers"]),
                response=form.percent(arm["response"], 1),
                control=form.count(control["customers"]),
                control_response=form.percent(control["response"], 1),
                profit=form.money_interval(**effect["profit"]),
            )
            lines.append(f"  {said}")
    return lines


def _top(run: Run, words: Catalog, form: Format) -> list[str]:
    forecast = run.summary["individual"]
    by = "lifetime_value" if forecast else "historical_value"
    rows = run.customers.sort_by([(by, "descending"), ("customer_id", "ascending")]).slice(0, TOP).to_pylist()
    title = words.text("cli.summary.top" if forecast else "cli.summary.top_historical", count=len(rows))
    lines = [(padded(one["customer_id"], 13), form.money(float(one[by])), one["reasons"]) for one in rows]
    return [title, *(f"  {name}{money:>12}  {reasons}" for name, money, reasons in lines)]
