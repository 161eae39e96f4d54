"""The bridge of monthly recurring revenue, exact to the cent.

    start + new + reactivation + expansion - contraction - churn = end

Each account's revenue of two months is compared: from nothing to something for the first time is new,
after a gap a reactivation; more is expansion, less contraction, nothing is churn. So every cent of the
change has one name. Rates: GRR = (start - churn - contraction)/start, NRR = GRR + expansion/start,
quick ratio = gains / losses. Revenue churn and logo churn are told apart.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError

Cents = NDArray[np.int64]


@dataclass(frozen=True)
class MrrBridge:
    """One row per month but the first; money in integer cents, accounts in numbers. Arrays (months,)."""

    start: Cents
    new: Cents
    reactivation: Cents
    expansion: Cents
    contraction: Cents
    churn: Cents
    end: Cents
    accounts_start: Cents
    accounts_new: Cents
    accounts_back: Cents
    accounts_lost: Cents
    accounts_end: Cents

    @property
    def gross_retention(self) -> NDArray[np.float64]:
        """Share of the start that stayed without expansion, at most 1; NaN where the start is 0."""
        return _share(self.start - self.churn - self.contraction, self.start)

    @property
    def net_retention(self) -> NDArray[np.float64]:
        return _share(self.start - self.churn - self.contraction + self.expansion, self.start)

    @property
    def quick_ratio(self) -> NDArray[np.float64]:
        """What came in for what went; NaN where nothing went."""
        return _share(self.new + self.expansion + self.reactivation, self.churn + self.contraction)

    @property
    def revenue_churn(self) -> NDArray[np.float64]:
        return _share(self.churn, self.start)

    @property
    def logo_churn(self) -> NDArray[np.float64]:
        return _share(self.accounts_lost, self.accounts_start)


def mrr_bridge(monthly: NDArray[np.int64]) -> MrrBridge:
    """The bridge of accounts' monthly revenue.

    Args:
        monthly: (accounts, months) integer cents, normalised to a month (an annual contract: a twelfth).
    Raises:
        UsageError: VALUE-306 for a negative or non-integer amount, or fewer than two months.
    """
    table = np.asarray(monthly)
    if table.ndim != 2 or table.shape[1] < 2 or table.dtype.kind not in "iu" or (table < 0).any():
        raise UsageError("VALUE-306", seen=f"{table.dtype} {table.shape}")
    before, after = table[:, :-1].astype(np.int64), table[:, 1:].astype(np.int64)
    ever = np.cumsum(table, axis=1)[:, :-1] > 0
    change = after - before
    came, gone, stayed = (before == 0) & (after > 0), (before > 0) & (after == 0), (before > 0) & (after > 0)

    def money(where: NDArray[np.bool_], amount: NDArray[np.int64]) -> Cents:
        return np.asarray(np.where(where, amount, 0).sum(axis=0), np.int64)

    def count(where: NDArray[np.bool_]) -> Cents:
        return np.asarray(where.sum(axis=0), np.int64)

    return MrrBridge(
        start=before.sum(axis=0),
        new=money(came & ~ever, after),
        reactivation=money(came & ever, after),
        expansion=money(stayed & (change > 0), change),
        contraction=money(stayed & (change < 0), -change),
        churn=money(gone, before),
        end=after.sum(axis=0),
        accounts_start=count(before > 0),
        accounts_new=count(came & ~ever),
        accounts_back=count(came & ever),
        accounts_lost=count(gone),
        accounts_end=count(after > 0),
    )


def _share(part: Cents, whole: Cents) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
