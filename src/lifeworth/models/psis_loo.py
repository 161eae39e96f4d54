"""Which model forecasts a customer it has not seen: leave-one-out by Pareto-smoothed weights.

elpd is the sum over customers of the log density of each under the posterior from all the others.
Draws of the posterior from everyone are reweighted by one over the customer's own likelihood, and
the largest weights smoothed (PSIS); k_hat says for each customer whether that is enough: above 0.7
the customer moves the posterior too much, and the figure is not to be trusted. Equal customers are
computed once.
Source: Vehtari, Gelman & Gabry (2017), Statistics and Computing 27(5), 1413-1432.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.base.finding import Finding
from lifeworth.kernels.psis import smooth_weights
from lifeworth.models.densities import cost, customers_of
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
MOST_DRAWS, FEWEST_DRAWS, WORK, TRUSTED = 4000, 200, 2_000_000, 0.7


@dataclass(frozen=True)
class LeaveOneOut:
    """elpd and what it is made of: m different customers, each standing for `weight` of them.

    elpd, standard_error      the sum over customers, and how much it would scatter over other customers
    effective_parameters      how much better customers are told by a posterior that knows them
    pointwise, k_hat          (m,) log density of each customer left out, and its Pareto shape
    """

    model: str
    elpd: float
    standard_error: float
    effective_parameters: float
    pointwise: Floats
    k_hat: Floats
    weight: Floats
    findings: tuple[Finding, ...]
    customers: Floats  # (m, .), the history of each


def leave_one_out(model: Any, posterior: Any) -> LeaveOneOut:
    """PSIS-LOO of a fitted model from draws of its posterior.

    Many customers share fewer draws, 200 at least. A finding warns where some k_hat is above 0.7.
    Raises ModelError MODEL-107 for a model without its customers (loaded from a file), MODEL-622 for
    models that have no density of single customers (`lifeworth.models.densities`).
    """
    draws = int(np.clip(WORK / max(cost(model), 1), FEWEST_DRAWS, MOST_DRAWS))
    first = slice(draws)  # they come in random order
    with np.errstate(divide="ignore"):
        log_weight = np.log(posterior.weight[first])
    drawn = {name: each[first] for name, each in posterior.values.items()}
    weight, customers, told = customers_of(model, drawn)
    level = log_weight - _log_sum(log_weight)
    pointwise, known, k_hat = (np.empty(len(weight)) for _ in range(3))
    for i, found in enumerate(told):
        log_density = np.where(np.isnan(found), -np.inf, found)  # draws so far out that powers overflow
        ratio = log_weight - log_density
        share, k_hat[i] = smooth_weights(np.where(np.isfinite(ratio), ratio, -np.inf))
        with np.errstate(divide="ignore"):
            pointwise[i] = _log_sum(np.log(share) + log_density)
        known[i] = _log_sum(level + log_density)
    n = float(weight.sum())
    elpd = float(weight @ pointwise)
    spread = float(weight @ (pointwise - elpd / n) ** 2) / max(n - 1.0, 1.0)
    high = float(weight[k_hat > TRUSTED].sum())
    facts = {"customers": int(high), "of": int(n), "worst": round(float(k_hat.max()), 2)}
    findings = (Finding("model.loo_untrusted", "warn", facts),) if high else ()
    effective = float(weight @ known) - elpd
    return LeaveOneOut(
        type(model).__name__, elpd, float(np.sqrt(n * spread)), effective, pointwise, k_hat, weight, findings,
        customers,
    )  # fmt: skip


def compare(models: Mapping[str, LeaveOneOut]) -> Any:
    """A table, best first: model, elpd, difference, standard_error (of the difference), effective_parameters.

    A difference of less than some two standard errors says little. Customers of equal history are compared
    by their mean, whatever else a model knows of them. Raises UsageError MODEL-623 where the models did not
    see the same customers.
    """
    ranked = sorted(models.items(), key=lambda pair: -pair[1].elpd)
    customers, weight, best = _by_history(ranked[0][1])
    rows = []
    for name, each in ranked:
        seen, counted, pointwise = _by_history(each)
        alike = seen.shape == customers.shape and np.allclose(counted, weight)
        if not (alike and np.allclose(seen, customers)):
            raise UsageError("MODEL-623", one=ranked[0][0], other=name)
        away, n = pointwise - best, float(weight.sum())
        mean = float(weight @ away) / n
        error = np.sqrt(n * float(weight @ (away - mean) ** 2) / max(n - 1.0, 1.0))
        rows.append(
            (name, each.elpd, n * mean, float(error), each.effective_parameters, float(each.k_hat.max()))
        )
    titles = ("model", "elpd", "difference", "standard_error", "effective_parameters", "worst_k_hat")
    return frame({title: [row[i] for row in rows] for i, title in enumerate(titles)}, "pandas")


def _by_history(found: LeaveOneOut) -> tuple[Floats, Floats, Floats]:
    """Different histories (h, .), how many customers have each, and the mean density of these."""
    seen, place = np.unique(found.customers, axis=0, return_inverse=True)
    weight: Any = np.bincount(place.ravel(), found.weight)
    mean = np.bincount(place.ravel(), found.weight * found.pointwise) / np.maximum(weight, 1e-300)
    return seen, weight, mean


def _log_sum(logs: Floats) -> float:
    high = float(logs.max())
    return high + float(np.log(np.exp(logs - high).sum()))
