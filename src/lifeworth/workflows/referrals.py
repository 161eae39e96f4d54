"""Referrals of a run: read who brought whom, appraise it, put it into the shape that is published."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.data.referrals import came_on, named_referrers
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine
from lifeworth.value.potential.streams import Stream
from lifeworth.value.recruit import recruit_value
from lifeworth.value.referral.company import company_record, times_record
from lifeworth.value.referral.customers import Money, ReferralValue, referral_value
from lifeworth.value.referral.part import ReferralPart
from lifeworth.value.referral.table import referral_table
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers
from lifeworth.workflows.settings import Settings


def referral_part(
    source: Any | None,
    would_have_joined: float | None,
    orders: Orders,
    customers: Customers,
    appraisal: Appraisal,
    settings: Settings,
    engine: Engine,
    covariates: Mapping[str, NDArray[np.float64]] | None = None,
) -> ReferralPart:
    """Referral value of the customers, or what would be needed for it."""
    n = len(customers)
    if source is None:
        return ReferralPart(None, None, Stream.missing("referral", "referrals", n))
    ids = customers.table["customer_id"].combine_chunks()
    acquired = came_on(orders, ids, customers.day, engine)
    named = named_referrers(source, ids, engine, orders.zone)
    if all(who is None for who in named.referrer):
        record = times_record(acquired, day=customers.day, horizon_days=settings.days)
        if record is not None:
            record["file"] = named.counts
        finding = Finding("referrals_nobody", "warn", {"rows": named.counts["rows"]})
        missing = Stream.missing("referral", "referrers", n)
        return ReferralPart(record, None, missing, [*named.findings, finding], named.rejected)
    found = referral_value(
        ids.to_pylist(),
        acquired,
        named.referrer,
        named.confidence,
        _money(customers, appraisal, settings),
        day=customers.day,
        horizon_days=settings.days,
        annual_rate=settings.discount_rate,
        share=would_have_joined,
        covariates=covariates,
    )
    record = company_record(
        found, acquired, day=customers.day, horizon_days=settings.days, market_size=None
    ) | {"file": named.counts}
    table = referral_table(found, ids, acquired, customers.ledger.historical)
    told = [*named.findings, *found.findings]
    return ReferralPart(record, table, _stream(found), told, named.rejected, found.through)


def _money(customers: Customers, appraisal: Appraisal, settings: Settings) -> Money:
    forecast, drawn = appraisal.forecast, appraisal.intervals
    recruit = recruit_value(appraisal.model, customers.base, appraisal.buying, settings.days)
    return Money(customers.ledger.historical, forecast.value, drawn.low, drawn.high, recruit)


def _stream(found: ReferralValue) -> Stream:
    """Net value still to come; 0 with its band where nobody said who would have come anyway."""
    model, expected = found.model, found.expected
    if model is None:
        return Stream.missing("referral", "more_referrals", len(found.tree))
    most = max(value for _, value in expected.by_share)
    if found.share is None:
        nothing = np.zeros(len(found.tree))
        return Stream(
            "referral", nothing, np.minimum(expected.low, 0.0), expected.high, (0.0, 0.0, most), "D", "share"
        )
    value = float(expected.value.sum())
    total, R = model.future_referrals_total(), model.reproduction_numbers()
    reach = [total[side] / total["value"] if total["value"] > 0 else 1.0 for side in ("low", "high")]
    low, high = (
        np.divide(R[side], R["mean"], out=np.ones(len(value_)), where=R["mean"] > 0) * value_
        for side, value_ in (("low", expected.value), ("high", expected.value))
    )
    return Stream("referral", expected.value, low, high, (value, value * reach[0], value * reach[1]), "C")
