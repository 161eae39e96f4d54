"""What winning a customer costs by channel, what he is worth, and when the money is back."""

from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Mark, Series
from lifeworth.reports.documents.reading import Reading

TOKENS = {"cheap_rich": "good", "cheap_poor": "warn", "dear_rich": "current", "dear_poor": "bad"}
MOST = 12  # channels drawn


def section(run: Reading) -> Section | None:
    found = run.summary.get("acquisition")
    if not found or not found["total"]["customers"]:
        return None
    rows, total = found["channels"], found["total"]
    blocks: list[Block] = []
    drawn = [row for row in rows if row["ratio"] and row["ratio"]["low"] is not None][:MOST]
    if drawn:
        blocks.append(_picture(run, drawn, total))
    blocks.append(_table(run, rows, total))
    told = [run.say("economics.acquisition.how"), run.say("economics.acquisition.marginal")]
    poor = [row["channel"] for row in rows if row["quadrant"] == "cheap_poor"]
    if poor:
        told.insert(0, run.say("economics.acquisition.poor", channels=run.form.listing(poor)))
    if found["customers_without_spend"]:
        count = run.form.count(found["customers_without_spend"])
        told.append(run.say("economics.acquisition.without", customers=count))
    if run.is_revenue:
        told.append(run.say("economics.acquisition.revenue"))
    blocks.append(Paragraph(run.sentences(*told), "quiet"))
    return Section("acquisition", run.say("economics.acquisition.title"), _finding(run, total), blocks)


def _finding(run: Reading, total: dict[str, Any]) -> str:
    cost = run.form.compact_money(total["cac"])
    if not total["ratio"]:
        return run.say("economics.acquisition.finding_cost", cac=cost)
    return run.say(
        "economics.acquisition.finding",
        cac=cost,
        worth=run.form.compact_money(total["worth"]["value"]),
        ratio=run.form.short(total["ratio"]["value"], 1),
    )


def _name(run: Reading, row: dict[str, Any]) -> str:
    return row["channel"] or run.say("economics.acquisition.all")


def _span(run: Reading, ratio: dict[str, float]) -> str:
    value, low, high = (run.form.short(ratio[side], 1) for side in ("value", "low", "high"))
    return f"{value} ({low}–{high})"


def _picture(run: Reading, rows: list[dict[str, Any]], total: dict[str, Any]) -> Picture:
    names = [_name(run, row) for row in rows]
    measure = run.say("economics.acquisition.ratio")
    tips = [f"{name} {_span(run, row['ratio'])}" for name, row in zip(names, rows, strict=True)]
    chart = Chart(
        id="acquisition",
        kind="bar",
        title=run.say("economics.acquisition.chart"),
        subtitle=run.say("economics.acquisition.measure", months=run.months),
        sentence=_finding(run, total),
        x=Axis("", "category", tuple(names)),
        y=Axis(measure, "number"),
        series=(
            Series(
                measure,
                "bar",
                "current",
                [row["ratio"]["value"] for row in rows],
                low=[row["ratio"]["low"] for row in rows],
                high=[row["ratio"]["high"] for row in rows],
                tips=tuple(tips),
                tokens=tuple(TOKENS.get(row["quadrant"], "current") for row in rows),
                forecast=True,
            ),
        ),
        marks=(Mark(run.say("economics.acquisition.even"), y=1.0),) if len(rows) > 1 else (),
    )
    fields = (Field(run.say("economics.acquisition.channel")), Field(measure))
    cells = [(name, _span(run, row["ratio"])) for name, row in zip(names, rows, strict=True)]
    return Picture(chart, Table(chart.subtitle, fields, list(cells), "clv_cac", visible=False))


def _table(run: Reading, rows: list[dict[str, Any]], total: dict[str, Any]) -> Table:
    say = run.say
    fields = (
        Field(say("economics.acquisition.channel")),
        Field(say("economics.acquisition.spend"), "money"),
        Field(say("economics.acquisition.customers"), "count"),
        Field(say("economics.acquisition.cac"), "cents"),
        Field(say("economics.acquisition.worth"), "estimate"),
        Field(say("economics.acquisition.ratio")),
        Field(say("economics.acquisition.payback")),
        Field(say("economics.acquisition.quadrant")),
    )
    cells = [_cells(run, row, _name(run, row)) for row in rows]
    several = len(rows) > 1
    if several:
        cells.append(_cells(run, total, say("economics.acquisition.all")))
    return Table(say("economics.acquisition.table"), fields, cells, "channels", roomy=True, total=several)


def _cells(run: Reading, row: dict[str, Any], name: str) -> tuple[Any, ...]:
    worth = row["worth"]
    spread = (worth["value"], worth["low"], worth["high"]) if worth else None
    ratio = _span(run, row["ratio"]) if row["ratio"] and row["ratio"]["low"] is not None else "–"
    word = run.say(f"economics.quadrant.{row['quadrant']}") if row["quadrant"] else "–"
    return name, row["spend"], row["customers"], row["cac"], spread, ratio, _payback(run, row), word


def _payback(run: Reading, row: dict[str, Any]) -> str:
    found = row["payback"]
    if not found:
        return "–"
    if found["value"] is None:
        return run.say("economics.acquisition.not_yet", months=row["seen_months"])
    latest = str(found["high"]) if found["high"] is not None else run.say("economics.acquisition.open")
    return run.say("economics.acquisition.paid", month=found["value"], low=found["low"], high=latest)
