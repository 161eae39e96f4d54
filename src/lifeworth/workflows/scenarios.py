"""Scenarios of a run: what its current value hangs on."""

from typing import Any

from lifeworth.value.intervals import interval
from lifeworth.value.scenarios import record, scenarios
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers
from lifeworth.workflows.settings import Settings


def scenario_record(
    customers: Customers, appraisal: Appraisal | None, settings: Settings
) -> dict[str, Any] | None:
    """`summary.scenarios`, or None where nothing is forecast."""
    if appraisal is None:
        return None
    found = scenarios(
        appraisal.model,
        customers.base,
        settings.changes,
        days=settings.days,
        annual_rate=settings.discount_rate,
        has_margin=customers.basis != "net_revenue",
    )
    total = float(appraisal.forecast.value.sum())
    return record(found, interval(appraisal.intervals.total_value, total))
