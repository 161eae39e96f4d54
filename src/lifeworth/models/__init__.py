"""Models: arrays in, estimates out. One file per model: story, formulas, class.

from lifeworth.models import BGNBD, GammaGamma
model = BGNBD().fit(rfm)
"""

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "BGBB": "lifeworth.models.purchase.bg_bb",
    "BGCNBD": "lifeworth.models.purchase.bg_cnbd_k",
    "BGNBD": "lifeworth.models.purchase.bg_nbd",
    "CorrelatedParetoNBD": "lifeworth.models.purchase.correlated_pareto_nbd",
    "DynamicParetoNBD": "lifeworth.models.purchase.dynamic_pareto_nbd",
    "GGomNBD": "lifeworth.models.purchase.ggom_nbd",
    "MBGCNBD": "lifeworth.models.purchase.mbg_cnbd_k",
    "MBGNBD": "lifeworth.models.purchase.mbg_nbd",
    "NBD": "lifeworth.models.purchase.nbd",
    "ParetoAbe": "lifeworth.models.purchase.pareto_abe",
    "ParetoGGG": "lifeworth.models.purchase.pareto_ggg",
    "PartiallyPooled": "lifeworth.models.partially_pooled",
    "ParetoNBD": "lifeworth.models.purchase.pareto_nbd",
    "DependentGammaGamma": "lifeworth.models.spend.dependent_gamma_gamma",
    "GammaGamma": "lifeworth.models.spend.gamma_gamma",
    "LogNormalSpend": "lifeworth.models.spend.log_normal",
    "ZeroInflatedSpend": "lifeworth.models.spend.zero_inflated",
    "BetaDiscreteWeibull": "lifeworth.models.retention.beta_discrete_weibull",
    "DiscreteHazard": "lifeworth.models.retention.discrete_hazard",
    "ShiftedBetaGeometric": "lifeworth.models.retention.shifted_beta_geometric",
    "bootstrap": "lifeworth.models.resampling",
    "compare": "lifeworth.models.psis_loo",
    "fit_cohorts": "lifeworth.models.retention.cohorts",
    "likelihood_ratio": "lifeworth.models.fitting.comparison",
    "observed_survival": "lifeworth.models.retention.observed",
    "leave_one_out": "lifeworth.models.psis_loo",
    "load": "lifeworth.models.saving",
    "look_alikes": "lifeworth.models.nearest",
    "newcomer_value": "lifeworth.models.newcomers",
    "PlanMarkov": "lifeworth.models.retention.plan_states",
    "wallet_allocation_rule": "lifeworth.models.wallet.allocation_rule",
}
__all__ = [
    "BGBB",
    "BGCNBD",
    "BGNBD",
    "MBGCNBD",
    "MBGNBD",
    "NBD",
    "BetaDiscreteWeibull",
    "CorrelatedParetoNBD",
    "DependentGammaGamma",
    "DiscreteHazard",
    "DynamicParetoNBD",
    "GGomNBD",
    "GammaGamma",
    "LogNormalSpend",
    "ParetoAbe",
    "ParetoGGG",
    "ParetoNBD",
    "PartiallyPooled",
    "PlanMarkov",
    "ShiftedBetaGeometric",
    "ZeroInflatedSpend",
    "bootstrap",
    "compare",
    "fit_cohorts",
    "leave_one_out",
    "likelihood_ratio",
    "load",
    "look_alikes",
    "newcomer_value",
    "observed_survival",
    "wallet_allocation_rule",
]

if TYPE_CHECKING:
    from lifeworth.models.fitting.comparison import likelihood_ratio
    from lifeworth.models.nearest import look_alikes
    from lifeworth.models.newcomers import newcomer_value
    from lifeworth.models.partially_pooled import PartiallyPooled
    from lifeworth.models.psis_loo import compare, leave_one_out
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
    from lifeworth.models.resampling import bootstrap
    from lifeworth.models.retention.beta_discrete_weibull import BetaDiscreteWeibull
    from lifeworth.models.retention.cohorts import fit_cohorts
    from lifeworth.models.retention.discrete_hazard import DiscreteHazard
    from lifeworth.models.retention.observed import observed_survival
    from lifeworth.models.retention.plan_states import PlanMarkov
    from lifeworth.models.retention.shifted_beta_geometric import ShiftedBetaGeometric
    from lifeworth.models.saving import load
    from lifeworth.models.spend.dependent_gamma_gamma import DependentGammaGamma
    from lifeworth.models.spend.gamma_gamma import GammaGamma
    from lifeworth.models.spend.log_normal import LogNormalSpend
    from lifeworth.models.spend.zero_inflated import ZeroInflatedSpend
    from lifeworth.models.wallet.allocation_rule import wallet_allocation_rule


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'lifeworth.models' has no attribute {name!r}")
