"""Cold start: the value of people of whom only the covariates are known."""

import numpy as np
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models import BGNBD, DependentGammaGamma, GammaGamma, newcomer_value
from models import covariate_worlds as worlds

SPEND = {"p": 6.0, "q": 3.7, "v": 15.0, "spend.age": 0.2, "spend.web": -0.4}
WANTED = ["age", "channel"]
LEADS = {"age": np.array([-1.0, 0.0, 2.0]), "channel": np.array(["mail", "web", "shop"])}


def customers(size, seed, T=None):
    """Customers of known models: history, covariates, mean spend and total of the repeat purchases."""
    who, rng = worlds.people(size, seed), np.random.default_rng([seed, 8])
    ages = rng.integers(100, 500, size) if T is None else np.full(size, T)
    table = worlds.known("BGNBD").simulate(size, ages, rng, covariates=who)
    x = table["frequency"].to_numpy()
    spend = GammaGamma.with_parameters({"covariates": ["age", "web"]}, **SPEND)
    mean = spend.simulate(x, rng, covariates=who)["monetary_value"].to_numpy()
    history = {key: table[key].to_numpy() for key in ("frequency", "recency", "T")}
    return {**who, **history, "monetary_value": mean}


@pytest.fixture(scope="module")
def fitted():
    data = customers(6000, 1)
    return BGNBD(covariates=WANTED, time_unit="D").fit(data), GammaGamma(covariates=WANTED).fit(data)


def test_the_value_is_the_product_of_what_both_models_expect(fitted):
    purchases, spend = fitted
    table = newcomer_value(purchases, spend, LEADS, 365, margin=0.4, draws=50, random_state=1)
    bought = purchases.expected_purchases_new_customer(365, covariates=LEADS)
    paid = spend.expected_customer_spend({**LEADS, "frequency": [0] * 3, "monetary_value": [0.0] * 3})
    assert table["expected_purchases"].to_numpy() == pytest.approx(bought, rel=1e-12)
    assert table["expected_spend"].to_numpy() == pytest.approx(paid, rel=1e-12)
    assert table["value"].to_numpy() == pytest.approx(0.4 * bought * paid, rel=1e-9)
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()
    assert (table["none"] > 0).all()
    discounted = newcomer_value(
        purchases, spend, LEADS, 365, margin=0.4, discount_rate=1e-3, draws=50, random_state=1
    )
    assert (discounted["value"] < table["value"]).all()
    assert (discounted["value"] > np.exp(-0.365) * table["value"]).all()


def test_spend_may_be_told_by_a_model_that_goes_with_frequency(fitted):
    spend = DependentGammaGamma().fit(customers(1500, 3))
    table = newcomer_value(fitted[0], spend, LEADS, 365, draws=30, random_state=1)
    paid = spend.expected_customer_spend({"frequency": [0], "monetary_value": [0.0]})
    assert table["expected_spend"].to_numpy() == pytest.approx(np.repeat(paid, 3), rel=1e-12)
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()


def test_newcomers_of_the_true_world_earn_what_was_forecast(fitted):
    purchases, spend = fitted
    came = customers(40_000, 5, T=180)
    earned = came["frequency"] * came["monetary_value"]
    kinds = {"age": np.round(came["age"][:300], 1), "channel": came["channel"][:300]}
    table = newcomer_value(purchases, spend, kinds, 180, draws=400, random_state=2)
    inside = (table["person_low"] <= earned[:300]) & (earned[:300] <= table["person_high"])
    assert inside.mean() > 0.85
    for channel in ("mail", "web", "shop"):
        group = came["channel"] == channel
        expected = newcomer_value(
            purchases, spend, {"age": came["age"][group][:2000], "channel": came["channel"][group][:2000]},
            180, draws=20, random_state=3,
        )["value"].mean()  # fmt: skip
        assert earned[group].mean() == pytest.approx(expected, rel=0.15)


@pytest.mark.slow
def test_the_interval_of_the_mean_covers_the_true_mean():
    """Over 20 worlds of 1,500 customers, 90 % intervals; the truth by the known parameters."""
    true_purchases = worlds.known("BGNBD").expected_purchases_new_customer(
        200, covariates={"age": [1.0], "web": [1.0], "shop": [0.0]}
    )
    true_spend = SPEND["p"] * SPEND["v"] * np.exp(0.2 - 0.4) / (SPEND["q"] - 1.0)
    truth, hits = float(true_purchases[0]) * true_spend, 0
    for seed in range(20):
        data = customers(1500, 50 + seed)
        purchases = BGNBD(covariates=WANTED, time_unit="D").fit(data)
        spend = GammaGamma(covariates=WANTED).fit(data)
        who = {"age": [1.0], "channel": ["web"]}
        row = newcomer_value(purchases, spend, who, 200, draws=100, random_state=seed).iloc[0]
        hits += row["low"] <= truth <= row["high"]
    assert hits >= 15


def test_what_cannot_be_asked_is_refused(fitted):
    purchases, spend = fitted
    data = customers(500, 2)
    plain = BGNBD().fit(data), GammaGamma().fit(data)
    for code, ask in {
        "MODEL-138": lambda: newcomer_value(purchases, spend, LEADS, 365, margin=0.0),
        "MODEL-132": lambda: newcomer_value(*plain, LEADS, 365),
        "MODEL-022": lambda: newcomer_value(purchases, spend, LEADS, 365, discount_rate=-1.0),
        "MODEL-024": lambda: newcomer_value(purchases, spend, LEADS, 365, level=1.0),
        "MODEL-131": lambda: newcomer_value(purchases, spend, {**LEADS, "channel": ["moon"] * 3}, 365),
        "MODEL-001": lambda: newcomer_value(purchases, spend, {"age": [1.0]}, 365),
    }.items():
        with pytest.raises((ModelError, UsageError)) as caught:
            ask()
        assert caught.value.code == code
