"""Gamma-Gamma: scaling, boundaries, honest limits, draws and recovery."""

import numpy as np
import pytest

from lifeworth.base.errors import ModelError
from lifeworth.models import GammaGamma
from lifeworth.models.inputs import Spends, spends
from lifeworth.models.spend.gamma_gamma import log_likelihood
from lifeworth.models.spend.gamma_gamma_likelihood import Repeaters, log_likelihoods, objective

TRUTH = {"p": 6.0, "q": 3.7, "v": 15.0}


def made(size, seed=1, p=6.0, q=3.7, v=15.0):
    rng = np.random.default_rng(seed)
    x = rng.geometric(0.3, size)
    nu = rng.gamma(q, 1 / v, size)
    return {"frequency": x, "monetary_value": rng.gamma(p * x, 1 / (nu * x))}


def test_the_truth_is_recovered_from_its_own_simulation():
    model = GammaGamma().fit(made(40_000))
    for name, value in TRUTH.items():
        assert abs(model.params_[name] - value) < 4 * model.standard_errors_[name]
    assert model.boundary_ == []
    assert model.findings_ == []
    assert abs(model.correlation_) < 0.1


def test_the_fast_likelihood_is_the_sum_of_the_plain_one():
    data = made(2000)
    x, mean = data["frequency"], data["monetary_value"]
    repeaters = Repeaters(x.astype(np.int32), x * mean, np.ones(2000))
    plain = log_likelihood(x, mean, **TRUTH).sum()
    fast = objective(repeaters)(np.array(list(TRUTH.values())))[0] - np.log(mean).sum()
    several = log_likelihoods(repeaters, {key: np.array([value]) for key, value in TRUTH.items()})
    assert fast == pytest.approx(plain, rel=1e-12)
    assert several[0] - np.log(mean).sum() == pytest.approx(plain, rel=1e-12)


def test_gradients_are_differences_and_hessians_those_of_gradients():
    data = made(300)
    x = data["frequency"].astype(np.int32)
    evaluate = objective(Repeaters(x, x * data["monetary_value"], np.ones(300)))
    at = np.array([5.0, 3.0, 12.0])
    _, gradient, hessian = evaluate(at)
    for i, step in enumerate(1e-5 * np.diag(at)):
        up, down = evaluate(at + step), evaluate(at - step)
        width = 2 * step[i]
        assert gradient[i] == pytest.approx((up[0] - down[0]) / width, rel=1e-6, abs=1e-4)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / width, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("factor", [1e6, 100.0, 1e-3])
def test_money_in_other_units_scales_v_only(factor):
    data = made(3000)
    other = {**data, "monetary_value": data["monetary_value"] * factor}
    one, two = GammaGamma().fit(data), GammaGamma().fit(other)
    assert two.params_["p"] == pytest.approx(one.params_["p"], rel=1e-9)
    assert two.params_["q"] == pytest.approx(one.params_["q"], rel=1e-9)
    assert two.params_["v"] == pytest.approx(factor * one.params_["v"], rel=1e-9)
    assert two.log_likelihood_ == pytest.approx(one.log_likelihood_ - 3000 * np.log(factor), rel=1e-9)
    assert two.expected_customer_spend(other) == pytest.approx(factor * one.expected_customer_spend(data))


def test_weights_count_as_many_customers():
    data = made(800)
    times = np.random.default_rng(2).integers(0, 4, 800)
    repeated = {key: np.repeat(column, times) for key, column in data.items()}
    one, two = GammaGamma().fit(data, sample_weight=times), GammaGamma().fit(repeated)
    assert list(one.params_.values()) == pytest.approx(list(two.params_.values()), rel=1e-8)


def test_identical_spends_are_reported_and_the_mean_is_used():
    model = GammaGamma().fit({"frequency": [1, 2, 0, 5], "monetary_value": [9.5, 9.5, 0.0, 9.5]})
    assert model.boundary_ == ["p", "q", "v"]
    assert "model.identical_spend" in [each.code for each in model.findings_]
    data = {"frequency": [0, 3], "monetary_value": [0.0, 9.5]}
    assert model.expected_customer_spend(data).tolist() == [9.5, 9.5]
    drawn = model.draw_spend(data, np.array([[0, 2], [1, 0]]), {key: [np.inf] * 2 for key in "pqv"}, 1)
    assert drawn.tolist() == [[0.0, 19.0], [9.5, 0.0]]
    with pytest.raises(ModelError) as caught:
        model.posterior()
    assert caught.value.code == "MODEL-109"


def test_spend_without_spread_within_customers_is_reported_as_a_boundary():
    rng = np.random.default_rng(3)
    x = rng.integers(1, 2, 400)
    mean = 10.0 * np.exp(1e-4 * rng.standard_normal(400))
    model = GammaGamma().fit({"frequency": x, "monetary_value": mean})
    assert model.boundary_
    assert "model.boundary" in [each.code for each in model.findings_]
    assert model.expected_customer_spend({"frequency": [0], "monetary_value": [0]})[0] == pytest.approx(
        10, rel=1e-3
    )


def test_where_no_mean_exists_the_median_is_given_and_said():
    heavy = made(4000, p=2.0, q=0.7, v=1.0)
    model = GammaGamma().fit(heavy)
    assert model.params_["q"] < 1
    assert "model.no_mean_spend" in [each.code for each in model.findings_]
    found = model.expected_customer_spend({"frequency": [0, 1], "monetary_value": [0.0, 5.0]})
    assert (found > 0).all()
    rng = np.random.default_rng(4)
    nu = rng.gamma(model.params_["q"], 1 / model.params_["v"], 200_000)
    assert found[0] == pytest.approx(np.median(model.params_["p"] / nu), rel=0.02)


def test_spend_that_goes_with_frequency_is_remarked():
    data = made(2000)
    more = data["monetary_value"] * (1 + data["frequency"])
    model = GammaGamma().fit({**data, "monetary_value": more})
    assert model.correlation_ > 0.3
    assert "model.spend_correlation" in [each.code for each in model.findings_]


@pytest.mark.parametrize("frequency", [[0, 0, 0], [0, 0, 4]])
def test_fewer_than_two_repeat_buyers_are_refused(frequency):
    with pytest.raises(ModelError) as caught:
        GammaGamma().fit({"frequency": frequency, "monetary_value": [0.0, 0.0, 8.0]})
    assert caught.value.code == "MODEL-103"


def test_values_follow_the_customer_whatever_the_order():
    data, model = made(500), GammaGamma.with_parameters(**TRUTH)
    order = np.random.default_rng(5).permutation(500)
    shuffled = {key: column[order] for key, column in data.items()}
    whole = model.expected_customer_spend(data)
    assert np.array_equal(model.expected_customer_spend(shuffled), whole[order])


@pytest.mark.parametrize("way", [np.repeat, np.tile])
def test_many_customers_end_where_their_weights_would(way):
    """Their search begins with every fifth: all of them a hundred times, or a fifth of them only."""
    data = made(200)
    weighted = GammaGamma().fit(data, sample_weight=np.full(200, 500.0))
    many = GammaGamma().fit({key: way(column, 500) for key, column in data.items()})
    assert many.params_ == pytest.approx(weighted.params_, rel=1e-8)
    assert many.standard_errors_ == pytest.approx(weighted.standard_errors_, rel=1e-6)
    assert many.log_likelihood_ == pytest.approx(weighted.log_likelihood_, rel=1e-12)


def test_draws_of_spend_have_the_expected_mean_and_nothing_without_purchases():
    model = GammaGamma.with_parameters(**TRUTH)
    data = {"frequency": np.array([3, 0]), "monetary_value": np.array([40.0, 0.0])}
    many = {key: np.repeat(column, 100_000) for key, column in data.items()}
    bought = np.full((200_000, 2), 2)
    bought[:, 1] = 0
    drawn = model.draw_spend(many, bought, {key: [value] * 2 for key, value in TRUTH.items()}, 6)
    assert (drawn[:, 1] == 0).all()
    for half, expected in zip(np.split(drawn[:, 0], 2), model.expected_customer_spend(data), strict=True):
        assert half.mean() == pytest.approx(2 * expected, abs=4.5 * half.std() / np.sqrt(100_000))


def test_purchases_of_the_wrong_shape_are_refused():
    model = GammaGamma.with_parameters(**TRUTH)
    with pytest.raises(ModelError) as caught:
        model.draw_spend(made(5), np.ones((4, 1)), {key: [value] for key, value in TRUTH.items()})
    assert caught.value.code == "MODEL-011"


def test_customers_without_repeats_need_no_spend():
    seen = spends({"frequency": [0, 2], "monetary_value": [np.nan, 3.0]})
    assert isinstance(seen, Spends)
    assert seen.mean.tolist() == [0.0, 3.0]
