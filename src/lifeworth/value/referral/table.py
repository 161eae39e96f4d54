"""`referrals`, the published table: one row per customer, its place in the tree and its value."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.value.cents import to_cents
from lifeworth.value.referral.customers import ReferralValue
from lifeworth.value.statement import as_money


def referral_table(
    found: ReferralValue, ids: pa.Array, acquired: NDArray[Any], historical: NDArray[np.int64]
) -> pa.Table:
    """Columns: customer_id, parent_id, day, generation, referrals, own, net, net_low, net_high, gross,
    expected, expected_low, expected_high, expected_referrals, R, R_low, R_high, class, class_probability.

    `net` sums to `own`, to the cent; `gross` must not be summed. `expected` is at the share of the run,
    or at `summary.referrals.ranking_share` where none is known.
    """
    tree, views, expected = found.tree, found.views, found.expected
    parent = pa.array(tree.parents, mask=tree.parents < 0)
    R = found.reproduction()
    rho = np.full(len(tree), np.nan) if found.future is None else found.future.direct
    chances = found.classes.probability
    return pa.table(
        {
            "customer_id": ids,
            "parent_id": ids.take(parent),
            "day": pa.array(acquired.astype(np.int32)).cast(pa.date32()),
            "generation": pa.array(tree.depth.astype(np.int32)),
            "referrals": pa.array(tree.referrals.astype(np.int32)),
            "own": as_money(historical),
            "net": as_money(found.net),
            "net_low": as_money(np.minimum(to_cents(views.net.low), found.net)),
            "net_high": as_money(np.maximum(to_cents(views.net.high), found.net)),
            "gross": as_money(to_cents(views.gross.value)),
            "expected": as_money(to_cents(expected.value)),
            "expected_low": as_money(to_cents(expected.low)),
            "expected_high": as_money(to_cents(expected.high)),
            "expected_referrals": _told(rho),
            "R": _told(R["mean"]),
            "R_low": _told(R["low"]),
            "R_high": _told(R["high"]),
            "class": pa.array(found.classes.codes.tolist(), pa.string()),
            "class_probability": pa.nulls(len(tree), pa.float64()) if chances is None else pa.array(chances),
        }
    )


def _told(numbers: NDArray[np.float64]) -> pa.Array:
    return pa.array(numbers, mask=~np.isfinite(numbers))
