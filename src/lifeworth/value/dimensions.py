"""Customer equity in three dimensions: time x share x scope.

For every cell of the scope (a channel, a tier, a pattern) the current value of its customers is

    customers x activity x wallet per active customer x share of wallet x profit on our sales

where activity (time) is the share that is still here, the wallet is what those spend over the horizon
wherever they buy, by estimate, and profit holds margin and discounting. Factors are ratios of the cell's
sums, so their product is the value exactly. The change between two runs splits over them by the additive
LMDI.
Source: methods.md 1; Ang (2005), Energy Policy 33(7).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lifeworth.value.cents import to_cents
from lifeworth.value.decomposition import lmdi

Array = NDArray[np.float64]
Codes = NDArray[np.integer]
SUMS = ("customers", "active", "wallet", "spend", "current_value")
FACTORS = ("customers", "activity", "wallet", "share", "profit")
TURNED = "turned"


def cell_sums(
    code: Codes, cells: int, *, alive: Array, spend: Array, room: Array, current: Array
) -> dict[str, Array]:
    """Sums of `SUMS` per cell, (cells,).

    Args:
        code: (n,) cell of each customer; alive: P(alive); spend: expected sales over the horizon; room: what
            they are expected to spend elsewhere; current: current value.
    """
    spent = np.maximum(spend, 0.0)
    columns = (np.ones(len(code)), alive, spent + room, spent, current)
    return {
        name: np.bincount(code, column, cells).astype(np.float64)
        for name, column in zip(SUMS, columns, strict=True)
    }


def factors(sums: Mapping[str, Array]) -> dict[str, Array]:
    """The factors of each cell, whose product is its current value; all 0 where that is not positive."""
    good = np.all([sums[name] > 0 for name in SUMS], axis=0)
    found = {"customers": np.where(good, sums["customers"], 0.0)}
    for name, below, above in zip(FACTORS[1:], SUMS[:-1], SUMS[1:], strict=True):
        found[name] = np.divide(sums[above], sums[below], out=np.zeros(len(good)), where=good)
    return found


def change(
    before: Mapping[str, Array], after: Mapping[str, Array], cells: Sequence[tuple[int, int]]
) -> dict[str, int]:
    """Cents of the change of current value by factor; they add up to it.

    Args:
        cells: (place before, place after) of each cell, -1 where a run has none.
    Returns:
        `FACTORS` and "scope" (cells that came or went), and "turned" for cells whose value is not positive
        in a run, which have no ratio.
    """
    sums = []
    for side, told in enumerate((before, after)):
        places = np.array([cell[side] for cell in cells], np.int64)
        there = places >= 0
        sums.append({name: np.where(there, told[name][np.maximum(places, 0)], 0.0) for name in SUMS})
    parts = [factors(each) for each in sums]
    values = [each["current_value"] for each in sums]
    lost = [
        value - np.prod([part[name] for name in FACTORS], axis=0)
        for value, part in zip(values, parts, strict=True)
    ]
    found = lmdi(parts[0], parts[1])
    found[TURNED] = float(np.sum(lost[1] - lost[0]))
    names = list(found)
    cents = to_cents(np.array([found[name] for name in names]))
    return {name: int(each) for name, each in zip(names, cents.tolist(), strict=True)}
