"""Single customers to a dozen digits (methods.md V2.3, V2.5, V2.8) and known failures of others."""
# ruff: noqa: E501

import numpy as np
import pytest

from lifeworth.models import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from lifeworth.models.purchase import bg_nbd, mbg_nbd, pareto_nbd

BG = {"r": 0.243, "alpha": 30.898, "a": 0.793, "b": 2.426}
PARETO = {"r": 0.553, "alpha": 74.046, "s": 0.606, "beta": 81.683}
YEARLY_TENTH = np.log(1.1) / 365
KNOWN = [
    (BGNBD, bg_nbd, BG, (0, 0, 272), -0.5546972319626, 1.0, 0.1951096649931, 1.303392440264),
    (MBGNBD, mbg_nbd, BG, (0, 0, 272), -0.3869419961455, 0.6372570468221, 0.1274698742857, 0.930856333983),
    (ParetoNBD, pareto_nbd, PARETO, (0, 0, 272), -0.5210368564102, 0.2953033742658, 0.1070928338206, 0.6013838801032),
    (BGNBD, bg_nbd, BG, (1, 12, 272), -6.41567107863, 0.2122600625546, 0.2033510410868, 1.143610624435),
    (MBGNBD, mbg_nbd, BG, (1, 12, 272), -6.885149579109, 0.2756373356188, 0.2712243812468, 1.650764176959),
    (ParetoNBD, pareto_nbd, PARETO, (1, 12, 272), -6.396723177246, 0.1681271510177, 0.1712285501869, 0.9615404338659),
    (BGNBD, bg_nbd, BG, (2, 213, 272), -13.3502938556, 0.7265897218355, 1.226115806149, 6.369778495231),
    (MBGNBD, mbg_nbd, BG, (2, 213, 272), -13.57886749929, 0.7744290489219, 1.340591286783, 7.440391521139),
    (ParetoNBD, pareto_nbd, PARETO, (2, 213, 272), -13.44594312226, 0.8691861546512, 1.455226130949, 8.17187766759),
    (BGNBD, bg_nbd, BG, (26, 216, 217), -88.32017720377, 0.9688515628519, 20.74835369434, 85.28486930532),
    (MBGNBD, mbg_nbd, BG, (26, 216, 217), -88.34878854064, 0.9699143686195, 20.93188177865, 86.9842673384),
    (ParetoNBD, pareto_nbd, PARETO, (26, 216, 217), -89.72529085155, 0.9978742606099, 20.11612959845, 107.9475944555),
]  # fmt: skip
OPTIMA = {  # of CDNOW in weeks, where the gradient is 0 to the last digit
    BGNBD: {"r": 0.24259452243015728, "alpha": 4.413602019013511, "a": 0.7929220172255892, "b": 2.425906776826301},
    MBGNBD: {"r": 0.5248431591065503, "alpha": 6.183085279577104, "a": 0.8913593907313411, "b": 1.614002240167246},
    ParetoNBD: {"r": 0.5532770468532605, "alpha": 10.577683463302707, "s": 0.6062399891254939, "beta": 11.668735288798388},
}  # fmt: skip


def one(x, t_x, T, **more):
    return {"frequency": [x], "recency": [t_x], "T": [T], **more}


@pytest.mark.parametrize(("model", "file", "params", "history", "lnl", "alive", "buys", "dert"), KNOWN)
def test_known_customers_to_a_dozen_digits(model, file, params, history, lnl, alive, buys, dert):
    known = model.with_parameters(**params)
    x, t_x, T = (np.array([each]) for each in history)
    assert file.log_likelihood(x, t_x, T, **params)[0] == pytest.approx(lnl, rel=2e-12)
    assert known.expected_probability_alive(one(*history))[0] == pytest.approx(alive, rel=2e-12)
    assert known.expected_purchases(one(*history), 273)[0] == pytest.approx(buys, rel=2e-12)
    found = known.discounted_expected_purchases(one(*history), YEARLY_TENTH)[0]
    assert found == pytest.approx(dert, rel=2e-12)


@pytest.mark.parametrize(("model", "file", "params", "history", "lnl", "alive", "buys", "dert"), KNOWN)
def test_a_horizon_without_end_is_the_limit_of_long_ones(
    model, file, params, history, lnl, alive, buys, dert
):
    known = model.with_parameters(**params)
    found = known.discounted_expected_purchases(one(*history), YEARLY_TENTH, future_t=200_000)[0]
    assert found == pytest.approx(dert, rel=1e-10)


@pytest.mark.parametrize(("model", "params"), [(BGNBD, BG), (MBGNBD, BG), (ParetoNBD, PARETO)])
def test_the_whole_future_of_many_customers_is_that_of_each(model, params):
    """Customers of one frequency and several ages, and several of one age."""
    known = model.with_parameters(**params)
    data = {
        "frequency": [0, 0, 2, 2, 2, 0],
        "recency": [0, 0, 30, 90, 90, 0],
        "T": [10, 272, 272, 90, 400, 10],
    }
    together = known.discounted_expected_purchases(data, YEARLY_TENTH)
    alone = [
        known.discounted_expected_purchases(one(x, t_x, T), YEARLY_TENTH)[0]
        for x, t_x, T in zip(*data.values(), strict=True)
    ]
    assert together == pytest.approx(alone, rel=1e-13)


def test_count_law_and_quantiles_of_one_customer():
    known, history = BGNBD.with_parameters(**BG), one(2, 213, 272)
    shares = known.purchase_probabilities(history, 273, np.arange(5))[0]
    tails = 1 - np.cumsum(shares)
    wanted = (0.554647721842, 0.315328777436, 0.171141413634, 0.0902864912774, 0.0467374777966)
    assert tails == pytest.approx(wanted, abs=1e-12)
    assert known.quantiles(history, 273, [0.05, 0.5, 0.9, 0.95]).tolist() == [[0, 1, 3, 4]]


def test_spend_quantiles_of_one_customer():
    history = one(2, 213, 272, monetary_value=[22.345])
    shares = BGNBD.with_parameters(**BG).purchase_probabilities(history, 273, np.arange(120))
    spend = GammaGamma.with_parameters(p=6.25, q=3.74, v=15.44)
    found = spend.spend_quantiles(history, shares, [0.3, 0.5, 0.9, 0.95])[0]
    assert found == pytest.approx((0.0, 15.455823, 85.004125, 115.322727), abs=1e-6)
    mean = BGNBD.with_parameters(**BG).expected_purchases(history, 273)[0]
    assert mean * spend.expected_customer_spend(history)[0] == pytest.approx(30.235541, abs=1e-6)


@pytest.mark.parametrize(
    ("model", "at_500", "at_5000"),
    [
        (BGNBD, 0.0267990258721, 1.61547366075e-40),
        (MBGNBD, 0.0350261746669, 7.65961748438e-39),
        (ParetoNBD, 0.11357034323, 6.46805000017e-35),
    ],
)
def test_extreme_buyers_keep_their_digits(model, at_500, at_5000):
    known = model.with_parameters(**OPTIMA[model])
    data = {"frequency": [500, 5000], "recency": [38, 38], "T": [38.86, 38.86]}
    found = known.expected_probability_alive(data)
    assert found == pytest.approx((at_500, at_5000), rel=1e-6)  # at rates known to 8 digits
    assert (known.expected_purchases(data, 52) > 0).all()
    assert np.isfinite(known.discounted_expected_purchases(data, 0.002)).all()


@pytest.mark.parametrize(
    ("model", "log_alive"),
    [(BGNBD, -2853.4011575), (MBGNBD, -2704.1816072), (ParetoNBD, -2393.7086893)],
)
def test_the_logarithm_of_alive_is_finite_where_alive_underflows(model, log_alive):
    known, gone = model.with_parameters(**OPTIMA[model]), one(5000, 20, 38.86)
    assert known.log_probability_alive(gone)[0] == pytest.approx(log_alive, abs=3e-5)
    assert known.expected_probability_alive(gone)[0] == 0.0
    assert known.expected_purchases(gone, 52)[0] == 0.0


def test_rows_that_are_nan_elsewhere_have_a_probability():
    known = ParetoNBD.with_parameters(r=0.5143, alpha=2.8845, s=0.2856, beta=14.1087)
    data = {
        "frequency": [221, 254, 161, 204],
        "recency": [103.42857, 97.14286, 94.71429, 98.57143],
        "T": [103.57143, 97.28571, 98.0, 99.42857],
    }
    alive = known.expected_probability_alive(data)
    assert (alive > 0.0).all()
    assert (alive < 1.0).all()


@pytest.mark.parametrize("a", [0.05, 0.4, 0.999999, 1.0, 1.000001, 2.0])
@pytest.mark.parametrize("model", [BGNBD, MBGNBD])
def test_expected_purchases_are_finite_for_every_a_and_b(model, a):
    known = model.with_parameters(r=0.24, alpha=4.4, a=a, b=0.3)
    data = {"frequency": [0, 0, 3, 5000], "recency": [0, 0, 5, 38], "T": [0, 39, 39, 39]}
    found = known.expected_purchases(data, 52)
    assert np.isfinite(found).all()
    assert (found > 0).all()


def test_expected_purchases_run_smoothly_through_a_of_one():
    found = [
        BGNBD.with_parameters(r=0.24, alpha=4.4, a=a, b=2.4).expected_purchases(one(3, 5, 39), 52)[0]
        for a in (1 - 1e-9, 1.0, 1 + 1e-9)
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-8)
    assert found[2] == pytest.approx(found[1], rel=1e-8)


def test_expected_purchases_run_smoothly_through_s_of_one():
    found = [
        ParetoNBD.with_parameters(r=0.5, alpha=10, s=s, beta=11).expected_purchases(one(3, 5, 39), 52)[0]
        for s in (1 - 1e-9, 1.0, 1 + 1e-9)
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-8)
    assert found[2] == pytest.approx(found[1], rel=1e-8)


def test_no_purchase_by_a_one_time_buyer_has_its_closed_form():
    known = BGNBD.with_parameters(**OPTIMA[BGNBD])
    r, alpha = OPTIMA[BGNBD]["r"], OPTIMA[BGNBD]["alpha"]
    found = known.purchase_probabilities(one(0, 0, 39), 39, 0)[0, 0]
    assert found == pytest.approx(((alpha + 39) / (alpha + 78)) ** r, rel=1e-14)


def test_a_new_customer_of_the_mbg_has_already_tossed_the_coin():
    known = MBGNBD.with_parameters(**OPTIMA[MBGNBD])
    a, b = OPTIMA[MBGNBD]["a"], OPTIMA[MBGNBD]["b"]
    assert known.expected_probability_alive(one(0, 0, 0))[0] == pytest.approx(b / (a + b), rel=1e-14)


def test_a_probability_of_1_is_not_exceeded_by_rounding():
    """At T = 0 everyone is alive; the sum of the two parts may round to below 1."""
    born = one(0, 0, 0)
    for r in np.linspace(0.05, 10, 300):
        known = ParetoNBD.with_parameters(r=r, alpha=1.0, s=1.0, beta=1.0)
        assert known.expected_probability_alive(born)[0] <= 1.0
