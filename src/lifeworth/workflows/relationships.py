"""Households and parent accounts of a run: what belongs together, and what it is worth together."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.data.relationships import Groups, read_groups
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine
from lifeworth.value.cents import to_cents
from lifeworth.value.concentration import concentration
from lifeworth.value.intervals import HIGH, LOW
from lifeworth.value.roll_up import rolled_up
from lifeworth.value.statement import Statement, as_money
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers

Cents = NDArray[np.int64]
MOST_DRAWN = 50_000  # groups whose futures are summed draw by draw; with more, none has an interval
ESTIMATES = ("current_value", "potential_value", "future_value", "lifetime_value")


@dataclass(frozen=True)
class RelationshipPart:
    """record: `summary.relationships`; tables: `groups`, one row each, and `group_members`."""

    record: dict[str, Any] | None = None
    tables: dict[str, pa.Table] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    rejected: pa.Table | None = None


def groups_of(source: Any | None, orders: Orders, customers: Customers, engine: Engine) -> Groups | None:
    """Raises DataError DATA-350, DATA-351 and as for companion files."""
    if source is None:
        return None
    ids = customers.table["customer_id"].combine_chunks()
    return read_groups(source, ids, customers.day, engine, orders.zone)


def grouping(found: Groups | None) -> tuple[NDArray[np.int64], int] | None:
    """What `intervals.simulate` sums up within each draw: the groups, and those without one."""
    if found is None or not found.names or len(found.names) > MOST_DRAWN:
        return None
    return np.where(found.code >= 0, found.code, len(found.names)), len(found.names) + 1


def relationship_part(
    found: Groups | None,
    customers: Customers,
    parts: Statement,
    appraisal: Appraisal | None,
    draws: NDArray[np.float64] | None,
) -> RelationshipPart:
    """
    Args:
        draws: current value per group and simulated future, as `grouping` asked for it.
    """
    if found is None:
        return RelationshipPart()
    if not found.names:
        return RelationshipPart(None, {}, found.findings, found.rejected)
    count = len(found.names)
    columns = {"net_sales": customers.ledger.net_sales, **_told(parts, appraisal)}
    sums = rolled_up(columns, found.code, count)
    members = np.bincount(found.code[found.code >= 0], minlength=count)
    low, high = _bounds(sums, draws, count, appraisal)
    bounds = _potential_bounds(found, appraisal, sums, count)
    table = pa.table(
        {
            "group_id": pa.array(found.names, pa.string()),
            "members": pa.array(members),
            **{name: as_money(cents[:count]) for name, cents in sums.items()},
            **({} if low is None or high is None else {"current_value_low": low, "current_value_high": high}),
            **bounds,
        }
    )
    worth = sums["historical_value" if appraisal is None else "future_value"]
    record = {
        "file": found.counts,
        "groups": count,
        "are_households": found.are_households,
        "members": int(members.sum()),
        "largest": int(members.max()),
        "value_name": "historical_value" if appraisal is None else "future_value",
        "totals": {
            name: {"groups": int(cents[:count].sum()) / 100, "alone": int(cents[count]) / 100}
            for name, cents in sums.items()
        },
        "concentration": _concentration(found, columns, worth, count),
        "hidden": _hidden(found, appraisal.grade.result.codes, worth, count)
        if appraisal and appraisal.grade
        else None,
    }
    tables = {"groups": table, "group_members": _members(found, customers, table)}
    return RelationshipPart(record, tables, found.findings, found.rejected)


def _told(parts: Statement, appraisal: Appraisal | None) -> dict[str, Cents]:
    names = ("historical_value", *(ESTIMATES if appraisal else ()))
    columns = parts.columns()
    return {name: columns[name] for name in names}


def _bounds(
    sums: dict[str, Cents], draws: NDArray[np.float64] | None, count: int, appraisal: Appraisal | None
) -> tuple[pa.Array | None, pa.Array | None]:
    """90 % interval of each group's current value: its members' futures added up draw by draw."""
    if draws is None or appraisal is None:
        return None, None
    low, high = np.quantile(draws[:count], (LOW, HIGH), axis=1)
    current = sums["current_value"][:count]
    return as_money(np.minimum(to_cents(low), current)), as_money(np.maximum(to_cents(high), current))


def _potential_bounds(
    found: Groups, appraisal: Appraisal | None, sums: dict[str, Cents], count: int
) -> dict[str, pa.Array]:
    """90 % interval of each group's potential value, see `streams.together`."""
    if appraisal is None or appraisal.potential is None:
        return {}
    code = np.where(found.code >= 0, found.code, count)
    _, low, high = appraisal.potential.sums(code, count + 1)
    middle = sums["potential_value"][:count]
    return {
        "potential_value_low": as_money(np.minimum(to_cents(low[:count]), middle)),
        "potential_value_high": as_money(np.maximum(to_cents(high[:count]), middle)),
    }


def _concentration(found: Groups, columns: dict[str, Cents], worth: Cents, count: int) -> dict[str, Any]:
    """Share of value held by the best tenth: of customers, and of groups and those who stand alone."""
    own = columns["historical_value" if "future_value" not in columns else "future_value"]
    units = np.concatenate([worth[:count], own[found.code < 0]])
    return {
        "customers": concentration(own)["top_10_share"], "groups": concentration(units)["top_10_share"],
        "units": len(units),
    }  # fmt: skip


def _hidden(found: Groups, own: NDArray[np.str_], worth: Cents, count: int) -> dict[str, int]:
    """Customers of grade D by themselves who belong to a group of the best tenth of groups."""
    best = np.argsort(-worth[:count], kind="stable")[: max(count // 10, 1)]
    inside = np.isin(found.code, best)
    return {
        "customers": int((inside & (own == "D")).sum()),
        "groups": len(best),
        "members": int(inside.sum()),
    }


def _members(found: Groups, customers: Customers, groups: pa.Table) -> pa.Table:
    """One row per customer who belongs somewhere, with what the group is worth; sorted by customer."""
    rows = np.flatnonzero(found.code >= 0)
    ids = customers.table["customer_id"].combine_chunks().take(pa.array(rows))
    theirs = groups.take(pa.array(found.code[rows]))
    money = [name for name in groups.column_names if name not in ("group_id", "members")]
    return pa.table(
        {
            "customer_id": ids,
            "group_id": theirs["group_id"],
            "role": pa.array([found.role[row] for row in rows.tolist()], pa.string()),
            "level": pa.array(found.level[rows]),
            "members": theirs["members"],
            **{f"group_{name}": theirs[name] for name in money},
        }
    )
