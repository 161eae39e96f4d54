"""How much of the value sits with how few customers (Pareto curve)."""

import numpy as np

from lifeworth.reports.blocks import Field, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Series
from lifeworth.reports.documents.reading import Array, Reading

STEPS = 100
LISTED_PERCENT = (1, 5, 10, 20, 30, 40, 50, 80, 100)
NAMED_PERCENT = (10, 20, 50)
MANY = 0.8  # "how few customers hold so much"


def section(run: Reading) -> Section | None:
    worth = np.nan_to_num(run.column(run.worth_column)[run.ranking])
    if len(worth) < 2 or worth.sum() <= 0:
        return None
    held = np.concatenate([[0.0], np.cumsum(worth) / worth.sum()])
    share = np.linspace(0, 1, STEPS + 1)
    curve = np.interp(share * len(worth), np.arange(len(held)), held)
    name = run.label(run.worth_column)
    form = run.form
    what = run.in_prose(run.worth_column)
    finding = run.say("report.pareto.finding", share=form.percent(0.2), held=_held(run, curve, 20), what=what)
    few = int(np.argmax(held >= MANY))
    chart = Chart(
        id="pareto-curve",
        kind="line",
        title=run.say(
            "report.pareto.chart", few=form.percent(few / len(worth)), many=form.percent(MANY), what=what
        ),
        subtitle=run.say("report.pareto.measure", what=name),
        sentence=run.say(
            "report.pareto.sentence",
            few=form.count(few),
            many=form.percent(MANY),
            what=what,
            top=_held(run, curve, 10),
            half=_held(run, curve, 50),
        ),
        x=Axis(run.say("report.pareto.x"), "share", low=0, high=1),
        y=Axis(name, "share", low=0, high=None if curve.max() > 1.0001 else 1),
        series=(
            Series(
                name,
                "line",
                "current",
                curve.tolist(),
                share.tolist(),
                tips=_tips(run, curve),
                labels=_labels(run, curve),
            ),
            _equal(run),
        ),
    )
    return Section(
        "pareto", run.say("report.pareto.title"), finding, [Picture(chart, _table(run, curve, worth))]
    )


def _held(run: Reading, curve: Array, percent: int) -> str:
    return run.form.percent(float(curve[percent * STEPS // 100]))


def _labels(run: Reading, curve: Array) -> tuple[str, ...]:
    """A word at the best tenth, fifth and half."""
    words = [""] * (STEPS + 1)
    for percent in NAMED_PERCENT:
        share = run.form.percent(percent / 100)
        words[percent] = run.say("report.pareto.label", share=share, held=_held(run, curve, percent))
    return tuple(words)


def _equal(run: Reading) -> Series:
    """The line of customers who are all worth the same."""
    places = [tenth / 10 for tenth in range(11)]
    name = run.say("report.pareto.equal")
    words = tuple(name if tenth == 7 else "" for tenth in range(11))
    return Series(name, "line", "muted", places, places, forecast=True, labels=words)


def _tips(run: Reading, curve: Array) -> tuple[str, ...]:
    form = run.form
    return tuple(
        run.say("report.pareto.tip", share=form.percent(place / STEPS), held=form.percent(float(held)))
        for place, held in enumerate(curve)
    )


def _table(run: Reading, curve: Array, worth: Array) -> Table:
    rows = [
        (
            run.say("report.pareto.best", share=run.form.percent(percent / 100)),
            round(len(worth) * percent / 100),
            float(curve[percent * STEPS // 100]) * float(worth.sum()),
            float(curve[percent * STEPS // 100]),
        )
        for percent in LISTED_PERCENT
    ]
    fields = (
        Field(run.say("report.pareto.x")),
        Field(run.label("customers"), "count"),
        Field(run.label(run.worth_column), "money"),
        Field(run.say("report.share_of_value"), "share"),
    )
    return Table(
        run.say("report.pareto.measure", what=run.label(run.worth_column)), fields, rows, name="pareto"
    )
