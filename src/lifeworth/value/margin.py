"""Margin rates per customer: own history as far as it can be trusted, the base for the rest.

A rate measured on few purchases is mostly noise. With w purchase days its squared distance to
the pooled rate is tau^2 + sigma^2 / w on average; the two variances are fitted over customers
and the own rate gets credibility w / (w + sigma^2 / tau^2).
Source: Buhlmann & Straub (1970), the credibility premium.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.value.ledger import running_cost

Array = NDArray[np.float64]
LEAST_DAYS = 1.0  # for the doubt: one purchase never tells more than half of what one does not know yet


@dataclass(frozen=True)
class Margins:
    rates: Array  # profit per unit of net sales, shape (n,)
    pooled: float
    credibility_days: float  # purchase days at which own and pooled rate weigh the same; inf: pooled only
    sd: Array  # how far a customer's true rate may lie from `rates`: 0 where a flat margin was given
    weight: Array  # of the own rate, 0 to 1
    pooled_sd: float = 0.0  # of the pooled rate, by what customers differ from it

    def part(self, net_sales: Array, cost: Array) -> Array:
        """What some of the costs take of a unit of net sales, (n,), weighed as the rate itself."""
        sold = net_sales > 0
        total = float(net_sales[sold].sum())
        pooled = float(cost[sold].sum()) / total if total > 0 else 0.0
        own = np.divide(cost, net_sales, out=np.full(len(net_sales), pooled), where=sold)
        return pooled + self.weight * (own - pooled)


def margins(
    net_sales: Array, costs: dict[str, Array], purchase_days: Array, *, margin: float | None
) -> Margins:
    """Margin rates of n customers from a flat margin, from running costs, from both, or 1 from neither.

    Args:
        costs: kind of cost -> amount per customer, each of shape (n,); acquisition is no running cost.
        margin: flat share of net sales that is left after the cost of goods.
    """
    customers = len(net_sales)
    if not costs:
        return flat_margin(customers, 1.0 if margin is None else margin)
    goods = 0.0 if margin is None else net_sales * (1 - margin)
    return credible_margins(net_sales, running_cost(costs, customers) + goods, purchase_days)


def flat_margin(customers: int, rate: float) -> Margins:
    return Margins(np.full(customers, rate), rate, np.inf, np.zeros(customers), np.zeros(customers))


def credible_margins(net_sales: Array, variable_cost: Array, purchase_days: Array) -> Margins:
    """Shrunken margin rates from what was sold and what it cost, each of shape (n,).

    Customers without positive net sales get the pooled rate.
    """
    sold = net_sales > 0
    total = float(net_sales[sold].sum())
    pooled = 1 - float(variable_cost[sold].sum()) / total if total > 0 else 0.0
    own = np.divide(net_sales - variable_cost, net_sales, out=np.full(len(net_sales), pooled), where=sold)
    between, within = variances(own[sold] - pooled, purchase_days[sold])
    days = within / between if between > 0 else np.inf
    weight = np.where(sold, purchase_days / (purchase_days + days), 0.0)
    doubt = max(days, LEAST_DAYS)
    untold = between * np.where(sold, doubt / (purchase_days + doubt), 1.0) if between > 0 else 0.0
    apart = (net_sales - variable_cost - pooled * net_sales)[sold]
    pooled_sd = float(np.sqrt((apart**2).sum())) / total if total > 0 else 0.0
    sd = np.sqrt(untold + ((1.0 - weight) * pooled_sd) ** 2)
    return Margins(pooled + weight * (own - pooled), pooled, days, sd, weight, pooled_sd)


def variances(distance: Array, days: Array) -> tuple[float, float]:
    """(between, within): least squares of squared distances on 1 and 1/days, neither negative."""
    if len(distance) < 3:
        return 0.0, 1.0
    # extreme rates (tiny sales, large cost) must not drown the fit
    squared = np.minimum(distance**2, np.quantile(distance**2, 0.999))
    inverse = 1 / days
    if np.ptp(inverse) == 0 or not squared.any():
        return (0.0, 1.0) if not squared.any() else (float(squared.mean()), 0.0)
    level, slope = float(squared.mean()), 0.0
    for _ in range(8):  # reweighting: a squared distance scatters with its own expectation
        spread = level + slope * inverse
        slope, level = np.polyfit(inverse, squared, 1, w=1 / np.maximum(spread, 1e-12 * squared.max()))
        if slope <= 0:
            return float(squared.mean()), 0.0
        if level <= 0:
            return 0.0, float(slope)
    return float(level), float(slope)
