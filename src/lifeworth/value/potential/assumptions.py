"""What orders alone cannot say of potential; declared here, printed with every run."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Assumptions:
    """Shares in 0..1.

    offer_effect: of those who take up an item in the course of things, as many more (as a share) do
        so because of an offer: the stand-in for an experiment. offer_effect_cv: its relative spread.
    wallet_quantile: realistic wallet = this quantile of spend among comparable customers.
    base_share: of the wallet room that no other stream claims, the share that can be won.
    """

    offer_effect: float = 0.30
    offer_effect_cv: float = 0.50
    wallet_quantile: float = 0.80
    base_share: float = 0.10

    def to_json(self) -> dict[str, float]:
        return asdict(self)
