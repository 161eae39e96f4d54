"""Customer equity of a run by cell of its scope, and why it changed between two runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.results.read import read_table
from lifeworth.segments.groups import codes_of
from lifeworth.segments.pattern import PATTERNS
from lifeworth.segments.tiers import TIERS
from lifeworth.value.cents import to_cents
from lifeworth.value.dimensions import SUMS, cell_sums, change, factors
from lifeworth.value.intervals import interval
from lifeworth.value.statement import Statement, as_money
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers

Codes = NDArray[np.int64]
MOST_CHANNELS = 30
COLUMNS = ("scheme", "cell", *SUMS)


@dataclass(frozen=True)
class Channels:
    """Channels as cells: names, and the cell of each customer; "" holds those without a name and the rest."""

    names: list[str]
    code: Codes


def channels_of(customers: Customers) -> Channels | None:
    """The channels with the most customers; None where the orders name fewer than two."""
    counts = pc.value_counts(customers.channel.drop_null()).to_pylist()
    ranked = sorted(counts, key=lambda row: (-row["counts"], row["values"]))[:MOST_CHANNELS]
    if len(ranked) < 2:
        return None
    names = [str(row["values"]) for row in ranked]
    place = pc.index_in(customers.channel, value_set=pa.array(names, pa.string()))
    code = pc.fill_null(place, len(names)).to_numpy(zero_copy_only=False).astype(np.int64)
    return Channels([*names, ""] if (code == len(names)).any() else names, code)


def dimension_part(
    customers: Customers,
    appraisal: Appraisal | None,
    parts: Statement,
    channels: Channels | None,
    draws: NDArray[np.float64] | None,
) -> tuple[dict[str, Any] | None, pa.Table | None]:
    """(`summary.dimensions`, the table `dimensions`): one row per scheme and cell.

    Args:
        draws: current value per channel and simulated future.
    """
    if appraisal is None or appraisal.potential is None:
        return None, None
    groups = appraisal.intervals.groups
    schemes: list[tuple[str, tuple[str, ...], Codes, NDArray[np.float64]]] = [
        ("tier", TIERS, codes_of(appraisal.tier.codes, TIERS), groups[1]),
        ("pattern", PATTERNS, codes_of(appraisal.pattern.codes, PATTERNS), groups[0]),
    ]
    if channels is not None and draws is not None:
        schemes.insert(0, ("channel", tuple(channels.names), channels.code, draws))
    alive = np.ones(len(customers)) if appraisal.probability_alive is None else appraisal.probability_alive
    forecast, n = appraisal.forecast, len(customers)
    each = {
        "alive": alive,
        "spend": forecast.expected_purchases * forecast.expected_spend,
        "room": appraisal.potential.room,
        "current": parts.current / 100,
    }
    rows: dict[str, list[dict[str, Any]]] = {}
    pieces = []
    for scheme, names, code, drawn in schemes:
        sums = cell_sums(code, len(names), **each)
        told = factors(sums)
        rows[scheme] = [
            {
                "cell": name,
                **{factor: float(told[factor][place]) for factor in told},
                "current_value": interval(drawn[place], float(sums["current_value"][place])),
            }
            for place, name in enumerate(names)
            if sums["customers"][place]
        ]
        pieces.append(_table(scheme, names, sums))
    whole = cell_sums(np.zeros(n, np.int64), 1, **each)
    total: dict[str, Any] = {factor: float(value[0]) for factor, value in factors(whole).items()}
    total["current_value"] = interval(appraisal.intervals.total_value, float(whole["current_value"][0]))
    quantile = appraisal.potential.record["assumptions"]["wallet_quantile"]
    record = {"total": total, "schemes": rows, "quantile": quantile}
    return record, pa.concat_tables(pieces)


def _table(scheme: str, names: tuple[str, ...], sums: dict[str, NDArray[np.float64]]) -> pa.Table:
    there = np.flatnonzero(sums["customers"] > 0)
    money = {name: as_money(to_cents(sums[name][there])) for name in ("wallet", "spend", "current_value")}
    return pa.table(
        {
            "scheme": pa.array([scheme] * len(there), pa.string()),
            "cell": pa.array([names[place] for place in there.tolist()], pa.string()),
            "customers": pa.array(sums["customers"][there].astype(np.int64)),
            "active": pa.array(sums["active"][there]),
            **money,
        }
    ).select(list(COLUMNS))


def dimension_change(before: Path, after: Path) -> dict[str, Any] | None:
    """Why current value changed between two published runs, by dimension; None where one lacks the table.

    The scope is the channels where both runs have them, else the patterns.
    """
    tables = [read_table(folder, "dimensions", COLUMNS) for folder in (before, after)]
    if tables[0] is None or tables[1] is None:
        return None
    found = [table.to_pylist() for table in tables if table is not None]
    known = [{row["scheme"] for row in rows} for rows in found]
    scheme = next((name for name in ("channel", "pattern") if name in known[0] & known[1]), None)
    if scheme is None:
        return None
    sides = [{row["cell"]: row for row in rows if row["scheme"] == scheme} for rows in found]
    sums, places = [], []
    for rows in sides:
        sums.append({name: np.array([float(row[name]) for row in rows.values()]) for name in SUMS})
        places.append({cell: place for place, cell in enumerate(rows)})
    cells = sorted({*sides[0], *sides[1]})
    steps = change(sums[0], sums[1], [(places[0].get(cell, -1), places[1].get(cell, -1)) for cell in cells])
    values = [{cell: float(row["current_value"]) for cell, row in rows.items()} for rows in sides]
    return {
        "scheme": scheme,
        "before": round(sum(values[0].values()), 2),
        "after": round(sum(values[1].values()), 2),
        "steps": [{"key": key, "amount": cents / 100} for key, cents in steps.items()],
        "cells": [
            {"cell": cell, "before": values[0].get(cell, 0.0), "after": values[1].get(cell, 0.0)}
            for cell in cells
        ],
    }
