"""Gather what the data usability rules look at, and ask them."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.base.finding import Finding
from lifeworth.data.quality import facts as looked_at
from lifeworth.data.quality.report import usability
from lifeworth.data.sources.orders import Orders
from lifeworth.data.summary import never_counted, weekly_purchases
from lifeworth.engines.protocol import Engine
from lifeworth.workflows.customers import Customers

NO_FAULT = ("duplicate", "after_until")  # rejected, and nothing is missing
DECLINING = ("quality_few_customers", "quality_no_repeats", "quality_few_repeats")


def usability_findings(
    orders: Orders, customers: Customers, until_day: int, horizon_days: float | None, engine: Engine
) -> list[Finding]:
    """What reading, costs and the rules have to say, worst first."""
    days = weekly_purchases(orders, until_day, engine)
    totals = orders.report
    base = customers.base
    rules = usability(
        looked_at.UsabilityFacts(
            customers=looked_at.Customers(
                customers.table["first_day"].to_numpy(),
                base.history.frequency,
                base.history.T,
                base.net_sales,
            ),
            observation_end=until_day,
            horizon_days=horizon_days,
            days=looked_at.Days(
                days["day"].to_numpy(), pc.add(days["first_purchases"], days["repeat_purchases"]).to_numpy()
            ),
            orders=_orders(orders, until_day),
            lines=looked_at.Lines(
                rows_read=totals.rows_read,
                rows_rejected=sum(totals.rows_rejected.values()) - _no_fault(totals.rows_rejected),
                duplicates=totals.duplicates,
                without_customer=totals.lines_without_customer,
                unknown_status=_unknown_status(orders),
                **_costed(orders),
            ),
        )
    )
    left_out = never_counted(orders, until_day, engine)
    costs = customers.costs.findings if customers.costs else []
    return [*rules, *orders.findings, *([left_out] if left_out else []), *costs]


def declined(findings: list[Finding]) -> bool:
    """Whether predictions for single customers are off."""
    return any(finding.code in DECLINING for finding in findings)


def _orders(orders: Orders, until_day: int) -> looked_at.Orders | None:
    table = orders.table.filter(
        pc.and_(orders.table["counted"], pc.less_equal(orders.table["day"], until_day))
    )
    if not table.num_rows:
        return None
    amounts = table["net_sales"].cast(pa.float64()).to_numpy()
    _, repeats = np.unique(amounts, return_counts=True)
    return looked_at.Orders(
        orders=len(amounts),
        median=float(np.median(amounts)),
        largest=float(amounts.max()),
        total=float(amounts.sum()),
        same_amount_share=float(repeats.max() / len(amounts)),
    )


def _no_fault(rejected: Mapping[str, int]) -> int:
    return sum(rejected.get(reason, 0) for reason in NO_FAULT)


def _unknown_status(orders: Orders) -> int:
    """Rows folded into orders whose state nobody told us."""
    unknown = orders.table.filter(pc.equal(orders.table["status"], "unknown"))
    return int(pc.sum(unknown["lines"]).as_py() or 0)


def _costed(orders: Orders) -> dict[str, int]:
    """Lines whose cost is known, and those sold for less."""
    if not orders.has_cost:
        return {}
    lines = orders.lines.filter(
        pc.and_(pc.invert(orders.lines["reversal"]), pc.is_valid(orders.lines["cogs"]))
    )
    sold = pc.subtract(lines["gross_sales"], lines["discounts"])
    below = pc.and_(pc.greater(lines["cogs"], sold), pc.greater(sold, 0))
    return {"with_cost": lines.num_rows, "below_cost": int(pc.sum(below).as_py() or 0)}
