"""Published and 50-digit numbers of methods.md 13 (V2.1 to V2.8, V3.1 to V3.4), reproduced."""

from functools import cache

import numpy as np
import pytest

from lifeworth.models import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from models.cdnow_customers import cdnow, spenders
from shared_data import needs_shared

pytestmark = needs_shared
WEEKS = 7.0
ESTIMATES = {
    BGNBD: ((0.2425945, 4.4136019, 0.7929221, 2.4259071), -9582.429206674),
    MBGNBD: ((0.5248432, 6.1830853, 0.8913593, 1.6140022), -9582.135715554),
    ParetoNBD: ((0.5532770, 10.5776831, 0.6062400, 11.6687362), -9594.976178940),
}


@cache
def customers(sample=True, unit_days=WEEKS):
    return cdnow(sample, unit_days)


@cache
def fitted(model):
    return model().fit(customers()[0])


@pytest.mark.parametrize("model", ESTIMATES)
def test_estimates_of_the_sample_are_the_published_ones(model):
    values, log_likelihood = ESTIMATES[model]
    assert list(fitted(model).params_.values()) == pytest.approx(values, rel=3e-7)
    assert fitted(model).log_likelihood_ == pytest.approx(log_likelihood, abs=2e-9)
    assert fitted(model).converged_
    assert fitted(model).boundary_ == []


@pytest.mark.parametrize(
    ("model", "errors", "digits"),
    [
        (BGNBD, (0.0126, 0.378, 0.186, 0.705), 5e-4),
        (MBGNBD, (0.083, 0.696, 0.155, 0.538), 5.1e-4),
        (ParetoNBD, (0.048, 0.843, 0.187, 6.21), 2e-3),
    ],
)
def test_standard_errors_are_the_published_ones(model, errors, digits):
    assert list(fitted(model).standard_errors_.values()) == pytest.approx(errors, abs=digits)


@pytest.mark.parametrize(
    ("model", "log_likelihood"), [(BGNBD, -14363.530442903), (ParetoNBD, -14376.077415168)]
)
def test_in_days_only_the_scales_and_the_constant_change(model, log_likelihood):
    in_days = model().fit(customers(unit_days=1.0)[0])
    assert in_days.log_likelihood_ == pytest.approx(log_likelihood, abs=2e-9)
    for parameter in model.parameters:
        factor = 7.0 if parameter.grows_with == "time" else 1.0
        assert in_days.params_[parameter.name] == pytest.approx(
            factor * fitted(model).params_[parameter.name], rel=1e-14
        )


@pytest.mark.parametrize(
    ("model", "values", "log_likelihood"),
    [
        (BGNBD, (0.251624, 4.788943, 0.723434, 2.161089), -95368.443933),
        (MBGNBD, (0.637140, 7.310289, 0.807474, 1.228394), -95336.958320),
        (ParetoNBD, (0.597420, 11.585657, 0.522186, 8.827760), -95415.118617),
    ],
)
def test_estimates_of_all_customers(model, values, log_likelihood):
    found = model().fit(customers(sample=False)[0])
    assert list(found.params_.values()) == pytest.approx(values, rel=3e-6)
    assert found.log_likelihood_ == pytest.approx(log_likelihood, abs=2e-6)


@pytest.mark.parametrize(
    ("model", "alive", "purchases", "mae", "rmse"),
    [
        (BGNBD, 1917.277669, 1653.408654, 0.78545, 1.60798),
        (MBGNBD, 1057.636383, 1576.728340, 0.76478, 1.60718),
        (ParetoNBD, 1051.875247, 1665.513094, 0.75452, 1.60285),
    ],
)
def test_totals_and_errors_of_the_holdout(model, alive, purchases, mae, rmse):
    data, later = customers()
    assert later.sum() == 1882
    expected = fitted(model).expected_purchases(data, 39)
    assert fitted(model).expected_probability_alive(data).sum() == pytest.approx(alive, rel=5e-7)
    assert expected.sum() == pytest.approx(purchases, rel=5e-8)
    assert np.abs(expected - later).mean() == pytest.approx(mae, abs=6e-6)
    assert np.sqrt(np.square(expected - later).mean()) == pytest.approx(rmse, abs=6e-6)


@pytest.mark.parametrize(
    ("model", "purchases"), [(BGNBD, 1.44401236), (MBGNBD, 1.41888492), (ParetoNBD, 1.47343430)]
)
def test_a_new_customer_buys_this_often_in_a_year(model, purchases):
    assert fitted(model).expected_purchases_new_customer(52) == pytest.approx(purchases, rel=5e-8)


def test_customer_1516_under_the_pareto_nbd():
    one = {"frequency": [26], "recency": [216 / 7], "T": [217 / 7]}
    model = fitted(ParetoNBD)
    assert model.expected_probability_alive(one)[0] == pytest.approx(0.997873405, abs=1e-9)
    assert model.expected_purchases(one, 39)[0] == pytest.approx(20.1148209, abs=1e-6)
    assert model.expected_purchases(one, 52)[0] == pytest.approx(25.4551835, abs=1e-6)
    assert model.discounted_expected_purchases(one, 0.0027)[0] == pytest.approx(86.0243654, abs=1e-5)
    yearly = np.log(1.15) / 52
    assert model.discounted_expected_purchases(one, yearly)[0] == pytest.approx(86.2576216, abs=1e-5)


@pytest.mark.parametrize(
    ("model", "shares"),
    [
        (ParetoNBD, (0.593532, 0.165585, 0.082504, 0.049052)),
        (BGNBD, (0.574307, 0.199193, 0.085323, 0.045798)),
    ],
)
def test_count_law_of_a_new_customer_over_39_weeks(model, shares):
    new = {"frequency": [0], "recency": [0.0], "T": [0.0]}
    found = fitted(model).purchase_probabilities(new, 39, [0, 1, 2, 3])[0]
    assert found == pytest.approx(shares, abs=1e-6)


def test_more_buying_with_the_same_recency_means_less_future():
    same = {"frequency": [10, 15, 20, 25], "recency": [20] * 4, "T": [39] * 4}
    found = fitted(ParetoNBD).expected_purchases(same, 52)
    assert found == pytest.approx([0.705888, 0.144151, 0.0224901, 0.00309007], rel=3e-6)


def test_one_extreme_customer_does_not_break_the_fit():
    data, _ = customers()
    more = {
        name: np.append(data[name], value)
        for name, value in (("frequency", 5000), ("recency", 38.0), ("T", 38.86))
    }
    bg = BGNBD().fit(more)
    assert list(bg.params_.values()) == pytest.approx((0.138899, 1.044518, 0.734825, 1.843027), rel=4e-6)
    assert bg.log_likelihood_ == pytest.approx(9549.332632, abs=2e-6)
    pareto = ParetoNBD().fit(more)
    assert list(pareto.params_.values()) == pytest.approx((0.179573, 1.572633, 1.043909, 37.476946), rel=3e-6)
    assert pareto.log_likelihood_ == pytest.approx(9355.303836, abs=2e-6)


@pytest.mark.parametrize(
    ("model", "means", "deviations"),
    [
        (BGNBD, (0.2455, 4.510, 0.7814, 2.410), (0.0127, 0.386, 0.192, 0.746)),
        (ParetoNBD, (0.5632, 10.698, 0.605, 11.56), (0.0450, 0.832, 0.117, 3.72)),
    ],
)
def test_posterior_means_and_deviations(model, means, deviations):
    post = fitted(model).posterior(draws=4000, random_state=11)
    table = post.summary()
    for mean, deviation, wanted, spread in zip(
        table["mean"], table["standard_deviation"], means, deviations, strict=True
    ):
        assert mean == pytest.approx(wanted, abs=0.09 * spread)
        assert deviation == pytest.approx(spread, rel=0.12)
    assert post.k_hat < 0.7
    assert post.ess > 3000


def test_spend_estimates_of_the_sample():
    model = GammaGamma().fit(spenders(customers()[0]))
    assert list(model.params_.values()) == pytest.approx((6.2495719, 3.7442244, 15.4435207), rel=1e-7)
    assert list(model.standard_errors_.values()) == pytest.approx((1.190, 0.290, 4.16), abs=5e-3)
    assert model.log_likelihood_ == pytest.approx(-4055.917694802, abs=2e-9)
    assert model.n_customers_ == 946


def test_spend_estimates_of_all_customers():
    data = spenders(customers(sample=False)[0])
    model = GammaGamma().fit(data)
    assert model.n_customers_ == 9450
    assert list(model.params_.values()) == pytest.approx((6.27536, 3.62445, 14.98368), rel=2e-6)
    assert model.log_likelihood_ == pytest.approx(-40763.476261, abs=2e-6)


def test_expected_spend_of_four_customers():
    model = GammaGamma().fit(spenders(customers()[0]))
    four = {"frequency": [2, 1, 26, 0], "monetary_value": [22.345, 11.77, 39.97, 0.0]}
    wanted = (24.653919, 18.910018, 39.890287, 35.170372)
    assert model.expected_customer_spend(four) == pytest.approx(wanted, abs=1e-6)
