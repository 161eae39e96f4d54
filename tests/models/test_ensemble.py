"""Walkers find the law they are sent to, however bent and narrow, and say when they do not."""

import numpy as np
import pytest

from lifeworth.models import BGNBD, NBD
from lifeworth.models.fitting import ensemble, posterior
from lifeworth.models.fitting.ensemble import walk
from models.worlds import simulated


def banana(theta):
    """x standard normal, y normal around x^2 with standard deviation 1/2."""
    x, y = theta.T
    return -0.5 * (x**2 + ((y - x**2) / 0.5) ** 2)


def narrow(theta):
    """Standard deviations 1e-3 and 1e3, correlation .9999."""
    x, y = theta[:, 0] * 1e3, theta[:, 1] / 1e3
    return -0.5 * (x**2 - 2 * 0.9999 * x * y + y**2) / (1 - 0.9999**2)


def apart(theta):
    return np.logaddexp(-0.5 * (theta[:, 0] - 60.0) ** 2, -0.5 * (theta[:, 0] + 60.0) ** 2)


@pytest.mark.parametrize(
    ("law", "means", "deviations"),
    [(banana, (0.0, 1.0), (1.0, 1.5)), (narrow, (0.0, 0.0), (1e-3, 1e3))],
)
def test_walkers_find_the_moments_of_a_known_law(law, means, deviations):
    rng = np.random.default_rng(5)
    found = walk(law, rng.standard_normal((64, 2)) * deviations, 2000, rng)
    assert found.r_hat < 1.01
    assert found.ess >= 2000
    error = 5.0 / np.sqrt(found.ess)
    assert np.abs(found.draws.mean(axis=0) - means) / deviations == pytest.approx([0, 0], abs=error)
    assert found.draws.std(axis=0) / deviations == pytest.approx([1, 1], abs=2 * error)


def test_walkers_that_do_not_agree_or_would_take_too_long_give_nothing(monkeypatch):
    rng = np.random.default_rng(6)
    start = rng.standard_normal((64, 1)) + np.repeat([-60.0, 60.0], 32)[:, None]
    monkeypatch.setattr(ensemble, "ROUNDS", (500,))
    assert walk(apart, start, 100, rng) is None
    assert walk(lambda theta: -0.5 * (theta**2).sum(axis=1), rng.standard_normal((64, 11)), 1, rng) is None
    monkeypatch.setattr(ensemble, "PATIENCE", 0.0)
    assert walk(narrow, rng.standard_normal((64, 2)), 1, rng) is None


@pytest.mark.parametrize("model", [NBD, BGNBD])
def test_where_weights_fail_a_sampler_gives_the_same_posterior(model, monkeypatch):
    fitted = model(time_unit="D").fit(simulated(model.__name__, 30))
    weighted = fitted.posterior(4000, random_state=1)
    assert weighted.r_hat is None
    monkeypatch.setattr(posterior, "TRUSTED", -10.0)
    walked = fitted.posterior(4000, random_state=1)
    assert walked.r_hat < 1.01
    assert 1300 < walked.ess < 4000
    assert (walked.weight == 1 / 4000).all()
    assert walked.k_hat == weighted.k_hat
    for name, values in weighted.values.items():
        logs, mine = np.log(values), np.log(walked.values[name])
        mean = weighted.weight @ logs
        deviation = np.sqrt(weighted.weight @ (logs - mean) ** 2)
        error = 5.0 / np.sqrt(min(weighted.ess, walked.ess))
        assert (mine.mean() - mean) / deviation == pytest.approx(0, abs=error), name
        assert mine.std() / deviation == pytest.approx(1, abs=2 * error), name
