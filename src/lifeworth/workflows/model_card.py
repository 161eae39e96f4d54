"""The model of a run as published: names, parameters, how the fit went."""

from typing import Any

import numpy as np

from lifeworth.value.model import FORMULA, PurchaseValueModel, ValueModel
from lifeworth.workflows.customers import Customers


def model_record(model: ValueModel, customers: Customers) -> dict[str, Any]:
    """`results.summary.Model`."""
    if not isinstance(model, PurchaseValueModel):
        empty = dict.fromkeys(("log_likelihood", "converged", "spend", "correlation"))
        return {
            "name": FORMULA,
            "time_unit": "D",
            "params": {},
            "standard_errors": {},
            "boundary": [],
            **empty,
        }
    return {
        "name": model.name,
        "time_unit": "D",
        **_fit(model.purchases),
        "spend": {"name": type(model.spend).__name__, "days": model.spend_days, **_fit(model.spend)},
        "correlation": _number(model.spend.correlation_),
    }


def _fit(model: Any) -> dict[str, Any]:
    return {
        "params": dict(model.params_),
        "standard_errors": {name: _number(error) for name, error in model.standard_errors_.items()},
        "log_likelihood": model.log_likelihood_,
        "converged": bool(model.converged_),
        "boundary": list(model.boundary_),
    }


def _number(value: float | None) -> float | None:
    """JSON knows no NaN."""
    return None if value is None or not np.isfinite(value) else float(value)
