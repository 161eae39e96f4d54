"""A saved model, read back: `lifeworth.load`. What the file looks like: `writing.py`."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.models.catalog import EVERY_MODEL, HAZARD_MODELS
from lifeworth.models.writing import FORMAT, VERSION


def load(path: str | Path) -> Any:
    """The model written by `save`. Raises ModelError MODEL-110 for a file that is none of ours."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        known = document["format"] == FORMAT and document["version"] == VERSION
        kind: Any = {**EVERY_MODEL, **HAZARD_MODELS}[document["model"]]
    except (ValueError, KeyError, TypeError):
        raise ModelError("MODEL-110", path=str(path)) from None
    if not known:
        raise ModelError("MODEL-110", path=str(path))
    model = kind(**document["settings"])
    for name, value in document["fitted"].items():
        setattr(model, name, _revived(name, value))
    return model


def _revived(name: str, value: Any) -> Any:
    if name == "findings_":
        return [Finding(**each) for each in value]
    if name == "covariance_":
        return np.array([[float(each) for each in row] for row in value])
    if name == "log_likelihoods_by_k_":
        return {int(k): float(each) for k, each in value.items()}
    if isinstance(value, dict):
        return {key: _revived("", each) for key, each in value.items()}
    return float(value) if value in ("nan", "inf", "-inf") else value
