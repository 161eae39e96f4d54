"""What customers will still bring through others: expected net and gross value, generation by generation.

The future is a cloud of expected recruits, not a list, so the two views are computed on
expectations. Gross follows the formula of descendant value with every referral weighted by the
chance to be needed. Net is Shapley's split on expected descendants: the same integral over x as
for the observed tree, with the descendants' series in closed form (or integrated to a horizon).
Today's customers share only what their descendants bring; the rest is kept by those descendants,
who are not customers yet, so the two parts add up to all value that is expected to be brought.
Source: methods.md 5.2 (b) to (d).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral.epidemic import EpidemicReferral
from lifeworth.models.referral.generations import (
    descendants_only,
    discounted_generations,
    open_share_path,
    spectral_radius,
    value_within,
)
from lifeworth.models.referral.incrementality import recruit_value
from lifeworth.models.referral.shapley import FORGOTTEN, probabilities, split
from lifeworth.models.referral.tree import listed

Floats = NDArray[np.float64]
BORROWED_CUSTOMERS, BORROWED_RECRUITS = 20.0, 2.0
MOST_GENERATIONS = 400


@dataclass(frozen=True)
class NextGeneration:
    """types: (k,) names; code: (n,) type of each customer; K: (k, k) recruits per customer over its life."""

    types: list[Any]
    code: NDArray[np.int64]
    K: Floats

    @property
    def reproduction_number(self) -> float:
        return spectral_radius(self.K)


@dataclass(frozen=True)
class FutureValue:
    """Per customer (n,), in the order of the rows, at the as-of date.

    direct: expected direct referrals still to come;
    net: share of all expected descendants' value by Shapley's split: may be summed;
    gross: what would be lost if the customer stopped referring today: may not be summed;
    gross_lineage: the same with what its existing descendants will still bring;
    expected: value of all expected descendants; kept_by_recruits: the part that stays with them.
    """

    direct: Floats
    net: Floats
    gross: Floats
    gross_lineage: Floats
    expected: float
    kept_by_recruits: float
    reproduction_number: float
    horizon: float | None


def next_generation(model: EpidemicReferral, types: Any = None) -> NextGeneration:
    """K of a fitted model. `types` (n,) says what kind each customer is; None: all one kind.

    Small types borrow from the whole: the rate as if 20 more average customers had been seen, the
    mix of recruits as if 2 more average recruits had.
    """
    found = model.customers_
    names = ["all"] if types is None else sorted(set(listed(types)), key=str)
    given = ["all"] * len(found) if types is None else listed(types)
    if len(given) != len(found):
        raise ModelError("MODEL-311", column="types", rows=len(given), wanted=len(found))
    at = {name: place for place, name in enumerate(names)}
    code = np.array([at[name] for name in given], np.int64)
    k = len(names)
    referrals, lives = model.referrals_and_lives()
    whole = referrals.sum() / lives.sum()
    per_type = np.bincount(code, referrals, k) + BORROWED_CUSTOMERS * whole
    rate = per_type / (np.bincount(code, lives, k) + BORROWED_CUSTOMERS)
    child = np.flatnonzero(found.tree.parents >= 0)
    pairs = np.zeros((k, k))
    np.add.at(pairs, (code[found.tree.parents[child]], code[child]), 1.0)
    overall = (pairs.sum(axis=0) + 1.0) / (pairs.sum() + k)
    mix = (pairs + BORROWED_RECRUITS * overall) / (pairs.sum(axis=1, keepdims=True) + BORROWED_RECRUITS)
    return NextGeneration(names, code, rate[:, None] * mix)


def future_value(
    model: EpidemicReferral,
    value_by_type: Any,
    would_have_joined: Any,
    *,
    types: Any = None,
    discount_rate: float = 0.0,
    horizon: float | None = None,
    acquisition_cost_saved: Any = 0.0,
    reward: Any = 0.0,
    acceleration: Any = 0.0,
) -> FutureValue:
    """Expected referral value still to come.

    Args:
        value_by_type: own value of one recruit at its arrival, in the order of the sorted type names;
            a number without types.
        would_have_joined: probability, a number or one per customer (n,). Recruits to come take the
            mean of their type.
        discount_rate: continuous, per unit of the model's time.
        horizon: only recruits who arrive within it count; needed where R0 is 1 or more.
    Raises:
        ModelError MODEL-310 (endless growth without horizon), MODEL-311; UsageError MODEL-306, 315.
    """
    if horizon is not None and not horizon > 0:
        raise UsageError("MODEL-315", name="horizon", seen=str(horizon))
    generation = next_generation(model, types)
    k, code = len(generation.types), generation.code
    margin = np.atleast_1d(np.asarray(value_by_type, np.float64))
    if margin.shape != (k,):
        raise ModelError("MODEL-311", column="value_by_type", rows=margin.size, wanted=k)
    anyway = probabilities(would_have_joined, len(code))
    by_type = np.bincount(code, anyway, k) / np.maximum(np.bincount(code, minlength=k), 1)
    nu = recruit_value(
        margin, by_type, acquisition_cost_saved=acquisition_cost_saved, reward=reward,
        acceleration=acceleration, discount_rate=discount_rate,
    )  # fmt: skip
    own = margin - np.broadcast_to(np.asarray(reward, np.float64), (k,))
    growth = _Growth(model, generation, discount_rate, horizon)
    life = growth.K.sum(axis=1)[code]
    left = np.divide(model.expected_future_referrals(), life, out=np.zeros(len(code)), where=life > 0)
    gross = left * growth.descendants(nu[None, :], 1.0 - by_type[None, :])[0][code]

    def to_come(nodes: Floats) -> Floats:
        edge = nodes[:, None] * (1.0 - by_type)
        return left[:, None] * growth.descendants(edge * own, edge).T[code]

    net = split(model.customers_.tree, anyway, to_come, reach=growth.generations(1.0 - by_type))
    expected = float(left @ growth.descendants(own[None, :], np.ones((1, k)))[0][code])
    return FutureValue(
        model.expected_future_referrals(horizon), net, gross, _lineage(model, gross, anyway),
        expected, expected - float(net.sum()), spectral_radius(growth.K), horizon,
    )  # fmt: skip


class _Growth:
    """Descendants of one fresh customer of each type in today's market, to the horizon or for ever."""

    def __init__(
        self, model: EpidemicReferral, generation: NextGeneration, discount_rate: float, horizon: float | None
    ) -> None:
        self.K, self.horizon, self.rate = generation.K * model.open_share, horizon, discount_rate
        self.delay = model.delay_mean
        self.path = None
        if horizon is not None and model.market_size is not None:
            self.path = self._market(model, generation, horizon)

    def descendants(self, worth: Floats, edge: Floats) -> Floats:
        """(m, k); see `generations.descendants_only`."""
        if self.horizon is None:
            return descendants_only(discounted_generations(self.K, self.delay, self.rate), worth, edge)
        return value_within(
            self.K, worth, edge, horizon=self.horizon, delay_mean=self.delay, discount_rate=self.rate,
            open_share=self.path,
        )  # fmt: skip

    def generations(self, needed: Floats) -> int:
        """How many generations of recruits matter."""
        radius = spectral_radius(self.K * needed)
        if radius <= 0.0:
            return 1
        return MOST_GENERATIONS if radius >= 0.9 else min(MOST_GENERATIONS, int(FORGOTTEN / -np.log(radius)))

    def _market(self, model: EpidemicReferral, generation: NextGeneration, horizon: float) -> Floats:
        """The share of the market still open over the horizon, as referrals and other arrivals fill it."""
        k = len(self.K)
        rho = np.bincount(generation.code, model.expected_future_referrals(), k)
        mix = self.K / np.maximum(self.K.sum(axis=1, keepdims=True), 1e-300)
        fresh = ~model.customers_.referred
        span = max(float(model.customers_.exposure.max()), 1e-9)
        outside = np.bincount(generation.code[fresh], minlength=k) / span
        left = max(float(model.market_size or 0.0) - len(model.customers_), 1e-9)
        return open_share_path(
            self.K,
            rho @ mix,
            horizon=horizon,
            delay_mean=self.delay,
            exogenous_rate=outside,
            market_open=left,
        )[0]


def _lineage(model: EpidemicReferral, gross: Floats, anyway: Floats) -> Floats:
    """gross_i plus, through every existing descendant, the chance that it hung on i times its gross."""
    levels = model.customers_.tree.levels
    order = levels.order
    total, keep = gross[order].copy(), 1.0 - anyway[order]
    for places, begins, parents in levels.above():
        total[parents] += np.add.reduceat(keep[places] * total[places], begins)
    result = np.empty_like(gross)
    result[order] = total
    return result
