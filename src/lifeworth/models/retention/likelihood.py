"""The likelihood of any retention model, from its steps and the counts per renewal date.

    ln L = sum over t of  left_t ln(1 - e^(-step_t)) - stayed_t step_t

Right-censored subscribers count as staying until they are last seen, left-truncated ones from
where the records begin. Source: methods.md 4; Fader & Hardie (2007).
"""

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.newton import Objective
from lifeworth.models.retention.formulas import Formulas, Values
from lifeworth.models.retention.inputs import RenewalCounts

Floats = NDArray[np.float64]
MOST_AT_ONCE = 1_000_000


def log_leave(step: Floats) -> Floats:
    """ln(1 - e^-step), from steps of any size."""
    with np.errstate(divide="ignore"):
        return np.where(step < 0.7, np.log(-np.expm1(-step)), np.log1p(-np.exp(-np.maximum(step, 0.7))))


def objective(model: Formulas, counts: RenewalCounts) -> Objective:
    """Total log-likelihood with gradient (k,) and Hessian (k, k) in the parameters."""
    renewal = np.arange(1.0, len(counts) + 1.0)
    stayed, left = counts.stayed, counts.left
    names = [parameter.name for parameter in model.parameters]

    def evaluate(values: Floats) -> tuple[float, Floats, Floats]:
        p = dict(zip(names, values.tolist(), strict=True))
        with np.errstate(all="ignore"):
            step = model.steps(renewal, p)
            first, second = model.step_slopes(renewal, p)
            odds = 1.0 / np.expm1(step)  # of leaving to staying
            slope = np.where(left > 0, left * odds, 0.0) - stayed
            bend = np.where(left > 0, -left * odds * (1.0 + odds), 0.0)
            value = np.where(left > 0, left * log_leave(step), 0.0) - stayed * step
            hessian = np.einsum("ijt,t->ij", second, slope) + np.einsum("it,jt,t->ij", first, first, bend)
            return float(value.sum()), first @ slope, hessian

    return evaluate


def log_likelihoods(model: Formulas, counts: RenewalCounts, p: Values) -> Floats:
    """Total log-likelihood under each of S draws of the parameters, each (S,). Shape (S,)."""
    renewal = np.arange(1.0, len(counts) + 1.0)
    draws = len(next(iter(p.values())))
    total, width = np.empty(draws), max(1, MOST_AT_ONCE // max(1, len(renewal)))
    some = counts.left > 0
    for first in range(0, draws, width):
        part = {name: each[first : first + width, None] for name, each in p.items()}
        with np.errstate(all="ignore"):
            step = model.steps(renewal, part)
            value = log_leave(step[:, some]) @ counts.left[some] - step @ counts.stayed
        total[first : first + width] = value
    return total
