"""Customer equity in three dimensions: how long customers stay, what part of their purse, which scope."""

from typing import Any
from urllib.parse import urlencode

from lifeworth.base.levels import OTHERS, UNKNOWN
from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Series, running
from lifeworth.reports.documents.reading import Reading

NAMED = ("tier", "pattern")  # schemes whose cells have words of their own


def section(run: Reading) -> Section | None:
    record = run.summary.get("dimensions")
    if not record:
        return None
    total = record["total"]
    blocks: list[Block] = [_table(run, scheme, rows, total) for scheme, rows in record["schemes"].items()]
    how = [run.say("dimensions.how", quantile=run.form.percent(record["quantile"]))]
    if told := record.get("told_wallets"):
        how.append(run.say("dimensions.told", told=run.form.count(told)))
    blocks.append(Paragraph(run.sentences(*how), "quiet"))
    return Section("dimensions", run.say("dimensions.title"), _finding(run, total), blocks)


def equity(run: Reading) -> Section | None:
    """Customer equity of the cells of the scope, as a picture: channels where orders name them."""
    record = run.summary.get("dimensions")
    if not record:
        return None
    scheme, rows = next(iter(record["schemes"].items()))
    rows = sorted(rows, key=lambda row: -row["current_value"]["value"])
    names = [cell_name(run, scheme, row["cell"]) for row in rows]
    around = [row["current_value"] for row in rows]
    value = run.label("current_value")
    opens = tuple(_opens(scheme, row["cell"]) for row in rows)
    tips = tuple(
        f"{name} {run.form.compact_money_interval(each['value'], each['low'], each['high'])}"
        for name, each in zip(names, around, strict=True)
    )
    word = scheme_name(run, scheme)
    whole = record["total"]["current_value"]["value"]
    held = run.form.percent(around[0]["value"] / whole) if whole > 0 else ""
    facts = {"cell": names[0], "held": held, "cells": len(rows), "scheme": word}
    chart = Chart(
        id="equity",
        kind="bar",
        title=run.say("dimensions.by", scheme=word),
        subtitle=run.say("dimensions.measure", months=run.months),
        sentence=run.say("dimensions.sentence", **facts) if held else run.form.listing(list(tips)),
        x=Axis("", "category", tuple(names)),
        y=Axis(value, "money"),
        series=(
            Series(
                value, "bar", "current", [each["value"] for each in around],
                low=[each["low"] for each in around], high=[each["high"] for each in around],
                forecast=True, tips=tips, opens=opens,
            ),
        ),
        lying=True,
        tall=len(rows) > 8,
    )  # fmt: skip
    cells = [
        (name, (each["value"], each["low"], each["high"])) for name, each in zip(names, around, strict=True)
    ]
    fields = (Field(_opened(word)), Field(value, "estimate"))
    table = Table(chart.title, fields, list(cells), "equity", opens=opens)
    return Section("equity", run.say("dimensions.equity"), "", [Picture(chart, table)])


def _opens(scheme: str, cell: str) -> str:
    """What a click on a cell asks the list of customers, which knows channels, tiers and patterns."""
    return "" if cell in (UNKNOWN, OTHERS) or scheme.startswith("scope:") else urlencode({scheme: cell})


def _finding(run: Reading, total: dict[str, Any]) -> str:
    return run.say(
        "dimensions.finding",
        activity=run.form.percent(total["activity"]),
        share=run.form.percent(total["share"]),
        wallet=run.form.compact_money(total["wallet"]),
        months=run.months,
    )


def _table(run: Reading, scheme: str, rows: list[dict[str, Any]], total: dict[str, Any]) -> Table:
    cells = [_row(cell_name(run, scheme, row["cell"]), row) for row in rows]
    cells.append(_row(run.say("dimensions.all"), total))
    fields = (
        Field(_opened(scheme_name(run, scheme))),
        Field(run.say("dimensions.factor.customers"), "count"),
        Field(run.say("dimensions.factor.activity"), "share"),
        Field(run.say("dimensions.factor.wallet"), "money"),
        Field(run.say("dimensions.factor.share"), "share"),
        Field(run.say("dimensions.factor.profit"), "share"),
        Field(run.label("current_value"), "estimate"),
    )
    caption = run.say("dimensions.by", scheme=scheme_name(run, scheme))
    opens = (*(_opens(scheme, row["cell"]) for row in rows), "")
    return Table(
        caption, fields, cells, f"dimensions_{scheme.partition(':')[0]}", roomy=True, total=True, opens=opens
    )


def _row(name: str, row: dict[str, Any]) -> tuple[Any, ...]:
    value = row["current_value"]
    factors = (row["customers"], row["activity"], row["wallet"], row["share"], row["profit"])
    return (name, *factors, (value["value"], value["low"], value["high"]))


def cell_name(run: Reading, scheme: str, cell: str) -> str:
    if scheme in NAMED:
        return run.say(f"{scheme}.{cell}")
    return {UNKNOWN: run.say("dimensions.unknown"), OTHERS: run.say("dimensions.other")}.get(cell, cell)


def _opened(word: str) -> str:
    """As it stands at the head of a column."""
    return word[:1].upper() + word[1:]


def scheme_name(run: Reading, scheme: str) -> str:
    """The name of a scope: a column of the files is called what it is called there."""
    kind, _, column = scheme.partition(":")
    return column if kind == "scope" else run.say(f"dimensions.scheme.{scheme}")


def change_section(run: Reading, told: dict[str, Any], before: dict[str, Any]) -> Section | None:
    """Why current value changed since an earlier run, whose summary is `before`."""
    found = told.get("dimensions")
    if not found:
        return None
    change = found["after"] - found["before"]
    direction = "same" if not change else "more" if change > 0 else "less"
    largest = max(found["steps"], key=lambda step: abs(step["amount"]))
    finding = run.say(
        f"dimensions.changed_{direction}",
        change=run.form.compact_money(abs(change)),
        date=run.form.date(before["as_of"]),
        before=_total(run, before, found["before"]),
        after=_total(run, run.summary, found["after"]),
    )
    if largest["amount"]:
        step = run.say(f"dimensions.factor.{largest['key']}")
        finding = run.sentences(
            finding, run.say("bridge.largest", step=step, amount=run.signed(largest["amount"]))
        )
    return Section("change", run.say("dimensions.change"), finding, change_blocks(run, told))


def _total(run: Reading, summary: dict[str, Any], value: float) -> str:
    around = ((summary.get("dimensions") or {}).get("total") or {}).get("current_value")
    if not around:
        return run.form.compact_money(value)
    return run.form.compact_money_interval(around["value"], around["low"], around["high"])


def change_blocks(run: Reading, told: dict[str, Any]) -> list[Block]:
    """Why current value changed between two runs, factor by factor and cell by cell."""
    found = told.get("dimensions")
    if not found:
        return []
    cells: list[tuple[Any, ...]] = [
        (
            cell_name(run, found["scheme"], row["cell"]), row["before"], row["after"],
            round(row["after"] - row["before"], 2),
        )
        for row in found["cells"]
    ]  # fmt: skip
    word = scheme_name(run, found["scheme"])
    fields = (
        Field(word),
        Field(run.say("bridge.before"), "cents"),
        Field(run.say("bridge.after"), "cents"),
        Field(run.say("dimensions.field.change"), "cents"),
    )
    caption = run.say("dimensions.change_by", scheme=word)
    return [
        _waterfall(run, found),
        Table(caption, fields, cells, "dimension_cells", roomy=True),
        Paragraph(run.say("dimensions.change_how"), "quiet"),
    ]


def _waterfall(run: Reading, found: dict[str, Any]) -> Picture:
    """From one current value to the other, each dimension a step that begins where the last one ended."""
    steps = [step for step in found["steps"] if step["amount"]]
    names = [run.say(f"dimensions.factor.{step['key']}") for step in steps]
    labels = [run.say("bridge.before"), *names, run.say("bridge.after")]
    amounts = [found["before"], *(step["amount"] for step in steps), found["after"]]
    sums = {0, len(amounts) - 1}
    money = run.form.compact_money
    written = [money(each) if place in sums else run.signed(each) for place, each in enumerate(amounts)]
    rises, falls = (sum(max(side * step["amount"], 0.0) for step in steps) for side in (1, -1))
    value = run.label("current_value")
    chart = Chart(
        id="dimension-change",
        kind="bar",
        title=run.say("dimensions.change"),
        subtitle=run.say("dimensions.change_measure", months=run.months),
        sentence=run.say(
            "bridge.sentence",
            before=money(found["before"]), rises=run.signed(rises), falls=run.signed(-falls),
            after=money(found["after"]),
        ),
        x=Axis("", "category", tuple(labels)),
        y=Axis(value, "money"),
        series=(
            Series(
                value, "bar", "current", amounts,
                tips=tuple(f"{label} {text}" for label, text in zip(labels, written, strict=True)),
                labels=tuple(written),
                tokens=tuple(
                    "current" if place in sums else "bad" if each < 0 else "good"
                    for place, each in enumerate(amounts)
                ),
                starts=running(amounts, sums),
            ),
        ),
        lying=True,
        tall=len(amounts) > 8,
    )  # fmt: skip
    fields = (Field(run.say("dimensions.field.factor")), Field(value, "cents"))
    rows = list(zip(labels, amounts, strict=True))
    return Picture(chart, Table(chart.subtitle, fields, rows, "dimension_change"))
