"""Made-up runs, shaped like published ones: the worlds a report must be able to tell of."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lifeworth.results.contract import (
    CUSTOMER_COLUMNS,
    CUSTOMER_SCHEMA,
    ESTIMATE_COLUMNS,
    PATTERNS,
    RFM_CLASSES,
    TIERS,
    Run,
)

AS_OF = date(2026, 10, 31)
HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    '"><img src=x onerror="window.hacked = 1">',
    "{{ 7 * 7 }}${7 * 7}<%= 7 %>",
    "=cmd|' /C calc'!A0",
    "\u202eright to left\u202c\u0000\u2028\u2029",
    "王晓梅 😀 <b>bold</b> & ]]> --> '\"`\\",
    "{a}{b}{name}" * 40,
)


def normal(customers: int = 400, *, seed: int = 5, currency: str = "CNY", **changes: Any) -> Run:
    """Repeat buyers and one-off buyers, a model better than the formula, on revenue."""
    rng = np.random.default_rng(seed)
    table = _customers(rng, customers)
    summary = _summary(table, currency) | changes
    return Run(Path(), table, summary, _import_report(["订单.csv"]))


def profit(customers: int = 300) -> Run:
    run = normal(customers, seed=8, currency="TWD", basis="profit", margin=0.35, costs={"acquisition": 900.0})
    run.summary["value_basis"] = "contribution_margin"
    for group in run.summary["segments"]:
        if group["scheme"] == "pattern":
            group["thresholds"]["cost_to_serve"] = 120.0
    return run


def formula(customers: int = 250) -> Run:
    """The formula won: no parameters, grade C."""
    run = normal(customers, seed=9, currency="USD")
    run.summary["model"] = {
        "name": "formula", "time_unit": "D", "params": {}, "standard_errors": {}, "log_likelihood": None,
        "converged": None, "boundary": [], "spend": None, "correlation": None,
    }  # fmt: skip
    run.summary["backtest"] |= {"grade": "C", "gain": -0.12}
    return run


def untested(customers: int = 200) -> Run:
    """Too short a file to hold months back, a model at a boundary, no currency."""
    run = normal(customers, seed=10, currency="", backtest=None)
    run.summary["model"] |= {"boundary": ["a"], "converged": False}
    return run


def declined(customers: int = 60, *, repeat: bool = True) -> Run:
    """Too little data: what happened, and no estimate for anybody."""
    rng = np.random.default_rng(11)
    table = _customers(rng, customers)
    for name in ESTIMATE_COLUMNS:
        place = table.schema.get_field_index(name)
        table = table.set_column(
            place, CUSTOMER_SCHEMA.field(name), pa.nulls(customers, CUSTOMER_SCHEMA.field(name).type)
        )
    if not repeat:
        nobody = pa.array(np.zeros(customers, np.int32))
        for name in ("frequency", "recency"):
            table = table.set_column(table.schema.get_field_index(name), CUSTOMER_SCHEMA.field(name), nobody)
    summary = _summary(table, "USD") | {
        "individual": False, "model": None, "backtest": None, "intervals": {},
        "repeat_customers": 0 if not repeat else customers // 3,
    }  # fmt: skip
    summary["totals"] |= {"current_value": None, "lifetime_value": None}
    summary["waterfall"] = summary["waterfall"][:4]
    summary["segments"] = [
        g | {"current_value": None} for g in summary["segments"] if g["scheme"] == "rfm_class"
    ]
    return Run(Path(), table, summary, _import_report(["orders.csv"]))


def single() -> Run:
    return declined(1, repeat=False)


def hostile() -> Run:
    """Names, files, columns and findings written by somebody who means harm; and amounts beyond counting."""
    run = normal(80, seed=12)
    ids = [HOSTILE[place % len(HOSTILE)] + str(place) for place in range(80)]
    table = run.customers.set_column(0, CUSTOMER_SCHEMA.field("customer_id"), pa.array(ids))
    reasons = table.schema.get_field_index("reasons")
    table = table.set_column(reasons, CUSTOMER_SCHEMA.field("reasons"), pa.array(ids))
    nasty = HOSTILE[0] + HOSTILE[5]
    finding = {
        "code": nasty,
        "severity": "bad",
        "facts": {nasty: nasty},
        "says": nasty,
        "costs": nasty,
        "do": nasty,
    }
    summary = run.summary | {
        "source": list(HOSTILE),
        "findings": [finding],
        "run_id": nasty,
        "currency": "XTS",
    }
    report = _import_report(list(HOSTILE))
    for file in report["files"]:
        file |= {
            "mapping": {nasty: {"column": nasty, "why": nasty}},
            "rows_rejected": {nasty: 20},
            "preset": nasty,
        }
    return Run(Path(), table, summary, report)


def huge() -> Run:
    """Money of fifteen digits, and shares that are almost nothing."""
    run = normal(120, seed=13, currency="JPY")
    table = run.customers
    for name in ("net_sales", "historical_value", "current_value", "current_value_low", "current_value_high"):
        place = table.schema.get_field_index(name)
        values = [None if v is None else v * 10**9 for v in table.column(name).to_pylist()]
        table = table.set_column(
            place, CUSTOMER_SCHEMA.field(name), pa.array(values, CUSTOMER_SCHEMA.field(name).type)
        )
    summary = _summary(table, "JPY")
    return Run(Path(), table, summary, run.import_report)


WORLDS = {
    "normal": normal, "profit": profit, "formula": formula, "untested": untested, "declined": declined,
    "single": single, "hostile": hostile, "huge": huge,
}  # fmt: skip


def _customers(rng: np.random.Generator, n: int) -> pa.Table:
    frequency = rng.negative_binomial(0.6, 0.25, n).astype(np.int32)
    age = rng.integers(200, 700, n).astype(np.int32)
    recency = np.where(frequency > 0, (age * rng.beta(3, 2, n)).astype(np.int32), 0).astype(np.int32)
    spend = np.round(rng.gamma(3, 60, n) + 5, 2)
    net = np.round(spend * (frequency + 1), 2)
    alive = np.where(
        frequency > 0, 1 / (1 + np.exp(((age - recency) * (frequency + 1) / age - 4) / 1.5)), 0.6
    )
    expected = alive * (frequency + 0.3) * 365 / age
    worth = np.round(expected * spend * 0.95, 2)
    pattern = np.where(
        spend >= 170, np.where(expected >= 1, "gold", "comet"), np.where(expected >= 1, "stream", "burden")
    )
    tier = np.where(worth >= np.quantile(worth, 0.8), "high", np.where(frequency == 0, "potential", "low"))
    rank = lambda values: np.minimum(5, 1 + (np.argsort(np.argsort(values, kind="stable")) * 5 // n))  # noqa: E731
    scores = [rank(recency - age), rank(frequency), rank(net)]
    first = [AS_OF - timedelta(days=int(days)) for days in age]
    last = [AS_OF - timedelta(days=int(days)) for days in age - recency]
    money = CUSTOMER_SCHEMA.field("net_sales").type
    columns = {
        "customer_id": [f"C{number:05d}" for number in range(n)],
        "first_purchase": first,
        "last_purchase": last,
        "orders": frequency + 1,
        "net_sales": _decimal(net, money),
        "frequency": frequency,
        "recency": recency,
        "T": age,
        "monetary_value": spend,
        "probability_alive": alive,
        "expected_purchases": expected,
        "expected_spend": spend,
        "historical_value": _decimal(net, money),
        "current_value": _decimal(worth, money),
        "current_value_low": _decimal(worth * 0.4, money),
        "current_value_high": _decimal(worth * 1.9, money),
        "future_value": _decimal(worth, money),
        "lifetime_value": _decimal(net + worth, money),
        "rfm": ["".join(str(int(score[row])) for score in scores) for row in range(n)],
        "rfm_class": [
            "".join("1" if score[row] >= 3 else "0" for score in scores) for row in range(n)
        ],
        "pattern": pattern.tolist(),
        "pattern_probability": rng.uniform(0.5, 1, n),
        "tier": tier.tolist(),
        "reasons": [f"bought every {int(a / (f + 1))} days" for a, f in zip(age, frequency, strict=True)],
    }  # fmt: skip
    sales = {"gross_sales": net * 1.04, "discounts": 0 * net, "refunds": net * 0.04}
    columns |= {name: _decimal(values, money) for name, values in sales.items()}
    columns["channel"] = ["web" if number % 3 else None for number in range(n)]
    columns["customer_grade"] = ["ABCD"[number % 4] for number in range(n)]
    columns["reason_keys"] = ["rhythm expected"] * n
    nothing = _decimal(np.zeros(n), money)
    for column in CUSTOMER_COLUMNS:
        columns.setdefault(column.name, nothing)
    return pa.table(
        {name: pa.array(columns[name], CUSTOMER_SCHEMA.field(name).type) for name in CUSTOMER_SCHEMA.names}
    )


def _waterfall(net: np.ndarray, past: np.ndarray, worth: np.ndarray) -> list[dict[str, Any]]:
    sums = {"gross_sales": net.sum() * 1.04, "net_sales": net.sum(), "historical_value": past.sum()}
    sums["lifetime_value"] = past.sum() + worth.sum()
    steps = [{"key": key, "amount": round(float(amount), 2), "sum": True} for key, amount in sums.items()]
    steps.insert(1, {"key": "refunds", "amount": round(float(-net.sum() * 0.04), 2), "sum": False})
    steps.insert(4, {"key": "current_value", "amount": round(float(worth.sum()), 2), "sum": False})
    return steps


def _decimal(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pa.array(np.round(values, 2)).cast(kind, safe=False)


def _summary(table: pa.Table, currency: str) -> dict[str, Any]:
    get = lambda name: np.nan_to_num(table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False))  # noqa: E731
    net, past, worth = get("net_sales"), get("historical_value"), get("current_value")
    interval = lambda value: {"value": value, "low": value * 0.9, "high": value * 1.12}  # noqa: E731
    return {
        "lifeworth": "0.1.0", "run_id": "2026-10-31-0001", "created": "2026-11-01T08:00:00Z",
        "language": "en",
        "source": ["orders.csv"], "as_of": AS_OF.isoformat(), "currency": currency, "basis": "revenue",
        "margin": None, "horizon_months": 12, "discount_rate": 0.1, "customers": table.num_rows,
        "repeat_customers": int((get("frequency") > 0).sum()), "orders": int(get("orders").sum()),
        "period": {"first": "2024-11-30", "last": "2026-10-30"}, "gross_sales": float(net.sum() * 1.04),
        "refunds": float(net.sum() * 0.04), "net_sales": float(net.sum()), "costs": {},
        "value_basis": "net_revenue", "costs_not_deducted": {}, "costs_set_aside": {}, "cost_rules": [],
        "waterfall": _waterfall(net, past, worth),
        "totals": {
            "historical_value": float(past.sum()), "current_value": float(worth.sum()),
            "lifetime_value": float(past.sum() + worth.sum()),
        },
        "intervals": {
            "current_value": interval(float(worth.sum())),
            "lifetime_value": {
                "value": float(past.sum() + worth.sum()), "low": float(past.sum() + worth.sum() * 0.9),
                "high": float(past.sum() + worth.sum() * 1.12),
            },
            "expected_purchases": interval(float(get("expected_purchases").sum())),
            "active_customers": interval(float(get("probability_alive").sum())),
        },
        "concentration": {"top_10_share": 0.44, "top_20_share": 0.63},
        "model": _model(), "backtest": _backtest(), "individual": True,
        "segments": _segments(table, net, past, worth),
        "rfm_rule": {}, "findings": _findings(), "warnings": [],
    }  # fmt: skip


def _model() -> dict[str, Any]:
    return {
        "name": "MBGNBD", "time_unit": "D", "log_likelihood": -9582.14, "converged": True, "boundary": [],
        "params": {"r": 0.525, "alpha": 43.28, "a": 0.891, "b": 1.614},
        "standard_errors": {"r": 0.041, "alpha": 3.6, "a": 0.12, "b": 0.31}, "correlation": 0.06,
        "spend": {
            "name": "GammaGamma", "params": {"p": 6.25, "q": 3.744, "v": 15.44},
            "standard_errors": {"p": 1.1, "q": 0.29, "v": 4.2}, "boundary": [], "converged": True,
        },
    }  # fmt: skip


def _backtest() -> dict[str, Any]:
    metrics = {
        "bias": -0.066, "mae": 21.3, "rmse": 80.1, "spearman": 0.48, "normalised_gini": 0.71,
        "top_10_capture": 0.52, "decile_error": 0.2, "error": 0.5, "coverage": 0.91, "total_inside": True,
    }  # fmt: skip
    base = metrics | {"bias": 0.31, "mae": 27.0, "coverage": None, "total_inside": None}
    means = [220, 110, 80, 55, 42, 30, 21, 15, 9, 4]
    start = date(2025, 1, 6)
    tracking = [
        {
            "start": (start + timedelta(weeks=week)).isoformat(),
            "actual": round(60 - 0.4 * week + 8 * np.sin(week)),
            "expected": 60 - 0.45 * week,
            "holdout": week >= 52,
        }
        for week in range(78)
    ]
    too_few = {
        "code": "MODEL-104",
        "severity": "warn",
        "facts": {},
        "says": "No best answer was found.",
        "costs": "",
        "do": "",
    }
    return {
        "cutoff": "2026-01-04", "months": 6.0, "customers": 380, "grade": "A", "gain": 0.21,
        "metrics": metrics, "baseline_metrics": base,
        "candidates": [
            {"name": "formula", "metrics": base, "declined": None},
            {"name": "BGNBD", "metrics": metrics | {"mae": 22.4}, "declined": None},
            {"name": "MBGNBD", "metrics": metrics, "declined": None},
            {"name": "ParetoNBD", "metrics": None, "declined": too_few},
        ],
        "deciles": [
            {"decile": n + 1, "customers": 38, "forecast": float(mean), "actual": mean * (1.1 - 0.02 * n)}
            for n, mean in enumerate(means)
        ],
        "tracking": tracking,
    }  # fmt: skip


def _segments(table: pa.Table, net: np.ndarray, past: np.ndarray, worth: np.ndarray) -> list[dict[str, Any]]:
    thresholds: dict[str, dict[str, float]] = {
        "pattern": {"profit_per_order": 170.0, "expected_repeats": 1.0, "cost_to_serve": 0.0},
        "tier": {"value": 480.0, "growth": 1.4, "share": 0.8},
        "rfm_class": {"days_since_at_most": 180.0, "purchases_at_least": 2.0, "spend_at_least": 240.0},
    }
    groups = []
    for scheme, keys in (("pattern", PATTERNS), ("tier", TIERS), ("rfm_class", RFM_CLASSES)):
        members = np.array([value or "" for value in table.column(scheme).to_pylist()])
        for key in keys:
            chosen = members == key
            value = float(worth[chosen].sum())
            groups.append({
                "scheme": scheme, "key": key, "customers": int(chosen.sum()),
                "net_sales": float(net[chosen].sum()), "historical_value": float(past[chosen].sum()),
                "current_value": {"value": value, "low": value * 0.85, "high": value * 1.2},
                "thresholds": thresholds[scheme],
            })  # fmt: skip
    return groups


def _findings() -> list[dict[str, Any]]:
    says = {
        "bad": (
            "Sales swing by 45 % with the season.", "Every model misses a peak by that much.",
            "Give two years of orders.",
        ),
        "warn": (
            "The file starts in the middle of the history.", "Old customers look new.",
            "Export from the first order.",
        ),
        "info": ("12 identical rows were counted once.", "", ""),
    }  # fmt: skip
    return [
        {
            "code": f"made_up_{level}",
            "severity": level,
            "facts": {},
            "says": text[0],
            "costs": text[1],
            "do": text[2],
        }
        for level, text in says.items()
    ]


def _import_report(names: list[str]) -> dict[str, Any]:
    file: dict[str, Any] = {
        "rows_read": 5210, "rows_used": 5180, "rows_rejected": {"no_date": 20, "no_amount": 10},
        "duplicates": 12, "lines_without_customer": 4, "gross": "120500.10",
        "refunds": "4500.05", "net": "116000.05",
        "encoding": "gb18030", "delimiter": ",", "preset": None, "date_order": "ymd",
        "mapping": {
            "customer_id": {"column": "买家会员名", "why": "header"},
            "amount": {"column": "实付", "why": "values"},
        },
    }  # fmt: skip
    total: dict[str, Any] = {
        name: file[name] * len(names)
        for name in ("rows_read", "rows_used", "duplicates", "lines_without_customer")
    }
    total["rows_rejected"] = {reason: rows * len(names) for reason, rows in file["rows_rejected"].items()}
    total |= {name: f"{float(file[name]) * len(names):.2f}" for name in ("gross", "refunds", "net")}
    return json.loads(
        json.dumps({"files": [{"file": name, **file} for name in names], "total": total, "warnings": []})
    )
