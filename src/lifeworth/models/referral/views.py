"""Both views of realised referral value, labelled, with the band over what nobody can know.

Ids of referrers say who referred whom, never who would have come anyway. Without a hold-out the
honest answer is a band over that share from 0 to 1. Gross falls as the share rises; net of one
customer need not be monotone, so its band is taken over a grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.referral.shapley import checked, gross_value, net_value

Floats = NDArray[np.float64]
GRID = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class View:
    """One way to count. name: "net" or "gross"; additive: whether customers may be summed.

    value: (n,) at the share assumed; low, high: (n,) the least and the most over the grid of
    shares; label: key of the sentence that must stand beside the figure.
    """

    name: str
    additive: bool
    value: Floats
    low: Floats
    high: Floats

    @property
    def label(self) -> str:
        return f"referral.view.{self.name}"


@dataclass(frozen=True)
class Views:
    """net holds own value and what came through others; net_referral is the second part alone.

    shares: the grid of would-have-joined; moved: per share, how much value the net view moves
    from the customers who spent it to those who referred them.
    """

    net: View
    gross: View
    net_referral: Floats
    shares: Floats
    moved: Floats


def referral_views(
    parents: Any,
    values: Any,
    would_have_joined: Any,
    ids: Any = None,
    *,
    acquired: Any = None,
    discount_rate: float = 0.0,
    grid: Sequence[float] = GRID,
) -> Views:
    """Net and gross value of n customers with their bands. Arguments and errors as in `shapley`."""
    tree, own, anyway = checked(parents, values, would_have_joined, ids)
    dated = {"acquired": acquired, "discount_rate": discount_rate}
    net = net_value(tree, own, anyway)
    gross = gross_value(tree, own, anyway, **dated)
    net_low, net_high, gross_low, gross_high = net.copy(), net.copy(), gross.copy(), gross.copy()
    moved = []
    for share in grid:
        other = net_value(tree, own, share)
        moved.append(0.5 * float(np.abs(other - own).sum()))
        np.minimum(net_low, other, out=net_low)
        np.maximum(net_high, other, out=net_high)
        other = gross_value(tree, own, share, **dated)
        np.minimum(gross_low, other, out=gross_low)
        np.maximum(gross_high, other, out=gross_high)
    return Views(
        View("net", True, net, net_low, net_high),
        View("gross", False, gross, gross_low, gross_high),
        net - own,
        np.asarray(grid, np.float64),
        np.array(moved),
    )
