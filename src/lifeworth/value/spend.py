"""Spend per purchase day without a distribution: own mean as far as it can be trusted, else the base.

Where spend has two worlds in one shop (bicycles and inner tubes), the Gamma-Gamma tail can be so
heavy that its mean does not exist. Credibility needs no tail: the own mean of w purchase days
weighs w / (w + k), the mean of all purchases the rest; k is fitted as in `value.margin`.
A future order is drawn the same way: from the own mean with that weight, else from another
customer's mean, picked by purchase days.
Source: Buhlmann & Straub (1970).
"""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.value.margin import variances

Array = NDArray[np.float64]
Spends = dict[str, NDArray[Any]]


@final
class CredibleSpend:
    """Fitted attributes: mean_ (all purchases), credibility_days_ (k)."""

    def fit(self, spends: Spends) -> "CredibleSpend":
        """`spends`: frequency (purchase days > 0) and monetary_value (their mean > 0), each (n,)."""
        days = spends["frequency"].astype(np.float64)
        self._means = spends["monetary_value"].astype(np.float64)
        self._share = np.cumsum(days) / days.sum()
        self.mean_ = float(self._means @ days / days.sum())
        between, within = variances(self._means / self.mean_ - 1, days)
        self.credibility_days_ = within / between if between > 0 else np.inf
        return self

    def expected_customer_spend(self, spends: Spends) -> Array:
        weight = self._weight(spends)
        return self.mean_ + weight * (spends["monetary_value"] - self.mean_)

    def draw_spend(self, spends: Spends, purchases: NDArray[np.integer], rng: np.random.Generator) -> Array:
        """One possible total spend over `purchases` (n, draws) purchase days, (n, draws)."""
        out = np.zeros(purchases.shape)
        row, draw = np.nonzero(purchases)
        own = rng.random(len(row)) < self._weight(spends)[row]
        other = self._means[np.searchsorted(self._share, rng.random(len(row)))]
        level = np.where(own, spends["monetary_value"][row], other)
        out[row, draw] = purchases[row, draw] * level
        return out

    def _weight(self, spends: Spends) -> Array:
        days = spends["frequency"].astype(np.float64)
        return days / (days + self.credibility_days_)
