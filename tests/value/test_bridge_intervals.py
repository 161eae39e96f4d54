"""Intervals of the bridge's steps, against steps that the true parameters give for the same customers."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from lifeworth.base.history import PurchaseHistory
from lifeworth.base.levels import NORMAL_95
from lifeworth.models import MBGNBD
from lifeworth.value.bridge import match, value_bridge
from lifeworth.value.bridge_intervals import Side, posterior_table, step_spreads
from lifeworth.value.model import Base, PurchaseValueModel

TRUE = {"r": 0.9, "alpha": 40.0, "a": 1.2, "b": 5.0}
DAYS, SPEND, STEPS = 365.0, 50.0, ("new", "activity", "frequency")
NOTHING = {"value": 0.0, "low": 0.0, "high": 0.0}


def shop(seed, n=500, first_day=300, second_day=480):
    """Histories of one MBG/NBD shop as of two days, and who was there on the first."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(0, second_day - 20, n)
    pace, chance = rng.gamma(TRUE["r"], 1 / TRUE["alpha"], n), rng.beta(TRUE["a"], TRUE["b"], n)
    moment, here = start.copy(), rng.random(n) > chance
    counts, lasts = np.zeros((2, n), np.int32), np.zeros((2, n))
    while here.any():
        moment = moment + rng.exponential(1 / pace)
        for side, day in enumerate((first_day, second_day)):
            bought = here & (moment <= day)
            counts[side] += bought
            lasts[side] = np.where(bought, moment - start, lasts[side])
        here &= (moment <= second_day) & (rng.random(n) > chance)
    found = []
    for side, day in enumerate((first_day, second_day)):
        known = np.flatnonzero(start < day - 10)
        age = np.ceil(day - start[known]).astype(np.int32)
        last = np.minimum(np.ceil(lasts[side][known]).astype(np.int32), age)
        history = PurchaseHistory(known.tolist(), counts[side][known], last, age, np.full(len(known), SPEND))
        found.append((known, history))
    return found


def table(known, history, model):
    alive, purchases = model.expected_probability_alive(history), model.expected_purchases(history, DAYS)
    value = purchases * SPEND
    n = len(known)
    return pa.table({
        "customer_id": [str(one) for one in known], "probability_alive": alive,
        "expected_purchases": purchases, "expected_spend": np.full(n, SPEND), "current_value": value,
        "current_value_undiscounted": value, "subscription_value": np.zeros(n),
        "subscription_value_undiscounted": np.zeros(n), "potential_value": np.zeros(n),
        "pattern": ["gold"] * n, "frequency": history.frequency, "recency": history.recency, "T": history.T,
    })  # fmt: skip


def side_of(known, history, level_sd=0.0, seed=1):
    base = Base(history, SPEND * (history.frequency + 1.0), np.ones(len(known)))
    model = PurchaseValueModel("MBGNBD", "credible").fit(base)
    forecast = model.forecast(base, days=DAYS, annual_rate=0.0)
    rng = np.random.default_rng(seed)
    levels = np.exp(level_sd * rng.standard_normal(200) - level_sd**2 / 2)
    kept = posterior_table(model, base, forecast, levels, seed)
    customers = table(known, history, model.purchases)
    return Side(customers, "MBGNBD", dict(model.purchases.params_), kept, DAYS, NOTHING, NOTHING, {})


def test_true_steps_lie_in_nine_of_ten_intervals():
    true = MBGNBD.with_parameters(**TRUE)
    inside = {name: [] for name in STEPS}
    for seed in range(24):
        (one, two) = shop(seed)
        before, after = side_of(*one, seed=2 * seed), side_of(*two, seed=2 * seed + 1)
        said = value_bridge(before.customers, after.customers, revenue=True)
        half = step_spreads(before, after, revenue=True)
        truth = value_bridge(table(*one, true), table(*two, true), revenue=True)
        for name in STEPS:
            inside[name].append(abs(truth.steps[name] - said.steps[name]) / 100 <= half[name])
    for name, found in inside.items():
        assert np.mean(found) >= 0.8, name  # 90 % less two standard errors of 24 shops


def test_the_open_level_widens_each_step_it_may_lie_in_and_what_is_kept_is_small():
    one, two = shop(3)
    sure = step_spreads(side_of(*one), side_of(*two), revenue=True)
    open_ = step_spreads(side_of(*one, level_sd=0.2), side_of(*two, level_sd=0.2, seed=2), revenue=True)
    assert all(open_[name] > 1.5 * sure[name] for name in ("frequency", "spend", "new"))
    assert sure["spend"] < 0.01 * sure["frequency"]  # one spend, known but for the rounding of cents
    assert side_of(*one).posterior.nbytes < 5_000


def test_what_subscriptions_will_pay_is_as_unsure_as_their_total_and_moves_no_other_step():
    sides = []
    for at, one in enumerate(shop(3)):
        side = side_of(*one, seed=at)
        paying = np.where(np.arange(len(one[0])) % 3, 0.0, 20.0)
        columns = dict(zip(side.customers.column_names, side.customers.columns, strict=True))
        for end in ("", "_undiscounted"):
            columns[f"subscription_value{end}"] = pa.array(paying)
            columns[f"current_value{end}"] = pa.array(columns[f"current_value{end}"].to_numpy() + paying)
        whole = float(paying.sum())
        total = {"value": whole, "low": 0.9 * whole, "high": 1.1 * whole}
        sides.append((side, replace(side, customers=pa.table(columns), subscriptions=total), whole))
    plain, paid = (step_spreads(sides[0][at], sides[1][at], revenue=True) for at in (0, 1))
    assert plain["subscriptions"] == 0.0
    for name in ("activity", "frequency", "spend", "turned"):
        assert paid[name] == pytest.approx(plain[name], rel=1e-6), name
    stayed = match(sides[0][1].customers, sides[1][1].customers, revenue=True)
    shares = [
        np.asarray(side[1].customers["subscription_value"])[rows].sum()
        for side, rows in zip(sides, (stayed.stayed, stayed.there), strict=True)
    ]
    assert paid["subscriptions"] == pytest.approx(0.1 * np.hypot(*shares))
    assert paid["new"] > plain["new"]


def test_the_same_run_twice_changes_nothing_but_is_not_known_without_error():
    one, _ = shop(4)
    side = side_of(*one)
    made = value_bridge(side.customers, side.customers, revenue=True)
    assert not any(made.steps.values())
    half = step_spreads(side, side, revenue=True)
    assert half["frequency"] == pytest.approx(0.0, abs=1e-6)  # the same draws: nothing differs
    assert half["new"] == half["gone"] == 0.0


def test_an_effect_of_offers_is_shared_only_where_both_runs_use_it():
    one, _ = shop(4)
    side = side_of(*one)
    worth = pa.array(np.full(len(one[0]), 10.0))
    place = side.customers.column_names.index("potential_value")
    whole = 10.0 * len(one[0])
    side = replace(
        side,
        customers=side.customers.set_column(place, "potential_value", worth),
        potential={"value": whole, "low": 0.2 * whole, "high": 1.8 * whole},
    )
    half = {}
    for name, causes in (("same", "AA"), ("other", "AB")):
        sides = [replace(side, offers={cause: 0.4}) for cause in causes]
        half[name] = step_spreads(sides[0], sides[1], revenue=True)["potential"]
    chance = 0.8**2 - (NORMAL_95 * 0.4) ** 2
    assert half["same"] == pytest.approx(whole * np.sqrt(2 * chance))
    assert half["other"] == pytest.approx(whole * np.sqrt(2) * 0.8)
