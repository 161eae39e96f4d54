"""Charts of referral value: chains by generation, the band, R over time, customers still to come."""

from typing import Any

import numpy as np

from lifeworth.reports.blocks import Field, Picture, Table
from lifeworth.reports.charts import Axis, Chart, Mark, Series
from lifeworth.reports.documents.reading import Reading

PATH_DAYS = 90


def tree(run: Reading, record: dict[str, Any]) -> Picture:
    """Customers by generation."""
    table = run.table("referrals")
    depth = np.zeros(0, np.int64) if table is None else np.array(table["generation"].to_pylist(), np.int64)
    counts = np.bincount(depth).tolist()
    labels = tuple(str(generation) for generation in range(len(counts)))
    top = record["concentration"]["top"][-1]
    chart = Chart(
        id="referral-generations",
        kind="bar",
        title=run.say("referrals.tree_chart"),
        subtitle=run.say("referrals.tree_measure"),
        sentence=run.say(
            "referrals.tree_sentence",
            generations=record["generations"],
            top=run.form.percent(top["top"]),
            share=run.form.percent(top["share"]),
        ),
        x=Axis(run.say("referrals.field.generation"), "category", labels),
        y=Axis(run.say("referrals.field.customers"), "count"),
        series=(Series(run.say("referrals.field.customers"), "bar", "current", counts),),
    )
    fields = (
        Field(run.say("referrals.field.generation")),
        Field(run.say("referrals.field.customers"), "count"),
    )
    rows = list(zip(labels, counts, strict=True))
    return Picture(chart, Table(chart.subtitle, fields, list(rows), "referral-generations", visible=False))


def band(run: Reading, record: dict[str, Any]) -> Picture:
    """Net value by the share who would have come anyway; a point only where a share was given."""
    rows = record["band"]
    shares = [row["share"] for row in rows]
    expected, moved = run.say("referrals.series.expected"), run.say("referrals.series.moved")
    given = record["would_have_joined"]
    chart = Chart(
        id="referral-band",
        kind="line",
        title=run.say("referrals.band_chart"),
        subtitle=run.say("referrals.band_measure"),
        sentence=_band_sentence(run, rows, given),
        x=Axis(run.say("referrals.axis.share"), "share", low=0, high=1),
        y=Axis(run.say("referrals.field.referral"), "money"),
        series=(
            Series(
                expected,
                "line",
                "potential",
                [row["expected"] for row in rows],
                shares,
                forecast=True,
                labels=_named(expected, rows),
            ),
            Series(
                moved,
                "line",
                "historical",
                [row["moved"] for row in rows],
                shares,
                labels=_named(moved, rows),
            ),
        ),
        marks=() if given is None else (Mark(run.form.percent(given), x=given),),
    )
    fields = (
        Field(run.say("referrals.axis.share"), "share"),
        Field(expected, "money"),
        Field(moved, "money"),
    )
    cells = [(row["share"], row["expected"], row["moved"]) for row in rows]
    return Picture(chart, Table(chart.subtitle, fields, list(cells), "referral-band", visible=False))


def _named(name: str, rows: list[dict[str, float]]) -> tuple[str, ...]:
    """A line's name a fifth of the way along: at their ends the lines meet at nothing."""
    return tuple(name if place == len(rows) // 5 else "" for place in range(len(rows)))


def _band_sentence(run: Reading, rows: list[dict[str, float]], given: float | None) -> str:
    values = [row["expected"] for row in rows]
    low, high = run.form.compact_money(min(values)), run.form.compact_money(max(values))
    told = run.say("referrals.band_sentence", low=low, high=high)
    total = run.total("referral_value")
    if given is None or total is None:
        return told
    known = run.say(
        "referrals.band_known", share=run.form.percent(given), value=run.form.compact_money(total)
    )
    return run.sentences(told, known)


def path(run: Reading, record: dict[str, Any]) -> Picture:
    """R over time."""
    rows = record["path"]
    days = [row["day"] for row in rows]
    name = run.say("referrals.axis.R")
    chart = Chart(
        id="referral-path",
        kind="line",
        title=run.say("referrals.path_chart"),
        subtitle=run.say("referrals.path_measure", days=PATH_DAYS),
        sentence=run.say("referrals.path_sentence", value=run.form.number(rows[-1]["value"], 2)),
        x=Axis(run.say("referrals.axis.day"), "date"),
        y=Axis(name, "number", low=0),
        series=(
            Series(
                name,
                "line",
                "current",
                [row["value"] for row in rows],
                days,
                low=[row["low"] for row in rows],
                high=[row["high"] for row in rows],
            ),
        ),
        marks=(Mark("1", y=1.0),),
    )
    fields = (Field(run.say("referrals.axis.day"), "date"), Field(run.say("referrals.field.R")))
    cells = [(row["day"], run.form.interval(row["value"], row["low"], row["high"])) for row in rows]
    return Picture(chart, Table(chart.subtitle, fields, list(cells), "referral-path", visible=False))


def growth(run: Reading, record: dict[str, Any]) -> Picture:
    """Customers to come, by referral and in all."""
    rows = record["growth"]
    days = [row["day"] for row in rows]
    by_referral, every = run.say("referrals.series.referred"), run.say("referrals.series.all")
    chart = Chart(
        id="referral-growth",
        kind="line",
        title=run.say("referrals.growth_chart"),
        subtitle=run.say("referrals.growth_measure"),
        sentence=run.say(
            "referrals.growth_sentence",
            referred=run.form.count(rows[-1]["referred"]),
            all=run.form.count(rows[-1]["all"]),
        ),
        x=Axis(run.say("referrals.axis.days"), "number", low=0),
        y=Axis(run.say("referrals.axis.customers"), "count", low=0),
        series=(
            Series(by_referral, "line", "potential", [row["referred"] for row in rows], days, forecast=True),
            Series(every, "line", "current", [row["all"] for row in rows], days, forecast=True),
        ),
    )
    fields = (
        Field(run.say("referrals.axis.days"), "count"),
        Field(by_referral, "count"),
        Field(every, "count"),
    )
    cells = [(row["day"], row["referred"], row["all"]) for row in rows]
    return Picture(chart, Table(chart.subtitle, fields, list(cells), "referral-growth", visible=False))
