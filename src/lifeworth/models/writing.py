"""A model as plain JSON: settings and estimates, versioned, readable by any program.

Arrays become lists; NaN and infinity, which JSON does not know, the strings "nan", "inf", "-inf".
The customers are not written. `saving.load` reads the file back.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from lifeworth.base.finding import Finding

FORMAT, VERSION = "lifeworth.model", 1


def write(model: Any, path: str | Path) -> None:
    """Write a fitted `lifeworth.models.protocols.Model`."""
    fitted = {name: value for name, value in vars(model).items() if name.endswith("_")}
    document = {
        "format": FORMAT,
        "version": VERSION,
        "model": type(model).__name__,
        "settings": _plain(model.get_params()),
        "fitted": _plain(fitted),
    }
    Path(path).write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if hasattr(value, "get_params"):  # a model among the settings of another
        return {"model": type(value).__name__, "settings": _plain(value.get_params())}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "tolist") and not isinstance(value, np.generic):  # an array, or an index of columns
        return _plain(value.tolist())
    if isinstance(value, Finding):
        return _plain(value.to_json())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value
