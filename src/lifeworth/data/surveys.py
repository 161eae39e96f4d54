"""From a file of answers to numbers: who answered what, when, and on which scale.

Each measure has a scale: the one that was told (`survey_scales`), else read from all its answers: the
smallest of 5, 7, 10 and 100 points that holds 99 of 100 of them. A row with an answer beyond a scale that
was told contradicts it and is rejected; an answer beyond a scale that was read is left out and counted.
So are answers after the as-of day, answers of people who are no customers, and repeated answers of a
customer on one day (the last counts).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.base.finding import Finding
from lifeworth.data.purses import Purses, latest_purses, purse_answers
from lifeworth.data.sources.companions import Companion, read_companion
from lifeworth.data.sources.headers import plain
from lifeworth.data.tables.companions.surveys import LIKERT, MEASURES, REACH, SURVEYS, WALLET
from lifeworth.engines.protocol import Engine

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Scale = tuple[float, float]  # worst, best
POINTS = (5.0, 7.0, 10.0, 100.0)
HELD = 0.99  # of the answers, by the smallest scale that is taken
NPS: Scale = (0.0, 10.0)
ANY = ""  # the scale of every measure but `nps` that has none of its own
_NUMBER = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*(?:/\s*\d+|%|分|星|颗星|points?|stars?)?")
_STARS = re.compile(r"([★⭐]+)[☆️\s]*")
_WORDS = {plain(word): float(place) for place, words in enumerate(LIKERT, 1) for word in words.split(",")}
_SCALE = re.compile(r"(?:(\w+)\s*=)?\s*(\d+(?:\.\d+)?)\s*[-–:~至到]\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Answers:
    """a answers in the order of customers and days; `customer`: rows among the customers of the run, (a,).

    values: measure -> (a,) as answered, NaN where not; scales: measure -> (worst, best). A measure that
    none of the a answers tells is in neither. reach: (a,) people whom the customer tells, NaN where not told.
    purses: what customers told of their wallets; each: every answer of a customer, as published.
    """

    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    values: dict[str, Array]
    scales: dict[str, Scale]
    reach: Array
    counts: dict[str, int]
    rejected: pa.Table
    findings: list[Finding]
    purses: Purses
    each: pa.Table

    def __len__(self) -> int:
        return len(self.customer)

    def share(self, measure: str) -> Array:
        """Answers from 0, the worst of the scale, to 1, the best, (a,)."""
        worst, best = self.scales[measure]
        return (self.values[measure] - worst) / (best - worst)

    def latest(self) -> NDArray[np.int64]:
        """Places of the last answer of each customer who answered."""
        return np.flatnonzero(np.append(np.diff(self.customer) != 0, True)) if len(self) else np.zeros(0, int)


def survey_scales(told: str | Mapping[str, Any] | None) -> dict[str, Scale]:
    """ "1-7", "csat=1-5, 1-7" or {"csat": "1-5"} as measure -> (worst, best); `ANY` for all but `nps`.

    Raises:
        UsageError: VALUE-204 for what is no scale, of no measure, or told twice and differently.
    """
    if not told:
        return {}
    if isinstance(told, Mapping):
        ends = {name: "-".join(map(str, each)) if isinstance(each, tuple | list) else each
                for name, each in told.items()}  # fmt: skip
        told = ", ".join(f"{name}={each}" if name else str(each) for name, each in ends.items())
    found: dict[str, Scale] = {}
    for part in filter(None, (each.strip() for each in re.split(r"[,，;；]", told))):
        read = _SCALE.fullmatch(part)
        name, scale = (read[1] or ANY, (float(read[2]), float(read[3]))) if read else (ANY, (0.0, 0.0))
        known = name in (ANY, *MEASURES) and scale[0] < scale[1]
        if not known or found.get(name, scale) != scale or (name == "nps" and scale[1] != NPS[1]):
            raise UsageError("VALUE-204", seen=part, known=", ".join(MEASURES))
        found[name] = scale
    return found


def read_surveys(
    source: Any,
    ids: pa.Array,
    until_day: int,
    engine: Engine,
    zone: str = "UTC",
    scales: Mapping[str, Scale] | None = None,
) -> Answers:
    """
    Args:
        scales: what `survey_scales` gives; without one, scales are read from the answers.
    Raises:
        DataError: DATA-301 without a customer, a day or any measure, and as for companion files.
    """
    read = read_companion(source, SURVEYS, engine=engine, zone=zone)
    table, findings, told = read.table, list(read.findings), scales or {}
    values = {name: _numbers(table[name]) for name in MEASURES if name in read.mapping}
    unread = np.zeros(table.num_rows, bool)
    reach = table[REACH].cast(pa.float64()).to_numpy().astype(np.float64)
    unread |= reach < 0
    reach = np.where(reach < 0, np.nan, reach)
    for name, numbers in values.items():
        unread |= pc.is_valid(table[name]).to_numpy(zero_copy_only=False) & ~np.isfinite(numbers)
    asked = [name for name, numbers in values.items() if np.isfinite(numbers).any()]
    held = {name: _scale(name, values[name], told) for name in asked}
    out = {name: (values[name] < scale[0]) | (values[name] > scale[1]) for name, scale in held.items()}
    against = np.zeros(table.num_rows, bool)
    for name, flags in out.items():
        if _told(name, told):
            against |= flags
    beyond = sum(int(flags[~against].sum()) for flags in out.values())
    rejected = _with_contradictions(read, against)
    wallet = _wallet_numbers(table)
    purse, wrong = purse_answers(wallet, read.mapping)
    place = pc.index_in(table["customer_id"], value_set=ids).combine_chunks()
    known = place.is_valid().to_numpy(zero_copy_only=False)
    customer = place.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    day = table["day"].to_numpy().astype(np.int64)
    late = day > until_day
    given = {name: np.where(out[name], np.nan, values[name]) for name in held}
    answered, telling = _any({**given, REACH: reach}, table.num_rows), np.isfinite(purse).any(axis=0)
    order = np.lexsort((table["source_row"].to_numpy(), day, customer))
    usable = (known & ~late & ~against)[order]
    rows = order[usable & (answered | telling)[order]]
    again = np.append((np.diff(customer[rows]) == 0) & (np.diff(day[rows]) == 0), False)[: len(rows)]
    rows, repeated = rows[~again], rows[again]
    kept = rows[answered[rows]]
    counts = {
        "rows": read.rows_read, "rejected": rejected.num_rows, "used": len(rows),
        "not_customers": int((~known & ~against).sum()), "late": int((known & late & ~against).sum()),
        "unread": int((usable & ~(answered | telling)[order]).sum()), "repeated": len(repeated),
    }  # fmt: skip
    for name in ("not_customers", "late", "repeated"):
        if counts[name]:
            findings.append(Finding(f"surveys_{name}", "warn", {"count": counts[name]}))
    if against.any():
        facts = {"count": int(against.sum()), "rows": read.rows_read}
        findings.append(Finding("surveys_against_scale", "warn", facts))
    if unread.any():
        findings.append(Finding("surveys_unread", "warn", {"count": int(unread.sum())}))
    if beyond:
        findings.append(Finding("surveys_beyond", "warn", {"count": beyond}))
    if wrong.any():
        findings.append(Finding("surveys_wallet_contradicts", "warn", {"count": int(wrong.sum())}))
    found = {name: given[name][kept] for name in held if np.isfinite(given[name][kept]).any()}
    brands = np.asarray(wallet["brands_used"])
    purses = latest_purses(purse[:, rows], brands[rows], customer[rows], day[rows])
    use = np.full(table.num_rows, "used", object)
    use[repeated], use[late] = "repeated", "late"
    everyone = order[(known & ~against)[order]]
    each = _each(
        values | {REACH: reach} | wallet,
        held,
        out | dict.fromkeys(WALLET, wrong),
        everyone,
        customer,
        day,
        use,
        ids,
    )
    used_scales = {name: held[name] for name in found}
    return Answers(
        customer[kept], day[kept], found, used_scales, reach[kept], counts, rejected, findings, purses, each
    )


def _each(
    values: Mapping[str, Array], scales: Mapping[str, Scale], out: Mapping[str, Flags],
    rows: NDArray[np.int64], customer: NDArray[np.int64], day: NDArray[np.int64], use: NDArray[Any],
    ids: pa.Array,
) -> pa.Table:  # fmt: skip
    """customer_id, day, measure, answer, worst, best, and use: used, older, repeated, late or beyond.
    Sorted by customer and day."""
    names = list(values)
    parts, uses = [], []
    for place, name in enumerate(names):
        mine = rows[np.isfinite(values[name][rows])]
        said = use[mine].copy()
        if name in out:
            said[out[name][mine] & (said == "used")] = "beyond"
        counted = np.flatnonzero(said == "used")
        if len(counted):
            said[counted[np.append(np.diff(customer[mine[counted]]) == 0, False)]] = "older"
        parts.append(np.column_stack([mine, np.full(len(mine), place)]))
        uses.append(said)
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *parts]).astype(np.int64)
    said = np.concatenate([np.zeros(0, object), *uses])
    order = np.lexsort((pairs[:, 1], day[pairs[:, 0]], customer[pairs[:, 0]]))
    (row, measure), said = pairs[order].T, said[order]
    ends = np.array([scales.get(name, (np.nan, np.nan)) for name in names]).reshape(-1, 2)[measure]
    answer = np.stack([values[name] for name in names])[measure, row]
    return pa.table(
        {
            "customer_id": ids.take(pa.array(customer[row])),
            "day": pa.array(day[row].astype(np.int32)).cast(pa.date32()),
            "measure": pa.array(names, pa.string()).take(pa.array(measure)),
            "answer": pa.array(answer, pa.float64()),
            "worst": pa.array(ends[:, 0], mask=np.isnan(ends[:, 0])),
            "best": pa.array(ends[:, 1], mask=np.isnan(ends[:, 1])),
            "use": pa.array(said.tolist(), pa.string()),
        }
    )


def _with_contradictions(read: Companion, against: Flags) -> pa.Table:
    """What was rejected on reading, and the rows that lie beyond a scale that was told."""
    if not against.any():
        return read.rejected
    rows = read.table.filter(pa.array(against)).to_pylist()
    found = [
        {
            "file": read.name, "row": row["source_row"], "reason": "beyond_scale",
            "text": "\t".join(str(row[name]) for name in read.mapping if row[name] is not None),
        }
        for row in rows
    ]  # fmt: skip
    return pa.concat_tables([read.rejected, pa.Table.from_pylist(found, schema=read.rejected.schema)])


def _any(values: Mapping[str, Array], rows: int) -> Flags:
    found = np.zeros(rows, bool)
    for numbers in values.values():
        found |= np.isfinite(numbers)
    return found


def _wallet_numbers(table: pa.Table) -> dict[str, Array]:
    return {
        name: _numbers(table[name]) if name == "share_of_wallet"
        else table[name].cast(pa.float64()).to_numpy().astype(np.float64)
        for name in WALLET
    }  # fmt: skip


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


def _told(name: str, told: Mapping[str, Scale]) -> Scale | None:
    return told.get(name) or (None if name == "nps" else told.get(ANY))


def _scale(name: str, numbers: Array, asked: Mapping[str, Scale]) -> Scale:
    told = numbers[np.isfinite(numbers)]
    if name == "nps":
        return asked.get(name, NPS)
    if scale := _told(name, asked):
        return scale
    best = next((points for points in POINTS if (told <= points).mean() >= HELD), POINTS[-1])
    return (0.0 if best == POINTS[-1] or (told == 0).mean() > 1 - HELD else 1.0), best
