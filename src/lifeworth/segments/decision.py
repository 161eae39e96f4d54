"""Keep, grow, fix, release: which relationships are worth what is spent on them.

The rule is data (`DecisionRule`) and never looks at an estimate alone; the first that holds counts:

    fix      margin ahead below zero even at its upper end, and above zero even at its lower end without the
             cost of service and retention: the way they are served costs more than they bring
    release  future value below zero even at its upper end, after all costs and the cost to serve
    grow     expected potential value, at its lower end, holds `grow_share` of future value or more
    keep     everybody else

Without any recorded cost of service or retention, and no cost to serve set, nobody can tell who is worth
it: then there is only grow and keep. Release is advice to stop spending, never an act of the program.
Source: methods §1 for the ledger; Gupta & Lehmann (2005), Managing Customers as Investments, ch. 3.
"""

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError

Array = NDArray[np.float64]
DECISIONS = ("keep", "grow", "fix", "release")
KEEP, GROW, FIX, RELEASE = range(4)


@dataclass(frozen=True)
class DecisionRule:
    """confidence: how sure an end of an interval is, one-sided, as the ends of a 90 % interval are at .95;
    grow_share: of future value; cost_to_serve: money per customer over the horizon that no cost file has.

    Raises UsageError VALUE-073 for one out of its range.
    """

    confidence: float = 0.95
    grow_share: float = 0.25
    cost_to_serve: float = 0.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("confidence", 0.5, 0.999),
            ("grow_share", 0.0, 1.0),
            ("cost_to_serve", 0.0, 1e12),
        ):
            if not low <= getattr(self, name) <= high:
                raise UsageError("VALUE-073", setting=name, seen=getattr(self, name), low=low, high=high)

    @property
    def reach(self) -> float:
        """Standard deviations from the middle of a normal law to such an end."""
        return NormalDist().inv_cdf(self.confidence)

    def thresholds(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True)
class Evidence:
    """Of n customers, (n,) each.

    margin, margin_sd: profit per unit of net sales to come, all running costs deducted, and how unsure it is;
    service: what of it service and retention take; current, upper: current value, and its upper end at the
    rule's confidence with the margin's own doubt; potential_low: lower end of expected potential
    value (`Potential.least`); potential_high: upper end of potential value itself.
    """

    margin: Array
    margin_sd: Array
    service: Array
    current: Array
    upper: Array
    potential_low: Array
    potential_high: Array


@dataclass(frozen=True)
class DecisionPart:
    """codes: (n,) of `DECISIONS`; serving: expected cost of service and retention over the horizon, part of
    what current value has deducted, (n,); costs_known: without them nobody is to be fixed or released.
    """

    codes: NDArray[np.str_]
    serving: Array
    rule: DecisionRule
    costs_known: bool

    @property
    def record(self) -> dict[str, Any]:
        """`summary.decisions`."""
        return {"costs_known": self.costs_known, "rule": self.rule.thresholds()}


def decide(rule: DecisionRule, found: Evidence, *, costs_known: bool) -> NDArray[np.str_]:
    """The decision for each customer, (n,) of `DECISIONS`."""
    least = np.maximum(found.potential_low, 0.0)
    grows = (least > 0) & (least >= rule.grow_share * (least + np.maximum(found.current, 0.0)))
    kind = np.where(grows, GROW, KEEP)
    if costs_known:
        wide = rule.reach * found.margin_sd
        losing = found.margin + wide < 0
        served_dear = losing & (found.margin + found.service - wide > 0)
        hopeless = found.upper + np.maximum(found.potential_high, 0.0) - rule.cost_to_serve < 0
        kind = np.where(served_dear, FIX, np.where(hopeless, RELEASE, kind))
    return np.array(DECISIONS)[kind]


class UpperEnds:
    """The upper end of current value where it can lie below zero, block by block of the simulation.

    That needs a margin below zero, or a cost to serve; elsewhere the end is told as infinite, for then it
    decides nothing.
    """

    def __init__(
        self, rule: DecisionRule, margin: Array, margin_sd: Array, discount: Array, shocks: Array
    ) -> None:
        self.rule, self.margin, self.sd = rule, margin, margin_sd
        self.discount, self.shocks = discount, shocks
        self.doubtful = (margin < 0) | (rule.cost_to_serve > 0)
        self.upper = np.where(self.doubtful, 0.0, np.inf)

    def add(self, rows: slice, sales: Array, factors: Array, beside: Array) -> None:
        """Net sales of some rows in each draw, and value from elsewhere, on which neither margin nor level
        has a say, (rows, draws) each; factors: of the level, (draws,)."""
        doubtful = np.flatnonzero(self.doubtful[rows])
        if not len(doubtful):
            return
        at = doubtful + rows.start
        rate = self.margin[at, None] + self.sd[at, None] * self.shocks
        value = sales[doubtful] * self.discount[at, None] * rate * factors + beside[doubtful]
        self.upper[at] = np.quantile(value, self.rule.confidence, axis=1)
