"""What a company may give beside its orders and costs; everything is optional."""

from dataclasses import dataclass
from typing import Any

from lifeworth.base.errors import UsageError


@dataclass(frozen=True)
class Inputs:
    """Sources as `read_companion` takes them: a path or a dataframe of any kind.

    marketing: what was spent to win customers, by channel and time.
    surveys: what customers answered, and when.
    relationships: who belongs to which household or parent account.
    previous: folder of an earlier run.
    would_have_joined: share of referred customers who would have come anyway, 0..1; None: not known.
    """

    products: Any | None = None
    referrals: Any | None = None
    would_have_joined: float | None = None
    marketing: Any | None = None
    surveys: Any | None = None
    relationships: Any | None = None
    previous: Any | None = None

    def __post_init__(self) -> None:
        share = self.would_have_joined
        if share is not None and not 0.0 <= share <= 1.0:
            raise UsageError("VALUE-201", seen=share)
