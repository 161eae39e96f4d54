"""Who referred whom, as rows: ids become positions, and faults are refused or mended by name.

A referral tree is a column with one entry per customer: the referrer's id (or position, counted
from 0), or nothing (None, NaN, "", and -1 among positions). Faults are referrers nobody knows,
customers who referred themselves, and cycles. `referral_tree` refuses them; `mended` cuts them
away and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.kernels.graph import Levels, depths, levels

Rows = NDArray[np.int64]
NOBODY, UNKNOWN = -1, -2
SHOWN = 5


@dataclass(frozen=True)
class ReferralTree:
    """parents: (n,) row of the referrer or -1; depth: (n,) referrers above."""

    parents: Rows
    depth: Rows

    def __len__(self) -> int:
        return len(self.parents)

    @cached_property
    def levels(self) -> Levels:
        return levels(self.parents, self.depth)

    @property
    def referrals(self) -> Rows:
        """Direct referrals of each customer, (n,)."""
        return np.bincount(self.parents[self.parents >= 0], minlength=len(self.parents))


def referral_tree(parents: Any, ids: Any = None) -> ReferralTree:
    """A checked tree of n customers.

    Args:
        parents: (n,) referrer of each: its position, or its id where `ids` are given; or nobody.
        ids: (n,) the customers' ids, each once.
    Raises:
        ModelError: MODEL-301 a cycle, MODEL-302 unknown referrer, MODEL-303 self-referral,
        MODEL-304 an id twice, MODEL-311 lengths differ, MODEL-312 not positions.
    """
    if isinstance(parents, ReferralTree):
        return parents
    rows = positions(parents, ids)
    names = _names(ids, len(rows))
    if (rows == UNKNOWN).any():
        raise _error("MODEL-302", rows == UNKNOWN, names, seen=_seen(parents, rows == UNKNOWN))
    selves = rows == np.arange(len(rows))
    if selves.any():
        raise _error("MODEL-303", selves, names)
    depth, cyclic = depths(rows)
    if cyclic.any():
        raise _error("MODEL-301", cyclic, names)
    return ReferralTree(rows, depth)


def mended(parents: Any, ids: Any = None) -> tuple[ReferralTree, list[Finding]]:
    """The tree with faulty edges cut, and a finding for each kind of fault.

    An unknown referrer and a self-referral become nobody; every customer on a cycle loses its
    referrer. Raises ModelError MODEL-304, MODEL-311, MODEL-312.
    """
    rows = positions(parents, ids)
    findings = []
    unknown = rows == UNKNOWN
    if unknown.any():
        share = float(unknown.sum() / (rows != NOBODY).sum())
        facts = {"count": int(unknown.sum()), "share": share}
        findings.append(Finding("referral_unknown_referrer", "warn", facts))
    selves = rows == np.arange(len(rows))
    if selves.any():
        findings.append(Finding("referral_self", "warn", {"count": int(selves.sum())}))
    rows = np.where(unknown | selves, NOBODY, rows)
    depth, cyclic = depths(rows)
    if cyclic.any():
        findings.append(Finding("referral_cycle", "warn", {"count": int(cyclic.sum())}))
        rows = np.where(cyclic, NOBODY, rows)
        depth, _ = depths(rows)
    return ReferralTree(rows, depth), findings


def positions(parents: Any, ids: Any = None) -> Rows:
    """Rows of the referrers: -1 for nobody, -2 for one who is not among the customers."""
    given = listed(parents)
    if ids is None:
        return _from_positions(given)
    names = listed(ids)
    if len(names) != len(given):
        raise ModelError("MODEL-311", column="ids", rows=len(names), wanted=len(given))
    row_of: dict[Any, int] = {name: row for row, name in enumerate(names)}
    if len(row_of) != len(names):
        twice = np.array([row_of[name] != row for row, name in enumerate(names)])
        raise _error("MODEL-304", twice, names)
    found = [NOBODY if _nobody(who) else row_of.get(who, UNKNOWN) for who in given]
    return np.array(found, np.int64)


def _from_positions(given: list[Any]) -> Rows:
    absent = np.array([_nobody(who) for who in given], bool)
    wrong = np.array([not gone and not _whole(who) for who, gone in zip(given, absent, strict=True)], bool)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ModelError("MODEL-312", row=at, seen=str(given[at]))
    rows = np.array([NOBODY if gone else int(who) for who, gone in zip(given, absent, strict=True)], np.int64)
    return np.where((rows < NOBODY) | (rows >= len(rows)), UNKNOWN, rows)


def listed(column: Any) -> list[Any]:
    """Plain Python values: ids compare as people write them, 7 and numpy's 7 alike."""
    if isinstance(column, np.ndarray):
        return column.tolist()
    if hasattr(column, "to_list"):  # pandas, Polars
        return list(column.to_list())
    if hasattr(column, "to_pylist"):  # PyArrow
        return list(column.to_pylist())
    return [value.item() if isinstance(value, np.generic) else value for value in column]


def _nobody(who: Any) -> bool:
    return who is None or who == "" or who != who or type(who).__name__ in ("NAType", "NaTType")


def _whole(who: Any) -> bool:
    return isinstance(who, int | float) and not isinstance(who, bool) and float(who).is_integer()


def _names(ids: Any, rows: int) -> Sequence[Any]:
    return range(rows) if ids is None else listed(ids)


def _seen(parents: Any, wrong: NDArray[np.bool_]) -> list[str]:
    given = listed(parents)
    return [str(given[row]) for row in np.flatnonzero(wrong)[:SHOWN]]


def _error(code: str, wrong: NDArray[np.bool_], names: Sequence[Any], **facts: Any) -> ModelError:
    at = np.flatnonzero(wrong)
    customers = [str(names[row]) for row in at[:SHOWN]]
    return ModelError(code, count=len(at), rows=at[:SHOWN].tolist(), customers=customers, **facts)
