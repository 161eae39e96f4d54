"""Models: arrays in, estimates out. One file per model: story, formulas, class.

from lifeworth.models import BGNBD, GammaGamma
model = BGNBD().fit(rfm)
"""

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "BGNBD": "lifeworth.models.purchase.bg_nbd",
    "MBGNBD": "lifeworth.models.purchase.mbg_nbd",
    "ParetoNBD": "lifeworth.models.purchase.pareto_nbd",
    "GammaGamma": "lifeworth.models.spend.gamma_gamma",
    "load": "lifeworth.models.saving",
}
__all__ = ["BGNBD", "MBGNBD", "GammaGamma", "ParetoNBD", "load"]

if TYPE_CHECKING:
    from lifeworth.models.purchase.bg_nbd import BGNBD
    from lifeworth.models.purchase.mbg_nbd import MBGNBD
    from lifeworth.models.purchase.pareto_nbd import ParetoNBD
    from lifeworth.models.saving import load
    from lifeworth.models.spend.gamma_gamma import GammaGamma


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'lifeworth.models' has no attribute {name!r}")
