"""The likelihood of customers a model has not seen, and scikit-learn's searches over it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from lifeworth.base.errors import LifeworthError
from lifeworth.models import BGCNBD, BGNBD, GammaGamma, ParetoGGG, ParetoNBD, catalog
from models import changing_worlds, coverage_worlds
from models.worlds import simulated

CLOSED = [name for name in catalog.EVERY_MODEL if name not in catalog.SAMPLED_MODELS]


def world(name, customers=120):
    made = coverage_worlds.customers_like(
        name, coverage_worlds.known_of(name), customers, np.random.default_rng(4)
    )
    return pd.DataFrame(dict(made))


def fitted(name, data):
    return catalog.EVERY_MODEL[name](**coverage_worlds.settings_of(name)).fit(data)


@pytest.mark.parametrize("name", CLOSED)
def test_likelihoods_add_up_over_customers_and_are_those_of_the_fit(name):
    data = world(name)
    model = fitted(name, data)
    assert model.log_likelihood(data) == pytest.approx(model.log_likelihood_, rel=1e-9)
    some, others = data.iloc[:50], data.iloc[50:]
    parts = model.log_likelihood(some) + model.log_likelihood(others)
    assert parts == pytest.approx(model.log_likelihood_, rel=1e-9)
    twice = np.full(len(some), 2.0)
    assert model.log_likelihood(some, twice) == pytest.approx(2 * model.log_likelihood(some), rel=1e-9)
    assert model.score(some, sample_weight=twice) == pytest.approx(model.score(some), rel=1e-9)


def test_covariates_count_for_customers_not_seen():
    data = pd.DataFrame(simulated("ParetoNBD", 400)).assign(
        age=np.random.default_rng(1).normal(40, 9, 400), channel=np.array(["web", "shop"])[np.arange(400) % 2]
    )
    model = ParetoNBD(["age", "channel"]).fit(data)
    assert model.log_likelihood(data) == pytest.approx(model.log_likelihood_, rel=1e-9)
    parts = model.log_likelihood(data.iloc[:90]) + model.log_likelihood(data.iloc[90:])
    assert parts == pytest.approx(model.log_likelihood_, rel=1e-9)
    spend = data.assign(monetary_value=np.random.default_rng(2).gamma(3.0, 9.0, 400))
    of_spend = GammaGamma(["age"]).fit(spend)
    assert of_spend.log_likelihood(spend) == pytest.approx(of_spend.log_likelihood_, rel=1e-9)


def test_customers_followed_through_periods_are_told_too():
    data = pd.DataFrame(changing_worlds.simulated(60, 3))
    model = changing_worlds.known()
    each = model.log_likelihoods(data)
    assert model.log_likelihood(data) == pytest.approx(each.sum())
    assert model.score(data) == pytest.approx(each.mean())


def test_a_search_finds_the_rhythm_of_regular_buyers():
    """Three stages are the truth; k is chosen on customers held out."""
    data = pd.DataFrame(simulated("BGCNBD", 1200, 5))
    search = GridSearchCV(BGCNBD(), {"k": [1, 2, 3, 5, 8]}, cv=4).fit(data)
    assert search.best_params_ == {"k": 3}
    one = BGCNBD(k=3).fit(data)
    assert search.best_estimator_.params_ == one.params_


def test_a_search_finds_a_penalty_for_covariates_that_tell_nothing():
    rng = np.random.default_rng(3)
    data = pd.DataFrame(simulated("BGNBD", 300, 2))
    noise = {f"noise{i}": rng.normal(size=300) for i in range(8)}
    search = GridSearchCV(BGNBD(list(noise)), {"penalty": [0.0, 1e4]}, cv=4).fit(data.assign(**noise))
    assert search.best_params_ == {"penalty": 1e4}


def test_a_pipeline_prepares_and_fits():
    data = pd.DataFrame(simulated("BGNBD", 300)).assign(T=lambda rows: rows["T"] * 1.0)
    weeks = FunctionTransformer(lambda rows: rows.assign(recency=rows["recency"] / 7, T=rows["T"] / 7))
    pipe = Pipeline([("weeks", weeks), ("model", BGNBD())]).fit(data)
    days = BGNBD().fit(data)
    assert pipe["model"].params_["alpha"] == pytest.approx(days.params_["alpha"] / 7)
    shift = np.log(7) * data["frequency"].mean()  # densities per week are seven times those per day
    assert pipe.score(data) == pytest.approx(days.score(data) + shift)


def test_a_sampled_model_scores_customers_held_out():
    truth = {"r": 1.2, "alpha": 20.0, "s": 0.8, "beta": 120.0, "t": 3.0, "gamma": 1.5}
    made = ParetoGGG.with_parameters(**truth).simulate(150, 300, 2)
    scores = [
        ParetoGGG.with_parameters(**{**truth, "t": shape, "gamma": shape / 2}).score(made)
        for shape in (0.5, 3.0, 300.0)
    ]
    assert max(scores) == scores[1]
    with pytest.raises(LifeworthError) as caught:
        ParetoGGG.with_parameters(**truth).log_likelihood(made, np.ones(150))
    assert caught.value.code == "MODEL-120"
