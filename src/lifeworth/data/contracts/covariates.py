"""Which other columns of a churn file may explain who leaves, and which may not, each with its reason.

A column that was written because an account left explains the past perfectly and says nothing of the
future. Left out are columns

told          whose name speaks of leaving
only_leavers  filled in for those who left and hardly for anybody else
perfect       that tell leavers from stayers almost without error (area under the curve .95 or more,
              or whole levels, half of all accounts, in which all but 2 % or next to nobody left)
grows         that add up with the months of the account, so that they restate how long it stayed
many, one     with too many different words, or one value only
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lifeworth.data.sources.headers import plain as folded

Floats = NDArray[np.float64]
PERFECT, PURE_SHARE, PURE_LEAST, PURE = 0.95, 0.5, 30, 0.98
GROWS, MANY, RARE, MOST = 0.8, 30, 20, 60
BLANKS = frozenset(("", "na", "n/a", "nan", "null", "none", "-"))
LEAKS = ("told", "only_leavers", "perfect")


@dataclass
class Covariates:
    """`numbers`: name -> (n,) numbers without gaps; a level of a word column is "column = level"."""

    numbers: dict[str, Floats] = field(default_factory=dict)
    usual: dict[str, str] = field(default_factory=dict)  # column of words -> its level without a number
    left_out: list[tuple[str, str]] = field(default_factory=list)  # (column, reason)

    def leaks(self) -> list[str]:
        return [column for column, reason in self.left_out if reason in LEAKS]


def choose(
    columns: dict[str, NDArray[np.str_]], churned: NDArray[np.bool_], months: Floats, told: list[str],
    *, sure: NDArray[np.bool_] | None = None,
) -> Covariates:  # fmt: skip
    """The covariates among `columns` of words. `sure`: who left without doubt; all where there is none."""
    found, sure = Covariates(), np.ones(len(churned), bool) if sure is None else sure
    for name, cells in columns.items():
        reason, made = _judge(name, cells, churned, months, told, sure)
        if reason:
            found.left_out.append((name, reason))
        elif len(found.numbers) + len(made) <= MOST:
            found.numbers |= made
            if name not in made:
                found.usual[name] = _most_common(cells)
        else:
            found.left_out.append((name, "many"))
    return found


def _judge(
    name: str, cells: NDArray[np.str_], churned: NDArray[np.bool_], months: Floats, told: list[str],
    sure: NDArray[np.bool_],
) -> tuple[str, dict[str, Floats]]:  # fmt: skip
    plain = folded(name)
    if any(word in plain for word in told):
        return "told", {}
    levels, code = np.unique(cells, return_inverse=True)
    blank = np.array([level.strip().lower() in BLANKS for level in levels])
    filled = ~blank[code]
    if only_for(filled[sure], churned[sure]):
        return "only_leavers", {}
    if (~blank).sum() <= 1:
        return "one", {}
    values = _numbers(levels, blank)
    if values is None and (~blank).sum() > MANY:
        return "many", {}
    few = values is None or len(levels) <= MANY
    if few and _gives_away(code[sure], churned[sure]):
        return "perfect", {}
    if values is None:
        return "", _levels(name, levels, code, blank)
    number = values[code]
    number = np.where(filled, number, number[filled].mean())
    if max(tells(sign * number[sure], churned[sure]) for sign in (1.0, -1.0)) >= PERFECT:
        return "perfect", {}
    if abs(np.corrcoef(_ranks(number), _ranks(months))[0, 1]) >= GROWS:
        return "grows", {}
    return "", {name: number}


def _gives_away(code: NDArray[np.intp], churned: NDArray[np.bool_]) -> bool:
    return pure(code, churned) or tells(_rates(code, churned), churned) >= PERFECT


def tells(score: Floats, churned: NDArray[np.bool_]) -> float:
    """The chance that a leaver's score is above a stayer's (area under the curve); .5 without both."""
    leavers = int(churned.sum())
    stayers = len(churned) - leavers
    if not (leavers and stayers):
        return 0.5
    return float((_ranks(score)[churned].sum() - leavers * (leavers + 1) / 2) / (leavers * stayers))


def pure(code: NDArray[np.intp], churned: NDArray[np.bool_]) -> bool:
    """Whether levels in which (nearly) everybody or nobody left hold half of all accounts, and both kinds."""
    size = np.bincount(code)
    rate = np.bincount(code, churned) / np.maximum(size, 1)
    large = size >= PURE_LEAST
    every, nobody = large & (rate >= PURE), large & (rate <= 1.0 - PURE)
    return bool(every.any() and nobody.any() and size[every | nobody].sum() >= PURE_SHARE * len(code))


def only_for(filled: NDArray[np.bool_], churned: NDArray[np.bool_]) -> bool:
    """Whether cells are filled in for leavers and hardly for those who stay."""
    if filled.all() or not churned.any() or churned.all():
        return False
    return bool(filled[churned].mean() > 0.3 and filled[~churned].mean() < 0.02)


def _rates(code: NDArray[np.intp], churned: NDArray[np.bool_]) -> Floats:
    """Each account's level's share of leavers, itself left out, so that rare levels tell nothing."""
    size, left = np.bincount(code)[code], np.bincount(code, churned)[code]
    overall = churned.mean()
    return np.asarray((left - churned + overall) / size)


def _numbers(levels: NDArray[np.str_], blank: NDArray[np.bool_]) -> Floats | None:
    found = np.full(len(levels), np.nan)
    for at in np.flatnonzero(~blank):
        try:
            found[at] = float(levels[at].replace(",", ""))
        except ValueError:
            return None
    return found if np.isfinite(found[~blank]).all() else None


def _levels(
    name: str, levels: NDArray[np.str_], code: NDArray[np.intp], blank: NDArray[np.bool_]
) -> dict[str, Floats]:
    size = np.bincount(code, minlength=len(levels))
    common = int(size.argmax())
    return {
        f"{name} = {'-' if blank[at] else levels[at]}": (code == at).astype(np.float64)
        for at in range(len(levels))
        if at != common and size[at] >= RARE
    }


def _most_common(cells: NDArray[np.str_]) -> str:
    levels, size = np.unique(cells, return_counts=True)
    return str(levels[int(size.argmax())]).strip() or "-"


def _ranks(values: Floats) -> Floats:
    _, code, size = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(size)
    return np.asarray((last - (size - 1) / 2.0)[code])
