"""Said and happened: the held-out months by tenths of customers, and week by week."""

from itertools import pairwise
from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Mark, Series
from lifeworth.reports.documents.reading import Reading, real


def section(run: Reading) -> Section | None:
    backtest = run.summary.get("backtest")
    if not backtest:
        return None
    blocks: list[Block] = []
    if run.uses_formula:
        blocks.append(Paragraph(run.say("report.forecast.lost"), "quiet"))
    if backtest.get("deciles"):
        blocks.append(_deciles(run, backtest))
    if len(backtest.get("tracking") or []) > 1:
        blocks.append(_tracking(run, backtest))
    if backtest.get("earlier"):
        blocks.append(_earlier(run, backtest))
    if not any(isinstance(block, Picture) for block in blocks):
        return None
    return Section("forecast", run.say("report.forecast.title"), _finding(run, backtest), blocks)


def _earlier(run: Reading, backtest: dict[str, Any]) -> Table:
    """How far the candidate in use missed the total at each cut-off; intervals of totals rest on it."""
    used = (run.summary.get("model") or {}).get("name")
    told = next((row["metrics"] for row in backtest["candidates"] if row["name"] == used), None)
    misses = [(backtest["cutoff"], (told or backtest["metrics"])["bias"])]
    misses += [(row["cutoff"], row["bias"]) for row in backtest["earlier"]]
    rows = [(run.form.date(day), real(bias)) for day, bias in misses]
    fields = (
        Field(run.say("report.forecast.earlier.cutoff"), "date"),
        Field(run.say("report.forecast.earlier.miss"), "share"),
    )
    return Table(run.say("report.forecast.earlier"), fields, list(rows), "cutoffs")


def _finding(run: Reading, backtest: dict[str, Any]) -> str:
    bias = real(backtest["metrics"]["bias"])
    if bias is None:
        return ""
    key = "exact" if abs(bias) < 0.005 else "high" if bias > 0 else "low"
    return run.say(f"report.forecast.{key}", bias=run.form.percent(abs(bias)))


def _deciles(run: Reading, backtest: dict[str, Any]) -> Picture:
    form, deciles = run.form, backtest["deciles"]
    said = [real(row["forecast"]) for row in deciles]
    happened = [real(row["actual"]) for row in deciles]
    names = (run.say("report.forecast.said"), run.say("report.forecast.happened"))
    tips = [
        run.say(
            "report.forecast.tip",
            decile=row["decile"],
            said=form.money(row["forecast"]),
            happened=form.money(row["actual"]),
        )
        for row in deciles
    ]
    chart = Chart(
        id="deciles",
        kind="bar",
        title=run.say(f"report.forecast.deciles.{_order(happened)}"),
        subtitle=run.say("report.forecast.deciles.measure", months=form.short(backtest["months"])),
        sentence=_decile_sentence(run, deciles),
        x=Axis(
            run.say("report.forecast.deciles.x"), "category", tuple(str(row["decile"]) for row in deciles)
        ),
        y=Axis(
            run.say("report.per_customer"),
            "money",
            low=0 if min(filter(None, [*said, *happened]), default=0) >= 0 else None,
        ),
        series=(
            Series(names[0], "bar", "current", said, forecast=True, tips=tuple(tips)),
            Series(names[1], "bar", "historical", happened, tips=tuple(tips)),
        ),
    )
    fields = (
        Field(run.say("report.forecast.deciles.x")),
        Field(run.label("customers"), "count"),
        *(Field(name, "money") for name in names),
    )
    rows = [
        (row["decile"], row["customers"], one, two)
        for row, one, two in zip(deciles, said, happened, strict=True)
    ]
    return Picture(chart, Table(chart.subtitle, fields, rows, name="deciles"))


def _order(happened: list[float | None]) -> str:
    """Do higher forecasts bring more: in every tenth, on the whole, or not at all."""
    brought = [value or 0.0 for value in happened]
    if all(one >= two for one, two in pairwise(brought)):
        return "ordered"
    half = len(brought) // 2
    return "mixed" if sum(brought[:half]) > sum(brought[len(brought) - half :]) else "reversed"


def _decile_sentence(run: Reading, deciles: list[dict[str, Any]]) -> str:
    """The best tenth, and the one furthest off where that is another."""
    money, first = run.form.money, deciles[0]
    worst = max(deciles, key=lambda row: abs(row["forecast"] - row["actual"]))
    sentences = [
        run.say(
            "report.forecast.deciles.first", said=money(first["forecast"]), happened=money(first["actual"])
        )
    ]
    if worst is not first:
        sentences.append(
            run.say(
                "report.forecast.deciles.worst",
                worst=worst["decile"],
                said=money(worst["forecast"]),
                happened=money(worst["actual"]),
            )
        )
    return run.sentences(*sentences)


def _tracking(run: Reading, backtest: dict[str, Any]) -> Picture:
    form, weeks = run.form, backtest["tracking"]
    held = [week for week in weeks if week["holdout"]]
    said, happened = (sum(float(week[name]) for week in held) for name in ("expected", "actual"))
    starts = [week["start"] for week in weeks]
    tips = [
        f"{week['start']}\n"
        + run.say(
            "report.forecast.week", happened=form.count(week["actual"]), said=form.count(week["expected"])
        )
        for week in weeks
    ]
    key = "exact" if happened and abs(said / happened - 1) < 0.05 else "high" if said > happened else "low"
    chart = Chart(
        id="tracking",
        kind="line",
        title=run.say(f"report.forecast.tracking.{key}"),
        subtitle=run.say("report.forecast.tracking.measure", start=starts[0], end=starts[-1]),
        sentence=run.say(
            "report.forecast.tracking.sentence",
            said=form.count(said),
            happened=form.count(happened),
            weeks=form.count(len(held)),
        ),
        x=Axis("", "date"),
        y=Axis(run.say("report.forecast.tracking.y"), "count", low=0),
        series=(
            Series(
                run.say("report.forecast.happened"),
                "line",
                "historical",
                [real(week["actual"]) for week in weeks],
                starts,
                tips=tuple(tips),
            ),
            Series(
                run.say("report.forecast.said"),
                "line",
                "current",
                [real(week["expected"]) for week in weeks],
                starts,
                forecast=True,
                tips=tuple(tips),
            ),
        ),
        marks=(Mark(run.say("report.forecast.holdout"), x=held[0]["start"], until=starts[-1]),)
        if held
        else (),
    )
    fields = (
        Field(run.say("report.forecast.tracking.x")),
        Field(run.say("report.forecast.happened"), "count"),
        Field(run.say("report.forecast.said"), "number"),
        Field(run.say("report.forecast.held_out")),
    )
    yes, no = run.say("word.yes"), run.say("word.no")
    rows = [
        (week["start"], week["actual"], week["expected"], yes if week["holdout"] else no) for week in weeks
    ]
    return Picture(chart, Table(chart.subtitle, fields, rows, name="tracking"))
