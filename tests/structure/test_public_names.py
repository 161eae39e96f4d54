"""The public names of design.md §5, with the parameters that documents and other programs rely on."""

import inspect

import pytest

import lifeworth as lw
from lifeworth import models
from lifeworth.models.catalog import EVERY_MODEL, PURCHASE_MODELS

CALLS = {
    "read_orders": ["source"],
    "rfm_summary": [
        *("orders", "customer_id_col", "datetime_col", "monetary_value_col"),
        *("observation_period_end", "time_unit"),
    ],
    "rfm_train_test_split": ["orders", "train_period_end", "test_period_end", "time_unit"],
    "value": ["orders", "horizon_months", "discount_rate", "margin", "costs", "model", "until"],
    "load": ["path"],
}
METHODS = {
    "fit": ["data", "sample_weight"],
    "summary": [],
    "expected_purchases": ["data", "future_t"],
    "expected_probability_alive": ["data"],
    "expected_purchases_new_customer": ["t"],
    "discounted_expected_purchases": ["data", "discount_rate"],
    "purchase_probabilities": ["data", "future_t", "n"],
    "quantiles": ["data", "future_t", "q"],
    "simulate": ["size", "T", "random_state"],
    "posterior": ["draws", "random_state"],
    "save": ["path"],
    "get_params": [],
    "set_params": [],
}
PROMISED_MODELS = {"BGNBD", "MBGNBD", "ParetoNBD", "GammaGamma"}


def parameters(function):
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", lw.__all__)
def test_every_public_name_is_there(name):
    assert getattr(lw, name) is not None


@pytest.mark.parametrize("name", CALLS)
def test_a_public_function_takes_the_documented_parameters(name):
    assert name in lw.__all__
    assert [one for one in CALLS[name] if one not in parameters(getattr(lw, name))] == []


def test_the_promised_models_are_public_and_listed():
    assert set(models.__all__) >= PROMISED_MODELS
    assert all(getattr(models, name) is not None for name in models.__all__)
    assert set(EVERY_MODEL) <= set(models.__all__)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
@pytest.mark.parametrize("method", METHODS)
def test_a_purchase_model_has_the_documented_methods(name, method):
    function = getattr(PURCHASE_MODELS[name], method)
    assert [one for one in METHODS[method] if one not in parameters(function)] == []


def test_a_spend_model_says_what_a_customer_spends():
    assert parameters(models.GammaGamma.expected_customer_spend)[:2] == ["self", "data"]


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_thing"):
        lw.no_such_thing  # noqa: B018
