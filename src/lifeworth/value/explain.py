"""Why a customer is worth what the statement says: rules over the row's own columns.

A reason is a key (`reason.<key>` in the catalogue) that holds for some rows; its facts are
columns of the row, so that a page in another language can say the same. `reason_keys` keeps
the keys of each row, `reasons` the sentences in the language of the run.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.text.catalog import Catalog, catalog
from lifeworth.text.columns import fill, percent, short, whole

Array = NDArray[np.float64]
SILENT_GAPS = 3  # silent: the last purchase lies more than so many usual gaps back
SPEND_GAP = 0.25  # spend worth a word: a quarter above or below the average
REFUND_SHARE = 0.2


@dataclass(frozen=True)
class Facts:
    """What the reasons speak of; arrays of shape (n,). Estimates are None where the run declines them."""

    frequency: Array
    recency: Array
    T: Array
    spend: Array  # money per purchase day, observed
    refund_share: Array
    probability_alive: Array | None
    expected_purchases: Array | None
    expected_spend: Array | None
    bought: NDArray[np.bool_] | None = None  # None: everybody did
    subscribes: NDArray[np.bool_] | None = None  # a subscription runs or pauses
    subscribed: NDArray[np.bool_] | None = None  # one ran, and none does


def reasons(facts: Facts, language: str, horizon_months: float) -> tuple[pa.Array, pa.Array]:
    """(sentences, keys) per customer, each a string array of length n."""
    words = catalog(language)
    columns = _columns(facts, horizon_months) | _durations(facts, words)
    texts, keys = [], []
    for key, holds in _rules(facts):
        mask = pa.array(holds)
        sentence = fill(words.text(f"reason.{key}"), columns)
        texts.append(pc.if_else(mask, sentence, pa.scalar(None, pa.string())))
        keys.append(pc.if_else(mask, pa.scalar(key), pa.scalar(None, pa.string())))
    separator = words.text("reason.separator")
    return (
        pc.binary_join_element_wise(*texts, separator, null_handling="skip"),
        pc.binary_join_element_wise(*keys, " ", null_handling="skip"),
    )


def _columns(facts: Facts, horizon_months: float) -> dict[str, pa.Array]:
    n = len(facts.frequency)
    average = float(np.mean(facts.spend)) if n else 0.0
    columns = {
        "spend": short(facts.spend),
        "spend_gap": percent(np.abs(facts.spend / average - 1) if average else np.zeros(n)),
        "refunds": percent(facts.refund_share),
        "months": whole(np.full(n, horizon_months)),
    }
    if facts.probability_alive is not None:
        columns["alive"] = percent(facts.probability_alive)
    if facts.expected_purchases is not None and facts.expected_spend is not None:
        columns["expected"] = short(facts.expected_purchases)
        columns["expected_spend"] = short(facts.expected_spend)
    return columns


def _durations(facts: Facts, words: Catalog) -> dict[str, pa.Array]:
    """`3 days`, `1 day`."""
    durations = {"gap": np.maximum(_gap(facts), 1), "since": facts.T - facts.recency}
    return {
        name: pc.if_else(
            pa.array(np.rint(days) == 1),
            words.text("reason.day"),
            fill(words.text("reason.days"), {"days": whole(days)}),
        )
        for name, days in durations.items()
    }


def _gap(facts: Facts) -> Array:
    return facts.recency / np.maximum(facts.frequency, 1)


def _rules(facts: Facts) -> list[tuple[str, NDArray[np.bool_]]]:
    again = facts.frequency > 0
    bought = np.ones(len(again), bool) if facts.bought is None else facts.bought
    since = facts.T - facts.recency
    silent = again & (since > SILENT_GAPS * np.maximum(_gap(facts), 1))
    average = float(np.mean(facts.spend)) if len(again) else 0.0
    if facts.probability_alive is None:
        rules = [("rhythm_only", again), ("once_only", bought & ~again)]
    else:
        rules = [("silent", silent), ("rhythm", again & ~silent), ("once", bought & ~again)]
    if facts.subscribes is not None and facts.subscribed is not None:
        rules += [("subscribes", facts.subscribes), ("subscribed", facts.subscribed)]
    if facts.expected_purchases is not None:
        rules.append(("expected", facts.expected_purchases >= 0.05))
    rules.append(("spends_more", again & (facts.spend > average * (1 + SPEND_GAP))))
    rules.append(("spends_less", again & (facts.spend < average * (1 - SPEND_GAP))))
    rules.append(("refunds", facts.refund_share >= REFUND_SHARE))
    return rules
