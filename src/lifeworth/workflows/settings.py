"""What a valuation was asked for, checked once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lifeworth.base.errors import UsageError
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.segments.decision import DecisionRule
from lifeworth.segments.score import ScoreWeights, score_weights
from lifeworth.text.catalog import language_tag
from lifeworth.value.discounting import horizon_days, rate_per_day
from lifeworth.value.model import FORMULA, POOLED, WITH_COVARIATES
from lifeworth.value.potential.assumptions import NAMES as ASSUMED
from lifeworth.value.potential.assumptions import Assumptions
from lifeworth.value.scenarios import Changes

AUTO = "auto"


@dataclass(frozen=True)
class Settings:
    """Settings of one run. `margin`: profit share of net sales; `costs`: file, frame or None.

    The last four say what is assumed of potential value, see `Assumptions`; None: what stands there.
    """

    horizon_months: float = 12
    discount_rate: float = 0.10
    margin: float | None = None
    costs: str | Path | Any | None = None
    model: str = AUTO
    basis: str = "auto"  # value basis, see value.ledger
    cost_to_serve: float = 0.0  # per customer over the horizon, for the burden rule and the decisions
    language: str = "en"
    random_state: int = 7
    changes: Changes = field(default_factory=Changes)  # how far scenarios move
    decision_confidence: float | None = None  # this and the next: see `segments.decision.DecisionRule`
    grow_share: float | None = None
    offer_effect: float | None = None
    offer_effect_cv: float | None = None
    wallet_quantile: float | None = None
    base_share: float | None = None
    score_weights: str | Mapping[str, float] | None = None  # see `segments.score`
    covariates: tuple[str, ...] = ()  # columns known of customers that may move their rates
    pool_by: str = ""  # column that names segments, each with a model of its own that leans on the others

    def __post_init__(self) -> None:
        rate_per_day(self.discount_rate)
        horizon_days(self.horizon_months)
        if self.margin is not None and not 0 < self.margin <= 1:
            raise UsageError("VALUE-003", seen=self.margin)
        known = self._models
        if self.model not in (AUTO, FORMULA, *known):
            raise UsageError("VALUE-004", seen=self.model, known=", ".join(known))
        object.__setattr__(self, "language", language_tag(self.language))
        self.assumed  # noqa: B018  refuses what is out of its range
        self.decision_rule  # noqa: B018
        self.weights  # noqa: B018

    @property
    def yours(self) -> dict[str, float]:
        """The assumptions that were given."""
        told = {name: getattr(self, name) for name in ASSUMED}
        return {name: value for name, value in told.items() if value is not None}

    @property
    def assumed(self) -> Assumptions:
        return Assumptions(**self.yours)

    @property
    def decision_rule(self) -> DecisionRule:
        told = {"confidence": self.decision_confidence, "grow_share": self.grow_share}
        given = {name: value for name, value in told.items() if value is not None}
        return DecisionRule(**given, cost_to_serve=self.cost_to_serve)

    @property
    def weights(self) -> ScoreWeights:
        return score_weights(self.score_weights)

    @property
    def days(self) -> float:
        return horizon_days(self.horizon_months)

    @property
    def _models(self) -> list[str]:
        told = (WITH_COVARIATES, bool(self.covariates)), (POOLED, bool(self.pool_by))
        return [*PURCHASE_MODELS, *(name for name, wanted in told if wanted)]

    @property
    def candidates(self) -> list[str]:
        """Purchase models that take part; none where the formula was asked for."""
        if self.model == AUTO:
            return self._models
        return [] if self.model == FORMULA else [self.model]
