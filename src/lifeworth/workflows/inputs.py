"""What a company may give beside its orders and costs; everything is optional."""

from dataclasses import dataclass
from typing import Any

from lifeworth.base.errors import UsageError
from lifeworth.base.levels import WINDOW_DAYS
from lifeworth.data.surveys import survey_scales


@dataclass(frozen=True)
class Inputs:
    """Sources as `read_companion` takes them: a path or a dataframe of any kind.

    marketing: what was spent to win customers, by channel and time.
    surveys: what customers answered, and when.
    relationships: who belongs to which household or parent account.
    subscriptions: histories of subscriptions, or one row per account.
    attributes: what else is known of customers, a row each.
    previous: folder of an earlier run.
    survey_scale: see `survey_scales`.
    campaigns: who was drawn by lot into which arm of a campaign; campaign_days: the window it is measured in.
    would_have_joined: share of referred customers who would have come anyway, 0..1; None: not known.
    """

    products: Any | None = None
    referrals: Any | None = None
    would_have_joined: float | None = None
    marketing: Any | None = None
    surveys: Any | None = None
    relationships: Any | None = None
    subscriptions: Any | None = None
    previous: Any | None = None
    attributes: Any | None = None
    survey_scale: Any | None = None
    campaigns: Any | None = None
    campaign_days: int = WINDOW_DAYS

    def __post_init__(self) -> None:
        share = self.would_have_joined
        if share is not None and not 0.0 <= share <= 1.0:
            raise UsageError("VALUE-201", seen=share)
        self.scales  # noqa: B018  refuses what is no scale

    @property
    def scales(self) -> dict[str, tuple[float, float]]:
        return survey_scales(self.survey_scale)
