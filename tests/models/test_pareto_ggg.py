"""Pareto/GGG: its Gibbs sampler against closed forms where there are some, and against simulation."""

import numpy as np
import pytest
from scipy import special, stats

import lifeworth
from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models import ParetoGGG, ParetoNBD, compare, leave_one_out
from lifeworth.models.fitting.chains import effective_draws, split_r_hat
from lifeworth.models.fitting.gibbs import gamma_above, slice_step
from lifeworth.models.purchase import pareto_ggg_likelihood, pareto_nbd
from lifeworth.models.purchase.pareto_ggg_likelihood import log_densities

TRUTH = {"r": 1.2, "alpha": 20.0, "s": 0.8, "beta": 120.0, "t": 3.0, "gamma": 1.5}
BY_CHANCE = {"r": 0.7, "alpha": 35.0, "s": 0.8, "beta": 60.0}


def plain(frame):
    return {name: frame[name].to_numpy() for name in frame.columns}


@pytest.fixture(scope="module")
def world():
    return plain(ParetoGGG.with_parameters(**TRUTH).simulate(900, 400.0, 3))


@pytest.fixture(scope="module")
def fitted(world):
    return ParetoGGG(warm_up=250, draws=350, time_unit="D").fit(world)


@pytest.mark.parametrize(("shape", "cut"), [(2.0, 1.0), (2.0, 10.0), (0.3, 0.1), (0.3, 5.0), (15.0, 40.0)])
def test_cut_gamma_draws_follow_their_law(shape, cut):
    drawn = gamma_above(np.full(20_000, shape), np.full(20_000, cut), np.random.default_rng(1))
    left = stats.gamma(shape).sf(drawn) / stats.gamma(shape).sf(cut)
    assert (drawn > cut).all()
    assert stats.kstest(left, "uniform").pvalue > 1e-3


def test_slices_follow_the_density_for_any_width():
    rng, at = np.random.default_rng(2), np.zeros(4000)
    for _ in range(12):
        at = slice_step(lambda v, rows: -0.5 * v * v, at, np.full(4000, 0.7), rng)
    assert stats.kstest(at, "norm").pvalue > 1e-3


def test_chains_that_disagree_are_seen():
    rng = np.random.default_rng(3)
    same = rng.standard_normal((4, 500))
    assert split_r_hat(same) < 1.02
    assert split_r_hat(same + np.arange(4)[:, None]) > 1.3
    slow = np.cumsum(rng.standard_normal((4, 500)), axis=1)
    assert effective_draws(same) == pytest.approx(2000, rel=0.25)
    assert effective_draws(slow) < 60


def test_where_gaps_are_chance_it_says_what_pareto_says():
    """t = gamma, both large: every k is 1, and Pareto/NBD has closed forms."""
    closed = ParetoNBD.with_parameters(**BY_CHANCE)
    table = closed.simulate(300, 300.0, 4)
    data = plain(table)
    x = data["frequency"]
    data["log_gaps"] = x * np.log(np.where(x > 0, data["recency"] / np.maximum(x, 1), 1.0))
    sampled = ParetoGGG.with_parameters({"futures": 2400}, **BY_CHANCE, t=1e7, gamma=1e7)
    alive, wanted = sampled.expected_probability_alive(data), closed.expected_probability_alive(data)
    assert np.abs(alive - wanted).max() < 0.09  # 2,400 draws, not independent
    assert alive.mean() == pytest.approx(wanted.mean(), abs=0.004)
    bought, expected = sampled.expected_purchases(data, 150.0), closed.expected_purchases(data, 150.0)
    assert bought.sum() == pytest.approx(expected.sum(), rel=0.015)
    rate = np.log(1.1) / 365
    dert = sampled.discounted_expected_purchases(data, 10 * rate)
    assert dert.sum() == pytest.approx(closed.discounted_expected_purchases(data, 10 * rate).sum(), rel=0.03)
    shares = sampled.purchase_probabilities(data, 150.0, [0, 1, 2])
    assert shares.mean(axis=0) == pytest.approx(
        closed.purchase_probabilities(data, 150.0, [0, 1, 2]).mean(axis=0), abs=0.006
    )
    assert sampled.expected_purchases_new_customer(200.0) == pytest.approx(
        closed.expected_purchases_new_customer(200.0), rel=0.03
    )


def test_forecasts_are_the_means_of_what_really_follows():
    """2,500 customers of the known model: what the base buys in the next 200 days, on average."""
    model = ParetoGGG.with_parameters({"futures": 60}, **TRUTH)
    data = plain(model.simulate(2500, 300.0, 5))
    forecast = model.expected_purchases(data, 200.0)
    sooner, later = model.expected_purchases_new_customer([300.0, 500.0])
    error = np.sqrt(forecast.var() / len(forecast) + data["frequency"].var() / len(forecast))
    assert data["frequency"].mean() + forecast.mean() == pytest.approx(later, abs=4 * error)
    assert data["frequency"].mean() == pytest.approx(sooner, abs=4 * error)


def fine_panels(x, t_x, T, log_gaps, r, alpha, s, beta, t, gamma):
    """ln L from the story: k and the time of leaving by panels of Gauss-Legendre, lambda by SciPy's beta."""
    z, w = np.polynomial.legendre.leggauss(12)

    def panels(a, b, n):
        edges = np.linspace(a, b, n + 1)
        half = np.diff(edges) / 2
        nodes = (edges[:-1] + half)[:, None] + half[:, None] * z
        return nodes.ravel(), (half[:, None] * w).ravel()

    v, over_k = panels(-45.0 if t < 1 else -12.0, 5.5, 40)
    k = np.exp(v)
    q, A = r + k * x, alpha + k * t_x
    logs = x * k * v - x * special.gammaln(k) + special.gammaln(q) - special.gammaln(r) - q * np.log(A)
    logs += (k - 1) * log_gaps + r * np.log(alpha) + stats.gamma(t, scale=1 / gamma).logpdf(k) + v

    def waits(gap):
        return special.betainc(q[:, None], k[:, None], 1 / (1 + k[:, None] * gap / A[:, None]))

    y, over_y = panels(np.log(T - t_x) - 42, np.log(T - t_x), 36)
    gap = np.exp(y)
    leaves = s / (beta + t_x + gap) * (1 + (t_x + gap) / beta) ** -s
    silent = (1 + T / beta) ** -s * waits(np.array([T - t_x]))[:, 0] + waits(gap) @ (over_y * gap * leaves)
    return special.logsumexp(logs + np.log(silent) + np.log(over_k))


@pytest.mark.parametrize(
    ("x", "t_x", "T", "log_gaps"),
    [(0, 0.0, 200.0, 0.0), (3, 150.0, 200.0, 11.0), (1, 1.0, 365.0, 0.0), (25, 250.0, 400.0, 57.0)],
)
@pytest.mark.parametrize("changed", [{}, {"t": 0.4, "gamma": 0.5, "r": 0.3}])
def test_the_likelihood_of_a_customer_is_what_fine_integration_says(x, t_x, T, log_gaps, changed):
    p = {**TRUTH, **changed}
    found = log_densities(x, t_x, T, log_gaps, {name: np.array([value]) for name, value in p.items()})
    assert found[0] == pytest.approx(fine_panels(x, t_x, T, log_gaps, **p), rel=1e-7 if p["t"] > 1 else 2e-5)


@pytest.mark.parametrize("t", [0.05, 0.1, 0.2])
def test_a_rule_four_times_finer_says_the_same_where_regularity_differs_wildly(t, monkeypatch):
    p = {name: np.array([value]) for name, value in {**TRUTH, "t": t, "gamma": 0.3}.items()}
    people = [(0, 0.0, 200.0, 0.0), (1, 50.0, 200.0, 3.9)]
    told = [log_densities(*one, p)[0] for one in people]
    monkeypatch.setattr(pareto_ggg_likelihood, "STEP", 0.1)
    assert told == pytest.approx([log_densities(*one, p)[0] for one in people], abs=2e-5)
    assert np.isfinite(log_densities(0, 0.0, 200.0, 0.0, {**p, "t": np.array([1e-3])})).all()


def test_the_likelihood_is_that_of_pareto_where_gaps_are_chance():
    sure = {name: np.array([value]) for name, value in {**BY_CHANCE, "t": 1e7, "gamma": 1e7}.items()}
    for x, t_x, T in [(0, 0, 200), (3, 150, 200), (12, 40, 300), (4, 90, 90)]:
        wanted = pareto_nbd.log_likelihood(np.array([x]), np.array([t_x]), np.array([T]), **BY_CHANCE)
        assert log_densities(x, t_x, T, 1.7 * x, sure)[0] == pytest.approx(wanted[0], rel=1e-6)


def test_leave_one_out_prefers_the_rhythm_that_is_there():
    """60 customers whose k is 5 on average: chance tells them worse by far."""
    made = plain(ParetoGGG.with_parameters(**{**TRUTH, "t": 20.0, "gamma": 4.0}).simulate(60, 250.0, 8))
    rhythm = ParetoGGG(warm_up=100, draws=100, time_unit="D").fit(made)
    chance = ParetoNBD(time_unit="D").fit(made)
    one = leave_one_out(rhythm, rhythm.posterior(400, random_state=1))
    other = leave_one_out(chance, chance.posterior(400, random_state=1))
    assert one.k_hat.max() < 0.7
    assert 1.0 < one.effective_parameters < 12.0
    assert rhythm.log_likelihood(made) == pytest.approx(one.elpd + one.effective_parameters, abs=3.0)
    table = compare({"rhythm": one, "chance": other}).set_index("model")
    assert table.index[0] == "rhythm"
    assert table["difference"]["chance"] < -4 * table["standard_error"]["chance"]


def test_the_truth_is_recovered_from_its_own_simulation(fitted):
    for name, truth in TRUTH.items():
        assert abs(fitted.params_[name] - truth) < 4 * fitted.standard_errors_[name]
    assert max(fitted.r_hat_.values()) < 1.2
    assert np.isnan(fitted.log_likelihood_)


def test_the_same_seed_gives_the_same_answers_and_weeks_are_days(fitted, world):
    some = {name: column[:50] for name, column in world.items()}
    again = ParetoGGG(warm_up=3, draws=4, time_unit="D").fit(some)
    twice = ParetoGGG(warm_up=3, draws=4, time_unit="D").fit(some)
    assert again.params_ == twice.params_
    weeks = {**some, "recency": some["recency"] / 7, "T": some["T"] / 7}
    weeks["log_gaps"] = some["log_gaps"] - some["frequency"] * np.log(7.0)
    other = ParetoGGG(warm_up=3, draws=4, time_unit="W").fit(weeks)
    assert other.params_["alpha"] * 7 == pytest.approx(again.params_["alpha"], rel=1e-6)
    assert np.array_equal(fitted.expected_purchases(some, 90), fitted.expected_purchases(some, 90))


def test_the_posterior_passes_on_to_forecasts(fitted, world):
    post = fitted.posterior(800, random_state=1)
    assert post.values["r"].shape == (800,)
    assert post.values["r"].mean() == pytest.approx(fitted.params_["r"], rel=0.05)
    some = {name: column[:200] for name, column in world.items()}
    with_it, without = (
        fitted.expected_purchases(some, 90, posterior=post),
        fitted.expected_purchases(some, 90),
    )
    assert with_it.sum() == pytest.approx(without.sum(), rel=0.06)
    counts = fitted.quantiles(some, 90, [0.05, 0.5, 0.95])
    assert (np.diff(counts, axis=1) >= 0).all()


def test_it_is_saved_without_its_draws(fitted, world, tmp_path):
    fitted.save(tmp_path / "m.json")
    back = lifeworth.load(tmp_path / "m.json")
    some = {name: column[:50] for name, column in world.items()}
    assert np.array_equal(back.expected_purchases(some, 90), fitted.expected_purchases(some, 90))
    with pytest.raises(ModelError, match="MODEL-107"):
        back.posterior()


def test_what_it_cannot_take_it_refuses(world):
    with pytest.raises(UsageError, match="MODEL-120"):
        ParetoGGG().fit(world, sample_weight=np.ones(900))
    with pytest.raises(ModelError, match="MODEL-014"):
        ParetoGGG().fit({name: world[name] for name in ("frequency", "recency", "T")})
    with pytest.raises(ModelError, match="MODEL-108"):
        ParetoGGG().fit(world)
