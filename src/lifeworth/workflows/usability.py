"""Gather what the data usability rules look at, and ask them."""

import pyarrow.compute as pc

from lifeworth.base.finding import Finding
from lifeworth.data.quality import facts as looked_at
from lifeworth.data.quality.gathering import line_facts, order_facts
from lifeworth.data.quality.report import usability
from lifeworth.data.sources.orders import Orders
from lifeworth.data.summary import never_counted, weekly_purchases
from lifeworth.engines.protocol import Engine
from lifeworth.workflows.customers import Customers

DECLINING = ("quality_few_customers", "quality_no_repeats", "quality_few_repeats")


def usability_findings(
    orders: Orders, customers: Customers, until_day: int, horizon_days: float | None, engine: Engine
) -> list[Finding]:
    """What reading, costs and the rules have to say, worst first."""
    days, base = weekly_purchases(orders, until_day, engine), customers.buyers
    purchases = pc.add(days["first_purchases"], days["repeat_purchases"])
    rules = usability(
        looked_at.UsabilityFacts(
            customers=looked_at.Customers(
                customers.table["first_day"].to_numpy()[customers.bought],
                base.history.frequency,
                base.history.T,
                base.net_sales,
            ),
            observation_end=until_day,
            horizon_days=horizon_days,
            days=looked_at.Days(days["day"].to_numpy(), purchases.to_numpy()),
            orders=order_facts(orders, until_day),
            lines=line_facts(orders),
        )
    )
    left_out = never_counted(orders, until_day, engine, customers.table)
    costs = customers.costs.findings if customers.costs else []
    return [*rules, *orders.findings, *([left_out] if left_out else []), *costs]


def declined(findings: list[Finding]) -> bool:
    """Whether predictions for single customers are off."""
    return any(finding.code in DECLINING for finding in findings)
