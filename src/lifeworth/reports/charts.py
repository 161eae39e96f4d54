"""One definition per chart, in plain data, for pages and slides alike.

A chart says a finding (title), what is measured (subtitle) and one computed sentence. Its
marks are lists of numbers; colours are token names of `theme.py`. `formats/echarts.py` draws
it on a page; the same lists feed native slide charts. Forecasts are marked as such and drawn
hatched or dashed; intervals are low and high beside the value.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Numbers = Sequence[float | None]
Span = tuple[float, float | None, float | None]  # a value and the ends of its interval
AxisKind = Literal["category", "count", "money", "share", "number", "date"]


@dataclass(frozen=True)
class Axis:
    title: str
    kind: AxisKind
    labels: tuple[str, ...] = ()  # of categories
    scale: Literal["linear", "log"] = "linear"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    """One set of marks. For bars `x` is empty: one value per category."""

    name: str
    look: Literal["bar", "line", "points", "cells"]
    token: str
    y: Numbers
    x: Sequence[float | str] = ()
    low: Numbers = ()
    high: Numbers = ()
    forecast: bool = False
    symbol: Literal["circle", "diamond", "bar", "triangle"] = "circle"
    tips: tuple[str, ...] = ()  # one line per mark, as the reader sees it
    labels: tuple[str, ...] = ()  # written beside the marks
    tokens: tuple[str, ...] = ()  # one colour per mark, where they differ
    starts: Numbers = ()  # where bars begin that do not begin at zero, see `running`
    hatched: tuple[bool, ...] = ()  # which bars are forecasts, where they differ
    opens: tuple[str, ...] = ()  # whom a bar or cell stands for, as `blocks.Table.opens`


def spanned(
    measure: str,
    token: str,
    names: Sequence[str],
    spans: Sequence[Span],
    told: Callable[..., str],
    **more: Any,
) -> Series:
    """Bars with an interval each.

    Args:
        spans: (value, low, high) of each name; told: how one is written where the reader points at its bar.
    """
    return Series(
        measure,
        "bar",
        token,
        [value for value, _, _ in spans],
        low=[low for _, low, _ in spans],
        high=[high for _, _, high in spans],
        tips=tuple(f"{name} {told(*span)}" for name, span in zip(names, spans, strict=True)),
        **more,
    )


@dataclass(frozen=True)
class Mark:
    """A reference: a line at x or y, or the stretch of x from `x` to `until`."""

    label: str
    x: float | str | None = None
    y: float | None = None
    until: float | str | None = None


@dataclass(frozen=True)
class Chart:
    id: str
    kind: Literal["bar", "line", "scatter", "heat"]
    title: str
    subtitle: str
    sentence: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    lying: bool = False  # bars lie: categories run down the side
    tall: bool = False


def running(amounts: Sequence[float], sums: Container[int]) -> list[float]:
    """Where each bar of a waterfall begins: each step where the one before ended, sums (by place) at zero.

    Empty where a bar would reach below zero: such bars are read better side by side.
    """
    starts, end = [], 0.0
    for place, amount in enumerate(amounts):
        starts.append(0.0 if place in sums else end)
        end = starts[-1] + amount
        if end < 0:
            return []
    return starts
