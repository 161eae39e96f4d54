"""What each customer brought and will bring through others, net and gross, in the statement's money.

Net: the historical value of every customer is split over itself and the referrers it needed, so the
sum over customers stays the sum of historical values, to the cent. Gross: what would be missing
without this customer; never summed. How many would have come anyway (pi) no referral file tells:
both stand with their band over pi from 0 to 1. What is still to come enters potential value only
where pi was given; otherwise it counts as 0 and the band is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.base.levels import NORMAL_95
from lifeworth.models.referral.classes import ReferralClasses, classes_by_spread
from lifeworth.models.referral.epidemic import EpidemicReferral
from lifeworth.models.referral.future import FutureValue, future_value
from lifeworth.models.referral.inputs import referrals
from lifeworth.models.referral.shapley import gross_value
from lifeworth.models.referral.tree import ReferralTree
from lifeworth.models.referral.views import GRID, Views, referral_views
from lifeworth.value.cents import to_cents
from lifeworth.value.discounting import rate_per_day

Array = NDArray[np.float64]
Cents = NDArray[np.int64]
BELIEVED = 0.5  # a referral is taken for one where its confidence is at least this
RANKING_SHARE = 0.5  # pi by which customers are ranked and classed where none is known


@dataclass(frozen=True)
class Money:
    """Per customer, major units, (n,): what they brought and will bring themselves.

    recruit: discounted value over the horizon of one new customer, from its arrival on.
    """

    historical: Cents
    current: Array
    current_low: Array
    current_high: Array
    recruit: float


@dataclass(frozen=True)
class Expected:
    """Net value of recruits to come, (n,): at the assumed share, and its least and most over all shares."""

    value: Array
    low: Array
    high: Array
    by_share: list[tuple[float, float]]  # (share, sum over customers)


@dataclass(frozen=True)
class ReferralValue:
    """n customers in their order. `model` is None with fewer than two referrals: nothing is expected.

    `share`: the assumed pi, or None; `net` in cents sums to the historical value in cents.
    """

    tree: ReferralTree
    share: float | None
    net: Cents
    views: Views
    naive: float  # sum over customers of own value and that of all descendants
    expected: Expected
    model: EpidemicReferral | None
    future: FutureValue | None
    classes: ReferralClasses
    findings: list[Finding]

    @property
    def referral_net(self) -> Array:
        """Net value through others, brought and to come, (n,)."""
        return self.views.net_referral + self.expected.value

    @property
    def through(self) -> Array:
        """The same with its band over all shares, (3, n)."""
        own, net, expected = self.views.net.value - self.views.net_referral, self.views.net, self.expected
        low, high = net.low - own + expected.low, net.high - own + expected.high
        return np.stack([self.referral_net, low, high])

    def reproduction(self) -> dict[str, Array]:
        """R of each customer with its interval; NaN where nothing was fitted."""
        if self.model is None:
            nothing = np.full(len(self.tree), np.nan)
            return {"mean": nothing, "low": nothing, "high": nothing}
        return self.model.reproduction_numbers()


def referral_value(
    ids: list[str],
    acquired: NDArray[Any],
    referrer: list[str | None],
    confidence: Array,
    money: Money,
    *,
    day: int,
    horizon_days: float,
    annual_rate: float,
    share: float | None,
    covariates: Mapping[str, Array] | None = None,
) -> ReferralValue:
    """Realised and expected referral value of n customers.

    Args:
        acquired: day of the first purchase, (n,).
        confidence: of each customer's referrer, 0..1; the chance to have been needed is scaled by it.
        share: pi, the share who would have come anyway; None: not known.
        covariates: further knowledge of customers, such as survey answers; NaN where not told.
    Raises:
        UsageError: VALUE-201 for a share outside 0..1.
    """
    if share is not None and not 0.0 <= share <= 1.0:
        raise UsageError("VALUE-201", seen=share)
    unsure = [who is not None and sure < BELIEVED for who, sure in zip(referrer, confidence, strict=True)]
    believed = [None if doubt else who for who, doubt in zip(referrer, unsure, strict=True)]
    known = {name: answers for name, answers in (covariates or {}).items() if np.nanstd(answers) > 0}
    data = {"customer_id": ids, "acquired_day": acquired.astype(np.float64), "referrer_id": believed, **known}
    model, tree, findings = _fitted(data, day, tuple(known))
    if any(unsure):
        findings.append(Finding("referrals_unsure", "info", {"count": sum(unsure)}))
    assumed = RANKING_SHARE if share is None else share
    own = money.historical / 100
    anyway = _anyway(assumed, confidence)
    views = referral_views(tree, own, anyway)
    expected, future = _expected(model, money.recruit, confidence, assumed, horizon_days, annual_rate)
    return ReferralValue(
        tree=tree,
        share=share,
        net=_cents_of(views.net.value, int(money.historical.sum())),
        views=views,
        naive=float(own.sum() + gross_value(tree, own, 0.0).sum()),
        expected=expected,
        model=model,
        future=future,
        classes=_classes(own, money, views, expected, model),
        findings=findings,
    )


def _fitted(
    data: Mapping[str, Any], day: int, covariates: tuple[str, ...]
) -> tuple[EpidemicReferral | None, ReferralTree, list[Finding]]:
    try:
        model = EpidemicReferral(covariates).fit(data, as_of=day)
    except ModelError as reason:
        if reason.code != "MODEL-314":
            raise
        names = {name: name for name in ("customer_id", "acquired_day", "referrer_id")}
        found = referrals(data, day, (), names)
        return None, found.tree, [*found.findings, Finding("referrals_too_few", "warn", {})]
    return model, model.customers_.tree, list(model.findings_)


def _anyway(share: float, confidence: Array) -> Array:
    return 1.0 - (1.0 - share) * confidence


def _expected(
    model: EpidemicReferral | None,
    recruit: float,
    confidence: Array,
    assumed: float,
    horizon_days: float,
    annual_rate: float,
) -> tuple[Expected, FutureValue | None]:
    """Net value of the recruits of the horizon at the assumed share, with the band over all shares."""
    if model is None:
        nothing = np.zeros(len(confidence))
        return Expected(nothing, nothing, nothing, [(share, 0.0) for share in GRID]), None

    def at(share: float) -> FutureValue:
        return future_value(
            model, recruit, _anyway(share, confidence), horizon=horizon_days,
            discount_rate=rate_per_day(annual_rate),
        )  # fmt: skip

    future = at(assumed)
    low, high, sums = future.net.copy(), future.net.copy(), []
    for share in GRID:
        net = future.net if share == assumed else at(share).net
        np.minimum(low, net, out=low)
        np.maximum(high, net, out=high)
        sums.append((share, float(net.sum())))
    return Expected(future.net, low, high, sums), future


def _classes(
    own: Array, money: Money, views: Views, expected: Expected, model: EpidemicReferral | None
) -> ReferralClasses:
    """Transaction value (own, so far and to come) against net referral value, with P(class)."""
    transaction_sd = np.maximum(money.current_high - money.current_low, 0.0) / (2 * NORMAL_95)
    referral = views.net_referral + expected.value
    spread = np.zeros(len(own))
    if model is not None:
        R = model.reproduction_numbers()
        relative = (R["high"] - R["low"]) / (2 * NORMAL_95) / np.maximum(R["mean"], 1e-12)
        spread = expected.value * relative
    return classes_by_spread(own + money.current, transaction_sd, referral, np.abs(spread))


def _cents_of(amounts: Array, total: int) -> Cents:
    """Amounts in cents whose sum is `total` cents."""
    cents = to_cents(amounts)
    left = total - int(cents.sum())  # a float sum may settle one cent off
    if left and len(cents):
        cents[int(np.argmax(np.abs(cents)))] += left
    return cents
