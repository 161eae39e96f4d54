"""ln L of Gamma-Gamma for customers with a scale v of their own, and its derivatives; covariates move v.

As v_i = v e^push, spend divided by e^push follows the plain model: forecasts take the customer's
spend in that unit and give the answer back in money.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import Objective, Optimum
from lifeworth.kernels.special import digamma, log_gamma, log_gamma_of_many, trigamma
from lifeworth.models.covariates import Traits
from lifeworth.models.fitting import coefficients
from lifeworth.models.fitting import moved as per_unit
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.fitting.maximum_likelihood import climb
from lifeworth.models.spend.gamma_gamma_likelihood import Repeaters

Floats = NDArray[np.float64]


def terms(x: Any, total: Floats, p: Floats, q: Floats, v: Floats) -> Part:
    """Up to -ln(mean): value (m,), gradient (3, m) and Hessian (6, m); p and q are the same in all rows."""
    counts, place = np.unique(x, return_inverse=True)
    a = p[0] * counts
    b, one = a + q[0], q[:1]
    constant = log_gamma(b) - log_gamma(a) - log_gamma(one)
    psi_a, psi_b, psi_q = digamma(a), digamma(b), digamma(one)
    tri_a, tri_b, tri_q = trigamma(a), trigamma(b), trigamma(one)
    u, y = np.log1p(total / v), np.log1p(v / total)
    h, g = total / (v + total), v / (v + total)
    first = np.stack([
        (counts * (psi_b - psi_a))[place] - x * y, (psi_b - psi_q)[place] - u, (q * h - p * x * g) / v
    ])  # fmt: skip
    second = np.stack([
        (counts**2 * (tri_b - tri_a))[place], (counts * tri_b)[place], -x * g / v,
        (tri_b - tri_q)[place], h / v, (p * x * g * g - q * h * (1.0 + g)) / v**2,
    ])  # fmt: skip
    return Part(constant[place] - q * u - p * x * y, first, second)


def log_terms(x: Any, total: Floats, p: Floats, q: Floats, v: Floats) -> Floats:
    """The value of `terms` alone; p and q may differ between rows."""
    a = p * x
    constant = log_gamma_of_many(a + q) - log_gamma_of_many(a) - log_gamma_of_many(q)
    return constant - q * np.log1p(total / v) - a * np.log1p(v / total)


def cells(repeaters: Repeaters, kind: NDArray[np.int32]) -> Cells:
    """The repeat buyers in an order of their own; total spend stands for the time of the last purchase."""
    order = np.lexsort((repeaters.total, repeaters.x, kind))
    x, total, weight = repeaters.x[order], repeaters.total[order], repeaters.weight[order]
    return Cells(x, total, np.zeros(len(x)), weight, kind[order])


def search(model: Any, seen: Cells, traits: Traits, start: Floats, l2: float, l1: float) -> Optimum:
    """The maximum from the fit without covariates, `start`, on. Its value is without the penalties."""
    moves = per_unit.steps(model)

    def objective_of(some: Cells) -> Objective:
        found = coefficients.objective(some, traits.z, moves, model.terms, None, counts=False)
        return coefficients.penalised(found, len(start), l2)

    origin = np.concatenate([start, np.zeros(moves.size - len(start))])
    optimum = climb(objective_of, seen, origin, len(start), l1)
    return coefficients.unpenalised(optimum, len(start), l2, l1)


def own_unit(params: Mapping[str, Any], traits: Traits | None, links: Any) -> Any:
    """e^push per customer, (n,), or 1."""
    if traits is None:
        return 1.0
    return traits.placed({**params, "v": 1.0}, links)["v"][traits.kind]


def own_units(draws: Mapping[str, Floats], traits: Traits | None, links: Any) -> Floats:
    """The same for draws of the parameters: (n, draws), or (1, 1)."""
    if traits is None:
        return np.ones((1, 1))
    each = zip(*draws.values(), strict=True)
    units = [own_unit(dict(zip(draws, one, strict=True)), traits, links) for one in each]
    return np.stack(units, axis=1)
