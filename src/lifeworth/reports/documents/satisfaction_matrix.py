"""Two-way value as a picture: what a customer is worth against what the customer gets, class by class."""

from typing import Any

from lifeworth.reports.blocks import Field, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Series
from lifeworth.reports.documents import terms
from lifeworth.reports.documents.reading import Reading

PLACES = {"lost_cause": (0, 0), "free_rider": (1, 0), "vulnerable": (0, 1), "star": (1, 1)}  # to, of


def section(run: Reading) -> Section | None:
    """Nothing where no customer answered what both sides are told by."""
    record = run.summary.get("surveys")
    rows = [row for row in (record or {}).get("classes", []) if row["customers"]]
    if not record or not rows:
        return None
    form, value = run.form, run.label(record["value_name"])
    names = [run.say(f"satisfaction.class.{row['key']}") for row in rows]
    told = [_told(run, row) for row in rows]
    opens = tuple(f"satisfaction={row['key']}" for row in rows)
    total = sum(row["customers"] for row in rows)
    largest = max(rows, key=lambda row: row["customers"])
    chart = Chart(
        id="two-way-matrix",
        kind="heat",
        title=run.say("satisfaction.matrix.title"),
        subtitle=run.say("satisfaction.matrix.measure", value=run.in_prose(record["value_name"])),
        sentence=run.say(
            "satisfaction.matrix.sentence",
            name=run.say(f"satisfaction.class.{largest['key']}"),
            share=form.percent(largest["customers"] / total),
        ),
        x=Axis(run.say("satisfaction.matrix.to"), "category", _sides(run)),
        y=Axis(run.say("satisfaction.matrix.of"), "category", _sides(run)),
        series=(
            Series(
                value, "cells", "current",
                [row["customers"] for row in rows],
                ["{},{}".format(*PLACES[row["key"]]) for row in rows],
                tips=tuple(f"{name}\n{text}" for name, text in zip(names, told, strict=True)),
                labels=tuple(
                    f"{name}\n{form.count(row['customers'])}" for name, row in zip(names, rows, strict=True)
                ),
                opens=opens,
            ),
        ),
    )  # fmt: skip
    cells = [
        (name, row["customers"], row["customers"] / total, _around(row))
        for name, row in zip(names, rows, strict=True)
    ]
    fields = (
        Field(run.say("satisfaction.field.class")),
        Field(run.say("satisfaction.field.customers"), "count"),
        Field(run.say("report.share_of_customers"), "share"),
        Field(run.say("satisfaction.field.value", value=value), "estimate"),
    )
    table = Table(chart.title, fields, list(cells), "two_way_matrix", opens=opens)
    return Section("matrix", run.say("satisfaction.matrix.title"), "", [Picture(chart, table)])


def definitions(run: Reading) -> Section | None:
    record = run.summary.get("surveys")
    return terms.chosen(run, record["value_name"]) if record else None


def _sides(run: Reading) -> tuple[str, ...]:
    return run.say("satisfaction.matrix.little"), run.say("satisfaction.matrix.much")


def _told(run: Reading, row: dict[str, Any]) -> str:
    around = _around(row)
    counted = run.say(
        "report.customers_count", count=row["customers"], customers=run.form.count(row["customers"])
    )
    return f"{counted}\n{run.form.compact_money_interval(*around)}" if around else counted


def _around(row: dict[str, Any]) -> tuple[float, float, float] | None:
    found = row["value"]
    return (found["value"], found["low"], found["high"]) if found else None
