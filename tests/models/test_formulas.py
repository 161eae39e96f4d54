"""Covariates by a formula are those of the columns it makes, whoever is asked about."""

import sys

import numpy as np
import pytest

import lifeworth as lw
from lifeworth.models import BGNBD, DynamicParetoNBD, ParetoNBD
from models import changing_worlds
from models import covariate_worlds as worlds

DATA = worlds.simulated("ParetoNBD", 1500)


def test_a_sum_of_columns_is_the_list_of_columns():
    one = ParetoNBD(covariates="age + C(channel)").fit(DATA)
    other = ParetoNBD(covariates=["age", "channel"]).fit(DATA)
    assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, abs=1e-8)
    assert one.params_["purchase.age"] == pytest.approx(other.params_["purchase.age"], rel=1e-5)
    assert list(one.params_)[4:7] == [
        "purchase.age",
        "purchase.C(channel)[T.shop]",
        "purchase.C(channel)[T.web]",
    ]
    np.testing.assert_allclose(
        one.expected_purchases(DATA, 90), other.expected_purchases(DATA, 90), rtol=1e-5
    )


def test_products_are_products():
    one = ParetoNBD(covariates={"purchase": "age + web + age:web", "dropout": "web"}).fit(DATA)
    data = {**DATA, "both": DATA["age"] * DATA["web"]}
    other = ParetoNBD(covariates={"purchase": ["age", "web", "both"], "dropout": ["web"]}).fit(data)
    assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, abs=1e-8)
    assert one.params_["purchase.age:web"] == pytest.approx(other.params_["purchase.both"], rel=1e-4)


def test_a_forecast_does_not_depend_on_who_else_is_asked_about(tmp_path):
    model = BGNBD(covariates="age * channel").fit(DATA)
    model.save(tmp_path / "model.json")
    again, some = lw.load(tmp_path / "model.json"), [3, 10, 200]
    few = {name: np.asarray(column)[some] for name, column in DATA.items()}
    np.testing.assert_allclose(
        again.expected_purchases(few, 90), model.expected_purchases(DATA, 90)[some], rtol=1e-12
    )
    lead = {"age": [0.0], "channel": ["shop"]}
    assert again.expected_purchases_new_customer(90, covariates=lead).shape == (1,)


def test_known_parameters_go_with_a_formula_of_numbers_and_with_periods():
    model = DynamicParetoNBD.with_parameters(
        {"covariates": "price + promotion:price"}, r=1.0, alpha=10.0, s=1.0, beta=20.0,
        **{f"{way}.{name}": 0.2 for way in ("purchase", "dropout") for name in ("price", "promotion:price")},
    )  # fmt: skip
    rows = {"customer_id": ["a", "a"], "start": [0, 5], "stop": [5, 9], "purchases": [1, 0],
            "last_purchase": [3, np.nan], "price": [0.1, 0.4], "promotion": [1.0, 0.0]}  # fmt: skip
    assert 0 < model.expected_probability_alive(rows)[0] < 1


def test_a_formula_may_move_one_process_alone():
    rows = changing_worlds.weeks(80, 1)
    made = changing_worlds.known().simulate(rows, 2)
    fitted = DynamicParetoNBD(covariates={"purchase": "price"}).fit(made)
    listed = DynamicParetoNBD(covariates={"purchase": ["price"]}).fit(made)
    assert set(fitted.params_) == {"r", "alpha", "s", "beta", "purchase.price"}
    assert fitted.log_likelihood_ == pytest.approx(listed.log_likelihood_, rel=1e-12)


@pytest.mark.parametrize("formula", ["age + (", "center(age)", "age + center(age)"])
def test_what_is_no_formula_of_rows_is_refused(formula):
    with pytest.raises(lw.errors.UsageError, match="MODEL-170"):
        ParetoNBD(covariates=formula).fit(DATA)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(lw.errors.ModelError, match="MODEL-001"):
        ParetoNBD(covariates="age + height").fit(DATA)


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "formulaic", None)
    with pytest.raises(lw.errors.UsageError, match="MODEL-169"):
        ParetoNBD(covariates="age").fit(DATA)
