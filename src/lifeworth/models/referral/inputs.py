"""From any dataframe to the arrays of the epidemic model: who, when, by whom, and what is known.

Rows keep their order. A survey answer that is missing becomes an indicator of its own, and the
answer itself the mean of those who answered; so the customers who did not answer are neither
thrown away nor taken for average ones. Faulty referrals are cut and named in findings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.models.referral.tree import ReferralTree, listed, mended

Floats = NDArray[np.float64]
MISSING = "_missing"


@dataclass(frozen=True)
class Referrals:
    """n customers observed until a day.

    tree: who referred whom; acquired: (n,) days; exposure: (n,) time since; delay: (n,) time from
    the referrer's day to the own, NaN where nobody referred; features: (n, k) with names;
    count: (n,) direct referrals; delay_sum: (n,) sum of their delays.
    """

    tree: ReferralTree
    acquired: Floats
    exposure: Floats
    delay: Floats
    features: Floats
    names: tuple[str, ...]
    ids: Sequence[Any]
    findings: list[Finding]
    backend: str

    def __len__(self) -> int:
        return len(self.acquired)

    @property
    def count(self) -> NDArray[np.int64]:
        return self.tree.referrals

    @property
    def delay_sum(self) -> Floats:
        child = self.tree.parents >= 0
        sums = np.bincount(self.tree.parents[child], self.delay[child], minlength=len(self))
        return sums.astype(np.float64)

    @property
    def referred(self) -> NDArray[np.bool_]:
        return self.tree.parents >= 0


def referrals(data: Any, as_of: float, covariates: Sequence[str], columns: Mapping[str, str]) -> Referrals:
    """Checked customers.

    Args:
        data: any dataframe or dict of columns.
        as_of: the day until which referrals were seen, in the unit of the acquisition days.
        covariates: names of numeric columns; missing values allowed.
        columns: names of "customer_id", "acquired_day" and "referrer_id".
    Raises:
        ModelError: MODEL-307 column missing or no customers, MODEL-304, 305, 309 (acquired later
        than as_of), 311, 312.
    """
    names = (columns["customer_id"], columns["acquired_day"], columns["referrer_id"])
    found, backend = columns_of(data, (*names, *covariates))
    ids = listed(found[names[0]])
    if not ids:
        raise ModelError("MODEL-307", missing=[], seen=list(found))
    acquired = numbers(found[names[1]], names[1])
    if not np.isfinite(acquired).all():
        raise ModelError(
            "MODEL-305", column=names[1], count=int((~np.isfinite(acquired)).sum()),
            rows=np.flatnonzero(~np.isfinite(acquired))[:5].tolist(),
        )  # fmt: skip
    if (acquired > as_of).any():
        late = np.flatnonzero(acquired > as_of)
        raise ModelError("MODEL-309", count=len(late), rows=late[:5].tolist(), as_of=float(as_of))
    tree, findings = mended(found[names[2]], ids)
    tree, backwards = _forwards(tree, acquired)
    features, labels = _features(found, covariates)
    parents = tree.parents
    delay = np.where(parents >= 0, acquired - acquired[parents], np.nan)
    return Referrals(
        tree, acquired, as_of - acquired, delay, features, labels, ids, findings + backwards, backend
    )


def columns_of(data: Any, names: Sequence[str]) -> tuple[Mapping[str, Any], str]:
    """The named columns of any dataframe or mapping, and which library to answer in."""
    if isinstance(data, Mapping):
        _demand(names, list(data))
        return {name: data[name] for name in names}, "pandas"
    import narwhals as nw

    try:
        given: Any = nw.from_native(data)
    except TypeError:
        raise ModelError("MODEL-307", missing=list(names), seen=[type(data).__name__]) from None
    eager: Any = given.collect() if isinstance(given, nw.LazyFrame) else given
    _demand(names, list(eager.columns))
    return {name: eager[name].to_list() for name in names}, str(eager.implementation.value)


def numbers(column: Any, name: str) -> Floats:
    """Doubles; missing values become NaN. Raises ModelError MODEL-313 for words."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "iufb":
        return column.astype(np.float64)
    plain = listed(column)
    try:
        return np.array([np.nan if _missing(value) else float(value) for value in plain], np.float64)
    except (TypeError, ValueError):
        wrong = next(v for v in plain if not _missing(v) and not isinstance(v, int | float))
        raise ModelError("MODEL-313", column=name, seen=str(wrong)) from None


def _features(found: Mapping[str, Any], covariates: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    """Columns (n, k): each covariate, and its indicator where answers are missing."""
    columns: list[Floats] = []
    labels: list[str] = []
    for name in covariates:
        values = numbers(found[name], name)
        absent = ~np.isfinite(values)
        mean = float(values[~absent].mean()) if not absent.all() else 0.0
        columns.append(np.where(absent, mean, values))
        labels.append(name)
        if absent.any():
            columns.append(absent.astype(np.float64))
            labels.append(name + MISSING)
    rows = len(next(iter(found.values())))
    return (np.column_stack(columns) if columns else np.empty((rows, 0))), tuple(labels)


def _forwards(tree: ReferralTree, acquired: Floats) -> tuple[ReferralTree, list[Finding]]:
    """Cut referrals whose customer came before the referrer."""
    parents = tree.parents
    wrong = (parents >= 0) & (acquired < acquired[parents])
    if not wrong.any():
        return tree, []
    fact = {"count": int(wrong.sum())}
    mended_tree, _ = mended(np.where(wrong, -1, parents))
    return mended_tree, [Finding("referral_backwards", "warn", fact)]


def _demand(names: Sequence[str], seen: Sequence[str]) -> None:
    missing = [name for name in names if name not in seen]
    if missing:
        raise ModelError("MODEL-307", missing=missing, seen=[str(name) for name in seen])


def _missing(value: Any) -> bool:
    return value is None or value != value or type(value).__name__ in ("NAType", "NaTType")
