"""Subscriptions in a run: `summary.subscriptions`, and the tables `subscriptions`, `mrr` and `plan_moves`."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.data.contracts.histories import LEFT
from lifeworth.data.contracts.subscribers import STATES, Subscribers
from lifeworth.models.retention.discrete_hazard import DiscreteHazard
from lifeworth.models.retention.inputs import renewal_counts
from lifeworth.models.retention.observed import product_limit
from lifeworth.models.retention.plan_states import PlanMarkov
from lifeworth.results.subscriptions import MOVE_SCHEMA, MRR_SCHEMA, SUBSCRIPTION_SCHEMA
from lifeworth.text.catalog import catalog
from lifeworth.text.format import NOTHING, formats
from lifeworth.value.cents import to_cents
from lifeworth.value.intervals import HIGH, LOW, interval
from lifeworth.value.mrr import MrrBridge, mrr_bridge
from lifeworth.value.statement import as_money
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers, Subscribed
from lifeworth.workflows.settings import Settings

Array = NDArray[np.float64]
FEW_MATCHED = 0.2  # share of bills among the orders from which the others are worth a word
PARTS = ("new", "reactivation", "expansion", "contraction", "churn")


@dataclass(frozen=True)
class SubscriptionPart:
    record: dict[str, Any] | None = None
    tables: dict[str, pa.Table] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    rejected: pa.Table | None = None


def subscription_part(
    customers: Customers, appraisal: Appraisal | None, settings: Settings
) -> SubscriptionPart:
    subscribed = customers.subscribed
    if subscribed is None:
        return SubscriptionPart()
    found, paid = subscribed.found, subscribed.paid
    tables = {"subscriptions": _table(subscribed, appraisal, settings)}
    bridge = None if found.monthly is None or len(found.months) < 2 else mrr_bridge(found.monthly)
    if bridge is not None:
        tables["mrr"] = _bridge_table(bridge, found.months)
    chain = appraisal.subscribing.outlook.chain if appraisal and appraisal.subscribing else None
    if chain is not None:
        tables["plan_moves"] = _moves(chain)
    beside = int(paid.paid.sum() - paid.in_orders.sum())
    states = {state: int(np.count_nonzero(found.state == state)) for state in STATES}
    record = {
        "file": {"name": found.name, **found.counts},
        "subscriptions": len(found),
        "customers": len(found.customers),
        "customers_without_purchase": int(np.count_nonzero(~customers.bought)),
        "states": states,
        "paid": int(paid.paid.sum()) / 100,
        "paid_in_orders": int(paid.in_orders.sum()) / 100,
        "paid_beside_orders": beside / 100,
        "bills": len(found.bills.sub),
        "bills_in_orders": paid.matched,
        "left_out": [{"column": name, "reason": why} for name, why in found.learning.covariates.left_out],
        "mrr": _bridge_record(bridge, found),
        "value": None, "model": None, "candidates": [], "covariates": [], "survival_24": None, "mix": [],
        "plans": _plans(subscribed, appraisal),
        **_estimated(subscribed, appraisal),
    }  # fmt: skip
    return SubscriptionPart(record, tables, _findings(subscribed, customers, beside), found.rejected)


def _estimated(subscribed: Subscribed, appraisal: Appraisal | None) -> dict[str, Any]:
    ahead = appraisal.subscribing if appraisal else None
    if ahead is None:
        return {}
    total = float(ahead.value.sum())
    candidates = ahead.outlook.candidates
    model = candidates[0].model if candidates else None
    return {
        "value": interval(ahead.drawn_value.sum(axis=0, dtype=np.float64), total),
        "undiscounted": float(ahead.undiscounted.sum()),
        "model": candidates[0].name if candidates else "constant",
        "candidates": [
            {"name": each.name, "bic": each.bic, "held_out": each.held_out} for each in candidates
        ],
        "covariates": list(model.covariates) if isinstance(model, DiscreteHazard) else [],
        "survival_24": _survival_24(subscribed.found),
        "mix": ahead.outlook.mix,
    }


def _survival_24(found: Subscribers) -> float | None:
    """Kaplan and Meier's share of subscriptions that renew monthly still here after 24 months."""
    monthly = found.learning.interval == 1
    if not monthly.any():
        return None
    curve = product_limit(
        renewal_counts({name: each[monthly] for name, each in found.learning.tenures.items()})
    )
    told = dict(
        zip(np.asarray(curve["period"]).tolist(), np.asarray(curve["survival"]).tolist(), strict=True)
    )
    return told.get(24)


def _table(subscribed: Subscribed, appraisal: Appraisal | None, settings: Settings) -> pa.Table:
    found = subscribed.found
    size = len(found)
    paid = np.zeros(size, np.int64)
    np.add.at(paid, found.bills.sub, found.bills.cents)
    ahead = appraisal.subscribing if appraisal else None
    estimates: dict[str, Any] = {}
    if ahead is not None:
        outlook = ahead.outlook
        value = outlook.value * ahead.rate
        low, high = np.quantile(outlook.drawn_value, (LOW, HIGH), axis=0) * ahead.rate
        estimates = {
            "probability_stays": outlook.stays, "expected_payments": outlook.payments,
            "value": as_money(to_cents(value)), "value_low": as_money(to_cents(np.minimum(low, value))),
            "value_high": as_money(to_cents(np.maximum(high, value))),
            "reasons": _reasons(found, outlook.stays, settings),
        }  # fmt: skip
    columns = {
        "customer_id": found.customer,
        "subscription_id": found.number,
        "plan": found.plan,
        "add_ons": [", ".join(names) for names in found.add_ons],
        "state": found.state.tolist(),
        "since": pa.array(found.since.astype(np.int32), mask=found.since < 0).cast(pa.date32()),
        "months": found.age * found.interval,
        "monthly_charge": as_money(found.charge),
        "paid": as_money(paid),
        **estimates,
    }
    nothing = {
        name: pa.nulls(size, SUBSCRIPTION_SCHEMA.field(name).type) for name in SUBSCRIPTION_SCHEMA.names
    }
    columns = nothing | columns
    return pa.table([columns[name] for name in SUBSCRIPTION_SCHEMA.names], schema=SUBSCRIPTION_SCHEMA)


def _reasons(found: Subscribers, stays: Array, settings: Settings) -> list[str]:
    words, form = catalog(settings.language), formats(settings.language, "")
    told = []
    for at in range(len(found)):
        facts = {
            "plan": found.plan[at] or NOTHING,
            "months": form.count(int(found.age[at] * found.interval[at])),
            "gone": form.count(int(found.gone[at])),
            "stays": form.percent(float(stays[at])),
            "horizon": form.short(settings.horizon_months),
        }
        told.append(words.text(f"subscriptions.reason.{found.state[at]}", **facts))
    return told


def _plans(subscribed: Subscribed, appraisal: Appraisal | None) -> list[dict[str, Any]]:
    """One row per plan: subscriptions by state, mean charge of those on it, value still to come."""
    found = subscribed.found
    ahead = appraisal.subscribing if appraisal else None
    plans, code = np.unique(np.array(found.plan, dtype=np.str_), return_inverse=True)
    rows = []
    for at, plan in enumerate(plans.tolist()):
        chosen = code == at
        on = chosen & (found.state == STATES[0])
        row: dict[str, Any] = {"plan": plan, "value": None}
        row |= {state: int(np.count_nonzero(chosen & (found.state == state))) for state in STATES}
        row["monthly_charge"] = float(found.charge[on].mean()) / 100 if on.any() else None
        if ahead is not None:
            drawn = (ahead.outlook.drawn_value[:, chosen] * ahead.rate[chosen]).sum(axis=1)
            row["value"] = interval(drawn, float((ahead.outlook.value * ahead.rate)[chosen].sum()))
        rows.append(row)
    return sorted(rows, key=lambda row: (-row[STATES[0]], row["plan"]))


def _bridge_table(bridge: MrrBridge, months: list[str]) -> pa.Table:
    rates = {
        "gross_retention": bridge.gross_retention, "net_retention": bridge.net_retention,
        "revenue_churn": bridge.revenue_churn, "customer_churn": bridge.logo_churn,
    }  # fmt: skip
    columns = {
        "month": months[1:],
        **{name: as_money(getattr(bridge, name)) for name in ("start", *PARTS, "end")},
        **{
            f"customers_{name}": getattr(bridge, f"accounts_{name}")
            for name in ("start", "new", "back", "lost", "end")
        },
        **{name: pa.array(rate, mask=~np.isfinite(rate)) for name, rate in rates.items()},
    }
    return pa.table([columns[name] for name in MRR_SCHEMA.names], schema=MRR_SCHEMA)


def _bridge_record(bridge: MrrBridge | None, found: Subscribers) -> dict[str, Any] | None:
    """The last twelve months together: start, what moved it month by month, end.

    Retention is that of who paid at the start: what they pay now, whatever came in between.
    """
    if bridge is None or found.monthly is None:
        return None
    months = found.months
    span = slice(max(len(bridge.start) - 12, 0), None)
    told = {name: int(getattr(bridge, name)[span].sum()) / 100 for name in PARTS}
    start, end = int(bridge.start[span][0]) / 100, int(bridge.end[-1]) / 100
    year = mrr_bridge(found.monthly[:, [-1 - len(bridge.start[span]), -1]])
    return {
        "from": months[len(months) - len(bridge.start[span]) - 1], "until": months[-1],
        "start": start, **told, "end": end,
        "customers_start": int(bridge.accounts_start[span][0]), "customers_end": int(bridge.accounts_end[-1]),
        "gross_retention": float(year.gross_retention[0]) if start else None,
        "net_retention": float(year.net_retention[0]) if start else None,
    }  # fmt: skip


def _moves(chain: PlanMarkov) -> pa.Table:
    low, high = chain.transition_interval()
    rows = [
        {
            "before": before, "after": after, "count": int(chain.counts_[i, j]),
            "share": float(chain.transitions_[i, j]), "share_low": float(low[i, j]),
            "share_high": float(high[i, j]),
        }
        for i, before in enumerate(chain.states_) if before != LEFT
        for j, after in enumerate(chain.states_)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=MOVE_SCHEMA)


def _findings(subscribed: Subscribed, customers: Customers, beside: int) -> list[Finding]:
    found, paid = subscribed.found, subscribed.paid
    told = list(found.findings)
    bills = len(found.bills.sub)
    if paid.matched:
        facts = {"count": paid.matched, "bills": bills, "amount": int(paid.in_orders.sum()) / 100}
        told.append(Finding("subscriptions_in_orders", "info", facts))
    if beside and 0 < paid.matched < bills * (1 - FEW_MATCHED):
        facts = {"count": bills - paid.matched, "amount": beside / 100}
        told.append(Finding("subscriptions_beside_orders", "warn", facts))
    if beside and "goods" in customers.deducted:
        told.append(Finding("subscriptions_without_cost", "warn", {"amount": beside / 100}))
    if found.monthly is None:
        told.append(Finding("subscriptions_without_days", "info", {"file": found.name}))
    return told
