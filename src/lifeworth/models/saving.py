"""A saved model, read back: `lifeworth.load`. What the file looks like: `writing.py`."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.models.catalog import DYNAMIC_MODELS, EVERY_MODEL, HAZARD_MODELS
from lifeworth.models.partially_pooled import PartiallyPooled
from lifeworth.models.retention.plan_states import PlanMarkov
from lifeworth.models.writing import FORMAT, VERSION

OTHERS: dict[str, Any] = {
    **HAZARD_MODELS,
    **DYNAMIC_MODELS,
    "PartiallyPooled": PartiallyPooled,
    "PlanMarkov": PlanMarkov,
}

ARRAYS = ("covariance_", "between_covariance_", "counts_", "transitions_")


def load(path: str | Path) -> Any:
    """The model written by `save`. Raises ModelError MODEL-110 for a file that is none of ours."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        known = document["format"] == FORMAT and document["version"] == VERSION
        kind: Any = {**EVERY_MODEL, **OTHERS}[document["model"]]
        settings = {name: _set(each) for name, each in document["settings"].items()}
    except (ValueError, KeyError, TypeError):
        raise ModelError("MODEL-110", path=str(path)) from None
    if not known:
        raise ModelError("MODEL-110", path=str(path))
    model = kind(**settings)
    for name, value in document["fitted"].items():
        setattr(model, name, _revived(name, value))
    return model


def _set(value: Any) -> Any:
    """A setting; a model where it is one."""
    if isinstance(value, dict) and set(value) == {"model", "settings"}:
        return EVERY_MODEL[value["model"]](**value["settings"])
    return value


def _revived(name: str, value: Any) -> Any:
    if name == "findings_":
        return [Finding(**each) for each in value]
    if name in ARRAYS:
        return np.array([[float(each) for each in row] for row in value])
    if name == "log_likelihoods_by_k_":
        return {int(k): float(each) for k, each in value.items()}
    if isinstance(value, dict):
        return {key: _revived("", each) for key, each in value.items()}
    return float(value) if value in ("nan", "inf", "-inf") else value
