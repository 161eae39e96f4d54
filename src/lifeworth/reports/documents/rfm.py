"""Recency, frequency, money: a grid of 25 cells, and the eight classes with both Chinese name sets."""

from typing import Any

import numpy as np

from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Series
from lifeworth.reports.documents.reading import Array, Reading, real

SCORES = 5


def section(run: Reading) -> Section | None:
    blocks: list[Block] = []
    finding = ""
    if run.is_filled("rfm"):
        counts, worth = _cells(run)
        finding = _finding(run, counts, worth)
        blocks.append(_grid(run, counts, worth))
    classes = _classes(run)
    if classes:
        blocks.append(Paragraph(run.say("report.rfm.classes_note")))
        rule = _rule(run)
        if rule:
            blocks.append(Paragraph(rule, "quiet"))
        blocks.append(classes)
    return Section("rfm", run.say("report.rfm.title"), finding, blocks) if blocks else None


def _cells(run: Reading) -> tuple[Array, Array]:
    """Customers and worth per cell, arrays of shape (recency 5, frequency 5)."""
    places, words = run.codes("rfm")
    spots = np.array([_spot(word) for word in words] or [-1], dtype=np.int64)[places]
    spots[places < 0] = -1
    known = spots >= 0
    worth = np.nan_to_num(run.column(run.worth_column))
    counts = np.bincount(spots[known], minlength=SCORES**2).astype(np.float64)
    sums = np.bincount(spots[known], weights=worth[known], minlength=SCORES**2).astype(np.float64)
    return counts.reshape(SCORES, SCORES), sums.reshape(SCORES, SCORES)


def _spot(word: str | None) -> int:
    if not word or len(word) < 2 or not word[:2].isdigit():
        return -1
    recency, frequency = int(word[0]) - 1, int(word[1]) - 1
    return recency * SCORES + frequency if 0 <= recency < SCORES and 0 <= frequency < SCORES else -1


def _finding(run: Reading, counts: Array, worth: Array) -> str:
    best = slice(SCORES - 2, None)
    customers, held = counts[best, best].sum(), worth[best, best].sum()
    if worth.sum() <= 0 or not counts.sum():
        return ""
    return run.say(
        "report.rfm.finding",
        customers=run.form.percent(customers / counts.sum()),
        held=run.form.percent(held / worth.sum()),
        what=run.in_prose(run.worth_column),
    )


def _grid(run: Reading, counts: Array, worth: Array) -> Picture:
    form, name, what = run.form, run.label(run.worth_column), run.in_prose(run.worth_column)
    spots, values, labels, tips, rows, opens = [], [], [], [], [], []
    for recency in range(SCORES):
        for frequency in range(SCORES):
            count, sum_ = counts[recency, frequency], float(worth[recency, frequency])
            code = f"R{recency + 1} F{frequency + 1}"
            spots.append(f"{frequency},{recency}")
            values.append(max(sum_, 0.0))
            labels.append(f"{form.count(count)}\n{form.compact_money(sum_)}" if count else "")
            tips.append(
                f"{code}\n{run.label('customers')} {form.count(count)}\n{name} {form.compact_money(sum_)}"
            )
            each = sum_ / count if count else None
            rows.append((code, int(count), sum_, each))
            opens.append(f"rfm={recency + 1}{frequency + 1}" if count else "")
    largest = int(np.argmax(worth))
    fewest = (largest // SCORES + 1, largest % SCORES + 1)
    chart = Chart(
        id="rfm-grid",
        kind="heat",
        title=run.say("report.rfm.chart", recency=fewest[0], frequency=fewest[1]),
        subtitle=run.say("report.rfm.measure", what=what),
        sentence=run.say(
            "report.rfm.sentence",
            recency=fewest[0],
            frequency=fewest[1],
            customers=form.count(counts.flat[largest]),
            value=form.compact_money(float(worth.flat[largest])),
            what=what,
        ),
        x=Axis(run.say("report.rfm.x"), "category", tuple(f"F{n}" for n in range(1, SCORES + 1))),
        y=Axis(run.say("report.rfm.y"), "category", tuple(f"R{n}" for n in range(1, SCORES + 1))),
        series=(
            Series(
                name, "cells", "current", values, spots,
                tips=tuple(tips), labels=tuple(labels), opens=tuple(opens),
            ),
        ),
        tall=True,
    )  # fmt: skip
    fields = (
        Field(run.say("report.rfm.cell")),
        Field(run.label("customers"), "count"),
        Field(name, "money"),
        Field(run.say("report.per_customer"), "money"),
    )
    return Picture(chart, Table(chart.subtitle, fields, rows, name="rfm_grid", opens=tuple(opens)))


def _classes(run: Reading) -> Table | None:
    groups = run.groups("rfm_class")
    if not groups:
        return None
    rows = [_class_row(run, group) for group in groups]
    fields = [
        Field(run.say("report.rfm.class")),
        Field(run.say("report.rfm.class_shop")),
        Field(run.say("report.rfm.code"), note=run.say("report.rfm.code_note")),
        Field(run.label("customers"), "count"),
        *([] if run.is_revenue else [Field(run.label("net_sales"), "money")]),
        Field(run.label("historical_value"), "money"),
    ]
    if run.individual:
        fields.append(Field(run.label("current_value"), "estimate"))
    fields.append(Field(run.say("report.what_to_do")))
    opens = tuple(f"rfm_class={group['key']}" for group in groups)
    caption = run.say("report.rfm.classes_caption")
    return Table(caption, tuple(fields), rows, name="rfm_classes", roomy=True, opens=opens)


def _class_row(run: Reading, group: dict[str, Any]) -> tuple[Any, ...]:
    key, worth = group["key"], group.get("current_value")
    row = [
        run.say(f"rfm_class.{key}"),
        run.say(f"rfm_class_shop.{key}"),
        "".join("↑" if digit == "1" else "↓" for digit in key),
        group["customers"],
        *([] if run.is_revenue else [real(group["net_sales"])]),  # else the same as historical value
        real(group["historical_value"]),
    ]
    if run.individual:
        row.append((worth["value"], worth["low"], worth["high"]) if worth else None)
    return (*row, run.say(f"rfm_class_advice.{key}"))


def _rule(run: Reading) -> str:
    """The rule of the classes in numbers."""
    thresholds = run.groups("rfm_class")[0].get("thresholds") or {} if run.groups("rfm_class") else {}
    days, purchases, spend = (
        real(thresholds.get(name)) for name in ("days_since_at_most", "purchases_at_least", "spend_at_least")
    )
    if days is None or purchases is None or spend is None:
        return ""
    return run.say(
        "report.rfm.class_rule",
        days=run.form.count(days),
        purchases=run.form.short(purchases),
        spend=run.form.money(spend),
    )
