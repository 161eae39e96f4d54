"""A shop whose customers refer one another, with the truth beside it."""

import numpy as np
import pandas as pd

from lifeworth.models.referral import World, simulate

START = pd.Timestamp("2023-01-01")


def referred_shop(seed=1, **changes):
    """Orders of the customers of a simulated referral world, their referrals, and the world itself.

    Each customer buys on its first day and then by its own pace until it leaves.
    """
    world = simulate(World(**{"arrivals_per_day": 1.5, "days": 700.0} | changes), seed)
    rng = np.random.default_rng(seed + 1000)
    rows = []
    pace = rng.gamma(2.0, 1 / 80.0, world.observed)
    for row in range(world.observed):
        moment, amount = world.day[row], world.value[row] / 3
        while moment <= 700:
            rows.append((f"C{row:06d}", int(moment), round(float(amount * rng.gamma(6.0) / 6.0) + 0.01, 2)))
            if rng.random() < 0.15:
                break
            moment += rng.exponential(1 / pace[row])
    orders = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    orders["order_id"] = [f"O{number:06d}" for number in range(len(orders))]
    orders["date"] = START + pd.to_timedelta(orders.pop("day"), unit="D")
    referrals = pd.DataFrame(
        {"customer_id": world.columns["customer_id"], "referrer_id": world.columns["referrer_id"]}
    )
    return orders, referrals[referrals["referrer_id"].notna()].reset_index(drop=True), world
