"""Values of single customers rolled up to households and accounts: sums of whole cents, nothing lost."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Cents = NDArray[np.int64]


def rolled_up(columns: Mapping[str, Cents], code: NDArray[np.int64], groups: int) -> dict[str, Cents]:
    """The sum of each column per group, (groups,), and of those without a group at the end.

    Args:
        columns: cents of n customers each; code: (n,) of a group, -1 for none.
    Returns:
        name -> (groups + 1,): what stands last belongs to no group, so that all sums up to the whole.
    """
    place = np.where(code >= 0, code, groups)
    found = {}
    for name, cents in columns.items():
        sums = np.zeros(groups + 1, np.int64)
        np.add.at(sums, place, cents)
        found[name] = sums
    return found
