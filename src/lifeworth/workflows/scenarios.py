"""Scenarios of a run: what its current value hangs on, as it is made and when it is asked again later."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from lifeworth.results.contract import CUSTOMERS_PARQUET
from lifeworth.results.read import read_customers
from lifeworth.results.runs import RunEntry
from lifeworth.value.discounting import horizon_days
from lifeworth.value.model import PurchaseValueModel
from lifeworth.value.published import COLUMNS, SUBSCRIPTIONS, published_base, published_model
from lifeworth.value.scenarios import Changes, asked_again, churn_differences, record, scenarios
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers
from lifeworth.workflows.settings import Settings

SIZES: dict[str, float] = asdict(Changes())  # how far levers move unless told otherwise
MOST = 20_000  # customers worked out one by one; of more, every k-th by value stands for k


def scenario_record(
    customers: Customers, appraisal: Appraisal | None, settings: Settings
) -> dict[str, Any] | None:
    """`summary.scenarios`, or None where nothing is forecast."""
    if appraisal is None:
        return None
    model, drawn, buying = appraisal.model, appraisal.intervals, appraisal.buying
    rows = np.flatnonzero(customers.bought)
    moved = [replace(one, value=one.value[rows], worth=one.worth[rows]) for one in appraisal.scenarios]
    differences = drawn.terms[1:] - drawn.terms[0]
    churn = [place for place, one in enumerate(moved) if one.lever == "churn"]
    if churn and isinstance(model, PurchaseValueModel):
        differences[churn] = churn_differences(
            model,
            customers.buyers,
            [moved[place] for place in churn],
            drawn.levels,
            value=buying.value[rows],
            discount=buying.discount[rows],
            days=settings.days,
            seed=settings.random_state,
        )
    total, own = (float(each.value.sum()) for each in (appraisal.forecast, buying))
    if total != own and own:  # subscriptions answer to a lever as much as buying does
        moved = [replace(one, value=one.value * total / own) for one in moved]
        differences *= total / own
    return record(moved, total, drawn.total_value, differences)


def scenarios_of(run: RunEntry, sizes: Mapping[str, float]) -> dict[str, Any] | None:
    """`summary.scenarios` of a published run with other changes, from its rows and parameters.

    Args:
        sizes: how far levers move, see `Changes`; those it does not name move by their default. Without
            any, the answer is what the run published.
    Returns:
        None where the run forecasts nobody, or is of a version that published too little.
    Raises:
        UsageError: VALUE-321 for a size outside 0..1.
    """
    changes, published = Changes(**sizes), run.summary.get("scenarios")
    if not sizes or not published:
        return published
    changed_ns = (run.folder / CUSTOMERS_PARQUET).stat().st_mtime_ns
    return _scenarios(run, changed_ns, changes)


@lru_cache(maxsize=64)
def _scenarios(run: RunEntry, changed_ns: int, changes: Changes) -> dict[str, Any] | None:
    customers = read_customers(run.folder, (*COLUMNS, SUBSCRIPTIONS))
    if customers is None:
        customers = read_customers(run.folder, COLUMNS)
    if customers is None:
        return None
    customers = _spread(customers)
    summary, revenue = run.summary, run.summary["basis"] == "revenue"
    terms = {"days": horizon_days(summary["horizon_months"]), "annual_rate": summary["discount_rate"]}
    model = published_model(summary["model"]["name"], summary["model"]["params"], customers)
    base = published_base(customers, revenue=revenue)
    found = scenarios(model, base, changes, has_margin=not revenue, **terms)
    total, own = summary["intervals"]["current_value"], float(model.forecast(base, **terms).value.sum())
    scale = total["value"] / own if own else 1.0  # the total also counts who is not looked at
    known = (summary.get("scenarios") or {}).get("rows") or []
    return asked_again([replace(one, value=one.value * scale) for one in found], total, known)


def _spread(customers: pa.Table) -> pa.Table:
    """The customers, or as many as a page can wait for, evenly from the least worth to the most."""
    step = -(-customers.num_rows // MOST)
    if step <= 1:
        return customers
    worth = np.asarray(customers["current_value_undiscounted"].cast(pa.float64()))
    if SUBSCRIPTIONS in customers.column_names:
        worth = worth - np.asarray(customers[SUBSCRIPTIONS].cast(pa.float64()))
    return customers.take(pa.array(np.argsort(worth, kind="stable")[step // 2 :: step]))
