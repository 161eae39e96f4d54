"""Every customer between two questions: what does an order bring, and how often will it come again.

Large bases are drawn by a sample: those worth most, and every n-th of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, AxisKind, Chart, Mark, Series
from lifeworth.reports.documents.reading import Array, Reading, real
from lifeworth.reports.documents.scales import fitting_axis
from lifeworth.results.contract import PATTERNS
from lifeworth.results.cut_lines import Lines, kinds, profit_per_order, quadrants

DRAWN, BEST = 2000, 500
CURVE_POINTS = 40
Median = tuple[str, int, float | None, float | None]  # pattern, customers, purchases, money of each
SYMBOLS = {"gold": "circle", "comet": "diamond", "stream": "bar", "burden": "triangle"}


def section(run: Reading, lines: Lines | None = None) -> Section | None:
    """`lines`: other cut lines than those of the run, whose own are then marked."""
    if not run.individual or not run.is_filled("pattern"):
        return None
    repeats, each = run.column("expected_purchases"), profit_per_order(run.column, run.summary)
    shown = np.flatnonzero(np.isfinite(repeats) & np.isfinite(each) & (repeats > 0) & (each > 0))
    if len(shown) < 2:
        return None
    mine = shown if run.only is None else shown[np.isin(shown, run.only)]
    drawn, rows = _sample(run, mine), run.groups("pattern")
    found = _published(run) if lines is None else kinds(run.column, run.summary, lines)
    medians = _medians(found, repeats, each)
    table = _table(run, medians, lines)
    blocks: list[Block] = [table]
    if len(drawn):
        moved = lines is not None
        blocks = [Picture(_chart(run, drawn, found, repeats, each, len(mine), medians, moved=moved), table)]
    if lines is not None:
        rows = quadrants(run.column, found)
        blocks += [_quadrants(run, rows, lines), Paragraph(run.say("map.moved_how"), "quiet")]
    return Section("map", run.say("report.map.title"), _finding(run, rows), blocks)


def _published(run: Reading) -> NDArray[np.int64]:
    codes, words = run.codes("pattern")
    places = np.array([PATTERNS.index(word) for word in words] or [-1], np.int64)
    return np.where(codes >= 0, places[codes], -1)


def _sample(run: Reading, shown: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(shown) <= DRAWN:
        return shown
    ranked = run.ranking[np.isin(run.ranking, shown)]
    rest = np.sort(ranked[BEST:])
    spread = np.arange(DRAWN - BEST) * len(rest) // (DRAWN - BEST)
    return np.concatenate([ranked[:BEST], rest[spread]])


def _finding(run: Reading, rows: Sequence[Mapping[str, Any]]) -> str:
    counts = {row["key"]: row["customers"] for row in rows}
    everyone = sum(counts.values())
    if not everyone:
        return ""
    often = counts.get("gold", 0) + counts.get("stream", 0)
    return run.say("report.map.finding", share=run.form.percent(often / everyone))


def _chart(
    run: Reading, drawn: NDArray[np.int64], found: NDArray[np.int64], repeats: Array, each: Array,
    everyone: int, medians: list[Median], *, moved: bool,
) -> Chart:  # fmt: skip
    thresholds: dict[str, float] = next((group["thresholds"] for group in run.groups("pattern")), {})
    what = run.say(f"report.per_order.{'revenue' if run.is_revenue else 'profit'}")
    x = _axis(run, repeats[drawn], run.label("expected_purchases"), "number")
    y = _axis(run, each[drawn], what, "money")
    x_low, y_low = x.low or 0.0, y.low or 0.0
    series = []
    for place, pattern in enumerate(PATTERNS):
        chosen = drawn[found[drawn] == place]
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
        sentence=_sentence(run, medians),
        x=x,
        y=y,
        series=tuple(series),
        marks=_marks(run, thresholds, x_low, y_low, moved=moved),
        tall=True,
    )


def _axis(run: Reading, values: Array, title: str, kind: AxisKind) -> Axis:
    return fitting_axis(values, title, run.say("report.map.log", what=title), kind)


def _drawn(run: Reading, drawn: int, everyone: int) -> str:
    """Who stands in the picture: all, a sample, and who cannot."""
    form = run.form
    key = "report.map.sampled" if drawn < everyone else "report.map.all"
    told = run.say(key, drawn=form.count(drawn), customers=form.count(everyone), best=form.count(BEST))
    if run.only is not None:
        return told + run.say("teams.map")
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


def _marks(
    run: Reading, thresholds: dict[str, float], x_low: float, y_low: float, *, moved: bool
) -> tuple[Mark, ...]:
    """The lines of the run, said to be those where a reader moved others."""

    def word(text: str) -> str:
        return run.say("map.used", line=text) if moved else text

    form, marks = run.form, []
    repeats, profit = thresholds.get("expected_repeats"), thresholds.get("profit_per_order")
    if repeats and repeats > x_low:
        marks.append(Mark(word(form.short(repeats)), x=float(repeats)))
    if profit and profit > y_low:
        marks.append(Mark(word(form.money(profit)), y=float(profit)))
    return tuple(marks)


def _medians(found: NDArray[np.int64], repeats: Array, each: Array) -> list[Median]:
    rows = []
    for place, pattern in enumerate(PATTERNS):
        chosen = found == place
        if chosen.any():
            times, money = (
                real(np.nanmedian(values[chosen])) if np.isfinite(values[chosen]).any() else None
                for values in (repeats, each)
            )
            rows.append((pattern, int(chosen.sum()), times, money))
    return rows


def _sentence(run: Reading, medians: list[Median]) -> str:
    form = run.form
    parts = [
        run.say(
            "report.map.part",
            group=run.say(f"pattern.{pattern}"),
            customers=form.count(count),
            repeats=form.short(times),
            money=form.compact_money(money),
        )
        for pattern, count, times, money in medians
    ]
    return run.say("report.map.sentence", parts=run.say("report.join").join(parts))


def _table(run: Reading, medians: list[Median], lines: Lines | None) -> Table:
    what = run.say(f"report.per_order.{'revenue' if run.is_revenue else 'profit'}")
    rows = [
        ((pattern, run.say(f"pattern.{pattern}")), count, times, money)
        for pattern, count, times, money in medians
    ]
    fields = (
        Field(run.label("pattern"), "pattern"),
        Field(run.label("customers"), "count"),
        Field(run.say("report.map.median", what=run.label("expected_purchases")), "number"),
        Field(run.say("report.map.median", what=what), "money"),
    )
    opens = tuple(_opens(pattern, lines) for pattern, *_ in medians)
    return Table(run.say("report.map.caption"), fields, list(rows), name="pattern_map", opens=opens)


def _quadrants(run: Reading, found: list[dict[str, Any]], lines: Lines) -> Table:
    """Who falls where under the moved lines, beside the run's own count."""
    used = {group["key"]: group["customers"] for group in run.groups("pattern")}
    whole = sum(row["current_value"]["value"] for row in found)
    rows = [
        (
            (row["key"], run.say(f"pattern.{row['key']}")),
            row["customers"],
            used.get(row["key"]),
            tuple(row["current_value"][side] for side in ("value", "low", "high")),
            row["current_value"]["value"] / whole if whole > 0 else None,
        )
        for row in found
    ]
    fields = (
        Field(run.label("pattern"), "pattern"),
        Field(run.label("customers"), "count"),
        Field(run.say("map.in_the_run"), "count"),
        Field(run.label("current_value"), "estimate"),
        Field(run.say("report.share_of_value"), "share"),
    )
    opens = tuple(_opens(row["key"], lines) if row["customers"] else "" for row in found)
    return Table(run.say("map.quadrants"), fields, list(rows), name="quadrants", opens=opens)


def _opens(pattern: str, lines: Lines | None) -> str:
    return urlencode({"pattern": pattern, **(asdict(lines) if lines else {})})
