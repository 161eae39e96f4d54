"""What current value hangs on: one lever moved at a time, as a tornado."""

from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, spanned
from lifeworth.reports.documents.reading import Reading
from lifeworth.text.levers import lever_text


def section(run: Reading, asked: dict[str, Any] | None = None) -> Section | None:
    """`asked`: scenarios of this run with other changes than those it published."""
    found = asked or run.summary.get("scenarios") or {}
    levers = _levers(found.get("rows") or [])
    if not levers:
        return None
    finding = _finding(run, levers, found["base"]["value"])
    blocks: list[Block] = [_picture(run, levers, found, finding)]
    told = [run.say("economics.scenarios.how"), run.say("economics.scenarios.interval")]
    if run.uses_formula:
        told.append(run.say("economics.scenarios.formula"))
    told += _break_even(run, found["rows"])
    blocks.append(Paragraph(run.sentences(*told), "quiet"))
    return Section("scenarios", run.say("economics.scenarios.title"), finding, blocks)


def _levers(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of each lever, the lever that moves most first."""
    levers = [[row for row in rows if row["lever"] == name] for name in {row["lever"]: None for row in rows}]
    return sorted(levers, key=lambda side: -max(abs(row["difference"]) for row in side))


def _finding(run: Reading, levers: list[list[dict[str, Any]]], base: float) -> str:
    most = max(levers[0], key=lambda row: abs(row["difference"]))
    share = abs(most["difference"]) / base if base else 0.0
    key = "up" if most["difference"] > 0 else "down"
    return run.say(
        f"economics.scenarios.finding_{key}",
        lever=lever_text(most, run.words, run.form),
        amount=run.form.compact_money_interval(*_size(most)),
        share=run.form.percent(share, 1),
    )


def difference(row: dict[str, Any]) -> tuple[float, float | None, float | None]:
    """What a scenario changes, with its interval; a run of an older version has none."""
    return row["difference"], row.get("difference_low"), row.get("difference_high")


def _size(row: dict[str, Any]) -> tuple[float, float | None, float | None]:
    """The same as an amount more or less."""
    value, low, high = difference(row)
    if value >= 0:
        return value, low, high
    return -value, None if high is None else -high, None if low is None else -low


def _picture(
    run: Reading, levers: list[list[dict[str, Any]]], found: dict[str, Any], finding: str
) -> Picture:
    rows = [row for side in levers for row in side]
    labels = [lever_text(row, run.words, run.form) for row in rows]
    differences = [row["difference"] for row in rows]
    around = [difference(row) for row in rows]
    measure = run.say("economics.scenarios.difference")
    chart = Chart(
        id="tornado",
        kind="bar",
        title=run.say("economics.scenarios.chart"),
        subtitle=run.say(
            "economics.scenarios.measure",
            value=run.form.compact_money_interval(**found["base"]),
            months=run.months,
        ),
        sentence=finding,
        x=Axis("", "category", tuple(labels)),
        y=Axis(measure, "money"),
        series=(
            spanned(
                measure,
                "current",
                labels,
                around,
                run.signed_interval,
                labels=tuple(run.signed(each) if low is None else "" for each, low, _ in around),
                tokens=tuple("good" if each > 0 else "bad" for each in differences),
                forecast=True,
            ),
        ),
        lying=True,
        tall=len(rows) > 8,
    )
    fields = (
        Field(run.say("economics.scenarios.lever")),
        Field(run.label("current_value"), "estimate"),
        Field(measure, "estimate"),
    )
    cells = [
        (label, (row["value"], row["low"], row["high"]), each)
        for label, row, each in zip(labels, rows, around, strict=True)
    ]
    return Picture(chart, Table(chart.subtitle, fields, cells, "scenarios", visible=False))


def _break_even(run: Reading, rows: list[dict[str, Any]]) -> list[str]:
    """What a rise in price may cost in purchases before it no longer pays."""
    return [
        run.say(
            "economics.scenarios.break_even",
            change=run.form.percent(row["change"]),
            loss=run.form.percent(row["break_even_loss"], 1),
        )
        for row in rows
        if row.get("break_even_loss") is not None
    ]
