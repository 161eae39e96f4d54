"""The published rows and figures of one run, put together from its parts."""

import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

import lifeworth
from lifeworth.base.clock import date_of
from lifeworth.base.finding import Finding
from lifeworth.data.sources.orders import Orders
from lifeworth.results.contract import CUSTOMER_SCHEMA, ESTIMATE_COLUMNS, RFM_CLASSES
from lifeworth.segments.decision import DECISIONS
from lifeworth.segments.groups import codes_of, group_rows
from lifeworth.segments.pattern import PATTERNS
from lifeworth.segments.score import Score
from lifeworth.segments.tiers import TIERS
from lifeworth.value.bridge_intervals import posterior_table
from lifeworth.value.cents import to_cents
from lifeworth.value.concentration import concentration
from lifeworth.value.explain import Facts, reasons
from lifeworth.value.intervals import added, count_interval, interval
from lifeworth.value.potential.purse import SOURCES
from lifeworth.value.potential.table import potential_table
from lifeworth.value.statement import Statement, as_money, statement
from lifeworth.value.waterfall import waterfall
from lifeworth.workflows.ahead import columns_ahead, margin_ahead, remaining_months
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.backtest import Judged
from lifeworth.workflows.customers import Customers, Rfm
from lifeworth.workflows.decisions import current_value_of
from lifeworth.workflows.findings import finding_records
from lifeworth.workflows.model_card import model_record
from lifeworth.workflows.scenarios import scenario_record
from lifeworth.workflows.settings import Settings


def value_parts(customers: Customers, appraisal: Appraisal | None) -> Statement:
    """The identity's parts; nothing is expected where predictions are declined."""
    if appraisal is None:
        return statement(customers.ledger.historical, np.zeros(len(customers)))
    told = appraisal.potential.parts() if appraisal.potential else None
    return statement(customers.ledger.historical, appraisal.forecast.value, told)


def customer_table(
    customers: Customers, rfm: Rfm, appraisal: Appraisal | None, parts: Statement, score: Score | None,
    settings: Settings,
) -> pa.Table:  # fmt: skip
    """One row per customer, `results.contract.CUSTOMER_SCHEMA`; `parts` as `value_parts` gives them, `score`
    as `ahead.value_score` does."""
    table = customers.table
    sentences, keys = reasons(_facts(customers, appraisal), settings.language, settings.horizon_months)
    columns: dict[str, Any] = {
        "customer_id": table["customer_id"],
        "first_purchase": table["first_day"].cast(pa.int32()).cast(pa.date32()),
        "last_purchase": table["last_day"].cast(pa.int32()).cast(pa.date32()),
        "orders": table["orders"],
        "channel": customers.channel,
        **{name: as_money(cents) for name, cents in customers.ledger.columns().items()},
        "subscription_sales": as_money(_subscription_sales(customers)),
        "frequency": table["frequency"],
        "recency": table["recency"],
        "T": table["T"],
        "monetary_value": table["monetary_value"],
        "historical_value": as_money(parts.historical),
        "rfm": pa.array(rfm.scores.codes),
        "rfm_class": pa.array(rfm.classes.codes),
        "reasons": sentences,
        "reason_keys": keys,
    }
    if appraisal and score:
        columns |= _estimates(customers, appraisal, parts) | columns_ahead(customers, appraisal, score)
    rows = table.num_rows
    missing = {name: pa.nulls(rows, CUSTOMER_SCHEMA.field(name).type) for name in ESTIMATE_COLUMNS}
    return pa.table({**missing, **columns}).select(CUSTOMER_SCHEMA.names)


def summary_record(
    orders: Orders,
    customers: Customers,
    rfm: Rfm,
    appraisal: Appraisal | None,
    parts: Statement,
    judged: Judged,
    findings: list[Finding],
    settings: Settings,
    created: datetime.datetime,
) -> dict[str, Any]:
    """`results.summary.Summary`."""
    total = orders.report
    records = finding_records(
        [*findings, *judged.findings, *(appraisal.findings if appraisal else [])], settings.language
    )
    costs = customers.costs
    totals: dict[str, float | None] = {**parts.totals(), "current_value_undiscounted": None}
    if appraisal is None:
        totals |= dict.fromkeys(name for name in totals if name != "historical_value")
    else:
        totals["current_value_undiscounted"] = int(_undiscounted(appraisal).sum()) / 100
    as_of = date_of(customers.day).isoformat()
    first = _day(pc.min(customers.table["first_day"]), customers)
    last = _day(pc.max(customers.table["last_day"]), customers)
    return {
        "lifeworth": lifeworth.__version__,
        "run_id": created.strftime("%Y%m%dT%H%M%SZ"),
        "created": created.isoformat(timespec="microseconds"),
        "language": settings.language,
        "source": [file.name for file in orders.report.files],
        "as_of": as_of,
        "currency": orders.currency,
        "basis": "revenue" if customers.basis == "net_revenue" else "profit",
        "value_basis": customers.basis,
        "margin": settings.margin,
        "horizon_months": settings.horizon_months,
        "discount_rate": settings.discount_rate,
        "customers": len(customers),
        "repeat_customers": int(np.count_nonzero(customers.base.history.frequency)),
        "orders": int(pc.sum(customers.table["orders"]).as_py() or 0),
        "period": {"first": first, "last": last},
        "gross_sales": _sum(customers, "gross_sales"),
        "refunds": _sum(customers, "refunds"),
        "net_sales": int(customers.ledger.net_sales.sum()) / 100,
        "without_customer": {"lines": total.lines_without_customer},
        "costs": _costs(customers),
        "costs_not_deducted": _not_deducted(customers),
        "costs_set_aside": dict(costs.set_aside) if costs else {},
        "cost_rules": [{"kind": kind, "driver": driver} for kind, driver in costs.rules] if costs else [],
        "waterfall": _waterfall(customers, appraisal, parts),
        "totals": totals,
        "potential": appraisal.potential.record if appraisal and appraisal.potential else None,
        "referrals": appraisal.referral.record if appraisal and appraisal.referral else None,
        "intervals": _intervals(customers, appraisal, parts) if appraisal else {},
        "scenarios": scenario_record(customers, appraisal, settings),
        "concentration": concentration(parts.current if appraisal else parts.historical),
        "model": model_record(appraisal.model, customers) if appraisal else None,
        "backtest": judged.record,
        "individual": appraisal is not None,
        "margin_ahead": margin_ahead(customers) if appraisal else None,
        "decisions": appraisal.decisions.record if appraisal and appraisal.decisions else None,
        "grades": appraisal.grade.record if appraisal and appraisal.grade else None,
        "segments": _segments(customers, rfm, appraisal, parts),
        "rfm_rule": {"quintiles": rfm.scores.rule(), "classes": rfm.classes.rule()},
        "findings": records,
        "warnings": [record["says"] for record in records if record["severity"] != "info"],
    }


def _facts(customers: Customers, appraisal: Appraisal | None) -> Facts:
    history, days = customers.base.history, customers.column("purchase_days")
    gross = np.maximum(customers.column("gross_sales") - customers.column("discounts"), 1e-9)
    forecast = appraisal.forecast if appraisal else None
    known, here = np.zeros(len(customers), bool), np.zeros(len(customers), bool)
    if customers.subscribed is not None:
        known[customers.subscribed.row] = True
        here = customers.subscribed.running(len(customers))
    return Facts(
        frequency=history.frequency.astype(np.float64),
        recency=history.recency.astype(np.float64),
        T=history.T.astype(np.float64),
        spend=customers.base.net_sales / np.maximum(days, 1),
        refund_share=np.clip(customers.column("refunds") / gross, 0, 1),
        probability_alive=appraisal.probability_alive if appraisal else None,
        expected_purchases=forecast.expected_purchases if forecast else None,
        expected_spend=forecast.expected_spend if forecast else None,
        bought=customers.bought,
        subscribes=here,
        subscribed=known & ~here,
    )


def _estimates(customers: Customers, appraisal: Appraisal, parts: Statement) -> dict[str, Any]:
    low, high = to_cents(appraisal.intervals.low), to_cents(appraisal.intervals.high)
    alive = appraisal.probability_alive
    found = {} if alive is None else {"probability_alive": pa.array(alive)}
    money = {name: as_money(cents) for name, cents in parts.columns().items()}
    return (
        found
        | money
        | {
            "expected_purchases": pa.array(appraisal.forecast.expected_purchases),
            "expected_spend": pa.array(appraisal.forecast.expected_spend),
            "current_value_low": as_money(np.minimum(low, parts.current)),
            "current_value_high": as_money(np.maximum(high, parts.current)),
            "current_value_undiscounted": as_money(_undiscounted(appraisal)),
            **_subscriptions(appraisal),
            **_potential_bounds(appraisal, parts),
            **_wallet(appraisal),
            "pattern": pa.array(appraisal.pattern.codes),
            "pattern_probability": pa.array(appraisal.pattern.probability, pa.float64()),
            "tier": pa.array(appraisal.tier.codes),
            "customer_grade": _grades(appraisal),
        }
    )


def _subscription_sales(customers: Customers) -> NDArray[np.int64]:
    """Cents that subscriptions paid, whether the orders hold them or not."""
    if customers.subscribed is None:
        return np.zeros(len(customers), np.int64)
    return to_cents(customers.subscribed.of_customers(customers.subscribed.paid.paid / 100, len(customers)))


def _subscriptions(appraisal: Appraisal) -> dict[str, pa.Array]:
    found, nothing = appraisal.subscribing, np.zeros(len(appraisal.forecast.value))
    value, plain = (found.value, found.undiscounted) if found else (nothing, nothing)
    return {
        "subscription_value": as_money(to_cents(value)),
        "subscription_value_undiscounted": as_money(to_cents(plain)),
    }


def _grades(appraisal: Appraisal) -> pa.Array:
    assert appraisal.grade is not None  # of whoever is appraised
    return pa.array(appraisal.grade.result.codes)


def _potential_bounds(appraisal: Appraisal, parts: Statement) -> dict[str, pa.Array]:
    low = high = parts.potential / 100
    if appraisal.potential:
        low, high = appraisal.potential.bounds()
    return {
        "potential_value_low": as_money(np.minimum(to_cents(low), parts.potential)),
        "potential_value_high": as_money(np.maximum(to_cents(high), parts.potential)),
    }


def _wallet(appraisal: Appraisal) -> dict[str, pa.Array]:
    if appraisal.potential is None:
        return {}
    wallet = appraisal.potential.wallet
    size, (low, high) = to_cents(wallet.size), (to_cents(side) for side in wallet.bounds())
    return {
        "wallet": as_money(size),
        "wallet_low": as_money(np.minimum(low, size)),
        "wallet_high": as_money(np.maximum(high, size)),
        "share_of_wallet": pa.array(np.round(wallet.share, 6)),
        "wallet_source": pa.array(SOURCES, pa.string()).take(pa.array(wallet.source)),
    }


def further_tables(
    customers: Customers, appraisal: Appraisal | None, parts: Statement, settings: Settings
) -> dict[str, pa.Table]:
    """The run's tables beside `customers`: potential by stream, and referrals where they were given."""
    if appraisal is None or appraisal.potential is None:
        return {}
    ids = customers.table["customer_id"].combine_chunks()
    kept = posterior_table(
        appraisal.model, customers.base, appraisal.forecast, appraisal.intervals.levels, settings.random_state
    )
    found = {
        "potential": potential_table(appraisal.potential, ids, parts.parts, settings.language),
        "posterior": kept,
    }
    if appraisal.referral and appraisal.referral.table is not None:
        found["referrals"] = appraisal.referral.table
    return found


def _undiscounted(appraisal: Appraisal) -> NDArray[np.int64]:
    """Current value in cents as if money later were worth as much as money now."""
    forecast = appraisal.forecast
    return to_cents(forecast.undiscounted)


def _waterfall(customers: Customers, appraisal: Appraisal | None, parts: Statement) -> list[dict[str, Any]]:
    steps = {**customers.ledger.columns(), **parts.columns()}
    return waterfall(
        {name: int(cents.sum()) for name, cents in steps.items()}, estimated=appraisal is not None
    )


def _intervals(customers: Customers, appraisal: Appraisal, parts: Statement) -> dict[str, Any]:
    drawn, historical = appraisal.intervals, parts.historical.sum() / 100
    current = parts.current.sum() / 100
    found = {
        "current_value": interval(drawn.total_value, current),
        "lifetime_value": interval(drawn.total_value + historical, historical + current),
        "expected_purchases": interval(
            drawn.total_purchases, float(appraisal.forecast.expected_purchases.sum())
        ),
    }
    if appraisal.potential:
        found["potential_value"] = potential = appraisal.potential.total()
        found["lifetime_value"] = added(found["lifetime_value"], potential)
    if (months := remaining_months(appraisal)) is not None:
        found["remaining_months"] = months
    if appraisal.probability_alive is not None:
        found["active_customers"] = count_interval(appraisal.probability_alive)
    return found


def _costs(customers: Customers) -> dict[str, float]:
    if customers.costs is None:
        return {}
    found = {kind: float(part.sum()) for kind, part in customers.deducted.items()}
    left = sum(customers.costs.unallocated.values())
    return found | ({"unallocated": left} if left else {})


def _not_deducted(customers: Customers) -> dict[str, float]:
    known = customers.costs.per_customer if customers.costs else {}
    return {kind: float(part.sum()) for kind, part in known.items() if kind not in customers.deducted}


def _segments(
    customers: Customers, rfm: Rfm, appraisal: Appraisal | None, parts: Statement
) -> list[dict[str, Any]]:
    schemes: list[tuple[str, tuple[str, ...], Any, dict[str, float]]] = [
        ("rfm_class", RFM_CLASSES, rfm.classes.codes, rfm.classes.thresholds)
    ]
    if appraisal:
        pattern, tier = appraisal.pattern, appraisal.tier
        schemes = [
            ("pattern", PATTERNS, pattern.codes, pattern.rule.thresholds()),
            ("tier", TIERS, tier.codes, tier.thresholds),
            *schemes,
        ]
    if appraisal and appraisal.decisions:
        told = appraisal.decisions
        schemes.append(("decision", DECISIONS, told.codes, told.rule.thresholds()))
    rows: list[dict[str, Any]] = []
    further = appraisal.potential if appraisal else None
    for number, (scheme, keys, codes, thresholds) in enumerate(schemes):
        place = codes_of(codes, keys)
        rows += group_rows(
            scheme,
            keys,
            place,
            net_sales=customers.ledger.net_sales / 100,
            parts=parts,
            ledger=customers.ledger,
            draws=appraisal.intervals.groups[number] if appraisal and scheme != "decision" else None,
            potential=further.sums(place, len(keys)) if further else None,
            thresholds=thresholds,
        )
    if appraisal and appraisal.decisions:
        mine = [row for row in rows if row["scheme"] == "decision"]
        for row, estimate in zip(mine, current_value_of(appraisal.decisions.codes, appraisal), strict=True):
            row["current_value"] = estimate
    return rows


def _day(day: pa.Scalar, customers: Customers) -> str:
    """An ISO date; the as-of day where there are no customers."""
    return date_of(day.as_py() if day.is_valid else customers.day).isoformat()


def _sum(customers: Customers, name: str) -> float:
    return float(pc.sum(customers.table[name]).as_py() or 0)
