"""Estimates and posterior draws of models whose parameters covariates move, per unit of the columns.

The search runs in logarithms of the parameters of an average customer and in coefficients of the
scaled features; here is the way back.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import ROUNDING, Objective
from lifeworth.models.covariates import Design
from lifeworth.models.fitting import coefficients
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting.coefficient_priors import WithCoefficients, coefficient_priors
from lifeworth.models.fitting.maximum_likelihood import Estimate

Floats = NDArray[np.float64]
LARGEST_LOG = 700.0  # e^700 is a number, e^710 is none


def told(model: Any, found: Estimate) -> Estimate:
    """The estimate per unit of the columns, from that of scaled features.

    Raises ModelError MODEL-137 where features lie so far from 0 that a parameter there is no number.
    """
    design: Design = model.design
    names, count = _names(model), len(model.parameters)
    matrix = coefficients.to_columns(steps(model), design)
    theta = np.concatenate([np.log(found.values[:count]), found.values[count:]])
    theta = matrix @ theta
    far = np.abs(theta[:count]) > LARGEST_LOG
    if far.any():
        size = np.abs(design.means / design.scales)
        feature = design.features[int(np.argmax(size))]
        raise ModelError("MODEL-137", parameter=names[int(np.argmax(far))], feature=feature)
    values = np.concatenate([np.exp(theta[:count]), theta[count:]])
    slope = np.where(np.arange(len(values)) < count, values, 1.0)
    log_covariance = matrix @ found.log_covariance @ matrix.T
    return Estimate(values, log_covariance * np.outer(slope, slope), log_covariance, found.at_boundary)


def steps(model: Any) -> coefficients.Moves:
    """Which features move which parameters of the model."""
    return coefficients.moves(_names(model), model.design, model.links)


def posterior(
    model: Any, cells: Cells, coordinates: Callable[[Mapping[str, Any]], posteriors.Coordinates],
    scale: Floats, priors: Mapping[str, Any] | None, draws: int, rng: np.random.Generator,
    counts: bool = True,
) -> posteriors.Posterior:  # fmt: skip
    """`posterior_of` a model with `terms`, whose customers stand in cells."""
    moves, threads = steps(model), getattr(model, "threads", None)
    return posterior_of(
        model,
        coefficients.objective(cells, model._z, moves, model.terms, threads, counts),
        lambda p: coefficients.log_likelihoods(cells, model._z, moves, model.log_terms, p, counts),
        len(cells), coordinates, scale, priors, draws, rng,
    )  # fmt: skip


def posterior_of(
    model: Any, objective: Objective, log_likelihoods: Callable[[Mapping[str, Floats]], Floats], cells: int,
    coordinates: Callable[[Mapping[str, Any]], posteriors.Coordinates], scale: Floats,
    priors: Mapping[str, Any] | None, draws: int, rng: np.random.Generator,
) -> posteriors.Posterior:  # fmt: skip
    """Draws for a model with covariates: priors of parameters are those of a customer with average
    features, priors of coefficients those of scaled features; the draws are per unit of the columns."""
    count = len(model.parameters)
    named = [each.name for each in model.all_parameters]
    given = dict(priors or {})
    own = {name: given.pop(name) for name in named[count:] if name in given}
    matrix = np.eye(count) if model.design is None else coefficients.to_columns(steps(model), model.design)
    theta = np.array(list(model.params_.values()))
    theta[:count] = np.log(theta[:count])
    theta = np.linalg.solve(matrix, theta)
    theta[:count] = np.exp(theta[:count])
    believed = coordinates(given)
    if len(named) > count:
        believed = WithCoefficients(believed, count, coefficient_priors(named[count:], own))
    found = posteriors.sample(
        posteriors.Target(
            objective=objective,
            log_likelihoods=log_likelihoods,
            coordinates=believed,
            scale=scale,
            names=named,
            customers=model.n_customers_,
            cells=cells,
            accuracy=getattr(model, "accuracy", ROUNDING),
        ),
        theta,
        draws,
        rng,
        model._backend,
        type(model).__name__,
    )
    found.values = _per_unit(found.values, matrix, count)
    found.mode = {name: float(each) for name, each in _per_unit(found.mode, matrix, count).items()}
    return found


def log_likelihoods(model: Any, cells: Cells, z: Floats, values: Mapping[str, Any], counts: bool) -> Floats:
    """ln L of customers with scaled features `z` under draws per unit of the columns, (S,)."""
    there = of_scaled_features(model, values)
    return coefficients.log_likelihoods(cells, z, steps(model), model.log_terms, there, counts)


def of_scaled_features(model: Any, values: Mapping[str, Any]) -> dict[str, Floats]:
    """Draws per unit of the columns as the search counts them: of average customers and scaled features."""
    back: Any = np.linalg.inv(coefficients.to_columns(steps(model), model.design))
    return _per_unit(values, back, len(model.parameters))


def _names(model: Any) -> list[str]:
    return [each.name for each in model.parameters]


def _per_unit(values: Mapping[str, Any], matrix: Floats, count: int) -> dict[str, Floats]:
    theta = np.array(list(values.values()))
    theta[:count] = np.log(theta[:count])
    theta = matrix @ theta
    theta[:count] = np.exp(theta[:count])
    return dict(zip(values, theta, strict=True))
