"""The one judge of all fits: lifeworth's exact formula, customer by customer, at anybody's parameters.

The formula is the one that stands in each model's file, not the sums over counts that `fit` climbs.
"""

import importlib
import math

import numpy as np


def log_likelihood(model_class, frame, params):
    """Total over the customers of `frame`, at `params` in the frame's units of time and money."""
    formula = importlib.import_module(model_class.__module__).log_likelihood
    names = ("frequency", "monetary_value") if "p" in params else ("frequency", "recency", "T")
    columns = [frame[name].to_numpy() for name in names]
    return math.fsum(np.asarray(formula(*columns, **params), np.float64))
