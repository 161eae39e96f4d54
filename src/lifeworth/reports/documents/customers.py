"""The customers worth most, with intervals and reasons."""

from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Section, Table
from lifeworth.reports.documents.reading import Reading

LISTED = 25
ESTIMATED = ("current_value", "current_value_low", "current_value_high", "probability_alive", "pattern")


def section(run: Reading) -> Section | None:
    if not run.size:
        return None
    places = run.ranking[:LISTED]
    names = [
        "customer_id",
        "net_sales",
        "historical_value",
        "last_purchase",
        "orders",
        "frequency",
        "recency",
        "T",
    ]
    names += [*ESTIMATED, "expected_purchases", "expected_spend", "reasons", "reason_keys"]
    rows = run.rows(places, [name for name in names if name in run.customers.column_names])
    table = Table(
        run.say("report.customers.caption", count=len(rows)),
        tuple(_fields(run)),
        [_row(run, row) for row in rows],
        name="top_customers",
        roomy=True,
    )
    note = "report.customers.note" if run.individual else "report.customers.note_declined"
    blocks: list[Block] = [Paragraph(run.say(note), "quiet"), table]
    return Section("customers", run.say("report.customers.title"), _finding(run), blocks)


def _finding(run: Reading) -> str:
    share = (run.summary.get("concentration") or {}).get("top_10_share")
    if share is None or run.size < 20:
        return ""
    return run.say(
        "report.customers.finding", held=run.form.percent(share), what=run.in_prose(run.worth_column)
    )


def _fields(run: Reading) -> list[Field]:
    if not run.individual:
        kinds = [
            ("customer_id", "text"),
            ("net_sales", "money"),
            ("orders", "count"),
            ("last_purchase", "date"),
        ]
    else:
        kinds = [
            ("customer_id", "text"),
            ("pattern", "pattern"),
            ("current_value", "estimate"),
            ("historical_value", "money"),
            ("probability_alive", "share"),
            ("last_purchase", "date"),
        ]
    fields = [Field(run.label(name), kind) for name, kind in kinds]  # type: ignore[arg-type]
    return [*fields, Field(run.label("reasons"))]


def _row(run: Reading, row: dict[str, Any]) -> tuple[Any, ...]:
    day = row["last_purchase"].isoformat() if row["last_purchase"] else None
    if not run.individual:
        return (row["customer_id"], _money(row["net_sales"]), row["orders"], day, reasons_of(run, row))
    pattern = row["pattern"]
    worth = tuple(_money(row[name]) for name in ESTIMATED[:3])
    return (
        row["customer_id"],
        (pattern, run.say_or(f"pattern.{pattern}", pattern)) if pattern else None,
        worth,
        _money(row["historical_value"]),
        row["probability_alive"],
        day,
        reasons_of(run, row),
    )


def _money(value: Any) -> float | None:
    return None if value is None else float(value)


def reasons_of(run: Reading, row: dict[str, Any]) -> str:
    """The stored sentences; in another language, those that the row's own columns can fill."""
    if run.own_language:
        return row.get("reasons") or ""
    sentences = []
    for key in (row.get("reason_keys") or "").split():
        sentence = run.say_or(f"reason.{key}", "", **_facts(run, row))
        if sentence:
            sentences.append(sentence)
    return run.say_or("reason.separator", "; ").join(sentences)


def _facts(run: Reading, row: dict[str, Any]) -> dict[str, str]:
    form = run.form
    frequency, recency, age = (row.get(name) or 0 for name in ("frequency", "recency", "T"))
    alive, expected = row.get("probability_alive"), row.get("expected_purchases")
    facts = {
        "gap": _duration(run, max(1, recency / max(frequency, 1))),
        "since": _duration(run, age - recency),
        "months": form.short(run.summary["horizon_months"], 3),
    }
    if alive is not None:
        facts["alive"] = form.percent(min(alive, 0.99) if alive < 1 else alive)
    if expected is not None:
        facts["expected"] = form.number(expected, 0 if expected >= 9.95 else 1)
    if row.get("expected_spend") is not None:
        facts["expected_spend"] = form.money(row["expected_spend"])
    return facts


def _duration(run: Reading, days: float) -> str:
    return run.say("reason.day") if round(days) == 1 else run.say("reason.days", days=run.form.count(days))
