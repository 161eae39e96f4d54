"""Net value where nobody wrote down who referred whom: Shapley's split on an unsure tree.

The Hawkes process gives each customer a probability for each earlier one to have brought it, drawn
independently. In the split of `shapley.py`, F of a customer hangs on its ancestors' draws and V on
its descendants', so the expected split is the integral of E[F] E[V], and both expectations follow
one pass forwards and one backwards in time. Cost: customers times nodes, no pairs.
Source: methods.md 5.2 (f).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.kernels.quadrature import legendre
from lifeworth.models.referral.hawkes import HawkesReferral
from lifeworth.models.referral.shapley import column

Floats = NDArray[np.float64]
NODES = 48


def expected_net_value(model: HawkesReferral, values: Any, would_have_joined: float) -> Floats:
    """Expected net value (n,), in the order of the rows given to fit; its sum is that of `values`.

    Raises ModelError MODEL-305, MODEL-311; UsageError MODEL-306.
    """
    if not 0.0 <= would_have_joined <= 1.0:
        raise UsageError("MODEL-306", seen=str(would_have_joined))
    own = column(values, "values", len(model.times_))[model.order_]
    alone = model.exogenous_probability()[model.order_]
    theta = model.params_["theta"]
    x, weights = legendre(NODES)
    keep = (1.0 - would_have_joined) * x
    fade = np.exp(-np.diff(model.times_, prepend=model.times_[0]) / theta)
    jump = (1.0 - alone) / np.maximum(_heard(fade), 1e-300)  # (n/theta)/lambda, per unit of excitement
    chains = _chains(fade, jump, alone + (1.0 - alone) * would_have_joined, keep)
    chains *= _descendants(fade, jump, own, keep)
    result = np.empty(len(own))
    result[model.order_] = chains @ weights
    return result


def _heard(fade: Floats) -> Floats:
    """Sum over earlier customers of e^{-d/theta}."""
    result, waiting = np.empty(len(fade)), 0.0
    for place, factor in enumerate(fade.tolist()):
        waiting *= factor
        result[place] = waiting
        waiting += 1.0
    return result


def _chains(fade: Floats, jump: Floats, ends: Floats, keep: Floats) -> Floats:
    """E[F], (n, nodes)."""
    result = np.empty((len(fade), len(keep)))
    waiting = np.zeros(len(keep))
    for place in range(len(fade)):
        waiting *= fade[place]
        here = ends[place] + jump[place] * keep * waiting
        result[place] = here
        waiting += here
    return result


def _descendants(fade: Floats, jump: Floats, own: Floats, keep: Floats) -> Floats:
    """E[V], (n, nodes)."""
    result = np.empty((len(fade), len(keep)))
    later = np.zeros(len(keep))
    for place in range(len(fade) - 1, -1, -1):
        here = own[place] + keep * later
        result[place] = here
        later += jump[place] * here
        later *= fade[place]
    return result
