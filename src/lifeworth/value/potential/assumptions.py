"""What orders alone cannot say of potential; declared here or by the user, printed with every run."""

from dataclasses import asdict, dataclass, fields

from lifeworth.base.errors import UsageError

MOST = {"offer_effect": 10.0, "offer_effect_cv": 10.0, "wallet_quantile": 1.0, "base_share": 1.0}


@dataclass(frozen=True)
class Assumptions:
    """Shares; the defaults stand until somebody knows better.

    offer_effect: of those who take up an item in the course of things, as many more (as a share) do
        so because of an offer: the stand-in for an experiment. offer_effect_cv: its relative spread.
    wallet_quantile: realistic wallet = this quantile of spend among comparable customers.
    base_share: of the wallet room that no other stream claims, the share that can be won.

    Raises:
        UsageError: VALUE-203 for one out of its range.
    """

    offer_effect: float = 0.30
    offer_effect_cv: float = 0.50
    wallet_quantile: float = 0.80
    base_share: float = 0.10

    def __post_init__(self) -> None:
        for name, seen in asdict(self).items():
            open_ended = name == "wallet_quantile"  # 0 and 1 are no quantiles of a sample
            low, high = 0.0, MOST[name]
            if not (low < seen < high if open_ended else low <= seen <= high):
                raise UsageError("VALUE-203", name=name, seen=seen, most=f"{high:g}")

    def to_json(self) -> dict[str, float]:
        return asdict(self)


NAMES = tuple(field.name for field in fields(Assumptions))
