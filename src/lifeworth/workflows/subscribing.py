"""What subscriptions add to the current value of customers, expected and in each simulated future."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.data.contracts.subscribers import Subscribers, read_subscribers
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine
from lifeworth.value.current import Forecast
from lifeworth.value.subscriptions import Outlook, outlook
from lifeworth.workflows.customers import Customers
from lifeworth.workflows.settings import Settings

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Subscribing:
    """For n customers, arrays (n,), after the margin; payments: expected number over the horizon.

    running: 1 where a subscription goes on or pauses.
    """

    outlook: Outlook
    rate: Array  # margin rate of each subscription's customer
    value: Array
    undiscounted: Array
    payments: Array
    running: Array
    place: NDArray[np.int64]  # of each customer among those who subscribe, -1
    drawn_value: NDArray[np.float32]  # (subscribing customers, draws)
    drawn_payments: NDArray[np.float32]

    def added_to(self, forecast: Forecast) -> Forecast:
        return forecast.plus(self.value, self.undiscounted)

    def drawn(self, rows: slice) -> tuple[Array, Array]:
        """Discounted value and number of payments of a slice of customers in each draw."""
        place = self.place[rows]
        there = place >= 0
        found = np.zeros((2, len(place), self.drawn_value.shape[1]))
        found[0, there], found[1, there] = self.drawn_value[place[there]], self.drawn_payments[place[there]]
        return found[0], found[1]


def subscribers_of(source: Any | None, orders: Orders, day: int, engine: Engine) -> Subscribers | None:
    """Raises DataError as `read_subscribers`."""
    return None if source is None else read_subscribers(source, day, engine, orders.zone)


def subscriptions_ahead(customers: Customers, settings: Settings, draws: int) -> Subscribing | None:
    """None where no subscriptions were given."""
    subscribed = customers.subscribed
    if subscribed is None:
        return None
    found, n = subscribed.found, len(customers)
    ahead = outlook(
        found, days=settings.days, annual_rate=settings.discount_rate, draws=draws, seed=settings.random_state
    )
    row = subscribed.row[found.account]
    rate = customers.base.margin_rates[row]
    members = len(found.customers)
    values, payments = np.zeros((members, draws), np.float32), np.zeros((members, draws), np.float32)
    np.add.at(values, found.account, (ahead.drawn_value * rate).T.astype(np.float32))
    np.add.at(payments, found.account, ahead.drawn_payments.T)
    place = np.full(n, -1)
    place[subscribed.row] = np.arange(members)
    return Subscribing(
        ahead,
        rate,
        _summed(row, ahead.value * rate, n),
        _summed(row, ahead.undiscounted * rate, n),
        _summed(row, ahead.payments, n),
        subscribed.running(n).astype(np.float64),
        place,
        values,
        payments,
    )


def _summed(row: NDArray[np.int64], amounts: Array, size: int) -> Array:
    return np.bincount(row, amounts, size).astype(np.float64)
