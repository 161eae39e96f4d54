"""Discount guard-rail: how deep a lasting discount may go before a group is worth less than a target.

A discount takes the share d off the price of everything that is sold; as many units are sold and their cost
stays, so that a unit of today's net sales, which earned the margin m, earns m - d. With S the group's net
sales ahead, discounted, value becomes (m - d) S, and

    keep      a share k of current value m S is left:      d = m (1 - k)
    customer  each of n customers is worth y on average:   d = m - y n / S
    order     each purchase earns y:                       d = m - y / e,   e spend per purchase

No answer of demand is assumed: `more_needed` = d / (m - d) is the share of further purchases that would
bring today's value back. An end of the interval takes that end of margin and of sales ahead together, which
is rather wider than 90 %. What to give is the lower end, never below 0.
"""

from dataclasses import dataclass
from typing import Literal

from lifeworth.base.errors import UsageError

Kind = Literal["keep", "customer", "order"]
KINDS: tuple[Kind, ...] = ("keep", "customer", "order")
Ends = tuple[float, float, float]  # value, low, high


@dataclass(frozen=True)
class Target:
    """amount: a share for "keep", else money. Raises UsageError VALUE-331 for one that cannot be."""

    kind: Kind = "keep"
    amount: float = 0.8

    def __post_init__(self) -> None:
        high = 1.0 if self.kind == "keep" else 1e12
        if self.kind not in KINDS or not 0.0 <= self.amount <= high:
            raise UsageError("VALUE-331", kind=self.kind, seen=self.amount, known=", ".join(KINDS))


@dataclass(frozen=True)
class Group:
    """margin: of a unit of net sales ahead; sales: net sales ahead, discounted; both (value, low, high).
    spend: per purchase."""

    customers: int
    margin: Ends
    sales: Ends
    spend: float


def chosen_target(
    *, keep: float | None = None, customer: float | None = None, order: float | None = None
) -> Target:
    """The one target that is given; 80 % of current value without any. Raises UsageError VALUE-331, 333."""
    given = {"keep": keep, "customer": customer, "order": order}
    told = {kind: amount for kind, amount in given.items() if amount is not None}
    if len(told) > 1:
        raise UsageError("VALUE-333", seen=", ".join(told))
    return next((Target(kind, told[kind]) for kind in KINDS if kind in told), Target())


def deepest(group: Group, target: Target) -> Ends | None:
    """The deepest discount as a share of price, with its ends; below 0 where even today's price falls short.

    None for a group that is expected to buy nothing.
    """
    if not group.customers or group.sales[0] <= 0 or group.spend <= 0:
        return None
    value, low, high = (_deepest(group, target, m, s) for m, s in zip(group.margin, group.sales, strict=True))
    return value, min(low, value), max(high, value)


def more_needed(discount: float, margin: float) -> float | None:
    """Share of further purchases that undo a discount; None where no number of them does."""
    return discount / (margin - discount) if margin > discount else None


def _deepest(group: Group, target: Target, margin: float, sales: float) -> float:
    if target.kind == "keep":
        return margin * (1.0 - target.amount) if margin > 0 else margin
    if target.kind == "order":
        return margin - target.amount / group.spend
    return margin - target.amount * group.customers / sales if sales > 0 else min(margin, 0.0)
