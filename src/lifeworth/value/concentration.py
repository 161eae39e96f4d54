"""How unevenly value lies: the share held by the most valuable tenth and fifth of the customers."""

import numpy as np
from numpy.typing import NDArray

SHARES = {"top_10_share": 0.10, "top_20_share": 0.20}


def concentration(values: NDArray[np.generic]) -> dict[str, float]:
    """Shares of all positive value, values of shape (n,) in any unit; 0 where nobody is worth anything."""
    falling = np.sort(np.maximum(values, 0))[::-1]
    total = float(falling.sum())
    if total <= 0:
        return dict.fromkeys(SHARES, 0.0)
    return {
        name: float(falling[: int(np.ceil(share * len(falling) - 1e-9))].sum()) / total
        for name, share in SHARES.items()
    }
