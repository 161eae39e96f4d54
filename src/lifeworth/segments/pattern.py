"""Gold, comet, stream, burden: profit per order against the repeat purchases still to come.

Gold (金子) earns much per order and comes often, comet (彗星) much but rarely, stream (溪流)
little but often, burden (压力) little and rarely. A customer whose expected profit over the
horizon does not reach the cost to serve is a burden too, whichever axis is high: that is the
break-even curve profit x repeats = cost to serve.

Expected repeats are those of the forecast over the horizon, not past counts: a customer who
bought ten times and left is no stream. The borders, unless given:
repeats: one purchase, or the median customer's expectation where that is more. Below one, "comes
    often" would mean less than an even chance to come at all;
profit: the median among customers who reach the cost to serve (whole tie groups, as in
    `rfm_classes.median_split`).

P(class) counts the draws of profit and repeats that fall into each class, block by block
(`PatternCounter`), so a million customers need no million-by-draws table. The class itself comes
from the expectations; below 60 % it is borderline.
Source: methods §1; classes (a) to (c) there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.segments.columns import Array, Reason, checked
from lifeworth.segments.rfm_classes import median_split

PATTERNS = ("gold", "comet", "stream", "burden")
GOLD, COMET, STREAM, BURDEN = range(4)
BORDERLINE = 0.60


@dataclass(frozen=True)
class PatternRule:
    """Borders of one run. profit: money per order; repeats: purchase days over the horizon;
    cost_to_serve: money per customer over the horizon; given: the borders that a person set.
    """

    profit: float
    repeats: float
    cost_to_serve: float = 0.0
    given: tuple[str, ...] = ()

    def classify(self, profit: Array, repeats: Array) -> NDArray[np.int8]:
        """Index into `PATTERNS`, for arrays of any one shape."""
        rich, often = profit >= self.profit, repeats >= self.repeats
        kind = np.where(rich, np.where(often, GOLD, COMET), np.where(often, STREAM, BURDEN))
        return np.where(profit * repeats < self.cost_to_serve, BURDEN, kind).astype(np.int8)

    def thresholds(self) -> dict[str, float]:
        """For `results.summary.Group.thresholds` and the sentence that states the rule."""
        return {
            "profit_per_order": self.profit,
            "expected_repeats": self.repeats,
            "cost_to_serve": self.cost_to_serve,
        }


@dataclass
class PatternCounter:
    """Counts classes over draws, block by block, in any order; each block holds all its draws."""

    rule: PatternRule
    customers: int
    probability: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.probability = np.zeros((self.customers, len(PATTERNS)), np.float32)

    def add_futures(
        self, rows: slice, purchases: NDArray[np.integer], profit: Array, *, expected_profit: Array
    ) -> None:
        """Simulated futures of some rows, (rows, draws): purchase days, and the profit of them all.

        Args:
            expected_profit: profit per order of n customers, for futures in which nobody buys.
        """
        per_order = np.divide(profit, purchases, out=np.zeros_like(profit), where=purchases > 0)
        self.add(
            rows.start,
            np.where(purchases > 0, per_order, expected_profit[rows, None]),
            purchases.astype(np.float64),
        )

    def add(self, start: int, profit_draws: Array, repeats_draws: Array) -> None:
        """Rows start.. of the base; draws of shape (rows, draws), or (rows, 1) where a side is certain."""
        kinds = self.rule.classify(*np.broadcast_arrays(profit_draws, repeats_draws))
        rows = slice(start, start + len(kinds))
        for kind in range(len(PATTERNS)):
            self.probability[rows, kind] = (kinds == kind).mean(axis=1)


@dataclass(frozen=True)
class PatternResult:
    """codes: (n,) of `PATTERNS`; probability: (n,) of the own class; classes: (n, 4) of all four;
    borderline: (n,) probability below 60 %. The last three are None without draws.
    """

    codes: NDArray[np.str_]
    rule: PatternRule
    probability: NDArray[np.float32] | None
    classes: NDArray[np.float32] | None
    borderline: NDArray[np.bool_] | None
    as_of_day: int | None
    values: tuple[Array, Array]

    def reason(self, row: int) -> Reason:
        """`.reason`, or `.loss_reason` for a burden that is one by the break-even curve."""
        profit, repeats = (float(column[row]) for column in self.values)
        facts = {"profit": profit, "repeats": repeats, **self.rule.thresholds()}
        loss = profit * repeats < self.rule.cost_to_serve
        name = "loss_reason" if loss else "reason"
        return Reason(f"segment.pattern.{self.codes[row]}.{name}", facts, self.as_of_day)


def pattern_rule(
    profit_per_order: Array,
    expected_repeats: Array,
    *,
    profit: float | None = None,
    repeats: float | None = None,
    cost_to_serve: float = 0.0,
) -> PatternRule:
    """The borders for these customers; `profit` and `repeats` are business values, if set.

    Raises:
        UsageError VALUE-064, VALUE-065 (columns), VALUE-068 (a border is not a number).
    """
    earned, expected = checked(profit_per_order=profit_per_order, expected_repeats=expected_repeats)
    own = {name: value for name, value in (("profit", profit), ("repeats", repeats)) if value is not None}
    if not all(map(np.isfinite, (*own.values(), cost_to_serve))):
        raise UsageError("VALUE-068", seen=f"{own}, cost_to_serve {cost_to_serve}")
    if repeats is None:
        repeats = max(1.0, median_split(expected)) if len(expected) else 1.0
    if profit is None:
        carried = earned[earned * expected >= cost_to_serve]
        pool = carried if len(carried) else earned
        profit = median_split(pool) if len(pool) else 0.0
    return PatternRule(float(profit), float(repeats), float(cost_to_serve), tuple(own))


def patterns(
    profit_per_order: Array,
    expected_repeats: Array,
    *,
    rule: PatternRule | None = None,
    cost_to_serve: float = 0.0,
    draws: Callable[[slice], tuple[Array, Array]] | tuple[Array, Array] | None = None,
    classes: NDArray[np.floating] | None = None,
    block_rows: int = 8192,
    as_of_day: int | None = None,
) -> PatternResult:
    """Classes of n customers.

    Args:
        profit_per_order: expected profit per purchase day (revenue, where that is the basis).
        expected_repeats: expected purchase days over the horizon.
        rule: borders; without it those of `pattern_rule`.
        cost_to_serve: money per customer over the horizon; only without `rule`.
        draws: (profit, repeats) of shape (n, draws), or a function that gives them for a slice
            of customers; purchase days may be realised counts or expectations per draw.
        classes: (n, 4) probabilities of a `PatternCounter`, instead of draws.
    Raises:
        UsageError VALUE-064, VALUE-065, VALUE-068.
    """
    earned, expected = checked(profit_per_order=profit_per_order, expected_repeats=expected_repeats)
    rule = rule or pattern_rule(earned, expected, cost_to_serve=cost_to_serve)
    kinds = rule.classify(earned, expected)
    if draws is not None:
        classes = _count(rule, len(kinds), draws, block_rows)
    probability = borderline = None
    if classes is not None:
        probability = classes[np.arange(len(kinds)), kinds].astype(np.float32)
        borderline = probability < BORDERLINE
        classes = classes.astype(np.float32)
    codes = np.array(PATTERNS)[kinds]
    return PatternResult(codes, rule, probability, classes, borderline, as_of_day, (earned, expected))


def _count(
    rule: PatternRule,
    customers: int,
    draws: Callable[[slice], tuple[Array, Array]] | tuple[Array, Array],
    block_rows: int,
) -> NDArray[np.float32]:
    counter = PatternCounter(rule, customers)
    for start in range(0, customers, block_rows):
        rows = slice(start, min(start + block_rows, customers))
        profit, repeats = draws(rows) if callable(draws) else (draws[0][rows], draws[1][rows])
        counter.add(start, profit, repeats)
    return counter.probability
