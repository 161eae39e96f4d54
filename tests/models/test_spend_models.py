"""What every spend model of the catalogue obeys."""

import numpy as np
import pytest

import lifeworth as lw
from lifeworth.models.catalog import SPEND_MODELS
from lifeworth.models.parameters import scales
from models.spend_worlds import TRUTH, every, in_money, known, made, refused


def test_every_spend_model_is_in_the_catalogue_and_here():
    assert set(SPEND_MODELS) == set(TRUTH)


@every
def test_the_truth_is_recovered_from_its_own_simulation(name):
    away = []
    for seed in range(20):
        model = SPEND_MODELS[name]().fit(made(name, 6000, seed))
        assert model.converged_
        assert model.boundary_ == []
        away.append(
            [(model.params_[key] - truth) / model.standard_errors_[key] for key, truth in TRUTH[name].items()]
        )
    away = np.array(away)
    assert (np.abs(away) < 3).all(axis=1).mean() >= 0.9
    assert (np.abs(away.mean(axis=0)) < 4 / np.sqrt(20)).all()
    assert np.sqrt((away**2).mean()) == pytest.approx(1, abs=0.3)


@every
@pytest.mark.parametrize("factor", [1e6, 100.0, 1e-3])
def test_money_in_other_units_scales_money_only(name, factor):
    data = made(name, 3000)
    one, other = SPEND_MODELS[name]().fit(data), SPEND_MODELS[name]().fit(in_money(data, factor))
    grow = scales(one.parameters, factor)
    assert list(other.params_.values()) == pytest.approx(
        list(np.array(list(one.params_.values())) * grow), rel=1e-7
    )
    there, here = (
        model.expected_customer_spend(each) for model, each in ((other, in_money(data, factor)), (one, data))
    )
    assert there == pytest.approx(factor * here, rel=1e-7)
    posts = [model.posterior(400, random_state=1).mode for model in (one, other)]
    assert list(posts[1].values()) == pytest.approx(list(np.array(list(posts[0].values())) * grow), rel=1e-5)


@every
def test_weights_count_as_many_customers_and_order_does_not_matter(name):
    data = made(name, 1500)
    times = np.random.default_rng(2).integers(0, 4, 1500)
    repeated = {key: np.repeat(column, times) for key, column in data.items()}
    order = np.random.default_rng(3).permutation(times.sum())
    shuffled = {key: column[order] for key, column in repeated.items()}
    one = SPEND_MODELS[name]().fit(data, sample_weight=times)
    for other in (SPEND_MODELS[name]().fit(repeated), SPEND_MODELS[name]().fit(shuffled)):
        assert list(one.params_.values()) == pytest.approx(list(other.params_.values()), rel=1e-6)
        assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, rel=1e-10)
    assert one.n_customers_ == times[data["frequency"] > 0].sum()


@every
def test_draws_have_the_expected_mean_and_nothing_without_purchases(name):
    model = known(name)
    data = {key: column[:4] for key, column in made(name, 50, 4, x=3).items()}
    data = {key: np.append(column, 0) for key, column in data.items()}  # and one without a repeat purchase
    many = {key: np.repeat(column, 60_000) for key, column in data.items()}
    bought = np.full((300_000, 2), 2)
    bought[:, 1] = 0
    drawn = model.draw_spend(many, bought, {key: [value] * 2 for key, value in TRUTH[name].items()}, 6)
    assert (drawn[:, 1] == 0).all()
    expected = model.expected_customer_spend(data)
    for part, mean in zip(np.split(drawn[:, 0], 5), expected, strict=True):
        assert part.mean() == pytest.approx(2 * mean, abs=4.5 * part.std() / np.sqrt(60_000))


@pytest.mark.parametrize("name", [name for name in SPEND_MODELS if name != "LogNormalSpend"])
def test_quantiles_of_total_spend_are_those_of_draws(name):
    model, shares = known(name), np.array([0.2, 0.3, 0.25, 0.15, 0.1])
    data = {key: column[:3] for key, column in made(name, 40, 5, x=3).items()}
    found = model.spend_quantiles(data, np.tile(shares, (3, 1)), [0.1, 0.5, 0.9])
    rng, size = np.random.default_rng(6), 60_000
    for i in range(3):
        many = {key: np.repeat(column[i], size) for key, column in data.items()}
        days = rng.choice(5, (size, 1), p=shares)
        drawn = model.draw_spend(many, days, {key: [value] for key, value in TRUTH[name].items()}, rng)[:, 0]
        for level, value in zip((0.1, 0.5, 0.9), found[i], strict=True):
            below = (drawn <= value).mean()
            assert below == pytest.approx(max(level, (drawn == 0).mean()), abs=4.5 * 0.5 / np.sqrt(size))


@every
def test_on_average_customers_spend_what_is_expected_of_those_nobody_knows(name):
    """The mean over customers of the expectation given their past is the expectation without any."""
    model = known(name)
    x = 0 if name == "DependentGammaGamma" else 3  # there the expectation moves with x
    found = model.expected_customer_spend(made(name, 200_000, 7, x=x))
    nobody = {key: np.zeros(1, int) for key in made(name, 2)}
    wanted = model.expected_customer_spend(nobody)[0]
    assert found.mean() == pytest.approx(wanted, abs=4 * found.std() / np.sqrt(200_000) + 1e-12)


@every
def test_a_posterior_holds_the_estimate_and_forecasts(name):
    data = made(name, 5000)
    model = SPEND_MODELS[name]().fit(data)
    post = model.posterior(2000, random_state=3)
    assert post.k_hat < 0.7
    told = post.summary().set_index("parameter")
    for key, error in model.standard_errors_.items():
        assert abs(told.loc[key, "mean"] - model.params_[key]) < 0.5 * error
        assert told.loc[key, "standard_deviation"] == pytest.approx(error, rel=0.25)
    assert model.expected_customer_spend(data, posterior=post) == pytest.approx(
        model.expected_customer_spend(data), rel=0.05
    )


@every
def test_a_saved_model_forecasts_as_before(name, tmp_path):
    data = made(name, 900)
    model = SPEND_MODELS[name]().fit(data)
    model.save(tmp_path / "m.json")
    back = lw.load(tmp_path / "m.json")
    assert type(back) is type(model)
    assert np.array_equal(back.expected_customer_spend(data), model.expected_customer_spend(data))
    assert back.summary().equals(model.summary())
    assert refused(back.posterior) == "MODEL-107"


@every
def test_inputs_are_never_changed_and_values_follow_the_customer(name):
    data = made(name, 600)
    before = {key: column.copy() for key, column in data.items()}
    for column in data.values():
        column.setflags(write=False)
    whole = SPEND_MODELS[name]().fit(data).expected_customer_spend(data)
    assert all(np.array_equal(before[key], data[key]) for key in data)
    order = np.random.default_rng(5).permutation(600)
    model = SPEND_MODELS[name]().fit(data)
    assert np.array_equal(model.expected_customer_spend({k: c[order] for k, c in data.items()}), whole[order])


@every
def test_the_same_seed_gives_the_same_customers(name):
    one, same, other = (
        known(name).simulate([1, 2, 3] * 20, seed)["monetary_value"].tolist() for seed in (1, 1, 2)
    )
    assert one == same != other
