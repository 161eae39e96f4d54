"""Cohorts of a run: what customers of one beginning did and brought, and what they are expected to bring."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.history import DAYS_PER_MONTH
from lifeworth.data.cohorts import Calendar, calendar, cohort_cells
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine
from lifeworth.results.cohorts import COHORT_SCHEMA
from lifeworth.value.acquisition import payback_ahead
from lifeworth.value.intervals import interval, level_factors
from lifeworth.value.model import PurchaseValueModel
from lifeworth.workflows.acquisition import Won
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.backtest import Judged
from lifeworth.workflows.customers import Customers
from lifeworth.workflows.settings import Settings

Array = NDArray[np.float64]
SEED_OF_LEVELS = 3  # beside the seed of the run
QUARTERS = (0.25, 0.5, 0.75, 1.0)
LEAST_LEVEL = 0.08  # see docs/decisions/0013-cohort-intervals.md


@dataclass(frozen=True)
class Cohorts:
    """The cohort of each of n customers, as a place in the calendar."""

    periods: Calendar
    place: NDArray[np.int64]

    @property
    def grouping(self) -> tuple[NDArray[np.int64], int]:
        return self.place, len(self.periods)


def cohorts_of(customers: Customers) -> Cohorts:
    first = customers.column("first_day")
    periods = calendar(int(first.min(initial=customers.day)), customers.day)
    return Cohorts(periods, periods.of(first))


def cohort_table(
    cohorts: Cohorts, orders: Orders, customers: Customers, appraisal: Appraisal | None, draws: Array | None,
    won: Won | None, settings: Settings, engine: Engine,
) -> pa.Table:  # fmt: skip
    """`results.cohorts`; each cohort's observed value adds up to the historical value of its customers.

    Args:
        draws: current value of each cohort in each simulated future; None: nothing is predicted.
    """
    periods, place = cohorts.periods, cohorts.place
    whole = (customers.ledger.historical + customers.ledger.costs["acquisition"]) / 100
    sold = customers.ledger.net_sales / 100
    rate = np.divide(whole, sold, out=np.zeros(len(whole)), where=sold > 0)
    ids = customers.table["customer_id"]
    cells = cohort_cells(orders, ids, place, rate, periods, customers.day, engine)
    size = np.bincount(place, minlength=len(periods))
    value = cells.value.copy()
    # what no sale of its own carries, and the rounding of rates, belong to the beginning
    value[np.diag_indices(len(periods))] += np.bincount(place, whole, len(periods)) - value.sum(axis=1)
    cost = _acquisition_cost(cohorts, customers, won, size)
    shares = (
        _shares(cohorts, customers, appraisal, settings)
        if appraisal and any(cost)
        else np.ones((1, len(size)))
    )
    rows: list[dict[str, Any]] = []
    for cohort in np.flatnonzero(size).tolist():
        start, n = int(periods.starts[cohort]), int(size[cohort])
        same = {
            "cohort": periods.name(cohort), "start": date_of(start), "period": periods.period, "customers": n,
            "acquisition_cost": cost[cohort],
        }  # fmt: skip
        so_far = np.cumsum(value[cohort]) / n
        for when in range(cohort, len(periods)):
            last = int(periods.starts[when + 1]) - 1
            rows.append(
                same
                | {
                    "age": when - cohort,
                    "months": (min(last, customers.day) + 1 - start) / DAYS_PER_MONTH,
                    "complete": last <= customers.day,
                    "predicted": False,
                    "active": int(cells.active[cohort, when]),
                    "retention": cells.active[cohort, when] / n,
                    "net_sales": cells.net_sales[cohort, when] / n,
                    "value": value[cohort, when] / n,
                    "cumulative_value": so_far[when],
                }
            )
        if appraisal is not None and draws is not None:
            to_come = float(appraisal.forecast.value[place == cohort].sum())
            coming = {side: part / n for side, part in interval(draws[cohort], to_come).items()}
            around = {side: so_far[-1] + part for side, part in coming.items()}
            age, spent = (customers.day + 1 - start) / DAYS_PER_MONTH, cost[cohort]
            paid: dict[str, float | None] = {}
            if spent is not None:
                ahead = {"months": age, "horizon_months": settings.horizon_months}
                paid = payback_ahead(spent, float(so_far[-1]), coming, shares[:, cohort], **ahead)
            rows.append(
                same
                | {
                    "months": age + settings.horizon_months,
                    "payback_months": paid.get("value"),
                    "payback_low": paid.get("low"),
                    "payback_high": paid.get("high"),
                    "complete": False,
                    "predicted": True,
                    "value": to_come / n,
                    "cumulative_value": around["value"],
                    "cumulative_low": around["low"],
                    "cumulative_high": around["high"],
                }
            )
    filled = [{name: row.get(name) for name in COHORT_SCHEMA.names} for row in rows]
    return pa.Table.from_pylist(filled, schema=COHORT_SCHEMA)


def cohort_draws(
    drawn: Array | None, appraisal: Appraisal | None, judged: Judged, settings: Settings
) -> Array | None:
    """Current value of each cohort in each simulated future, (cohorts, draws), from what the run drew.

    None where nothing has proven the coverage of such intervals: without a backtest, and with the formula.
    A lucky backtest says that the level is known exactly; here it is never known better than `LEAST_LEVEL`.
    """
    by_model = appraisal is not None and isinstance(appraisal.model, PurchaseValueModel)
    if drawn is None or judged.record is None or not by_model:
        return None
    missing = float(np.sqrt(max(LEAST_LEVEL**2 - judged.level_sd**2, 0.0)))
    return np.asarray(drawn * level_factors(missing, drawn.shape[1], settings.random_state + SEED_OF_LEVELS))


def _shares(cohorts: Cohorts, customers: Customers, appraisal: Appraisal, settings: Settings) -> Array:
    """Of what each cohort is to bring over the horizon, the share by each quarter of it, (4, cohorts)."""
    found = []
    for part in QUARTERS:
        ahead = appraisal.model.forecast(
            customers.base, days=part * settings.days, annual_rate=settings.discount_rate
        ).without(~customers.bought)
        found.append(np.bincount(cohorts.place, ahead.value, len(cohorts.periods)))
    whole = found[-1]
    return np.stack([np.divide(each, whole, out=np.zeros(len(whole)), where=whole > 0) for each in found])


def _acquisition_cost(
    cohorts: Cohorts, customers: Customers, won: Won | None, size: NDArray[np.int64]
) -> list[float | None]:
    """Cost of winning one customer of each cohort: as recorded with customers, else what its months spent."""
    recorded = customers.ledger.costs["acquisition"] / 100
    spent: Array = np.zeros(len(size))
    if recorded.any():
        spent += np.bincount(cohorts.place, recorded, len(size))
    elif won is not None:
        places = dict(zip(won.month.tolist(), cohorts.place.tolist(), strict=True))
        for (_, month), amount in won.marketing.spend.items():
            if month in places:
                spent[places[month]] += amount
    return [float(spent[n]) / int(size[n]) if size[n] and spent[n] else None for n in range(len(size))]
