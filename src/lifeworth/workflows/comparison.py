"""Two runs side by side: their figures, what of their settings differs, and why the value moved."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lifeworth.base.errors import UsageError
from lifeworth.results.contract import CUSTOMERS_PARQUET
from lifeworth.results.index import INDEX
from lifeworth.results.publish import write_json
from lifeworth.results.read import read_customers, read_run
from lifeworth.results.runs import RunEntry
from lifeworth.value.bridge import BRIDGE_COLUMNS, value_bridge
from lifeworth.value.potential.assumptions import NAMES as ASSUMED
from lifeworth.workflows.dimensions import dimension_change

NO_BRIDGE = {"bridge": None, "moves": None}
FIGURES = ("customers", "repeat_customers", "orders", "gross_sales", "refunds", "net_sales")
SETTINGS = ("as_of", "currency", "basis", "value_basis", "margin", "horizon_months", "discount_rate")


def compare_runs(before: RunEntry, after: RunEntry) -> dict[str, Any]:
    """`figures` {name: {before, after}}, `settings` those that differ, `comparable` whether values may be set
    side by side: the same currency, basis, horizon and discount rate; `bridge` the steps of future value
    from one to the other and `moves` between patterns, None where they are not comparable or one of them
    forecasts nobody; `dimensions` the same for current value, by time, share and scope. `intervals`
    {before, after} of future value, None where it is not forecast.
    """
    one, two = before.summary, after.summary
    figures = {name: _pair(one.get(name), two.get(name)) for name in FIGURES}
    totals = {**one.get("totals", {}), **two.get("totals", {})}
    figures |= {name: _pair(one["totals"].get(name), two["totals"].get(name)) for name in totals}
    differing = {
        name: _pair(one.get(name), two.get(name)) for name in SETTINGS if one.get(name) != two.get(name)
    }
    assumed = [(each.get("potential") or {}).get("assumptions") or {} for each in (one, two)]
    differing |= {
        name: _pair(assumed[0][name], assumed[1][name])
        for name in ASSUMED
        if all(name in each for each in assumed) and assumed[0][name] != assumed[1][name]
    }
    model = _pair((one.get("model") or {}).get("name"), (two.get("model") or {}).get("name"))
    grade = _pair((one.get("backtest") or {}).get("grade"), (two.get("backtest") or {}).get("grade"))
    comparable = not set(differing) - {"as_of", "margin", *ASSUMED}
    return {
        "before": before.id,
        "after": after.id,
        "comparable": comparable,
        "settings": differing,
        "figures": figures,
        "model": model,
        "grade": grade,
        "segments": _segments(one, two),
        "intervals": _pair(_future(one), _future(two)),
        **(_bridge(before, after) if comparable else NO_BRIDGE),
        "dimensions": dimension_change(before.folder, after.folder) if comparable else None,
    }


def compared(before: RunEntry, after: RunEntry) -> dict[str, Any]:
    """`compare_runs`, kept beside the later run once it has been worked out: neither run changes any more."""
    moments = [(run.folder / CUSTOMERS_PARQUET).stat().st_mtime_ns for run in (before, after)]
    kept = after.folder / INDEX / f"since-{before.id}-{moments[0]}-{moments[1]}-2.json"
    if kept.exists():
        return dict(json.loads(kept.read_text(encoding="utf-8")))
    told = compare_runs(before, after)
    kept.parent.mkdir(exist_ok=True)
    fresh = kept.with_name(f"{kept.name}.{os.getpid()}")
    write_json(fresh, told)
    fresh.rename(kept)
    return told


def in_order(one: RunEntry, other: RunEntry) -> tuple[RunEntry, RunEntry]:
    """Two runs with the earlier as-of date first; of one date, the one that was made first."""
    before, after = sorted((one, other), key=lambda run: (run.summary["as_of"], run.created, run.id))
    return before, after


def run_before(runs: Sequence[RunEntry], after: RunEntry) -> RunEntry | None:
    """The run that a reader would compare `after` with: the latest before it on the same terms.

    Args:
        runs: newest first.
    """
    earlier = [run for run in runs if run.id != after.id and in_order(run, after)[1] is after]
    same = [run for run in earlier if _terms(run) == _terms(after)]
    return max(same, key=lambda run: (run.created, run.id)) if same else None


def _terms(run: RunEntry) -> list[Any]:
    return [run.summary.get(name) for name in SETTINGS if name not in ("as_of", "margin")]


def compare_folders(before: Path, after: Path) -> dict[str, Any]:
    """`compare_runs` of two run folders.

    Raises:
        DataError: RESULT-002 where there is no run.
        UsageError: RESULT-004 where the second is older than the first.
    """
    first, second = (RunEntry(folder.name, folder, read_run(folder).summary) for folder in (before, after))
    if second.summary["as_of"] < first.summary["as_of"]:
        raise UsageError("RESULT-004", seen=f"{first.summary['as_of']} > {second.summary['as_of']}")
    return compare_runs(first, second)


def _bridge(before: RunEntry, after: RunEntry) -> dict[str, Any]:
    if not (before.summary.get("individual") and after.summary.get("individual")):
        return NO_BRIDGE
    one, two = (read_customers(run.folder, BRIDGE_COLUMNS) for run in (before, after))
    if one is None or two is None:  # of an older version, without these columns
        return NO_BRIDGE
    made = value_bridge(one, two, revenue=before.summary["basis"] == "revenue")
    steps = [{"key": key, "amount": cents / 100} for key, cents in made.steps.items()]
    moves = [{**row, "change": row["change"] / 100} for row in made.moves]
    return {
        "bridge": {"before": made.before / 100, "after": made.after / 100, "steps": steps},
        "moves": moves,
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


def _future(summary: dict[str, Any]) -> dict[str, float] | None:
    """Future value with its interval: that of lifetime value less what is past."""
    whole = (summary.get("intervals") or {}).get("lifetime_value")
    past = summary["totals"].get("historical_value")
    if whole is None or past is None:
        return None
    return {side: whole[side] - past for side in ("value", "low", "high")}
