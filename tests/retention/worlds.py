"""Subscribers of the literature, and those the models themselves make."""

import numpy as np
from hypothesis import strategies as st

from lifeworth.models.retention.beta_discrete_weibull import BetaDiscreteWeibull
from lifeworth.models.retention.shifted_beta_geometric import ShiftedBetaGeometric

# Fader & Hardie (2007): per cent of a cohort still here after 0, 1, ..., 12 years
REGULAR = (100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3)
HIGH_END = (100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4)
MODELS = {"sBG": ShiftedBetaGeometric, "BdW": BetaDiscreteWeibull}
TRUTH = {
    "sBG": {"alpha": 0.8, "beta": 2.4},
    "BdW": {"alpha": 0.6, "beta": 2.0, "c": 1.4},
}
SIZES = {"alpha": (0.05, 20.0), "beta": (0.05, 50.0), "c": (0.3, 3.0)}


def survivors(series, years, of=1000):
    """The first `years` years of a cohort of 1,000 as a table of survivors."""
    return {"period": np.arange(years + 1), "survivors": np.array(series[: years + 1]) * of / 100}


def known(name):
    return MODELS[name].with_parameters(**TRUTH[name])


def simulated(name, size, seed=1):
    """Subscribers of cohorts one to twelve periods old."""
    seen = np.random.default_rng(seed).integers(1, 13, size)
    table = known(name).simulate(size, seen, seed)
    return {key: table[key].to_numpy() for key in ("renewals", "churned")}


@st.composite
def parameters(draw, name):
    found = {}
    for each in MODELS[name].parameters:
        low, high = SIZES[each.name]
        found[each.name] = float(np.exp(draw(st.floats(np.log(low), np.log(high)))))
    return found


@st.composite
def subscribers(draw, most=20):
    """Some subscribers, of whom a few were with the company when the records began."""
    rows = draw(
        st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.booleans()), min_size=1, max_size=most)
    )
    before, more, churned = (np.array(each) for each in zip(*rows, strict=True))
    return {"renewals": before + more, "entry": before, "churned": churned}
