"""Simulated shops with known truth, as order tables."""

import numpy as np
import pandas as pd


def shop(
    customers=600,
    days=540,
    seed=3,
    *,
    leave=0.15,
    mean_gap=40.0,
    spend=50.0,
    cost_share=None,
    start="2024-01-01",
):
    """Customers arrive evenly, buy at their own pace and leave after each purchase with their own chance.

    The world of MBG/NBD with Gamma-Gamma spend; `leave` is the mean chance.
    """
    rng = np.random.default_rng(seed)
    rows = []
    pace = rng.gamma(1.5, 1.0, customers) / 1.5 / mean_gap
    taste = spend * rng.gamma(4.0, 1.0, customers) / 4.0
    chance = rng.beta(1.5, 1.5 / leave - 1.5, customers)
    for number, arrived in enumerate(np.sort(rng.uniform(0, days * 0.7, customers))):
        moment = arrived
        while moment < days:
            rows.append(
                (f"C{number:05d}", int(moment), round(max(taste[number] * rng.gamma(6.0) / 6.0, 0.01), 2))
            )
            if rng.random() < chance[number]:
                break
            moment += rng.exponential(1 / pace[number])
    table = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    table["order_id"] = [f"O{number:06d}" for number in range(len(table))]
    table["date"] = pd.Timestamp(start) + pd.to_timedelta(table.pop("day"), unit="D")
    if cost_share is not None:
        table["cost"] = (table["amount"] * cost_share * rng.uniform(0.8, 1.2, len(table))).round(2)
    return table[["order_id", "customer_id", "date", *([] if cost_share is None else ["cost"]), "amount"]]
