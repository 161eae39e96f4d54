"""From gross sales to historical value, cent by cent: the waterfall of each customer.

    gross sales - discounts - refunds = net sales
    net sales - goods - fulfilment - fees - service - retention - acquisition - other = historical value

Which costs are deducted is the value basis: none (net revenue), goods only (gross margin), or all
(contribution margin). A flat margin stands for the cost of goods.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.base.parts import COST_KINDS
from lifeworth.value.cents import to_cents

Array = NDArray[np.float64]
Cents = NDArray[np.int64]
Basis = Literal["net_revenue", "gross_margin", "contribution_margin"]
BASES: tuple[Basis, ...] = ("net_revenue", "gross_margin", "contribution_margin")
ACQUISITION = "acquisition"


@dataclass(frozen=True)
class Ledger:
    """n customers in integer cents, arrays (n,); `costs` has every kind of COST_KINDS."""

    gross_sales: Cents
    discounts: Cents
    refunds: Cents
    net_sales: Cents
    costs: dict[str, Cents]

    @property
    def historical(self) -> Cents:
        return np.asarray(self.net_sales - sum(self.costs.values()), np.int64)

    def columns(self) -> dict[str, Cents]:
        """The steps of the waterfall by the names of the published columns."""
        steps = {
            "gross_sales": self.gross_sales,
            "discounts": self.discounts,
            "refunds": self.refunds,
            "net_sales": self.net_sales,
        }
        return steps | {f"{kind}_cost": self.costs[kind] for kind in COST_KINDS}


def choose_basis(asked: str, *, goods: bool, further: bool) -> Basis:
    """The basis that was asked for, or for "auto" the deepest one that the data carry.

    Args:
        goods: the cost of goods is known, from a margin, the lines or a file.
        further: other costs are known.
    Raises:
        UsageError: VALUE-101 for an unknown basis, VALUE-102 for one that the data cannot carry.
    """
    if asked == "auto":
        return "contribution_margin" if further else "gross_margin" if goods else "net_revenue"
    basis = next((each for each in BASES if each == asked), None)
    if basis is None:
        raise UsageError("VALUE-101", seen=asked, known=", ".join(BASES))
    if (basis == "gross_margin" and not goods) or (basis == "contribution_margin" and not further):
        raise UsageError("VALUE-102", seen=asked)
    return basis


def deducted(costs: Mapping[str, Array], basis: Basis) -> dict[str, Array]:
    """The kinds of cost that a basis deducts."""
    if basis == "net_revenue":
        return {}
    return {kind: part for kind, part in costs.items() if kind == "goods" or basis != "gross_margin"}


def running_cost(costs: Mapping[str, Array], customers: int) -> Array:
    """Costs that go on while a customer goes on buying: everything but acquisition, shape (n,)."""
    return sum((part for kind, part in costs.items() if kind != ACQUISITION), np.zeros(customers))


def ledger(
    gross_sales: Array, refunds: Array, net_sales: Array, costs: Mapping[str, Array], margin: float | None
) -> Ledger:
    """The waterfall of n customers from exact amounts in major units, each (n,).

    Discounts are what lies between: gross sales - refunds - net sales.

    Args:
        costs: what the basis deducts, by kind.
        margin: flat share of net sales that is left after the cost of goods, or None.
    """
    gross, back, net = (to_cents(each) for each in (gross_sales, refunds, net_sales))
    nothing = np.zeros(len(net), np.int64)
    parts = {kind: to_cents(costs[kind]) if kind in costs else nothing for kind in COST_KINDS}
    if margin is not None:
        parts["goods"] = parts["goods"] + net - to_cents(net / 100 * margin)
    return Ledger(gross, gross - back - net, back, net, parts)
