"""The order of claims on the wallet, so that no money is counted twice.

Room = wallet - what is spent here already. Add-on sales claim first (they follow what is owned), then
up-sell, cross-sell, growth, and base takes its share of what is left. A stream that claims more than
is left is scaled down, customer by customer. Referral value is other people's money and claims nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def granted(room: Array, claims: Sequence[Array]) -> tuple[list[Array], Array]:
    """The share of each claim that the room allows, in order, and the room that is left, (n,) each."""
    left, shares = np.maximum(room, 0.0), []
    for claim in claims:
        allowed = np.minimum(claim, left)
        shares.append(np.divide(allowed, claim, out=np.ones(len(claim)), where=claim > 0))
        left = left - allowed
    return shares, left
