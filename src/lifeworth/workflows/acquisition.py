"""Cost of winning customers in a run: spend by channel and month beside the customers it won."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.data.marketing import Marketing, month_name, read_marketing
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine
from lifeworth.results.channels import CHANNEL_SCHEMA
from lifeworth.value.acquisition import Curve, contribution_curve, payback, quadrant
from lifeworth.value.intervals import interval
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers

Array = NDArray[np.float64]

PAYMENTS = """
-- one row per order of a customer up to a day, refunds netted
SELECT customer_id, day, CAST(net_sales AS DOUBLE) AS net_sales
FROM orders WHERE customer_id IS NOT NULL AND day <= :until AND net_sales <> 0
ORDER BY customer_id, day, order_id"""


@dataclass(frozen=True)
class Won:
    """Customers won in a channel and month with known spend.

    channel: place in `keys` of each of n customers, len(keys) for the others; month: of the first order.
    """

    marketing: Marketing
    keys: list[str]
    channel: NDArray[np.int64]
    month: NDArray[np.str_]
    curves: list[Curve]  # per key; the last is of all

    @property
    def grouping(self) -> tuple[NDArray[np.int64], int]:
        return self.channel, len(self.keys) + 1

    def name(self, key: str, customers: Customers) -> str:
        """The channel as the orders spell it, else as the file does."""
        found = pc.index(_lower(customers.channel), pa.scalar(key, pa.string())).as_py() if key else -1
        return str(customers.channel[found]) if found >= 0 else self.marketing.names.get(key, key)


def won_customers(source: Any | None, orders: Orders, customers: Customers, engine: Engine) -> Won | None:
    """Who was won where and when, and what they have contributed since; None without a file."""
    if source is None:
        return None
    marketing = read_marketing(source, customers.day, engine, orders.zone)
    first = customers.column("first_day")
    names = {day: month_name(day) for day in np.unique(first)}
    month = np.array([names[day] for day in first])
    everyone = ["" if not marketing.has_channels else key for key in _lower(customers.channel).to_pylist()]
    spent: dict[str, float] = {}
    for (key, _), amount in marketing.spend.items():
        spent[key] = spent.get(key, 0.0) + amount
    keys = sorted(spent, key=lambda key: (-spent[key], key))
    place = {key: number for number, key in enumerate(keys)}
    channel = np.array(
        [
            place[key] if (key, when) in marketing.spend else len(keys)
            for key, when in zip(everyone, month.tolist(), strict=True)
        ],
        np.int64,
    )
    return Won(marketing, keys, channel, month, _curves(channel, len(keys), orders, customers, engine))


def _curves(
    channel: NDArray[np.int64], count: int, orders: Orders, customers: Customers, engine: Engine
) -> list[Curve]:
    orders.offer(engine)
    paid = engine.query(PAYMENTS, until=customers.day)
    place = pc.index_in(paid["customer_id"], value_set=customers.table["customer_id"].combine_chunks())
    known = pc.is_valid(place).to_numpy()
    who = pc.fill_null(place, 0).to_numpy().astype(np.int64)[known]
    first = customers.column("first_day")
    age = paid["day"].cast(pa.float64()).to_numpy()[known] - first[who]
    amount = paid["net_sales"].to_numpy()[known] * customers.base.margin_rates[who]
    seen = customers.day - first
    found = []
    for number in range(count + 1):
        chosen = channel == number if number < count else channel < count
        row = np.cumsum(chosen) - 1
        rows = chosen[who] & (age >= 0)
        found.append(contribution_curve(row[who[rows]], age[rows], amount[rows], seen[chosen]))
    return found


def acquisition_part(
    won: Won | None, customers: Customers, appraisal: Appraisal | None, drawn: Array | None
) -> tuple[dict[str, Any] | None, pa.Table | None, list[Finding]]:
    """(`summary.acquisition`, the table `channels`, findings).

    Args:
        drawn: current value per channel of `won` and simulated future.
    """
    if won is None:
        return None, None, []
    marketing, count = won.marketing, len(won.keys)
    draws = None if drawn is None else drawn[:count]
    historical = (customers.ledger.historical + customers.ledger.costs["acquisition"]) / 100
    current = None if appraisal is None else appraisal.forecast.value
    inside = won.channel < count
    spend = sum(marketing.spend.values())
    total = _row("", "", spend, inside, historical, current, None if draws is None else draws.sum(axis=0))
    total |= _paid_back(won.curves[-1], total["cac"]) | {"told_customers": _told(marketing, None, None)}
    rows = []
    for number, key in enumerate(won.keys):
        name, chosen = won.name(key, customers), won.channel == number
        spent = sum(amount for (each, _), amount in marketing.spend.items() if each == key)
        row = _row(name, "", spent, chosen, historical, current, None if draws is None else draws[number])
        row |= _paid_back(won.curves[number], row["cac"]) | {"told_customers": _told(marketing, key, None)}
        row["quadrant"] = _quadrant(row, total) if count > 1 else None
        rows.append(row)
        for month in sorted(month for each, month in marketing.spend if each == key):
            cell = chosen & (won.month == month)
            part = _row(name, month, marketing.spend[key, month], cell, historical, current, None)
            rows.append(part | {"told_customers": _told(marketing, key, month)})
    table = pa.Table.from_pylist([_filled(row) for row in rows], schema=CHANNEL_SCHEMA)
    record = {
        "total": total,
        "channels": [row for row in rows if not row["cohort"]],
        "customers_without_spend": int(np.count_nonzero(~inside)),
        "rejected_rows": marketing.rejected.num_rows,
        "undated": marketing.undated,
        "set_aside": marketing.set_aside,
    }
    findings = list(marketing.findings)
    if customers.basis == "net_revenue":
        findings.append(Finding("acquisition_revenue", "warn", {}))
    if not inside.any():
        findings.append(Finding("acquisition_nobody", "warn", {"channels": len(won.keys)}))
    return record, table, findings


def _row(
    name: str,
    cohort: str,
    spend: float,
    chosen: NDArray[np.bool_],
    historical: Array,
    current: Array | None,
    draws: Array | None,
) -> dict[str, Any]:
    """One channel, or one month of it. `draws`: current value of its customers per simulated future."""
    customers = int(np.count_nonzero(chosen))
    row: dict[str, Any] = {
        "channel": name, "cohort": cohort, "spend": round(spend, 2), "customers": customers,
        "cac": spend / customers if customers else None,
        "historical": float(historical[chosen].sum()) / customers if customers else None,
        "worth": None, "ratio": None, "payback": None, "quadrant": None,
    }  # fmt: skip
    if current is None or not customers:
        return row
    so_far, to_come = float(historical[chosen].sum()), float(current[chosen].sum())
    span = {"value": to_come, "low": None, "high": None} if draws is None else interval(draws, to_come)
    worth = {side: None if part is None else (so_far + part) / customers for side, part in span.items()}
    row["worth"] = worth
    if spend > 0:
        row["ratio"] = {
            side: None if part is None else part * customers / spend for side, part in worth.items()
        }
    return row


def _paid_back(curve: Curve, cost: float | None) -> dict[str, Any]:
    if cost is None or not len(curve.mean):
        return {"payback": None, "seen_months": len(curve.mean)}
    month, low, high = payback(curve, cost)
    return {"payback": {"value": month, "low": low, "high": high}, "seen_months": len(curve.mean)}


def _quadrant(row: dict[str, Any], total: dict[str, Any]) -> str | None:
    if row["worth"] is None or total["worth"] is None:
        return None
    return quadrant(
        row["cac"], row["worth"]["value"], mean_cost=total["cac"], mean_worth=total["worth"]["value"]
    )


def _told(marketing: Marketing, key: str | None, month: str | None) -> float | None:
    cells = [
        told
        for (channel, when), told in marketing.told.items()
        if key in (None, channel) and month in (None, when)
    ]
    return sum(cells) if cells else None


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its estimates as columns of the table."""
    flat = {name: row.get(name) for name in CHANNEL_SCHEMA.names}
    for name in ("worth", "ratio", "payback"):
        for side in ("value", "low", "high"):
            column = name if side == "value" else f"{name}_{side}"
            flat[column] = row[name][side] if row[name] else None
    return flat


def _lower(channel: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim_whitespace(channel))
