"""The plots of one model as charts: what `workflows.plots` computed, with its words.

A band holds 90 % of what the posterior allows; it is drawn as two thin lines or rows of points.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lifeworth.reports.charts import Axis, Chart, Mark, Series
from lifeworth.text.catalog import Catalog, catalog
from lifeworth.text.format import DASH, Format, formats

Columns = Mapping[str, Any]
SEVERAL = ("current", "potential", "comet", "stream", "gold", "burden")


class Words:
    """The language of one chart."""

    def __init__(self, language: str) -> None:
        self.catalog: Catalog = catalog(language)
        self.form: Format = formats(self.catalog.language)

    def say(self, key: str, **facts: Any) -> str:
        return self.catalog.text(key, **facts)

    def count(self, values: Any) -> str:
        return self.form.count(float(sum(values)))


def chart(kind: str, columns: Columns, facts: Columns, language: str) -> Chart:
    """The chart of one kind of `workflows.plots.Plot`."""
    return _DRAWN[kind](columns, facts, Words(language))


def _tracking(columns: Columns, facts: Columns, words: Words) -> Chart:
    days, held = columns["end" if facts["cumulative"] else "start"], list(columns["held_out"])
    judged = [at for at, out in enumerate(held) if out] or list(range(len(held)))
    key = "cumulative" if facts["cumulative"] else "incremental"

    def total(name: str) -> str:
        values = columns[name]
        if not facts["cumulative"]:
            return words.count(values[at] for at in judged)
        before = values[judged[0] - 1] if judged[0] else 0.0
        return words.count([values[judged[-1]] - before])

    part = "held" if any(held) else "whole"
    return Chart(
        id="tracking", kind="line",
        title=words.say(f"plots.tracking.{key}.title"),
        subtitle=words.say(
            "plots.tracking.measure", model=facts["model"], days=words.form.count(facts["step_days"]),
            customers=words.form.count(facts["customers"]),
        ),
        sentence=words.say(f"plots.tracking.{part}", said=total("expected"), happened=total("actual")),
        x=Axis("", "date"), y=Axis(words.say("plots.repeat_purchases"), "count", low=0),
        series=(
            Series(words.say("plots.happened"), "line", "historical", _plain(columns["actual"]), days),
            Series(
                words.say("plots.expected"), "line", "current", _plain(columns["expected"]), days,
                forecast=True,
            ),
            *_band(columns, "expected", days, "line"),
        ),
        marks=(Mark(words.say("plots.held_out"), x=days[judged[0]], until=days[-1]),) if any(held) else (),
    )  # fmt: skip


def _frequencies(columns: Columns, facts: Columns, words: Words) -> Chart:
    labels = tuple(
        f"{number}{'+' if more else ''}"
        for number, more in zip(columns["frequency"], columns["and_more"], strict=True)
    )
    moved = sum(abs(a - e) for a, e in zip(columns["actual"], columns["expected"], strict=True)) / 2
    return Chart(
        id="frequencies", kind="bar",
        title=words.say("plots.frequencies.title"),
        subtitle=words.say(
            "plots.frequencies.measure", model=facts["model"], customers=words.count(columns["actual"])
        ),
        sentence=words.say("plots.frequencies.sentence", moved=words.form.count(moved)),
        x=Axis(words.say("plots.repeat_purchases"), "category", labels),
        y=Axis(words.say("plots.customers"), "count", low=0),
        series=_bars(columns, words, labels),
    )  # fmt: skip


def _conditional(columns: Columns, facts: Columns, words: Words) -> Chart:
    recency = facts["by"] == "recency"
    labels = tuple(
        _span(low, high, words.form) if recency else f"{int(low)}{'' if low == high else '+'}"
        for low, high in zip(columns["from"], columns["to"], strict=True)
    )
    customers = [float(each) for each in columns["customers"]]
    said, happened = (
        words.count(n * mean for n, mean in zip(customers, columns[name], strict=True))
        for name in ("expected", "actual")
    )
    return Chart(
        id=f"conditional_{facts['by']}", kind="bar",
        title=words.say(f"plots.conditional.{facts['by']}.title"),
        subtitle=words.say(
            "plots.conditional.measure", model=facts["model"], customers=words.count(customers)
        ),
        sentence=words.say("plots.tracking.held", said=said, happened=happened),
        x=Axis(words.say("plots.recency" if recency else "plots.repeat_purchases"), "category", labels),
        y=Axis(words.say("plots.conditional.y"), "number", low=0),
        series=_bars(columns, words, labels),
    )  # fmt: skip


def _matrix(columns: Columns, facts: Columns, words: Words) -> Chart:
    alive = facts["future_t"] is None
    name = "probability_alive" if alive else "expected_purchases"
    across, up = (sorted(set(_plain(columns[each]))) for each in ("frequency", "recency"))
    column, row = ({value: at for at, value in enumerate(values)} for values in (across, up))
    spots = [
        f"{column[x]},{row[t_x]}"
        for x, t_x in zip(_plain(columns["frequency"]), _plain(columns["recency"]), strict=True)
    ]
    values = _plain(columns[name])
    write = words.form.percent if alive else words.form.short
    part = "alive" if alive else "purchases"
    ahead = {} if alive else {"ahead": words.form.short(facts["future_t"])}
    title = words.say(f"plots.matrix.{part}.title")
    return Chart(
        id="matrix", kind="heat",
        title=title,
        subtitle=words.say(
            f"plots.matrix.{part}.measure", model=facts["model"], T=words.form.short(facts["T"]), **ahead
        ),
        sentence=words.say("plots.matrix.sentence", low=write(min(values)), high=write(max(values))),
        x=Axis(words.say("plots.repeat_purchases"), "category", tuple(words.form.count(x) for x in across)),
        y=Axis(words.say("plots.recency"), "category", tuple(words.form.short(t_x) for t_x in up)),
        series=(Series(title, "cells", "current", values, spots),),
        tall=True,
    )  # fmt: skip


def _alive_history(columns: Columns, facts: Columns, words: Words) -> Chart:
    days, alive = columns["day"], _plain(columns["probability_alive"])
    bought = [at for at, purchase in enumerate(columns["purchase"]) if purchase]
    return Chart(
        id="alive_history", kind="line",
        title=words.say("plots.history.title", customer=facts["customer"]),
        subtitle=words.say("plots.history.measure", model=facts["model"], start=days[0], end=days[-1]),
        sentence=words.say(
            "plots.history.sentence", purchases=words.form.count(len(bought)), last=days[bought[-1]],
            alive=words.form.percent(alive[-1]),
        ),
        x=Axis("", "date"), y=Axis(words.say("plots.alive"), "share", low=0, high=1),
        series=(
            Series(words.say("plots.alive"), "line", "current", alive, days),
            Series(
                words.say("plots.purchase"), "points", "potential", [alive[at] for at in bought],
                [days[at] for at in bought], symbol="diamond",
            ),
        ),
    )  # fmt: skip


def _spend(columns: Columns, facts: Columns, words: Words) -> Chart:
    labels = tuple(
        _span(low, high, words.form) for low, high in zip(columns["from"], columns["to"], strict=True)
    )
    moved = sum(abs(a - e) for a, e in zip(columns["actual"], columns["expected"], strict=True)) / 2
    return Chart(
        id="spend", kind="bar",
        title=words.say("plots.spend.title"),
        subtitle=words.say(
            "plots.spend.measure", model=facts["model"], customers=words.count(columns["actual"])
        ),
        sentence=words.say("plots.frequencies.sentence", moved=words.form.count(moved)),
        x=Axis(words.say("plots.spend.x"), "category", labels),
        y=Axis(words.say("plots.customers"), "count", low=0),
        series=_bars(columns, words, labels),
    )  # fmt: skip


def _survival(columns: Columns, facts: Columns, words: Words) -> Chart:
    periods, observed = _plain(columns["period"]), _plain(columns["observed"])
    known = [at for at, value in enumerate(observed) if value == value]
    seen = [periods[at] for at in known]
    series = [Series(words.say("plots.observed"), "line", "historical", [observed[at] for at in known], seen)]
    for end in ("low", "high"):
        series.append(Series("", "line", "line", [columns[f"observed_{end}"][at] for at in known], seen))
    for name, token in zip(facts["models"], SEVERAL * len(facts["models"]), strict=False):
        series.append(Series(name, "line", token, _plain(columns[name]), periods, forecast=True))
        series += _band(columns, name, periods, "line")
    last = known[-1]
    said = words.say("plots.survival.and").join(
        f"{name} {words.form.percent(float(columns[name][last]), 1)}" for name in facts["models"]
    )
    return Chart(
        id="survival", kind="line",
        title=words.say("plots.survival.title"), subtitle=words.say("plots.survival.measure"),
        sentence=words.say(
            "plots.survival.sentence", period=words.form.count(periods[last]),
            happened=words.form.percent(observed[last], 1), said=said,
        ),
        x=Axis(words.say("plots.survival.x"), "number"),
        y=Axis(words.say("plots.survival.y"), "share", low=0, high=1),
        series=tuple(series),
    )  # fmt: skip


def _bars(columns: Columns, words: Words, labels: tuple[str, ...]) -> tuple[Series, ...]:
    return (
        Series(words.say("plots.happened"), "bar", "historical", _plain(columns["actual"])),
        Series(words.say("plots.expected"), "bar", "current", _plain(columns["expected"]), forecast=True),
        *_band(columns, "expected", labels, "points"),
    )


def _band(columns: Columns, name: str, x: Any, look: Any) -> list[Series]:
    """Both ends of a band, without a name: the legend and the end of a line name the middle."""
    if f"{name}_low" not in columns:
        return []
    ends = (_plain(columns[f"{name}_{end}"]) for end in ("low", "high"))
    return [
        Series("", look, "potential" if look == "points" else "wash", each, x, symbol="bar") for each in ends
    ]


def _span(low: float, high: float, form: Format) -> str:
    if high == low:
        return form.short(low)
    return f"{form.short(low)}+" if high == float("inf") else f"{form.short(low)}{DASH}{form.short(high)}"


def _plain(values: Any) -> list[float]:
    return [float(value) for value in values]


_DRAWN: dict[str, Callable[[Columns, Columns, Words], Chart]] = {
    "tracking": _tracking,
    "frequencies": _frequencies,
    "conditional": _conditional,
    "matrix": _matrix,
    "alive_history": _alive_history,
    "spend": _spend,
    "survival": _survival,
}
