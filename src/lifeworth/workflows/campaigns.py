"""Campaigns by lot of a run: what the orders say of each arm, whether the lot held, what the offer changed.

Everybody drawn into one arm counts there, also who never got the offer or never bought; who was drawn into
two counts in none. Outcomes are those of the orders within the window, never those that the campaign's own
file tells, so that both arms are counted by one rule.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.errors import DataError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.base.levels import WINDOW_DAYS
from lifeworth.data.campaigns import Lot, read_campaigns
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine
from lifeworth.value.campaigns import (
    SUSPECT,
    Estimate,
    balance_chance,
    lift,
    mean_difference,
    planned_share,
    pooled,
    ratio_chance,
    share_difference,
)
from lifeworth.value.potential.effects import OFFERS, OfferEffect, measured_effect
from lifeworth.workflows.customers import Customers

Array = NDArray[np.float64]
LONGEST_WINDOW = 730
FEWEST_IN_ARM = 2  # customers, below which an arm has no spread

OUTCOMES = """
-- one row per row of `drawn`: purchase days and money within the window, and what was known before
SELECT d.place,
       COUNT(DISTINCT CASE WHEN o.counted AND o.day >= d.day THEN o.day END) AS purchases,
       COALESCE(SUM(CASE WHEN o.day >= d.day THEN CAST(o.net_sales AS DOUBLE) END), 0) AS net_sales,
       COUNT(DISTINCT CASE WHEN o.counted AND o.day < d.day THEN o.day END) AS days_before,
       COALESCE(SUM(CASE WHEN o.day < d.day THEN CAST(o.net_sales AS DOUBLE) END), 0) AS sales_before,
       MAX(CASE WHEN o.counted AND o.day < d.day THEN o.day END) AS last_before
FROM drawn d LEFT JOIN orders o ON o.customer_id = d.customer_id AND o.day < d.day + :window
GROUP BY d.place ORDER BY d.place"""

TAKE_UPS = """
-- one row per row of `drawn` with a first purchase of a product within the window: how many products
WITH firsts AS (
  SELECT customer_id, COALESCE(product_id, sku, product_name, category) AS product, MIN(day) AS day
  FROM order_lines
  WHERE customer_id IS NOT NULL AND NOT COALESCE(reversal, FALSE) AND gross_sales > 0
    AND status IN ('paid', 'partially_refunded', 'unknown')
  GROUP BY customer_id, COALESCE(product_id, sku, product_name, category))
SELECT d.place, COUNT(*) AS taken FROM drawn d
JOIN firsts f ON f.customer_id = d.customer_id AND f.day >= d.day AND f.day < d.day + :window
WHERE f.product IS NOT NULL GROUP BY d.place ORDER BY d.place"""


@dataclass(frozen=True)
class Outcomes:
    """Of k customers within the window, (k,) each; facts: (k, 4), what was known before."""

    purchases: Array
    profit: Array
    take_ups: Array
    facts: Array


@dataclass(frozen=True)
class Campaigns:
    """record: `summary.campaigns`; lifts: of campaigns that count, name, objective, rise of take-ups."""

    record: list[dict[str, Any]] = field(default_factory=list)
    lifts: list[tuple[str, str | None, Estimate]] = field(default_factory=list)
    window_days: int = WINDOW_DAYS
    findings: list[Finding] = field(default_factory=list)
    rejected: pa.Table | None = None

    def effects(self, horizon_days: float) -> dict[str, OfferEffect]:
        """By stream of potential value what an offer adds over the horizon, where a campaign measured it."""
        share = min(self.window_days / horizon_days, 1.0)
        found = {}
        for stream in OFFERS:
            told = [(name, each) for name, aim, each in self.lifts if aim in (None, stream)]
            if told:
                one = pooled([each for _, each in told])
                found[stream] = measured_effect(one, share, tuple(name for name, _ in told))
        return found


def campaigns_of(
    source: Any | None, window_days: int, orders: Orders, customers: Customers, engine: Engine
) -> Campaigns | None:
    """None without a file.

    Raises:
        UsageError: VALUE-206 for a window that is none.
        DataError: DATA-372 where the orders know nobody of any campaign, and as `read_campaigns`.
    """
    if source is None:
        return None
    if not 1 <= window_days <= LONGEST_WINDOW:
        raise UsageError("VALUE-206", seen=window_days, most=LONGEST_WINDOW)
    read = read_campaigns(source, engine, orders.zone)
    found = Campaigns([], [], window_days, list(read.findings), read.rejected)
    refused: DataError | None = None
    for lot in read.campaigns:
        try:
            _measure(lot, read.campaigns, orders, customers, engine, found)
        except DataError as error:
            refused = refused or error
            found.findings.append(Finding("campaign_strange", "warn", {"campaign": lot.name}))
    if refused and not found.record:
        raise refused
    return found


def _measure(
    lot: Lot, lots: list[Lot], orders: Orders, customers: Customers, engine: Engine, into: Campaigns
) -> None:
    window, name = into.window_days, lot.name
    known = pc.is_in(
        pa.array(lot.customers, pa.string()), value_set=customers.table["customer_id"].combine_chunks()
    )
    outside = len(lot.customers) - int(pc.sum(known).as_py() or 0)
    if lot.customers and outside == len(lot.customers):
        raise DataError("DATA-372", campaign=name, rows=outside)
    over = lot.day + window <= customers.day + 1
    whole, lot = lot, lot.part(over)
    record: dict[str, Any] = {
        "campaign": name, "objective": lot.objective, "window_days": window, "control": lot.arms[0],
        "running": int((~over).sum()), "outside": outside, "use": "running", "arms": [], "effects": [],
    }  # fmt: skip
    into.record.append(record)
    sizes = np.bincount(lot.arm, minlength=len(lot.arms)).tolist()
    kept = [at for at, size in enumerate(sizes) if size >= FEWEST_IN_ARM]
    if record["running"] and (0 not in kept or len(kept) < 2):
        into.findings.append(
            Finding("campaign_running", "info", {"campaign": name, "count": record["running"]})
        )
        return
    for at, size in enumerate(sizes):
        if at not in kept:
            facts = {"campaign": name, "arm": lot.arms[at], "count": size, "fewest": FEWEST_IN_ARM}
            into.findings.append(Finding("campaign_arm", "info", facts))
    if 0 not in kept or len(kept) < 2:
        record["use"] = "few"
        return
    lot = lot.of_arms(kept)
    record["days"] = [date_of(int(day)).isoformat() for day in (lot.day.min(), lot.day.max())]
    seen = _outcomes(lot, window, orders, customers, engine)
    treated = lot.arm > 0
    for at, arm in enumerate(lot.arms):
        record["arms"].append(_arm(arm, seen, lot.arm == at))
        if at:
            record["effects"].append(_effect(arm, seen, lot.arm == at, ~treated))
    record["checks"], sound = _checks(lot, whole, seen, into)
    record["contamination"] = _contamination(lot, whole, lots, window, into)
    rise = lift(seen.take_ups[treated], seen.take_ups[~treated])
    record["take_up_lift"] = rise.to_json() if rise else None
    record["use"] = "used" if rise and sound else "few" if sound else "lot"
    if record["use"] == "used" and rise:
        into.lifts.append((name, lot.objective, rise))
    if record["use"] == "few":
        into.findings.append(
            Finding("campaign_few", "info", {"campaign": name, "count": int(seen.take_ups.sum())})
        )


def _outcomes(lot: Lot, window: int, orders: Orders, customers: Customers, engine: Engine) -> Outcomes:
    size = len(lot.customers)
    ids = pa.array(lot.customers, pa.string())
    engine.register(
        "drawn", pa.table({"place": pa.array(np.arange(size)), "customer_id": ids, "day": pa.array(lot.day)})
    )
    orders.offer(engine)
    rows = engine.query(OUTCOMES, window=window)
    purchases, sales, days, money = (
        rows[name].cast(pa.float64()).to_numpy()
        for name in ("purchases", "net_sales", "days_before", "sales_before")
    )
    last = pc.fill_null(rows["last_before"].cast(pa.float64()), np.nan).to_numpy()
    there = np.isfinite(last)
    silent = np.where(there, lot.day - np.where(there, last, 0.0), 0.0)
    facts = np.column_stack([there, np.log1p(days), np.log1p(np.maximum(money, 0.0)), silent])
    place = pc.index_in(ids, value_set=customers.table["customer_id"].combine_chunks())
    at = pc.fill_null(place, -1).to_numpy().astype(np.int64)
    rate = np.where(at >= 0, customers.base.margin_rates[np.maximum(at, 0)], 0.0)
    engine.register("order_lines", orders.lines)
    taken, counts = np.zeros(size), engine.query(TAKE_UPS, window=window)
    taken[counts["place"].to_numpy().astype(np.int64)] = counts["taken"].to_numpy()
    return Outcomes(purchases, sales * rate, taken, facts.astype(np.float64))


def _arm(name: str, seen: Outcomes, rows: NDArray[np.bool_]) -> dict[str, Any]:
    customers, buyers = int(rows.sum()), int((seen.purchases[rows] > 0).sum())
    return {
        "arm": name, "customers": customers, "buyers": buyers, "response": buyers / customers,
        "purchases": int(seen.purchases[rows].sum()), "take_ups": int(seen.take_ups[rows].sum()),
        "profit_per_customer": float(seen.profit[rows].mean()),
    }  # fmt: skip


def _effect(name: str, seen: Outcomes, one: NDArray[np.bool_], control: NDArray[np.bool_]) -> dict[str, Any]:
    bought = seen.purchases > 0
    return {
        "arm": name,
        "response": share_difference(bought[one], bought[control]).to_json(),
        "purchases": mean_difference(seen.purchases[one], seen.purchases[control]).to_json(),
        "profit": mean_difference(seen.profit[one], seen.profit[control]).to_json(),
    }


def _checks(lot: Lot, whole: Lot, seen: Outcomes, into: Campaigns) -> tuple[dict[str, Any], bool]:
    """What tells whether the arms are as drawn, and whether they seem to be; shares are of all arms."""
    control, size = int((whole.arm == 0).sum()), len(whole.arm)
    share = planned_share(lot.control_share, control, size)
    ratio = None if share is None else ratio_chance(control, size, share)
    balance, largest = balance_chance(seen.facts, lot.arm > 0)
    facts = {"campaign": lot.name, "control": control, "customers": size}
    if ratio is not None and ratio < SUSPECT:
        into.findings.append(Finding("campaign_ratio", "warn", {**facts, "share": round(100 * (share or 0))}))
    if balance < SUSPECT:
        into.findings.append(Finding("campaign_unbalanced", "warn", {**facts, "largest": round(largest, 2)}))
    told = {
        "planned_control_share": share,
        "ratio_chance": ratio,
        "balance_chance": balance,
        "largest": largest,
    }
    return told, balance >= SUSPECT and (ratio is None or ratio >= SUSPECT)


def _contamination(lot: Lot, whole: Lot, lots: list[Lot], window: int, into: Campaigns) -> dict[str, int]:
    """Who did not get what was drawn: they stay in their arm. Offers in the control make the effect smaller
    than it is; what two arms and other campaigns do to it may go either way.
    """
    elsewhere: dict[str, list[int]] = {}
    for other in lots:
        if other is not whole:
            for who, arm, day in zip(other.customers, other.arm.tolist(), other.day.tolist(), strict=True):
                if arm:
                    elsewhere.setdefault(who, []).append(day)
    crossed = sum(
        any(abs(day - then) < window for then in elsewhere.get(who, ()))
        for who, day in zip(lot.customers, lot.day.tolist(), strict=True)
    )
    control, got = lot.arm == 0, lot.offered
    counts = {
        "control_offered": 0 if got is None else int((got & control).sum()),
        "treated_without_offer": 0 if got is None else int((~got & ~control).sum()),
        "two_arms": lot.two_arms,
        "other_campaign": int(crossed),
        "repeated": lot.repeated,
    }
    if counts["control_offered"] or counts["two_arms"] or counts["other_campaign"]:
        into.findings.append(Finding("campaign_contaminated", "warn", {"campaign": lot.name, **counts}))
    return counts
