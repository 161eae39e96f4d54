"""Cold start: what people of whom only the covariates are known are worth, for one or a million of them.

    value = discounted repeat purchases within the horizon x spend per purchase day x margin,

each factor the mean of people with the same covariates, from models fitted to customers. Purchases and
spend are taken for independent given the covariates. The first purchase, at time 0, is not part of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.base.random import generator
from lifeworth.models import settings
from lifeworth.models.fitting.priors import Prior
from lifeworth.models.tables import frame, raw

Floats = NDArray[np.float64]


def newcomer_value(
    purchases: Any,
    spend: Any,
    covariates: Any,
    future_t: float,
    *,
    margin: float = 1.0,
    discount_rate: float = 0.0,
    level: float = 0.9,
    draws: int = 200,
    random_state: Any = None,
    priors: Mapping[str, Prior] | None = None,
) -> Any:
    """Value of n newcomers over `future_t` from their first purchase on.

    Args:
        purchases: a fitted ParetoNBD, BGNBD or MBGNBD.
        spend: a fitted GammaGamma or DependentGammaGamma. One of the two models at least has covariates.
        covariates: a table with the columns of both models, a row per newcomer.
        margin: share of spend that is margin.
        discount_rate: continuous, per unit of time of the purchase model.
        draws: of the parameters of both models.
        priors: of the parameters of the purchase model; its own where none are given.
    Returns:
        A table: expected_purchases (not discounted), expected_spend, value; low and high, the interval
        of the mean of people alike, from the draws of the parameters; person_low and person_high, that
        of one person, from one possible future per draw; none, the chance of no repeat purchase.
        A person's possible spend is discounted as the mean is, not by the dates of its purchases.
    Raises:
        UsageError MODEL-138 for a margin that is none, 132 where no model has covariates, 022 and 024
        for rate and level; ModelError as `posterior` of the models, and for rows at fault.
    """
    if not (isinstance(margin, int | float) and np.isfinite(margin) and margin > 0):
        raise UsageError("MODEL-138", seen=str(margin))
    rate, end = settings.discount(discount_rate, settings.horizon(future_t))
    low, high = settings.levels([(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    rng = generator(random_state)
    people = at_their_first_purchase(covariates, purchases, spend)

    kinds, kind = _kinds(people, purchases, spend)

    def mean(one: Any = None, other: Any = None) -> Floats:
        """Of each kind of people."""
        if rate:
            bought = purchases.discounted_expected_purchases(kinds, rate, end, one)
        else:
            bought = purchases.expected_purchases(kinds, end, one)
        return margin * bought * spend.expected_customer_spend(kinds, other)

    spent = spend.expected_customer_spend(kinds)[kind]
    value, expected = mean()[kind], purchases.expected_purchases(kinds, future_t)[kind]
    sampled = max(1000, draws)
    drawn = [
        purchases.posterior(sampled, random_state=rng, priors=priors).parameters(draws),
        spend.posterior(sampled, random_state=rng).parameters(draws),
    ]
    means = np.stack([mean(*(_Draw(each, i) for each in drawn)) for i in range(draws)])
    counts = purchases.draw_purchases(people, future_t, drawn[0], rng)
    whole = expected * spent
    kept = np.divide(value, whole, out=np.ones_like(value), where=whole > 0)
    person = spend.draw_spend(people, counts, drawn[1], rng) * kept[:, None]
    columns = {
        "expected_purchases": expected,
        "expected_spend": spent,
        "value": value,
        "low": np.quantile(means, low, axis=0)[kind],
        "high": np.quantile(means, high, axis=0)[kind],
        "person_low": np.quantile(person, low, axis=1),
        "person_high": np.quantile(person, high, axis=1),
        "none": purchases.purchase_probabilities(kinds, future_t, 0)[kind, 0],
    }
    return frame(columns, purchases._backend)


def _kinds(people: dict[str, Any], *models: Any) -> tuple[dict[str, Any], NDArray[np.intp]]:
    """One row for people with the same covariates, and the row of each."""
    code = np.zeros(len(next(iter(people.values()))), np.int64)
    for model in models:
        if model.design is not None:
            own = model.design.read(people).kind
            code = code * (int(own.max()) + 1) + own
            code = np.unique(code, return_inverse=True)[1].ravel()  # small again
    _, first, kind = np.unique(code, return_index=True, return_inverse=True)
    return {name: np.asarray(column)[first] for name, column in people.items()}, kind.ravel()


@dataclass(frozen=True)
class _Draw:
    """One draw of the parameters, where a posterior is asked for."""

    drawn: dict[str, Floats]
    at: int

    def parameters(self, k: int) -> dict[str, Floats]:
        return {name: each[self.at : self.at + 1] for name, each in self.drawn.items()}


def at_their_first_purchase(covariates: Any, purchases: Any, spend: Any) -> dict[str, Any]:
    """The columns of the covariates and a history without a repeat purchase."""
    designs = [model.design for model in (purchases, spend) if model.design is not None]
    if not designs:
        raise UsageError("MODEL-132", model=type(purchases).__name__, columns=["-"])
    wanted = tuple(dict.fromkeys(column.name for design in designs for column in design.columns))
    given = raw(covariates, wanted)
    zero = np.zeros(len(given.columns[0]), np.int64)
    people: dict[str, Any] = dict(zip(wanted, given.columns, strict=True))
    people |= {"frequency": zero, "recency": zero, "T": zero, "monetary_value": zero.astype(np.float64)}
    return people if given.customers is None else people | {"customer_id": given.customers}
