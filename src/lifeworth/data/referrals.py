"""From a referral file to one referrer per customer, with every fault counted.

Referral codes become customers by the table's own `own_code`; where several rows name a referrer of
one customer, the first day counts (and the first row of that day). Referrers whom the orders do not
know, customers who named themselves and cycles are cut by `models.referral.tree.mended`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.sources.orders import Orders
from lifeworth.data.tables.companions.referrals import REFERRALS
from lifeworth.engines.protocol import Engine

FIRST_ORDER = """
-- one row per customer with an order up to a day, whatever became of it: the day of the first one
SELECT customer_id, MIN(day) AS first_day FROM orders
WHERE customer_id IS NOT NULL AND day <= :until GROUP BY customer_id ORDER BY customer_id"""
LATE = 2**31 - 1


@dataclass(frozen=True)
class Named:
    """Per customer of the orders, in their order, (n,).

    referrer: id of the referrer, None for nobody; confidence: in 0..1, 1 where nothing was said;
    counts: rows of the file by what became of them.
    """

    referrer: list[str | None]
    confidence: NDArray[np.float64]
    counts: dict[str, int]
    findings: list[Finding]
    rejected: pa.Table


def named_referrers(source: Any, customer_ids: pa.Array, engine: Engine, zone: str = "UTC") -> Named:
    """Who each customer says brought it.

    Raises:
        DataError: DATA-301 without a customer column, and as for companion files.
    """
    read = read_companion(source, REFERRALS, engine=engine, zone=zone)
    table, findings = read.table, list(read.findings)
    who, unresolved = _resolved(table)
    told = pc.is_valid(who)
    rows = pa.table(
        {
            "customer": table["customer_id"], "referrer": who, "confidence": _shares(table["confidence"]),
            "day": pc.fill_null(table["day"], LATE), "source_row": table["source_row"],
        }
    ).filter(told)  # fmt: skip
    rows = rows.sort_by([("day", "ascending"), ("source_row", "ascending")])
    place = pc.index_in(rows["customer"], value_set=customer_ids).combine_chunks()
    known = place.is_valid().to_numpy(zero_copy_only=False)
    at = place.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)[known]
    referrer: NDArray[np.object_] = np.full(len(customer_ids), None, object)
    confidence = np.ones(len(customer_ids))
    names = np.array(rows["referrer"].to_pylist(), object)[known]
    shares = rows["confidence"].to_numpy()[known]
    referrer[at[::-1]], confidence[at[::-1]] = names[::-1], shares[::-1]  # the first of a customer wins
    counts = {
        "rows": read.rows_read,
        "rejected": read.rejected.num_rows,
        "without_referrer": int(table.num_rows - rows.num_rows - unresolved),
        "unknown_code": unresolved,
        "not_customers": int((~known).sum()),
        "repeated": int(known.sum() - len(np.unique(at))),
    }
    for name in ("unknown_code", "not_customers", "repeated"):
        if counts[name]:
            findings.append(Finding(f"referrals_{name}", "warn", {"count": counts[name]}))
    return Named(referrer.tolist(), confidence, counts, findings, read.rejected)


def came_on(orders: Orders, customer_ids: pa.Array, until_day: int, engine: Engine) -> NDArray[np.int64]:
    """The day of each customer's first order, also of one that was cancelled or paid back later.

    Who recommends a shop may have had the first parcel returned: by the first order that counts, the
    recruit would have come before.
    """
    orders.offer(engine)
    found = engine.query(FIRST_ORDER, until=until_day)
    place = pc.index_in(customer_ids, value_set=found["customer_id"].combine_chunks())
    return np.asarray(found["first_day"].take(place).to_numpy(), np.int64)


def _resolved(table: pa.Table) -> tuple[pa.ChunkedArray, int]:
    """The referrer's id, from the id or else from the owner of the code; and codes that nobody owns."""
    owners = table.filter(pc.is_valid(table["own_code"]))
    place = pc.index_in(table["code"], value_set=owners["own_code"].combine_chunks(), skip_nulls=True)
    by_code = owners["customer_id"].take(place)
    who = pc.coalesce(table["referrer_id"], by_code)
    lost = pc.and_(pc.is_valid(table["code"]), pc.is_null(who))
    return who, int(pc.sum(lost).as_py() or 0)


def _shares(column: pa.ChunkedArray) -> pa.Array:
    """Confidence in 0..1; percent where any answer is above 1."""
    told = pc.fill_null(column, np.nan).to_numpy()
    answered = told[np.isfinite(told)]
    scale = 100.0 if len(answered) and answered.max() > 1 else 1.0
    return pa.array(np.where(np.isfinite(told), np.clip(told / scale, 0.0, 1.0), 1.0))
