"""Value through others, as an epidemic of referrals: who is contagious, what they brought and will bring.

from lifeworth.models.referral import net_value, EpidemicReferral
net_value([None, 0, 0, 1], [5.0, 3.0, 2.0, 7.0], would_have_joined=0.3)

tree, shapley, views      what referrals seen are worth, net and gross
inputs, likelihood, epidemic   how contagious each customer is (referrer ids known)
hawkes, soft              the same from acquisition times alone
generations, future, incrementality   what is still to come, generation by generation
branching, company, market   figures of the whole: extinction, R over time, growth and saturation
cascades, adoption        forecasts of chains and of adoption
classes                   transaction value against referral value
simulation                worlds whose truth is known
"""

import importlib
from typing import Any

_HOME = {
    "net_value": "shapley", "gross_value": "shapley", "referral_views": "views", "Views": "views",
    "ReferralTree": "tree", "referral_tree": "tree", "mended": "tree",
    "EpidemicReferral": "epidemic", "HawkesReferral": "hawkes", "expected_net_value": "soft",
    "next_generation": "future", "future_value": "future", "FutureValue": "future",
    "spectral_radius": "generations", "descendant_value": "generations", "recursive_influence": "generations",
    "recruit_value": "incrementality", "joined_anyway_by_hazard": "incrementality",
    "joined_anyway_by_hold_out": "incrementality",
    "final_size": "branching", "extinction_probability": "branching", "total_progeny": "branching",
    "progeny_probabilities": "branching",
    "reproduction_posterior": "company", "reproduction_path": "company", "concentration": "company",
    "endogenous_share": "company", "viral_coefficient": "company", "viral_growth": "company",
    "MarketRates": "market", "market_path": "market",
    "CascadeModel": "cascades", "forecast_adoption": "adoption",
    "referral_classes": "classes", "classes_by_spread": "classes", "class_rule": "classes",
    "World": "simulation", "simulate": "simulation",
}  # fmt: skip
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
