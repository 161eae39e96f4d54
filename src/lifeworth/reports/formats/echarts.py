"""A chart definition as ECharts options.

Options are plain JSON. What JSON cannot say is left as a word for `static/charts.js`: colours
are `$token`, axis labels `{"$format": kind}`, intervals a series with `"$whiskers"`. So one set of
options serves light, dark and print.
"""

import math
from typing import Any

from lifeworth.base.errors import UsageError
from lifeworth.reports.charts import Axis, Chart, Mark, Series
from lifeworth.reports.theme import TOKENS

SYMBOLS = {"circle": "circle", "diamond": "diamond", "bar": "rect", "triangle": "path://M0,0L10,0L5,9Z"}
SIZES: dict[str, Any] = {"circle": 8, "diamond": 10, "bar": [12, 5], "triangle": 9}
HATCH = {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [3, 4], "rotation": -0.7854, "color": "$card"}
PLAIN = {"symbol": "none"}
MODES, ROOM_FOR_TITLE = ("light", "dark"), 56


def options(chart: Chart) -> dict[str, Any]:
    across, up = (chart.y, chart.x) if chart.lying else (chart.x, chart.y)
    drawn: dict[str, Any] = {
        "aria": {"enabled": True, "label": {"description": chart.sentence}, "decal": {"show": True}},
        "animation": False,
        "grid": _grid(chart),
        "xAxis": _axis(across, lying=chart.lying, side="x"),
        "yAxis": _axis(up, lying=chart.lying, side="y"),
        "tooltip": {"trigger": "item", "confine": True},
        "series": [part for series in chart.series for part in _series(chart, series)],
    }
    if chart.marks and drawn["series"]:
        drawn["series"][0].update(_marks(chart.marks))
    if chart.kind == "heat":
        drawn["visualMap"] = _heat_colours(chart.series[0])
    if _needs_legend(chart):
        drawn["legend"] = {
            "top": 0, "left": 0, "itemGap": 18, "selectedMode": False,
            "data": [series.name for series in chart.series if series.name],
        }  # fmt: skip
    return drawn


def plain_options(chart: Chart, mode: str) -> dict[str, Any]:
    """Options that stand alone: titles in, colours of the mode, nothing left for `static/charts.js`."""
    if mode not in MODES:
        raise UsageError("MODEL-609", seen=mode)
    drawn = options(chart)
    drawn["title"] = {"text": chart.title, "subtext": chart.subtitle, "left": 0, "top": 0}
    drawn["grid"]["top"] += ROOM_FOR_TITLE
    if "legend" in drawn:
        drawn["legend"]["top"] = ROOM_FOR_TITLE
    return dict(_resolved(drawn, MODES.index(mode)))


def _resolved(part: Any, mode: int) -> Any:
    if isinstance(part, str):
        return TOKENS[part[1:]][mode] if part[:1] == "$" and part[1:] in TOKENS else part
    if isinstance(part, list | tuple):
        return [_resolved(each, mode) for each in part]
    if not isinstance(part, dict):
        return None if isinstance(part, float) and not math.isfinite(part) else part
    kept = {
        key: value for key, value in part.items() if key not in ("tip", "opens") and not _is_format(value)
    }
    return {key: _resolved(value, mode) for key, value in kept.items()}


def _is_format(value: Any) -> bool:
    return isinstance(value, dict) and "$format" in value


def _needs_legend(chart: Chart) -> bool:
    """Bars and points of several kinds cannot carry their names; lines and cells do."""
    return chart.kind in ("bar", "scatter") and len(chart.series) > 1


def _grid(chart: Chart) -> dict[str, Any]:
    room_right = 96 if chart.kind == "line" and not chart.series[0].labels else 40
    if chart.lying and chart.series[0].labels:
        room_right = 84
    return {
        "left": 20 if chart.lying else 8,
        "right": room_right,
        "bottom": 32,
        "top": 64 if _needs_legend(chart) else 28,
        "containLabel": True,
    }


def _axis(axis: Axis, *, lying: bool, side: str) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "type": {"category": "category", "date": "time"}.get(
            axis.kind, axis.scale.replace("linear", "value")
        ),
        "name": axis.title,
        "nameLocation": "middle" if side == "x" else "end",
        "nameGap": 28 if side == "x" else 12,
        "nameTextStyle": {"color": "$muted", "align": "center" if side == "x" else "left"},
        "axisLabel": {"color": "$muted", "hideOverlap": True},
        "axisLine": {"show": side == "x", "lineStyle": {"color": "$line"}},
        "axisTick": {"show": False},
        "splitLine": {"show": axis.kind != "category" and side == "y", "lineStyle": {"color": "$line"}},
    }
    if axis.kind == "category":
        shape |= {"data": list(axis.labels), "inverse": lying and side == "y"}
        shape["axisLabel"] |= {"interval": 0, "color": "$ink"} if len(axis.labels) <= 12 else {}
        shape["axisLabel"] |= {"width": 150, "overflow": "break", "lineHeight": 15} if lying else {}
    elif axis.kind == "date":
        shape["axisLabel"]["formatter"] = "{yyyy}-{MM}"
    else:
        shape["axisLabel"]["formatter"] = {"$format": axis.kind}
        shape |= {"min": axis.low} if axis.low is not None else {}
        shape |= {"max": axis.high} if axis.high is not None else {}
    if lying and side == "x":
        shape["splitLine"] = {"show": True, "lineStyle": {"color": "$line"}}
        shape["splitNumber"] = 4
    return shape


def _series(chart: Chart, series: Series) -> list[dict[str, Any]]:
    draw = {"bar": _bars, "line": _line, "points": _points, "cells": _cells}[series.look]
    parts = [draw(chart, series)]
    if len(series.starts):
        parts = _floating(series, parts[0])
    if len(series.low):
        parts += _band(series) if series.look == "line" else [_whiskers(chart, series)]
    return parts


def _bars(chart: Chart, series: Series) -> dict[str, Any]:
    data = []
    for place, value in enumerate(series.y):
        item: dict[str, Any] = {"value": value, "tip": _tip(series, place), **_opens(series, place)}
        if series.tokens:
            item["itemStyle"] = {"color": f"${series.tokens[place]}"}
        if series.hatched:
            item.setdefault("itemStyle", {})["decal"] = HATCH if series.hatched[place] else PLAIN
        if series.labels:
            item["label"] = {"show": True, "formatter": series.labels[place].replace("{", "(")}
        data.append(item)
    style = {"color": f"${series.token}", "borderRadius": 2, "decal": HATCH if series.forecast else PLAIN}
    return {
        "type": "bar", "name": series.name, "data": data, "barMaxWidth": 34,
        "barGap": "-100%" if any(len(each.starts) for each in chart.series) else "12%",
        "itemStyle": style, "label": {"position": "right" if chart.lying else "top", "color": "$ink"},
    }  # fmt: skip


def _floating(series: Series, bars: dict[str, Any]) -> list[dict[str, Any]]:
    """Bars that begin elsewhere than at zero, each upon one that is not seen."""
    below = []
    for item, start, length in zip(bars["data"], series.starts, series.y, strict=True):
        low = min(start or 0, (start or 0) + (length or 0))
        below.append(low)
        item["value"] = abs(length or 0)
    unseen = {"color": "transparent", "decal": PLAIN}
    return [
        {
            "type": "bar",
            "data": below,
            "stack": "steps",
            "barMaxWidth": 34,
            "silent": True,
            "itemStyle": unseen,
        },
        bars | {"stack": "steps"},
    ]


def _line(chart: Chart, series: Series) -> dict[str, Any]:
    data = []
    for place, (x, y) in enumerate(zip(series.x, series.y, strict=True)):
        item: dict[str, Any] = {"value": [x, y], "tip": _tip(series, place)}
        if series.labels and series.labels[place]:
            label = {"show": True, "formatter": series.labels[place].replace("{", "("), "color": "$ink"}
            item |= {
                "symbol": "circle",
                "symbolSize": 6,
                "label": label | {"position": [10, 6]},
            }
        data.append(item)
    stroke = "dashed" if series.forecast else "solid"
    return {
        "type": "line", "name": series.name, "data": data, "symbol": "none", "triggerLineEvent": True,
        "lineStyle": {"color": f"${series.token}", "width": 2, "type": stroke},
        "itemStyle": {"color": f"${series.token}"},
        "endLabel": {
            "show": bool(series.name) and not series.labels, "formatter": "{a}", "color": "$ink",
            "distance": 6, "width": 88, "overflow": "break", "lineHeight": 15,
        },
        "labelLayout": {"moveOverlap": "shiftY"},
    }  # fmt: skip


def _points(chart: Chart, series: Series) -> dict[str, Any]:
    data = [[x, y, _tip(series, place)] for place, (x, y) in enumerate(zip(series.x, series.y, strict=True))]
    return {
        "type": "scatter", "name": series.name, "data": data, "symbol": SYMBOLS[series.symbol],
        "symbolSize": SIZES[series.symbol],
        "itemStyle": {
            "color": f"${series.token}", "opacity": 0.72, "decal": PLAIN,
            "borderColor": "$card", "borderWidth": 0.5,
        },
        "clip": True,
    }  # fmt: skip


def _cells(chart: Chart, series: Series) -> dict[str, Any]:
    """One cell per (column, row); `x` holds "column,row"."""
    data = []
    for place, (spot, value) in enumerate(zip(series.x, series.y, strict=True)):
        column, row = (int(part) for part in str(spot).split(","))
        label = series.labels[place] if series.labels else ""
        data.append({
            "value": [column, row, value or 0], "tip": _tip(series, place), **_opens(series, place),
            "label": {"formatter": label.replace("{", "(")},
        })  # fmt: skip
    return {
        "type": "heatmap", "name": series.name, "data": data,
        "label": {"show": True, "color": "$ink", "lineHeight": 17},
        "itemStyle": {"borderColor": "$card", "borderWidth": 3, "borderRadius": 4, "decal": PLAIN},
    }  # fmt: skip


def _whiskers(chart: Chart, series: Series) -> dict[str, Any]:
    spans = [
        [place, low, high]
        for place, (low, high) in enumerate(zip(series.low, series.high, strict=True))
        if low is not None and high is not None
    ]
    return {
        "type": "custom", "$whiskers": "lying" if chart.lying else "standing", "data": spans,
        "silent": True, "z": 5, "itemStyle": {"color": "$ink", "decal": PLAIN},
        "encode": {"x": [1, 2], "y": 0} if chart.lying else {"x": 0, "y": [1, 2]},
    }  # fmt: skip


def _band(series: Series) -> list[dict[str, Any]]:
    """The interval of a line as an area: its width, stacked upon its lower end."""
    ends = [
        (x, low, high)
        for x, low, high in zip(series.x, series.low, series.high, strict=True)
        if low is not None and high is not None
    ]
    plain: dict[str, Any] = {
        "type": "line", "stack": f"band {series.name}", "stackStrategy": "all", "symbol": "none",
        "silent": True, "lineStyle": {"opacity": 0}, "z": 1,
    }  # fmt: skip
    area = {"color": f"${series.token}", "opacity": 0.18, "decal": PLAIN}
    return [
        plain | {"data": [[x, low] for x, low, _ in ends]},
        plain | {"data": [[x, high - low] for x, low, high in ends], "areaStyle": area},
    ]


def _heat_colours(series: Series) -> dict[str, Any]:
    top = max((value for value in series.y if value is not None), default=0.0)
    return {
        "show": False, "type": "continuous", "min": 0, "max": top or 1, "dimension": 2,
        "inRange": {"color": ["$paper", "$wash"]},
    }  # fmt: skip


def _marks(marks: tuple[Mark, ...]) -> dict[str, Any]:
    lines: list[dict[str, Any]] = []
    areas: list[list[dict[str, Any]]] = []
    for mark in marks:
        label = {"formatter": mark.label.replace("{", "("), "color": "$muted"}
        if mark.until is not None:
            areas.append([{"xAxis": mark.x, "name": mark.label}, {"xAxis": mark.until}])
        elif mark.x is not None:
            lines.append({"xAxis": mark.x, "label": label | {"position": "end"}})
        else:
            lines.append({"yAxis": mark.y, "label": label | {"position": "insideEndTop"}})
    drawn: dict[str, Any] = {}
    if lines:
        style = {"color": "$muted", "type": "dotted", "width": 1.2}
        drawn["markLine"] = {"silent": True, "symbol": "none", "data": lines, "lineStyle": style}
    if areas:
        drawn["markArea"] = {
            "silent": True, "data": areas, "itemStyle": {"color": "$line", "opacity": 0.45, "decal": PLAIN},
            "label": {"position": "insideTop", "color": "$muted"},
        }  # fmt: skip
    return drawn


def _tip(series: Series, place: int) -> str:
    return series.tips[place] if series.tips else ""


def _opens(series: Series, place: int) -> dict[str, str]:
    return {"opens": series.opens[place]} if series.opens and series.opens[place] else {}
