"""The world of the sample company: who comes, through whom, what they buy, and when they leave.

Story: seeds arrive evenly; each customer brings Poisson(R) others, R from a gamma, each after an
exponential delay; a customer buys at a Poisson rate while alive, rates and exits are gamma (so orders
follow the Pareto/NBD); one campaign, arms by lot, moves a known share of those who are alive.
All hidden quantities stay in the result: they are the truth that tests hold estimates against.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lifeworth.data.samples.company.words import PRODUCTS

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
FIRST_DAY = 18993  # 2022-01-01
DAYS = 1096  # to 2024-12-31
CHANNELS = 4  # the last one is referral


@dataclass(frozen=True)
class Parameters:
    """Days are the unit of time; shares are 0..1; money is in minor units."""

    rate_shape: float = 0.9
    rate_scale_days: float = 90.0
    exit_shape: float = 0.8
    exit_scale_days: float = 400.0
    reproduction: float = 0.25
    reproduction_shape: float = 0.5
    referral_delay_days: float = 90.0
    campaign_day: int = DAYS - 180
    campaign_window_days: int = 30
    campaign_push: float = 0.15
    discount_share: float = 0.15
    refund_share: float = 0.03
    cancelled_share: float = 0.005


@dataclass(frozen=True)
class Company:
    """Customers, orders and lines as columns; days count from FIRST_DAY."""

    parameters: Parameters
    joined: Floats
    parent: Whole  # row of the customer who brought this one, or -1
    channel: Whole
    rate: Floats  # orders a day while alive
    exit_rate: Floats
    lifetime: Floats  # days from joining to leaving
    referral_mean: Floats  # expected number of customers brought, ever
    member: npt.NDArray[np.bool_]  # was a customer on the day of the campaign
    treated: npt.NDArray[np.bool_]
    responded: npt.NDArray[np.bool_]  # ordered within the window of the campaign
    uplift: Floats  # true rise of the chance to respond, were the member treated
    expected_orders: Floats  # of the 365 days after the end, given the truth on its last day
    buyer: Whole  # of each order, sorted by day
    day: Whole
    line_order: Whole  # of each line
    product: Whole
    quantity: Whole
    discount: Whole
    refunded: npt.NDArray[np.bool_]  # of each order
    cancelled: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.joined)

    @property
    def line_price(self) -> Whole:
        return np.array([product.price for product in PRODUCTS])[self.product]

    @property
    def line_amount(self) -> Whole:
        """What the buyer paid for each line."""
        return self.quantity * self.line_price - self.discount

    @property
    def net_sales(self) -> int:
        """Paid and kept, in minor units."""
        kept = ~(self.refunded | self.cancelled)[self.line_order]
        return int(self.line_amount[kept].sum())


def simulate_company(customers: int = 3000, seed: int = 7, parameters: Parameters | None = None) -> Company:
    """About `customers` customers over three years."""
    p = parameters or Parameters()
    rng = np.random.default_rng(seed)
    joined, parent, referral_mean = _arrivals(rng, customers, p)
    size = len(joined)
    channel = np.where(parent >= 0, CHANNELS - 1, rng.integers(0, CHANNELS - 1, size))
    rate = rng.gamma(p.rate_shape, 1 / p.rate_scale_days, size)
    exit_rate = rng.gamma(p.exit_shape, 1 / p.exit_scale_days, size)
    lifetime = rng.exponential(1, size) / np.maximum(exit_rate, 1e-12)
    watched = DAYS - joined
    repeats = rng.poisson(rate * np.minimum(lifetime, watched))
    again = np.repeat(np.arange(size), repeats)
    moments = joined[again] + rng.random(len(again)) * np.minimum(lifetime, watched)[again]
    buyer, moment = np.concatenate([np.arange(size), again]), np.concatenate([joined, moments])

    left = joined + lifetime
    member = joined < p.campaign_day
    treated = member & (rng.random(size) < 0.5)
    alive_then = member & (left > p.campaign_day)
    pushed = treated & alive_then & (rng.random(size) < p.campaign_push)
    end = p.campaign_day + p.campaign_window_days
    within = (moment >= p.campaign_day) & (moment < end)
    organic = np.isin(np.arange(size), buyer[within])
    extra = np.flatnonzero(pushed & ~organic)
    buyer = np.concatenate([buyer, extra])
    moment = np.concatenate([moment, p.campaign_day + rng.random(len(extra)) * p.campaign_window_days])
    silent = np.exp(-rate * np.minimum(np.maximum(left - p.campaign_day, 0), p.campaign_window_days))
    uplift = np.where(alive_then, p.campaign_push * silent, 0.0)

    by_day = np.argsort(moment, kind="stable")
    buyer, day = buyer[by_day], moment[by_day].astype(np.int64)
    orders = len(buyer)
    lines = rng.integers(1, 4, orders)
    line_order = np.repeat(np.arange(orders), lines)
    first = np.arange(len(line_order)) - np.repeat(np.cumsum(lines) - lines, lines)
    favourite = rng.integers(0, len(PRODUCTS), size)
    product = (favourite[buyer][line_order] + first * 5) % len(PRODUCTS)
    quantity = 1 + rng.binomial(2, 0.2, len(product))
    price = np.array([one.price for one in PRODUCTS])[product]
    reduced = (rng.random(orders) < p.discount_share)[line_order]
    fate = rng.random(orders)
    return Company(
        p,
        joined,
        parent,
        channel,
        rate,
        exit_rate,
        lifetime,
        referral_mean,
        member,
        treated,
        organic | (pushed & ~organic),
        uplift,
        np.where(left > DAYS, rate * -np.expm1(-exit_rate * 365) / np.maximum(exit_rate, 1e-12), 0.0),
        buyer,
        day,
        line_order,
        product,
        quantity,
        np.where(reduced, quantity * price // 10, 0),
        fate < p.refund_share,
        fate > 1 - p.cancelled_share,
    )


def _arrivals(rng: np.random.Generator, customers: int, p: Parameters) -> tuple[Floats, Whole, Floats]:
    """Day of joining, parent and expected brought ones, generation by generation."""
    seeds = round(customers * (1 - p.reproduction))
    generation = np.sort(rng.random(seeds)) * (DAYS - 90)
    joined, parent, means = [generation], [np.full(seeds, -1)], []
    start = 0
    while True:
        mean = rng.gamma(p.reproduction_shape, p.reproduction / p.reproduction_shape, len(generation))
        means.append(mean)
        born = np.repeat(np.arange(len(generation)), rng.poisson(mean))
        days = generation[born] + rng.exponential(p.referral_delay_days, len(born))
        inside = days < DAYS
        if not inside.any():
            return np.concatenate(joined), np.concatenate(parent), np.concatenate(means)
        parent.append(start + born[inside])
        start += len(generation)
        generation = days[inside]
        joined.append(generation)
