"""Axes that fit positive values: linear where they lie close together, logarithmic where they do not."""

import numpy as np

from lifeworth.reports.charts import Axis, AxisKind
from lifeworth.reports.documents.reading import Array

WIDE = 20.0  # largest over smallest, from which a scale is logarithmic
FLOOR_SHARE = 0.002  # values below this share of the largest sit on the edge of a log axis
MARGIN = 0.25  # of a step, so that no point sits on the frame
STEPS = (1.0, 2.0, 5.0, 10.0)


def fitting_axis(values: Array, title: str, log_title: str, kind: AxisKind) -> Axis:
    """An axis with round ends that holds `values`, all positive; `log_title` says that it is logarithmic."""
    low, high = float(values.min()), float(values.max())
    if high / low < WIDE:
        step = _round_down(max(high - low, high * 1e-3) / 2)
        first, last = np.floor(low / step - MARGIN), np.ceil(high / step + MARGIN)
        return Axis(title, kind, low=max(0.0, _plain(first * step)), high=_plain(last * step))
    low = _round_down(max(low, high * FLOOR_SHARE))
    return Axis(log_title, kind, scale="log", low=low, high=_round_up(high))


def _round_down(value: float) -> float:
    """A power of ten, or 2 or 5 times one, at most `value`."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * max(step for step in STEPS if power * step <= value * (1 + 1e-9)))


def _round_up(value: float) -> float:
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * min(step for step in STEPS if power * step >= value * (1 - 1e-9)))


def _plain(value: float) -> float:
    return float(f"{value:.10g}")
