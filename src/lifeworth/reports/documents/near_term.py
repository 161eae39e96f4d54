"""What customers are expected to bring in the next 90 days, by product line."""

from typing import Any

from lifeworth.base.levels import OTHERS, UNKNOWN
from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, spanned
from lifeworth.reports.documents.reading import Reading
from lifeworth.results.near_term import SUBSCRIPTIONS

Row = dict[str, Any]
NAMED = {OTHERS: "others", UNKNOWN: "unknown", SUBSCRIPTIONS: "subscriptions"}


def section(run: Reading) -> Section | None:
    found = run.summary.get("next_90_days")
    if not found:
        return None
    rows = found["lines"]
    blocks: list[Block] = [_picture(run, found), _table(run, found)]
    days = run.form.short(found["strength"])
    told = [run.say("near_term.how"), run.say(f"near_term.strength_{found['kind']}", days=days)]
    if any(row["line"] == OTHERS for row in rows):
        told.append(run.say("near_term.rest"))
    blocks.append(Paragraph(run.sentences(*told), "quiet"))
    return Section("next-90-days", run.say("near_term.title"), _finding(run, found), blocks)


def section_or_reason(run: Reading) -> Section | None:
    """The section, or why there is none; nothing for runs of before there was any."""
    if (made := section(run)) is not None or "next_90_days" not in run.summary:
        return made
    why = "none" if run.individual else "declined"
    text = Paragraph(run.say(f"near_term.{why}"))
    return Section("next-90-days", run.say("near_term.title"), "", [text])


def customer_section(run: Reading, rows: list[Row]) -> Section | None:
    """`rows` are those of the customer in the table `next_90_days`."""
    whole = next((row for row in rows if row["line"] is None), None)
    found = run.summary.get("next_90_days")
    if whole is None or not found:
        return None
    span = tuple(float(whole[name]) for name in ("value", "value_low", "value_high"))
    lines = sorted((row for row in rows if row["line"] is not None), key=lambda row: -row["value"])
    finding = run.say(
        "near_term.of_one", value=run.form.money_interval(*span), until=run.form.date(found["until"])
    )
    fields = (Field(run.say(f"near_term.{found['kind']}")), Field(run.say("near_term.value"), "cents"))
    cells: list[tuple[Any, ...]] = [(_name(run, row), float(row["value"])) for row in lines]
    cells.append((run.say("near_term.all"), span[0]))
    table = Table(run.say("near_term.of_one_caption"), fields, cells, "next_90_days", total=True)
    told = Paragraph(run.say("near_term.of_one_how"), "quiet")
    return Section("next-90-days", run.say("near_term.title"), finding, [table, told])


def _finding(run: Reading, found: Row) -> str:
    best = found["lines"][0]
    return run.say(
        "near_term.finding",
        value=run.form.compact_money_interval(*_span(found["value"])),
        until=run.form.date(found["until"]),
        line=_name(run, best),
        part=run.form.compact_money(best["value"]),
    )


def _span(row: Row) -> tuple[float, float, float]:
    return row["value"], row["low"], row["high"]


def _name(run: Reading, row: Row) -> str:
    key = NAMED.get(row["line"])
    return run.say(f"near_term.{key}") if key else str(row["line"])


def _picture(run: Reading, found: Row) -> Picture:
    rows = found["lines"][::-1]
    names = tuple(_name(run, row) for row in rows)
    measure = run.say("near_term.value")
    spans = [_span(row) for row in rows]
    chart = Chart(
        id="next-90-days",
        kind="bar",
        title=run.say("near_term.chart"),
        subtitle=run.say(
            "near_term.measure",
            as_of=run.form.date(run.summary["as_of"]),
            until=run.form.date(found["until"]),
        ),
        sentence=_finding(run, found),
        x=Axis("", "category", names),
        y=Axis(measure, "money"),
        series=(spanned(measure, "current", names, spans, run.form.compact_money_interval, forecast=True),),
        lying=True,
        tall=len(names) > 8,
    )
    fields = (Field(run.say(f"near_term.{found['kind']}")), Field(measure, "estimate"))
    cells: list[tuple[Any, ...]] = list(zip(names, spans, strict=True))
    return Picture(chart, Table(chart.subtitle, fields, cells, "next_90_days_chart", visible=False))


def _table(run: Reading, found: Row) -> Table:
    whole = found["value"]["value"]
    fields = (
        Field(run.say(f"near_term.{found['kind']}")),
        Field(run.say("near_term.value"), "estimate"),
        Field(run.say("near_term.share"), "share"),
        Field(run.say("near_term.customers"), "count"),
    )
    rows: list[tuple[Any, ...]] = [
        (_name(run, row), _span(row), row["value"] / whole if whole > 0 else None, row["customers"])
        for row in found["lines"]
    ]
    rows.append((run.say("near_term.all"), _span(found["value"]), 1.0 if whole > 0 else None, run.size))
    purchases = run.form.count_interval(*_span(found["expected_purchases"]))
    caption = run.say("near_term.table", purchases=purchases)
    return Table(caption, fields, rows, "next_90_days", roomy=True, total=True)
