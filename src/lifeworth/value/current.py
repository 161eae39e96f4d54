"""Current value: what customers will bring over the horizon if they go on as they are.

    expected purchases, discounted  x  expected spend per purchase day  x  margin rate

Purchases come from a purchase model, spend from the Gamma-Gamma model: independent given the
customer, so the product of the means is the mean of the product.
Source: Fader, Hardie & Lee (2005), J. Marketing Research 42, 415-430.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.history import PurchaseHistory
from lifeworth.value.baseline import naive_forecast
from lifeworth.value.discounting import average_discount, rate_per_day

Array = NDArray[np.float64]


class PurchaseForecaster(Protocol):
    """The part of a purchase model that values need; time in days."""

    def expected_probability_alive(self, data: PurchaseHistory) -> Array: ...
    def expected_purchases(self, data: PurchaseHistory, future_t: float) -> Array: ...
    def discounted_expected_purchases(
        self, data: PurchaseHistory, discount_rate: float, future_t: float | None = None
    ) -> Array: ...


class SpendForecaster(Protocol):
    def expected_customer_spend(self, data: PurchaseHistory) -> Array: ...


@dataclass(frozen=True)
class Forecast:
    """Per customer, arrays of shape (n,)."""

    probability_alive: Array | None  # None: the formula, which knows no leaving
    expected_purchases: Array  # purchase days over the horizon, undiscounted
    expected_spend: Array  # net sales per purchase day
    discount: Array  # mean discount factor of the purchases to come
    value: Array  # discounted profit (or revenue, where the margin rate is 1)

    @property
    def undiscounted(self) -> Array:
        return np.asarray(self.value / self.discount)

    def without(self, rows: NDArray[np.bool_]) -> "Forecast":
        """The same where `rows` buy nothing."""
        kept = ~rows
        return replace(
            self,
            probability_alive=None if self.probability_alive is None else self.probability_alive * kept,
            expected_purchases=self.expected_purchases * kept,
            expected_spend=self.expected_spend * kept,
            value=self.value * kept,
        )

    def plus(self, value: Array, undiscounted: Array) -> "Forecast":
        """With what subscriptions will pay, (n,), after the margin."""
        total, plain = self.value + value, self.undiscounted + undiscounted
        discount = np.divide(total, plain, out=self.discount.copy(), where=plain > 0)
        return replace(self, value=total, discount=discount)


def model_forecast(
    history: PurchaseHistory,
    purchases: PurchaseForecaster,
    expected_spend: Array,
    margin_rates: Array,
    *,
    days: float,
    annual_rate: float,
) -> Forecast:
    """Current value of n customers by a purchase model and expected spend per purchase day."""
    expected = purchases.expected_purchases(history, future_t=days)
    rate = rate_per_day(annual_rate)
    discounted = (
        purchases.discounted_expected_purchases(history, discount_rate=rate, future_t=days)
        if rate
        else expected
    )
    discount = np.divide(discounted, expected, out=np.ones_like(expected), where=expected > 0)
    return Forecast(
        purchases.expected_probability_alive(history),
        expected,
        expected_spend,
        discount,
        discounted * expected_spend * margin_rates,
    )


def formula_forecast(
    history: PurchaseHistory,
    net_sales: Array,
    margin_rates: Array,
    *,
    days: float,
    annual_rate: float,
) -> Forecast:
    """Current value by the plain formula: past monthly spend goes on for the whole horizon."""
    age = history.T.astype(np.float64)
    purchases = naive_forecast(history.frequency.astype(np.float64) + 1.0, age, days)
    sales = naive_forecast(net_sales, age, days)
    spend = np.divide(sales, purchases, out=np.zeros_like(sales), where=purchases > 0)
    discount = np.full(len(history), average_discount(annual_rate, days))
    return Forecast(None, purchases, spend, discount, sales * discount * margin_rates)
