"""Simulation-based calibration: over worlds drawn from the prior, posterior ranks of the truth are uniform.

A set of customers that a model refuses (nobody bought again, nobody left) is left out: refusing looks
at the customers only, so ranks stay uniform among the rest. So does refusing by k_hat.
Source: Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv 1804.06788.
"""

import numpy as np
import pytest

from lifeworth.base.errors import ModelError
from lifeworth.models import (
    BGBB,
    BGNBD,
    BetaDiscreteWeibull,
    GammaGamma,
    LogNormalSpend,
    ParetoNBD,
    ShiftedBetaGeometric,
)
from lifeworth.models.fitting import priors
from lifeworth.models.fitting.comparison import chi_squared_above

RANKS, BINS, WORLDS = 99, 10, 160


def weibull(rng, scale):
    return scale * rng.weibull(2.0)


def above_one(rng):
    return 1.0 + rng.pareto(1.0)


def bg(rng):
    """The defaults: times in days, so alpha is around 70."""
    share, strength = rng.random(), above_one(rng)
    return {
        "r": weibull(rng, 1),
        "alpha": weibull(rng, 70),
        "a": strength * share,
        "b": strength * (1 - share),
    }


def pareto(rng):
    return {"r": weibull(rng, 1), "alpha": weibull(rng, 70), "s": weibull(rng, 1), "beta": weibull(rng, 70)}


def pairs(*names):
    def draw(rng):
        p = {}
        for first, second in zip(names[::2], names[1::2], strict=True):
            share, strength = rng.random(), above_one(rng)
            p |= {first: strength * share, second: strength * (1 - share)}
        return p

    return draw


def log_normals(**around):
    def draw(rng):
        return {
            name: middle * np.exp(spread * rng.standard_normal()) for name, (middle, spread) in around.items()
        }

    return draw


def watched(kind, customers):
    def make(p, rng):
        table = kind.with_parameters(**p).simulate(customers, rng.uniform(100.0, 700.0, customers), rng)
        return kind(time_unit="D").fit(table)

    return make


def occasions(p, rng):
    return BGBB().fit(BGBB.with_parameters(**p).simulate(300, rng.integers(2, 10, 300), rng))


def subscribed(kind):
    def make(p, rng):
        return kind().fit(kind.with_parameters(**p).simulate(200, rng.integers(3, 15, 200), rng))

    return make


def spent(p, rng):
    return GammaGamma().fit(GammaGamma.with_parameters(**p).simulate(rng.geometric(0.3, 150), rng))


def spent_by_day(p, rng):
    return LogNormalSpend().fit(LogNormalSpend.with_parameters(**p).simulate(rng.geometric(0.3, 150), rng))


def log_normal(median, spread):
    return priors.LogNormal(median, spread)


NARROW = {"p": (4.0, 0.5), "q": (4.0, 0.4), "v": (30.0, 0.6)}
BY_DAY = {"median": (30.0, 1.0), "sigma": (0.7, 0.5), "tau": (0.7, 0.5)}
MODELS = {
    "BGNBD": (bg, watched(BGNBD, 150), None),
    "ParetoNBD": (pareto, watched(ParetoNBD, 150), None),
    "GammaGamma": (log_normals(**NARROW), spent, {k: log_normal(*v) for k, v in NARROW.items()}),
    "LogNormalSpend": (log_normals(**BY_DAY), spent_by_day, {k: log_normal(*v) for k, v in BY_DAY.items()}),
    "BGBB": (pairs("alpha", "beta", "gamma", "delta"), occasions, None),
    "ShiftedBetaGeometric": (pairs("alpha", "beta"), subscribed(ShiftedBetaGeometric), None),
}


def weibull_of_renewals(rng):
    share, strength = rng.random(), 3.0 * np.exp(rng.standard_normal())
    c = np.exp(0.5 * rng.standard_normal())
    return {"alpha": strength * share, "beta": strength * (1 - share), "c": c}


MODELS["BetaDiscreteWeibull"] = (weibull_of_renewals, subscribed(BetaDiscreteWeibull), None)


def ranks(name):
    """Ranks of the truth among draws of the posterior, (worlds, parameters)."""
    draw, fit, chosen = MODELS[name]
    found = []
    for world in range(WORLDS):
        rng = np.random.default_rng([17, world])
        truth = draw(rng)
        try:
            post = fit(truth, rng).posterior(1000, rng, priors=chosen)
        except ModelError:
            continue
        told = post.parameters(RANKS)
        found.append([int((told[key] < value).sum()) for key, value in truth.items()])
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_posterior_ranks_of_the_truth_are_uniform(name):
    found = ranks(name)
    assert len(found) > 0.6 * WORLDS
    for column in found.T:
        counts = np.bincount(column * BINS // (RANKS + 1), minlength=BINS)
        expected = len(found) / BINS
        assert chi_squared_above(float(((counts - expected) ** 2 / expected).sum()), BINS - 1) > 1e-4


def test_ranks_of_a_posterior_too_narrow_are_not_uniform():
    """The judge can say no: draws pulled halfway to their mean fail it."""
    draw, fit, chosen = MODELS["LogNormalSpend"]
    low_or_high = 0
    for world in range(120):
        rng = np.random.default_rng([18, world])
        truth = draw(rng)
        told = fit(truth, rng).posterior(1000, rng, priors=chosen).parameters(RANKS)["median"]
        rank = int((0.5 * (told + told.mean()) < truth["median"]).sum())
        low_or_high += rank < 10 or rank >= 90
    assert low_or_high > 24 + 4 * np.sqrt(120 * 0.2 * 0.8)
