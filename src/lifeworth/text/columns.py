"""Sentences for whole columns: one template, arrays of facts, an array of sentences."""

import string
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def fill(template: str, facts: Mapping[str, pa.Array]) -> pa.Array:
    """`template.format(**facts)` for each row; facts are string arrays of one length."""
    parts: list[pa.Array | str] = []
    for text, name, _, _ in string.Formatter().parse(template):
        if text:
            parts.append(text)
        if name:
            parts.append(facts[name])
    return pc.binary_join_element_wise(*parts, "")


def whole(numbers: NDArray[np.float64]) -> pa.Array:
    """Numbers as whole numbers in text with commas at the thousands; not finite becomes 0."""
    text = pa.array(np.rint(np.nan_to_num(numbers)).astype(np.int64)).cast(pa.string())
    longest = pc.max(pc.utf8_length(text)).as_py() or 0
    for _ in range((longest - 1) // 3):
        text = pc.replace_substring_regex(text, r"^(-?\d+)(\d{3})(,|$)", r"\1,\2\3")
    return text


def short(numbers: NDArray[np.float64]) -> pa.Array:
    """Numbers in text with one decimal below ten and none above; tiny ones keep two digits, never "0.0"."""
    numbers = np.nan_to_num(numbers)
    size = np.abs(numbers)
    text = pc.if_else(pa.array(size >= 9.95), whole(numbers), pa.array(np.round(numbers, 1).astype("U12")))
    tiny = (size < 0.05) & (size > 0)
    if not tiny.any():
        return text
    written = [np.format_float_positional(each, 2, fractional=False, trim="-") for each in numbers[tiny]]
    return pc.replace_with_mask(text, pa.array(tiny), pa.array(written))


def percent(shares: NDArray[np.float64]) -> pa.Array:
    """Shares in 0..1 as "37%"; never "100%" or "0%" for something less than certain."""
    points = np.clip(np.rint(shares * 100), 0, None)
    points = np.where((points == 100) & (shares < 1), 99, np.where((points == 0) & (shares > 0), 1, points))
    return pc.binary_join_element_wise(whole(points), "%", "")
