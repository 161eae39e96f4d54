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
    """Fit a `CovariateModel` to customers with traits, and write its fitted attributes.

    The search goes on where that without covariates ended, which may be a ridge already: there a pass costs
    the more the further it leads, so it must know where the first one began.
    """
    plain = replace(h, traits=None)
    start = model.search(plain).theta
    traits: Any = h.traits
    count, z = len(start), traits.z
    model.covariates_, model._z = traits.design.to_json(), z
    steps = per_unit.steps(model)

    def objective_of(cells: Cells) -> Objective:
        found = coefficients.objective(cells, z, steps, model.terms, model.threads, model.counts)
        return coefficients.penalised(found, count, l2)

    none = np.zeros(steps.size - count)
    start, origin = (np.concatenate([each, none]) for each in (start, model.begin(h)))
    optimum = climb(objective_of, h.cells, start, count, l1, model.accuracy, origin)
    model.learn(h, coefficients.unpenalised(optimum, count, l2, l1))


def posterior(
    model: Any, unit_days: float, priors: Mapping[str, Any] | None, draws: int, rng: np.random.Generator
) -> Posterior:
    """As `RepeatPurchases.posterior`."""
    scale = scales(model.all_parameters, model._tick)

    def coordinates(given: Mapping[str, Any]) -> Any:
        return model.coordinates(unit_days, given)

    return per_unit.posterior(model, model._cells, coordinates, scale, priors, draws, rng, model.counts)
