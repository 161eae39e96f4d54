"""What customers with such a forecast really brought: futures for the plain formula.

The formula has no likelihood, so its intervals come from the backtest: customers of the
holdout are put into bins by their forecast, and a customer's possible futures are the outcomes
of its bin, stretched from the holdout to the horizon. (Split conformal prediction within bins;
Romano, Patterson & Candes 2019 use the same idea.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.history import PurchaseHistory

Array = NDArray[np.float64]
BINS = 20


@dataclass(frozen=True)
class Outcomes:
    """Backtest outcomes: forecast, purchases and net sales per customer over the holdout."""

    forecast: Array
    purchases: NDArray[np.integer]
    net_sales: Array

    def drawer(self, forecast: Array, stretch: float, draws: int):
        """Futures of customers whose holdout-length forecast is `forecast`, `stretch` times as long."""
        order = np.argsort(self.forecast, kind="stable")
        edges = np.quantile(self.forecast, np.linspace(0, 1, BINS + 1)[1:-1])
        starts = np.searchsorted(self.forecast[order], np.concatenate([[-np.inf], edges]))
        ends = np.append(starts[1:], len(order))
        bins = np.searchsorted(edges, forecast, side="right")

        def draw(
            history: PurchaseHistory, rows: slice, rng: np.random.Generator
        ) -> tuple[NDArray[np.integer], Array]:
            here = bins[rows]
            first, last = starts[here], np.maximum(ends[here], starts[here] + 1)
            picked = first[:, None] + (rng.random((len(here), draws)) * (last - first)[:, None]).astype(int)
            picked = order[np.minimum(picked, len(order) - 1)]
            purchases = np.rint(self.purchases[picked] * stretch).astype(np.int64)
            return purchases, self.net_sales[picked] * stretch

        return draw
