"""Two runs side by side: their figures, what of their settings differs, and why the value moved."""

import contextlib
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from lifeworth.base.errors import UsageError
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.results.contract import CUSTOMERS_PARQUET
from lifeworth.results.index import INDEX
from lifeworth.results.publish import write_json
from lifeworth.results.read import read_customers, read_run, read_table
from lifeworth.results.runs import RunEntry
from lifeworth.value.bridge import BRIDGE_COLUMNS, match, value_bridge
from lifeworth.value.bridge_intervals import LEVEL, NEEDED, SPEND, Side, step_spreads
from lifeworth.value.discounting import horizon_days
from lifeworth.value.model import FORMULA
from lifeworth.value.potential.assumptions import NAMES as ASSUMED
from lifeworth.workflows.dimensions import dimension_change
from lifeworth.workflows.step import Progress, silent

NO_BRIDGE = {"bridge": None, "moves": None}
FIGURES = ("customers", "repeat_customers", "orders", "gross_sales", "refunds", "net_sales")
SETTINGS = ("as_of", "currency", "basis", "value_basis", "margin", "horizon_months", "discount_rate")


def compare_runs(before: RunEntry, after: RunEntry, progress: Progress = silent) -> dict[str, Any]:
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
    offers = [_measured(each) for each in (one, two)]
    differing |= {
        name: _pair(offers[0].get(name), offers[1].get(name))
        for name in {**offers[0], **offers[1]}
        if offers[0].get(name) != offers[1].get(name)
    }
    model = _pair((one.get("model") or {}).get("name"), (two.get("model") or {}).get("name"))
    grade = _pair((one.get("backtest") or {}).get("grade"), (two.get("backtest") or {}).get("grade"))
    alike = comparable(before, after)
    return {
        "before": before.id,
        "after": after.id,
        "comparable": alike,
        "settings": differing,
        "figures": figures,
        "model": model,
        "grade": grade,
        "segments": _segments(one, two),
        "intervals": _pair(_future(one), _future(two)),
        **(_bridge(before, after, progress) if alike else NO_BRIDGE),
        "dimensions": dimension_change(before.folder, after.folder) if alike else None,
    }


def compared(before: RunEntry, after: RunEntry, progress: Progress = silent) -> dict[str, Any]:
    """`compare_runs`, kept beside the later run once it has been worked out: neither run changes any more."""
    kept, told = _kept(before, after), kept_comparison(before, after)
    if told is not None:
        return told
    told = compare_runs(before, after, progress)
    fresh = kept.with_name(f"{kept.name}.{os.getpid()}.{threading.get_ident()}")
    with contextlib.suppress(FileNotFoundError):  # an erasure takes the folder away: it is kept next time
        kept.parent.mkdir(exist_ok=True)
        write_json(fresh, told)
        fresh.rename(kept)
    return told


def kept_comparison(before: RunEntry, after: RunEntry) -> dict[str, Any] | None:
    """What `compared` has kept, or None where it has yet to be worked out."""
    try:
        return dict(json.loads(_kept(before, after).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _kept(before: RunEntry, after: RunEntry) -> Path:
    moments = [(run.folder / CUSTOMERS_PARQUET).stat().st_mtime_ns for run in (before, after)]
    return after.folder / INDEX / f"since-{before.id}-{moments[0]}-{moments[1]}-5.json"


def in_order(one: RunEntry, other: RunEntry) -> tuple[RunEntry, RunEntry]:
    """Two runs with the earlier as-of date first; of one date, the one that was made first."""
    before, after = sorted((one, other), key=lambda run: (run.summary["as_of"], run.created, run.id))
    return before, after


def runs_before(runs: Sequence[RunEntry], after: RunEntry) -> list[RunEntry]:
    """The runs before `after` on the same terms, the latest first."""
    earlier = [run for run in runs if run.id != after.id and in_order(run, after)[1] is after]
    same = [run for run in earlier if comparable(run, after)]
    return sorted(same, key=lambda run: (run.created, run.id), reverse=True)


def run_before(runs: Sequence[RunEntry], after: RunEntry) -> RunEntry | None:
    """The run that a reader would compare `after` with."""
    return next(iter(runs_before(runs, after)), None)


def comparable(one: RunEntry, other: RunEntry) -> bool:
    """Whether values of two runs may be set side by side: they are on the same terms."""
    return _terms(one) == _terms(other)


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


def _bridge(before: RunEntry, after: RunEntry, progress: Progress) -> dict[str, Any]:
    if not (before.summary.get("individual") and after.summary.get("individual")):
        return NO_BRIDGE
    progress("compare", 0.0)
    one, two = _customers(before), _customers(after)
    if one is None or two is None:  # of an older version, without these columns
        return NO_BRIDGE
    revenue = before.summary["basis"] == "revenue"
    progress("compare", 0.2)
    pair = match(one, two, revenue=revenue)
    made = value_bridge(one, two, revenue=revenue, pair=pair)
    progress("compare", 0.6)
    sides = _side(before, one), _side(after, two)
    spreads = {}  # where a run of an older version kept too little, see `bridge_intervals.step_spreads`
    if sides[0] is not None and sides[1] is not None:
        spreads = step_spreads(sides[0], sides[1], revenue=revenue, pair=pair)
    steps = [_step(key, cents / 100, spreads.get(key)) for key, cents in made.steps.items()]
    moves = [{**row, "change": row["change"] / 100} for row in made.moves]
    return {
        "bridge": {"before": made.before / 100, "after": made.after / 100, "steps": steps},
        "moves": moves,
    }


def _step(key: str, amount: float, half: float | None) -> dict[str, Any]:
    ends = {} if half is None else {"low": amount - half, "high": amount + half}
    return {"key": key, "amount": amount, "low": None, "high": None, **ends}


def _customers(run: RunEntry) -> pa.Table | None:
    """The columns that intervals need, those of the bridge alone in a run that lacks some, or None."""
    found = read_customers(run.folder, NEEDED)
    return read_customers(run.folder, BRIDGE_COLUMNS) if found is None else found


def _side(run: RunEntry, customers: pa.Table) -> Side | None:
    model, summary = run.summary.get("model") or {}, run.summary
    if model.get("name") not in (FORMULA, *PURCHASE_MODELS):  # one with covariates, which runs do not publish
        return None
    posterior = read_table(run.folder, "posterior", [LEVEL, SPEND, *model.get("params", {})])
    if posterior is None or not set(NEEDED) <= set(customers.column_names):
        return None
    nothing = {"value": 0.0, "low": 0.0, "high": 0.0}
    return Side(
        customers,
        model["name"],
        model["params"],
        posterior,
        horizon_days(summary["horizon_months"]),
        summary["intervals"].get("potential_value") or nothing,
        (summary.get("subscriptions") or {}).get("value") or nothing,
        _offers(summary),
    )


def _offers(summary: dict[str, Any]) -> dict[str, float]:
    """Spread of the effects of offers over all potential value, by the campaigns or assumption behind it.

    A campaign without a name is known again by what it measured.
    """
    told, totals = summary.get("potential") or {}, summary["totals"]
    whole, found = totals.get("potential_value") or 0.0, dict[str, float]()
    for name, each in (told.get("offer_effects") or {}).items():
        named = each["measured"] and all(each["campaigns"])
        cause = json.dumps([each["campaigns"], None if named else [each["value"], each["cv"]]])
        part = each["cv"] * (totals.get(f"{name}_value") or 0.0)
        found[cause] = found.get(cause, 0.0) + (part / whole if whole > 0 else 0.0)
    return found


def _measured(summary: dict[str, Any]) -> dict[str, float]:
    """Effects of offers that campaigns measured, by the names of settings."""
    effects = (summary.get("potential") or {}).get("offer_effects") or {}
    return {f"offer_effect_{name}": each["value"] for name, each in effects.items() if each["measured"]}


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
