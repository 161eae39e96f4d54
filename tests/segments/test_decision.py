"""Keep, grow, fix, release: the rule on single cases, and on simulated futures of a known margin."""

import numpy as np
import pytest

from lifeworth.base.errors import UsageError
from lifeworth.segments.decision import DECISIONS, DecisionRule, Evidence, UpperEnds, decide

USUAL = {
    "margin": 0.3, "margin_sd": 0.02, "service": 0.05, "current": 100.0, "upper": np.inf,
    "potential_low": 0.0, "potential_high": 10.0,
}  # fmt: skip


def decided(rule=None, *, costs_known=True, **facts):
    found = Evidence(**{name: np.array([value]) for name, value in {**USUAL, **facts}.items()})
    return decide(rule or DecisionRule(), found, costs_known=costs_known)[0]


def test_who_earns_is_kept():
    assert decided() == "keep"


def test_who_would_earn_but_for_the_service_is_to_be_fixed():
    losing = {"margin": -0.1, "service": 0.3, "current": -30.0, "upper": -5.0, "potential_high": 0.0}
    assert decided(**losing) == "fix"
    assert decided(**losing, margin_sd=0.08) == "release"  # unsure of the margin, sure of the loss
    assert decided(**(losing | {"upper": 3.0}), margin_sd=0.08) == "keep"


def test_release_needs_the_upper_end_of_all_future_value_below_zero():
    hopeless = {"margin": -0.2, "service": 0.05, "current": -20.0, "upper": -1.0, "potential_high": 0.0}
    assert decided(**hopeless) == "release"
    assert decided(**(hopeless | {"upper": 0.0})) == "keep"
    assert decided(**(hopeless | {"potential_high": 2.0})) == "keep"


def test_a_cost_to_serve_is_deducted_first():
    little = {"current": 3.0, "upper": 8.0, "potential_high": 1.0}
    assert decided(DecisionRule(cost_to_serve=10.0), **little) == "release"
    assert decided(DecisionRule(cost_to_serve=8.0), **little) == "keep"


def test_growth_needs_the_lower_end_of_potential_to_be_a_large_share():
    assert decided(potential_low=40.0) == "grow"
    assert decided(potential_low=30.0) == "keep"
    assert decided(DecisionRule(grow_share=0.2), potential_low=30.0) == "grow"
    assert decided(current=-5.0, potential_low=0.0) == "keep"


def test_without_costs_nobody_is_fixed_or_released():
    losing = {"margin": -0.1, "service": 0.3, "current": -30.0, "upper": -5.0, "potential_high": 0.0}
    assert decided(**losing, costs_known=False) == "keep"
    assert decided(**losing, costs_known=False, potential_low=5.0) == "grow"


@pytest.mark.parametrize(
    "setting", [{"confidence": 0.4}, {"confidence": 1.0}, {"grow_share": 1.5}, {"cost_to_serve": -1.0}]
)
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(UsageError) as raised:
        DecisionRule(**setting)
    assert raised.value.code == "VALUE-073"


def test_an_upper_end_is_the_quantile_of_what_is_drawn():
    rng = np.random.default_rng(1)
    sales, shocks, factors = rng.gamma(4.0, 25.0, (3, 4000)), rng.standard_normal(4000), np.ones(4000)
    ends = UpperEnds(
        DecisionRule(), np.array([-0.2, 0.3, -0.2]), np.array([0.0, 0.0, 0.3]), np.ones(3), shocks
    )
    ends.add(slice(0, 3), sales, factors, np.zeros((3, 4000)))
    assert ends.upper[0] == pytest.approx(-0.2 * np.quantile(sales[0], 0.05), rel=1e-3)
    assert ends.upper[0] < 0
    assert np.isinf(ends.upper[1])  # cannot lie below zero
    assert ends.upper[2] > 0  # a margin that may as well be above zero


def test_what_comes_from_elsewhere_raises_the_end():
    ends = UpperEnds(DecisionRule(), np.array([-0.2]), np.zeros(1), np.ones(1), np.zeros(100))
    ends.add(slice(0, 1), np.full((1, 100), 50.0), np.ones(100), np.full((1, 100), 15.0))
    assert ends.upper[0] == pytest.approx(5.0)


def test_every_decision_is_named_once():
    assert len(set(DECISIONS)) == 4
