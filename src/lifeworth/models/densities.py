"""The log density of single customers under draws of the parameters, for leave-one-out.

Every model has it, Pareto/GGG by integration over what is unseen of a customer. Of
buyers under BG/CNBD-k or MBG/CNBD-k equal in (x, t_x, T) the mean of their gaps' logarithms stands for each.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.special import log_gamma_of_many
from lifeworth.models.catalog import (
    DYNAMIC_MODELS,
    HAZARD_MODELS,
    OCCASION_MODELS,
    PURCHASE_MODELS,
    REGULAR_MODELS,
    RETENTION_MODELS,
    SAMPLED_MODELS,
    YARDSTICKS,
)
from lifeworth.models.fitting import coefficients
from lifeworth.models.fitting import moved as per_unit
from lifeworth.models.parameters import rescaled
from lifeworth.models.purchase import abe_likelihood, bg_bb_likelihood, pareto_ggg_likelihood
from lifeworth.models.purchase.pareto_ggg_sampler import Watched
from lifeworth.models.purchase.paths import Paths
from lifeworth.models.retention.hazard_likelihood import Kept
from lifeworth.models.retention.likelihood import log_leave
from lifeworth.models.spend import log_normal
from lifeworth.models.subscriber_rows import subscriber_rows

Floats = NDArray[np.float64]
Values = Mapping[str, Floats]
# how many customers of each history, the history (m, .), and the log density of each (draws,)
Told = tuple[Floats, Floats, Iterator[Floats]]


def customers_of(model: Any, p: Values) -> Told:
    """The customers a model was fitted to. `p`: draws in the data's units, each (draws,).

    Raises ModelError MODEL-107 for a model without its customers, MODEL-622 for one without densities.
    """
    _, told, _ = _source(model)
    return told(model, p)


def cost(model: Any) -> int:
    """How dear one draw is: the customers a model was fitted to, or what stands for them, times their cost.

    Raises as `customers_of`.
    """
    kept, _, each = _source(model)
    held = getattr(model, kept)
    return each * (len(held) if isinstance(held, Cells | Paths | Kept | Watched) else 1)


def _source(model: Any) -> tuple[str, Callable[[Any, Values], Told], int]:
    name = type(model).__name__
    if name not in TOLD:
        raise ModelError("MODEL-622", model=name)
    if not hasattr(model, TOLD[name][0]):
        raise ModelError("MODEL-107", model=name)
    return TOLD[name]


def _buyers(model: Any, p: Values) -> Told:
    cells, tick = model._cells, model._tick
    there = rescaled(model.all_parameters, p, tick)
    if model.design is not None:
        there = per_unit.of_scaled_features(model, there)
    beside = (model.stages - 1) * model._gaps if hasattr(model, "_gaps") else np.zeros(len(cells))

    def told() -> Iterator[Floats]:
        for i in range(len(cells)):
            yield _one(model, cells, i, there) + (beside[i] - float(cells.x[i]) * np.log(tick))

    return cells.weight, _histories(cells, tick), told()


def _rates_hang_together(model: Any, p: Values) -> Told:
    """Of ParetoAbe, draw by draw, as an integral serves all who share a pair (x, t)."""
    if model.design is not None:
        return _buyers(model, p)
    cells, tick = model._cells, model._tick
    found = np.stack(list(abe_likelihood.log_densities(cells, rescaled(model.parameters, p, tick))))
    return cells.weight, _histories(cells, tick), iter((found - cells.x * np.log(tick)).T)


def _followed(model: Any, p: Values) -> Told:
    """Of customers whose covariates change, draw by draw."""
    h, count = model._paths, len(next(iter(p.values())))
    draws = ({name: float(each[i]) for name, each in p.items()} for i in range(count))
    found = np.stack([model.known_log_likelihoods(one) for one in draws])
    return np.ones(len(h)), np.stack([h.x, h.t_x, h.T], axis=1).astype(np.float64), iter(found.T)


def _rhythmic(model: Any, p: Values) -> Told:
    """Of ParetoGGG: whoever bought at the same times in the mean of their logarithms is computed once."""
    return pareto_ggg_likelihood.told_of(model._seen, p)


def _one(model: Any, cells: Cells, i: int, p: Values, counts: bool = True) -> Floats:
    kind = None if cells.kind is None else cells.kind[i : i + 1]
    one = Cells(cells.x[i : i + 1], cells.t_x[i : i + 1], cells.T[i : i + 1], np.ones(1), kind)
    if kind is None:
        return np.asarray(model.log_likelihoods(one, p))
    moves = per_unit.steps(model)
    return coefficients.log_likelihoods(one, model._z, moves, model.log_terms, p, counts)


def _histories(cells: Cells, tick: float) -> Floats:
    return np.stack([cells.x, cells.t_x * tick, cells.T * tick], axis=1).astype(np.float64)


def _donors(model: Any, p: Values) -> Told:
    cells = model._cells

    def told() -> Iterator[Floats]:
        for i in range(len(cells)):
            one = Cells(cells.x[i : i + 1], cells.t_x[i : i + 1], cells.T[i : i + 1], np.ones(1))
            yield bg_bb_likelihood.log_likelihoods(one, p)

    return cells.weight, _histories(cells, 1.0), told()


def _subscribers(model: Any, p: Values) -> Told:
    """From where the records begin on, for subscribers who entered late."""
    renewals, entry, churned, weight = subscriber_rows(model._counts)
    age = np.arange(1.0, max(len(model._counts), int(renewals.max())) + 1.0)
    with np.errstate(all="ignore"):
        step = model.steps(age, {name: each[:, None] for name, each in p.items()})
    stay = np.concatenate([np.zeros((len(step), 1)), -np.cumsum(step, axis=1)], axis=1)
    leave = log_leave(step)

    def told() -> Iterator[Floats]:
        for made, joined, left in zip(renewals, entry, churned, strict=True):
            yield stay[:, made] - stay[:, joined] + (leave[:, made] if left else 0.0)

    return weight, np.stack([renewals, entry, churned], axis=1).astype(np.float64), told()


def _leavers(model: Any, p: Values) -> Told:
    """Of the discrete hazard, subscriber by subscriber, as covariates tell them apart."""
    seen, x, weight = model.exposed()
    theta, rows = np.stack(list(p.values()), axis=1), model._kept.rows
    bands = len(seen.faced)

    def told() -> Iterator[Floats]:
        for left, faced, own in zip(seen.left.T, seen.faced.T, x, strict=True):
            eta = theta[:, :bands] + (theta[:, bands:] @ own)[:, None]
            yield eta @ left - np.logaddexp(0.0, eta) @ faced

    return weight, np.stack([rows.renewals, rows.entry, rows.churned], axis=1).astype(np.float64), told()


def _spenders(model: Any, p: Values) -> Told:
    seen, unit = model._repeaters, model.mean_spend_
    if model.design is None:
        return _gamma_gamma(seen.x.astype(np.float64), seen.total * unit, seen.weight, p, None)
    cells = model._moved
    there = per_unit.of_scaled_features(model, rescaled(model.all_parameters, p, unit))

    def told() -> Iterator[Floats]:
        for i in range(len(cells)):
            mean = cells.t_x[i] * unit / cells.x[i]  # total spend stands for the time of the last purchase
            yield _one(model, cells, i, there, counts=False) - np.log(mean)

    return cells.weight, np.stack([cells.x, cells.t_x * unit], axis=1).astype(np.float64), told()


def _dependent_spenders(model: Any, p: Values) -> Told:
    seen, unit, _ = model._gathered
    return _gamma_gamma(seen.n, seen.total * unit, seen.weight, p, np.log(p["g"]))


def _gamma_gamma(x: Floats, total: Floats, weight: Floats, p: Values, gamma: Floats | None) -> Told:
    def told() -> Iterator[Floats]:
        for n, spent in zip(x.tolist(), total.tolist(), strict=True):
            own = p["v"] if gamma is None else p["v"] * np.exp(gamma * np.log1p(n))
            yield _spend_density(n, spent, p["p"], p["q"], own)

    return weight, np.stack([x, total], axis=1), told()


def _spend_density(n: float, spent: float, p: Floats, q: Floats, v: Floats) -> Floats:
    """Gamma-Gamma of one customer: n days, `spent` in all; under draws of the parameters, (draws,)."""
    constant = log_gamma_of_many(p * n + q) - log_gamma_of_many(p * n) - log_gamma_of_many(q)
    return constant - q * np.log1p(spent / v) - p * n * np.log1p(v / spent) - np.log(spent / n)


def _day_spenders(model: Any, p: Values) -> Told:
    seen = model._gathered.seen
    weight = np.ones(len(seen)) if seen.weight is None else seen.weight

    def told() -> Iterator[Floats]:
        for n, mean, squares in zip(seen.frequency, seen.level, seen.squares, strict=True):
            yield np.asarray(log_normal.log_likelihood(n, mean, squares, **p))

    return weight, np.stack([seen.frequency, seen.level, seen.squares], axis=1), told()


def _part_spenders(model: Any, p: Values) -> Told:
    """The tosses as they came, and the spend of the days that brought some."""
    seen = model._gathered.seen
    weight = np.ones(len(seen)) if seen.weight is None else seen.weight

    def rising(start: Floats, count: int) -> Floats:
        return np.log(start[:, None] + np.arange(count)).sum(axis=1)

    def told() -> Iterator[Floats]:
        for x, zeros, mean in zip(seen.frequency.tolist(), seen.zeros.tolist(), seen.level, strict=True):
            n = x - zeros
            tossed = rising(p["a"], zeros) + rising(p["b"], n) - rising(p["a"] + p["b"], x)
            yield tossed + (_spend_density(n, n * mean, p["p"], p["q"], p["v"]) if n else 0.0)

    return weight, np.stack([seen.frequency, seen.zeros, seen.level], axis=1), told()


# what a model keeps of its customers, what is told of them, and how dear one customer and draw is
TOLD: dict[str, tuple[str, Callable[[Any, Values], Told], int]] = {
    **dict.fromkeys((*PURCHASE_MODELS, *YARDSTICKS, *REGULAR_MODELS), ("_cells", _buyers, 1)),
    "ParetoAbe": ("_cells", _rates_hang_together, 10),
    **dict.fromkeys(SAMPLED_MODELS, ("_seen", _rhythmic, 100)),
    **dict.fromkeys(DYNAMIC_MODELS, ("_paths", _followed, 10)),
    **dict.fromkeys(OCCASION_MODELS, ("_cells", _donors, 1)),
    **dict.fromkeys(RETENTION_MODELS, ("_counts", _subscribers, 1)),
    **dict.fromkeys(HAZARD_MODELS, ("_kept", _leavers, 1)),
    "GammaGamma": ("_repeaters", _spenders, 1),
    "DependentGammaGamma": ("_gathered", _dependent_spenders, 1),
    "LogNormalSpend": ("_gathered", _day_spenders, 1),
    "ZeroInflatedSpend": ("_gathered", _part_spenders, 1),
}
