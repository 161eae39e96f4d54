"""The reason of each amount of potential value, in words, whole columns at a time."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.models.wallet.quantile_wallet import Wallet
from lifeworth.text.catalog import catalog
from lifeworth.text.columns import fill, percent, whole
from lifeworth.value.potential.streams import Stream

Rows = NDArray[np.int64]


def reasons(stream: Stream, rows: Rows, wallet: Wallet, language: str) -> pa.Array:
    """One sentence per row of `rows` (places of customers)."""
    words = catalog(language)
    template = words.text(f"potential.reason.{stream.name}")
    facts: dict[str, pa.Array] = {}
    if stream.item is not None:
        facts["item"] = item_names(stream, rows)
    if stream.chance is not None:
        facts["chance"] = percent(stream.chance[rows])
    if stream.name == "base":
        facts["share"] = percent(wallet.share[rows])
        facts["wallet"] = whole(wallet.size[rows])
    return (
        fill(template, facts) if facts else pa.array([template]).take(pa.array(np.zeros(len(rows), np.int64)))
    )


def item_names(stream: Stream, rows: Rows) -> pa.Array:
    """The item of each row; null for none."""
    if stream.item is None:
        return pa.nulls(len(rows), pa.string())
    codes = stream.item[rows]
    names = pa.array(list(stream.items), pa.string()).take(pa.array(codes, mask=codes < 0))
    return pc.cast(names, pa.string())
