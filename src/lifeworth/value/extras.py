"""Add-ons of subscriptions: had or not at a renewal, as a chain of two states beside that of the plans.

Who has some keeps or drops them, who has none adds the average ones; both with one chance for all.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Extras:
    """counts (2, 2): renewals without and with add-ons, by those at the next one; own: (s,) a renewal now."""

    def __init__(self, counts: NDArray[np.int64], own: Floats) -> None:
        self.has = own > 0
        mean = float(own[self.has].mean()) if self.has.any() else 0.0
        self.amount = np.where(self.has, own, mean)
        self.own = own
        self.added, self.dropped = ((counts[i, 1 - i] + 0.5, counts[i, i] + 0.5) for i in (0, 1))
        self.known = bool(counts[1].sum() and mean)

    def chances(self, rng: np.random.Generator | None) -> tuple[float, float]:
        """P(add), P(drop) at a renewal: estimates, or a draw of their beta laws."""
        if not self.known:
            return 0.0, 0.0
        if rng is None:
            return self.added[0] / sum(self.added), self.dropped[0] / sum(self.dropped)
        return rng.beta(*self.added), rng.beta(*self.dropped)

    def expected(self, renewals: int) -> Floats:
        """What add-ons are expected to add to the charge of today, per renewal ahead: (s, renewals)."""
        add, drop = self.chances(None)
        share, found = self.has.astype(np.float64), np.empty((len(self.own), renewals))
        for t in range(renewals):
            share = share * (1.0 - drop) + (1.0 - share) * add
            found[:, t] = share * self.amount - self.own
        return found
