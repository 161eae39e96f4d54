"""The model of a run as published: names, parameters, how the fit went."""

from typing import Any

import numpy as np

from lifeworth.models.partially_pooled import PartiallyPooled
from lifeworth.value.model import FORMULA, PurchaseValueModel, ValueModel
from lifeworth.value.spend import CredibleSpend
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
        **_spend(model),
        **_segments(model.purchases),
    }


def _spend(model: PurchaseValueModel) -> dict[str, Any]:
    spend = model.spend_model
    card = {"name": type(spend).__name__, "learnt_from": model.spend}
    if isinstance(spend, CredibleSpend):
        params = {"mean": spend.mean_, "credibility_days": _number(spend.credibility_days_)}
        empty: dict[str, Any] = {
            "standard_errors": {},
            "log_likelihood": None,
            "converged": None,
            "boundary": [],
        }
        return {"spend": {**card, "params": params, **empty}, "correlation": None}
    return {"spend": {**card, **_fit(spend)}, "correlation": _number(spend.correlation_)}


def _segments(model: Any) -> dict[str, Any]:
    """What a pooled model says of each segment."""
    if not isinstance(model, PartiallyPooled):
        return {}
    return {
        "segments": [
            {
                "segment": name,
                "customers": int(model.customers_[name]),
                "params": dict(params),
                "standard_errors": {key: _number(each) for key, each in model.standard_errors_[name].items()},
            }
            for name, params in model.segments_.items()
        ]
    }


def _fit(model: Any) -> dict[str, Any]:
    return {
        "params": dict(model.params_),
        "standard_errors": _errors(model),
        "log_likelihood": model.log_likelihood_,
        "converged": bool(model.converged_),
        "boundary": list(getattr(model, "boundary_", ())),
    }


def _errors(model: Any) -> dict[str, float | None]:
    """None of the centre of segments: how far they lie apart is no error of it."""
    if isinstance(model, PartiallyPooled):
        return {}
    return {name: _number(error) for name, error in model.standard_errors_.items()}


def _number(value: float | None) -> float | None:
    """JSON knows no NaN."""
    return None if value is None or not np.isfinite(value) else float(value)
