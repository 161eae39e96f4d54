"""Keep, grow, fix or release, customer by customer, from what a run has found."""

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.levels import NORMAL_95
from lifeworth.segments.decision import DECISIONS, DecisionPart, DecisionRule, Evidence, decide
from lifeworth.segments.groups import codes_of
from lifeworth.value.potential.streams import interval as gamma_interval
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers

Array = NDArray[np.float64]
SERVING = ("service", "retention")


def decision_part(customers: Customers, appraisal: Appraisal, rule: DecisionRule) -> DecisionPart:
    """The decisions for customers whose current and potential value are appraised."""
    n = len(customers)
    share = service_share(customers)
    low = appraisal.potential.least() if appraisal.potential else np.zeros(n)
    high = appraisal.potential.bounds()[1] if appraisal.potential else np.zeros(n)
    margins = customers.margins
    evidence = Evidence(
        margins.rates, margins.sd, share, appraisal.forecast.value, appraisal.upper, low, high
    )
    known = bool(np.any(share > 0)) or rule.cost_to_serve > 0
    codes = decide(rule, evidence, costs_known=known)
    return DecisionPart(codes, share * sales_ahead(customers, appraisal), rule, known)


def service_share(customers: Customers) -> Array:
    """What service and retention take of a unit of net sales, (n,), 0 where no such cost is deducted."""
    cost = sum(
        (customers.deducted[kind] for kind in SERVING if kind in customers.deducted), np.zeros(len(customers))
    )
    return customers.margins.part(customers.column("net_sales"), np.asarray(cost))


def sales_ahead(customers: Customers, appraisal: Appraisal) -> Array:
    """Net sales expected over the horizon, discounted, (n,)."""
    buying, paying = appraisal.buying, appraisal.subscribing
    sales = buying.expected_purchases * buying.expected_spend * buying.discount
    if paying is None:
        return sales
    rates = customers.margins.rates
    return np.asarray(sales + np.divide(paying.value, rates, out=np.zeros(len(sales)), where=rates > 0))


def current_value_of(codes: NDArray[np.str_], appraisal: Appraisal) -> list[dict[str, float]]:
    """Current value of the customers of each decision with its 90 % interval.

    Decisions are known only after the futures were simulated, so their totals are not among those that were
    summed draw by draw: what chance makes of single customers is independent between them, and what is left
    of the spread of the total is the same share of every group.
    """
    place, count = codes_of(codes, DECISIONS), len(DECISIONS)
    value = np.bincount(place, appraisal.forecast.value, count).astype(np.float64)
    chance = np.bincount(place, appraisal.intervals.variance, count)
    drawn, whole = appraisal.intervals.total_value, float(appraisal.forecast.value.sum())
    common = max(float(drawn.var()) - float(chance.sum()), 0.0) / whole**2 if whole else 0.0
    variance = chance + common * value**2
    low, high = gamma_interval(value, variance)
    half = NORMAL_95 * np.sqrt(variance)
    low, high = np.where(value > 0, low, value - half), np.where(value > 0, high, value + half)
    return [
        {"value": float(middle), "low": float(least), "high": float(most)}
        for middle, least, most in zip(value, low, high, strict=True)
    ]
