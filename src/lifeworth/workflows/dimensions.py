"""Customer equity of a run by cell of its scope, and why it changed between two runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.levels import OTHERS, UNKNOWN
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
MOST_CELLS = 30
SCOPE = "scope:"
COLUMNS = ("scheme", "cell", *SUMS)


@dataclass(frozen=True)
class Cells:
    """A scope: its scheme, the names of its cells, and the cell of each customer.

    scheme: "channel", or "scope:" and the name of the column. Cells: `UNKNOWN` holds customers without a
    name, `OTHERS` those beyond the `MOST_CELLS` largest.
    """

    scheme: str
    names: list[str]
    code: Codes


def scopes_of(customers: Customers) -> list[Cells]:
    """What equity is told by: the scope that was asked for, and channels; fewer than two names are none."""
    told = [("channel", customers.channel)]
    if customers.scope_name and customers.scope_name != "channel":
        told.insert(0, (f"{SCOPE}{customers.scope_name}", customers.scope))
    return [cells for scheme, words in told if (cells := _cells(scheme, words)) is not None]


def _cells(scheme: str, words: pa.Array) -> Cells | None:
    counts = pc.value_counts(words.drop_null()).to_pylist()
    ranked = sorted(counts, key=lambda row: (-row["counts"], row["values"]))[:MOST_CELLS]
    if len(ranked) < 2:
        return None
    named = [str(row["values"]) for row in ranked]
    place = pc.index_in(words, value_set=pa.array(named, pa.string()))
    rest = pc.if_else(pc.is_null(words), len(named) + 1, len(named))
    code = pc.coalesce(place, rest.cast(pa.int32())).to_numpy(zero_copy_only=False).astype(np.int64)
    return Cells(scheme, [*named, OTHERS, UNKNOWN], code)


def dimension_part(
    customers: Customers,
    appraisal: Appraisal | None,
    parts: Statement,
    scopes: Sequence[Cells],
    draws: Mapping[str, NDArray[np.float64]],
) -> tuple[dict[str, Any] | None, pa.Table | None]:
    """(`summary.dimensions`, the table `dimensions`): one row per scheme and cell.

    Args:
        draws: by scheme of `scopes`, current value per cell and simulated future.
    """
    if appraisal is None or appraisal.potential is None:
        return None, None
    groups = appraisal.intervals.groups
    schemes: list[tuple[str, tuple[str, ...], Codes, NDArray[np.float64]]] = [
        *((cells.scheme, tuple(cells.names), cells.code, draws[cells.scheme]) for cells in scopes),
        ("tier", TIERS, codes_of(appraisal.tier.codes, TIERS), groups[1]),
        ("pattern", PATTERNS, codes_of(appraisal.pattern.codes, PATTERNS), groups[0]),
    ]
    alive = np.ones(len(customers)) if appraisal.probability_alive is None else appraisal.probability_alive
    forecast, n = appraisal.forecast, len(customers)
    each = {
        "alive": alive,
        "spend": forecast.expected_purchases * forecast.expected_spend,
        "room": appraisal.potential.wallet.room,
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
    told_wallets = int(np.count_nonzero(appraisal.potential.wallet.source))
    record = {"total": total, "schemes": rows, "quantile": quantile, "told_wallets": told_wallets}
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

    The scope is the one that was asked for where both runs have it, else the channels, else the patterns.
    """
    tables = [read_table(folder, "dimensions", COLUMNS) for folder in (before, after)]
    if tables[0] is None or tables[1] is None:
        return None
    found = [table.to_pylist() for table in tables if table is not None]
    known = [{row["scheme"] for row in rows} for rows in found]
    both = known[0] & known[1]
    asked = sorted(name for name in both if name.startswith(SCOPE))
    scheme = next((name for name in (*asked, "channel", "pattern") if name in both), None)
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
