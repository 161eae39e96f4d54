"""lifeworth: what each customer was, is and could be worth, in profit, with intervals and reasons.

The public names are loaded when first used, so that `import lifeworth` costs nothing.
"""

import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

from lifeworth.base import errors as _errors

__version__ = "0.1.0"

_PUBLIC = {
    "calculate": "lifeworth.value.calculator.calculate",
    "covariate_periods": "lifeworth.data.covariate_periods",
    "read_orders": "lifeworth.data.sources.read",
    "rfm_summary": "lifeworth.data.summary",
    "rfm_train_test_split": "lifeworth.data.summary",
    "value": "lifeworth.workflows.value",
    "value_leads": "lifeworth.workflows.leads",
    "value_subscriptions": "lifeworth.workflows.subscriptions",
    "load": "lifeworth.models.saving",
}
__all__ = [
    "__version__",
    "calculate",
    "covariate_periods",
    "errors",
    "load",
    "models",
    "plots",
    "read_orders",
    "rfm_summary",
    "rfm_train_test_split",
    "value",
    "value_leads",
    "value_subscriptions",
]

if TYPE_CHECKING:
    from lifeworth import models
    from lifeworth.base import errors
    from lifeworth.data.covariate_periods import covariate_periods
    from lifeworth.data.sources.read import read_orders
    from lifeworth.data.summary import rfm_summary, rfm_train_test_split
    from lifeworth.models.saving import load
    from lifeworth.value.calculator.calculate import calculate
    from lifeworth.workflows import plots
    from lifeworth.workflows.leads import value_leads
    from lifeworth.workflows.subscriptions import value_subscriptions
    from lifeworth.workflows.value import value


class _Package(types.ModuleType):
    """`lw.value` is the function; the folder of the same name is reached by importing from it."""

    def __setattr__(self, name: str, thing: Any) -> None:
        if not (name == "value" and isinstance(thing, types.ModuleType)):
            super().__setattr__(name, thing)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name == "models":
        return importlib.import_module("lifeworth.models")
    if name == "plots":
        return importlib.import_module("lifeworth.workflows.plots")
    if name == "errors":
        return _errors
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'lifeworth' has no attribute {name!r}")


def _render(error: _errors.LifeworthError) -> str:
    return importlib.import_module("lifeworth.text.messages").error_text(error)


_errors.renderer = _render
