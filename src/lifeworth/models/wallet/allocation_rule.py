"""Wallet Allocation Rule: from a customer's ranking of the brands she uses to their shares of her wallet.

    share = (1 - rank / (brands + 1)) * 2 / brands

Tied brands take the mean of the ranks they share, so that shares of one customer add up to 1.
Fails when: the customer spends by need rather than by liking (one brand has the product, the other not).
Source: Keiningham, Aksoy, Buoye & Cooil (2011), Harvard Business Review 89(10), 29-31;
Pyke (1965), Journal of the Royal Statistical Society B 27(3), 395-449 (spacings).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError

Floats = NDArray[np.float64]


def wallet_allocation_rule(scores: Any, *, higher_is_better: bool = True) -> Floats:
    """Shares of wallet of one customer's brands, or of many customers' (rows).

    Args:
        scores: (brands,) or (customers, brands) answers, such as satisfaction; NaN: not used by her.
        higher_is_better: False where the answers are ranks already, 1 the best.
    Returns:
        Shares of the same shape; 0 for brands that are not used, NaN for a customer who uses none.
    Raises:
        ModelError: MODEL-250 for scores of no such shape.
    """
    table = np.atleast_2d(np.asarray(scores, np.float64))
    if table.ndim != 2 or not table.shape[1]:
        raise ModelError("MODEL-250", seen=str(np.shape(scores)))
    used = ~np.isnan(table)
    brands = used.sum(axis=1, keepdims=True)
    better = np.where(used, -table if higher_is_better else table, np.inf)
    ahead = (better[:, None, :] < better[:, :, None]).sum(axis=2)
    equal = (better[:, None, :] == better[:, :, None]).sum(axis=2)
    rank = ahead + (equal + 1) / 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(used, share_of_rank(rank, brands), 0.0)
    share[brands[:, 0] == 0] = np.nan
    return share.reshape(np.shape(scores))


def share_of_rank(rank: Any, brands: Any) -> Floats:
    """The share of the brand of this rank, 1 the best, among so many that are used; ties: the mean rank."""
    told, many = np.asarray(rank, np.float64), np.asarray(brands, np.float64)
    return np.asarray((1.0 - told / (many + 1.0)) * 2.0 / many)


def spread_of_rank(rank: Any, brands: Any) -> Floats:
    """How far the true share may lie from that, as a standard deviation, where ranks are all that is known.

    Of all ways to split a wallet among `brands`, each as likely as any other, the spread of the part that
    comes `rank`th (order statistics of uniform spacings); fractional ranks lie between their neighbours.
    0 where only one brand is used: then the share is 1.
    """
    place, many = np.broadcast_arrays(np.asarray(rank, np.float64), np.asarray(brands, np.float64))
    low = np.floor(place)
    below, above = (_spacing_spread(each, many) for each in (low, np.minimum(low + 1.0, many)))
    return np.asarray(below + (place - low) * (above - below))


def _spacing_spread(rank: Floats, brands: Floats) -> Floats:
    terms = np.arange(1.0, brands.max(initial=1.0) + 1.0)
    taken = (terms >= rank[..., None]) & (terms <= brands[..., None])
    mean, square = (taken / terms).sum(axis=-1), (taken / terms**2).sum(axis=-1)
    variance = (mean**2 + square) / (brands * (brands + 1.0)) - (mean / brands) ** 2
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))
