"""`potential`, the published table: one row per customer and stream that has a value or a band."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.value.cents import to_cents
from lifeworth.value.potential.potential import Potential
from lifeworth.value.potential.streams import STREAMS
from lifeworth.value.potential.words import item_names, reasons
from lifeworth.value.statement import as_money

Cents = NDArray[np.int64]


def potential_table(found: Potential, ids: pa.Array, parts: dict[str, Cents], language: str) -> pa.Table:
    """Columns: customer_id, stream, item, chance, value, low, high, evidence, reason; sorted by customer.

    `value` of a customer's rows sums to its potential value, to the cent. `evidence` is the grade.
    """
    pieces, order = [], []
    for name in STREAMS:
        stream = found.streams[name]
        value = parts[name]
        low = np.minimum(to_cents(stream.low), value)
        high = np.maximum(to_cents(stream.high), value)
        rows = np.flatnonzero((value != 0) | (high != 0) | (low != 0))
        order.append(rows)
        chance = np.full(len(rows), np.nan) if stream.chance is None else stream.chance[rows]
        pieces.append(
            pa.table(
                {
                    "customer_id": ids.take(pa.array(rows)),
                    "stream": pa.array([name], pa.string()).take(pa.array(np.zeros(len(rows), np.int64))),
                    "item": item_names(stream, rows),
                    "chance": pa.array(chance, mask=~np.isfinite(chance)),
                    "value": as_money(value[rows]),
                    "low": as_money(low[rows]),
                    "high": as_money(high[rows]),
                    "evidence": pa.array([stream.grade]).take(pa.array(np.zeros(len(rows), np.int64))),
                    "reason": reasons(stream, rows, found.wallet, found.assumed, language),
                }
            )
        )
    place = np.argsort(np.concatenate(order), kind="stable")
    return pa.concat_tables(pieces).take(pa.array(place))
