"""Spend models with known parameters, and the customers they make."""

import numpy as np
import pytest

from lifeworth.base.errors import LifeworthError
from lifeworth.models.catalog import SPEND_MODELS

TRUTH = {
    "GammaGamma": {"p": 6.0, "q": 4.7, "v": 15.0},
    "DependentGammaGamma": {"p": 6.0, "q": 4.7, "v": 12.0, "g": 1.3},
    "LogNormalSpend": {"median": 27.0, "sigma": 0.6, "tau": 0.5},
    "ZeroInflatedSpend": {"a": 0.6, "b": 3.0, "p": 6.0, "q": 4.7, "v": 15.0},
}
every = pytest.mark.parametrize("name", SPEND_MODELS)
newer = pytest.mark.parametrize("name", [name for name in SPEND_MODELS if name != "GammaGamma"])


def known(name):
    return SPEND_MODELS[name].with_parameters(**TRUTH[name])


def made(name, size, seed=1, x=None):
    """Customers of the known model, a quarter without a repeat purchase, as a dict of arrays."""
    rng = np.random.default_rng(seed)
    counts = rng.geometric(0.3, size) - (rng.random(size) < 0.4) if x is None else np.full(size, x)
    table = known(name).simulate(np.maximum(counts, 0), seed)
    return {key: table[key].to_numpy() for key in table.columns}


def in_money(data, factor):
    """The same spends in another currency."""
    out = dict(data)
    for key in ("monetary_value", "positive_spend"):
        if key in out:
            out[key] = out[key] * factor
    if "log_spend" in out:
        out["log_spend"] = np.where(out["frequency"] > 0, out["log_spend"] + np.log(factor), 0.0)
    return out


def gathered(name, data):
    model = SPEND_MODELS[name]().fit(data)
    return model, model._gathered


def refused(call):
    with pytest.raises(LifeworthError) as caught:
        call()
    assert str(caught.value).startswith(caught.value.code)
    return caught.value.code
