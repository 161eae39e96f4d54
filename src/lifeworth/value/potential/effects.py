"""How many more take up what is offered: assumed, or measured by campaigns whose arms were drawn by lot.

A campaign tells the lift of first purchases of a product within its window. One such offer within the horizon
adds that lift for the days of one window:

    effect over the horizon = lift x days of the window / days of the horizon

An offer that does harm can be left away: what counts of a lift is the mean of max(lift, 0), normal around the
estimate. So an unsure campaign never claims to know that nothing comes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lifeworth.value.campaigns import Estimate
from lifeworth.value.potential.assumptions import Assumptions
from lifeworth.value.potential.streams import CAUSES, EXACT, Ends, Grade

OFFERS = tuple(CAUSES)  # streams that an offer brings


@dataclass(frozen=True)
class OfferEffect:
    """Take-ups that an offer adds, as a share of those that happen by themselves over the horizon.

    cv: relative spread that all customers share; low, high: 90 % interval of a measured effect, from 0 on;
    campaigns: names of those that measured it, none for an assumption.
    """

    value: float
    cv: float
    low: float = 0.0
    high: float = 0.0
    campaigns: tuple[str, ...] = ()

    @property
    def measured(self) -> bool:
        return bool(self.campaigns)

    @property
    def ends(self) -> Ends:
        """Low and high of a measured effect, relative to its value."""
        return (self.low / self.value, self.high / self.value) if self.measured and self.value > 0 else EXACT

    @property
    def cause(self) -> str:
        """What its error comes from: the same campaigns err alike wherever their effect is used."""
        return "|".join(("offer", *self.campaigns))

    def graded(self, grade: Grade) -> Grade:
        """A where the chances are confirmed and the effect is measured and not by chance."""
        return "A" if grade == "C" and self.measured and self.low > 0 else grade

    def to_json(self) -> dict[str, Any]:
        told = {
            "value": self.value,
            "cv": self.cv,
            "campaigns": list(self.campaigns),
            "measured": self.measured,
        }
        return {**told, "low": self.low, "high": self.high} if self.measured else told


def measured_effect(found: Estimate, share: float, campaigns: tuple[str, ...]) -> OfferEffect:
    """Of a lift, of which a share counts over the horizon."""
    low, high = max(found.low, 0.0), max(found.high, 0.0)
    at = found.value / max(found.error, 1e-12)
    above = 0.5 * math.erfc(-at / math.sqrt(2.0))
    near = math.exp(-0.5 * at * at) / math.sqrt(2.0 * math.pi) * found.error
    mean = found.value * above + near
    spread = math.sqrt(max((found.value**2 + found.error**2) * above + found.value * near - mean**2, 0.0))
    value = min(max(mean, 0.0), high)
    return OfferEffect(
        share * value, spread / value if value > 0 else 0.0, share * low, share * high, campaigns
    )


def offer_effects(assumed: Assumptions, measured: Mapping[str, OfferEffect]) -> dict[str, OfferEffect]:
    """By stream: what was measured, and what is assumed for the others."""
    plain = OfferEffect(assumed.offer_effect, assumed.offer_effect_cv)
    return {name: measured.get(name, plain) for name in OFFERS}
