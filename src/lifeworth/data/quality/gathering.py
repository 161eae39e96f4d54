"""What the orders themselves say to the rules: amounts, states and costs, counted from their tables."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.data.quality.facts import Lines, Orders
from lifeworth.data.sources import orders as read

NO_FAULT = ("duplicate", "after_until")  # rejected, and nothing is missing


def order_facts(orders: read.Orders, until_day: int) -> Orders | None:
    """Amounts of the counted orders up to a day; None where there are none."""
    table = orders.table.filter(
        pc.and_(orders.table["counted"], pc.less_equal(orders.table["day"], until_day))
    )
    if not table.num_rows:
        return None
    amounts = table["net_sales"].cast(pa.float64()).to_numpy()
    _, repeats = np.unique(amounts, return_counts=True)
    return Orders(
        orders=len(amounts),
        median=float(np.median(amounts)),
        largest=float(amounts.max()),
        total=float(amounts.sum()),
        same_amount_share=float(repeats.max() / len(amounts)),
    )


def line_facts(orders: read.Orders) -> Lines:
    """What became of the rows of all files."""
    report = orders.report
    with_cost, below_cost = _costed(orders)
    return Lines(
        rows_read=report.rows_read,
        rows_rejected=sum(n for reason, n in report.rows_rejected.items() if reason not in NO_FAULT),
        duplicates=report.duplicates,
        without_customer=report.lines_without_customer,
        unknown_status=_unknown_status(orders),
        with_cost=with_cost,
        below_cost=below_cost,
    )


def _unknown_status(orders: read.Orders) -> int:
    """Rows folded into orders whose state nobody told us."""
    unknown = orders.table.filter(pc.equal(orders.table["status"], "unknown"))
    return int(pc.sum(unknown["lines"]).as_py() or 0)


def _costed(orders: read.Orders) -> tuple[int, int]:
    """Lines whose cost is known, and of these those sold for less."""
    if not orders.has_cost:
        return 0, 0
    lines = orders.lines.filter(
        pc.and_(pc.invert(orders.lines["reversal"]), pc.is_valid(orders.lines["cogs"]))
    )
    sold = pc.subtract(lines["gross_sales"], lines["discounts"])
    below = pc.and_(pc.greater(lines["cogs"], sold), pc.greater(sold, 0))
    return lines.num_rows, int(pc.sum(below).as_py() or 0)
