"""Models travel: JSON, pickle, joblib, scikit-learn's clone."""

import io
import json
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone

import lifeworth
from lifeworth.base.errors import ModelError
from lifeworth.models import BGNBD, GammaGamma
from models.worlds import MODELS, PURCHASE_MODELS, known, simulated

NO_COVARIATES = {"covariates": None, "penalty": 0.0, "l1_penalty": 0.0}


@pytest.mark.parametrize("name", MODELS)
def test_a_saved_model_forecasts_as_before(name, tmp_path):
    data = simulated(name, 800)
    model = PURCHASE_MODELS[name](time_unit="D", threads=1).fit(data)
    model.save(tmp_path / "m.json")
    back = lifeworth.load(tmp_path / "m.json")
    assert type(back) is type(model)
    assert back.params_ == model.params_
    assert back.get_params() == model.get_params()
    assert np.array_equal(back.covariance_, model.covariance_)
    assert np.array_equal(back.expected_purchases(data, 30), model.expected_purchases(data, 30))
    assert back.summary().equals(model.summary())
    with pytest.raises(ModelError) as caught:
        back.posterior()
    assert caught.value.code == "MODEL-107"


def test_saved_models_are_plain_json_with_a_version(tmp_path):
    known("BGNBD").save(tmp_path / "m.json")
    document = json.loads((tmp_path / "m.json").read_text())
    assert document["format"] == "lifeworth.model"
    assert document["version"] == 1
    assert document["model"] == "BGNBD"
    assert document["fitted"]["params_"]["r"] == 0.6


def test_findings_and_infinities_survive_saving(tmp_path):
    model = GammaGamma().fit({"frequency": [1, 2, 3], "monetary_value": [5.0, 5.0, 5.0]})
    model.save(tmp_path / "m.json")
    back = lifeworth.load(tmp_path / "m.json")
    assert back.params_ == {"p": np.inf, "q": np.inf, "v": np.inf}
    assert back.findings_ == model.findings_
    assert back.expected_customer_spend({"frequency": [0], "monetary_value": [0]}).tolist() == [5.0]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "lifeworth.model", "version": 99, "model": "BGNBD"}', "\x00"]
)
def test_files_that_are_no_model_are_refused(text, tmp_path):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(ModelError) as caught:
        lifeworth.load(tmp_path / "m.json")
    assert caught.value.code == "MODEL-110"


def test_an_unfitted_model_cannot_be_saved(tmp_path):
    with pytest.raises(ModelError):
        BGNBD().save(tmp_path / "m.json")


@pytest.mark.parametrize("name", MODELS)
def test_models_pickle_with_their_customers(name):
    data = simulated(name, 800)
    model = PURCHASE_MODELS[name]().fit(data)
    back = pickle.loads(pickle.dumps(model))
    assert np.array_equal(back.expected_purchases(data, 30), model.expected_purchases(data, 30))
    one, other = (
        each.posterior(200, random_state=1).values[model.parameters[0].name] for each in (model, back)
    )
    assert np.array_equal(one, other)
    stream = io.BytesIO()
    joblib.dump(model, stream)
    stream.seek(0)
    assert joblib.load(stream).params_ == model.params_


def test_clones_keep_settings_and_forget_the_fit():
    model = BGNBD(time_unit="W", threads=2).fit(simulated("BGNBD", 200))
    copy = clone(model)
    assert copy.get_params() == {**NO_COVARIATES, "time_unit": "W", "threads": 2}
    assert not hasattr(copy, "params_")
    assert copy.set_params(threads=1) is copy
    assert copy.threads == 1
    assert clone(GammaGamma()).get_params() == NO_COVARIATES
