"""Customers of models with covariates: how old they are (a number) and where they came from (a category)."""

import numpy as np

from lifeworth.models import GGomNBD, catalog

KINDS = {**catalog.PURCHASE_MODELS, "GGomNBD": GGomNBD}
NUMBERS = {"covariates": ["age", "web", "shop"]}
TRUTH = {
    "ParetoNBD": {
        "r": 0.9, "alpha": 40.0, "s": 0.8, "beta": 60.0,
        "purchase.age": 0.3, "purchase.web": 0.5, "purchase.shop": -0.2,
        "dropout.age": -0.3, "dropout.web": 0.6, "dropout.shop": 0.0,
    },
    "BGNBD": {
        "r": 0.9, "alpha": 30.0, "a": 0.8, "b": 2.5,
        "purchase.age": 0.3, "purchase.web": 0.5, "purchase.shop": -0.2,
        "dropout.age": -0.2, "dropout.web": 0.4, "dropout.shop": 0.0,
    },
    "MBGNBD": {
        "r": 0.9, "alpha": 30.0, "a": 0.9, "b": 1.8,
        "purchase.age": 0.3, "purchase.web": 0.5, "purchase.shop": -0.2,
        "dropout.age": -0.2, "dropout.web": 0.4, "dropout.shop": 0.0,
    },
    "GGomNBD": {
        "r": 0.9, "alpha": 40.0, "b": 0.02, "s": 0.6, "beta": 5.0,
        "purchase.age": 0.3, "purchase.web": 0.5, "purchase.shop": -0.2,
        "dropout.age": -0.3, "dropout.web": 0.6, "dropout.shop": 0.0,
    },
}  # fmt: skip
MODELS = list(TRUTH)


def few(name, size, least=400):
    """A tenth of them, but `least`, where a customer costs a hundred times as much."""
    return min(size, max(least, size // 10)) if name == "GGomNBD" else size


def known(name):
    """The model with known parameters; categories are 0/1 columns of numbers here."""
    return KINDS[name].with_parameters(NUMBERS, **TRUTH[name])


def people(size, seed):
    """Covariates: age around 0, and channel web (30 %), shop (20 %) or mail, as text and as numbers."""
    rng = np.random.default_rng([seed, 1])
    channel = rng.choice(["mail", "web", "shop"], size, p=[0.5, 0.3, 0.2])
    numbers = {each: (channel == each).astype(np.float64) for each in ("web", "shop")}
    return {"age": np.round(rng.normal(0.0, 1.0, size), 1), "channel": channel, **numbers}


def drawn(name, size, seed=1):
    """Customers of the known model with their covariates, as a dict of arrays."""
    who, rng = people(size, seed), np.random.default_rng([seed, 2])
    ages = rng.integers(100, 500, size)
    table = known(name).simulate(size, ages, rng, covariates=who)
    return {**who, **{key: table[key].to_numpy() for key in ("frequency", "recency", "T")}}


def simulated(name, size, seed=1):
    """The same in whole days, as shops record them."""
    made = drawn(name, size, seed)
    ages = made["T"].astype(int)
    recency = np.where(made["frequency"] > 0, np.clip(np.ceil(made["recency"]), 1, ages), 0)
    return {**made, "recency": recency.astype(int), "T": ages}


def named(params):
    """Parameters of a fit on ["age", "channel"] under the names of the known model."""
    return {key.replace("channel=", ""): value for key, value in params.items()}
