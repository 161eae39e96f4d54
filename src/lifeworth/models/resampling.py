"""Bootstrap over customers: the frequentist twin of the posterior.

Customers are drawn again with replacement and the model is fitted anew, many times; the spread of
the estimates is the uncertainty. Drawing customers is drawing how often each different history
occurs, so a refit costs what one pass over different histories costs, however many customers share
them. Valid where the model is wrong too: it says how the estimate would scatter, whatever made the
customers. It needs no prior.
Source: Efron (1979), Annals of Statistics 7(1), 1-26; percentile intervals: Efron & Tibshirani (1993), 13.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.random import generator
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import in_logs, maximise
from lifeworth.models import settings
from lifeworth.models.catalog import OCCASION_MODELS, PURCHASE_MODELS, RETENTION_MODELS, YARDSTICKS
from lifeworth.models.fitting.maximum_likelihood import FAR, estimate
from lifeworth.models.inputs import Histories, histories, weights
from lifeworth.models.parameters import scales
from lifeworth.models.purchase.model import typical_age
from lifeworth.models.purchase.opportunities import opportunities
from lifeworth.models.retention.inputs import columns_of, renewal_counts, tenures
from lifeworth.models.subscriber_rows import subscriber_rows
from lifeworth.models.tables import frame, table

Floats = NDArray[np.float64]
FEWEST = 20


class Bootstrap:
    """Estimates from resampled customers, each as likely as the others.

    values        name -> (draws,), in the data's units
    estimate      name -> estimate from all customers
    failed        resamples to which the model could not be fitted (no repeat purchase, ...)
    at_boundary   name -> in how many draws the parameter ran to a boundary

    Goes wherever a posterior goes: `model.expected_purchases(rfm, 39, posterior=draws)`.
    """

    def __init__(
        self,
        values: Mapping[str, Floats],
        estimate: Mapping[str, float],
        failed: int,
        at_boundary: Mapping[str, int],
        backend: str,
    ) -> None:
        self.values, self.estimate = dict(values), dict(estimate)
        self.failed, self.at_boundary = failed, dict(at_boundary)
        self._backend = backend

    @property
    def frame(self) -> Any:
        return frame(self.values, self._backend)

    def parameters(self, k: int) -> dict[str, Floats]:
        """k draws at even steps through those there are: name -> (k,). The same every time."""
        have = len(next(iter(self.values.values())))
        chosen = ((np.arange(k) + 0.5) * have / k).astype(np.intp)
        return {name: each[chosen] for name, each in self.values.items()}

    def summary(self, level: float = 0.95) -> Any:
        """A table: parameter, estimate, standard_error, low, high (percentiles at `level`), bias.

        bias is the mean of the draws less the estimate.
        """
        (edge,) = settings.levels(level)
        ends = [(1.0 - edge) / 2.0, (1.0 + edge) / 2.0]
        bounds = np.array([np.quantile(each, ends) for each in self.values.values()])
        columns = {
            "parameter": list(self.values),
            "estimate": list(self.estimate.values()),
            "standard_error": [float(each.std(ddof=1)) for each in self.values.values()],
            "low": bounds[:, 0],
            "high": bounds[:, 1],
            "bias": [float(each.mean()) - self.estimate[name] for name, each in self.values.items()],
        }
        return frame(columns, self._backend)


def bootstrap(
    model: Any, data: Any, draws: int = 200, random_state: Any = None, sample_weight: Any = None
) -> Bootstrap:
    """Refit a fitted model to customers drawn again with replacement.

    Args:
        model: any model with a closed likelihood, fitted to `data`.
        data: the customers it was fitted to; a loaded model will do.
        draws: how many, >= 20; 200 for standard errors, 1,000 for 95 % intervals.
        sample_weight: (n,), how many customers a row stands for, as given to fit.
    Raises:
        UsageError MODEL-620 for too few draws; ModelError MODEL-621 where more than half of the
        resamples could not be fitted.
    """
    fitted, rng = model.require_fit(), generator(random_state)
    if draws < FEWEST:
        raise UsageError("MODEL-620", seen=draws, least=FEWEST)
    weight, refit = _refit(model, data, sample_weight)
    customers, share = round(float(weight.sum())), weight / weight.sum()
    found: list[Floats] = []
    boundary = np.zeros(len(fitted), np.int64)
    for _ in range(draws):
        try:
            values, out = refit(rng.multinomial(customers, share).astype(np.float64))
        except ModelError:
            continue
        found.append(values)
        boundary += out
    if len(found) * 2 < draws:
        raise ModelError("MODEL-621", model=type(model).__name__, failed=draws - len(found), draws=draws)
    told = dict(zip(fitted, np.array(found).T, strict=True))
    at_boundary = dict(zip(fitted, boundary.tolist(), strict=True))
    return Bootstrap(told, fitted, draws - len(found), at_boundary, model._backend)


Refit = Callable[[Floats], tuple[Floats, NDArray[np.bool_]]]  # weights to estimates and what ran off


def _refit(model: Any, data: Any, sample_weight: Any) -> tuple[Floats, Refit]:
    """How many customers each different row stands for, and how to fit the model to other weights."""
    name = type(model).__name__
    if (name in PURCHASE_MODELS or name in YARDSTICKS) and model.design is None:
        return _of_histories(model, histories(data, sample_weight))
    rows, weight = _rows(name, data, sample_weight)

    def refit(again: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        one = type(model)(**model.get_params()).fit(rows, sample_weight=again)
        return np.array(list(one.params_.values())), np.array([each in one.boundary_ for each in one.params_])

    return weight, refit


def _of_histories(model: Any, h: Histories) -> tuple[Floats, Refit]:
    """Refits that begin at the estimate and need a few passes each over the histories drawn."""
    cells, grow = h.cells, scales(model.parameters, h.tick)
    origin = np.log(np.array(model.start(typical_age(h))))
    estimate_ = np.log(np.array(list(model.params_.values())) / grow)
    start = np.where(np.abs(estimate_ - origin) < FAR, estimate_, origin)
    typical = np.log(scales(model.parameters, np.e)) * np.log(typical_age(h))

    def refit(again: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        drawn = again > 0
        if not (cells.x[drawn] > 0).any():
            raise ModelError("MODEL-101", customers=int(again.sum()))
        one = Cells(cells.x[drawn], cells.t_x[drawn], cells.T[drawn], again[drawn])
        optimum = maximise(in_logs(model.objective(one)), start, float(again.sum()), origin=origin)
        found = estimate(optimum, typical)
        return found.values * grow, found.at_boundary

    return cells.weight, refit


def _rows(name: str, data: Any, sample_weight: Any) -> tuple[Any, Floats]:
    """Different customers and how many of each; where equal ones are not looked for, the rows themselves."""
    if name in RETENTION_MODELS:
        renewals, entry, churned, weight = subscriber_rows(renewal_counts(data, sample_weight))
        return {"renewals": renewals, "entry": entry, "churned": churned}, weight
    if name in OCCASION_MODELS:
        cells = opportunities(data, sample_weight).cells
        return {"frequency": cells.x, "recency": cells.t_x, "T": cells.T}, cells.weight
    buyers = "frequency" in columns_of(data)
    count = len(table(data, ("frequency",)).columns[0]) if buyers else len(tenures(data))
    given = weights(sample_weight, count)
    return data, np.ones(count) if given is None else given
