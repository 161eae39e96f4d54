"""Two runs side by side: their figures, what of their settings differs, and why the value moved."""

from typing import Any

from lifeworth.results.runs import RunEntry

FIGURES = ("customers", "repeat_customers", "orders", "gross_sales", "refunds", "net_sales")
SETTINGS = ("as_of", "currency", "basis", "value_basis", "margin", "horizon_months", "discount_rate")


def compare_runs(before: RunEntry, after: RunEntry) -> dict[str, Any]:
    """`figures` {name: {before, after}}, `settings` those that differ, `comparable` whether values may be set
    side by side: the same currency, basis, horizon and discount rate.
    """
    one, two = before.summary, after.summary
    figures = {name: _pair(one.get(name), two.get(name)) for name in FIGURES}
    totals = {**one.get("totals", {}), **two.get("totals", {})}
    figures |= {name: _pair(one["totals"].get(name), two["totals"].get(name)) for name in totals}
    differing = {
        name: _pair(one.get(name), two.get(name)) for name in SETTINGS if one.get(name) != two.get(name)
    }
    model = _pair((one.get("model") or {}).get("name"), (two.get("model") or {}).get("name"))
    grade = _pair((one.get("backtest") or {}).get("grade"), (two.get("backtest") or {}).get("grade"))
    return {
        "before": before.id,
        "after": after.id,
        "comparable": not set(differing) - {"as_of", "margin"},
        "settings": differing,
        "figures": figures,
        "model": model,
        "grade": grade,
        "segments": _segments(one, two),
    }


def _pair(before: Any, after: Any) -> dict[str, Any]:
    return {"before": before, "after": after}


def _segments(one: dict[str, Any], two: dict[str, Any]) -> list[dict[str, Any]]:
    first, second = (
        {(row["scheme"], row["key"]): row["customers"] for row in summary.get("segments", [])}
        for summary in (one, two)
    )
    return [
        {"scheme": scheme, "key": key, **_pair(first.get((scheme, key), 0), second.get((scheme, key), 0))}
        for scheme, key in dict.fromkeys([*first, *second])
    ]
