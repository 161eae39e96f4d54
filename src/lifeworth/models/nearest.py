"""The customers most like a lead, as reasons for its value: k nearest by what is known of them.

Distance is the usual one between features as the model scales them: a number counts in standard deviations,
a category as 1 from its reference. It says who is alike in the covariates, nothing about how they buy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.models.tables import customer_ids, frame, raw


def look_alikes(model: Any, customers: Any, leads: Any, k: int = 5, show: Sequence[str] = ()) -> Any:
    """The k customers nearest to each lead.

    Args:
        model: fitted, with covariates; says which columns count and how they are scaled.
        customers: a table with customer_id, the covariates and the columns to `show`, such as what each of
            them was worth.
        leads: a table with the covariates.
    Returns:
        A table, k rows per lead: lead (its row, from 0), customer_id, distance, what was shown. Of customers
        equally near the first ones in the table. The kind of dataframe given to fit.
    Raises:
        UsageError MODEL-132 for a model without covariates, 139 for a k below 1.
        ModelError for rows at fault.
    """
    if model.design is None:
        raise UsageError("MODEL-132", model=type(model).__name__, columns=["-"])
    if not (isinstance(k, int | np.integer) and k >= 1):
        raise UsageError("MODEL-139", seen=str(k))
    known, asked = model.design.read(customers), model.design.read(leads)
    order = np.argsort(known.kind, kind="stable")  # customers of one kind together, in the order of the table
    edges = np.searchsorted(known.kind[order], np.arange(len(known.z) + 1))
    found = [_nearest(known.z, one, order, edges, k) for one in asked.z]
    rows = np.concatenate([found[kind][0] for kind in asked.kind])
    distance = np.concatenate([found[kind][1] for kind in asked.kind])
    columns = dict(zip(show, raw(customers, tuple(show)).columns, strict=True)) if show else {}
    taken: dict[str, Any] = {
        "lead": np.repeat(np.arange(len(asked.kind)), len(rows) // len(asked.kind)),
        "customer_id": customer_ids(customers)[rows],
        "distance": distance,
    }
    return frame(taken | {name: columns[name][rows] for name in show}, model._backend)


def _nearest(
    z: NDArray[np.float64], one: NDArray[np.float64], order: NDArray[np.intp], edges: NDArray[np.intp], k: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of the k customers nearest to one, and how far they are: kind after kind."""
    far = np.sqrt(((z - one) ** 2).sum(axis=1))
    rows: list[NDArray[np.intp]] = []
    lengths: list[NDArray[np.float64]] = []
    left = k
    for kind in np.argsort(far, kind="stable"):
        some = order[edges[kind] : edges[kind + 1]][:left]
        rows.append(some)
        lengths.append(np.full(len(some), far[kind]))
        left -= len(some)
        if left == 0:
            break
    return np.concatenate(rows), np.concatenate(lengths)
