"""Fit and posterior of purchase models whose parameters covariates move.

The search runs in logarithms of the parameters of an average customer and in coefficients of the
scaled features, from the fit without covariates on; what is told is per unit of the columns.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import Objective
from lifeworth.models.covariates import Design
from lifeworth.models.fitting import coefficients
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting.coefficient_priors import WithCoefficients, coefficient_priors
from lifeworth.models.fitting.maximum_likelihood import Estimate, climb
from lifeworth.models.inputs import Histories
from lifeworth.models.parameters import scales

Floats = NDArray[np.float64]
LARGEST_LOG = 700.0  # e^700 is a number, e^710 is none


def learn(model: Any, h: Histories, penalty: float) -> None:
    """Fit a `CovariateModel` to customers with traits, and write its fitted attributes."""
    plain = replace(h, traits=None)
    start = model.search(plain).theta
    traits: Any = h.traits
    design, count, z = traits.design, len(start), traits.z
    steps = coefficients.moves(_names(model), design, model.links)

    def objective_of(cells: Cells) -> Objective:
        found = coefficients.objective(cells, z, steps, model.terms, model.threads)
        return coefficients.penalised(found, count, penalty)

    start = np.concatenate([start, np.zeros(steps.size - count)])
    optimum = climb(objective_of, h.cells, start, count)
    c = optimum.theta[count:]
    unpenalised = replace(optimum, value=optimum.value + 0.5 * penalty * float(c @ c))
    model.covariates_, model._z = design.to_json(), z
    model.learn(h, unpenalised)


def told(model: Any, found: Estimate) -> Estimate:
    """The estimate per unit of the columns, from that of scaled features; times in ticks.

    Raises ModelError MODEL-137 where features lie so far from 0 that a parameter there is no number.
    """
    design: Design = model.design
    names, count = _names(model), len(model.parameters)
    matrix = _matrix(model)
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


def posterior(
    model: Any, unit_days: float, priors: Mapping[str, Any] | None, draws: int, rng: np.random.Generator
) -> posteriors.Posterior:
    """As `RepeatPurchases.posterior`: priors of parameters are those of a customer with average
    features, priors of coefficients those of scaled features; the draws are per unit of the columns."""
    design, count = model.design, len(model.parameters)
    steps = coefficients.moves(_names(model), design, model.links)
    named = [each.name for each in model.all_parameters]
    given = dict(priors or {})
    of_coefficients = coefficient_priors(
        named[count:], {name: given.pop(name) for name in named[count:] if name in given}
    )
    matrix = _matrix(model)
    theta = np.array(list(model.params_.values()))
    theta[:count] = np.log(theta[:count])
    theta = np.linalg.solve(matrix, theta)
    theta[:count] = np.exp(theta[:count])
    cells = model._cells
    found = posteriors.sample(
        posteriors.Target(
            objective=coefficients.objective(cells, model._z, steps, model.terms, model.threads),
            log_likelihoods=lambda p: coefficients.log_likelihoods(
                cells, model._z, steps, model.log_terms, p
            ),
            coordinates=WithCoefficients(model.coordinates(unit_days, given), count, of_coefficients),
            scale=scales(model.all_parameters, model._tick),
            names=named,
            customers=model.n_customers_,
            cells=len(cells),
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


def _names(model: Any) -> list[str]:
    return [each.name for each in model.parameters]


def _matrix(model: Any) -> Floats:
    design = model.design
    return coefficients.to_columns(coefficients.moves(_names(model), design, model.links), design)


def _per_unit(values: Mapping[str, Any], matrix: Floats, count: int) -> dict[str, Floats]:
    theta = np.array(list(values.values()))
    theta[:count] = np.log(theta[:count])
    theta = matrix @ theta
    theta[:count] = np.exp(theta[:count])
    return dict(zip(values, theta, strict=True))
