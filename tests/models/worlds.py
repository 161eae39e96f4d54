"""Customers made by the models themselves, and random ones for the laws."""

import numpy as np
from hypothesis import strategies as st

from lifeworth.models import catalog

PURCHASE_MODELS = {**catalog.PURCHASE_MODELS, **catalog.YARDSTICKS}
TRUTH = {
    "BGNBD": {"r": 0.6, "alpha": 30.0, "a": 0.8, "b": 2.5},
    "MBGNBD": {"r": 0.8, "alpha": 40.0, "a": 0.9, "b": 1.8},
    "ParetoNBD": {"r": 0.7, "alpha": 35.0, "s": 0.8, "beta": 60.0},
    "NBD": {"r": 0.7, "alpha": 35.0},
}
MODELS = list(PURCHASE_MODELS)


def known(name):
    return PURCHASE_MODELS[name].with_parameters(**TRUTH[name])


def simulated(name, size, seed=1, T=None):
    """Customers of the known model in whole days, as a dict of arrays."""
    rng = np.random.default_rng(seed)
    ages = rng.integers(100, 400, size) if T is None else np.full(size, T)
    table = known(name).simulate(size, ages, seed)
    frequency = table["frequency"].to_numpy()
    recency = np.where(frequency > 0, np.clip(np.ceil(table["recency"].to_numpy()), 1, ages), 0)
    return {"frequency": frequency, "recency": recency.astype(int), "T": ages}


@st.composite
def parameters(draw, name):
    """Parameters of ordinary to unusual size, by name."""
    sizes = {"alpha": (0.5, 500.0), "beta": (0.5, 500.0)}
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
