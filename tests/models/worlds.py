"""Customers made by the models themselves, and random ones for the laws."""

import numpy as np
from hypothesis import strategies as st

from lifeworth.models import catalog

STAGES = {"BGCNBD": 3, "MBGCNBD": 2}


class Kind:
    """A model class with its number of stages set, where it has one."""

    def __init__(self, name):
        self.model = catalog.EVERY_MODEL[name]
        self.settings = {"k": STAGES[name]} if name in STAGES else {}
        self.parameters = self.model.parameters

    def __call__(self, **settings):
        return self.model(**self.settings, **settings)

    def with_parameters(self, settings=None, /, **params):
        return self.model.with_parameters({**self.settings, **(settings or {})}, **params)


PURCHASE_MODELS = {
    name: Kind(name)
    for group in (catalog.PURCHASE_MODELS, catalog.YARDSTICKS, catalog.REGULAR_MODELS)
    for name in group
}
TRUTH = {
    "BGNBD": {"r": 0.6, "alpha": 30.0, "a": 0.8, "b": 2.5},
    "MBGNBD": {"r": 0.8, "alpha": 40.0, "a": 0.9, "b": 1.8},
    "ParetoNBD": {"r": 0.7, "alpha": 35.0, "s": 0.8, "beta": 60.0},
    "NBD": {"r": 0.7, "alpha": 35.0},
    "GGomNBD": {"r": 0.7, "alpha": 20.0, "b": 0.02, "s": 0.6, "beta": 8.0},
    "CorrelatedParetoNBD": {"r": 0.9, "alpha": 35.0, "s": 0.8, "beta": 90.0, "odds": 4.0},
    "ParetoAbe": {
        "rate": 0.012,
        "leave": 0.006,
        "rate_spread": 1.1,
        "leave_spread": 1.4,
        "odds": 2.5,
    },
    "BGCNBD": {"r": 0.9, "alpha": 14.0, "a": 0.8, "b": 2.5},
    "MBGCNBD": {"r": 0.8, "alpha": 20.0, "a": 0.9, "b": 1.8},
}
MODELS = list(PURCHASE_MODELS)
HEAVY = {"ParetoAbe", "GGomNBD"}  # a pass costs ten to a hundred times one of the others


def known(name):
    return PURCHASE_MODELS[name].with_parameters(**TRUTH[name])


def simulated(name, size, seed=1, T=None):
    """Customers of the known model in whole days, as a dict of arrays."""
    rng = np.random.default_rng(seed)
    ages = rng.integers(100, 400, size) if T is None else np.full(size, T)
    table = known(name).simulate(size, ages, seed)
    frequency = table["frequency"].to_numpy()
    recency = np.where(frequency > 0, np.clip(np.ceil(table["recency"].to_numpy()), 1, ages), 0)
    made = {"frequency": frequency, "recency": recency.astype(int), "T": ages}
    if name in STAGES:
        stretched = recency / np.maximum(table["recency"].to_numpy(), 1e-9)
        log_gaps = table["log_gaps"].to_numpy() + frequency * np.log(np.where(frequency > 0, stretched, 1.0))
    else:
        log_gaps = _random_gaps(frequency, recency, rng)
    return {**made, "log_gaps": log_gaps}


def _random_gaps(x, t_x, rng):
    """The sum of ln(gap) of x purchases, the last at t_x and the others anywhere before."""
    owner = np.repeat(np.arange(len(x)), x)
    drawn = rng.exponential(size=len(owner)) + 1e-9
    whole = np.bincount(owner, drawn, len(x))
    return np.bincount(owner, np.log(drawn * (t_x / np.where(x > 0, whole, 1.0))[owner]), len(x))


def scaled(data, factor):
    """The same customers in another unit of time."""
    times = {name: data[name] * factor for name in ("recency", "T")}
    if "log_gaps" in data:
        times["log_gaps"] = data["log_gaps"] + data["frequency"] * np.log(factor)
    return {**data, **times}


@st.composite
def parameters(draw, name):
    """Parameters of ordinary to unusual size, by name."""
    sizes = {"alpha": (0.5, 500.0), "beta": (0.5, 500.0)}
    if name == "CorrelatedParetoNBD":
        sizes |= {"odds": (0.04, 25.0)}
    if name == "ParetoAbe":
        sizes |= {"rate": (5e-4, 0.5), "leave": (5e-4, 0.5), "odds": (0.04, 25.0)}
        sizes |= {"rate_spread": (0.2, 3.0), "leave_spread": (0.2, 3.0)}
    if name == "GGomNBD":
        sizes |= {"b": (2e-4, 0.2), "beta": (0.02, 500.0)}
    found = {}
    for each in PURCHASE_MODELS[name].parameters:
        low, high = sizes.get(each.name, (0.05, 10.0))
        found[each.name] = float(np.exp(draw(st.floats(np.log(low), np.log(high)))))
    return found


@st.composite
def customers(draw, most=20):
    """Some customers in whole days."""
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 60), st.integers(1, 700), st.integers(0, 300)), min_size=1, max_size=most
        )
    )
    x, t_x, more = (np.array(each) for each in zip(*rows, strict=True))
    t_x = np.where(x > 0, t_x, 0)
    return {"frequency": x, "recency": t_x, "T": t_x + more}
