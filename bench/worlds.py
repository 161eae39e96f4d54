"""The data of the bench: CDNOW, simulated customers, and a simulated order log.

Customers are drawn from each model's own story at the parameters CDNOW has, so every library is
given the question it was made for. Ages run from 4 to 104 weeks in whole days, as in a real shop
that is two years old; time is then handed out in weeks. The same seed gives the same file.
"""

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

WEEK_DAYS = 7
YOUNGEST_DAYS, OLDEST_DAYS = 28, 728
CDNOW_UNTIL = datetime.date(1997, 9, 30)
ORDER_LOG_DAYS = 1095
ORDER_LOG_START = datetime.datetime(2022, 1, 1)

BG_NBD = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
MBG_NBD = {"r": 0.5248, "alpha": 6.1831, "a": 0.8914, "b": 1.6140}
PARETO_NBD = {"r": 0.5533, "alpha": 10.5777, "s": 0.6062, "beta": 11.6687}
GAMMA_GAMMA = {"p": 6.2496, "q": 3.7442, "v": 15.4435}


def simulated_customers(world: str, size: int, rng: np.random.Generator) -> pa.Table:
    """`size` customers of one world: frequency, recency and T in weeks, monetary_value."""
    age = rng.integers(YOUNGEST_DAYS, OLDEST_DAYS + 1, size) / WEEK_DAYS
    if world == "pareto_nbd":
        frequency, recency = _pareto_nbd(age, rng)
    elif world == "mbg_nbd":
        frequency, recency = _coin_flippers(age, rng, MBG_NBD, coin_after_first=True)
    else:
        frequency, recency = _coin_flippers(age, rng, BG_NBD, coin_after_first=False)
    return _customers(frequency, recency, age, _spend(frequency, rng))


def _coin_flippers(age, rng, p, *, coin_after_first):
    """BG/NBD and MBG/NBD: after each purchase a coin decides whether the customer leaves."""
    size = len(age)
    rate = rng.gamma(p["r"], 1 / p["alpha"], size)
    leave = rng.beta(p["a"], p["b"], size)
    frequency, recency = np.zeros(size, np.int64), np.zeros(size)
    here = np.arange(size)
    clock = np.zeros(size)
    if coin_after_first:
        here = here[rng.random(size) >= leave]
    while len(here):
        clock[here] += rng.exponential(1.0, len(here)) / np.maximum(rate[here], 1e-300)
        here = here[clock[here] <= age[here]]
        frequency[here] += 1
        recency[here] = clock[here]
        here = here[rng.random(len(here)) >= leave[here]]
    return frequency, recency


def _pareto_nbd(age, rng):
    size, p = len(age), PARETO_NBD
    rate = rng.gamma(p["r"], 1 / p["alpha"], size)
    hazard = np.maximum(rng.gamma(p["s"], 1 / p["beta"], size), 1e-300)
    active = np.minimum(age, rng.exponential(1.0, size) / hazard)
    frequency = rng.poisson(rate * active)
    last = active * rng.random(size) ** (1 / np.maximum(frequency, 1))
    return frequency, np.where(frequency > 0, last, 0.0)


def _spend(frequency, rng):
    """Mean spend of the repeat purchases: Gamma-Gamma; 0 without any."""
    p = GAMMA_GAMMA
    repeats = np.maximum(frequency, 1)
    price_rate = rng.gamma(p["q"], 1 / p["v"], len(frequency))
    mean = rng.gamma(p["p"] * repeats) / (price_rate * repeats)
    return np.where(frequency > 0, np.round(mean, 4), 0.0)


def _customers(frequency, recency, age, spend):
    """To whole days, as purchases are recorded: one purchase a day at most, none before day 1."""
    days = np.minimum(np.ceil(recency * WEEK_DAYS), np.round(age * WEEK_DAYS))
    frequency = np.minimum(frequency, days).astype(np.int64)
    return pa.table(
        {
            "customer_id": np.arange(len(age)),
            "frequency": frequency,
            "recency": days / WEEK_DAYS,
            "T": age,
            "monetary_value": spend,
        }
    )


def cdnow_customers(path: Path) -> pa.Table:
    """The 1/10 sample up to 1997-09-30: 2,357 customers, time in weeks."""
    spend: dict[str, dict[int, float]] = {}
    until = CDNOW_UNTIL.toordinal()
    for line in path.read_text().splitlines():
        customer, _, date, _, dollars = line.split()
        day = datetime.date(int(date[:4]), int(date[4:6]), int(date[6:])).toordinal()
        if day <= until:
            days = spend.setdefault(customer, {})
            days[day] = days.get(day, 0.0) + float(dollars)
    frequency = np.array([len(days) - 1 for days in spend.values()])
    first = np.array([min(days) for days in spend.values()])
    last = np.array([max(days) for days in spend.values()])
    repeat = np.array([sum(days.values()) - days[min(days)] for days in spend.values()])
    return pa.table(
        {
            "customer_id": np.arange(len(spend)),
            "frequency": frequency,
            "recency": (last - first) / WEEK_DAYS,
            "T": (until - first) / WEEK_DAYS,
            "monetary_value": np.where(frequency > 0, repeat / np.maximum(frequency, 1), 0.0),
        }
    )


def write_order_log(path: Path, rows: int, rng: np.random.Generator) -> None:
    """An order log in order of time: about ten rows per customer, very unevenly spread."""
    customers = max(1, rows // 10)
    weight = rng.gamma(0.6, 1.0, customers)
    customer = np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(rows)).astype(np.int64)
    second = np.sort(rng.integers(0, ORDER_LOG_DAYS * 86_400, rows))
    amount = np.round(rng.lognormal(3.2, 0.8, rows), 2)
    names = pa.array([f"C{number:07d}" for number in range(customers)])
    start = np.datetime64(ORDER_LOG_START, "us")
    table = pa.table(
        {
            "customer_id": names.take(pa.array(np.minimum(customer, customers - 1))),
            "ordered_at": pa.array(start + second.astype("timedelta64[s]")),
            "amount": amount,
        }
    )
    pq.write_table(table, path, compression="zstd", row_group_size=500_000)
