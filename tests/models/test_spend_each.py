"""What each spend model knows alone, and what it refuses."""

import numpy as np
import pytest

import lifeworth as lw
from lifeworth.data.samples import CDNOW
from lifeworth.models import DependentGammaGamma, GammaGamma, LogNormalSpend, ZeroInflatedSpend
from models.spend_worlds import known, made, refused


def test_with_no_dependence_the_dependent_model_is_gamma_gamma():
    data = made("GammaGamma", 300)
    p = {"p": 5.0, "q": 3.0, "v": 12.0}
    one, other = GammaGamma.with_parameters(**p), DependentGammaGamma.with_parameters(**p, g=1.0)
    assert other.expected_customer_spend(data) == pytest.approx(one.expected_customer_spend(data), rel=1e-12)
    assert other.share_below(data, [10, 50]) == pytest.approx(one.share_below(data, [10, 50]), rel=1e-12)


def test_the_test_of_independence_has_its_size_and_finds_dependence():
    """Chances of chi-squared are uniform where spend is independent: their 5 % and 50 % points hold."""
    chances = []
    for seed in range(300):
        data = made("GammaGamma", 300, seed)
        chances.append(DependentGammaGamma().fit(data).test_against(GammaGamma().fit(data)).p_value)
    chances = np.array(chances)
    for level in (0.05, 0.5):
        assert (chances < level).mean() == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 300))
    found = [
        DependentGammaGamma().fit(data).test_against(GammaGamma().fit(data)).p_value
        for data in (made("DependentGammaGamma", 2000, seed) for seed in range(10))
    ]
    assert max(found) < 0.01


def test_the_remedy_is_nearer_to_what_customers_spend_than_independence():
    data = made("DependentGammaGamma", 20_000, 9)
    truth = known("DependentGammaGamma").expected_customer_spend(data)
    one, other = GammaGamma().fit(data), DependentGammaGamma().fit(data)
    missed = [np.abs(model.expected_customer_spend(data) - truth).mean() for model in (one, other)]
    assert missed[1] < 0.15 * missed[0]
    new = {"frequency": [0], "monetary_value": [0.0]}
    assert other.expected_customer_spend(new) < 0.9 * one.expected_customer_spend(new)


def test_cdnow_spend_goes_with_frequency():
    """946 repeat buyers: correlation .11, and no chance worth a word that it is luck (chi-squared 30.5)."""
    rfm = lw.rfm_summary(lw.read_orders(CDNOW), observation_period_end="1997-09-30")
    larger, smaller = DependentGammaGamma().fit(rfm), GammaGamma().fit(rfm)
    assert smaller.params_["p"] == pytest.approx(6.2496, abs=1e-4)
    assert larger.test_against(smaller).statistic == pytest.approx(30.48, abs=0.01)
    assert larger.params_["g"] == pytest.approx(1.2529, abs=1e-4)


def test_the_parts_of_two_part_spend_are_fitted_apart():
    data = made("ZeroInflatedSpend", 4000)
    model = ZeroInflatedSpend().fit(data)
    n = data["frequency"] - data["zero_days"]
    gamma = GammaGamma().fit({"frequency": n, "monetary_value": data["positive_spend"]})
    assert [model.params_[key] for key in "pqv"] == pytest.approx(list(gamma.params_.values()), rel=1e-6)
    assert model.covariance_[:2, 2:] == pytest.approx(np.zeros((2, 3)), abs=1e-9)
    assert model.covariance_[2:, 2:] == pytest.approx(gamma.covariance_, rel=1e-5)


def test_log_normal_parameters_are_moments_where_everybody_buys_as_often():
    """Balanced one-way layout: the maximum has the textbook form."""
    data = made("LogNormalSpend", 500, x=4)
    model = LogNormalSpend().fit(data)
    within = data["log_spend_squares"].sum() / (500 * 3)
    between = data["log_spend"].var()
    assert model.params_["median"] == pytest.approx(np.exp(data["log_spend"].mean()), rel=1e-8)
    assert model.params_["sigma"] == pytest.approx(np.sqrt(within), rel=1e-8)
    assert model.params_["tau"] == pytest.approx(np.sqrt(between - within / 4), rel=1e-8)


def test_data_that_cannot_tell_are_refused_with_a_code():
    logs = {"frequency": [2, 2, 0], "log_spend": [3.0, 2.0, 0.0], "log_spend_squares": [0.1, 0.2, 0.0]}
    tossed = {"frequency": [2, 2, 3], "zero_days": [1, 0, 1], "positive_spend": [4.0, 9.0, 5.0]}
    plain = {"frequency": [2, 2], "monetary_value": [5.0, 8.0]}
    fit_log, fit_two, fit_one = LogNormalSpend().fit, ZeroInflatedSpend().fit, DependentGammaGamma().fit
    assert refused(lambda: fit_log({**logs, "frequency": [2, 0, 0]})) == "MODEL-103"
    assert refused(lambda: fit_log({**logs, "log_spend_squares": [0.0, 0.0, 0.0]})) == "MODEL-111"
    assert refused(lambda: fit_log({**logs, "log_spend": [np.nan, 2.0, 0.0]})) == "MODEL-114"
    assert refused(lambda: fit_log({**logs, "frequency": [1, 2, 0]})) == "MODEL-114"
    assert refused(lambda: fit_log({**logs, "zero_days": [1, 0, 0]})) == "MODEL-116"
    assert refused(lambda: fit_log({**logs, "frequency": [2.5, 2, 0]})) == "MODEL-005"
    assert refused(lambda: fit_two({**tossed, "zero_days": [0, 0, 0]})) == "MODEL-112"
    assert refused(lambda: fit_two({**tossed, "zero_days": [3, 0, 0]})) == "MODEL-113"
    assert refused(lambda: fit_two({**tossed, "positive_spend": [-4.0, 9.0, 5.0]})) == "MODEL-010"
    assert refused(lambda: fit_two({**tossed, "positive_spend": [4.0, 4.0, 4.0]})) == "MODEL-109"
    assert refused(lambda: fit_two({**tossed, "zero_days": [2, 2, 1]})) == "MODEL-103"
    assert refused(lambda: fit_one(plain)) == "MODEL-115"
    assert refused(lambda: fit_one({**plain, "monetary_value": [5.0, 5.0]})) == "MODEL-109"
    assert refused(lambda: fit_one({**plain, "frequency": [0, 2]})) == "MODEL-103"
    spend = known("LogNormalSpend")
    assert (
        refused(lambda: spend.draw_spend(logs, np.ones((2, 1)), {k: [v] for k, v in spend.params_.items()}))
        == "MODEL-011"
    )


def test_a_customer_without_any_spend_yet_may_be_asked_about():
    model = known("ZeroInflatedSpend")
    found = model.expected_customer_spend(
        {"frequency": [0, 5], "zero_days": [0, 5], "positive_spend": [0, np.nan]}
    )
    assert 0 < found[1] < found[0]


# --- from orders ---


def test_spend_days_are_those_of_the_orders(tmp_path):
    rng = np.random.default_rng(11)
    rows = ["customer,date,quantity,unit_price,discount"]
    for _ in range(900):
        amount = round(float(rng.lognormal(3, 1)), 2)
        off = amount if rng.random() < 0.15 else 0.0
        day = np.datetime64("2024-01-01") + int(rng.integers(0, 300))
        rows.append(f"c{rng.integers(0, 90)},{day},1,{amount},{off}")
    (tmp_path / "orders.csv").write_text("\n".join(rows))
    orders = lw.read_orders(tmp_path / "orders.csv")
    rfm = lw.rfm_summary(orders, spend_days=True).set_index("customer_id")
    frame = orders.frame[orders.frame["counted"]]
    days = frame.groupby(["customer_id", "day"])["net_sales"].sum().reset_index()
    assert rfm["zero_days"].sum() > 50
    for customer, each in days.groupby("customer_id"):
        spent = each.sort_values("day")["net_sales"].to_numpy()[1:]
        row = rfm.loc[customer]
        logs = np.log(spent[spent > 0])
        assert row["frequency"] == len(spent)
        assert row["zero_days"] == (spent <= 0).sum()
        assert row["positive_spend"] == pytest.approx(spent[spent > 0].mean() if len(logs) else 0)
        assert row["log_spend"] == pytest.approx(logs.mean() if len(logs) else 0, abs=1e-10)
        assert row["log_spend_squares"] == pytest.approx(logs.var() * len(logs) if len(logs) else 0, abs=1e-8)
    model = ZeroInflatedSpend().fit(rfm)
    share = model.params_["a"] / (model.params_["a"] + model.params_["b"])
    assert share == pytest.approx(0.15, abs=0.05)
