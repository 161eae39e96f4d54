"""Transaction value against referral value: champions, affluents, advocates, misers.

Champions (双高客户) buy much and bring much; affluents (高消费客户) buy much and bring little;
advocates (口碑客户) bring much and buy little; misers (双低客户) do little of both. Plays follow from what
is missing: purchase incentives for advocates, referral incentives for affluents, both for misers.
Referral value must be the net view, or the same money is counted for two customers.
P(class) counts draws on both sides of the borders, block by block; below 60 % a customer is borderline.
Source: Kumar, Petersen & Leone (2007), Harvard Business Review 85(10); methods.md 5.1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral.gamma_law import gamma_tail
from lifeworth.models.referral.shapley import column

Floats = NDArray[np.float64]
Draws = Callable[[slice], tuple[Floats, Floats]]
CLASSES = ("champions", "affluents", "advocates", "misers")
BORDERLINE = 0.60
BLOCK_ROWS = 8_192


@dataclass(frozen=True)
class ClassRule:
    """At least so much is high. given: the borders a person set; the others split the base in half."""

    transaction: float
    referral: float
    given: tuple[str, ...] = ()

    def classify(self, transaction: Floats, referral: Floats) -> NDArray[np.int8]:
        """Index into `CLASSES`, for arrays of any one shape."""
        rich, loud = transaction >= self.transaction, referral >= self.referral
        return np.where(rich, np.where(loud, 0, 1), np.where(loud, 2, 3)).astype(np.int8)


@dataclass(frozen=True)
class ReferralClasses:
    """codes: (n,) of `CLASSES`; probability: (n, 4), and of the own class (n,); borderline: (n,).
    The last three are None where nothing was said about uncertainty."""

    codes: NDArray[np.str_]
    rule: ClassRule
    probabilities: Floats | None
    probability: Floats | None
    borderline: NDArray[np.bool_] | None

    def key(self, row: int, part: str = "name") -> str:
        """Catalogue key of the class's "name", "means" or "play"."""
        return f"referral.class.{self.codes[row]}.{part}"


def class_rule(
    transaction: Any,
    referral: Any,
    *,
    transaction_border: float | None = None,
    referral_border: float | None = None,
) -> ClassRule:
    """Borders: business values, or the median customer's own value; of referral value among those who
    have any, since most bring nobody."""
    bought, brought = _columns(transaction, referral)
    given = tuple(
        name for name, border in (("transaction", transaction_border), ("referral", referral_border))
        if border is not None
    )  # fmt: skip
    for border in (transaction_border, referral_border):
        if border is not None and not np.isfinite(border):
            raise UsageError("MODEL-315", name="border", seen=str(border))
    if transaction_border is None:
        transaction_border = float(np.median(bought))
    if referral_border is None:
        some = brought[brought > 0]
        referral_border = float(np.median(some)) if len(some) else np.inf
    return ClassRule(float(transaction_border), float(referral_border), given)


def referral_classes(
    transaction: Any, referral: Any, *, rule: ClassRule | None = None, draws: Draws | None = None
) -> ReferralClasses:
    """Classes of n customers.

    Args:
        transaction, referral: (n,) own value and net referral value, same money.
        rule: borders; without it those of `class_rule`.
        draws: for a slice of customers, drawn values of both, (rows, d) or (rows, 1) where certain.
    Raises ModelError MODEL-305, MODEL-311.
    """
    bought, brought = _columns(transaction, referral)
    rule = rule or class_rule(bought, brought)
    kinds = rule.classify(bought, brought)
    codes = np.array(CLASSES)[kinds]
    if draws is None:
        return ReferralClasses(codes, rule, None, None, None)
    chances = np.empty((len(kinds), len(CLASSES)))
    for start in range(0, len(kinds), BLOCK_ROWS):
        rows = slice(start, min(start + BLOCK_ROWS, len(kinds)))
        drawn = rule.classify(*np.broadcast_arrays(*draws(rows)))
        for kind in range(len(CLASSES)):
            chances[rows, kind] = (drawn == kind).mean(axis=1)
    return _told(codes, rule, chances, kinds)


def classes_by_spread(
    transaction: Any, transaction_sd: Any, referral: Any, referral_sd: Any, *, rule: ClassRule | None = None
) -> ReferralClasses:
    """The same from means and standard deviations: both values as independent gamma laws, and nothing
    below zero. A spread of 0 is certainty."""
    bought, brought = _columns(transaction, referral)
    rule = rule or class_rule(bought, brought)
    rich = _above(bought, column(transaction_sd, "transaction_sd", len(bought)), rule.transaction)
    loud = _above(brought, column(referral_sd, "referral_sd", len(bought)), rule.referral)
    chances = np.column_stack([rich * loud, rich * (1 - loud), (1 - rich) * loud, (1 - rich) * (1 - loud)])
    kinds = rule.classify(bought, brought)
    return _told(np.array(CLASSES)[kinds], rule, chances, kinds)


def _told(
    codes: NDArray[np.str_], rule: ClassRule, chances: Floats, kinds: NDArray[np.int8]
) -> ReferralClasses:
    own = chances[np.arange(len(kinds)), kinds]
    return ReferralClasses(codes, rule, chances, own, own < BORDERLINE)


def _above(mean: Floats, sd: Floats, border: float) -> Floats:
    """P(value >= border)."""
    result = (mean >= border).astype(np.float64)
    open_ = (sd > 0) & (mean > 0) & (border > 0) & np.isfinite(border)
    shape = np.clip((mean[open_] / sd[open_]) ** 2, 1e-3, 1e4)
    result[open_] = gamma_tail(border * shape / mean[open_], shape)
    return result


def _columns(transaction: Any, referral: Any) -> tuple[Floats, Floats]:
    bought = np.asarray(transaction, np.float64)
    if bought.ndim != 1 or not len(bought):
        raise ModelError("MODEL-314", what="customers", seen=int(bought.size), wanted=1)
    return column(bought, "transaction", len(bought)), column(referral, "referral", len(bought))
