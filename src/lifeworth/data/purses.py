"""What customers told of their wallets: what they spend in all or elsewhere, our share, our rank.

Of each customer the last answer up to the as-of day that tells something counts; told in several ways
at once, money goes before a share, a share before a rank. An answer that contradicts itself (a rank
below the last of the brands used, a share above all or of nothing, money below 0) tells nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
WAYS = ("category_spend", "spend_elsewhere", "share_of_wallet", "brand_rank")  # the first that is told counts
MOST_BRANDS = 100.0
YEAR_MONTHS = 12.0
_MONTHLY = re.compile(r"month(?!s)|per mo\b|每月|月均|月消费|月支出", re.IGNORECASE)


@dataclass(frozen=True)
class Purses:
    """The last telling answer of each of p customers, (p,) each, in the order of customers.

    customer: rows among the customers of the run; way: places in `WAYS`; told: money per month, or the
    share, or the rank; brands: how many are used, NaN where no rank is told.
    """

    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    way: NDArray[np.int64]
    told: Array
    brands: Array

    def __len__(self) -> int:
        return len(self.customer)


def purse_answers(
    numbers: Mapping[str, Array], mapping: Mapping[str, str]
) -> tuple[Array, NDArray[np.bool_]]:
    """What each of r rows tells by way, (ways, r), NaN where it tells nothing; and which contradict.

    Args:
        numbers: column of the survey table -> (r,) as read; mapping: column -> header of the file.
    """
    size = len(next(iter(numbers.values()))) if numbers else 0
    found = {
        name: numbers.get(name, np.full(size, np.nan)) for name in (*WAYS, "brands_used", "spend_months")
    }
    told, wrong = np.full((len(WAYS), size), np.nan), np.zeros(size, bool)
    for place, name in enumerate(WAYS[:2]):
        usual = 1.0 if _MONTHLY.search(mapping.get(name, "")) else YEAR_MONTHS
        months = np.where(np.isnan(found["spend_months"]), usual, found["spend_months"])
        fine = (found[name] >= 0) & (months > 0)
        told[place] = np.where(fine, found[name] / np.where(fine, months, 1.0), np.nan)
        wrong |= np.isfinite(found[name]) & ~fine
    share = _as_share(found["share_of_wallet"])
    fine = (share > 0) & (share <= 1)
    told[2] = np.where(fine, share, np.nan)
    wrong |= np.isfinite(share) & ~fine
    rank, brands = found["brand_rank"], found["brands_used"]
    fine = (rank >= 1) & (rank <= brands) & (brands <= MOST_BRANDS)
    told[3] = np.where(fine, rank, np.nan)
    wrong |= np.isfinite(rank) & ~fine
    return told, wrong


def latest_purses(told: Array, brands: Array, customer: NDArray[np.int64], day: NDArray[np.int64]) -> Purses:
    """The last telling row of each customer; the rows are those that count, by customer and day."""
    some = np.isfinite(told).any(axis=0)
    rows = np.flatnonzero(some)
    last = rows[np.append(np.diff(customer[rows]) != 0, True)] if len(rows) else rows
    way = np.isfinite(told[:, last]).argmax(axis=0) if len(last) else np.zeros(0, np.int64)
    many = np.where(way == WAYS.index("brand_rank"), brands[last], np.nan)
    return Purses(customer[last], day[last], way, told[way, last], many)


def _as_share(answers: Array) -> Array:
    """Percent unless nobody told more than 1."""
    known = answers[np.isfinite(answers)]
    return answers if not len(known) or known.max() <= 1.0 else answers / 100.0
