"""What every scheme asks of its columns, and the reason it gives for each member."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Reason:
    """Why a customer is a member, and since which day: `key` names the sentence, `facts` fill it."""

    key: str
    facts: dict[str, Any]
    as_of_day: int | None


def checked(**columns: Any) -> tuple[Array, ...]:
    """The columns as float64 of one length, all finite.

    Raises:
        UsageError VALUE-064: lengths differ; VALUE-065: a value is not finite.
    """
    arrays = {name: np.asarray(column, np.float64) for name, column in columns.items()}
    lengths = {name: column.shape for name, column in arrays.items()}
    if len(set(lengths.values())) > 1 or any(len(shape) != 1 for shape in lengths.values()):
        raise UsageError("VALUE-064", seen=", ".join(f"{name} {shape}" for name, shape in lengths.items()))
    for name, column in arrays.items():
        broken = int(np.count_nonzero(~np.isfinite(column)))
        if broken:
            raise UsageError("VALUE-065", column=name, broken=broken)
    return tuple(arrays.values())
