"""Which model forecasts a customer it has not seen: leave-one-out by Pareto-smoothed weights.

elpd is the sum over customers of the log density of each under the posterior from all the others.
Draws of the posterior from everyone are reweighted by one over the customer's own likelihood, and
the largest weights smoothed (PSIS); k_hat says for each customer whether that is enough: above 0.7
the customer moves the posterior too much, and the figure is not to be trusted. Equal customers are
computed once.
Source: Vehtari, Gelman & Gabry (2017), Statistics and Computing 27(5), 1413-1432.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.psis import smooth_weights
from lifeworth.kernels.special import log_gamma
from lifeworth.models.catalog import OCCASION_MODELS, PURCHASE_MODELS, RETENTION_MODELS, YARDSTICKS
from lifeworth.models.parameters import rescaled
from lifeworth.models.purchase import bg_bb_likelihood
from lifeworth.models.retention.likelihood import log_leave
from lifeworth.models.spend.dependent_gamma_gamma import DependentGammaGamma
from lifeworth.models.spend.gamma_gamma import GammaGamma
from lifeworth.models.subscriber_rows import subscriber_rows
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
    customers: Floats  # (m, .), what tells different customers apart


def leave_one_out(model: Any, posterior: Any) -> LeaveOneOut:
    """PSIS-LOO of a fitted model from draws of its posterior.

    Many customers share fewer draws, 200 at least. A finding warns where some k_hat is above 0.7.
    Raises ModelError MODEL-107 for a model without its customers (loaded from a file), MODEL-622 for
    subscribers of late entry, and for models whose customers are not told apart.
    """
    first = slice(_draws(model))  # draws come in random order
    with np.errstate(divide="ignore"):
        log_weight = np.log(posterior.weight[first])
    weight, customers, told = _customers(
        model, {name: each[first] for name, each in posterior.values.items()}
    )
    level = log_weight - _log_sum(log_weight)
    pointwise, known, k_hat = (np.empty(len(weight)) for _ in range(3))
    for i, log_density in enumerate(told):
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

    A difference of less than some two standard errors says little. Raises UsageError MODEL-623 where
    the models did not see the same customers.
    """
    ranked = sorted(models.items(), key=lambda pair: -pair[1].elpd)
    best = ranked[0][1]
    rows = []
    for name, each in ranked:
        if each.customers.shape != best.customers.shape or not np.allclose(each.customers, best.customers):
            raise UsageError("MODEL-623", one=ranked[0][0], other=name)
        away = each.pointwise - best.pointwise
        n = float(each.weight.sum())
        mean = float(each.weight @ away) / n
        error = np.sqrt(n * float(each.weight @ (away - mean) ** 2) / max(n - 1.0, 1.0))
        rows.append(
            (name, each.elpd, n * mean, float(error), each.effective_parameters, float(each.k_hat.max()))
        )
    titles = ("model", "elpd", "difference", "standard_error", "effective_parameters", "worst_k_hat")
    return frame({title: [row[i] for row in rows] for i, title in enumerate(titles)}, "pandas")


def _draws(model: Any) -> int:
    cells = len(getattr(model, "_cells", ())) or 1
    return int(np.clip(WORK / cells, FEWEST_DRAWS, MOST_DRAWS))


Told = tuple[Floats, Floats, Iterator[Floats]]


def _customers(model: Any, p: Mapping[str, Floats]) -> Told:
    """How many of each different customer, what tells them apart, and each one's log density (draws,)."""
    name = type(model).__name__
    for kinds, where, told in (
        ({**PURCHASE_MODELS, **YARDSTICKS, **OCCASION_MODELS}, "_cells", _buyers),
        (RETENTION_MODELS, "_counts", _subscribers),
        ({"GammaGamma": GammaGamma}, "_repeaters", _spenders),
        ({"DependentGammaGamma": DependentGammaGamma}, "_gathered", _dependent_spenders),
    ):
        if name in kinds and getattr(model, "design", None) is None:
            if not hasattr(model, where):
                raise ModelError("MODEL-107", model=name)
            return told(model, p)
    raise ModelError("MODEL-622", model=name)


def _buyers(model: Any, p: Mapping[str, Floats]) -> Told:
    cells, tick = model._cells, getattr(model, "_tick", 1.0)
    there = rescaled(model.parameters, p, tick)

    def told() -> Iterator[Floats]:
        for i in range(len(cells)):
            one = Cells(cells.x[i : i + 1], cells.t_x[i : i + 1], cells.T[i : i + 1], np.ones(1))
            if type(model).__name__ in OCCASION_MODELS:
                yield bg_bb_likelihood.log_likelihoods(one, there)
            else:
                yield model.log_likelihoods(one, there) - float(cells.x[i]) * np.log(tick)

    apart = np.stack([cells.x, cells.t_x * tick, cells.T * tick], axis=1).astype(np.float64)
    return cells.weight, apart, told()


def _subscribers(model: Any, p: Mapping[str, Floats]) -> Told:
    renewals, churned, weight = subscriber_rows(model._counts)
    age = np.arange(1.0, len(model._counts) + 1.0)
    with np.errstate(all="ignore"):
        step = model.steps(age, {name: each[:, None] for name, each in p.items()})
    stay = np.concatenate([np.zeros((len(step), 1)), -np.cumsum(step, axis=1)], axis=1)
    leave = log_leave(step)

    def told() -> Iterator[Floats]:
        for made, left in zip(renewals, churned, strict=True):
            yield stay[:, made] + (leave[:, made] if left else 0.0)

    return weight, np.stack([renewals, churned], axis=1).astype(np.float64), told()


def _spenders(model: Any, p: Mapping[str, Floats]) -> Told:
    seen = model._repeaters
    return _gamma_gamma(seen.x.astype(np.float64), seen.total * model.mean_spend_, seen.weight, p, None)


def _dependent_spenders(model: Any, p: Mapping[str, Floats]) -> Told:
    seen, unit, _ = model._gathered
    return _gamma_gamma(seen.n, seen.total * unit, seen.weight, p, np.log(p["g"]))


def _gamma_gamma(
    x: Floats, total: Floats, weight: Floats, p: Mapping[str, Floats], gamma: Floats | None
) -> Told:
    one, q, v = p["p"], p["q"], p["v"]
    constant = {n: log_gamma(one * n + q) - log_gamma(one * n) - log_gamma(q) for n in np.unique(x).tolist()}

    def told() -> Iterator[Floats]:
        for n, spent in zip(x.tolist(), total.tolist(), strict=True):
            own = v if gamma is None else v * np.exp(gamma * np.log1p(n))
            shape = q * np.log1p(spent / own) + one * n * np.log1p(own / spent)
            yield constant[n] - shape - np.log(spent / n)

    return weight, np.stack([x, total], axis=1), told()


def _log_sum(logs: Floats) -> float:
    high = float(logs.max())
    return high + float(np.log(np.exp(logs - high).sum()))
