"""Order histories with a known fault, as the facts that the usability rules look at."""

import numpy as np

from lifeworth.base.clock import day_number
from lifeworth.data.quality.facts import Customers, Days, Lines, Orders, UsabilityFacts

START = day_number("2022-01-03")


def simulate(seed, *, days, newcomers_per_day=6.0, rate=0.04, stay_days=300.0, pace=None):
    """(customer, day) of every purchase of a shop that opens on day 0. `pace`: day -> 0..1, thins
    repeat purchases (a season)."""
    rng = np.random.default_rng(seed)
    customers = rng.poisson(newcomers_per_day * days)
    born = rng.integers(0, days, customers)
    leaves = born + rng.exponential(stay_days, customers)
    until = np.minimum(leaves, days)
    bought = rng.poisson(rng.gamma(1.0, rate, customers) * (until - born))
    who = np.repeat(np.arange(customers), bought)
    when = (born[who] + rng.random(len(who)) * (until - born)[who]).astype(int)
    if pace is not None:
        kept = rng.random(len(when)) < pace(when)
        who, when = who[kept], when[kept]
    return np.concatenate([np.arange(customers), who]), np.concatenate([born, when])


def won_at_launch(customer, day, *, factor):
    """The same customers with the same rhythm, but their first days drawn together `factor` times."""
    born = np.full(customer.max() + 1, day.max())
    np.minimum.at(born, customer, day)
    return customer, day - born[customer] + born[customer] // factor


def facts(customer, day, *, horizon_days=365.0, end=None, net_sales=None, orders=None, lines=None):
    """What the engine would count, with day 0 at `START`."""
    visits = np.unique(np.column_stack([customer, day]), axis=0)
    _, who, purchases = np.unique(visits[:, 0], return_inverse=True, return_counts=True)
    end = int(visits[:, 1].max()) if end is None else end
    first = np.full(len(purchases), end)
    np.minimum.at(first, who, visits[:, 1])
    each_day, on_day = np.unique(visits[:, 1], return_counts=True)
    sales = purchases * 20.0 if net_sales is None else net_sales
    return UsabilityFacts(
        customers=Customers(first + START, purchases - 1, end - first, sales),
        observation_end=START + end,
        horizon_days=horizon_days,
        days=Days(each_day + START, on_day),
        orders=orders or Orders(len(visits), 20.0, 90.0, 20.0 * len(visits), 0.03),
        lines=lines or Lines(rows_read=len(visits)),
    )
