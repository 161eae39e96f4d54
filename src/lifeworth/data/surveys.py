"""From a file of answers to numbers: who answered what, when, and on which scale.

Each measure has a scale, read from all its answers: the smallest of 5, 7, 10 and 100 points that holds
99 of 100 of them. What lies beyond is left out and counted, and so are answers after the as-of day,
answers of people who are no customers, and repeated answers of a customer on one day (the last counts).
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.sources.headers import plain
from lifeworth.data.tables.companions.surveys import LIKERT, MEASURES, SURVEYS
from lifeworth.engines.protocol import Engine

Array = NDArray[np.float64]
POINTS = (5.0, 7.0, 10.0, 100.0)
HELD = 0.99  # of the answers, by the smallest scale that is taken
NPS = (0.0, 10.0)
_NUMBER = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*(?:/\s*\d+|%|分|星|颗星|points?|stars?)?")
_STARS = re.compile(r"([★⭐]+)[☆️\s]*")
_WORDS = {plain(word): float(place) for place, words in enumerate(LIKERT, 1) for word in words.split(",")}


@dataclass(frozen=True)
class Answers:
    """a answers in the order of customers and days; `customer`: rows among the customers of the run, (a,).

    values: measure -> (a,) as answered, NaN where not; scales: measure -> (worst, best). A measure that
    none of the a answers tells is in neither.
    """

    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    values: dict[str, Array]
    scales: dict[str, tuple[float, float]]
    counts: dict[str, int]
    rejected: pa.Table
    findings: list[Finding]

    def __len__(self) -> int:
        return len(self.customer)

    def share(self, measure: str) -> Array:
        """Answers from 0, the worst of the scale, to 1, the best, (a,)."""
        worst, best = self.scales[measure]
        return (self.values[measure] - worst) / (best - worst)

    def latest(self) -> NDArray[np.int64]:
        """Places of the last answer of each customer who answered."""
        return np.flatnonzero(np.append(np.diff(self.customer) != 0, True)) if len(self) else np.zeros(0, int)


def read_surveys(source: Any, ids: pa.Array, until_day: int, engine: Engine, zone: str = "UTC") -> Answers:
    """
    Raises:
        DataError: DATA-301 without a customer, a day or any measure, and as for companion files.
    """
    read = read_companion(source, SURVEYS, engine=engine, zone=zone)
    table, findings = read.table, list(read.findings)
    values = {name: _numbers(table[name]) for name in MEASURES if name in read.mapping}
    unread = np.zeros(table.num_rows, bool)
    for name, numbers in values.items():
        unread |= pc.is_valid(table[name]).to_numpy(zero_copy_only=False) & ~np.isfinite(numbers)
    scales = {name: _scale(name, numbers) for name, numbers in values.items() if np.isfinite(numbers).any()}
    beyond = 0
    for name, (worst, best) in scales.items():
        out = (values[name] < worst) | (values[name] > best)
        beyond += int(out.sum())
        values[name] = np.where(out, np.nan, values[name])
    place = pc.index_in(table["customer_id"], value_set=ids).combine_chunks()
    known = place.is_valid().to_numpy(zero_copy_only=False)
    day = table["day"].to_numpy().astype(np.int64)
    answered = np.zeros(table.num_rows, bool)
    for name in scales:
        answered |= np.isfinite(values[name])
    late = day > until_day
    used = np.flatnonzero(known & answered & ~late)
    customer = place.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    used = used[np.lexsort((table["source_row"].to_numpy()[used], day[used], customer[used]))]
    again = np.append(
        (np.diff(customer[used]) == 0) & (np.diff(day[used]) == 0), False
    )  # a later row of the same customer and day follows
    kept = used[~again] if len(used) else used
    counts = {
        "rows": read.rows_read, "rejected": read.rejected.num_rows, "used": len(kept),
        "not_customers": int((~known).sum()), "late": int((known & late).sum()),
        "unread": int((known & ~late & ~answered).sum()), "repeated": int(again.sum()),
    }  # fmt: skip
    for name in ("not_customers", "late", "repeated"):
        if counts[name]:
            findings.append(Finding(f"surveys_{name}", "warn", {"count": counts[name]}))
    if unread.any():
        findings.append(Finding("surveys_unread", "warn", {"count": int(unread.sum())}))
    if beyond:
        findings.append(Finding("surveys_beyond", "warn", {"count": beyond}))
    found = {name: values[name][kept] for name in scales if np.isfinite(values[name][kept]).any()}
    used_scales = {name: scales[name] for name in found}
    return Answers(customer[kept], day[kept], found, used_scales, counts, read.rejected, findings)


def _numbers(column: pa.ChunkedArray) -> Array:
    """Answers as numbers; words of agreement are 1 to 5. NaN: nothing, or nothing that can be read."""
    encoded = pc.dictionary_encode(column.combine_chunks())
    known = np.array([_number(word) for word in encoded.dictionary.to_pylist()] + [np.nan])
    return np.asarray(known[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)])


def _number(answer: str) -> float:
    text = answer.strip()
    if found := _NUMBER.fullmatch(text.lower()):
        return float(found[1].replace(",", "."))
    if found := _STARS.fullmatch(text):
        return float(len(found[1]))
    return _WORDS.get(plain(text), np.nan)


def _scale(name: str, numbers: Array) -> tuple[float, float]:
    if name == "nps":
        return NPS
    told = numbers[np.isfinite(numbers)]
    best = next((points for points in POINTS if (told <= points).mean() >= HELD), POINTS[-1])
    return (0.0 if best == POINTS[-1] or (told == 0).mean() > 1 - HELD else 1.0), best
