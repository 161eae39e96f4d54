"""Every customer between two questions: what does an order bring, and how often will it come again.

Large bases are drawn by a sample: those worth most, and every n-th of the others.
"""

import numpy as np
from numpy.typing import NDArray

from lifeworth.reports.blocks import Field, Picture, Section, Table
from lifeworth.reports.charts import Axis, AxisKind, Chart, Mark, Series
from lifeworth.reports.documents.reading import Array, Reading
from lifeworth.reports.documents.scales import fitting_axis
from lifeworth.results.contract import PATTERNS

DRAWN, BEST = 2000, 500
CURVE_POINTS = 40
SYMBOLS = {"gold": "circle", "comet": "diamond", "stream": "bar", "burden": "triangle"}


def section(run: Reading) -> Section | None:
    if not run.individual or not run.is_filled("pattern"):
        return None
    repeats, each = run.column("expected_purchases"), _each(run)
    shown = np.flatnonzero(np.isfinite(repeats) & np.isfinite(each) & (repeats > 0) & (each > 0))
    if len(shown) < 2:
        return None
    drawn = _sample(run, shown)
    picture = Picture(_chart(run, drawn, repeats, each, len(shown)), _table(run, repeats, each))
    return Section("map", run.say("report.map.title"), _finding(run), [picture])


def _each(run: Reading) -> Array:
    """Profit per purchase day: spend times margin; from value over purchases where costs vary by customer."""
    if run.is_revenue or run.summary.get("margin") is not None:
        return run.column("expected_spend") * float(run.summary.get("margin") or 1.0)
    repeats = run.column("expected_purchases")
    return run.column("current_value") / np.where(repeats > 0, repeats, np.nan)


def _sample(run: Reading, shown: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(shown) <= DRAWN:
        return shown
    ranked = run.ranking[np.isin(run.ranking, shown)]
    rest = np.sort(ranked[BEST:])
    spread = np.arange(DRAWN - BEST) * len(rest) // (DRAWN - BEST)
    return np.concatenate([ranked[:BEST], rest[spread]])


def _finding(run: Reading) -> str:
    counts = {group["key"]: group["customers"] for group in run.groups("pattern")}
    everyone = sum(counts.values())
    if not everyone:
        return ""
    often = counts.get("gold", 0) + counts.get("stream", 0)
    return run.say("report.map.finding", share=run.form.percent(often / everyone))


def _chart(run: Reading, drawn: NDArray[np.int64], repeats: Array, each: Array, everyone: int) -> Chart:
    codes, words = run.codes("pattern")
    thresholds: dict[str, float] = next((group["thresholds"] for group in run.groups("pattern")), {})
    what = run.say(f"report.per_order.{'revenue' if run.is_revenue else 'profit'}")
    x = _axis(run, repeats[drawn], run.label("expected_purchases"), "number")
    y = _axis(run, each[drawn], what, "money")
    x_low, y_low = x.low or 0.0, y.low or 0.0
    series = []
    for pattern in PATTERNS:
        chosen = drawn[codes[drawn] == (words.index(pattern) if pattern in words else -2)]
        if len(chosen):
            series.append(_points(run, pattern, chosen, repeats, each, x_low, y_low))
    curve = _break_even(run, thresholds, float(repeats[drawn].max()), x_low, y_low)
    if curve:
        series.append(curve)
    return Chart(
        id="pattern-map",
        kind="scatter",
        title=run.say("report.map.chart"),
        subtitle=run.say(
            "report.map.measure",
            what=what,
            months=run.form.short(run.summary["horizon_months"], 3),
            sample=_drawn(run, len(drawn), everyone),
        ),
        sentence=_sentence(run, repeats, each),
        x=x,
        y=y,
        series=tuple(series),
        marks=_marks(run, thresholds, x_low, y_low),
        tall=True,
    )


def _axis(run: Reading, values: Array, title: str, kind: AxisKind) -> Axis:
    return fitting_axis(values, title, run.say("report.map.log", what=title), kind)


def _drawn(run: Reading, drawn: int, everyone: int) -> str:
    """Who stands in the picture: all, a sample, and who cannot."""
    form = run.form
    key = "report.map.sampled" if drawn < everyone else "report.map.all"
    told = run.say(key, drawn=form.count(drawn), customers=form.count(everyone), best=form.count(BEST))
    left = run.size - everyone
    return told if not left else told + run.say("report.map.left_out", customers=form.count(left))


def _points(
    run: Reading,
    pattern: str,
    chosen: NDArray[np.int64],
    repeats: Array,
    each: Array,
    x_low: float,
    y_low: float,
) -> Series:
    form = run.form
    columns = [name for name in ("customer_id", "pattern_probability") if name in run.customers.column_names]
    rows = run.rows(chosen, columns)
    word = run.say(f"pattern.{pattern}")
    money, times = run.form.compact_money, run.label("expected_purchases")
    x = [_round(value) for value in np.maximum(repeats[chosen], x_low)]
    y = [_round(value) for value in np.maximum(each[chosen], y_low)]
    tips = tuple(
        "\n".join(
            (
                str(row["customer_id"]),
                word,
                f"{times} {form.short(float(repeats[place]))}",
                money(float(each[place])),
            )
        )
        for row, place in zip(rows, chosen, strict=True)
    )
    return Series(word, "points", pattern, y, x, symbol=SYMBOLS[pattern], tips=tips)  # type: ignore[arg-type]


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def _break_even(
    run: Reading, thresholds: dict[str, float], most: float, x_low: float, y_low: float
) -> Series | None:
    """Where value just pays for the cost to serve; left of it a customer is a burden."""
    cost = float(thresholds.get("cost_to_serve") or 0.0)
    if cost <= 0 or cost / most <= 0:
        return None
    x = np.geomspace(max(x_low, most / 1000), most, CURVE_POINTS)
    y = cost / x
    kept = y >= y_low
    if kept.sum() < 2:
        return None
    return Series(
        run.say("report.map.break_even"), "line", "burden", y[kept].tolist(), x[kept].tolist(), forecast=True
    )


def _marks(run: Reading, thresholds: dict[str, float], x_low: float, y_low: float) -> tuple[Mark, ...]:
    form, marks = run.form, []
    repeats, profit = thresholds.get("expected_repeats"), thresholds.get("profit_per_order")
    if repeats and repeats > x_low:
        marks.append(Mark(form.short(repeats), x=float(repeats)))
    if profit and profit > y_low:
        marks.append(Mark(form.money(profit), y=float(profit)))
    return tuple(marks)


def _medians(run: Reading, repeats: Array, each: Array) -> list[tuple[str, int, float, float]]:
    codes, words = run.codes("pattern")
    rows = []
    for pattern in PATTERNS:
        chosen = codes == (words.index(pattern) if pattern in words else -2)
        if chosen.any():
            middle = [float(np.nanmedian(values[chosen])) for values in (repeats, each)]
            rows.append((pattern, int(chosen.sum()), middle[0], middle[1]))
    return rows


def _sentence(run: Reading, repeats: Array, each: Array) -> str:
    form = run.form
    parts = [
        run.say(
            "report.map.part",
            group=run.say(f"pattern.{pattern}"),
            customers=form.count(count),
            repeats=form.short(times),
            money=form.compact_money(money),
        )
        for pattern, count, times, money in _medians(run, repeats, each)
    ]
    return run.say("report.map.sentence", parts=run.say("report.join").join(parts))


def _table(run: Reading, repeats: Array, each: Array) -> Table:
    what = run.say(f"report.per_order.{'revenue' if run.is_revenue else 'profit'}")
    rows = [
        ((pattern, run.say(f"pattern.{pattern}")), count, times, money)
        for pattern, count, times, money in _medians(run, repeats, each)
    ]
    fields = (
        Field(run.label("pattern"), "pattern"),
        Field(run.label("customers"), "count"),
        Field(run.say("report.map.median", what=run.label("expected_purchases")), "number"),
        Field(run.say("report.map.median", what=what), "money"),
    )
    return Table(run.say("report.map.caption"), fields, rows, name="pattern_map")
