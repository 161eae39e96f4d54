"""A coffee club whose future is known, as a table of periods and as what it will pay."""

import numpy as np
import pyarrow as pa

from lifeworth.data.contracts.subscribers import read_subscribers
from lifeworth.data.samples.company.club import (
    PAUSED,
    ClubParameters,
    club_periods,
    simulate_club,
)
from lifeworth.engines.duckdb import DuckDBEngine

TODAY = 20088  # 2024-12-31
PLANS = ("Small", "Classic", "Big")


def club(members, seed, parameters=None, months=60):
    rng = np.random.default_rng(seed)
    start = TODAY - rng.integers(20, 900, members)
    start -= np.maximum(_of_month(start) - 28, 0)  # so that each renewal is on one day of the month
    return simulate_club(rng, np.sort(start), months, parameters or ClubParameters())


def day(number):
    return None if number < 0 else np.datetime64(number, "D").astype(object)


def periods(made, until=TODAY, cents=1):
    rows = [
        {
            "customer_id": f"M{each.member:05d}",
            "subscription_id": f"S{each.member:05d}",
            "plan": None if each.extra else PLANS[each.plan] if each.plan < PAUSED else None,
            "add_on": "Milk" if each.extra else None,
            "start": day(each.start),
            "end": day(each.end),
            "mrr": each.fee * cents / 100,
            "status": "paused" if each.plan == PAUSED and not each.extra else "active",
        }
        for each in club_periods(made, until)
    ]
    return pa.Table.from_pylist(rows)


def read(table, until=TODAY):
    return read_subscribers(table, until, DuckDBEngine())


def subscribers(made, until=TODAY):
    return read(periods(made, until), until)


def paid(made, until=TODAY):
    """Cents of each member up to a day."""
    return (made.fee() * (made.day <= until)).sum(axis=1)


def ahead(made, days, rate=0.0, until=TODAY):
    """What each member pays in the `days` after a day, in major units, discounted at an annual rate."""
    wait = made.day - until
    worth = made.fee() / 100 * (1 + rate) ** (-wait / 365.25)
    return (worth * ((wait > 0) & (wait <= days))).sum(axis=1)


def _of_month(days):
    dates = days.astype("datetime64[D]")
    return (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(int) + 1
