"""Fit and posterior of purchase models with covariates, from the fit without them on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import Objective
from lifeworth.models.fitting import coefficients
from lifeworth.models.fitting import moved as per_unit
from lifeworth.models.fitting.maximum_likelihood import climb
from lifeworth.models.fitting.posterior import Posterior
from lifeworth.models.inputs import Histories
from lifeworth.models.parameters import scales

Floats = NDArray[np.float64]


def learn(model: Any, h: Histories, l2: float, l1: float) -> None:
    """Fit a `CovariateModel` to customers with traits, and write its fitted attributes."""
    plain = replace(h, traits=None)
    start = model.search(plain).theta
    traits: Any = h.traits
    count, z = len(start), traits.z
    model.covariates_, model._z = traits.design.to_json(), z
    steps = per_unit.steps(model)

    def objective_of(cells: Cells) -> Objective:
        found = coefficients.objective(cells, z, steps, model.terms, model.threads)
        return coefficients.penalised(found, count, l2)

    start = np.concatenate([start, np.zeros(steps.size - count)])
    optimum = climb(objective_of, h.cells, start, count, l1)
    model.learn(h, coefficients.unpenalised(optimum, count, l2, l1))


def posterior(
    model: Any, unit_days: float, priors: Mapping[str, Any] | None, draws: int, rng: np.random.Generator
) -> Posterior:
    """As `RepeatPurchases.posterior`."""
    scale = scales(model.all_parameters, model._tick)

    def coordinates(given: Mapping[str, Any]) -> Any:
        return model.coordinates(unit_days, given)

    return per_unit.posterior(model, model._cells, coordinates, scale, priors, draws, rng)
