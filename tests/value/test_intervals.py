"""Intervals against worlds whose customers really follow the models."""

import numpy as np
import pytest

from lifeworth.base.history import PurchaseHistory
from lifeworth.value.intervals import count_interval, interval, level_factors, simulate
from lifeworth.value.model import Base, FormulaModel, PurchaseValueModel
from lifeworth.value.outcomes import Outcomes

HORIZON = 365


def world(seed, customers=800):
    """Customers of MBG/NBD with Gamma-Gamma spend: what was seen of them, and what they then spent."""
    rng = np.random.default_rng(seed)
    pace, leave = rng.gamma(0.8, 1 / 60, customers), rng.beta(0.6, 1.2, customers)
    age, thrift = rng.integers(100, 600, customers), rng.gamma(4.2, 1 / 24.0, customers)
    rows = []
    for number in range(customers):
        moment, days = 0.0, {0: rng.gamma(4.7) / thrift[number]}
        while rng.random() >= leave[number]:
            moment += rng.exponential(1 / pace[number])
            if moment > age[number] + HORIZON:
                break
            day = int(np.ceil(moment))
            days[day] = days.get(day, 0) + rng.gamma(4.7) / thrift[number]
        past = {day: spend for day, spend in days.items() if day <= age[number]}
        again = [spend for day, spend in past.items() if day > 0]
        rows.append((len(again), max(past), np.mean(again) if again else 0.0, sum(past.values()),
                     sum(spend for day, spend in days.items() if day > age[number])))  # fmt: skip
    x, last, mean, sales, future = (np.array(column) for column in zip(*rows, strict=True))
    history = PurchaseHistory(
        np.arange(customers), x.astype(np.int32), last.astype(np.int32), age.astype(np.int32), mean
    )
    return Base(history, sales, np.ones(customers)), future


def futures_of(base, draws=200, level_sd=0.0, groupings=(), seed=1):
    model = PurchaseValueModel("MBGNBD").fit(base)
    forecast = model.forecast(base, days=HORIZON, annual_rate=0)
    drawer = model.futures(base, days=HORIZON, draws=draws, seed=seed)
    drawn = simulate(
        base.history, forecast, base.margin_rates, drawer,
        draws=draws, level_sd=level_sd, seed=seed, groupings=groupings,
    )  # fmt: skip
    return forecast, drawn


def test_nine_of_ten_totals_and_customers_lie_inside_their_interval():
    total, customers = [], []
    for seed in range(10):
        base, future = world(seed)
        _, drawn = futures_of(base)
        low, high = np.quantile(drawn.total_value, (0.05, 0.95))
        total.append(low <= future.sum() <= high)
        customers.append(np.mean((future >= drawn.low - 0.01) & (future <= drawn.high + 0.01)))
    assert sum(total) >= 7
    assert (
        0.92 <= np.mean(customers) <= 0.97
    )  # above .90: where most buy nothing an interval from 0 holds more


def test_the_mean_of_the_futures_is_the_forecast():
    base, _ = world(1)
    forecast, drawn = futures_of(base, draws=400)
    assert drawn.total_value.mean() == pytest.approx(forecast.value.sum(), rel=0.02)
    assert drawn.total_purchases.mean() == pytest.approx(forecast.expected_purchases.sum(), rel=0.02)


def test_groups_add_up_to_the_whole_in_every_future():
    base, _ = world(2)
    codes = np.arange(len(base.history)) % 3
    _, drawn = futures_of(base, groupings=[(codes, 3)])
    assert drawn.groups[0].sum(axis=0) == pytest.approx(drawn.total_value)


def test_a_miss_of_the_level_widens_the_interval_of_the_total():
    base, _ = world(3)
    _, narrow = futures_of(base)
    _, wide = futures_of(base, level_sd=0.2)
    spread = [np.ptp(np.quantile(drawn.total_value, (0.05, 0.95))) for drawn in (narrow, wide)]
    assert spread[1] > 2 * spread[0]


def test_level_factors_have_mean_one():
    assert level_factors(0.3, 200_000, 5).mean() == pytest.approx(1, abs=0.005)
    assert np.all(level_factors(0.0, 10, 5) == 1)


def test_futures_of_the_formula_are_outcomes_seen_before():
    base, future = world(4)
    naive = FormulaModel().fit(base).forecast(base, days=182, annual_rate=0).value
    outcomes = Outcomes(naive, np.ones(len(naive), int), future)
    model = FormulaModel(outcomes, 182)
    drawer = model.futures(base, days=182, draws=50, seed=1)
    _, sales = drawer(base.history, slice(0, len(naive)), np.random.default_rng(1))
    assert set(np.round(np.unique(sales), 6)) <= set(np.round(future, 6))
    rich = sales[naive > np.quantile(naive, 0.9)].mean()
    poor = sales[naive < np.quantile(naive, 0.5)].mean()
    assert rich > poor


def test_an_interval_always_holds_its_point():
    assert interval(np.array([1.0, 2, 3]), 9.0)["high"] == 9
    found = count_interval(np.full(400, 0.5))
    assert (found["low"], found["value"], found["high"]) == pytest.approx((183.55, 200, 216.45), abs=0.01)
