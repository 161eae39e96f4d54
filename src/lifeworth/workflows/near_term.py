"""Near-term benefit of a run: what customers are expected to bring in the next 90 days, by product line."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.history import DAYS_PER_MONTH
from lifeworth.base.random import stream
from lifeworth.data.line_mix import LineMix
from lifeworth.results.near_term import NEAR_TERM_SCHEMA, SUBSCRIPTIONS
from lifeworth.value.cents import to_cents
from lifeworth.value.intervals import draws_for, interval, simulate
from lifeworth.value.product_lines import DAYS, expected_mix, line_draws, luck, moved, split
from lifeworth.value.statement import as_money
from lifeworth.workflows.appraisal import Appraisal, futures_of
from lifeworth.workflows.backtest import Judged
from lifeworth.workflows.customers import Customers
from lifeworth.workflows.settings import Settings
from lifeworth.workflows.subscribing import subscriptions_ahead

Array = NDArray[np.float64]
Cents = NDArray[np.int64]
LINES_STREAM = 5  # beside those of value.intervals and value.model


def near_term_part(
    mix: LineMix | None,
    customers: Customers,
    appraisal: Appraisal | None,
    judged: Judged,
    settings: Settings,
) -> tuple[dict[str, Any] | None, pa.Table | None]:
    """(`summary.next_90_days`, `results.near_term`); None where no line is named or nothing is expected.

    The model, its posterior draws, the level and the seed are those of current value.
    """
    if mix is None or appraisal is None:
        return None, None
    short, base = replace(settings, horizon_months=DAYS / DAYS_PER_MONTH), customers.base
    draws = draws_for(len(customers))
    buying = appraisal.model.forecast(base, days=short.days, annual_rate=short.discount_rate).without(
        ~customers.bought
    )
    subscribing = subscriptions_ahead(customers, short, draws)
    whole = to_cents(subscribing.added_to(buying).value if subscribing else buying.value)
    expected = expected_mix(mix.spend, mix.days, mix.squares)
    worth = base.margin_rates * buying.discount
    means, variances = np.zeros((len(mix.names), draws)), np.zeros((len(mix.names), draws))

    def observe(rows: slice, purchases: NDArray[np.integer], sales: Array) -> None:
        value, share = sales * worth[rows, None], expected.shares[rows]
        means[:] += share.T @ value
        variances[:] += (share * (1 - share)).T @ (value**2 * luck(expected, rows, purchases))

    seen = simulate(
        base.history,
        buying,
        base.margin_rates,
        futures_of(appraisal.model, customers, days=short.days, draws=draws, seed=settings.random_state),
        draws=draws,
        level_sd=judged.level_sd,
        seed=settings.random_state,
        observe=observe,
        beside=(lambda rows: subscribing.drawn(rows)[0]) if subscribing else None,
    )
    spread = moved(mix.spend.sum(axis=0) - mix.recent, mix.recent, _recent_days(mix))
    bought = means.sum(axis=0) * seen.levels
    lines = line_draws(
        means * seen.levels, variances * seen.levels**2, spread, bought,
        stream(settings.random_state, LINES_STREAM),
    )  # fmt: skip
    paid = to_cents(subscribing.value) if subscribing else np.zeros(len(customers), np.int64)
    cents, names = split(whole - paid, expected.shares), list(mix.names)
    if subscribing:
        cents, names = np.column_stack([cents, paid]), [*names, SUBSCRIPTIONS]
        lines = np.vstack([lines, seen.total_value - bought])
    record = {
        "days": DAYS,
        "until": date_of(customers.day + DAYS).isoformat(),
        "kind": mix.kind,
        "value": interval(seen.total_value, int(whole.sum()) / 100),
        "expected_purchases": interval(seen.total_purchases, float(buying.expected_purchases.sum())),
        "strength": expected.strength,
        "mix_moved": spread,
        "lines": _lines(names, cents, lines),
    }
    return record, _table(customers.table["customer_id"], names, whole, cents, seen.low, seen.high)


def _recent_days(mix: LineMix) -> float:
    """Purchase days of the last 90 days, as far as money tells."""
    money = float(mix.spend.sum())
    return float(mix.days.sum()) * float(mix.recent.sum()) / money if money > 0 else 0.0


def _lines(names: list[str], cents: Cents, drawn: Array) -> list[dict[str, Any]]:
    """One entry per line, what brings most first."""
    rows = []
    for place, name in enumerate(names):
        found = interval(drawn[place], int(cents[:, place].sum()) / 100)
        rows.append({"line": name, "customers": int(np.count_nonzero(cents[:, place])), **found})
    return sorted(rows, key=lambda row: -row["value"])


def _table(
    ids: pa.ChunkedArray, names: list[str], whole: Cents, cents: Cents, low: Array, high: Array
) -> pa.Table:
    """Rows of one customer together: the whole, then its lines."""
    n, k = cents.shape
    every = np.column_stack([whole, cents])
    there = every != 0
    there[:, 0] = True
    customer, place = np.nonzero(there)
    ends = {}
    for name, end, pick in (("value_low", low, np.minimum), ("value_high", high, np.maximum)):
        side = np.zeros((n, k + 1), np.int64)
        side[:, 0] = pick(to_cents(end), whole)
        ends[name] = as_money(side[there])
    absent = pa.array(place > 0)
    null = pa.nulls(len(place), pa.decimal128(18, 2))
    named = pa.array([None, *names], pa.string())
    columns = {
        "customer_id": ids.combine_chunks().take(pa.array(customer)),
        "line": named.take(pa.array(place)),
        "value": as_money(every[there]),
        **{name: pc.if_else(absent, null, side) for name, side in ends.items()},
    }
    return pa.table(columns).cast(NEAR_TERM_SCHEMA)
