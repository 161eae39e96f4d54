"""Estimates find the truth, intervals cover it, and the posterior is the one a fine grid gives."""

import numpy as np
import pytest

from lifeworth.models import BetaDiscreteWeibull, ShiftedBetaGeometric
from lifeworth.models.fitting.comparison import chi_squared_above
from lifeworth.models.fitting.priors import LogNormal
from lifeworth.models.retention import likelihood
from lifeworth.models.retention.inputs import renewal_counts
from retention.worlds import HIGH_END, MODELS, REGULAR, TRUTH, known, simulated, survivors


@pytest.mark.parametrize("name", MODELS)
def test_the_truth_is_recovered_from_its_own_simulation(name):
    model = MODELS[name]().fit(simulated(name, 60_000, seed=12))
    assert model.converged_
    assert model.boundary_ == []
    for key, truth in TRUTH[name].items():
        assert abs(model.params_[key] - truth) < 3 * model.standard_errors_[key]


@pytest.mark.parametrize("name", MODELS)
def test_records_that_begin_late_give_the_same_truth_and_ignoring_it_does_not(name):
    """Only those who made at least two renewals are in the records."""
    everyone = known(name).simulate(120_000, 10, 13)
    rows = {key: everyone[key].to_numpy() for key in ("renewals", "churned")}
    seen = rows["renewals"] >= 2
    late = {key: column[seen] for key, column in rows.items()} | {"entry": np.full(seen.sum(), 2)}
    honest = MODELS[name]().fit(late)
    for key, truth in TRUTH[name].items():
        assert abs(honest.params_[key] - truth) < 3 * honest.standard_errors_[key]
    blind = ShiftedBetaGeometric().fit({key: late[key] for key in ("renewals", "churned")})
    assert blind.survival(2) > known(name).survival(2) + 0.2


def test_intervals_cover_the_truth_as_often_as_they_say():
    """80 companies of 1,500 subscribers; 95 % intervals, three Monte-Carlo errors wide."""
    covered = {"sBG": [], "BdW": []}
    for name, kind in MODELS.items():
        for seed in range(80):
            table = kind().fit(simulated(name, 1500, seed=100 + seed)).summary()
            truth = np.array(list(TRUTH[name].values()))
            covered[name].append((table["low"] <= truth) & (truth <= table["high"]))
    for name, each in covered.items():
        share = np.mean(each, axis=0)
        assert (np.abs(share - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 80) + 0.01).all(), (name, share)


def test_the_likelihood_ratio_rejects_a_true_null_one_time_in_twenty():
    p_values = []
    for seed in range(80):
        data = simulated("sBG", 1500, seed=300 + seed)
        p_values.append(
            BetaDiscreteWeibull().fit(data).test_against(ShiftedBetaGeometric().fit(data)).p_value
        )
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=3 * np.sqrt(0.0475 / 80))
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.08)


def test_a_larger_model_never_has_the_smaller_likelihood():
    for seed in range(25):
        data = simulated("sBG", 300, seed=seed)
        larger, smaller = BetaDiscreteWeibull().fit(data), ShiftedBetaGeometric().fit(data)
        assert larger.log_likelihood_ >= smaller.log_likelihood_ - 1e-9


def test_the_tail_of_the_chi_squared_is_that_of_scipy():
    from scipy.stats import chi2

    for degrees in (1, 2, 3, 4, 7, 10):
        for statistic in (0.0, 0.3, 2.0, 11.0, 60.0):
            assert chi_squared_above(statistic, degrees) == pytest.approx(chi2.sf(statistic, degrees))


def on_a_grid(data, kind, edges, log_prior):
    """Posterior means and standard deviations of the logarithms, by brute force."""
    axes = [np.linspace(*edge, 61 if len(edges) == 3 else 201) for edge in edges]
    grid = [each.ravel() for each in np.meshgrid(*axes, indexing="ij")]
    kappa = np.exp(grid[1])
    phi = 1 / (1 + np.exp(-grid[0]))
    p = {"alpha": phi * kappa, "beta": (1 - phi) * kappa}
    if len(grid) == 3:
        p["c"] = np.exp(grid[2])
    log_density = likelihood.log_likelihoods(kind(), renewal_counts(data), p)
    log_density += np.log(phi * (1 - phi)) + log_prior(grid)
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    return moments(p, weight)


def moments(p, weight):
    mean = {key: weight @ np.log(each) for key, each in p.items()}
    return mean, {key: np.sqrt(weight @ (np.log(each) - mean[key]) ** 2) for key, each in p.items()}


def assert_near(drawn, grid, of_a_deviation):
    found = moments(drawn.values, drawn.weight)
    for key, sd in grid[1].items():
        assert found[0][key] == pytest.approx(grid[0][key], abs=of_a_deviation * sd)
        assert found[1][key] == pytest.approx(sd, rel=1.5 * of_a_deviation)


def test_the_posterior_of_the_shifted_beta_geometric_is_that_of_a_grid():
    data = survivors(REGULAR, 7)

    def log_prior(grid):  # Pareto(1, 1) of kappa, and the Jacobian of its logarithm
        return np.where(grid[1] > 0, -grid[1], -np.inf)

    grid = on_a_grid(data, ShiftedBetaGeometric, [(-0.9, -0.2), (0.0, 1.5)], log_prior)
    drawn = ShiftedBetaGeometric().fit(data).posterior(draws=8000, random_state=1)
    assert drawn.k_hat < 0.5
    assert drawn.ess > 4000
    assert_near(drawn, grid, 0.04)


@pytest.mark.parametrize(("series", "years"), [(REGULAR, 4), (HIGH_END, 4), (HIGH_END, 7)])
def test_the_bent_posterior_of_the_weibull_is_that_of_a_grid(series, years):
    """kappa and c trade against each other along a curve that no normal shape follows."""
    data = survivors(series, years)

    def log_prior(grid):
        return -0.5 * (grid[1] - np.log(3)) ** 2 - 0.5 * (grid[2] / 0.5) ** 2

    phi = np.log((100 - series[1]) / series[1])
    grid = on_a_grid(data, BetaDiscreteWeibull, [(phi - 0.4, phi + 0.4), (-1.5, 5.5), (-1.0, 1.2)], log_prior)
    drawn = BetaDiscreteWeibull().fit(data).posterior(draws=8000, random_state=1)
    assert drawn.k_hat <= 0.7
    assert drawn.ess > 3000
    assert_near(drawn, grid, 0.06)


def test_priors_can_be_replaced_and_strong_ones_win():
    model = BetaDiscreteWeibull().fit(survivors(HIGH_END, 7))
    free = model.posterior(random_state=1).summary().set_index("parameter")["mean"]["c"]
    held = model.posterior(random_state=1, priors={"c": LogNormal(1.0, 0.01)})
    assert free > 1.5
    assert held.summary().set_index("parameter")["mean"]["c"] == pytest.approx(1.0, abs=0.03)


def test_the_posterior_widens_a_forecast_and_hardly_moves_it():
    model = ShiftedBetaGeometric().fit(survivors(REGULAR, 7))
    posterior = model.posterior(random_state=2)
    plain = model.discounted_expected_residual_lifetime([0, 3, 7], 0.1)
    mean = model.discounted_expected_residual_lifetime([0, 3, 7], 0.1, posterior=posterior)
    assert mean == pytest.approx(plain, rel=0.03)
    table = model.probability_table(12, posterior)
    low, middle, high = (table[key].to_numpy()[1:] for key in ("survival_low", "survival", "survival_high"))
    assert ((low < middle) & (middle < high)).all()
    assert (np.diff(high - low)[:2] != 0).all()
    assert model.expected_lifetime(0.1, posterior=posterior) == pytest.approx(
        model.expected_lifetime(0.1), rel=0.03
    )


def test_predictive_intervals_cover_nine_in_ten_of_those_still_to_come():
    """60 companies: the 5 and 95 % quantiles of how many of a cohort are left four periods on."""
    rng, inside, companies = np.random.default_rng(14), [], 60
    for seed in range(companies):
        p = {"alpha": float(rng.uniform(0.5, 1.5)), "beta": float(rng.uniform(1.0, 4.0))}
        lives = ShiftedBetaGeometric.with_parameters(**p).simulate(800, 10, 500 + seed)["renewals"].to_numpy()
        watched = {"renewals": np.minimum(lives, 6), "churned": lives < 6}
        model = ShiftedBetaGeometric().fit(watched)
        draws = model.posterior(draws=1000, random_state=seed).parameters(400)
        remaining = model.draw_remaining(watched, draws, seed)
        left = (remaining >= 4).sum(axis=0)
        low, high = np.quantile(left, [0.05, 0.95])
        inside.append(low <= (lives >= 10).sum() <= high)
    assert np.mean(inside) == pytest.approx(0.9, abs=3 * np.sqrt(0.09 / companies))


def test_quantiles_with_a_posterior_average_the_survival_over_draws():
    model = BetaDiscreteWeibull().fit(survivors(HIGH_END, 7))
    posterior = model.posterior(random_state=3)
    k = int(model.quantiles([2], 0.5, posterior=posterior)[0, 0])
    alive = [model.expected_probability_alive([2], n, posterior=posterior)[0] for n in (k, k + 1)]
    assert alive[1] <= 0.5 <= alive[0]


def test_subscribers_who_are_all_alike_are_reported_as_a_boundary():
    """One chance of leaving for all: only alpha/beta can be told, and the fit says so."""
    table = {"period": np.arange(7), "survivors": 1e6 * 0.8 ** np.arange(7)}
    model = ShiftedBetaGeometric().fit(table)
    assert set(model.boundary_) == {"alpha", "beta"}
    assert [finding.code for finding in model.findings_] == ["model.boundary"]
    assert model.survival(np.arange(12)) == pytest.approx(0.8 ** np.arange(12), rel=3e-3)
    assert np.isnan(model.standard_errors_["alpha"])
