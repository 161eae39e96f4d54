"""A model as plain JSON: settings and estimates, versioned, readable by any program.

Arrays become lists; NaN and infinity, which JSON does not know, the strings "nan", "inf", "-inf".
The customers are not written.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.models.catalog import EVERY_MODEL
from lifeworth.models.protocols import Model

FORMAT, VERSION = "lifeworth.model", 1


def save(model: Model, path: str | Path) -> None:
    """Write the model. Raises ModelError MODEL-106 before fit."""
    model.require_fit()
    fitted = {name: value for name, value in vars(model).items() if name.endswith("_")}
    document = {
        "format": FORMAT,
        "version": VERSION,
        "model": type(model).__name__,
        "settings": _plain(model.get_params()),
        "fitted": _plain(fitted),
    }
    Path(path).write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def load(path: str | Path) -> Model:
    """The model written by `save`. Raises ModelError MODEL-110 for a file that is none of ours."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        known = document["format"] == FORMAT and document["version"] == VERSION
        kind = EVERY_MODEL[document["model"]]
    except (ValueError, KeyError, TypeError):
        raise ModelError("MODEL-110", path=str(path)) from None
    if not known:
        raise ModelError("MODEL-110", path=str(path))
    model = kind(**document["settings"])
    for name, value in document["fitted"].items():
        setattr(model, name, _revived(name, value))
    return model


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, Finding):
        return _plain(value.to_json())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def _revived(name: str, value: Any) -> Any:
    if name == "findings_":
        return [Finding(**each) for each in value]
    if name == "covariance_":
        return np.array([[float(each) for each in row] for row in value])
    if isinstance(value, dict):
        return {key: _revived("", each) for key, each in value.items()}
    return float(value) if value in ("nan", "inf", "-inf") else value
