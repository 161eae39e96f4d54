"""Wallet Allocation Rule: from a customer's ranking of the brands she uses to their shares of her wallet.

    share = (1 - rank / (brands + 1)) * 2 / brands

Tied brands take the mean of the ranks they share, so that shares of one customer add up to 1.
Fails when: the customer spends by need rather than by liking (one brand has the product, the other not).
Source: Keiningham, Aksoy, Buoye & Cooil (2011), Harvard Business Review 89(10), 29-31.
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
        share = (1.0 - rank / (brands + 1)) * 2.0 / brands
    share = np.where(used, share, 0.0)
    share[brands[:, 0] == 0] = np.nan
    return share.reshape(np.shape(scores))
