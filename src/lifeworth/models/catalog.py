"""The models by name. The laws in `tests/models/test_laws.py` run over every one listed here.

`lifeworth value --model auto` lets PURCHASE_MODELS compete. YARDSTICKS speak the same language but do
not compete (NBD: nobody ever leaves; GGomNBD: ParetoNBD with ageing, CorrelatedParetoNBD and ParetoAbe:
with rates that hang together; all three at many times its cost); the models of regular buyers, of
occasions and of contracts take other data. SAMPLED_MODELS have no closed form: their laws hold up to
simulation error and stand in tests of their own. HAZARD_MODELS have as many parameters as there are ages
and covariates; their tests stand in `tests/retention`. DYNAMIC_MODELS take periods of changing
covariates; tests in `tests/models/test_dynamic_pareto_nbd.py`.
"""

from lifeworth.models.protocols import Model
from lifeworth.models.purchase.bg_bb import BGBB
from lifeworth.models.purchase.bg_cnbd_k import BGCNBD
from lifeworth.models.purchase.bg_nbd import BGNBD
from lifeworth.models.purchase.correlated_pareto_nbd import CorrelatedParetoNBD
from lifeworth.models.purchase.dynamic_pareto_nbd import DynamicParetoNBD
from lifeworth.models.purchase.ggom_nbd import GGomNBD
from lifeworth.models.purchase.mbg_cnbd_k import MBGCNBD
from lifeworth.models.purchase.mbg_nbd import MBGNBD
from lifeworth.models.purchase.nbd import NBD
from lifeworth.models.purchase.pareto_abe import ParetoAbe
from lifeworth.models.purchase.pareto_ggg import ParetoGGG
from lifeworth.models.purchase.pareto_nbd import ParetoNBD
from lifeworth.models.purchase.random_times import GammaRateModel, RandomTimes
from lifeworth.models.purchase.regular_model import RegularPurchaseModel
from lifeworth.models.retention.beta_discrete_weibull import BetaDiscreteWeibull
from lifeworth.models.retention.discrete_hazard import DiscreteHazard
from lifeworth.models.retention.model import RetentionModel
from lifeworth.models.retention.shifted_beta_geometric import ShiftedBetaGeometric
from lifeworth.models.spend.dependent_gamma_gamma import DependentGammaGamma
from lifeworth.models.spend.gamma_gamma import GammaGamma
from lifeworth.models.spend.log_normal import LogNormalSpend
from lifeworth.models.spend.zero_inflated import ZeroInflatedSpend

PURCHASE_MODELS: dict[str, type[GammaRateModel]] = {
    "BGNBD": BGNBD,
    "MBGNBD": MBGNBD,
    "ParetoNBD": ParetoNBD,
}
YARDSTICKS: dict[str, type[RandomTimes]] = {
    "NBD": NBD,
    "GGomNBD": GGomNBD,
    "CorrelatedParetoNBD": CorrelatedParetoNBD,
    "ParetoAbe": ParetoAbe,
}
REGULAR_MODELS: dict[str, type[RegularPurchaseModel]] = {"BGCNBD": BGCNBD, "MBGCNBD": MBGCNBD}
SAMPLED_MODELS: dict[str, type[Model]] = {"ParetoGGG": ParetoGGG}
OCCASION_MODELS = {"BGBB": BGBB}
RETENTION_MODELS: dict[str, type[RetentionModel]] = {
    "ShiftedBetaGeometric": ShiftedBetaGeometric,
    "BetaDiscreteWeibull": BetaDiscreteWeibull,
}
SPEND_MODELS: dict[str, type[Model]] = {
    "GammaGamma": GammaGamma,
    "DependentGammaGamma": DependentGammaGamma,
    "LogNormalSpend": LogNormalSpend,
    "ZeroInflatedSpend": ZeroInflatedSpend,
}
EVERY_MODEL: dict[str, type[Model]] = {
    **PURCHASE_MODELS,
    **YARDSTICKS,
    **REGULAR_MODELS,
    **SAMPLED_MODELS,
    **OCCASION_MODELS,
    **RETENTION_MODELS,
    **SPEND_MODELS,
}
HAZARD_MODELS = {"DiscreteHazard": DiscreteHazard}
DYNAMIC_MODELS = {"DynamicParetoNBD": DynamicParetoNBD}
