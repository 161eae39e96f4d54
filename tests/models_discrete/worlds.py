"""Customers with occasions to buy: made by the model itself, and random ones for the laws."""

import numpy as np
from hypothesis import strategies as st

from lifeworth.models import BGBB

TRUTH = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}
# Fader, Hardie & Shang (2010), table 1: (x, t_x) of six occasions, and how many customers
DONORS = {
    (6, 6): 1203, (5, 6): 728, (4, 6): 512, (3, 6): 357, (2, 6): 234, (1, 6): 129,
    (5, 5): 335, (4, 5): 284, (3, 5): 225, (2, 5): 173, (1, 5): 119,
    (4, 4): 240, (3, 4): 181, (2, 4): 155, (1, 4): 78,
    (3, 3): 322, (2, 3): 255, (1, 3): 129, (2, 2): 613, (1, 2): 277, (1, 1): 1091, (0, 0): 3464,
}  # fmt: skip


def donors():
    """The table as columns, with the number of customers of each row."""
    rows = np.array(list(DONORS))
    data = {"frequency": rows[:, 0], "recency": rows[:, 1], "T": np.full(len(rows), 6)}
    return data, np.array(list(DONORS.values()))


def known():
    return BGBB.with_parameters(**TRUTH)


def simulated(size, seed=1, T=None):
    """Customers of the known model with two to nine occasions."""
    seen = np.random.default_rng(seed).integers(2, 10, size) if T is None else T
    table = known().simulate(size, seen, seed)
    return {key: table[key].to_numpy() for key in ("frequency", "recency", "T")}


@st.composite
def parameters(draw):
    sizes = {"alpha": (0.05, 20.0), "beta": (0.05, 20.0), "gamma": (0.05, 10.0), "delta": (0.05, 30.0)}
    return {
        key: float(np.exp(draw(st.floats(np.log(low), np.log(high))))) for key, (low, high) in sizes.items()
    }


@st.composite
def customers(draw, most=15):
    rows = []
    for _ in range(draw(st.integers(1, most))):
        n = draw(st.integers(0, 20))
        last = draw(st.integers(0, n))
        rows.append((draw(st.integers(1, last)) if last else 0, last, n))
    columns = zip(*rows, strict=True)
    return dict(zip(("frequency", "recency", "T"), map(np.array, columns), strict=True))
