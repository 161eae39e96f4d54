"""Historical value: what each customer has brought so far, in profit where costs are known.

    net sales - cost of what was sold - service, retention and other costs - acquisition cost

It is sunk: reported, never a reason to act. Not compounded.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ACQUISITION = "acquisition"


def historical_value(net_sales: Array, margin: float | None, costs: dict[str, Array]) -> Array:
    """Money of each customer up to the as-of date, shape (n,).

    Args:
        net_sales: net of discounts and refunds.
        margin: flat share of net sales that is profit, or None when `costs` holds the cost of goods.
        costs: kind of cost -> amount per customer, each of shape (n,).
    """
    kept = net_sales * (1.0 if margin is None else margin)
    return kept - sum(costs.values(), np.zeros_like(net_sales))


def running_cost(costs: dict[str, Array], customers: int) -> Array:
    """Costs that go on while a customer goes on buying: everything but acquisition, shape (n,)."""
    return sum((part for kind, part in costs.items() if kind != ACQUISITION), np.zeros(customers))
