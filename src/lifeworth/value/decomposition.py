"""Why a sum changed: the additive LMDI decomposition, exact without a residual.

For V = x_1 x_2 ... x_k, factor j contributes L(V1, V0) ln(x_j1 / x_j0) to V1 - V0, where L is the
logarithmic mean. Over cells (segments, channels) contributions are summed. A cell that appears or
vanishes has no ratio: its whole value is the contribution of `scope`.
Source: Ang (2005), Energy Policy 33(7), 867-871.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError

Array = NDArray[np.float64]
SCOPE = "scope"


def logarithmic_mean(a: Array, b: Array) -> Array:
    """(a - b) / ln(a/b), and a where both are equal; 0 where one of them is 0. Elementwise, a, b >= 0."""
    a, b = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    out = np.zeros(a.shape)
    both = (a > 0) & (b > 0)
    ratio = np.divide(a, b, out=np.ones(a.shape), where=both)
    near = np.abs(ratio - 1.0) < 1e-4
    far = both & ~near
    out[far] = (a[far] - b[far]) / np.log(ratio[far])
    step = ratio[both & near] - 1.0  # b (1 + d/2 - d^2/12 + ...), where the quotient would cancel
    out[both & near] = b[both & near] * (1.0 + step / 2.0 - step**2 / 12.0 + step**3 / 24.0)
    return out


def lmdi(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, float]:
    """Contributions of each factor, and of `scope`, to the change of the total of products.

    Args:
        before, after: factor -> its value per cell, (cells,), the same factors and cells in both. A
            cell with a factor of 0 is one that is not there.
    Returns:
        factor -> contribution, then "scope"; they add up to the change.
    Raises:
        UsageError: VALUE-305 for other factors, other lengths or negative values.
    """
    names = list(before)
    first, second = (
        {name: np.atleast_1d(np.asarray(each[name], np.float64)) for name in each} for each in (before, after)
    )
    lengths = {len(each) for each in (*first.values(), *second.values())}
    if set(first) != set(second) or len(lengths) != 1:
        raise UsageError("VALUE-305", seen=f"{sorted(first)} / {sorted(second)}")
    if any((each < 0).any() or not np.isfinite(each).all() for each in (*first.values(), *second.values())):
        raise UsageError("VALUE-305", seen="< 0")
    whole0, whole1 = (np.prod([each[name] for name in names], axis=0) for each in (first, second))
    there = (whole0 > 0) & (whole1 > 0)
    weight = logarithmic_mean(whole1[there], whole0[there])
    found = {name: float((weight * np.log(second[name][there] / first[name][there])).sum()) for name in names}
    return found | {SCOPE: float((whole1 - whole0)[~there].sum())}
