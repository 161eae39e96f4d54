"""The time customers are expected to remain, and whether they grow or decline, as a run publishes them."""

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.base.history import DAYS_PER_MONTH, PurchaseHistory
from lifeworth.results.contract import CUSTOMER_COLUMNS
from lifeworth.value.lifetime import falls_to
from lifeworth.value.model import Base, PurchaseValueModel
from lifeworth.value.potential.growth import trend

UNTIL, MONTHS = 540, 12


def leaving_buyers(customers=2500, seed=5):
    """Orders of a world in which everybody leaves at a purchase, and the day each of them left."""
    rng = np.random.default_rng(seed)
    pace, coin = rng.gamma(1.5, 1 / 60.0, customers), rng.beta(1.5, 6.0, customers)
    rows, end = [], {}
    for number, arrived in enumerate(rng.uniform(0, 0.7 * UNTIL, customers)):
        moment, name = arrived, f"C{number:05d}"
        while True:
            if moment <= UNTIL:
                rows.append((name, int(moment), 20.0))
            if rng.random() < coin[number] or moment > UNTIL + MONTHS * DAYS_PER_MONTH:
                break
            moment += rng.exponential(1 / pace[number])
        end[name] = moment
    table = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    table["order_id"] = [f"O{row:06d}" for row in range(len(table))]
    table["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(table.pop("day"), unit="D")
    return table, pd.Series(end)


@pytest.fixture(scope="module")
def world():
    return leaving_buyers()


@pytest.fixture(scope="module")
def statement(world):
    return lw.value(world[0], currency="CNY", horizon_months=MONTHS, model="MBGNBD", until="2025-06-24")


def test_the_mean_told_is_the_mean_lived_and_nine_of_ten_end_inside_their_interval(world, statement):
    table = statement.customers.to_pandas().set_index("customer_id")
    lived = ((world[1][table.index] - UNTIL) / DAYS_PER_MONTH).clip(0, MONTHS)
    told = statement.summary["intervals"]["remaining_months"]
    error = 2 * lived.std() / np.sqrt(len(lived))
    assert told["low"] - error < lived.mean() < told["high"] + error
    assert told["value"] == pytest.approx(table["remaining_months"].mean())
    inside = (table["remaining_months_low"] <= lived) & (lived <= table["remaining_months_high"])
    assert inside.mean() > 0.9
    thirds = pd.qcut(table["remaining_months"], 3)
    for _, group in table.groupby(thirds, observed=True):
        mine = lived[group.index]
        spread = mine.std() / np.sqrt(len(mine))
        assert group["remaining_months"].mean() == pytest.approx(mine.mean(), abs=5 * spread)


def test_time_lies_in_its_interval_within_the_horizon_and_below_p_alive_times_it(statement):
    table = statement.customers.to_pandas()
    low, time, high = (table[f"remaining_months{end}"] for end in ("_low", "", "_high"))
    assert ((low >= 0) & (low <= time) & (time <= high) & (high <= MONTHS + 1e-9)).all()
    assert (time <= table["probability_alive"] * MONTHS + 1e-9).all()


def test_half_the_horizon_holds_more_than_half_the_time(world, statement):
    half = lw.value(world[0], currency="CNY", horizon_months=MONTHS / 2, model="MBGNBD", until="2025-06-24")
    whole = statement.customers["remaining_months"].to_numpy()
    short = half.customers["remaining_months"].to_numpy()
    assert (short <= whole + 1e-9).all()
    assert (short >= whole / 2 - 1e-9).all()


def test_the_formula_alone_knows_no_leaving(world):
    told = lw.value(world[0], currency="CNY", model="formula", until="2025-06-24")
    assert told.customers["remaining_months"].null_count == len(told)
    assert "remaining_months" not in told.summary["intervals"]


def test_a_model_of_buying_alone_tells_the_same_time(world):
    rfm = lw.rfm_summary(world[0], observation_period_end="2025-06-24")
    whole = {name: rfm[name].to_numpy().astype(np.int32) for name in ("frequency", "recency", "T")}
    spend = np.maximum(rfm["monetary_value"].to_numpy(), 1.0)
    history = PurchaseHistory(list(rfm["customer_id"]), **whole, monetary_value=spend)
    base = Base(history, spend * (whole["frequency"] + 1), np.ones(len(rfm)))
    one, other = PurchaseValueModel("MBGNBD").fit(base), PurchaseValueModel.of_buying("MBGNBD", history)
    times = [each.active_time(base, days=200.0, seed=7) for each in (one, other)]
    for name in ("expected", "low", "high", "means"):
        assert getattr(times[0], name) == pytest.approx(getattr(times[1], name))


def test_a_curve_falls_to_a_level_where_it_crosses_it():
    times = np.array([0.0, 1.0, 4.0])
    curves = np.array([[1.0, 0.5, 0.25], [0.4, 0.3, 0.1], [1.0, 0.99, 0.97]])
    assert falls_to(0.5, curves, times) == pytest.approx([1.0, 0.0, 4.0])
    assert falls_to(0.75, curves, times) == pytest.approx([0.5, 0.0, 4.0])


def test_more_and_fewer_purchases_than_chance_makes_are_growth_and_decline():
    steady = np.full(200, 10.0)
    earlier, later = np.append(steady, [1, 12, 1, 10, 4]), np.append(steady, [12, 1, 1, 12, 0])
    known = np.append(np.ones(204, bool), False)
    found = trend(earlier, later, known)
    assert (found[:200] == 2).all()
    assert found[200:].tolist() == [1, 3, 0, 2, 0]


def test_of_steady_customers_few_are_called_growing_or_declining():
    rng = np.random.default_rng(2)
    rate = rng.gamma(2.0, 4.0, 20_000)
    found = trend(rng.poisson(rate).astype(float), rng.poisson(rate).astype(float), np.ones(20_000, bool))
    told = found[found > 0]
    assert (told == 1).mean() < 0.06
    assert (told == 3).mean() < 0.06


def test_the_trend_of_a_run_is_one_of_three_or_untold(statement):
    named = next(column for column in CUSTOMER_COLUMNS if column.name == "trend")
    assert named.unit == "growing, steady or declining"
    table = statement.customers.to_pandas()
    assert set(table["trend"].dropna()) <= {"growing", "steady", "declining"}
    assert (table.loc[table["trend"].notna(), "frequency"] >= 2).all()
