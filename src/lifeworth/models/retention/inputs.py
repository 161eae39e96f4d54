"""From a table of subscribers, or of survivors, to counts per renewal.

The natural coding is `renewals`, how many renewal dates a subscriber has passed and stayed, and
`churned`, whether they left at the next one. Four codings are understood:

renewals, churned      left at renewal date renewals + 1, or still here after `renewals` of them
T (or periods), churned    T renewal dates seen, at the last of which a churned subscriber left
recency, T             PyMC-Marketing's: recency < T left at renewal `recency`; recency = T is here
                       after T - 1 renewals
period, survivors      how many are left after each period from the first on; with `cohort`, one
                       such series per cohort

`entry` (beside the first three, default 0) is how many renewals were behind a subscriber when the
records begin: nobody who left earlier can be in them (left truncation). The last period of those
still here is the censoring date; cohorts of different age stand in one table.

Everything the likelihood needs of n subscribers is, per renewal date, how many stayed and how many
left. Every refusal names the rows at fault, counted from 0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.kernels.counts import exceeding
from lifeworth.models.discrete_time import finite, whole
from lifeworth.models.inputs import weights as checked_weights
from lifeworth.models.tables import Table, table

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
MOST_RENEWALS = 1_000_000
FULL_CODINGS: tuple[tuple[str, ...], ...] = (
    ("renewals", "churned"),
    ("T", "churned"),
    ("periods", "churned"),
    ("recency", "T"),
)
STILL_HERE = (("renewals",), ("T",), ("periods",))  # enough to ask about subscribers, not to fit


@dataclass(frozen=True)
class Tenures:
    """n subscribers: renewals made, renewals made before the records begin, and whether they left."""

    renewals: Counts
    entry: Counts
    churned: NDArray[np.bool_]
    backend: str

    def __len__(self) -> int:
        return len(self.renewals)


@dataclass(frozen=True)
class RenewalCounts:
    """Per renewal date 1..m the (weighted) number who stayed and who left there, each (m,)."""

    stayed: Floats
    left: Floats
    subscribers: float
    backend: str
    late: "Tenures | None" = None  # the subscribers one by one, where some entered late
    late_weight: Floats | None = None

    def __len__(self) -> int:
        return len(self.stayed)

    @property
    def at_risk(self) -> Floats:
        return self.stayed + self.left


def renewal_counts(data: Any, sample_weight: Any = None) -> RenewalCounts:
    """Checked counts of any of the codings.

    Raises ModelError: MODEL-201 no coding recognised, 202 not whole, 203 not a flag, 204 entry
    after the last renewal, 205 left without a renewal date, 206 recency outside 1..T, 207 survivors
    grow, 208 periods with gaps, 209 weights beside survivors, 210 too many renewals; MODEL-002, 003,
    004, 009, 011, 012, 013 as `lifeworth.models.inputs`.
    """
    if "survivors" in columns_of(data):
        return _of_survivors(data, sample_weight)
    if not any(set(names) <= set(columns_of(data)) for names in FULL_CODINGS):
        raise ModelError("MODEL-201", seen=columns_of(data), wanted=_codings())
    rows = tenures(data)
    weight = checked_weights(sample_weight, len(rows))
    weight = np.ones(len(rows)) if weight is None else weight
    length = int(rows.renewals.max()) + 1
    left = np.bincount(rows.renewals, weight * rows.churned, length).astype(np.float64)
    passed, before = (_padded(exceeding(each, weight), length) for each in (rows.renewals, rows.entry))
    stayed = passed - before
    stayed[np.abs(stayed) < 1e-12 * weight.sum()] = 0.0
    last = int(np.flatnonzero(stayed + left > 0).max(initial=-1)) + 1
    late = rows if rows.entry.any() else None
    kept = weight if rows.entry.any() else None
    return RenewalCounts(stayed[:last], left[:last], float(weight.sum()), rows.backend, late, kept)


def tenures(data: Any) -> Tenures:
    """Checked subscribers of the row codings; or a number or array of renewals made, all still here."""
    if isinstance(data, int | np.integer | list | tuple | range | np.ndarray):
        data = {"renewals": np.atleast_1d(np.asarray(data))}
    seen = columns_of(data)
    entry = ("entry",) if "entry" in seen else ()
    coding = next((names for names in FULL_CODINGS + STILL_HERE if set(names) <= set(seen)), None)
    if coding is None:
        raise ModelError("MODEL-201", seen=seen, wanted=_codings())
    rows = table(data, coding + entry)
    if coding == ("recency", "T"):
        renewals, churned = _of_recency(rows)
    else:
        renewals, churned = _of_flag(rows)
    joined = whole(rows, len(coding)) if entry else np.zeros(len(renewals), np.int64)
    if (joined > renewals).any():
        raise rows.error("MODEL-204", joined > renewals)
    if renewals.max() > MOST_RENEWALS:
        raise rows.error("MODEL-210", renewals > MOST_RENEWALS, limit=MOST_RENEWALS)
    return Tenures(renewals, joined, churned, rows.backend)


def columns_of(data: Any) -> list[str]:
    """Names of the columns, of any kind of table. Raises ModelError MODEL-012."""
    if isinstance(data, dict):
        return [str(name) for name in data]
    import narwhals as nw

    try:
        given: Any = nw.from_native(data)
    except TypeError:
        raise ModelError("MODEL-012", seen=type(data).__name__) from None
    return list(given.collect_schema().names())


def _codings() -> list[str]:
    return [" + ".join(names) for names in (*FULL_CODINGS, ("period", "survivors"))]


def _of_flag(rows: Table) -> tuple[Counts, NDArray[np.bool_]]:
    count = whole(rows, 0)
    if "churned" not in rows.names:
        return count, np.zeros(len(count), bool)
    flag = finite(rows, 1)
    if not np.isin(flag, (0, 1)).all():
        raise rows.error("MODEL-203", ~np.isin(flag, (0, 1)))
    churned = flag == 1
    if rows.names[0] == "renewals":
        return count, churned
    if (churned & (count == 0)).any():
        raise rows.error("MODEL-205", churned & (count == 0), column=rows.names[0])
    return count - churned, churned


def _of_recency(rows: Table) -> tuple[Counts, NDArray[np.bool_]]:
    recency, age = whole(rows, 0), whole(rows, 1)
    outside = (recency > age) | (recency < 1)
    if outside.any():
        raise rows.error("MODEL-206", outside)
    return recency - 1, recency < age


def _of_survivors(data: Any, sample_weight: Any) -> RenewalCounts:
    if sample_weight is not None:
        raise ModelError("MODEL-209")
    rows = table(data, ("period", "survivors"))
    period, survivors = whole(rows, 0), finite(rows, 1).astype(np.float64)
    cohort = _cohort_codes(data, len(period))
    order = np.lexsort((period, cohort))
    first = np.diff(cohort[order], prepend=-1) != 0
    step, gone = np.diff(period[order], prepend=0), -np.diff(survivors[order], prepend=0)
    inner = np.flatnonzero(~first)
    if (step[inner] != 1).any():
        raise rows.error("MODEL-208", _marked(order[inner[step[inner] != 1]], len(period)))
    if (gone[inner] < 0).any():
        raise rows.error("MODEL-207", _marked(order[inner[gone[inner] < 0]], len(period)))
    at = period[order][inner] - 1
    length = int(at.max(initial=-1)) + 1
    stayed, left = (
        np.bincount(at, each[inner], length).astype(np.float64) for each in (survivors[order], gone)
    )
    return RenewalCounts(stayed, left, float(survivors[order][first].sum()), rows.backend)


def _cohort_codes(data: Any, rows: int) -> NDArray[np.intp]:
    if "cohort" not in columns_of(data):
        return np.zeros(rows, np.intp)
    return np.unique(np.asarray([str(each) for each in column(data, "cohort")]), return_inverse=True)[1]


def column(data: Any, name: str) -> Any:
    """One column as an array of whatever it holds."""
    if isinstance(data, dict):
        return np.asarray(data[name])
    import narwhals as nw

    given: Any = nw.from_native(data)
    return (given.collect() if isinstance(given, nw.LazyFrame) else given)[name].to_numpy()


def _padded(values: Floats, length: int) -> Floats:
    return np.concatenate([values, np.zeros(length - len(values))])


def _marked(at: NDArray[np.intp], rows: int) -> NDArray[np.bool_]:
    mask = np.zeros(rows, bool)
    mask[at] = True
    return mask
