"""Published columns of what is ahead of each customer: time, trend, margin, cost to serve and decision."""

import numpy as np
import pyarrow as pa

from lifeworth.base.history import DAYS_PER_MONTH
from lifeworth.base.levels import NORMAL_95
from lifeworth.results.contract import TRENDS
from lifeworth.segments.score import Part, Score, ScoreWeights, composite
from lifeworth.value.cents import to_cents
from lifeworth.value.statement import Statement, as_money
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers


def columns_ahead(customers: Customers, appraisal: Appraisal, score: Score) -> dict[str, pa.Array]:
    return {
        **_remaining(appraisal),
        **_trend(appraisal),
        **_margins(customers),
        **_decisions(appraisal),
        **_score(score),
    }


def remaining_months(appraisal: Appraisal) -> dict[str, float] | None:
    """The mean of all customers with its interval, in months."""
    if appraisal.active is None:
        return None
    return {side: days / DAYS_PER_MONTH for side, days in appraisal.active.total().items()}


def margin_ahead(customers: Customers) -> dict[str, float | None] | None:
    """`summary.margin_ahead`; None on revenue."""
    found = customers.margins
    if customers.basis == "net_revenue":
        return None
    days = found.credibility_days
    return {
        "pooled": found.pooled,
        "standard_error": found.pooled_sd,
        "credibility_days": float(days) if np.isfinite(days) else None,
    }


def _remaining(appraisal: Appraisal) -> dict[str, pa.Array]:
    """Months of `DAYS_PER_MONTH`; null for who only subscribes."""
    active = appraisal.active
    if active is None:
        return {}
    ends = {"": active.expected, "_low": active.low, "_high": active.high}
    return {
        f"remaining_months{end}": pa.array(days / DAYS_PER_MONTH, from_pandas=True)
        for end, days in ends.items()
    }


def _trend(appraisal: Appraisal) -> dict[str, pa.Array]:
    told = appraisal.potential.trend if appraisal.potential else None
    if told is None:
        return {}
    return {"trend": pa.array(TRENDS).take(pa.array(told - 1, mask=told == 0))}


def _margins(customers: Customers) -> dict[str, pa.Array]:
    """None on revenue, which deducts nothing."""
    if customers.basis == "net_revenue":
        return {}
    rates, half = customers.margins.rates, NORMAL_95 * customers.margins.sd
    ends = {"": rates, "_low": rates - half, "_high": rates + half}
    return {f"margin_rate{end}": pa.array(np.round(each, 6)) for end, each in ends.items()}


def value_score(appraisal: Appraisal, parts: Statement, weights: ScoreWeights) -> Score:
    """From what is bought, how long they stay, and whom they bring as far as the run knows it."""
    past, drawn = parts.historical / 100, appraisal.intervals
    found = {"transaction": Part(past + appraisal.forecast.value, past + drawn.low, past + drawn.high)}
    if appraisal.active is not None:
        found["loyalty"] = Part(appraisal.active.expected, appraisal.active.low, appraisal.active.high)
    through = appraisal.referral.through if appraisal.referral else None
    if through is not None:
        found["referral"] = Part(*through)
    return composite(weights, found)


def _score(score: Score) -> dict[str, pa.Array]:
    ends = {"": score.value, "_low": score.low, "_high": score.high}
    return {f"value_score{end}": pa.array(np.round(each, 2), from_pandas=True) for end, each in ends.items()}


def _decisions(appraisal: Appraisal) -> dict[str, pa.Array]:
    told = appraisal.decisions
    if told is None:
        return {}
    serving = {"cost_to_serve": as_money(to_cents(told.serving))} if told.serving.any() else {}
    return {"decision": pa.array(told.codes), **serving}
