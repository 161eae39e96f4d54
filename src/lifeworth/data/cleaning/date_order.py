"""Is 03/04/2020 the third of April or the fourth of March? The whole column decides.

A part above 12 cannot be a month, so one such row settles it. Where no row does, the file's own
order may: exports are written in time order, and read the wrong way the dates jump about. Where
both readings are equally good we ask.
"""

from dataclasses import dataclass
from typing import Any, get_args

from lifeworth.base.errors import DataError
from lifeworth.data.cleaning.date_forms import Order
from lifeworth.engines.protocol import Engine

TOLERATED_CONTRADICTIONS = 0.02  # share of rows that only the other reading fits
MUCH_SMALLER = 4  # one reading must jump back this many times less often than the other

_VOTES = """
WITH parts AS (
  SELECT TRY_CAST(regexp_extract(text, '^(\\d+)', 1) AS INTEGER) AS a,
         TRY_CAST(regexp_extract(text, '^\\d+\\D(\\d+)', 1) AS INTEGER) AS b,
         regexp_extract(text, '^\\d+\\D\\d+\\D(\\d+)', 1) AS c_text
  FROM {rows}),
numbers AS (SELECT a, b, TRY_CAST(c_text AS INTEGER) AS c, length(c_text) = 2 AS short FROM parts)
SELECT COUNT(*) AS row_count,
       COUNT(*) FILTER (WHERE a BETWEEN 1 AND 31 AND b BETWEEN 1 AND 12) AS dmy,
       COUNT(*) FILTER (WHERE a BETWEEN 1 AND 12 AND b BETWEEN 1 AND 31) AS mdy,
       COUNT(*) FILTER (WHERE short AND b BETWEEN 1 AND 12 AND c BETWEEN 1 AND 31) AS ymd,
       COUNT(DISTINCT a) AS first_values, COUNT(DISTINCT c) AS last_values
FROM numbers"""

# how often time runs backwards from one row to the next, and forwards, under both readings
_JUMPS = """
WITH parts AS (
  SELECT sequence, TRY_CAST(regexp_extract(text, '^(\\d+)', 1) AS INTEGER) AS a,
         TRY_CAST(regexp_extract(text, '^\\d+\\D(\\d+)', 1) AS INTEGER) AS b,
         TRY_CAST(regexp_extract(text, '^\\d+\\D\\d+\\D(\\d+)', 1) AS INTEGER) AS c
  FROM {rows}),
steps AS (
  SELECT c * 10000 + b * 100 + a - LAG(c * 10000 + b * 100 + a) OVER (ORDER BY sequence) AS dmy,
         c * 10000 + a * 100 + b - LAG(c * 10000 + a * 100 + b) OVER (ORDER BY sequence) AS mdy
  FROM parts)
SELECT COUNT(*) FILTER (WHERE dmy < 0) AS dmy_back, COUNT(*) FILTER (WHERE dmy > 0) AS dmy_forward,
       COUNT(*) FILTER (WHERE mdy < 0) AS mdy_back, COUNT(*) FILTER (WHERE mdy > 0) AS mdy_forward
FROM steps"""


@dataclass(frozen=True)
class Decision:
    """`why` is "asked", "values", "file_order" or "other_files"."""

    order: Order
    why: str
    contradictions: int = 0  # rows that only the other reading fits


def decide(
    engine: Engine, rows: str, *, file: str, column: str, example: str,
    asked: Order | None = None, elsewhere: Order | None = None,
) -> Decision:  # fmt: skip
    """The order of the parts of every row in `rows`, a subquery with columns text and sequence.

    Args:
        asked: the order that the user named.
        elsewhere: the order found in another file of the same export; used where this file fits both.
    Raises:
        DataError DATA-210 where both readings fit, DATA-211 where the rows contradict each other.
    """
    if asked is not None:
        return Decision(asked, "asked")
    votes: dict[str, Any] = engine.query(_VOTES.format(rows=rows)).to_pylist()[0]
    total = votes["row_count"]
    best = max(votes[order] for order in get_args(Order))
    candidates: list[Order] = [order for order in get_args(Order) if votes[order] == best and best > 0]
    if "ymd" in candidates and len(candidates) > 1:
        # of the two ends the year is the one with fewer different values
        year_leads = votes["first_values"] < votes["last_values"]
        candidates = ["ymd"] if year_leads else [order for order in candidates if order != "ymd"]
    if len(candidates) == 1:
        return _settled(candidates[0], votes, file=file, column=column)
    if best == 0:
        return Decision("ymd", "values", total)  # no reading fits any row: all are rejected
    if elsewhere in candidates:
        return Decision(elsewhere, "other_files")
    smoother = _smoother(engine, rows)
    if smoother is None:
        raise DataError("DATA-210", file=file, column=column, example=example, rows=total)
    return Decision(smoother, "file_order")


def _settled(order: Order, votes: dict[str, int], *, file: str, column: str) -> Decision:
    if order == "ymd":
        return Decision(order, "values")
    both = votes["dmy"] + votes["mdy"]
    other = votes["mdy" if order == "dmy" else "dmy"]
    # rows that fit both say nothing; of the others, how many speak against?
    fit_any = votes["row_count"]
    only_other = max(fit_any - votes[order], 0) if both > fit_any else other
    only_this = max(fit_any - other, 0)
    if only_other and only_other > TOLERATED_CONTRADICTIONS * (only_this + only_other):
        raise DataError(
            "DATA-211", file=file, column=column,
            day_first=votes["dmy"], month_first=votes["mdy"], rows=fit_any,
        )  # fmt: skip
    return Decision(order, "values", only_other)


def _smoother(engine: Engine, rows: str) -> Order | None:
    jumps: dict[str, Any] = engine.query(_JUMPS.format(rows=rows)).to_pylist()[0]
    dmy = min(jumps["dmy_back"], jumps["dmy_forward"])
    mdy = min(jumps["mdy_back"], jumps["mdy_forward"])
    if dmy * MUCH_SMALLER < mdy or (dmy == 0 and mdy > 0):
        return "dmy"
    if mdy * MUCH_SMALLER < dmy or (mdy == 0 and dmy > 0):
        return "mdy"
    return None
