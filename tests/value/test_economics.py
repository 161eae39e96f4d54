"""Retention economics, decomposition, MRR and share of wallet: published tables and identities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

import lifeworth
from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.retention.plan_states import PlanMarkov
from lifeworth.models.wallet.allocation_rule import wallet_allocation_rule
from lifeworth.value.decomposition import SCOPE, lmdi, logarithmic_mean
from lifeworth.value.economics import (
    best_spending,
    margin_multiple,
    margin_multiple_now,
    pace,
    retention_elasticity,
)
from lifeworth.value.mrr import mrr_bridge

MULTIPLES = {  # methods.md V7.1: Gupta & Lehmann's table, discount rates 10, 12, 14, 16 %
    0.6: (1.20, 1.15, 1.11, 1.07),
    0.7: (1.75, 1.67, 1.59, 1.52),
    0.8: (2.67, 2.50, 2.35, 2.22),
    0.9: (4.50, 4.09, 3.75, 3.46),
}


@pytest.mark.parametrize("retention", MULTIPLES)
def test_the_margin_multiples_are_the_published_ones(retention):
    found = [margin_multiple(retention, rate) for rate in (0.10, 0.12, 0.14, 0.16)]
    assert found == pytest.approx(MULTIPLES[retention], abs=0.0051)


@given(st.floats(0.05, 0.95), st.floats(0.01, 0.5), st.floats(-0.1, 0.03))
def test_a_multiple_is_the_sum_of_its_margins(retention, rate, growth):
    kept = retention * (1 + growth) / (1 + rate)
    later = sum(retention * kept**t / (1 + rate) for t in range(4000))
    assert margin_multiple(retention, rate, growth) == pytest.approx(later, rel=1e-9)
    assert margin_multiple_now(retention, rate, growth) == pytest.approx(
        1 + margin_multiple(retention, rate, growth) * (1 + growth), rel=1e-9
    )


@pytest.mark.parametrize("first_now", [True, False])
def test_elasticities_are_differences(first_now):
    value = margin_multiple_now if first_now else margin_multiple
    step = 1e-6
    change = (value(0.8 * (1 + step), 0.1) / value(0.8 * (1 - step), 0.1) - 1) / (2 * step)
    assert retention_elasticity(0.8, 0.1, first_now=first_now) == pytest.approx(change, rel=1e-5)


def test_a_stream_without_an_end_is_refused():
    with pytest.raises(UsageError, match="VALUE-301"):
        margin_multiple(0.99, 0.0, growth=0.05)
    with pytest.raises(UsageError, match="VALUE-302"):
        margin_multiple(1.2, 0.1)


def test_the_best_spending_is_that_of_blattberg_and_deighton():
    found = best_spending(
        50, acquisition_ceiling=0.4, acquisition_pace=0.1, retention_ceiling=0.8, retention_pace=0.05,
        discount_rate=0.15,
    )  # fmt: skip
    assert found.acquisition == pytest.approx(8.507, abs=5e-4)
    assert found.retention == pytest.approx(17.014, abs=5e-4)
    assert found.equity == pytest.approx(4.9058, abs=5e-5)
    assert pace(0.2, 0.4, 5) == pytest.approx(np.log(2) / 5)


def test_the_decomposition_is_the_worked_example():
    before = {"customers": 100, "retention": 0.8, "margin": 50}
    after = {"customers": 120, "retention": 0.75, "margin": 55}
    found = lmdi(before, after)
    assert [found[name] for name in before] == pytest.approx([812.81555, -287.72195, 424.90640], abs=5e-6)
    assert found[SCOPE] == 0
    assert sum(found.values()) == pytest.approx(950, rel=1e-12)


amounts = st.one_of(st.just(0.0), st.floats(1e-3, 1e4))
cells = st.lists(st.tuples(amounts, amounts, amounts, amounts), min_size=1, max_size=8)


@given(cells)
def test_contributions_add_up_to_the_change(rows):
    a0, b0, a1, b1 = (np.array(each) for each in zip(*rows, strict=True))
    found = lmdi({"a": a0, "b": b0}, {"a": a1, "b": b1})
    size = (a0 * b0).sum() + (a1 * b1).sum()
    assert sum(found.values()) == pytest.approx((a1 * b1 - a0 * b0).sum(), abs=1e-9 * max(size, 1))


@given(st.floats(1e-3, 1e6), st.floats(0.999, 1.001))
def test_the_logarithmic_mean_lies_between_and_does_not_cancel(a, ratio):
    mean = float(logarithmic_mean(np.array(a * ratio), np.array(a)))
    assert min(a, a * ratio) * (1 - 1e-12) <= mean <= max(a, a * ratio) * (1 + 1e-12)


def test_every_cent_of_the_change_of_mrr_has_one_name():
    monthly = np.array([[1000, 1000, 1500], [0, 700, 0], [900, 0, 400], [0, 0, 300], [500, 200, 200]])
    bridge = mrr_bridge(monthly)
    assert bridge.start.tolist() == [2400, 1900]
    assert bridge.new.tolist() == [700, 300]
    assert bridge.reactivation.tolist() == [0, 400]
    assert bridge.expansion.tolist() == [0, 500]
    assert bridge.contraction.tolist() == [300, 0]
    assert bridge.churn.tolist() == [900, 700]
    assert bridge.end.tolist() == [1900, 2400]
    assert bridge.gross_retention == pytest.approx([1200 / 2400, 1200 / 1900])
    assert bridge.net_retention == pytest.approx([1200 / 2400, 1700 / 1900])
    assert bridge.quick_ratio == pytest.approx([700 / 1200, 1200 / 700])
    assert bridge.logo_churn == pytest.approx([1 / 3, 1 / 3])


@settings(deadline=None)  # a busy machine is no defect
@given(st.lists(st.lists(st.integers(0, 10**9), min_size=4, max_size=4), min_size=1, max_size=12))
def test_the_bridge_is_exact(rows):
    b = mrr_bridge(np.array(rows))
    assert (b.start + b.new + b.reactivation + b.expansion - b.contraction - b.churn == b.end).all()
    assert (b.accounts_start + b.accounts_new + b.accounts_back - b.accounts_lost == b.accounts_end).all()
    known = b.start > 0
    assert (b.gross_retention[known] <= 1).all()
    with pytest.raises(UsageError, match="VALUE-306"):
        mrr_bridge(np.array(rows, float))


@pytest.mark.parametrize(
    ("ranks", "shares"),
    [
        ([1, 2], [2 / 3, 1 / 3]),
        ([1, 2, 3], [0.5, 1 / 3, 1 / 6]),
        ([1, 1, 2], [0.41667, 0.41667, 0.16667]),
        ([2, np.nan, 1], [1 / 3, 0, 2 / 3]),
    ],
)
def test_shares_of_wallet_are_those_of_the_rule(ranks, shares):
    assert wallet_allocation_rule(ranks, higher_is_better=False) == pytest.approx(shares, abs=5e-6)
    assert wallet_allocation_rule(-np.array(ranks, float)) == pytest.approx(shares, abs=5e-6)


@given(st.lists(st.lists(st.integers(1, 5), min_size=4, max_size=4), min_size=1, max_size=9))
def test_shares_of_wallet_add_up_to_1(scores):
    assert wallet_allocation_rule(scores).sum(axis=1) == pytest.approx(1)


def test_one_plan_is_the_margin_multiple():
    model = PlanMarkov.with_transitions(["basic", "churned"], [[0.8, 0.2], [0, 1]])
    assert model.value([30.0], 0.1)["basic"] == pytest.approx(30 * margin_multiple_now(0.8, 0.1))
    assert model.expected_periods()["basic"] == pytest.approx(5)


def test_plans_are_counted_valued_and_bounded():
    rng, truth = np.random.default_rng(4), np.array([[0.8, 0.1, 0.1], [0.05, 0.9, 0.05], [0, 0, 1]])
    states, start = ["basic", "plus", "churned"], rng.integers(0, 2, 6000)
    end = [rng.choice(3, p=truth[state]) for state in start]
    model = PlanMarkov().fit([states[i] for i in start], [states[i] for i in end])
    assert model.transitions_.sum(axis=1) == pytest.approx(1)
    assert model.transitions_[-1].tolist() == [0, 0, 1]
    worth = PlanMarkov.with_transitions(states, truth).value([10.0, 20.0], 0.05)
    interval = model.value_interval([10.0, 20.0], 0.05, draws=400, random_state=1)
    for state in states[:2]:
        assert interval[state][0] < worth[state] < interval[state][1]
    assert worth["plus"] > worth["basic"] > worth["churned"] == 0
    with pytest.raises(ModelError, match="MODEL-251"):
        PlanMarkov().fit(["churned"], ["basic"])
    with pytest.raises(ModelError, match="MODEL-252"):
        PlanMarkov.with_transitions(states, truth * 0.9)
    with pytest.raises(UsageError, match="MODEL-253"):
        model.value([1.0], 0.1)


def test_a_chain_of_plans_is_simulated_summed_up_saved_and_judged(tmp_path):
    states = ["basic", "plus", "churned"]
    truth = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.0, 0.0, 1.0]])
    known = PlanMarkov.with_transitions(states, truth)
    moves = known.simulate(["basic"] * 4000 + ["plus"] * 2000, 6, random_state=1)
    model = PlanMarkov().fit(moves["from_state"].tolist(), moves["to_state"].tolist())
    assert model.transitions_ == pytest.approx(truth, abs=0.015)
    last = moves[(moves["period"] == 6) & (moves["subscriber"] < 4000)]["to_state"].value_counts()
    here = known.states_after(6)[0]
    assert last["basic"] / 4000 == pytest.approx(here[0], abs=0.03)
    assert last["plus"] / 4000 == pytest.approx(here[1], abs=0.03)
    table = model.summary()
    assert table["moves"].sum() == pytest.approx(len(moves))
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    before, after = ["basic", "plus"], ["plus", "churned"]
    assert known.log_likelihood(before, after) == pytest.approx(np.log(0.15) + np.log(0.1))
    assert clone(PlanMarkov(prior=1.0)).set_params(prior=0.2).prior == 0.2
    model.save(tmp_path / "plans.json")
    again = lifeworth.load(tmp_path / "plans.json")
    assert again.value([10.0, 20.0], 0.05) == model.value([10.0, 20.0], 0.05)
    with pytest.raises(UsageError) as caught:
        known.simulate(["gold"], 3)
    assert caught.value.code == "MODEL-254"
