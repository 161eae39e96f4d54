"""How long customers are still alive: identities, limits, and simulated customers whose end is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeworth.models.partially_pooled import PartiallyPooled
from lifeworth.models.purchase.pareto_nbd import ParetoNBD
from models.worlds import MODELS, PURCHASE_MODELS, TRUTH, customers, known, parameters, simulated

HORIZON = 300.0
GAMMA_RATE = ["BGNBD", "MBGNBD", "ParetoNBD", "NBD", "GGomNBD"]


def with_parameters(name, params):
    return PURCHASE_MODELS[name].with_parameters(**params)


@pytest.mark.parametrize("name", MODELS)
def test_survival_begins_at_p_alive_and_falls(name):
    model, base = known(name), simulated(name, 80)
    times = np.array([0.0, 1.0, 30.0, 300.0, 3000.0])
    stays = model.probability_alive_after(base, times)
    assert stays[:, 0] == pytest.approx(model.expected_probability_alive(base), rel=1e-9)
    assert (np.diff(stays, axis=1) <= 1e-12).all()
    assert ((stays >= 0) & (stays <= 1)).all()


@pytest.mark.parametrize("name", MODELS)
def test_active_time_is_the_integral_of_survival(name):
    model, base = known(name), simulated(name, 40)
    times = np.linspace(0.0, HORIZON, 3001)
    stays = model.probability_alive_after(base, times)
    steps = (stays[:, 1:] + stays[:, :-1]) / 2
    assert model.expected_active_time(base, HORIZON) == pytest.approx(steps @ np.diff(times), rel=2e-5)


@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("name", GAMMA_RATE)
@given(data=st.data())
def test_purchases_are_the_rate_times_the_time_alive(name, data):
    """E[lambda L] = (r+x)/(alpha+T) E[L under Gamma(r+1+x, alpha+T)]: a gamma law weighted by its own rate,
    and E[N] = E[lambda L] of each customer. So E[N | alive] under r is told by E[L | alive] under r + 1."""
    params, base = data.draw(parameters(name)), data.draw(customers(most=6))
    horizon = data.draw(st.floats(1.0, 900.0))
    model = with_parameters(name, params)
    weighted = with_parameters(name, params | {"r": params["r"] + 1.0})
    alive, of_weighted = (each.expected_probability_alive(base) for each in (model, weighted))
    seen = (alive > 1e-200) & (of_weighted > 1e-200)
    rate = (params["r"] + base["frequency"]) / (params["alpha"] + base["T"])
    bought = model.expected_purchases(base, horizon)[seen] / alive[seen]
    active = weighted.expected_active_time(base, horizon)[seen] / of_weighted[seen]
    assert rate[seen] * active == pytest.approx(bought, rel=2e-4)


def test_pareto_with_given_rates_buys_its_rate_times_its_time():
    lam, mu = 0.05, 0.01
    sharp = ParetoNBD.with_parameters(r=lam * 1e9, alpha=1e9, s=mu * 1e9, beta=1e9)
    base = {"frequency": [0, 3], "recency": [0, 80], "T": [90, 90]}
    active = sharp.expected_active_time(base, 200.0)
    assert lam * active == pytest.approx(sharp.expected_purchases(base, 200.0), rel=1e-6)
    whole = sharp.expected_probability_alive(base) * -np.expm1(-mu * 200.0) / mu
    assert active == pytest.approx(whole, rel=1e-6)


def test_who_never_leaves_stays_for_the_whole_horizon():
    assert known("NBD").expected_active_time(simulated("NBD", 20), HORIZON) == pytest.approx(HORIZON)


@pytest.mark.parametrize(("k_one", "plain"), [("BGCNBD", "BGNBD"), ("MBGCNBD", "MBGNBD")])
def test_gaps_of_one_stage_are_random_gaps(k_one, plain):
    base, params = simulated(plain, 60), TRUTH[plain]
    one = PURCHASE_MODELS[k_one].model.with_parameters({"k": 1}, **params)
    other = with_parameters(plain, params)
    assert one.expected_active_time(base, HORIZON) == pytest.approx(
        other.expected_active_time(base, HORIZON), rel=1e-8
    )


def test_odds_of_one_are_pareto():
    base, params = simulated("ParetoNBD", 60), TRUTH["ParetoNBD"]
    mixed = with_parameters("CorrelatedParetoNBD", params | {"odds": 1.0})
    assert mixed.expected_active_time(base, HORIZON) == pytest.approx(
        with_parameters("ParetoNBD", params).expected_active_time(base, HORIZON), rel=1e-9
    )


def long_lives(name, size, T, seed):
    """Customers bought one purchase at a time, and how long after T each is still a customer.

    Written from the models' stories, without their code.
    """
    rng, p = np.random.default_rng(seed), TRUTH[name]
    lam = rng.gamma(p["r"], 1.0 / p["alpha"], size)
    stages = {"BGCNBD": 3, "MBGCNBD": 2}.get(name, 1)
    if name == "ParetoNBD":
        end = rng.exponential(size=size) / rng.gamma(p["s"], 1.0 / p["beta"], size)
    else:
        coin = rng.beta(p["a"], p["b"], size)
        end = np.where((rng.random(size) < coin) & name.startswith("M"), 0.0, np.inf)
    x, last, log_gaps = np.zeros(size, int), np.zeros(size), np.zeros(size)
    here, clock = np.arange(size), np.zeros(size)
    while len(here):
        gap = rng.gamma(stages, 1.0 / np.maximum(lam[here], 1e-300))
        clock[here] += gap
        bought = clock[here] < np.minimum(end[here], T + HORIZON)
        here, gap = here[bought], gap[bought]
        past = clock[here] <= T
        x[here] += past
        last[here] = np.where(past, clock[here], last[here])
        log_gaps[here] += np.where(past, np.log(gap), 0.0)
        if name != "ParetoNBD":
            leaves = rng.random(len(here)) < coin[here]
            end[here[leaves]] = clock[here[leaves]]
            here = here[~leaves]
    base = {"frequency": x, "recency": last, "T": np.full(size, T), "log_gaps": log_gaps}
    return base, np.clip(end - T, 0.0, HORIZON)


@pytest.mark.parametrize("name", ["BGNBD", "MBGNBD", "ParetoNBD", "BGCNBD", "MBGCNBD"])
def test_the_time_told_is_the_time_lived(name):
    base, lived = long_lives(name, 60_000, 200.0, 11)
    told = known(name).expected_active_time(base, HORIZON)
    bins = np.digitize(told, np.quantile(told, [0.25, 0.5, 0.75]))
    for group in np.unique(bins):
        mine = bins == group
        error = lived[mine].std() / np.sqrt(mine.sum())
        assert abs(told[mine].mean() - lived[mine].mean()) < 4 * error + 1e-9


def test_a_mean_over_draws_is_the_mean_of_each():
    base, params = simulated("MBGNBD", 30), TRUTH["MBGNBD"]
    moved = {name: value * 1.3 for name, value in params.items()}
    each = [
        with_parameters("MBGNBD", one).probability_alive_after(base, [0.0, 50.0]) for one in (params, moved)
    ]
    both = {name: [params[name], moved[name]] for name in params}
    assert known("MBGNBD").probability_alive_after(base, [0.0, 50.0], both) == pytest.approx(sum(each) / 2)


def test_segments_answer_by_their_own_model():
    base = {**simulated("ParetoNBD", 900), "segment": np.repeat(["a", "b", "c"], 300)}
    pooled = PartiallyPooled(ParetoNBD(), by="segment").fit(base)
    whole = pooled.expected_active_time(base, HORIZON)
    own = {name: column[base["segment"] == "b"] for name, column in base.items()}
    assert whole[base["segment"] == "b"] == pytest.approx(pooled.of("b").expected_active_time(own, HORIZON))
    drawn = pooled.posterior(draws=100, random_state=1).parameters(4)
    assert pooled.probability_alive_after(base, [0.0, HORIZON], drawn).shape == (900, 2)
