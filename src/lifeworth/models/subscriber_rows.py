"""Subscribers again, told by their tenure, from what a fit keeps: counts per renewal date, or rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.retention.inputs import RenewalCounts

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def subscriber_rows(counts: RenewalCounts) -> tuple[Counts, Counts, Counts, Floats]:
    """Renewals made, those before the records begin, whether they left at the next date, and how many such
    subscribers: each (m,)."""
    if counts.late is not None:
        rows: Any = np.stack([counts.late.renewals, counts.late.entry, counts.late.churned.astype(np.int64)])
        different, place = np.unique(rows, axis=1, return_inverse=True)
        how_many: Any = np.bincount(place.ravel(), counts.late_weight, different.shape[1])
        some = how_many > 0
        return different[0, some], different[1, some], different[2, some], how_many[some]
    arrived = np.append(counts.subscribers, counts.stayed)
    due = np.append(counts.at_risk, 0.0)
    here = arrived - due  # last seen after so many renewals
    made = np.arange(len(here))
    renewals: Any = np.concatenate([made[:-1], made])
    churned: Any = np.concatenate([np.ones(len(made) - 1, np.int64), np.zeros(len(made), np.int64)])
    weight: Any = np.concatenate([counts.left, np.maximum(here, 0.0)])
    some = weight > 1e-12 * counts.subscribers
    return renewals[some], np.zeros_like(renewals[some]), churned[some], weight[some]
