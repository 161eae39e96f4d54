"""The data usability report: every rule in turn, worst first."""

from lifeworth.base.finding import Finding
from lifeworth.data.quality import amounts, lines, season, span
from lifeworth.data.quality.eligibility import individual_predictions_possible, small_base
from lifeworth.data.quality.facts import UsabilityFacts
from lifeworth.data.quality.truncation import left_truncated

ORDER = ("bad", "warn", "info")


def usability(facts: UsabilityFacts) -> list[Finding]:
    """Findings, worst first; one of "quality_sound" where no rule has anything to say."""
    found = [finding for finding in _every(facts) if finding is not None]
    if not found:
        return [Finding("quality_sound", "info", {"customers": len(facts.customers)})]
    return sorted(found, key=lambda finding: ORDER.index(finding.severity))  # stable: rules stand by weight


def _every(facts: UsabilityFacts) -> list[Finding | None]:
    customers = facts.customers
    found = [individual_predictions_possible(len(customers), customers.repeaters)]
    if len(customers):
        found += _history(facts)
        found.append(amounts.big_customer(customers.net_sales))
    if facts.orders is not None:
        orders = facts.orders
        found.append(amounts.extreme_order(orders.median, orders.largest, orders.total))
        found.append(amounts.same_amount(orders.orders, orders.same_amount_share))
    if facts.lines is not None:
        rows = facts.lines
        found += [
            amounts.below_cost(rows.with_cost, rows.below_cost),
            lines.without_customer(rows.rows_read, rows.without_customer),
            lines.unknown_status(rows.rows_read, rows.unknown_status),
            lines.rejected(rows.rows_read, rows.rows_rejected),
            lines.duplicates(rows.rows_read, rows.duplicates),
        ]
    return [*found, small_base(len(customers))]


def _history(facts: UsabilityFacts) -> list[Finding | None]:
    end, days, found = facts.observation_end, facts.days, list[Finding | None]()
    if days is not None and len(days.day):
        start, repeats = season.repeat_purchases(days.day, days.purchases, facts.customers.first_day, end)
        found += [
            left_truncated(facts.customers, days, end),
            season.strong_season(start, repeats, closed=season.is_closed(facts.customers.first_day, end)),
            season.peak_week(start, repeats),
            span.gap(days.day, days.purchases),
            span.stale(days.day, days.purchases, end),
        ]
    first = int(facts.customers.first_day.min())
    return [
        *found,
        span.short_history(first, end, facts.horizon_days),
        span.unseen_season(first, end, facts.horizon_days),
        span.horizon_too_long(first, end, facts.horizon_days),
    ]
