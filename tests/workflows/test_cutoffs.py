"""Earlier cut-offs of the backtest: what intervals of totals rest on."""

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.monitoring.metrics import bias
from lifeworth.value.intervals import level_sd
from lifeworth.workflows.backtest import judge


def shop(days, seed=3, customers=500):
    """Customers who come evenly, buy at their own pace and stay."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        moment, pace = rng.uniform(0, days - 10), rng.gamma(1.0, 1 / 40)
        while moment < days:
            rows.append((f"C{number}", int(moment), 20.0 + number % 7))
            moment += rng.exponential(1 / pace)
    table = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    table["date"] = pd.Timestamp("2022-01-01") + pd.to_timedelta(table["day"], unit="D")
    table["order_id"] = [f"O{row}" for row in range(len(table))]
    return table


def judged(table):
    engine = DuckDBEngine()
    orders = lw.read_orders(table.drop(columns="day"), engine=engine)
    return judge(
        orders, orders.last_day, engine, candidates=["MBGNBD"], horizon_days=120, seed=1, language="en"
    )


def test_each_earlier_cutoff_lies_a_holdout_before_the_next_and_counts_what_then_came():
    table = shop(900)
    found = judged(table)
    days = found.cutoff.holdout_days
    assert len(found.earlier) == 3
    first = pd.Timestamp("2022-01-01")
    for step, miss in enumerate(found.earlier, 1):
        day = found.cutoff.day - step * days
        assert pd.Timestamp(miss["cutoff"]) == pd.Timestamp("1970-01-01") + pd.Timedelta(days=day)
        since = (table["date"] > miss["cutoff"]) & (
            table["date"] <= pd.Timestamp(miss["cutoff"]) + pd.Timedelta(days=days)
        )
        known = set(table.loc[table["date"] <= miss["cutoff"], "customer_id"])
        came = table.loc[since & table["customer_id"].isin(known), "amount"].sum()
        assert miss["actual"] == pytest.approx(came)
        assert miss["bias"] == pytest.approx(bias(np.array([miss["forecast"]]), np.array([came])))
        assert first < pd.Timestamp(miss["cutoff"])


def test_the_level_is_as_open_as_all_misses_together_say():
    found = judged(shop(900))
    own = found.result.choice.metrics[found.chosen]["bias"]
    logs = [level_sd(each) for each in (own, *(miss["bias"] for miss in found.earlier))]
    assert found.level_sd == pytest.approx(np.sqrt(np.mean(np.square(logs))))


def test_a_short_history_carries_the_one_cutoff_only():
    found = judged(shop(130))
    assert found.record is not None
    assert found.earlier == ()
    assert found.level_sd == pytest.approx(level_sd(found.result.choice.metrics[found.chosen]["bias"]))
