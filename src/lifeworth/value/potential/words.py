"""The reason of each amount of potential value, in words, whole columns at a time."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.text.catalog import catalog
from lifeworth.text.columns import fill, percent, whole
from lifeworth.value.potential.assumptions import Assumptions
from lifeworth.value.potential.purse import SOURCES, Purse
from lifeworth.value.potential.streams import Stream

Rows = NDArray[np.int64]


def reasons(stream: Stream, rows: Rows, wallet: Purse, assumed: Assumptions, language: str) -> pa.Array:
    """One sentence per row of `rows` (places of customers)."""
    words = catalog(language)
    if stream.name == "base":
        told = {"share": percent(wallet.share[rows]), "wallet": whole(wallet.size[rows])}
        won = words.text("potential.reason.base.won", won=f"{100 * assumed.base_share:.4g}%")
        said = [fill(words.text(f"potential.reason.base.{source}") + won, told) for source in SOURCES]
        return pc.choose(pa.array(wallet.source[rows]), *said)
    template = words.text(f"potential.reason.{stream.name}")
    facts: dict[str, pa.Array] = {}
    if stream.item is not None:
        facts["item"] = item_names(stream, rows)
    if stream.chance is not None:
        facts["chance"] = percent(stream.chance[rows])
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
