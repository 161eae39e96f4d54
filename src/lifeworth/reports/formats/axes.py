"""A chart on Matplotlib axes. Matplotlib is optional: `lifeworth[plots]`."""

from collections.abc import Sequence
from typing import Any

from lifeworth.base.errors import UsageError
from lifeworth.reports.charts import Axis, Chart, Series
from lifeworth.reports.theme import TOKENS

CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei")
MARKERS = {"circle": "o", "diamond": "D", "bar": "_", "triangle": "v"}


def draw(chart: Chart, ax: Any = None) -> Any:
    """The axes with the chart on them. Raises UsageError MODEL-606 where Matplotlib is missing."""
    try:
        import matplotlib
    except ImportError:
        raise UsageError("MODEL-606") from None
    with matplotlib.rc_context({"font.sans-serif": _fonts()}):
        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.figure(figsize=(8, 4.5), layout="constrained").add_subplot()
        bars = [series for series in chart.series if series.look == "bar"]
        for series in chart.series:
            _DRAWN[series.look](ax, chart, series, bars)
        for mark in chart.marks:
            _mark(ax, chart, mark)
        _dress(ax, chart)
    return ax


def _bars(ax: Any, chart: Chart, series: Series, bars: list[Series]) -> None:
    width = 0.8 / len(bars)
    shift = (bars.index(series) - (len(bars) - 1) / 2) * width
    places = [at + shift for at in range(len(series.y))]
    ax.bar(
        places, series.y, width, label=series.name, color=_colour(series.token),
        hatch="//" if series.forecast else None, edgecolor=_colour("card"),
    )  # fmt: skip


def _line(ax: Any, chart: Chart, series: Series, bars: list[Series]) -> None:
    style = "--" if series.forecast else "-"
    thin = {} if series.name else {"linewidth": 0.8}
    places, colour = _places(series.x, chart.x), _colour(series.token)
    ax.plot(places, series.y, style, label=series.name or None, color=colour, **thin)


def _points(ax: Any, chart: Chart, series: Series, bars: list[Series]) -> None:
    shift = 0.2 if bars else 0.0  # over the second of two bars
    places = [at + shift for at in _places(series.x, chart.x)] if bars else _places(series.x, chart.x)
    ax.plot(
        places, series.y, MARKERS[series.symbol], label=series.name or None, color=_colour(series.token),
        linestyle="none",
    )  # fmt: skip


def _cells(ax: Any, chart: Chart, series: Series, bars: list[Series]) -> None:
    import numpy as np

    grid = np.full((len(chart.y.labels), len(chart.x.labels)), np.nan)
    for spot, value in zip(series.x, series.y, strict=True):
        column, row = (int(part) for part in str(spot).split(","))
        grid[row, column] = value
    image = ax.imshow(grid, origin="lower", aspect="auto", cmap="Blues")
    ax.figure.colorbar(image, ax=ax)
    _name_places(ax.yaxis, chart.y)


def _places(x: Sequence[Any], axis: Axis) -> list[Any]:
    if axis.kind == "date":
        from datetime import date

        return [date.fromisoformat(str(day)) for day in x]
    return [axis.labels.index(str(label)) for label in x] if axis.kind == "category" else list(x)


def _mark(ax: Any, chart: Chart, mark: Any) -> None:
    if mark.until is not None:
        start, end = _places([mark.x, mark.until], chart.x)
        ax.axvspan(start, end, color=_colour("line"), alpha=0.45, zorder=0, label=mark.label)
    elif mark.x is not None:
        ax.axvline(_places([mark.x], chart.x)[0], color=_colour("muted"), linestyle=":", label=mark.label)
    else:
        ax.axhline(mark.y, color=_colour("muted"), linestyle=":", label=mark.label)


def _dress(ax: Any, chart: Chart) -> None:
    ax.set_title(f"{chart.title}\n{chart.subtitle}", loc="left", fontsize="medium")
    ax.set_xlabel(chart.x.title)
    ax.set_ylabel(chart.y.title)
    if chart.x.kind == "category":
        _name_places(ax.xaxis, chart.x)
    if chart.y.kind == "share":
        from matplotlib.ticker import PercentFormatter

        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    if chart.kind != "heat":
        ax.set_ylim(chart.y.low, chart.y.high)
        if any(series.name for series in chart.series):
            ax.legend(frameon=False)
    if chart.x.kind == "date":
        ax.figure.autofmt_xdate()


def _name_places(axis: Any, named: Axis) -> None:
    """At most some twenty labels, evenly."""
    step = -(-len(named.labels) // 20)
    axis.set_ticks(range(0, len(named.labels), step), named.labels[::step])
    if axis.axis_name == "x" and max((len(label) for label in named.labels), default=0) > 4:
        axis.set_tick_params(rotation=45)


def _colour(token: str) -> str:
    return TOKENS[token][0]


def _fonts() -> list[str]:
    """The usual fonts, then those with Chinese glyphs that are installed."""
    import matplotlib
    from matplotlib import font_manager

    usual = list(matplotlib.rcParams["font.sans-serif"])
    known = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in (*usual, *CHINESE) if name in known] or usual


_DRAWN = {"bar": _bars, "line": _line, "points": _points, "cells": _cells}
