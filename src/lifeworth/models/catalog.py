"""The models by name. The laws in `tests/models/test_laws.py` run over every one listed here."""

from lifeworth.models.purchase.bg_nbd import BGNBD
from lifeworth.models.purchase.mbg_nbd import MBGNBD
from lifeworth.models.purchase.model import PurchaseModel
from lifeworth.models.purchase.pareto_nbd import ParetoNBD
from lifeworth.models.spend.gamma_gamma import GammaGamma

PURCHASE_MODELS: dict[str, type[PurchaseModel]] = {
    "BGNBD": BGNBD,
    "MBGNBD": MBGNBD,
    "ParetoNBD": ParetoNBD,
}
SPEND_MODELS = {"GammaGamma": GammaGamma}
