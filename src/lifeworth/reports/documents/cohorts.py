"""Cohorts: who comes back, what a customer has brought by age, and what each beginning is worth.

Facts are solid, predictions hatched with their interval. Periods that are still running stand in brackets
and enter no mean.
"""

from collections.abc import Iterable
from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Mark, Series
from lifeworth.reports.documents.reading import Reading

Row = dict[str, Any]
LATER = {"month": 6, "quarter": 4, "year": 2}  # the age that the finding names beside the first
TABLED = {"month": (1, 3, 6, 12), "quarter": (1, 2, 4, 8), "year": (1, 2, 3)}


class Cohorts:
    """The published rows, by cohort: observed and predicted."""

    def __init__(self, rows: list[Row]) -> None:
        self.period: str = rows[0]["period"]
        self.names = list(dict.fromkeys(row["cohort"] for row in rows))
        self.observed = {
            name: [r for r in rows if r["cohort"] == name and not r["predicted"]] for name in self.names
        }
        self.predicted = {row["cohort"]: row for row in rows if row["predicted"]}
        self.customers = sum(cells[0]["customers"] for cells in self.observed.values())
        self.ages = max(len(cells) for cells in self.observed.values())

    def complete(self, age: int) -> list[Row]:
        """The rows of one age that were seen to their end."""
        return [cells[age] for cells in self.observed.values() if len(cells) > age and cells[age]["complete"]]

    def mean(self, age: int, name: str) -> float | None:
        """Mean of one age over the customers of all cohorts that were seen so long."""
        rows = self.complete(age)
        people = sum(row["customers"] for row in rows)
        return sum(row[name] * row["customers"] for row in rows) / people if people else None

    def curve(self) -> list[tuple[float, float]]:
        """(months, mean value so far): each age's mean over the cohorts seen so long, added up."""
        found, total = [(0.0, 0.0)], 0.0
        for age in range(self.ages):
            value = self.mean(age, "value")
            if value is None:
                break
            total += value
            months = [row["months"] for row in self.complete(age)]
            found.append((sum(months) / len(months), total))
        return found

    def cost(self) -> float | None:
        """Mean cost of winning a customer, over the cohorts where it is known."""
        told = [cells[0] for cells in self.observed.values() if cells[0]["acquisition_cost"] is not None]
        people = sum(row["customers"] for row in told)
        return sum(row["acquisition_cost"] * row["customers"] for row in told) / people if people else None


def section(run: Reading) -> Section | None:
    table = run.table("cohorts")
    if table is None or not table.num_rows:
        return None
    found = Cohorts(table.to_pylist())
    blocks: list[Block] = []
    if found.ages > 1:
        blocks.append(_retention(run, found))
    blocks.append(_curves(run, found))
    blocks.append(_worth(run, found))
    blocks.append(_table(run, found))
    told = [run.say("cohorts.how"), run.say("cohorts.money")]
    told.append(run.say("cohorts.predicted_how" if found.predicted else "cohorts.predicted_none"))
    blocks.append(Paragraph(run.sentences(*told), "quiet"))
    return Section("cohorts", run.say("cohorts.title"), headline(run, found), blocks)


def headline(run: Reading, found: Cohorts) -> str:
    """How many come back in the next period, and how many later."""
    first = found.mean(1, "retention") if found.ages > 1 else None
    if first is None:
        return run.say("cohorts.finding_young", customers=run.form.count(found.customers))
    facts = {"first": run.form.percent(first), "next": _age(run, found.period, 1)}
    later = max((age for age in range(2, LATER[found.period] + 1) if found.complete(age)), default=None)
    if later is None:
        return run.say("cohorts.finding_next", **facts)
    share = run.form.percent(found.mean(later, "retention"))
    return run.say("cohorts.finding", later=share, then=_age(run, found.period, later), **facts)


def _age(run: Reading, period: str, age: int) -> str:
    return run.say(f"cohorts.age.{period}", age=age)


def _retention(run: Reading, found: Cohorts) -> Picture:
    """The triangle: a row per cohort, a column per age."""
    spots, shares, labels, tips = [], [], [], []
    upwards = found.names[::-1]  # the axis counts from below, and the oldest stands on top
    for place, name in enumerate(upwards):
        for row in found.observed[name][1:]:
            written = run.form.number(100 * row["retention"], 0)
            spots.append(f"{row['age'] - 1},{place}")
            shares.append(row["retention"])
            labels.append(written if row["complete"] else f"({written})")
            tips.append(_tip(run, row))
    chart = Chart(
        id="cohort-retention",
        kind="heat",
        title=run.say("cohorts.retention_chart"),
        subtitle=run.say("cohorts.retention_measure", period=run.say(f"cohorts.period.{found.period}")),
        sentence=headline(run, found),
        x=Axis(
            run.say(f"cohorts.ages.{found.period}"),
            "category",
            tuple(str(age) for age in range(1, found.ages)),
        ),
        y=Axis("", "category", tuple(upwards)),
        series=(
            Series(
                run.say("cohorts.retention"),
                "cells",
                "current",
                shares,
                spots,
                tips=tuple(tips),
                labels=tuple(labels),
            ),
        ),
        tall=len(found.names) > 8,
        lying=False,
    )
    ages = range(1, found.ages)
    fields = (
        Field(run.say("cohorts.cohort")),
        Field(run.label("customers"), "count"),
        *(Field(str(age), "share") for age in ages),
    )
    rows: list[tuple[Any, ...]] = [
        (
            name,
            found.observed[name][0]["customers"],
            *(_at(found.observed[name], age, "retention") for age in ages),
        )
        for name in found.names
    ]
    rows.append((run.say("cohorts.mean"), found.customers, *(found.mean(age, "retention") for age in ages)))
    return Picture(chart, Table(chart.subtitle, fields, rows, "cohort_retention", total=True, visible=False))


def _tip(run: Reading, row: Row) -> str:
    told = run.say(
        "cohorts.tip",
        active=run.form.count(row["active"]),
        customers=run.form.count(row["customers"]),
        share=run.form.percent(row["retention"], 1),
    )
    running = "" if row["complete"] else f"\n{run.say('cohorts.running')}"
    return f"{row['cohort']} · {_age(run, row['period'], row['age'])}\n{told}{running}"


def _at(cells: list[Row], age: int, name: str) -> Any:
    return cells[age][name] if len(cells) > age else None


def _curves(run: Reading, found: Cohorts) -> Picture:
    """Value so far per customer, one line per cohort, and the mean."""
    mean, cost = found.curve(), found.cost()
    lines = []
    for name in found.names:
        points = [(0.0, 0.0), *((row["months"], row["cumulative_value"]) for row in found.observed[name])]
        shown = name if len(found.names) <= 3 else ""
        lines.append(Series(shown, "line", "historical", [y for _, y in points], [x for x, _ in points]))
    if len(found.names) > 1:
        word = run.say("cohorts.mean")
        lines.append(Series(word, "line", "current", [y for _, y in mean], [x for x, _ in mean]))
    chart = Chart(
        id="cohort-value",
        kind="line",
        title=run.say("cohorts.value_chart"),
        subtitle=run.say("cohorts.value_measure"),
        sentence=_value_sentence(run, mean, cost),
        x=Axis(run.say("cohorts.months"), "number", low=0),
        y=Axis(run.say("cohorts.cumulative"), "money"),
        series=tuple(lines),
        marks=() if cost is None else (Mark(run.say("cohorts.cost"), y=cost),),
    )
    fields = (
        Field(run.say("cohorts.cohort")),
        Field(run.say(f"cohorts.ages.{found.period}"), "count"),
        Field(run.say("cohorts.months"), "number"),
        Field(run.say("cohorts.cumulative"), "cents"),
    )
    cells = [
        (name, row["age"], row["months"], row["cumulative_value"])
        for name in found.names
        for row in found.observed[name]
    ]
    return Picture(chart, Table(chart.subtitle, fields, list(cells), "cohort_value", visible=False))


def _value_sentence(run: Reading, mean: list[tuple[float, float]], cost: float | None) -> str:
    months, value = mean[-1]
    told = run.say(
        "cohorts.value_sentence", months=run.form.short(months), value=run.form.compact_money(value)
    )
    if cost is None:
        return told
    paid = _paid(mean, cost)
    key = "cohorts.paid_never" if paid is None else "cohorts.paid"
    facts = {"cost": run.form.compact_money(cost), "months": run.form.short(months if paid is None else paid)}
    return run.sentences(told, run.say(key, **facts))


def _paid(points: Iterable[tuple[float, float]], cost: float) -> float | None:
    """The end of the first period by which the value so far has reached the cost."""
    return next((months for months, value in points if value >= cost), None)


def _worth(run: Reading, found: Cohorts) -> Picture:
    """What a customer of each cohort has brought, and what is expected on top of it."""
    past = [found.observed[name][-1]["cumulative_value"] for name in found.names]
    series = [Series(run.say("cohorts.so_far"), "bar", "historical", past)]
    if found.predicted:
        ahead = [found.predicted[name] for name in found.names]
        series.append(
            Series(
                run.say("cohorts.to_come", months=run.months),
                "bar",
                "current",
                [row["value"] for row in ahead],
                starts=past,
                low=[row["cumulative_low"] for row in ahead],
                high=[row["cumulative_high"] for row in ahead],
                tips=tuple(f"{row['cohort']} {_span(run, row)}" for row in ahead),
                forecast=True,
            )
        )
    best = max(found.names, key=lambda name: _total(found, name))
    key = "cohorts.worth_sentence" if found.predicted else "cohorts.worth_sentence_past"
    chart = Chart(
        id="cohort-worth",
        kind="bar",
        title=run.say("cohorts.worth_chart"),
        subtitle=run.say("cohorts.worth_measure" if found.predicted else "cohorts.worth_measure_past"),
        sentence=run.say(key, cohort=best, value=_best(run, found, best)),
        x=Axis("", "category", tuple(found.names)),
        y=Axis(run.say("cohorts.per_customer"), "money"),
        series=tuple(series),
    )
    fields = [Field(run.say("cohorts.cohort")), Field(run.say("cohorts.so_far"), "money")]
    rows: list[tuple[Any, ...]] = list(zip(found.names, past, strict=True))
    if found.predicted:
        fields.append(Field(run.say("cohorts.then", months=run.months), "estimate"))
        rows = [(name, value, _estimate(found.predicted[name])) for name, value in rows]
    return Picture(chart, Table(chart.subtitle, tuple(fields), rows, "cohort_worth", visible=False))


def _total(found: Cohorts, name: str) -> float:
    row = found.predicted.get(name) or found.observed[name][-1]
    return float(row["cumulative_value"])


def _best(run: Reading, found: Cohorts, name: str) -> str:
    row = found.predicted.get(name)
    return _span(run, row) if row else run.form.compact_money(_total(found, name))


def _span(run: Reading, row: Row) -> str:
    return run.form.compact_money_interval(*_estimate(row))


def _estimate(row: Row) -> tuple[float, float, float]:
    return row["cumulative_value"], row["cumulative_low"], row["cumulative_high"]


def _table(run: Reading, found: Cohorts) -> Table:
    ages = [age for age in TABLED[found.period] if age < found.ages]
    cost = found.cost() is not None
    fields = [Field(run.say("cohorts.cohort")), Field(run.label("customers"), "count")]
    fields += [Field(_age(run, found.period, age), "share") for age in ages]
    fields.append(Field(run.say("cohorts.so_far"), "money"))
    if found.predicted:
        fields.append(Field(run.say("cohorts.then", months=run.months), "estimate"))
    if cost:
        fields += [Field(run.say("cohorts.cost"), "cents"), Field(run.say("cohorts.paid_back"))]
    rows: list[tuple[Any, ...]] = []
    for name in found.names:
        cells = found.observed[name]
        row: list[Any] = [name, cells[0]["customers"]]
        row += [_at(cells, age, "retention") if _at(cells, age, "complete") else None for age in ages]
        row.append(cells[-1]["cumulative_value"])
        if found.predicted:
            row.append(_estimate(found.predicted[name]))
        if cost:
            row += [cells[0]["acquisition_cost"], _paid_back(run, cells, found.predicted.get(name))]
        rows.append(tuple(row))
    return Table(run.say("cohorts.table"), tuple(fields), rows, "cohorts")


def _paid_back(run: Reading, cells: list[Row], ahead: Row | None) -> str:
    """By when the cost was earned, or is expected to be."""
    cost = cells[0]["acquisition_cost"]
    if cost is None:
        return ""
    paid = _paid([(row["months"], row["cumulative_value"]) for row in cells], cost)
    if paid is not None:
        return run.say("cohorts.within", months=run.form.short(paid))
    seen = run.form.short(cells[-1]["months"])
    if ahead is None or ahead.get("payback_low") is None:
        return run.say("cohorts.not_yet", months=seen)
    later = run.say("cohorts.later")
    ends = [ahead[f"payback_{side}"] for side in ("months", "low", "high")]
    month, low, high = (later if each is None else run.form.short(each) for each in ends)
    return run.say("cohorts.expected", seen=seen, months=month, low=low, high=high)
