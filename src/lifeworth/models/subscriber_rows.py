"""Subscribers again, told by their tenure, from the counts per renewal date that a fit keeps."""

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.models.retention.inputs import RenewalCounts

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def subscriber_rows(counts: RenewalCounts) -> tuple[Counts, Counts, Floats]:
    """Renewals made, whether they left at the next date, and how many such subscribers: each (m,).

    Raises ModelError MODEL-622 where some entered late: the counts do not tell when.
    """
    arrived = np.append(counts.subscribers, counts.stayed)
    due = np.append(counts.at_risk, 0.0)
    here = arrived - due  # last seen after so many renewals
    if (here < -1e-9 * counts.subscribers).any():
        raise ModelError("MODEL-622", model="late entry")
    made = np.arange(len(here))
    renewals = np.concatenate([made[:-1], made])
    churned = np.concatenate([np.ones(len(made) - 1, np.int64), np.zeros(len(made), np.int64)])
    weight = np.concatenate([counts.left, np.maximum(here, 0.0)])
    some = weight > 1e-12 * counts.subscribers
    return renewals[some], churned[some], weight[some]
