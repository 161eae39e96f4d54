"""What campaigns by lot say: the truth of the sample company is found, a broken lot is told."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from campaigns.worlds import MARGIN, drawn_of, measured, orders_of, take_up_lift, world
from lifeworth.base.errors import DataError, UsageError
from lifeworth.value.campaigns import (
    Estimate,
    balance_chance,
    lift,
    mean_difference,
    pooled,
    ratio_chance,
    share_difference,
    student_95,
)
from lifeworth.value.potential.effects import measured_effect
from lifeworth.value.potential.streams import Claim, together


@cache
def company():
    return world(0)


@cache
def found():
    return measured(orders_of(company()), drawn_of(company()))


def truth_of(company):
    """Expected rise of response and of profit per customer, from what the simulation alone knows."""
    p = company.parameters
    rise = company.uplift[company.member].mean() * (1 - p.refund_share - p.cancelled_share)
    return {
        "response": rise,
        "purchases": rise,  # who was pushed bought once and would not have bought
        "profit": rise * company.line_amount.sum() / len(company.buyer) / 100 * MARGIN,
    }


def test_the_arms_are_counted_as_they_were_drawn():
    told, one = found().record[0], company()
    control = one.member & ~one.treated
    assert [arm["arm"] for arm in told["arms"]] == ["A", "B"]
    assert [arm["customers"] for arm in told["arms"]] == [control.sum(), one.treated.sum()]
    p, kept = one.parameters, ~(one.refunded | one.cancelled)
    within = kept & (one.day >= p.campaign_day) & (one.day < p.campaign_day + p.campaign_window_days)
    bought = np.isin(np.arange(len(one)), one.buyer[within])
    assert [arm["buyers"] for arm in told["arms"]] == [bought[control].sum(), bought[one.treated].sum()]
    assert told["take_up_lift"]["low"] < take_up_lift(one) < told["take_up_lift"]["high"]
    money = np.bincount(one.buyer[one.line_order], one.line_amount * within[one.line_order], len(one))
    assert told["arms"][1]["profit_per_customer"] == pytest.approx(
        MARGIN * money[one.treated].mean() / 100, rel=1e-9
    )


def many(worlds):
    """Several companies as one, each with a campaign of its own."""
    labels = [f"{at:02d}" for at in range(len(worlds))]
    orders = [orders_of(one).assign(world=label) for one, label in zip(worlds, labels, strict=True)]
    drawn = [drawn_of(one, campaign=label) for one, label in zip(worlds, labels, strict=True)]
    every, lots = pd.concat(orders), pd.concat(drawn)
    every["customer_id"] = every.pop("world") + every["customer_id"]
    every["order_id"] = np.arange(len(every))
    lots["customer id"] = lots["campaign"] + lots["customer id"]
    return measured(every, lots)


def test_the_truth_is_near():
    worlds = [world(seed, 1500) for seed in range(3)]
    for one, told in zip(worlds, many(worlds).record, strict=True):
        for name, true in truth_of(one).items():
            found = told["effects"][0][name]
            assert abs(found["value"] - true) < 1.1 * (found["high"] - found["low"])  # 3.6 standard errors


@pytest.mark.slow
def test_the_truth_lies_in_nine_of_ten_intervals():
    worlds = [world(seed) for seed in range(24)]
    inside = {name: [] for name in ("response", "purchases", "profit", "lift")}
    true_lift = take_up_lift(world(99, 120_000))
    found = many(worlds)
    assert found.findings == []
    for one, told in zip(worlds, found.record, strict=True):
        for name, true in (truth_of(one) | {"lift": true_lift}).items():
            each = told["take_up_lift"] if name == "lift" else told["effects"][0][name]
            inside[name].append(each["low"] <= true <= each["high"])
    for name, each in inside.items():
        assert np.mean(each) >= 0.75, name  # 18 of 24: fewer are luck once in 130 such tests
    assert np.mean(list(inside.values())) == pytest.approx(0.9, abs=0.08)


def test_an_offer_that_does_nothing_is_not_said_to_do_something():
    one = company()
    lot = np.random.default_rng(5).random(one.member.sum()) < 0.5
    drawn = drawn_of(one, arm=np.where(lot, "test", "control"), offer="")
    told = measured(orders_of(one), drawn).record[0]
    assert told["effects"][0]["response"]["low"] < 0 < told["effects"][0]["response"]["high"]
    assert told["control"] == "control"


def test_one_offer_within_the_horizon_adds_its_lift_for_the_days_of_one_window():
    (name, aim, rise), = found().lifts  # fmt: skip
    effects = found().effects(300)
    assert (name, aim) == ("Summer return", None)
    assert set(effects) == {"add_on", "up_sell", "cross_sell"}
    assert effects["cross_sell"].value == pytest.approx(rise.value * 30 / 300, rel=0.05)
    assert effects["cross_sell"].high == pytest.approx(rise.high * 0.1)
    assert effects["cross_sell"].graded("C") == "A"
    assert effects["cross_sell"].graded("D") == "D"


def test_an_objective_keeps_the_effect_to_its_own_stream():
    drawn = drawn_of(company(), objective="Cross-sell")
    assert set(measured(orders_of(company()), drawn).effects(365)) == {"cross_sell"}


def test_a_lot_that_lost_half_of_an_arm_is_told_and_not_used():
    drawn = drawn_of(company())
    lost = (drawn["arm"] == "B") & (np.arange(len(drawn)) % 4 == 0)
    told = measured(orders_of(company()), drawn[~lost])
    assert [finding.code for finding in told.findings] == ["campaign_ratio"]
    assert told.record[0]["use"] == "lot"
    assert told.effects(365) == {}
    planned = measured(orders_of(company()), drawn.assign(control_share="57.1%")[~lost])
    assert planned.findings == []
    assert planned.effects(365)


def test_an_arm_of_hand_picked_customers_is_told_and_not_used():
    one = company()
    often = np.bincount(one.buyer, one.day[: len(one.buyer)] < one.parameters.campaign_day, len(one)) > 3
    picked = often[one.member] & (np.random.default_rng(1).random(one.member.sum()) < 0.7)
    drawn = drawn_of(
        one, arm=np.where(picked, "B", "A"), offer=np.where(picked, "voucher", ""), control_share=""
    )
    told = measured(orders_of(one), drawn)
    assert [finding.code for finding in told.findings] == ["campaign_unbalanced"]
    assert told.record[0]["checks"]["largest"] > 0.5
    assert told.effects(365) == {}


def test_contamination_is_counted_and_changes_no_arm():
    drawn = drawn_of(company())
    control = drawn.index[drawn["arm"] == "A"][:40]
    drawn.loc[control, "offer"] = "leaked"
    torn = drawn.iloc[-3:].assign(arm="A", offer="")
    torn["arm"] = np.where(drawn.iloc[-3:]["arm"] == "A", "B", "A")
    other = drawn.head(200).assign(**{"campaign": "Autumn", "offered on": "2024-07-20"})
    other["arm"] = np.where(np.arange(200) % 2, "treated", "holdout")
    told = measured(orders_of(company()), pd.concat([drawn, torn, other]))
    summer = next(each for each in told.record if each["campaign"] == "Summer return")
    assert summer["contamination"] == {
        "control_offered": 40, "treated_without_offer": 0, "two_arms": 3, "other_campaign": 100,
        "repeated": 0,
    }  # fmt: skip
    assert sum(arm["customers"] for arm in summer["arms"]) == len(drawn) - 3
    assert "campaign_contaminated" in {finding.code for finding in told.findings}


def test_one_bad_campaign_does_not_refuse_the_good_one():
    drawn = drawn_of(company())
    others = [
        drawn.head(60).assign(campaign="All treated", arm="B", offer="voucher"),
        drawn.head(60).assign(campaign="Who knows", offer="", arm=["X", "Y"] * 30),
        drawn.head(60).assign(**{"campaign": "Elsewhere", "customer id": [f"N{at}" for at in range(60)]}),
    ]
    told = measured(orders_of(company()), pd.concat([drawn, *others]))
    assert [each["campaign"] for each in told.record] == ["Summer return"]
    assert {(one.code, one.facts["campaign"]) for one in told.findings} >= {
        ("campaign_control", "All treated"), ("campaign_control", "Who knows"),
        ("campaign_strange", "Elsewhere"),
    }  # fmt: skip
    assert told.effects(365)
    with pytest.raises(DataError, match="DATA-37"):
        measured(orders_of(company()), pd.concat(others))


def test_an_arm_of_one_or_a_late_arm_is_left_out_and_told():
    drawn = drawn_of(company())
    small = drawn.assign(
        arm=np.where(np.arange(len(drawn)) == drawn["arm"].eq("B").argmax(), "C", drawn["arm"])
    )
    told = measured(orders_of(company()), small.assign(control_share="50%"))
    assert [arm["arm"] for arm in told.record[0]["arms"]] == ["A", "B"]
    assert [(one.code, one.facts["arm"]) for one in told.findings] == [("campaign_arm", "C")]
    assert told.record[0]["use"] == "used"
    late = drawn["arm"].eq("B") & (np.arange(len(drawn)) % 20 == 0)
    third = drawn.assign(**{
        "arm": np.where(late, "C", drawn["arm"]), "control_share": "50%",
        "offered on": np.where(late, "2024-12-20", drawn["offered on"]),
    })  # fmt: skip
    told = measured(orders_of(company()), third)
    assert [(one.code, one.facts["count"]) for one in told.findings] == [("campaign_arm", 0)]
    assert (told.record[0]["use"], told.record[0]["running"]) == ("used", late.sum())


def test_a_control_of_one_is_not_said_to_wait_for_its_window():
    drawn = drawn_of(company())
    drawn = pd.concat([drawn[drawn["arm"] == "B"], drawn[drawn["arm"] == "A"].head(1)])
    told = measured(orders_of(company()), drawn)
    assert [(one.code, one.facts["arm"], one.facts["count"]) for one in told.findings] == [
        ("campaign_arm", "A", 1)
    ]
    assert (told.record[0]["use"], told.record[0]["running"]) == ("few", 0)


def test_a_window_that_is_not_over_is_waited_for():
    told = measured(orders_of(company()), drawn_of(company(), **{"offered on": "2024-12-20"}))
    assert [finding.code for finding in told.findings] == ["campaign_running"]
    assert told.record[0]["use"] == "running"
    assert told.record[0]["effects"] == []
    assert told.effects(365) == {}


def test_few_first_purchases_leave_the_assumption():
    drawn = drawn_of(company()).head(300)
    told = measured(orders_of(company()), drawn)
    assert told.record[0]["use"] == "few"
    assert [finding.code for finding in told.findings] == ["campaign_few"]
    assert told.effects(365) == {}


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("DATA-370", {"offer": "", "arm": "X or Y"}),
        ("DATA-371", {"offer": "voucher"}),
        ("DATA-371", {"arm": "B", "offer": "voucher"}),
        ("DATA-371", {"arm": "control", "offer": ""}),
        ("DATA-372", {"customer id": "nobody"}),
    ],
)
def test_what_cannot_be_read_as_a_lot_is_refused(code, change):
    drawn = drawn_of(company())
    if change.get("arm") == "X or Y":
        change = change | {"arm": np.where(np.arange(len(drawn)) % 2, "X", "Y")}
    if change.get("customer id"):
        change = {"customer id": np.char.add("N", np.arange(len(drawn)).astype(str))}
    with pytest.raises(DataError, match=code) as refusal:
        measured(orders_of(company()), drawn.assign(**change))
    assert "N0" not in repr(refusal.value.facts)  # facts stay with the job: they name nobody


def test_a_window_of_no_days_is_refused():
    with pytest.raises(UsageError, match="VALUE-206"):
        measured(orders_of(company()), drawn_of(company()), 0)


@pytest.mark.parametrize("arms", [("对照组", "实验组"), ("對照組", "實驗組"), ("Hold-out", "offer")])
def test_the_control_is_found_by_its_name_in_three_languages(arms):
    treated = company().treated[company().member]
    told = measured(
        orders_of(company()), drawn_of(company(), arm=np.where(treated, arms[1], arms[0]), offer="")
    )
    assert told.record[0]["control"] == arms[0]
    assert told.record[0]["effects"][0]["response"]["value"] == pytest.approx(
        found().record[0]["effects"][0]["response"]["value"]
    )


def test_differences_have_their_textbook_intervals():
    # Agresti & Caffo: 7 of 10 against 3 of 12
    one, two = np.arange(10) < 7, np.arange(12) < 3
    found = share_difference(one, two)
    first, second = 8 / 12, 4 / 14
    reach = 1.6448536 * np.sqrt(first * (1 - first) / 12 + second * (1 - second) / 14)
    assert (found.value, found.high) == pytest.approx((0.45, first - second + reach))
    # Welch; Student's 95 % quantile at 7 degrees is 1.8946
    a, b = np.array([1.0, 2, 3, 4, 10]), np.array([2.0, 2, 1, 0, 3, 1])
    found = mean_difference(a, b)
    error = np.sqrt(a.var(ddof=1) / 5 + b.var(ddof=1) / 6)
    assert found.error == pytest.approx(error)
    assert student_95(7) == pytest.approx(1.8946, abs=4e-3)
    assert student_95(1e9) == pytest.approx(1.6448536)
    assert ratio_chance(4500, 10_000, 0.5) < 1e-20
    assert ratio_chance(5000, 10_000, 0.5) == 1.0


def test_balance_chances_are_even_where_the_lot_is_fair():
    rng = np.random.default_rng(3)
    chances = []
    for _ in range(300):
        facts = rng.gamma(1.0, 1.0, (400, 3))
        facts = np.column_stack([facts, facts[:, 0], np.ones(400)])  # one told twice, one that never differs
        chances.append(balance_chance(facts, rng.random(400) < 0.3)[0])
    assert np.quantile(chances, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.07)


def test_a_lift_without_events_says_nothing_and_with_many_is_unbiased():
    rng = np.random.default_rng(4)
    assert lift(np.zeros(50), np.zeros(50)) is None
    told = [
        lift(rng.poisson(0.15, 400).astype(float), rng.poisson(0.1, 400).astype(float)) for _ in range(600)
    ]
    assert np.mean([each.value for each in told]) == pytest.approx(0.5, abs=0.04)
    assert np.mean([each.low < 0.5 < each.high for each in told]) == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(
    ("treated", "control", "often"), [(300, 300, 0.05), (300, 100, 0.12), (600, 200, 0.06)]
)
def test_few_take_ups_of_the_control_do_not_lean_the_effect(treated, control, often):
    rng = np.random.default_rng(9)
    told = []
    for _ in range(400):
        arms = ((rng.poisson(1.5 * often, treated), rng.poisson(often, control)) for _ in range(10))
        found = [lift(one.astype(float), other.astype(float)) for one, other in arms]
        told.append(pooled([each for each in found if each is not None]))
    assert np.mean([each.value for each in told]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([each.low < 0.5 < each.high for each in told]) == pytest.approx(0.92, abs=0.04)


def test_campaigns_that_disagree_are_pooled_with_a_wider_interval():
    rng = np.random.default_rng(6)
    control = [rng.poisson(0.2, 900).astype(float) for _ in range(2)]
    agree = pooled([lift(rng.poisson(0.3, 900).astype(float), one) for one in control])
    apart = pooled([lift(rng.poisson(rate, 900).astype(float), control[0]) for rate in (0.22, 0.4)])
    assert apart.error > 2 * agree.error
    assert apart.low < agree.low < agree.high < apart.high


@pytest.mark.parametrize(("treated", "control"), [(600, 600), (2000, 500)])
def test_luck_does_not_lean_the_effect_of_several_campaigns(treated, control):
    rng = np.random.default_rng(7)
    told = [
        pooled(
            [
                lift(rng.poisson(0.15, treated).astype(float), rng.poisson(0.1, control).astype(float))
                for _ in range(10)
            ]
        )
        for _ in range(200)
    ]
    assert np.mean([each.value for each in told]) == pytest.approx(0.5, abs=0.025)
    assert np.mean([each.low < 0.5 < each.high for each in told]) == pytest.approx(0.9, abs=0.06)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(-0.02, -0.2, 0.2), (0.01, -0.2, 0.22), (-0.15, -0.3, 0.02), (0.2, -0.01, 0.5), (0.5, 0.2, 0.9)],
)
def test_an_effect_near_zero_does_not_claim_to_be_known(value, low, high):
    error = (1 + value) * np.log((1 + high) / (1 + low)) / 3.2897
    effect = measured_effect(Estimate(value, low, high, error), 0.5, ("Lamps",))
    drawn = np.maximum(np.random.default_rng(8).normal(value, error, 400_000), 0)
    assert effect.value == pytest.approx(min(0.5 * drawn.mean(), 0.5 * high), rel=0.02, abs=2e-4)
    assert effect.cv * effect.value == pytest.approx(0.5 * drawn.std(), rel=0.02)
    money, n = 10.0, 400
    each = np.full(n, effect.value * money)
    claim = Claim("up_sell", each, each, 1e-3 * each, effect.cv, "C", cause=effect.cause, ends=effect.ends)
    stream = claim.stream()
    all_of_it = together([stream], np.zeros(n, np.int64), 1)
    for sums in (stream.total, [side[0] for side in all_of_it]):
        assert sums[1] <= max(low, 0) * 0.5 * money * n + 1e-9
        assert sums[2] >= high * 0.5 * money * n - 1e-9
        assert sums[1] <= sums[0] <= sums[2]


def test_an_offer_that_surely_harms_adds_nothing():
    effect = measured_effect(Estimate(-0.3, -0.4, -0.1, 0.09), 1.0, ("Lamps",))
    assert (effect.value, effect.low, effect.high, effect.cv) == (0.0, 0.0, 0.0, 0.0)
